//! Whole-path tests: a request in, an outcome out, with plugins and upstreams that do as the test
//! says. One module for each phase.

mod admit;
mod authorize;
mod cache;
mod callee;
mod canary;
mod connection;
mod endpoint;
mod fixture;
mod gateway_response;
mod handler;
mod hostile;
mod iam;
mod identify;
mod integrate;
mod jwt;
mod mapped;
mod private;
mod proxy_event;
mod resource_policy;
mod trace;
mod transform;
mod validate;
