//! IAM policy documents: parse and evaluate.
//!
//! Identity policies, resource policies and the policies Lambda authorizers return are one language (IAM User
//! Guide, "IAM JSON policy element reference"). [`Policy::parse`] reads a document once, refuses what it does
//! not understand, and compiles the rest; [`Policy::evaluate`] answers what that one policy says of one
//! [`Request`]. Not for joining the answers of policies of different kinds, nor for fetching policies.
//!
//! Invariants: pure (no clock, no I/O, no environment); nothing a document or a request holds can panic;
//! a policy without conditions and variables is evaluated without allocating.

#![forbid(unsafe_code)]

mod arn_pattern;
mod base64_text;
mod caller;
mod cidr;
mod condition;
mod context;
mod decimal;
mod decision;
mod effect;
mod element;
mod invalid_policy;
mod pattern;
mod policy;
mod principal;
mod request;
mod selection;
mod statement;
mod timestamp;
mod unique_keys;
mod wildcard;

pub use caller::Caller;
pub use context::{ConditionContext, Values};
pub use decision::Decision;
pub use invalid_policy::{InvalidPolicy, PolicyProblem};
pub use policy::{Policy, evaluate_all};
pub use request::Request;
