//! The operands of a clause, compiled, and how one value of the request compares with them.
//!
//! Only the operators on strings, ARNs and booleans take policy variables (IAM User Guide, "IAM JSON policy
//! elements: Condition operators"); in the others a variable does not parse and the policy is refused.

use std::net::IpAddr;

use crate::arn_pattern::ArnPattern;
use crate::base64_text::Base64Text;
use crate::cidr::Cidr;
use crate::condition::operator::{Family, Relation};
use crate::context::ConditionContext;
use crate::decimal::Decimal;
use crate::element::Element;
use crate::invalid_policy::InvalidPolicy;
use crate::pattern::{LetterCase, Pattern, PatternSyntax, Variables, Wildcards};
use crate::timestamp::Timestamp;

/// The value of the request must match one of the operands.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Comparison {
    Arn(Box<[ArnPattern]>),
    Binary(Box<[Base64Text]>),
    Date(Relation, Box<[Timestamp]>),
    IpAddress(Box<[Cidr]>),
    Numeric(Relation, Box<[Decimal]>),
    Text(Box<[Pattern]>),
}

impl Comparison {
    pub(super) fn parse(
        family: Family,
        operands: &Element<'_>,
        variables: Variables,
    ) -> Result<Self, InvalidPolicy> {
        let text = |letter_case, wildcards| {
            let syntax = PatternSyntax { letter_case, variables, wildcards };
            parse_each(operands, "a text with valid policy variables", |text| {
                Pattern::parse(text, syntax).ok()
            })
            .map(Self::Text)
        };
        match family {
            Family::Arn => parse_each(operands, "an ARN of six parts", |text| {
                ArnPattern::parse(text, variables).ok()
            })
            .map(Self::Arn),
            Family::Binary => parse_each(operands, "base64", |text| Base64Text::parse(text).ok())
                .map(Self::Binary),
            Family::Bool => {
                parse_each(operands, "\"true\" or \"false\"", |text| parse_bool(text, variables))
                    .map(Self::Text)
            }
            Family::Date(relation) => {
                parse_each(operands, "an ISO 8601 date or seconds since 1970", |text| {
                    Timestamp::parse(text).ok()
                })
                .map(|dates| Self::Date(relation, dates))
            }
            Family::IpAddress => {
                parse_each(operands, "an IP address or a CIDR range", |text| Cidr::parse(text).ok())
                    .map(Self::IpAddress)
            }
            Family::Numeric(relation) => {
                parse_each(operands, "a decimal number", |text| Decimal::parse(text).ok())
                    .map(|numbers| Self::Numeric(relation, numbers))
            }
            Family::StringEquals => text(LetterCase::Significant, Wildcards::Literal),
            Family::StringEqualsIgnoreCase => text(LetterCase::Ignored, Wildcards::Literal),
            Family::StringLike => text(LetterCase::Significant, Wildcards::Matched),
        }
    }

    /// A value that is not of the operator's type matches nothing.
    pub(super) fn matches(&self, value: &str, context: &dyn ConditionContext) -> bool {
        match self {
            Self::Arn(arns) => arns.iter().any(|arn| arn.matches(value, context)),
            Self::Binary(texts) => texts.iter().any(|text| text.equals(value)),
            Self::Date(relation, dates) => Timestamp::parse(value)
                .is_ok_and(|found| dates.iter().any(|date| relation.holds(found.cmp(date)))),
            Self::IpAddress(ranges) => value
                .parse::<IpAddr>()
                .is_ok_and(|found| ranges.iter().any(|range| range.contains(found))),
            Self::Numeric(relation, numbers) => Decimal::parse(value)
                .is_ok_and(|found| numbers.iter().any(|number| relation.holds(found.cmp(number)))),
            Self::Text(patterns) => patterns.iter().any(|pattern| pattern.matches(value, context)),
        }
    }

    /// Whether the request has a value for every variable of every operand.
    pub(super) fn resolves(&self, context: &dyn ConditionContext) -> bool {
        match self {
            Self::Arn(arns) => arns.iter().all(|arn| arn.resolves(context)),
            Self::Text(patterns) => patterns.iter().all(|pattern| pattern.resolves(context)),
            Self::Binary(_) | Self::Date(..) | Self::IpAddress(_) | Self::Numeric(..) => true,
        }
    }
}

fn parse_each<T>(
    operands: &Element<'_>,
    expected: &'static str,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<Box<[T]>, InvalidPolicy> {
    operands
        .items()
        .map(|operand| parse(&operand.scalar()?).ok_or_else(|| operand.must_be(expected)))
        .collect()
}

/// `true`, `false`, or a variable that will be one of them.
fn parse_bool(text: &str, variables: Variables) -> Option<Pattern> {
    let syntax = PatternSyntax {
        letter_case: LetterCase::Ignored,
        variables,
        wildcards: Wildcards::Literal,
    };
    let pattern = Pattern::parse(text, syntax).ok()?;
    let literal = text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false");
    (literal || pattern.has_variables()).then_some(pattern)
}
