//! The policy of a private domain name: who may come to its APIs at all, before which of them it is is looked at.
//!
//! Source: API Gateway Developer Guide, "Custom domain names for private APIs in API Gateway". It is about endpoints and
//! networks: who signed is not known yet, and a policy that names principals is refused where it is set.

use model::{PrivateDomain, Snapshot};
use policy::Decision;

use crate::authorize::conditions::RequestConditions;
use crate::authorize::resource_policy::{
    ACTION, ALLOWED_BY_NO_RESOURCE, ANONYMOUS, DENIED_BY_RESOURCE, denied_resource,
};
use crate::failure::Rejection;
use crate::request::Request;

/// Lets through whom the policy allows; without one, nobody.
pub(crate) fn require_of_domain(
    request: &Request<'_>,
    snapshot: &Snapshot,
    domain: &PrivateDomain,
) -> Result<(), Rejection> {
    let conditions = RequestConditions::of_domain(request, snapshot);
    let asked = policy::Request {
        action: ACTION,
        context: &conditions,
        principal: None,
        resource: &domain.arn,
    };
    let said = domain.policy.as_ref().map(|policy| policy.evaluate(&asked));
    let reason = match said {
        Some(Decision::Allow) => return Ok(()),
        Some(Decision::ExplicitDeny) => DENIED_BY_RESOURCE,
        Some(Decision::ImplicitDeny) | None => ALLOWED_BY_NO_RESOURCE,
    };
    Err(denied_resource(snapshot, (ACTION, &domain.arn), ANONYMOUS, reason))
}
