//! The policy of the endpoint of a VPC that a call comes through: beside what the API itself says, it must allow the call.
//!
//! Source: API Gateway Developer Guide, "Use VPC endpoint policies for private APIs in API Gateway". Principals are those
//! who sign: whoever calls a method that wants no signature is anonymous.

use model::Endpoint;
use policy::{Caller, Decision, Request};

use crate::authorize::conditions::RequestConditions;
use crate::authorize::resource_policy::{ACTION, ANONYMOUS, denied_action};
use crate::exchange::Exchange;
use crate::failure::Rejection;

/// Where nobody signs.
pub(super) fn require(exchange: &Exchange<'_>) -> Result<(), Rejection> {
    let conditions = RequestConditions::new(exchange);
    require_of(exchange, ACTION, &conditions, None, ANONYMOUS)
}

/// For who signed an action.
pub(super) fn require_of(
    exchange: &Exchange<'_>,
    action: &str,
    conditions: &RequestConditions<'_, '_>,
    principal: Option<&Caller<'_>>,
    user: &str,
) -> Result<(), Rejection> {
    let Endpoint::Vpc { policy: Some(policy), .. } = exchange.request.endpoint else {
        return Ok(());
    };
    let resource = exchange.method_arn();
    let request = Request { action, context: conditions, principal, resource: &resource };
    let reason = match policy.evaluate(&request) {
        Decision::Allow => return Ok(()),
        Decision::ExplicitDeny => "with an explicit deny in a VPC endpoint policy".to_owned(),
        Decision::ImplicitDeny => {
            format!("because no VPC endpoint policy allows the {action} action")
        }
    };
    Err(denied_action(exchange, action, user, &reason))
}
