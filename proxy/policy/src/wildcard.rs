//! Matches a text against the segments of a pattern.
//!
//! Iterative, and only the last `*` is ever taken back, which suffices because an earlier one could only give
//! the later one less to choose from. So a match takes at most (length of text) x (length of pattern) steps, and
//! without `?` a number of steps in the order of their sum. Allocates nothing.

use crate::context::ConditionContext;
use crate::pattern::{LetterCase, Segment};

pub(crate) struct Matcher<'a> {
    pub(crate) context: &'a dyn ConditionContext,
    pub(crate) letter_case: LetterCase,
    pub(crate) segments: &'a [Segment],
}

/// Where to go on when a try fails: behind the last `*`, one character further into the text.
struct Retry<'t> {
    segment: usize,
    text: &'t str,
}

impl Matcher<'_> {
    /// Whether all of `text` matches: `*` is any run of characters, `/` and `:` included, `?` exactly one.
    pub(crate) fn matches(&self, text: &str) -> bool {
        let mut segment = 0;
        let mut rest = text;
        let mut retry: Option<Retry<'_>> = None;
        loop {
            let stripped = match self.segments.get(segment) {
                None if rest.is_empty() => return true,
                None => None,
                Some(Segment::AnyRun) => {
                    let Some(start) = self.seek(segment + 1, rest) else {
                        return false;
                    };
                    retry = Some(Retry { segment: segment + 1, text: start });
                    Some(start)
                }
                Some(other) => self.strip(other, rest),
            };
            if let Some(stripped) = stripped {
                rest = stripped;
                segment += 1;
                continue;
            }
            let Some(last) = &mut retry else {
                return false;
            };
            let Some(start) =
                strip_character(last.text).and_then(|text| self.seek(last.segment, text))
            else {
                return false;
            };
            last.text = start;
            rest = start;
            segment = last.segment;
        }
    }

    /// The first place in `text` where the segment behind a `*` may begin, as far as that is cheap to tell.
    fn seek<'t>(&self, segment: usize, text: &'t str) -> Option<&'t str> {
        let Some(behind_run) = self.segments.get(segment) else {
            return Some(""); // A trailing star takes everything.
        };
        let literal = match (behind_run, self.letter_case) {
            (Segment::AnyCharacter | Segment::AnyRun, _) | (_, LetterCase::Ignored) => {
                return Some(text);
            }
            (Segment::Literal(literal), LetterCase::Significant) => literal,
            (Segment::Variable(variable), LetterCase::Significant) => {
                variable.value(self.context)?
            }
        };
        let start = if segment + 1 == self.segments.len() {
            text.ends_with(literal).then(|| text.len() - literal.len())?
        } else {
            text.find(literal)?
        };
        Some(&text[start..])
    }

    /// What remains of `text` behind a segment that is no run.
    fn strip<'t>(&self, segment: &Segment, text: &'t str) -> Option<&'t str> {
        match segment {
            Segment::AnyCharacter => strip_character(text),
            Segment::AnyRun => Some(text),
            Segment::Literal(literal) => self.strip_literal(literal, text),
            Segment::Variable(variable) => self.strip_literal(variable.value(self.context)?, text),
        }
    }

    fn strip_literal<'t>(&self, literal: &str, text: &'t str) -> Option<&'t str> {
        match self.letter_case {
            LetterCase::Ignored => strip_ignoring_case(literal, text),
            LetterCase::Significant => text.strip_prefix(literal),
        }
    }
}

fn strip_character(text: &str) -> Option<&str> {
    let mut characters = text.chars();
    characters.next().map(|_| characters.as_str())
}

fn strip_ignoring_case<'t>(literal: &str, text: &'t str) -> Option<&'t str> {
    let mut characters = text.chars();
    for expected in literal.chars() {
        let found = characters.next()?;
        if expected != found && !expected.to_lowercase().eq(found.to_lowercase()) {
            return None;
        }
    }
    Some(characters.as_str())
}

#[cfg(test)]
mod tests;
