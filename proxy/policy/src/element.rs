//! A JSON value of a policy document together with its place in the document.
//!
//! The place costs nothing until an error is made: an element points at its parent.

use std::borrow::Cow;
use std::slice;

use serde_json::Value;

use crate::invalid_policy::{InvalidPolicy, PolicyProblem};

/// Errors quote at most this many characters of what was found: enough to recognise it in a log line.
const FOUND_CHARACTERS_MAX: usize = 80;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Element<'a> {
    parent: Option<&'a Self>,
    step: Step<'a>,
    value: &'a Value,
}

#[derive(Clone, Copy, Debug)]
enum Step<'a> {
    Document,
    Field(&'a str),
    Index(usize),
    Sole,
}

impl<'a> Element<'a> {
    pub(crate) fn document(value: &'a Value) -> Self {
        Self { parent: None, step: Step::Document, value }
    }

    /// The fields of an object, in order.
    pub(crate) fn fields(
        &self,
    ) -> Result<impl Iterator<Item = (&str, Element<'_>)>, InvalidPolicy> {
        let Value::Object(fields) = self.value else {
            return Err(self.must_be("an object"));
        };
        Ok(fields.iter().map(|(name, value)| {
            (name.as_str(), Element { parent: Some(self), step: Step::Field(name), value })
        }))
    }

    /// The members of a list, or the value itself: nearly everywhere, AWS takes one or a list of them.
    pub(crate) fn items(&self) -> impl Iterator<Item = Element<'_>> {
        let (values, listed) = match self.value {
            Value::Array(values) => (values.as_slice(), true),
            sole => (slice::from_ref(sole), false),
        };
        values.iter().enumerate().map(move |(index, value)| Element {
            parent: Some(self),
            step: if listed { Step::Index(index) } else { Step::Sole },
            value,
        })
    }

    pub(crate) fn is_empty_list(&self) -> bool {
        matches!(self.value, Value::Array(values) if values.is_empty())
    }

    pub(crate) fn as_text(&self) -> Option<&'a str> {
        self.value.as_str()
    }

    pub(crate) fn text(&self) -> Result<&'a str, InvalidPolicy> {
        self.as_text().ok_or_else(|| self.must_be("a string"))
    }

    /// A condition operand: AWS takes `"true"` and `true`, `"10"` and `10`.
    pub(crate) fn scalar(&self) -> Result<Cow<'a, str>, InvalidPolicy> {
        match self.value {
            Value::Bool(true) => Ok(Cow::Borrowed("true")),
            Value::Bool(false) => Ok(Cow::Borrowed("false")),
            Value::Number(number) => Ok(Cow::Owned(number.to_string())),
            Value::String(text) => Ok(Cow::Borrowed(text)),
            Value::Array(_) | Value::Null | Value::Object(_) => {
                Err(self.must_be("a string, a number or a boolean"))
            }
        }
    }

    pub(crate) fn must_be(&self, expected: &'static str) -> InvalidPolicy {
        let found = match self.value {
            Value::Array(values) => format!("a list of {}", values.len()),
            Value::Bool(value) => value.to_string(),
            Value::Null => String::from("null"),
            Value::Number(number) => number.to_string(),
            Value::Object(_) => String::from("an object"),
            Value::String(text) => shorten(text),
        };
        self.refuse(PolicyProblem::MustBe { expected, found })
    }

    pub(crate) fn missing(&self, name: &str) -> InvalidPolicy {
        self.field(name).refuse(PolicyProblem::Missing)
    }

    /// A field that is absent, or has another value than it must.
    pub(crate) fn must_have(&self, name: &str, expected: &'static str) -> InvalidPolicy {
        match self.value.get(name) {
            Some(value) => {
                Element { parent: Some(self), step: Step::Field(name), value }.must_be(expected)
            }
            None => self.missing(name),
        }
    }

    pub(crate) fn refuse(&self, problem: PolicyProblem) -> InvalidPolicy {
        InvalidPolicy { place: self.place(), problem }
    }

    fn field(&'a self, name: &'a str) -> Self {
        Self { parent: Some(self), step: Step::Field(name), value: &Value::Null }
    }

    fn place(&self) -> String {
        let Some(parent) = self.parent else {
            return String::from("policy");
        };
        match (self.step, parent.step) {
            (Step::Document | Step::Sole, _) => parent.place(),
            (Step::Field(name), Step::Document) => shorten_name(name),
            (Step::Field(name), Step::Field(_) | Step::Index(_) | Step::Sole) => {
                format!("{}.{}", parent.place(), shorten_name(name))
            }
            (Step::Index(index), _) => format!("{}[{index}]", parent.place()),
        }
    }
}

fn shorten(text: &str) -> String {
    format!("{:?}", shorten_name(text))
}

fn shorten_name(text: &str) -> String {
    match text.char_indices().nth(FOUND_CHARACTERS_MAX) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}...", &text[..end]),
    }
}
