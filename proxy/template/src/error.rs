//! Why a template is refused, and why a rendering ended early; both with the place.

use thiserror::Error;

/// A template that cannot be compiled.
#[derive(Clone, Debug, Error, Eq, PartialEq)]
#[error("line {line}, column {column}: {message}")]
pub struct SyntaxError {
    /// From 1.
    pub line: u32,
    /// In characters, from 1.
    pub column: u32,
    pub message: String,
}

/// A rendering that ended early; there is no output.
#[derive(Clone, Debug, Error, Eq, PartialEq)]
#[error("line {line}, column {column}: {cause}")]
pub struct RenderError {
    /// From 1.
    pub line: u32,
    /// In characters, from 1.
    pub column: u32,
    pub cause: String,
}
