//! Users.

use model::AccountId;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::{Account, Document, ReadTransaction, Stored, WriteTransaction};

use super::entity::{self, Entity, Policies, find, get};
use super::{access_key, date, new_id, page, show_tags};
use crate::query::{Handler, Operation, QueryCall, QueryRefusal, Subject, Tags};

pub(super) const OPERATIONS: &[Operation] = &[
    Operation {
        name: "CreateUser",
        required: &["UserName"],
        optional: &["Path", "Tags"],
        subject: Subject::User,
        handler: Handler::Write(create),
    },
    Operation {
        name: "DeleteUser",
        required: &["UserName"],
        optional: &[],
        subject: Subject::User,
        handler: Handler::Write(delete),
    },
    Operation {
        name: "GetUser",
        required: &[],
        optional: &["UserName"],
        subject: Subject::User,
        handler: Handler::Read(show_one),
    },
    Operation {
        name: "ListGroupsForUser",
        required: &["UserName"],
        optional: &["Marker", "MaxItems"],
        subject: Subject::User,
        handler: Handler::Read(list_groups),
    },
    Operation {
        name: "ListUsers",
        required: &[],
        optional: &["Marker", "MaxItems", "PathPrefix"],
        subject: Subject::Users,
        handler: Handler::Read(list),
    },
    Operation {
        name: "UpdateUser",
        required: &["UserName"],
        optional: &["NewPath", "NewUserName"],
        subject: Subject::User,
        handler: Handler::Write(update),
    },
];

/// Users of an account (AWS).
const USERS_MAX: usize = 5_000;

/// Somebody with keys and policies of their own.
#[derive(Clone, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct User {
    pub(crate) id: String,
    pub(crate) name: String,
    path: String,
    created: i64,
    pub(crate) tags: Tags,
    pub(crate) policies: Policies,
}

impl Document for User {
    type Owner = Account;
    const KIND: &'static str = "iam-user";

    fn id(&self) -> &str {
        &self.id
    }

    /// Two names are the same whatever their case.
    fn alias(&self) -> Option<String> {
        Some(self.name.to_lowercase())
    }
}

impl Entity for User {
    const NOUN: &'static str = "user";
    const NAME: &'static str = "UserName";
    const QUOTA: &'static str = "PoliciesPerUser";
    const INLINE_LENGTH_MAX: usize = 2_048;

    fn name(&self) -> &str {
        &self.name
    }

    fn policies(&self) -> &Policies {
        &self.policies
    }

    fn policies_mut(&mut self) -> &mut Policies {
        &mut self.policies
    }
}

impl User {
    pub(crate) fn arn(&self, account: &AccountId) -> String {
        format!("arn:aws:iam::{account}:user{}{}", self.path, self.name)
    }

    fn show(&self, call: &QueryCall) -> Value {
        json!({
            "Path": self.path,
            "UserName": self.name,
            "UserId": self.id,
            "Arn": self.arn(&call.identity.account),
            "CreateDate": date::iso_8601(self.created),
        })
    }
}

/// The user that a call names, or who calls.
pub(super) fn named(
    call: &QueryCall,
    transaction: &ReadTransaction<'_>,
) -> Result<Stored<User>, QueryRefusal> {
    let name = call.form.text("UserName").or(call.caller.user_name());
    let name = name.ok_or_else(|| {
        QueryRefusal::validation("Must specify userName when calling with non-User credentials")
    })?;
    find(transaction, name)
}

/// What must be allowed: the user as it is, and as it is to be called.
pub(super) fn resources(
    call: &QueryCall,
    transaction: &ReadTransaction<'_>,
    new_path: &str,
) -> Result<Vec<String>, QueryRefusal> {
    let account = &call.identity.account;
    let Some(name) = call.form.text("UserName") else {
        return Ok(vec![call.caller.identity.arn.clone()]);
    };
    let arn = |path: &str, name: &str| format!("arn:aws:iam::{account}:user{path}{name}");
    let Some(Stored { document: user, .. }) = get::<User>(transaction, name)? else {
        return Ok(vec![arn(new_path, name)]);
    };
    let new_path = call.form.text("NewPath").unwrap_or(&user.path);
    let new_name = call.form.text("NewUserName").unwrap_or(&user.name);
    let mut resources = vec![user.arn(account), arn(new_path, new_name)];
    resources.dedup();
    Ok(resources)
}

fn create(call: &QueryCall, transaction: &WriteTransaction<'_>) -> Result<Value, QueryRefusal> {
    let name = call.form.required("UserName");
    entity::must_be_new::<User>(transaction, name)?;
    if USERS_MAX <= transaction.count::<User>(Account::row())? {
        return Err(QueryRefusal::limit_exceeded(format!(
            "Cannot exceed quota for UsersPerAccount: {USERS_MAX}"
        )));
    }
    let user = User {
        id: new_id(call, "AIDA"),
        name: name.to_owned(),
        path: call.form.text("Path").unwrap_or("/").to_owned(),
        created: call.now,
        tags: call.form.tags.clone(),
        policies: Policies::default(),
    };
    transaction.insert(Account::row(), &user)?;
    let mut shown = user.show(call);
    shown["Tags"] = show_tags(&user.tags);
    Ok(json!({ "User": shown }))
}

fn show_one(call: &QueryCall, transaction: &ReadTransaction<'_>) -> Result<Value, QueryRefusal> {
    if call.form.text("UserName").is_none() && call.caller.user_name().is_none() {
        let created = access_key::created(transaction, &call.caller.access_key_id)?;
        return Ok(json!({ "User": {
            "Path": "/",
            "UserId": call.caller.identity.id,
            "Arn": call.caller.identity.arn,
            "CreateDate": date::iso_8601(created),
        }}));
    }
    let user = named(call, transaction)?.document;
    let mut shown = user.show(call);
    shown["Tags"] = show_tags(&user.tags);
    Ok(json!({ "User": shown }))
}

fn list(call: &QueryCall, transaction: &ReadTransaction<'_>) -> Result<Value, QueryRefusal> {
    let prefix = call.form.text("PathPrefix").unwrap_or("/");
    let users = transaction.list::<User>(Account::row())?.into_iter().map(|user| user.document);
    let users = users.filter(|user| user.path.starts_with(prefix));
    let users = users.map(|user| (user.name.to_lowercase(), user.show(call))).collect();
    Ok(page::page(&call.form, "Users", users))
}

/// There are no groups.
fn list_groups(call: &QueryCall, transaction: &ReadTransaction<'_>) -> Result<Value, QueryRefusal> {
    named(call, transaction)?;
    Ok(page::page(&call.form, "Groups", Vec::new()))
}

fn update(call: &QueryCall, transaction: &WriteTransaction<'_>) -> Result<Value, QueryRefusal> {
    let mut stored = named(call, transaction)?;
    if let Some(name) = call.form.text("NewUserName") {
        if !name.eq_ignore_ascii_case(&stored.document.name) {
            entity::must_be_new::<User>(transaction, name)?;
        }
        name.clone_into(&mut stored.document.name);
    }
    if let Some(path) = call.form.text("NewPath") {
        path.clone_into(&mut stored.document.path);
    }
    transaction.update(&stored)?;
    Ok(Value::Null)
}

fn delete(call: &QueryCall, transaction: &WriteTransaction<'_>) -> Result<Value, QueryRefusal> {
    let stored = named(call, transaction)?;
    stored.document.policies.must_be_empty()?;
    if !access_key::of_user(transaction, &stored.document.id)?.is_empty() {
        let message = "Cannot delete entity, must delete access keys first.";
        return Err(QueryRefusal::delete_conflict(message));
    }
    transaction.delete(stored.row)?;
    Ok(Value::Null)
}
