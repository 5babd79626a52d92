//! What a statement does to the requests it applies to.

/// IAM User Guide, "IAM JSON policy elements: Effect". The words are case-sensitive.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Effect {
    Allow,
    Deny,
}
