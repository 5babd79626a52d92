//! The resource policy of an API, and what it and another policy say together.
//!
//! Source: API Gateway Developer Guide, "How API Gateway resource policies affect authorization
//! workflow". Callers who sign are all of the account of the node, so its table for callers of other
//! accounts is not needed.

use model::{EndpointType, Snapshot};
use policy::{Caller, Decision, Request};

use crate::authorize::conditions::RequestConditions;
use crate::exchange::Exchange;
use crate::failure::Rejection;

/// What every call of a method is.
pub(super) const ACTION: &str = "execute-api:Invoke";

/// Whom AWS names where nobody signed.
pub(super) const ANONYMOUS: &str = "anonymous";

/// Nobody may call a private API that has no policy, whatever its methods say.
pub(super) fn require_of_private(exchange: &Exchange<'_>) -> Result<(), Rejection> {
    let api = exchange.stage.deployment.api();
    if api.endpoint_type == EndpointType::Private && api.policy.is_none() {
        return Err(denied(exchange, ANONYMOUS, ALLOWED_BY_NO_RESOURCE));
    }
    Ok(())
}

/// Where the method itself lets everyone in: the policy, if there is one, must allow it.
pub(super) fn require(exchange: &Exchange<'_>) -> Result<(), Rejection> {
    match judge(exchange, &RequestConditions::new(exchange), None) {
        None | Some(Decision::Allow) => Ok(()),
        Some(Decision::ExplicitDeny) => Err(denied(exchange, ANONYMOUS, DENIED_BY_RESOURCE)),
        Some(Decision::ImplicitDeny) => Err(denied(exchange, ANONYMOUS, ALLOWED_BY_NO_RESOURCE)),
    }
}

/// Where an authorizer will decide: what the policy denies, it is not asked about.
pub(super) fn before_authorizer(exchange: &Exchange<'_>) -> Result<Option<Decision>, Rejection> {
    match judge(exchange, &RequestConditions::new(exchange), None) {
        Some(Decision::ExplicitDeny) => Err(denied(exchange, ANONYMOUS, DENIED_BY_RESOURCE)),
        decision => Ok(decision),
    }
}

/// What the policy alone says; none if the API has none.
pub(super) fn judge(
    exchange: &Exchange<'_>,
    conditions: &RequestConditions<'_, '_>,
    principal: Option<&Caller<'_>>,
) -> Option<Decision> {
    judge_action(exchange, ACTION, conditions, principal)
}

/// The same of another action.
pub(super) fn judge_action(
    exchange: &Exchange<'_>,
    action: &str,
    conditions: &RequestConditions<'_, '_>,
    principal: Option<&Caller<'_>>,
) -> Option<Decision> {
    let policy = exchange.stage.deployment.api().policy.as_ref()?;
    let resource = exchange.method_arn();
    let request = Request { action, context: conditions, principal, resource: &resource };
    Some(policy.evaluate(&request))
}

/// What an authorizer's policy or that of an identity, and the resource policy, say together.
pub(super) fn combined(identity: Decision, resource: Option<Decision>) -> Decision {
    match (identity, resource) {
        (Decision::ExplicitDeny, _) | (_, Some(Decision::ExplicitDeny)) => Decision::ExplicitDeny,
        (Decision::Allow, _) | (_, Some(Decision::Allow)) => Decision::Allow,
        (Decision::ImplicitDeny, Some(Decision::ImplicitDeny) | None) => Decision::ImplicitDeny,
    }
}

pub(super) const ALLOWED_BY_NO_RESOURCE: &str =
    "because no resource-based policy allows the execute-api:Invoke action";

pub(super) const DENIED_BY_RESOURCE: &str = "with an explicit deny in a resource-based policy";

/// AWS's words, in which most of the number of an account is hidden.
pub(super) fn denied(exchange: &Exchange<'_>, user: &str, reason: &str) -> Rejection {
    denied_action(exchange, ACTION, user, reason)
}

/// The same of another action.
pub(super) fn denied_action(
    exchange: &Exchange<'_>,
    action: &str,
    user: &str,
    reason: &str,
) -> Rejection {
    denied_resource(exchange.snapshot, (action, &exchange.method_arn()), user, reason)
}

/// The same of another resource.
pub(super) fn denied_resource(
    snapshot: &Snapshot,
    (action, resource): (&str, &str),
    user: &str,
    reason: &str,
) -> Rejection {
    let account = snapshot.account().as_str();
    let masked = format!("********{}", &account[account.len() - 4..]);
    let resource = resource.replacen(account, &masked, 1);
    Rejection::ActionDenied {
        message: format!(
            "User: {user} is not authorized to perform: {action} on resource: {resource} {reason}"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deny_wins_and_one_allow_is_enough() {
        use Decision::{Allow, ExplicitDeny, ImplicitDeny};
        let table = [
            (Allow, [Allow, Allow, Allow, ExplicitDeny]),
            (ImplicitDeny, [ImplicitDeny, Allow, ImplicitDeny, ExplicitDeny]),
            (ExplicitDeny, [ExplicitDeny; 4]),
        ];
        let columns = [None, Some(Allow), Some(ImplicitDeny), Some(ExplicitDeny)];
        for (identity, row) in table {
            for (resource, expected) in columns.into_iter().zip(row) {
                assert_eq!(combined(identity, resource), expected, "{identity:?} {resource:?}");
            }
        }
    }
}
