//! Who makes a request, by every name a `Principal` element may use.

/// An authenticated caller (IAM User Guide, "AWS JSON policy elements: Principal").
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Caller<'a> {
    /// A root user, IAM user, role session or federated session of an AWS account.
    Aws {
        /// The account of 12 digits.
        account: &'a str,
        /// Every ARN and unique identifier that names the caller: for a role session the session's ARN
        /// (`arn:aws:sts::..:assumed-role/R/S`), the role's ARN (`arn:aws:iam::..:role/R`) and the role's id.
        names: &'a [&'a str],
    },
    /// A canonical user id.
    CanonicalUser(&'a str),
    /// An identity provider: `cognito-identity.amazonaws.com`, or the ARN of a SAML or OIDC provider.
    Federated(&'a str),
    /// An AWS service: `lambda.amazonaws.com`.
    Service(&'a str),
}
