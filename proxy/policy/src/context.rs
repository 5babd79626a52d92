//! The condition keys of a request and their values.

use std::slice;

/// Looks up condition keys: `aws:sourceip`, `aws:principaltag/team`.
///
/// A trait and not a table, so that a value which costs something to make (a formatted time or address) is made
/// only when a policy asks for it.
pub trait ConditionContext {
    /// Values of `key`, which always comes in lower case: condition keys compare without case (IAM User Guide,
    /// "IAM JSON policy elements: Condition"), and the policy has folded them while parsing.
    fn values(&self, key: &str) -> Values<'_>;
}

/// What a request says for one condition key.
///
/// No values and one empty list of values are the same thing to every operator: the key is missing.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Values<'a> {
    /// A key with several values, such as `aws:PrincipalOrgPaths`.
    Many(&'a [&'a str]),
    /// The request does not have the key.
    Missing,
    /// A key with one value, which is nearly every key.
    One(&'a str),
}

impl<'a> Values<'a> {
    pub(crate) fn as_slice(&self) -> &[&'a str] {
        match self {
            Self::Many(values) => values,
            Self::Missing => &[],
            Self::One(value) => slice::from_ref(value),
        }
    }
}
