//! Black-box tests: the real binary, real sockets, real components.
//!
//! A test starts its own gateway on its own folder and ports, so tests run in parallel and in any
//! order. Whatever can hang is bounded by `patience`. Not for what a crate can test by itself.

#![forbid(unsafe_code)]
#![expect(clippy::unwrap_used, reason = "this crate is tests; an unwrap is an assertion")]

mod client;
mod components;
mod curl;
mod document;
#[path = "../guests/text/event_text.rs"]
mod event_text;
mod gateway;
mod log;
mod patience;
mod payloads;
mod ports;
mod process;
mod spawned;
mod synthetic;
mod tls_origin;
mod upstream;

mod api_keys;
mod auth;
mod authoring;
mod aws;
mod compiling;
mod endless;
mod examples;
mod functions;
mod handlers;
mod hoarding;
mod isolation;
mod languages;
mod leaving;
mod limits;
mod memory;
mod metrics;
mod outbound;
mod protocols;
mod refusals;
mod reload;
mod routing;
mod secrets;
mod swap;
mod tidy;
mod transforms;
mod upstream_tls;
mod upstreams;
mod vpc_links;
