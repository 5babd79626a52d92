//! Why a text is not a policy.

use thiserror::Error;

/// A policy document that cannot be used: where, and what is wrong there.
///
/// One error, not a list: a document comes from a control API call or from an authorizer, and both report one.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[error("{place} {problem}")]
pub struct InvalidPolicy {
    /// The element: `Statement[1].Condition.IpAddress.aws:SourceIp[0]`, or `policy` for the document itself.
    pub place: String,
    /// What is wrong with it.
    pub problem: PolicyProblem,
}

/// What is wrong with one element of a policy document.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum PolicyProblem {
    /// Two elements that exclude each other, such as `Action` and `NotAction`.
    #[error("must not stand beside {other}")]
    Conflict {
        /// The other element.
        other: &'static str,
    },
    /// Not JSON, nested too deeply, or an object with the same key twice.
    #[error("is not valid JSON with unique keys: {message}")]
    MalformedJson {
        /// What the JSON reader said, with line and column.
        message: String,
    },
    /// An element that this kind of policy does not have.
    #[error("must not be in {kind}")]
    Misplaced {
        /// The kind of policy.
        kind: &'static str,
    },
    /// A required element is absent.
    #[error("is required")]
    Missing,
    /// The element has the wrong type, or a value that does not parse.
    #[error("must be {expected}, got {found}")]
    MustBe {
        /// What is accepted here.
        expected: &'static str,
        /// What stood there, shortened.
        found: String,
    },
    /// Longer than any AWS service accepts.
    #[error("must be at most {bytes_max} bytes")]
    TooLong {
        /// The limit.
        bytes_max: usize,
    },
    /// An element that the policy language does not have, or not here.
    #[error("is not an element of the policy language")]
    UnknownElement,
    /// A condition operator that does not exist.
    #[error("is not a condition operator")]
    UnknownOperator,
}
