//! The templates that Amazon API Gateway maps requests and responses with: Apache Velocity 1.7 with
//! `$input`, `$util`, `$context` and `$stageVariables`, and the JSONPath of Jayway.
//!
//! Pure: a template is compiled once, and rendered within bounds from what it is given. Not for
//! gateway responses and access logs, which only replace variables.

#![forbid(unsafe_code)]

mod data;
mod error;
mod function;
mod inputs;
mod json;
mod json_path;
mod machine;
mod number;
mod parser;
mod pattern;
mod render;
mod syntax;
mod template;
#[cfg(test)]
mod tests;
mod value;

pub use data::Data;
pub use error::{RenderError, SyntaxError};
pub use inputs::{Inputs, Limits};
pub use json::{Json, JsonError};
pub use json_path::{InvalidJsonPath, JsonPath};
pub use template::{Reads, Template};
