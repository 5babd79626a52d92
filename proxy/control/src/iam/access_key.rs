//! Access keys of users.

use serde_json::{Value, json};
use store::{Account, ReadTransaction, StoreError, Stored, WriteTransaction};

use super::user::named;
use super::{date, page};
use crate::access_key::{AccessKey, Credentials, KeyOwner};
use crate::query::{Handler, Operation, QueryCall, QueryRefusal, Subject};

pub(super) const OPERATIONS: &[Operation] = &[
    Operation {
        name: "CreateAccessKey",
        required: &[],
        optional: &["UserName"],
        subject: Subject::User,
        handler: Handler::Write(create),
    },
    Operation {
        name: "DeleteAccessKey",
        required: &["AccessKeyId"],
        optional: &["UserName"],
        subject: Subject::User,
        handler: Handler::Write(delete),
    },
    Operation {
        name: "ListAccessKeys",
        required: &[],
        optional: &["Marker", "MaxItems", "UserName"],
        subject: Subject::User,
        handler: Handler::Read(list),
    },
    Operation {
        name: "UpdateAccessKey",
        required: &["AccessKeyId", "Status"],
        optional: &["UserName"],
        subject: Subject::User,
        handler: Handler::Write(update),
    },
];

/// Keys of one user (AWS).
const KEYS_MAX: usize = 2;

/// The keys of a user, by its unique id.
pub(super) fn of_user(
    transaction: &ReadTransaction<'_>,
    user_id: &str,
) -> Result<Vec<Stored<AccessKey>>, StoreError> {
    let owner = KeyOwner::User(user_id.to_owned());
    let mut keys = transaction.list::<AccessKey>(Account::row())?;
    keys.retain(|key| key.document.owner == owner);
    Ok(keys)
}

/// When a key was made.
pub(super) fn created(transaction: &ReadTransaction<'_>, id: &str) -> Result<i64, StoreError> {
    let key = transaction.get::<AccessKey>(Account::row(), id)?;
    Ok(key.map_or(0, |key| key.document.created))
}

fn status(key: &AccessKey) -> &'static str {
    if key.is_active { "Active" } else { "Inactive" }
}

fn create(call: &QueryCall, transaction: &WriteTransaction<'_>) -> Result<Value, QueryRefusal> {
    let user = named(call, transaction)?.document;
    if KEYS_MAX <= of_user(transaction, &user.id)?.len() {
        let message = format!("Cannot exceed quota for AccessKeysPerUser: {KEYS_MAX}");
        return Err(QueryRefusal::limit_exceeded(message));
    }
    let credentials = Credentials::generate(&*call.ambient);
    let key = AccessKey::new(credentials, KeyOwner::User(user.id), call.now);
    transaction.insert(Account::row(), &key)?;
    // The only answer that tells the secret.
    Ok(json!({ "AccessKey": {
        "UserName": user.name,
        "AccessKeyId": key.id,
        "Status": status(&key),
        "SecretAccessKey": key.secret,
        "CreateDate": date::iso_8601(key.created),
    }}))
}

fn list(call: &QueryCall, transaction: &ReadTransaction<'_>) -> Result<Value, QueryRefusal> {
    let user = named(call, transaction)?.document;
    let keys =
        of_user(transaction, &user.id)?.into_iter().map(|Stored { document: key, .. }| {
            let shown = json!({
                "UserName": user.name,
                "AccessKeyId": key.id,
                "Status": status(&key),
                "CreateDate": date::iso_8601(key.created),
            });
            (key.id, shown)
        });
    Ok(page::page(&call.form, "AccessKeyMetadata", keys.collect()))
}

/// The key that a call names, of the user that it names.
fn find(
    call: &QueryCall,
    transaction: &ReadTransaction<'_>,
) -> Result<Stored<AccessKey>, QueryRefusal> {
    let owner = KeyOwner::User(named(call, transaction)?.document.id);
    let id = call.form.required("AccessKeyId");
    let key = transaction.get::<AccessKey>(Account::row(), id)?;
    key.filter(|key| key.document.owner == owner).ok_or_else(|| {
        QueryRefusal::no_such_entity(format!("The Access Key with id {id} cannot be found."))
    })
}

fn update(call: &QueryCall, transaction: &WriteTransaction<'_>) -> Result<Value, QueryRefusal> {
    let mut stored = find(call, transaction)?;
    stored.document.is_active = call.form.required("Status") == "Active";
    transaction.update(&stored)?;
    Ok(Value::Null)
}

fn delete(call: &QueryCall, transaction: &WriteTransaction<'_>) -> Result<Value, QueryRefusal> {
    let stored = find(call, transaction)?;
    transaction.delete(stored.row)?;
    Ok(Value::Null)
}
