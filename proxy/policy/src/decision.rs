//! What one policy says of one request.

/// The answer of a single policy (IAM User Guide, "Policy evaluation logic").
///
/// Several policies are joined by the caller, by the tables of the API Gateway Developer Guide, "How API Gateway
/// resource policies affect authorization workflow".
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Decision {
    /// A statement allows the request and none denies it.
    Allow,
    /// A statement denies the request; no other policy can overrule it.
    ExplicitDeny,
    /// No statement speaks of the request; another policy may still allow it.
    ImplicitDeny,
}
