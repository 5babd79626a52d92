//! JSONPath in the dialect of Jayway, compiled: definite paths find one value, any other a list.

mod evaluate;
mod filter;
mod parser;
#[cfg(test)]
mod tests;

use thiserror::Error;

use crate::Json;
pub(crate) use evaluate::Found;
use filter::Filter;

/// Values that `text` looks at: what a body of 10 MB has, and a second at most.
const VISITS_MAX: u64 = 10_000_000;

/// A compiled JSONPath.
#[derive(Clone, Debug, PartialEq)]
pub struct JsonPath {
    steps: Box<[Step]>,
    function: Option<Function>,
}

/// Text that is no JSONPath.
#[derive(Clone, Debug, Error, Eq, PartialEq)]
#[error("invalid JSONPath at byte {offset}: {message}")]
pub struct InvalidJsonPath {
    pub offset: usize,
    pub message: String,
}

/// A path that would look at too many values.
#[derive(Clone, Copy, Debug, Error, Eq, PartialEq)]
#[error("the JSONPath looks at too many values")]
pub(crate) struct TooManyVisits;

#[derive(Clone, Debug, PartialEq)]
enum Step {
    /// `..`: the value and all within.
    Descend,
    /// `*`
    Every,
    /// `[?(..)]`
    Filter(Filter),
    /// `[0]`, from the end if it is negative.
    Index(i64),
    /// `[0,2]`
    Indexes(Box<[i64]>),
    Member(Box<str>),
    /// `['a','b']`: a map of those, if it is the last step.
    Members(Box<[Box<str>]>),
    /// `[1:3]`, without the last.
    Slice {
        from: Option<i64>,
        to: Option<i64>,
    },
}

/// At the end of a path.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Function {
    Average,
    Deviation,
    First,
    Keys,
    Last,
    Length,
    Maximum,
    Minimum,
    Sum,
}

impl JsonPath {
    /// A path that does not begin with `$` begins below it.
    pub fn parse(text: &str) -> Result<Self, InvalidJsonPath> {
        parser::parse(text)
    }

    /// What it finds: a string as it is, anything else as JSON without spaces; nothing if it is
    /// missing or null, or would look at more than ten million values.
    pub fn text(&self, json: &Json) -> Option<String> {
        let found = self.find(json, Json::ROOT, &mut VISITS_MAX.clone()).ok()??;
        match found {
            Found::Node(at) => json.text(at),
            _ => {
                let mut out = String::new();
                found.write(json, usize::MAX, &mut out);
                Some(out)
            }
        }
    }

    /// From `root`, or from a value that a filter looks at; `visits` is what may still be looked at.
    pub(crate) fn find(
        &self,
        json: &Json,
        root: u32,
        visits: &mut u64,
    ) -> Result<Option<Found>, TooManyVisits> {
        evaluate::find(self, json, root, visits)
    }
}
