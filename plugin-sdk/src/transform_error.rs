//! Why a transform failed.

use std::error::Error;

use crate::error_chain;

/// Fails the call: the client gets 500, the log the text. `?` turns any error into one.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TransformError(String);

impl TransformError {
    /// An error with this text for the log.
    pub fn new(reason: impl Into<String>) -> Self {
        Self(reason.into())
    }

    /// The text for the log.
    pub fn reason(&self) -> &str {
        &self.0
    }

    pub(crate) fn into_reason(self) -> String {
        self.0
    }
}

impl<E: Error> From<E> for TransformError {
    fn from(error: E) -> Self {
        Self(error_chain::describe(&error))
    }
}
