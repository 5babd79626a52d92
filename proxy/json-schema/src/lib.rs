//! JSON Schema draft 4, as the models of API Gateway are: compiled once, checked for each request.
//!
//! What does not fit is said in the words, and in the order, of AWS's validator (the Java library
//! `json-schema-validator`), since those are what `$context.error.validationErrorString` shows.
//!
//! Invariants: no schema or instance makes it panic. A check takes a bounded number of steps and a
//! bounded depth of the stack, whatever refers to what: a client may choose how deep a recursive
//! schema is followed. Expressions take time in proportion to the text.
//! Nothing is fetched: a reference leads to a document that was given, or is an error.

#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod compile;
mod evaluate;
mod explain;
mod expression;
mod format;
mod graph;
mod number;
mod value_text;

use std::fmt;
use std::sync::Arc;

use serde_json::Value;

pub use compile::{InvalidSchema, Root, compile};

use evaluate::Run;
use graph::{Graph, NodeId};

/// A compiled schema. Clones share it, and so do all that were compiled together.
#[derive(Clone, Debug)]
pub struct Schema {
    graph: Arc<Graph>,
    root: NodeId,
}

impl Schema {
    /// Checks an instance.
    ///
    /// # Errors
    /// What does not fit.
    pub fn check(&self, instance: &Value) -> Result<(), Violations> {
        let mut run = Run::new();
        if self.graph.is_valid(self.root, instance, &mut run) {
            return Ok(());
        }
        if run.is_exhausted() {
            return Err(Violations::exhausted());
        }
        let mut messages = Vec::new();
        let mut run = Run::new();
        self.graph.explain(self.root, instance, &mut run, &mut messages);
        if run.is_exhausted() && messages.is_empty() {
            return Err(Violations::exhausted());
        }
        Err(Violations(messages))
    }
}

/// What of an instance does not fit its schema: one sentence for each.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Violations(Vec<String>);

impl Violations {
    fn exhausted() -> Self {
        Self(vec!["instance takes too long to validate against the schema".to_owned()])
    }
}

/// As `$context.error.validationErrorString` shows them: `[one, another]`.
impl fmt::Display for Violations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}]", self.0.join(", "))
    }
}

#[cfg(test)]
mod tests;
