//! Resource policies of APIs, as texts. Those of domain names: `domain_policy`.

use model::{RESOURCE_POLICY_BYTES_MAX, ResourcePolicy};
use policy::InvalidPolicy;

use crate::call::Identity;
use crate::refusal::Refusal;

/// The policy of an API with its shorthands written out; refuses what is none.
pub(crate) fn expand(text: &str, api: &str, identity: &Identity) -> Result<String, Refusal> {
    check_length(text)?;
    let Identity { account, region } = identity;
    let arn = format!("arn:aws:execute-api:{region}:{account}:{api}");
    ResourcePolicy::expand(text, &arn).map_err(|error| refusal(&error))
}

pub(crate) fn check_length(text: &str) -> Result<(), Refusal> {
    if text.len() > RESOURCE_POLICY_BYTES_MAX {
        return Err(Refusal::bad_request(format!(
            "Policy document exceeds the maximum size of {RESOURCE_POLICY_BYTES_MAX} characters"
        )));
    }
    Ok(())
}

/// AWS does not say where.
pub(crate) fn refusal(error: &InvalidPolicy) -> Refusal {
    Refusal::bad_request(format!(
        "Invalid policy document. Please check the policy syntax and ensure that Principals are \
         valid. {error}"
    ))
}

/// As the API answers it: its quotes are escaped once more, which clients undo.
pub(crate) fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}
