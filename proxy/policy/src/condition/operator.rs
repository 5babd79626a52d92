//! The name of a condition operator, taken apart: `ForAnyValue:StringNotLikeIfExists`.
//!
//! IAM User Guide, "IAM JSON policy elements: Condition operators". Names are case-sensitive.

use std::cmp::Ordering;

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Operator {
    Compare(Comparing),
    /// Asks whether the key is there. "You can add IfExists to the end of any condition operator name except the
    /// Null condition", and a set of values is not what it asks about either.
    Null,
}

/// An operator that compares values.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Comparing {
    pub(super) family: Family,
    pub(super) polarity: Polarity,
    pub(super) quantifier: Quantifier,
    pub(super) when_missing: WhenMissing,
}

/// What kind of value is compared, and how.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Family {
    Arn,
    Binary,
    Bool,
    Date(Relation),
    IpAddress,
    Numeric(Relation),
    StringEquals,
    StringEqualsIgnoreCase,
    StringLike,
}

/// How the value of the request stands to the operand.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Relation {
    Equals,
    GreaterThan,
    GreaterThanEquals,
    LessThan,
    LessThanEquals,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Polarity {
    Negated,
    Positive,
}

/// `ForAllValues:`, `ForAnyValue:`, or neither.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Quantifier {
    AllValues,
    AnyValue,
    Plain,
}

/// What a missing key means: `...IfExists` makes the clause hold.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum WhenMissing {
    Compares,
    Holds,
}

impl Operator {
    pub(super) fn parse(name: &str) -> Option<Self> {
        if name == "Null" {
            return Some(Self::Null);
        }
        let (quantifier, rest) = match name.split_once(':') {
            None => (Quantifier::Plain, name),
            Some(("ForAllValues", rest)) => (Quantifier::AllValues, rest),
            Some(("ForAnyValue", rest)) => (Quantifier::AnyValue, rest),
            Some(_) => return None,
        };
        let (when_missing, base) = match rest.strip_suffix("IfExists") {
            None => (WhenMissing::Compares, rest),
            Some(base) => (WhenMissing::Holds, base),
        };
        let (polarity, family) = parse_base(base)?;
        Some(Self::Compare(Comparing { family, polarity, quantifier, when_missing }))
    }
}

impl Comparing {
    /// Whether `values` satisfy the operator, given which of them match an operand. A missing key has no values:
    /// whatever is asked of all of them is true, and of any of them false.
    pub(super) fn holds(self, values: &[&str], matches: impl Fn(&str) -> bool) -> bool {
        let negated = self.polarity == Polarity::Negated;
        match self.quantifier {
            Quantifier::AllValues => values.iter().all(|value| matches(value) != negated),
            Quantifier::AnyValue => values.iter().any(|value| matches(value) != negated),
            Quantifier::Plain => values.iter().any(|value| matches(value)) != negated,
        }
    }
}

impl Relation {
    pub(super) fn holds(self, ordering: Ordering) -> bool {
        match self {
            Self::Equals => ordering.is_eq(),
            Self::GreaterThan => ordering.is_gt(),
            Self::GreaterThanEquals => ordering.is_ge(),
            Self::LessThan => ordering.is_lt(),
            Self::LessThanEquals => ordering.is_le(),
        }
    }
}

fn parse_base(base: &str) -> Option<(Polarity, Family)> {
    use Polarity::{Negated, Positive};
    Some(match base {
        "ArnEquals" | "ArnLike" => (Positive, Family::Arn),
        "ArnNotEquals" | "ArnNotLike" => (Negated, Family::Arn),
        "BinaryEquals" => (Positive, Family::Binary),
        "Bool" => (Positive, Family::Bool),
        "DateEquals" => (Positive, Family::Date(Relation::Equals)),
        "DateGreaterThan" => (Positive, Family::Date(Relation::GreaterThan)),
        "DateGreaterThanEquals" => (Positive, Family::Date(Relation::GreaterThanEquals)),
        "DateLessThan" => (Positive, Family::Date(Relation::LessThan)),
        "DateLessThanEquals" => (Positive, Family::Date(Relation::LessThanEquals)),
        "DateNotEquals" => (Negated, Family::Date(Relation::Equals)),
        "IpAddress" => (Positive, Family::IpAddress),
        "NotIpAddress" => (Negated, Family::IpAddress),
        "NumericEquals" => (Positive, Family::Numeric(Relation::Equals)),
        "NumericGreaterThan" => (Positive, Family::Numeric(Relation::GreaterThan)),
        "NumericGreaterThanEquals" => (Positive, Family::Numeric(Relation::GreaterThanEquals)),
        "NumericLessThan" => (Positive, Family::Numeric(Relation::LessThan)),
        "NumericLessThanEquals" => (Positive, Family::Numeric(Relation::LessThanEquals)),
        "NumericNotEquals" => (Negated, Family::Numeric(Relation::Equals)),
        "StringEquals" => (Positive, Family::StringEquals),
        "StringEqualsIgnoreCase" => (Positive, Family::StringEqualsIgnoreCase),
        "StringLike" => (Positive, Family::StringLike),
        "StringNotEquals" => (Negated, Family::StringEquals),
        "StringNotEqualsIgnoreCase" => (Negated, Family::StringEqualsIgnoreCase),
        "StringNotLike" => (Negated, Family::StringLike),
        _ => return None,
    })
}
