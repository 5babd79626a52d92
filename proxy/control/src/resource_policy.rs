//! Resource policies of APIs and domain names, as texts.

use policy::Policy;

use crate::refusal::Refusal;

/// Longest policy (AWS).
const POLICY_BYTES_MAX: usize = 8_192;

/// Refuses what is no policy: it would let in nobody, or everybody.
pub(crate) fn check(text: &str) -> Result<(), Refusal> {
    if text.len() > POLICY_BYTES_MAX {
        return Err(Refusal::bad_request(format!(
            "Policy document exceeds the maximum size of {POLICY_BYTES_MAX} characters"
        )));
    }
    match Policy::parse(text) {
        Ok(_) => Ok(()),
        Err(_) => Err(Refusal::bad_request(
            "Invalid policy document. Please check the policy syntax and ensure that Principals are \
             valid.",
        )),
    }
}

/// As the API answers it: its quotes are escaped once more, which clients undo.
pub(crate) fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}
