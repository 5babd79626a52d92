//! The path of a resource: `/pets/{id}`, `/{proxy+}`.

use std::fmt;
use std::sync::Arc;

/// A resource path, parsed. `/` has no segments.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct PathTemplate {
    text: Arc<str>,
    segments: Vec<PathSegment>,
}

/// One segment of a [`PathTemplate`].
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub enum PathSegment {
    /// `{name+}`: one segment or more, to the end of the path. Always the last.
    Greedy(String),
    /// Text that must be there.
    Literal(String),
    /// `{name}`: exactly one segment.
    Variable(String),
}

/// A text that is not a resource path.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum InvalidPath {
    /// Two variables have one name.
    #[error("has two variables named {0:?}; rename one of them")]
    DuplicateVariable(String),
    /// A greedy variable is not at the end (AWS refuses children of a greedy resource).
    #[error(
        "cannot have segments after the greedy variable {{{0}+}}; end the path with it, or make it {{{0}}}"
    )]
    GreedyNotLast(String),
    /// A segment that is none of the three forms.
    #[error(
        "has the segment {0:?}; a segment is text of [A-Za-z0-9_.,:-], or a variable that fills it: {{name}} or {{name+}}"
    )]
    Segment(String),
    /// The first byte is not a slash.
    #[error("must begin with a slash")]
    Slash,
}

impl PathTemplate {
    /// Reads `/a/{b}/{c+}`. A slash at the end is dropped, as in AWS's matching.
    pub fn parse(text: &str) -> Result<Self, InvalidPath> {
        let rest = text.strip_prefix('/').ok_or(InvalidPath::Slash)?;
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let mut segments: Vec<PathSegment> = Vec::new();
        for part in rest.split('/').filter(|_| !rest.is_empty()) {
            if let Some(PathSegment::Greedy(name)) = segments.last() {
                return Err(InvalidPath::GreedyNotLast(name.clone()));
            }
            let segment = PathSegment::parse(part)?;
            let name = segment.variable();
            if name.is_some() && segments.iter().any(|earlier| earlier.variable() == name) {
                return Err(InvalidPath::DuplicateVariable(name.unwrap_or_default().to_owned()));
            }
            segments.push(segment);
        }
        Ok(Self { text: format!("/{rest}").into(), segments })
    }

    /// As written: `$context.resourcePath`.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// As written, shared.
    pub fn to_shared(&self) -> Arc<str> {
        Arc::clone(&self.text)
    }

    /// From the left.
    pub fn segments(&self) -> &[PathSegment] {
        &self.segments
    }

    /// The names of the variables, from the left.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        self.segments.iter().filter_map(PathSegment::variable)
    }
}

impl fmt::Display for PathTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl PathSegment {
    fn parse(part: &str) -> Result<Self, InvalidPath> {
        let invalid = || InvalidPath::Segment(part.chars().take(80).collect());
        let is_text = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.,:".contains(&byte);
        let is_name = |name: &str| {
            let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
            !name.is_empty() && name.bytes().all(allowed)
        };
        if let Some(inner) = part.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
            let (name, segment): (_, fn(String) -> Self) = match inner.strip_suffix('+') {
                Some(name) => (name, Self::Greedy),
                None => (inner, Self::Variable),
            };
            return if is_name(name) { Ok(segment(name.to_owned())) } else { Err(invalid()) };
        }
        if !part.is_empty() && part.bytes().all(is_text) {
            Ok(Self::Literal(part.to_owned()))
        } else {
            Err(invalid())
        }
    }

    /// The name, if it is a variable.
    pub fn variable(&self) -> Option<&str> {
        match self {
            Self::Greedy(name) | Self::Variable(name) => Some(name),
            Self::Literal(_) => None,
        }
    }
}

#[cfg(test)]
mod tests;
