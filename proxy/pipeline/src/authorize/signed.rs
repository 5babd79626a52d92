//! What the policies of somebody who signed, and the policy of what they call, say together.
//!
//! Source: IAM User Guide, "Policy evaluation logic", for one account: a Deny wins, and one Allow is enough.

use model::CallerIdentity;
use policy::{Caller, Decision, Request};

use crate::authorize::resource_policy::combined;

/// What was said of a request.
pub(super) struct Judged {
    /// By the policies of the identity alone.
    pub(super) own: Decision,
    /// By all.
    pub(super) together: Decision,
}

/// `of_resource` is what the policy of what is called says of a principal; none if it has none.
pub(super) fn judge(
    identity: &CallerIdentity,
    request: &Request<'_>,
    of_resource: impl Fn(&Caller<'_>) -> Option<Decision>,
) -> Judged {
    let own = identity.permissions.decide(request);
    let is_within_session = identity.permissions.session_allows(request);
    let resource = resource_decision(identity, of_resource);
    let resource = resource.filter(|said| is_within_session || *said == Decision::ExplicitDeny);
    Judged { own, together: combined(own, resource) }
}

/// A policy that allows the account alone leaves it to the policies of its identities whom of them it allows
/// (IAM User Guide, "AWS account principals").
fn resource_decision(
    identity: &CallerIdentity,
    of_resource: impl Fn(&Caller<'_>) -> Option<Decision>,
) -> Option<Decision> {
    let names: Vec<&str> = identity.names.iter().map(String::as_str).collect();
    let judge = |account| of_resource(&Caller::Aws { account, names: &names });
    match judge(identity.account.as_str())? {
        Decision::Allow => judge("").map(|named| match named {
            Decision::Allow => Decision::Allow,
            Decision::ExplicitDeny | Decision::ImplicitDeny => Decision::ImplicitDeny,
        }),
        decision => Some(decision),
    }
}
