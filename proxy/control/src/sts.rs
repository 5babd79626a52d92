//! Enough of STS to ask who one is.

use serde_json::{Value, json};
use store::ReadTransaction;

use crate::query::{Handler, Operation, QueryCall, QueryRefusal, Subject};

/// Every operation that is done. All others are refused by name.
pub(crate) const OPERATIONS: &[Operation] = &[Operation {
    name: "GetCallerIdentity",
    required: &[],
    optional: &[],
    // "No permissions are required to perform this operation."
    subject: Subject::Anyone,
    handler: Handler::Read(get_caller_identity),
}];

fn get_caller_identity(call: &QueryCall, _: &ReadTransaction<'_>) -> Result<Value, QueryRefusal> {
    Ok(json!({
        "Arn": call.caller.arn,
        "UserId": call.caller.id,
        "Account": call.identity.account.as_str(),
    }))
}
