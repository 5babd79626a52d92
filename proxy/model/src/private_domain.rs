//! Private custom domain names: what they ask of those who come through the endpoint of a VPC.
//!
//! Source: API Gateway Developer Guide, "Custom domain names for private APIs in API Gateway". Which endpoints lead to
//! one at all is the snapshot's: see [`crate::Snapshot::add_private_domain`].

use crate::ResourcePolicy;

/// Whom a private domain name lets in.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PrivateDomain {
    /// `arn:aws:execute-api:{region}:{account}:/domainnames/{name}+{id}`
    pub arn: String,
    /// None: nobody.
    pub policy: Option<ResourcePolicy>,
}
