//! Whether who signed a call may call the function that answers it, where that is called as them.
//!
//! Source: API Gateway REST API Reference, "Integration.credentials"; Lambda Developer Guide, "Working with
//! resource-based IAM policies in Lambda". What the function permits to API Gateway does not count: it is not who calls.

use model::FunctionIndex;
use policy::{Decision, Request};
use serde_json::json;

use crate::authorize::conditions::RequestConditions;
use crate::authorize::{Caller, signed};
use crate::exchange::Exchange;
use crate::failure::{Fault, INVALID_PERMISSIONS};

const ACTION: &str = "lambda:InvokeFunction";

/// Fails where neither the policies of who signed nor the function lets them, or one of these denies it.
pub(crate) fn require_invocation(
    exchange: &Exchange<'_>,
    caller: &Caller,
    function: FunctionIndex,
) -> Result<(), Fault> {
    let invalid = || Fault::Configuration(INVALID_PERMISSIONS.to_owned());
    let signer = caller.signer().ok_or_else(invalid)?;
    let permissions = exchange.stage.denials().permissions(function).ok_or_else(invalid)?;
    let identity = &signer.identity;
    let conditions = RequestConditions::on_behalf_of(exchange, identity);
    let resource = permissions.arn.as_str();
    let request = Request { action: ACTION, context: &conditions, principal: None, resource };
    let judged = signed::judge(identity, &request, |principal| {
        let request = Request { principal: Some(principal), ..request };
        permissions.policy.as_ref().map(|policy| policy.evaluate(&request))
    });
    exchange.tracer.note(ACTION, |_| {
        json!({ "caller": identity.arn, "function": resource, "policies": format!("{:?}", judged.together) })
    });
    match judged.together {
        Decision::Allow => Ok(()),
        Decision::ExplicitDeny | Decision::ImplicitDeny => Err(invalid()),
    }
}
