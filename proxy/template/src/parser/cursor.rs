//! A place in the text of a template, and what can be read from there.

use crate::SyntaxError;
use crate::syntax::Place;

/// What is wrong, and where.
#[derive(Debug)]
pub(super) struct Problem {
    pub(super) place: Place,
    pub(super) message: String,
}

impl Problem {
    pub(super) fn in_text(self, text: &str) -> SyntaxError {
        let (line, column) = line_and_column(text, self.place);
        SyntaxError { line, column, message: self.message }
    }
}

/// Both from 1; the column in characters.
pub(crate) fn line_and_column(text: &str, place: Place) -> (u32, u32) {
    let before = text.get(..place.0 as usize).unwrap_or(text);
    let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or(before).chars().count() + 1;
    (u32::try_from(line).unwrap_or(u32::MAX), u32::try_from(column).unwrap_or(u32::MAX))
}

pub(super) struct Cursor<'t> {
    text: &'t str,
    at: usize,
    /// Of quoted text: where it stands in the template. Its own places are not those of the template.
    quoted_at: Option<Place>,
}

impl<'t> Cursor<'t> {
    pub(super) fn new(text: &'t str, at: usize) -> Self {
        // Of text that is only whitespace, the end comes before the beginning.
        Self { text, at: at.min(text.len()), quoted_at: None }
    }

    pub(super) fn quoted(text: &'t str, place: Place) -> Self {
        Self { text, at: 0, quoted_at: Some(place) }
    }

    pub(super) fn place(&self) -> Place {
        // A template is shorter than 2^32.
        self.quoted_at.unwrap_or(Place(u32::try_from(self.at).unwrap_or(u32::MAX)))
    }

    pub(super) fn problem(&self, message: String) -> Problem {
        Problem { place: self.place(), message }
    }

    pub(super) fn expected(&self, what: &str) -> Problem {
        let found = match self.peek() {
            Some(found) => format!("`{found}`"),
            None => "the end".to_owned(),
        };
        self.problem(format!("expected {what}, found {found}"))
    }

    pub(super) fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    /// What was read since then.
    pub(super) fn since(&self, at: usize) -> &'t str {
        &self.text[at..self.at]
    }

    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// Back to where it was, or on to where something ends.
    pub(super) fn go_to(&mut self, at: usize) {
        self.at = at;
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(super) fn starts_with(&self, text: &str) -> bool {
        self.rest().starts_with(text)
    }

    pub(super) fn skip(&mut self, text: &str) -> bool {
        let does = self.starts_with(text);
        if does {
            self.at += text.len();
        }
        does
    }

    pub(super) fn expect(&mut self, text: &str) -> Result<(), Problem> {
        if self.skip(text) { Ok(()) } else { Err(self.expected(&format!("`{text}`"))) }
    }

    pub(super) fn take(&mut self, bytes: usize) -> &'t str {
        let taken = &self.rest()[..bytes];
        self.at += bytes;
        taken
    }

    pub(super) fn take_while(&mut self, belongs: impl Fn(char) -> bool) -> &'t str {
        let rest = self.rest();
        self.take(rest.find(|c| !belongs(c)).unwrap_or(rest.len()))
    }

    pub(super) fn take_until(&mut self, ends: &[char]) -> &'t str {
        let rest = self.rest();
        self.take(rest.find(ends).unwrap_or(rest.len()))
    }

    /// What stands before `end`, which is skipped; all that is left if there is none.
    pub(super) fn take_past(&mut self, end: &str) -> Option<&'t str> {
        let rest = self.rest();
        let found = rest.find(end);
        self.at += found.map_or(rest.len(), |length| length + end.len());
        found.map(|length| &rest[..length])
    }

    pub(super) fn take_identifier(&mut self) -> &'t str {
        self.take_while(is_identifier)
    }

    pub(super) fn skip_space(&mut self) {
        self.take_while(|c| matches!(c, ' ' | '\t' | '\n' | '\r'));
    }

    pub(super) fn skip_newline(&mut self) -> bool {
        self.skip("\r\n") || self.skip("\n") || self.skip("\r")
    }

    /// The end of the line goes with the directive that stands last in it.
    pub(super) fn skip_line_end(&mut self) {
        let at = self.at;
        self.take_while(|c| matches!(c, ' ' | '\t'));
        if !self.skip_newline() {
            self.at = at;
        }
    }
}

pub(super) fn is_identifier_start(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_'
}

fn is_identifier(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-')
}
