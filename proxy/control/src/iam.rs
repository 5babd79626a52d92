//! Enough of IAM to have identities: users and roles, access keys, inline and managed policies.
//!
//! What policies allow is decided in `authorization`; here they are only kept.

mod access_key;
mod aws_managed;
pub(crate) mod date;
pub(crate) mod document;
pub(crate) mod entity;
mod page;
pub(crate) mod policy;
mod policy_version;
pub(crate) mod role;
pub(crate) mod user;

use serde_json::{Value, json};
use store::ReadTransaction;

use crate::query::{Operation, QueryCall, QueryRefusal, Subject, Tags};

/// Every operation that is done. All others are refused by name.
pub(crate) const OPERATIONS: &[&[Operation]] = &[
    access_key::OPERATIONS,
    entity::ROLE_OPERATIONS,
    entity::USER_OPERATIONS,
    policy::OPERATIONS,
    policy_version::OPERATIONS,
    role::OPERATIONS,
    user::OPERATIONS,
];

/// The resources on which an operation must be allowed: ARNs, and what IAM names so.
pub(crate) fn resources(
    call: &QueryCall,
    operation: &Operation,
    transaction: &ReadTransaction<'_>,
) -> Result<Vec<String>, QueryRefusal> {
    let arn = |kind: &str, path: &str, name: &str| {
        format!("arn:aws:iam::{}:{kind}{path}{name}", call.identity.account)
    };
    let prefix = call.form.text("PathPrefix").unwrap_or("/");
    let path = call.form.text("Path").unwrap_or("/");
    let resource = match operation.subject {
        Subject::Anyone => return Ok(Vec::new()),
        Subject::Policies => format!("policy path {prefix}"),
        Subject::Policy => match call.form.text("PolicyArn") {
            Some(arn) => arn.to_owned(),
            None => arn("policy", path, call.form.required("PolicyName")),
        },
        Subject::Role => {
            let name = call.form.required("RoleName");
            let role = entity::get::<role::Role>(transaction, name)?;
            role.map_or_else(
                || arn("role", path, name),
                |role| role.document.arn(&call.identity.account),
            )
        }
        Subject::Roles => arn("role", prefix, ""),
        Subject::User => return user::resources(call, transaction, path),
        Subject::Users => arn("user", prefix, ""),
    };
    Ok(vec![resource])
}

/// Tags as they are on the wire; none if there are none.
fn show_tags(tags: &Tags) -> Value {
    if tags.is_empty() {
        return Value::Null;
    }
    tags.iter().map(|(key, value)| json!({ "Key": key, "Value": value })).collect()
}

/// A unique id, `AIDA...` say, of 21 characters.
fn new_id(call: &QueryCall, prefix: &str) -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    format!("{prefix}{}", crate::call::random_text(&*call.ambient, 17, ALPHABET))
}
