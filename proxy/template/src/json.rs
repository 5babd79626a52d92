//! JSON text, parsed within bounds: a flat tape of nodes over the text. The order of members is kept;
//! of equal names the last counts, where it stands. Numbers that are none of the machine's keep their
//! digits; half of a surrogate pair becomes `?`, as Java writes it.

mod parser;
#[cfg(test)]
mod tests;

use std::fmt::Write as _;

use thiserror::Error;

use crate::number;

/// A JSON document.
#[derive(Clone, Debug)]
pub struct Json {
    text: Box<str>,
    nodes: Vec<Node>,
    /// Strings and names that have escapes in the text, without them.
    unescaped: Vec<Box<str>>,
}

/// Text that is no JSON, or more deeply nested than is taken.
#[derive(Clone, Debug, Error, Eq, PartialEq)]
#[error("invalid JSON at byte {offset}: {message}")]
pub struct JsonError {
    pub offset: usize,
    pub message: &'static str,
}

/// A value, by its place on the tape; its children follow it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Node {
    Boolean(bool),
    Decimal(f64),
    /// Of the escaped strings.
    Escaped(u32),
    /// A name that comes again, and what it named.
    Hidden {
        end: u32,
    },
    Integer(i64),
    List {
        end: u32,
    },
    /// Names and values take turns.
    Map {
        end: u32,
    },
    Null,
    Number {
        start: u32,
        end: u32,
    },
    Text {
        start: u32,
        end: u32,
    },
}

impl Json {
    pub fn parse(text: &str) -> Result<Self, JsonError> {
        parser::parse(text)
    }

    pub(crate) const ROOT: u32 = 0;

    pub(crate) fn node(&self, at: u32) -> Node {
        self.nodes[at as usize]
    }

    /// How much memory it takes, about.
    pub(crate) fn bytes(&self) -> usize {
        self.text.len() * 2 + self.nodes.len() * size_of::<Node>()
    }

    /// What follows a value.
    fn after(&self, at: u32) -> u32 {
        match self.node(at) {
            Node::Hidden { end } | Node::List { end } | Node::Map { end } => end,
            _ => at + 1,
        }
    }

    /// The text of a string or name.
    pub(crate) fn string(&self, at: u32) -> Option<&str> {
        match self.node(at) {
            Node::Escaped(index) => Some(&self.unescaped[index as usize]),
            Node::Text { start, end } => Some(&self.text[start as usize..end as usize]),
            _ => None,
        }
    }

    /// The digits of a number that is none of the machine's.
    pub(crate) fn digits(&self, start: u32, end: u32) -> &str {
        &self.text[start as usize..end as usize]
    }

    pub(crate) fn items(&self, at: u32) -> impl Iterator<Item = u32> {
        let end = if matches!(self.node(at), Node::List { .. }) { self.after(at) } else { 0 };
        let mut next = at + 1;
        std::iter::from_fn(move || {
            let item = (next < end).then_some(next)?;
            next = self.after(item);
            Some(item)
        })
    }

    /// The places of the names and of the values.
    pub(crate) fn members(&self, at: u32) -> impl Iterator<Item = (u32, u32)> {
        let end = if matches!(self.node(at), Node::Map { .. }) { self.after(at) } else { 0 };
        let mut next = at + 1;
        std::iter::from_fn(move || {
            while next < end
                && let Node::Hidden { end } = self.node(next)
            {
                next = end;
            }
            let name = (next < end).then_some(next)?;
            next = self.after(name + 1);
            Some((name, name + 1))
        })
    }

    /// About how many children a list or map has: not less than those it has, if they are plain.
    pub(crate) fn children(&self, at: u32) -> usize {
        self.after(at).saturating_sub(at + 1) as usize
    }

    pub(crate) fn member(&self, at: u32, name: &str) -> Option<u32> {
        let mut members = self.members(at);
        members.find(|(each, _)| self.string(*each) == Some(name)).map(|(_, value)| value)
    }

    /// As JSON without spaces.
    pub(crate) fn write(&self, at: u32, out: &mut String) {
        match self.node(at) {
            Node::Boolean(value) => out.push_str(if value { "true" } else { "false" }),
            Node::Decimal(value) => number::write_decimal(value, out),
            Node::Escaped(_) => write_string(self.string(at).unwrap_or_default(), out),
            Node::Hidden { .. } | Node::Null => out.push_str("null"),
            Node::Integer(value) => number::write_integer(value, out),
            Node::List { .. } => {
                out.push('[');
                for (index, item) in self.items(at).enumerate() {
                    out.push_str(if index == 0 { "" } else { "," });
                    self.write(item, out);
                }
                out.push(']');
            }
            Node::Map { .. } => {
                out.push('{');
                for (index, (name, value)) in self.members(at).enumerate() {
                    out.push_str(if index == 0 { "" } else { "," });
                    self.write(name, out);
                    out.push(':');
                    self.write(value, out);
                }
                out.push('}');
            }
            Node::Number { start, end } => out.push_str(self.digits(start, end)),
            Node::Text { start, end } => {
                // What has no escape needs none.
                out.push('"');
                out.push_str(self.digits(start, end));
                out.push('"');
            }
        }
    }

    /// A string as it is, anything else as JSON; nothing for null.
    pub(crate) fn text(&self, at: u32) -> Option<String> {
        if let Some(text) = self.string(at) {
            return Some(text.to_owned());
        }
        if matches!(self.node(at), Node::Null) {
            return None;
        }
        let mut out = String::new();
        self.write(at, &mut out);
        Some(out)
    }
}

/// A string of JSON, in quotes.
pub(crate) fn write_string(text: &str, out: &mut String) {
    out.push('"');
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| c < ' ' || matches!(c, '"' | '\\')) {
        let (before, after) = rest.split_at(at);
        out.push_str(before);
        let mut characters = after.chars();
        match characters.next() {
            Some('\n') => out.push_str("\\n"),
            Some('\r') => out.push_str("\\r"),
            Some('\t') => out.push_str("\\t"),
            Some('\u{8}') => out.push_str("\\b"),
            Some('\u{c}') => out.push_str("\\f"),
            Some(c @ ('"' | '\\')) => out.extend(['\\', c]),
            Some(c) => {
                // Writing to a string does not fail.
                let _ = write!(out, "\\u{:04X}", u32::from(c));
            }
            None => {}
        }
        rest = characters.as_str();
    }
    out.push_str(rest);
    out.push('"');
}
