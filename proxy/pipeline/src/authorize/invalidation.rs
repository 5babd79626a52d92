//! Who may make the gateway forget a cached response.
//!
//! Source: API Gateway Developer Guide, "Invalidate an API Gateway cache entry". Only who signs can be
//! allowed to; nobody else, whatever an authorizer says of them.

use policy::Decision;

use crate::authorize::Caller;
use crate::authorize::conditions::RequestConditions;
use crate::authorize::endpoint_policy;
use crate::authorize::resource_policy::{self, ANONYMOUS, denied_action};
use crate::exchange::Exchange;
use crate::failure::Rejection;

const ACTION: &str = "execute-api:InvalidateCache";

/// Refuses a caller whose policies do not allow it, or whom a policy of the API denies it.
pub(crate) fn require_invalidation(
    exchange: &Exchange<'_>,
    caller: &Caller,
) -> Result<(), Rejection> {
    let no_policy =
        "because no identity-based policy allows the execute-api:InvalidateCache action";
    let Some(signer) = caller.signer() else {
        return Err(denied_action(exchange, ACTION, ANONYMOUS, no_policy));
    };
    let identity = &signer.identity;
    let conditions = RequestConditions::of_signer(exchange, identity);
    let resource = exchange.method_arn();
    let request = policy::Request {
        action: ACTION,
        context: &conditions,
        principal: None,
        resource: &resource,
    };
    let names: Vec<&str> = identity.names.iter().map(String::as_str).collect();
    let principal = policy::Caller::Aws { account: identity.account.as_str(), names: &names };
    let principal = Some(&principal);
    endpoint_policy::require_of(exchange, ACTION, &conditions, principal, &identity.arn)?;
    let of_api = resource_policy::judge_action(exchange, ACTION, &conditions, principal);
    let reason = match (identity.permissions.decide(&request), of_api) {
        (_, Some(Decision::ExplicitDeny)) => resource_policy::DENIED_BY_RESOURCE,
        (Decision::Allow, _) => return Ok(()),
        (Decision::ExplicitDeny, _) => "with an explicit deny in an identity-based policy",
        (Decision::ImplicitDeny, _) => no_policy,
    };
    Err(denied_action(exchange, ACTION, &identity.arn, reason))
}
