//! Policies of private domain names: `policy`, of who may call, and `managementPolicy`, of who may make associations.

use model::ResourcePolicy;
use policy::{Caller, Decision, Policy, Request};
use serde_json::Value;

use crate::call::Call;
use crate::refusal::{Refusal, RefusalKind};
use crate::resource_policy::{check_length, refusal};

/// `execute-api:/*`: the domain name that the policy is of.
const SHORTHAND: &str = "execute-api:/*";

const CREATE_ASSOCIATION: &str = "apigateway:CreateAccessAssociation";

/// The policy of a domain name with its shorthand written out as the ARN of that.
pub(crate) fn expand(text: &str, arn: &str) -> Result<String, Refusal> {
    check_length(text)?;
    ResourcePolicy::parse(text).map_err(|error| refusal(&error))?;
    let unreadable = |error: serde_json::Error| Refusal::bad_request(error.to_string());
    let mut value: Value = serde_json::from_str(text).map_err(unreadable)?;
    let mut is_changed = false;
    for statement in one_or_many(&mut value["Statement"]) {
        check_principal(statement)?;
        for element in ["NotResource", "Resource"] {
            for resource in statement.get_mut(element).into_iter().flat_map(one_or_many) {
                match resource.as_str() {
                    Some(SHORTHAND) => {
                        *resource = arn.into();
                        is_changed = true;
                    }
                    Some(other) if other.starts_with("execute-api:") => {
                        return Err(Refusal::bad_request(format!(
                            "Invalid policy document. A policy of a domain name has the resource \
                             {SHORTHAND}, or an ARN"
                        )));
                    }
                    _ => {}
                }
            }
        }
    }
    Ok(if is_changed { value.to_string() } else { text.to_owned() })
}

/// It is asked before anybody's signature is looked at: a principal would be nobody, and one that is denied would be
/// let in.
fn check_principal(statement: &mut Value) -> Result<(), Refusal> {
    let principal = &mut statement["Principal"];
    let of_aws = match principal {
        Value::Object(kinds) if kinds.len() == 1 => kinds.get_mut("AWS"),
        other => Some(other),
    };
    let is_anybody = |value: &Value| value == "*";
    match of_aws.map(one_or_many) {
        Some([only]) if is_anybody(only) => Ok(()),
        _ => Err(Refusal::bad_request(
            "Invalid policy document. A policy of a domain name has the Principal *: it says which endpoints and \
             networks may call; who may is said by the policies of its APIs",
        )),
    }
}

/// Refuses what is no policy of who may make associations.
pub(crate) fn check_management(text: &str) -> Result<(), Refusal> {
    check_length(text)?;
    Policy::parse(text).map_err(|error| refusal(&error)).map(drop)
}

/// Refuses a caller whom the management policy denies. What it allows, their own policies allow: it is for other
/// accounts, of which there are none.
pub(crate) fn check_association(
    call: &Call,
    management_policy: Option<&str>,
    arn: &str,
) -> Result<(), Refusal> {
    let Some(text) = management_policy else { return Ok(()) };
    let policy = Policy::parse(text).map_err(|error| refusal(&error))?;
    let identity = &call.caller;
    let names: Vec<&str> = identity.names.iter().map(String::as_str).collect();
    let principal = Caller::Aws { account: identity.account.as_str(), names: &names };
    let request = Request {
        action: CREATE_ASSOCIATION,
        context: &call.context,
        principal: Some(&principal),
        resource: arn,
    };
    match policy.evaluate(&request) {
        Decision::Allow | Decision::ImplicitDeny => Ok(()),
        Decision::ExplicitDeny => Err(Refusal::new(
            RefusalKind::AccessDenied,
            format!(
                "User: {} is not authorized to perform: {CREATE_ASSOCIATION} on resource: {arn} with an explicit \
                 deny in a resource-based policy",
                identity.arn
            ),
        )),
    }
}

fn one_or_many(value: &mut Value) -> &mut [Value] {
    match value {
        Value::Array(values) => values,
        one => std::slice::from_mut(one),
    }
}
