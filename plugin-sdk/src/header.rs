//! Headers, and the changes a transform makes to them.

pub use crate::bindings::host::edgeway::plugin::types::{Header, HeaderOperation};

impl Header {
    /// A header line.
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { name: name.into(), value: value.into() }
    }
}

impl HeaderOperation {
    /// Replaces every value of `name`.
    pub fn set(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self::Set(Header::new(name, value))
    }

    /// Adds a value beside those there are.
    pub fn append(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self::Append(Header::new(name, value))
    }

    /// Drops every value of `name`.
    pub fn remove(name: impl Into<String>) -> Self {
        Self::Remove(name.into())
    }
}

/// The values of the headers called `name`, in the order of the message.
pub(crate) fn values<'a>(headers: &'a [Header], name: &str) -> impl Iterator<Item = &'a str> {
    headers
        .iter()
        .filter(move |header| header.name.eq_ignore_ascii_case(name))
        .map(|header| header.value.as_str())
}
