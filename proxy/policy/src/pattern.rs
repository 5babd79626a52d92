//! A text to compare with, which may hold wildcards and policy variables.
//!
//! Compiled when the policy is parsed. A variable's value is inserted as it is: a `*` in a value that a client
//! chose (`aws:UserAgent`) is a star and no wildcard.

use crate::context::{ConditionContext, Values};
use crate::wildcard::Matcher;

#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Pattern {
    letter_case: LetterCase,
    segments: Box<[Segment]>,
}

/// A piece of a pattern. No two runs and no two literals stand side by side.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Segment {
    AnyCharacter,
    AnyRun,
    Literal(Box<str>),
    Variable(Variable),
}

/// `${aws:username}` or `${aws:username, 'nobody'}` (IAM User Guide, "IAM policy elements: Variables and tags").
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Variable {
    default: Option<Box<str>>,
    /// In lower case, as every key given to a [`ConditionContext`].
    key: Box<str>,
}

/// What is special in the text of a pattern.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PatternSyntax {
    pub(crate) letter_case: LetterCase,
    pub(crate) variables: Variables,
    pub(crate) wildcards: Wildcards,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum LetterCase {
    Ignored,
    Significant,
}

/// Policy variables exist since version 2012-10-17; before it, `${` is text.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Variables {
    Literal,
    Substituted,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Wildcards {
    Literal,
    Matched,
}

/// `${` that is followed by no variable.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct InvalidVariable;

impl Pattern {
    pub(crate) fn parse(text: &str, syntax: PatternSyntax) -> Result<Self, InvalidVariable> {
        let mut segments = Segments::default();
        let mut rest = text;
        while let Some(character) = rest.chars().next() {
            let after = &rest[character.len_utf8()..];
            rest = match (character, syntax.wildcards, syntax.variables) {
                ('*', Wildcards::Matched, _) => segments.run(after),
                ('?', Wildcards::Matched, _) => segments.push(Segment::AnyCharacter, after),
                ('$', _, Variables::Substituted) if after.starts_with('{') => {
                    parse_variable(&after[1..], &mut segments)?
                }
                _ => segments.character(character, after),
            };
        }
        Ok(Self::new(segments.finish(), syntax.letter_case))
    }

    pub(crate) fn new(segments: Vec<Segment>, letter_case: LetterCase) -> Self {
        Self { letter_case, segments: segments.into_boxed_slice() }
    }

    pub(crate) fn segments(&self) -> &[Segment] {
        &self.segments
    }

    pub(crate) fn matches(&self, text: &str, context: &dyn ConditionContext) -> bool {
        Matcher { context, letter_case: self.letter_case, segments: &self.segments }.matches(text)
    }

    pub(crate) fn has_variables(&self) -> bool {
        self.segments.iter().any(|segment| matches!(segment, Segment::Variable(_)))
    }

    /// Whether the request has a value for every variable. A pattern that does not resolve matches nothing.
    pub(crate) fn resolves(&self, context: &dyn ConditionContext) -> bool {
        self.segments.iter().all(|segment| match segment {
            Segment::AnyCharacter | Segment::AnyRun | Segment::Literal(_) => true,
            Segment::Variable(variable) => variable.value(context).is_some(),
        })
    }

    /// The pattern with its variables replaced, or nothing when one has no value.
    pub(crate) fn substitute(&self, context: &dyn ConditionContext) -> Option<Self> {
        let mut segments = Vec::with_capacity(self.segments.len());
        for segment in &self.segments {
            segments.push(match segment {
                Segment::AnyCharacter | Segment::AnyRun | Segment::Literal(_) => segment.clone(),
                Segment::Variable(variable) => Segment::Literal(variable.value(context)?.into()),
            });
        }
        Some(Self::new(segments, self.letter_case))
    }
}

impl Variable {
    /// A key with several values cannot be a variable (same page, "Using variables in policies").
    pub(crate) fn value<'a>(&'a self, context: &'a dyn ConditionContext) -> Option<&'a str> {
        match context.values(&self.key) {
            Values::One(value) | Values::Many(&[value]) => Some(value),
            Values::Many(_) | Values::Missing => self.default.as_deref(),
        }
    }
}

/// Collects segments, joining neighbouring characters into one literal. Each step answers what is left to read.
#[derive(Default)]
struct Segments {
    finished: Vec<Segment>,
    literal: String,
}

impl Segments {
    fn character<'t>(&mut self, character: char, after: &'t str) -> &'t str {
        self.literal.push(character);
        after
    }

    fn run<'t>(&mut self, after: &'t str) -> &'t str {
        if self.literal.is_empty() && self.finished.last() == Some(&Segment::AnyRun) {
            return after;
        }
        self.push(Segment::AnyRun, after)
    }

    fn push<'t>(&mut self, segment: Segment, after: &'t str) -> &'t str {
        if !self.literal.is_empty() {
            self.finished.push(Segment::Literal(self.literal.as_str().into()));
            self.literal.clear();
        }
        self.finished.push(segment);
        after
    }

    fn finish(mut self) -> Vec<Segment> {
        if !self.literal.is_empty() {
            self.finished.push(Segment::Literal(self.literal.into_boxed_str()));
        }
        self.finished
    }
}

/// Reads a variable from behind its `${` and answers what follows its `}`.
fn parse_variable<'t>(text: &'t str, segments: &mut Segments) -> Result<&'t str, InvalidVariable> {
    // "${*}", "${?}" and "${$}" stand for the characters themselves.
    for character in ['*', '?', '$'] {
        if let Some(after) = text.strip_prefix(character).and_then(|rest| rest.strip_prefix('}')) {
            return Ok(segments.character(character, after));
        }
    }
    let key_end = text.find([',', '}']).ok_or(InvalidVariable)?;
    let key = text[..key_end].trim();
    if key.is_empty() || key.contains(['$', '{', '\'', '*', '?']) {
        return Err(InvalidVariable);
    }
    let (default, after) = match text[key_end..].strip_prefix(',') {
        None => (None, &text[key_end + 1..]),
        Some(rest) => {
            let quoted = rest.trim_start().strip_prefix('\'').ok_or(InvalidVariable)?;
            let (default, rest) = quoted.split_once('\'').ok_or(InvalidVariable)?;
            let after = rest.trim_start().strip_prefix('}').ok_or(InvalidVariable)?;
            (Some(default.into()), after)
        }
    };
    let key = key.to_ascii_lowercase().into_boxed_str();
    Ok(segments.push(Segment::Variable(Variable { default, key }), after))
}

#[cfg(test)]
mod tests;
