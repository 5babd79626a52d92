//! A compiled mapping template.

use std::sync::Arc;

use crate::{Data, Inputs, RenderError, SyntaxError};

/// A compiled mapping template. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Template {
    text: Arc<str>,
}

/// What a template mentions: nothing else need be made for it.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Reads {
    pub body: bool,
    pub params: bool,
    pub context: bool,
    pub stage_variables: bool,
}

impl Template {
    pub fn parse(text: &str) -> Result<Self, SyntaxError> {
        Ok(Self { text: text.trim().into() })
    }

    /// What it renders to, if it has no reference and no directive.
    pub fn literal(&self) -> Option<&str> {
        Some(&self.text)
    }

    pub fn reads(&self) -> Reads {
        Reads::default()
    }

    /// Renders it; what it writes into `$context` is there afterwards.
    pub fn render(&self, _inputs: &Inputs<'_>, _context: &mut Data) -> Result<String, RenderError> {
        Ok(self.text.to_string())
    }
}
