//! `Action` or `NotAction`, `Resource` or `NotResource`: what a statement is about.
//!
//! IAM User Guide, "IAM JSON policy elements: Action", "NotAction", "Resource" and "NotResource".

use crate::context::ConditionContext;
use crate::effect::Effect;
use crate::element::Element;
use crate::invalid_policy::InvalidPolicy;
use crate::pattern::{LetterCase, Pattern, PatternSyntax, Variables, Wildcards};

#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Selection {
    /// Everything that matches none of the patterns.
    AllBut(Box<[Pattern]>),
    /// What matches one of the patterns.
    Only(Box<[Pattern]>),
}

impl Selection {
    pub(crate) fn everything() -> Self {
        Self::AllBut(Box::new([]))
    }

    /// Actions take wildcards and no variables; case does not matter.
    pub(crate) fn parse_actions(element: &Element<'_>) -> Result<Box<[Pattern]>, InvalidPolicy> {
        let syntax = PatternSyntax {
            letter_case: LetterCase::Ignored,
            variables: Variables::Literal,
            wildcards: Wildcards::Matched,
        };
        element.items().map(|item| parse_pattern(&item, item.text()?, syntax)).collect()
    }

    pub(crate) fn parse_resources(
        element: &Element<'_>,
        variables: Variables,
    ) -> Result<Box<[Pattern]>, InvalidPolicy> {
        let syntax = PatternSyntax {
            letter_case: LetterCase::Significant,
            variables,
            wildcards: Wildcards::Matched,
        };
        let parse = |item: Element<'_>| {
            let text = item.text()?;
            // "If you specify an incomplete ARN (one with fewer than the standard six fields), AWS auto-completes
            // it by adding wildcards to all missing fields." One star is enough, as it crosses colons.
            if text.starts_with("arn:") && text.matches(':').count() < 5 {
                return parse_pattern(&item, &format!("{text}:*"), syntax);
            }
            parse_pattern(&item, text, syntax)
        };
        element.items().map(parse).collect()
    }

    /// Whether `text` is selected, as far as `effect` may assume it.
    ///
    /// A pattern whose variable has no value matches nothing. `NotResource` would turn that into "everything";
    /// AWS calls such a statement invalid, and an Allow must not grow by it, so an Allow then selects nothing.
    pub(crate) fn selects(
        &self,
        text: &str,
        effect: Effect,
        context: &dyn ConditionContext,
    ) -> bool {
        match self {
            Self::AllBut(patterns) => patterns.iter().all(|pattern| {
                !pattern.matches(text, context)
                    && (effect == Effect::Deny || pattern.resolves(context))
            }),
            Self::Only(patterns) => patterns.iter().any(|pattern| pattern.matches(text, context)),
        }
    }
}

fn parse_pattern(
    item: &Element<'_>,
    text: &str,
    syntax: PatternSyntax,
) -> Result<Pattern, InvalidPolicy> {
    Pattern::parse(text, syntax).map_err(|_| item.must_be("a text with valid policy variables"))
}
