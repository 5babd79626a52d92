//! Versions of managed policies, one of which holds.

use serde_json::{Value, json};
use store::{ReadTransaction, WriteTransaction};

use super::aws_managed;
use super::policy::{PolicyVersion, check, named};
use super::{date, document, page};
use crate::query::{Handler, Operation, QueryCall, QueryRefusal, Subject};

pub(super) const OPERATIONS: &[Operation] = &[
    Operation {
        name: "CreatePolicyVersion",
        required: &["PolicyArn", "PolicyDocument"],
        optional: &["SetAsDefault"],
        subject: Subject::Policy,
        handler: Handler::Write(create),
    },
    Operation {
        name: "DeletePolicyVersion",
        required: &["PolicyArn", "VersionId"],
        optional: &[],
        subject: Subject::Policy,
        handler: Handler::Write(delete),
    },
    Operation {
        name: "GetPolicyVersion",
        required: &["PolicyArn", "VersionId"],
        optional: &[],
        subject: Subject::Policy,
        handler: Handler::Read(show_one),
    },
    Operation {
        name: "ListPolicyVersions",
        required: &["PolicyArn"],
        optional: &["Marker", "MaxItems"],
        subject: Subject::Policy,
        handler: Handler::Read(list),
    },
    Operation {
        name: "SetDefaultPolicyVersion",
        required: &["PolicyArn", "VersionId"],
        optional: &[],
        subject: Subject::Policy,
        handler: Handler::Write(set_default),
    },
];

/// Versions of one policy (AWS).
const VERSIONS_MAX: usize = 5;

impl PolicyVersion {
    fn show(&self, default_version: u32) -> Value {
        json!({
            "VersionId": format!("v{}", self.number),
            "IsDefaultVersion": self.number == default_version,
            "CreateDate": date::iso_8601(self.created),
        })
    }
}

/// The number in `v3`.
fn number(call: &QueryCall) -> Option<u32> {
    let digits = call.form.required("VersionId").strip_prefix('v')?;
    digits.parse().ok().filter(|number: &u32| number.to_string() == digits)
}

fn no_such_version(call: &QueryCall) -> QueryRefusal {
    QueryRefusal::no_such_entity(format!(
        "Policy {} version {} does not exist or is not attachable.",
        call.form.required("PolicyArn"),
        call.form.required("VersionId")
    ))
}

fn create(call: &QueryCall, transaction: &WriteTransaction<'_>) -> Result<Value, QueryRefusal> {
    let mut stored = named(call, transaction)?;
    let policy = &mut stored.document;
    let text = call.form.required("PolicyDocument");
    check(text)?;
    if VERSIONS_MAX <= policy.versions.len() {
        return Err(QueryRefusal::limit_exceeded(format!(
            "A managed policy can have up to {VERSIONS_MAX} versions. Before you create a new version, you must delete an existing version."
        )));
    }
    let number = policy.last_version + 1;
    policy.last_version = number;
    policy.updated = call.now;
    if call.form.is_true("SetAsDefault") {
        policy.default_version = number;
    }
    let version = PolicyVersion { number, document: text.to_owned(), created: call.now };
    let shown = version.show(policy.default_version);
    policy.versions.push(version);
    transaction.update(&stored)?;
    Ok(json!({ "PolicyVersion": shown }))
}

fn show_one(call: &QueryCall, transaction: &ReadTransaction<'_>) -> Result<Value, QueryRefusal> {
    if let Some(policy) = aws_managed::find(call.form.required("PolicyArn")) {
        if call.form.required("VersionId") != aws_managed::VERSION {
            return Err(no_such_version(call));
        }
        let mut shown = policy.show_version();
        shown["Document"] = document::encode(policy.document).into();
        return Ok(json!({ "PolicyVersion": shown }));
    }
    let policy = named(call, transaction)?.document;
    let wanted = number(call);
    let version = policy.versions.iter().find(|version| Some(version.number) == wanted);
    let version = version.ok_or_else(|| no_such_version(call))?;
    let mut shown = version.show(policy.default_version);
    shown["Document"] = document::encode(&version.document).into();
    Ok(json!({ "PolicyVersion": shown }))
}

fn list(call: &QueryCall, transaction: &ReadTransaction<'_>) -> Result<Value, QueryRefusal> {
    if let Some(policy) = aws_managed::find(call.form.required("PolicyArn")) {
        let only = (aws_managed::VERSION.to_owned(), policy.show_version());
        return Ok(page::page(&call.form, "Versions", vec![only]));
    }
    let policy = named(call, transaction)?.document;
    // Newest first.
    let key = |number: u32| format!("{:010}", u32::MAX - number);
    let versions = policy.versions.iter();
    let versions = versions.map(|it| (key(it.number), it.show(policy.default_version)));
    Ok(page::page(&call.form, "Versions", versions.collect()))
}

fn set_default(
    call: &QueryCall,
    transaction: &WriteTransaction<'_>,
) -> Result<Value, QueryRefusal> {
    let mut stored = named(call, transaction)?;
    let policy = &mut stored.document;
    let number = number(call).ok_or_else(|| no_such_version(call))?;
    if !policy.versions.iter().any(|version| version.number == number) {
        return Err(no_such_version(call));
    }
    policy.default_version = number;
    policy.updated = call.now;
    transaction.update(&stored)?;
    Ok(Value::Null)
}

fn delete(call: &QueryCall, transaction: &WriteTransaction<'_>) -> Result<Value, QueryRefusal> {
    let mut stored = named(call, transaction)?;
    let policy = &mut stored.document;
    let wanted = number(call);
    if wanted == Some(policy.default_version) {
        let message = "Cannot delete the default version of a policy.";
        return Err(QueryRefusal::delete_conflict(message));
    }
    let at = policy.versions.iter().position(|version| Some(version.number) == wanted);
    policy.versions.remove(at.ok_or_else(|| no_such_version(call))?);
    policy.updated = call.now;
    transaction.update(&stored)?;
    Ok(Value::Null)
}
