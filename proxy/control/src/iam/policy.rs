//! Managed policies: those of the account, and the ones that AWS has in every account.

use model::AccountId;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::{Account, Document, ReadTransaction, StoreError, Stored, WriteTransaction};

use super::aws_managed::{self, AwsManaged};
use super::entity::attachments;
use super::{date, document, new_id, page, show_tags};
use crate::query::{Handler, Operation, QueryCall, QueryRefusal, QueryRefusalKind, Subject, Tags};

pub(super) const OPERATIONS: &[Operation] = &[
    Operation {
        name: "CreatePolicy",
        required: &["PolicyDocument", "PolicyName"],
        optional: &["Description", "Path", "Tags"],
        subject: Subject::Policy,
        handler: Handler::Write(create),
    },
    Operation {
        name: "DeletePolicy",
        required: &["PolicyArn"],
        optional: &[],
        subject: Subject::Policy,
        handler: Handler::Write(delete),
    },
    Operation {
        name: "GetPolicy",
        required: &["PolicyArn"],
        optional: &[],
        subject: Subject::Policy,
        handler: Handler::Read(show_one),
    },
    Operation {
        name: "ListPolicies",
        required: &[],
        optional: &["Marker", "MaxItems", "OnlyAttached", "PathPrefix", "Scope"],
        subject: Subject::Policies,
        handler: Handler::Read(list),
    },
];

/// Policies of an account, and the length of one (AWS).
const POLICIES_MAX: usize = 1_500;
const LENGTH_MAX: usize = 6_144;

/// A policy of the account, with its versions.
#[derive(Clone, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ManagedPolicy {
    id: String,
    name: String,
    path: String,
    description: Option<String>,
    created: i64,
    pub(super) updated: i64,
    tags: Tags,
    /// Never empty; oldest first.
    pub(super) versions: Vec<PolicyVersion>,
    /// The number of the newest version that there ever was.
    pub(super) last_version: u32,
    /// The number of the version that holds.
    pub(super) default_version: u32,
}

/// What a policy says, or said.
#[derive(Clone, Deserialize, Serialize)]
pub(super) struct PolicyVersion {
    pub(super) number: u32,
    pub(super) document: String,
    pub(super) created: i64,
}

impl Document for ManagedPolicy {
    type Owner = Account;
    const KIND: &'static str = "iam-policy";

    fn id(&self) -> &str {
        &self.id
    }

    /// Two names are the same whatever their case.
    fn alias(&self) -> Option<String> {
        Some(self.name.to_lowercase())
    }
}

/// `arn:aws:iam::{account}:policy{path}{name}`
pub(super) struct PolicyArn<'a> {
    account: &'a str,
    pub(super) path: &'a str,
    pub(super) name: &'a str,
}

impl<'a> PolicyArn<'a> {
    pub(super) fn parse(arn: &'a str) -> Option<Self> {
        let (account, rest) = arn.strip_prefix("arn:aws:iam::")?.split_once(':')?;
        let full_name = rest.strip_prefix("policy").filter(|rest| rest.starts_with('/'))?;
        let (path, name) = full_name.split_at(full_name.rfind('/')? + 1);
        Some(Self { account, path, name })
    }
}

impl ManagedPolicy {
    fn arn(&self, account: &AccountId) -> String {
        format!("arn:aws:iam::{account}:policy{}{}", self.path, self.name)
    }

    fn show(&self, call: &QueryCall, attachments: usize) -> Value {
        json!({
            "PolicyName": self.name,
            "PolicyId": self.id,
            "Arn": self.arn(&call.identity.account),
            "Path": self.path,
            "DefaultVersionId": format!("v{}", self.default_version),
            "AttachmentCount": attachments,
            "PermissionsBoundaryUsageCount": 0,
            "IsAttachable": true,
            "CreateDate": date::iso_8601(self.created),
            "UpdateDate": date::iso_8601(self.updated),
        })
    }
}

impl AwsManaged {
    fn show(&self, attachments: usize) -> Value {
        json!({
            "PolicyName": self.name,
            "PolicyId": self.id,
            "Arn": self.arn(),
            "Path": self.path,
            "DefaultVersionId": aws_managed::VERSION,
            "AttachmentCount": attachments,
            "PermissionsBoundaryUsageCount": 0,
            "IsAttachable": true,
            "CreateDate": self.created,
            "UpdateDate": self.created,
        })
    }

    /// The only one.
    pub(super) fn show_version(&self) -> Value {
        json!({
            "VersionId": aws_managed::VERSION,
            "IsDefaultVersion": true,
            "CreateDate": self.created,
        })
    }
}

/// What a managed policy says now.
pub(crate) fn default_document(
    transaction: &ReadTransaction<'_>,
    account: &AccountId,
    arn: &str,
) -> Result<Option<String>, StoreError> {
    if let Some(policy) = aws_managed::find(arn) {
        return Ok(Some(policy.document.to_owned()));
    }
    let Some(Stored { document: policy, .. }) = get(transaction, account, arn)? else {
        return Ok(None);
    };
    let mut versions = policy.versions.into_iter();
    let default = versions.find(|version| version.number == policy.default_version);
    Ok(default.map(|version| version.document))
}

pub(super) fn no_such_policy(arn: &str) -> QueryRefusal {
    let message = format!("Policy {arn} does not exist or is not attachable.");
    QueryRefusal::no_such_entity(message)
}

/// The policy of the account that has exactly this ARN.
pub(super) fn get(
    transaction: &ReadTransaction<'_>,
    account: &AccountId,
    arn: &str,
) -> Result<Option<Stored<ManagedPolicy>>, StoreError> {
    let parsed = PolicyArn::parse(arn).filter(|parsed| parsed.account == account.as_str());
    let Some(PolicyArn { name, .. }) = parsed else {
        return Ok(None);
    };
    let found = transaction.get_by_alias::<ManagedPolicy>(Account::row(), &name.to_lowercase())?;
    Ok(found.filter(|found| found.document.arn(account) == arn))
}

/// The policy that a call names, to change it.
pub(super) fn named(
    call: &QueryCall,
    transaction: &ReadTransaction<'_>,
) -> Result<Stored<ManagedPolicy>, QueryRefusal> {
    let arn = call.form.required("PolicyArn");
    if aws_managed::find(arn).is_some() {
        let message = "Policies of AWS cannot be changed.";
        return Err(QueryRefusal::new(QueryRefusalKind::UnmodifiableEntity, message));
    }
    let found = get(transaction, &call.identity.account, arn)?;
    found.ok_or_else(|| QueryRefusal::no_such_entity(format!("Policy {arn} was not found.")))
}

pub(super) fn check(text: &str) -> Result<(), QueryRefusal> {
    document::check_identity(text)?;
    if LENGTH_MAX < document::length(text) {
        let message = format!("Cannot exceed quota for PolicySize: {LENGTH_MAX}");
        return Err(QueryRefusal::limit_exceeded(message));
    }
    Ok(())
}

fn create(call: &QueryCall, transaction: &WriteTransaction<'_>) -> Result<Value, QueryRefusal> {
    let name = call.form.required("PolicyName");
    let text = call.form.required("PolicyDocument");
    check(text)?;
    let alias = name.to_lowercase();
    if transaction.get_by_alias::<ManagedPolicy>(Account::row(), &alias)?.is_some() {
        return Err(QueryRefusal::already_exists(format!(
            "A policy called {name} already exists. Duplicate names are not allowed."
        )));
    }
    if POLICIES_MAX <= transaction.count::<ManagedPolicy>(Account::row())? {
        return Err(QueryRefusal::limit_exceeded(format!(
            "Cannot exceed quota for PoliciesPerAccount: {POLICIES_MAX}"
        )));
    }
    let version = PolicyVersion { number: 1, document: text.to_owned(), created: call.now };
    let policy = ManagedPolicy {
        id: new_id(call, "ANPA"),
        name: name.to_owned(),
        path: call.form.text("Path").unwrap_or("/").to_owned(),
        description: call.form.text("Description").map(str::to_owned),
        created: call.now,
        updated: call.now,
        tags: call.form.tags.clone(),
        versions: vec![version],
        last_version: 1,
        default_version: 1,
    };
    transaction.insert(Account::row(), &policy)?;
    let mut shown = policy.show(call, 0);
    shown["Tags"] = show_tags(&policy.tags);
    Ok(json!({ "Policy": shown }))
}

fn show_one(call: &QueryCall, transaction: &ReadTransaction<'_>) -> Result<Value, QueryRefusal> {
    let arn = call.form.required("PolicyArn");
    let attachments = attachments(transaction)?.remove(arn).unwrap_or_default();
    if let Some(policy) = aws_managed::find(arn) {
        return Ok(json!({ "Policy": policy.show(attachments) }));
    }
    let policy = named(call, transaction)?.document;
    let mut shown = policy.show(call, attachments);
    shown["Description"] = json!(policy.description);
    shown["Tags"] = show_tags(&policy.tags);
    Ok(json!({ "Policy": shown }))
}

fn list(call: &QueryCall, transaction: &ReadTransaction<'_>) -> Result<Value, QueryRefusal> {
    let scope = call.form.text("Scope").unwrap_or("All");
    let prefix = call.form.text("PathPrefix").unwrap_or("/");
    let only_attached = call.form.is_true("OnlyAttached");
    let attachments = attachments(transaction)?;
    let mut policies = Vec::new();
    let mut add = |arn: String, path: &str, show: &dyn Fn(usize) -> Value| {
        let count = attachments.get(&arn).copied().unwrap_or_default();
        if path.starts_with(prefix) && (0 < count || !only_attached) {
            policies.push((arn, show(count)));
        }
    };
    if scope != "AWS" {
        for Stored { document: policy, .. } in transaction.list::<ManagedPolicy>(Account::row())? {
            let arn = policy.arn(&call.identity.account);
            add(arn, &policy.path, &|count| policy.show(call, count));
        }
    }
    if scope != "Local" {
        for policy in aws_managed::ALL {
            add(policy.arn(), policy.path, &|count| policy.show(count));
        }
    }
    Ok(page::page(&call.form, "Policies", policies))
}

fn delete(call: &QueryCall, transaction: &WriteTransaction<'_>) -> Result<Value, QueryRefusal> {
    let stored = named(call, transaction)?;
    if attachments(transaction)?.contains_key(call.form.required("PolicyArn")) {
        let message = "Cannot delete a policy attached to entities.";
        return Err(QueryRefusal::delete_conflict(message));
    }
    if 1 < stored.document.versions.len() {
        return Err(QueryRefusal::delete_conflict(
            "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.",
        ));
    }
    transaction.delete(stored.row)?;
    Ok(Value::Null)
}
