//! One thing that is wrong with what a user configured, said so that it can be mended.

use std::fmt;

/// A problem at one place of a document: where, what must be, what was found, and the mend.
///
/// ```text
/// paths./pets.get.x-amazon-apigateway-integration.timeoutInMillis:
///   must be 50-29000, got 60000; lower it, or remove it to use the default 29000
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ConfigError {
    /// The path inside the document, its keys joined by dots.
    pub place: String,
    /// What is wrong, what was found, and how to mend it: one sentence without a full stop.
    pub problem: String,
}

impl ConfigError {
    /// A problem at a place.
    pub fn new(place: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { place: place.into(), problem: problem.into() }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:\n  {}", self.place, self.problem)
    }
}
