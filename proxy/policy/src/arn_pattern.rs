//! A pattern for ARNs, whose six parts are compared one by one.
//!
//! IAM User Guide, "Amazon Resource Name (ARN) condition operators": a wildcard of one part does not reach into
//! the next, and `ArnEquals` and `ArnLike` behave identically. Not for `Resource`, whose `*` crosses colons.

use crate::context::ConditionContext;
use crate::pattern::{LetterCase, Pattern, PatternSyntax, Segment, Variables, Wildcards};

/// `arn:partition:service:region:account:resource`; the resource may hold further colons.
const PARTS: usize = 6;

#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum ArnPattern {
    /// Nothing left to find out.
    Fixed(Box<[Pattern]>),
    /// Split once the variables are known, as a value may be a whole ARN.
    Templated(Pattern),
}

/// A text that is no ARN, with or without wildcards.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct InvalidArnPattern;

impl ArnPattern {
    pub(crate) fn parse(text: &str, variables: Variables) -> Result<Self, InvalidArnPattern> {
        let syntax = PatternSyntax {
            letter_case: LetterCase::Significant,
            variables,
            wildcards: Wildcards::Matched,
        };
        let whole = Pattern::parse(text, syntax).map_err(|_| InvalidArnPattern)?;
        if whole.has_variables() {
            return Ok(Self::Templated(whole));
        }
        split(&whole).map(Self::Fixed).ok_or(InvalidArnPattern)
    }

    pub(crate) fn matches(&self, text: &str, context: &dyn ConditionContext) -> bool {
        match self {
            Self::Fixed(parts) => parts_match(parts, text, context),
            Self::Templated(whole) => whole
                .substitute(context)
                .and_then(|whole| split(&whole))
                .is_some_and(|parts| parts_match(&parts, text, context)),
        }
    }

    pub(crate) fn resolves(&self, context: &dyn ConditionContext) -> bool {
        match self {
            Self::Fixed(_) => true,
            Self::Templated(whole) => whole.resolves(context),
        }
    }
}

fn parts_match(parts: &[Pattern], text: &str, context: &dyn ConditionContext) -> bool {
    let mut texts = text.splitn(PARTS, ':');
    parts.iter().all(|part| texts.next().is_some_and(|text| part.matches(text, context)))
}

fn split(whole: &Pattern) -> Option<Box<[Pattern]>> {
    let mut parts = Vec::with_capacity(PARTS);
    let mut part = Vec::new();
    for segment in whole.segments() {
        let Segment::Literal(literal) = segment else {
            part.push(segment.clone());
            continue;
        };
        let mut pieces = literal.splitn(PARTS - parts.len(), ':').peekable();
        while let Some(piece) = pieces.next() {
            if !piece.is_empty() {
                part.push(Segment::Literal(piece.into()));
            }
            if pieces.peek().is_some() {
                parts.push(Pattern::new(std::mem::take(&mut part), LetterCase::Significant));
            }
        }
    }
    parts.push(Pattern::new(part, LetterCase::Significant));
    (parts.len() == PARTS).then(|| parts.into_boxed_slice())
}
