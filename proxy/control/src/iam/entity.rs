//! What users and roles have in common: policies of their own, and policies that are attached.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::{Account, Document, ReadTransaction, StoreError, Stored, WriteTransaction};

use super::policy::PolicyArn;
use super::role::Role;
use super::user::User;
use super::{document, page, policy};
use crate::query::{Handler, Operation, QueryCall, QueryRefusal, Subject};

macro_rules! operations {
    ($entity:ty, $noun:literal, $subject:expr) => {
        &[
            Operation {
                name: concat!("Attach", $noun, "Policy"),
                required: &["PolicyArn", concat!($noun, "Name")],
                optional: &[],
                subject: $subject,
                handler: Handler::Write(attach::<$entity>),
            },
            Operation {
                name: concat!("Delete", $noun, "Policy"),
                required: &["PolicyName", concat!($noun, "Name")],
                optional: &[],
                subject: $subject,
                handler: Handler::Write(delete::<$entity>),
            },
            Operation {
                name: concat!("Detach", $noun, "Policy"),
                required: &["PolicyArn", concat!($noun, "Name")],
                optional: &[],
                subject: $subject,
                handler: Handler::Write(detach::<$entity>),
            },
            Operation {
                name: concat!("Get", $noun, "Policy"),
                required: &["PolicyName", concat!($noun, "Name")],
                optional: &[],
                subject: $subject,
                handler: Handler::Read(show::<$entity>),
            },
            Operation {
                name: concat!("List", $noun, "Policies"),
                required: &[concat!($noun, "Name")],
                optional: &["Marker", "MaxItems"],
                subject: $subject,
                handler: Handler::Read(list::<$entity>),
            },
            Operation {
                name: concat!("ListAttached", $noun, "Policies"),
                required: &[concat!($noun, "Name")],
                optional: &["Marker", "MaxItems", "PathPrefix"],
                subject: $subject,
                handler: Handler::Read(list_attached::<$entity>),
            },
            Operation {
                name: concat!("Put", $noun, "Policy"),
                required: &["PolicyDocument", "PolicyName", concat!($noun, "Name")],
                optional: &[],
                subject: $subject,
                handler: Handler::Write(put::<$entity>),
            },
        ]
    };
}

pub(super) const ROLE_OPERATIONS: &[Operation] = operations!(Role, "Role", Subject::Role);
pub(super) const USER_OPERATIONS: &[Operation] = operations!(User, "User", Subject::User);

/// Policies attached to one user or role (AWS).
const ATTACHED_MAX: usize = 10;

/// A user or a role.
pub(crate) trait Entity: Document<Owner = Account> {
    const NOUN: &'static str;
    /// The parameter that names one.
    const NAME: &'static str;
    /// How AWS calls how many policies may be attached.
    const QUOTA: &'static str;
    /// Of all its own policies together.
    const INLINE_LENGTH_MAX: usize;

    fn name(&self) -> &str;
    fn policies(&self) -> &Policies;
    fn policies_mut(&mut self) -> &mut Policies;
}

/// What says what a user or role may do.
#[derive(Clone, Default, Deserialize, Serialize)]
pub(crate) struct Policies {
    /// Documents by their names.
    pub(crate) inline: BTreeMap<String, String>,
    /// ARNs of managed policies.
    pub(crate) attached: BTreeSet<String>,
}

impl Policies {
    /// What has policies cannot be deleted.
    pub(super) fn must_be_empty(&self) -> Result<(), QueryRefusal> {
        if !self.attached.is_empty() {
            let message = "Cannot delete entity, must detach all policies first.";
            return Err(QueryRefusal::delete_conflict(message));
        }
        if !self.inline.is_empty() {
            let message = "Cannot delete entity, must delete policies first.";
            return Err(QueryRefusal::delete_conflict(message));
        }
        Ok(())
    }
}

/// The one of this name, whatever its case.
pub(crate) fn get<E: Entity>(
    transaction: &ReadTransaction<'_>,
    name: &str,
) -> Result<Option<Stored<E>>, StoreError> {
    transaction.get_by_alias(Account::row(), &name.to_lowercase())
}

pub(super) fn find<E: Entity>(
    transaction: &ReadTransaction<'_>,
    name: &str,
) -> Result<Stored<E>, QueryRefusal> {
    get(transaction, name)?.ok_or_else(|| {
        QueryRefusal::no_such_entity(format!("The {} with name {name} cannot be found.", E::NOUN))
    })
}

pub(super) fn must_be_new<E: Entity>(
    transaction: &ReadTransaction<'_>,
    name: &str,
) -> Result<(), QueryRefusal> {
    if get::<E>(transaction, name)?.is_none() {
        return Ok(());
    }
    let noun = E::NAME.trim_end_matches("Name");
    Err(QueryRefusal::already_exists(format!("{noun} with name {name} already exists.")))
}

fn named<E: Entity>(
    call: &QueryCall,
    transaction: &ReadTransaction<'_>,
) -> Result<Stored<E>, QueryRefusal> {
    find(transaction, call.form.required(E::NAME))
}

fn put<E: Entity>(
    call: &QueryCall,
    transaction: &WriteTransaction<'_>,
) -> Result<Value, QueryRefusal> {
    let mut stored = named::<E>(call, transaction)?;
    let text = call.form.required("PolicyDocument");
    document::check_identity(text)?;
    let policies = stored.document.policies_mut();
    policies.inline.insert(call.form.required("PolicyName").to_owned(), text.to_owned());
    let length: usize = policies.inline.values().map(|text| document::length(text)).sum();
    if E::INLINE_LENGTH_MAX < length {
        return Err(QueryRefusal::limit_exceeded(format!(
            "Maximum policy size of {} bytes exceeded for {} {}",
            E::INLINE_LENGTH_MAX,
            E::NOUN,
            stored.document.name()
        )));
    }
    transaction.update(&stored)?;
    Ok(Value::Null)
}

fn no_such_policy<E: Entity>(name: &str) -> QueryRefusal {
    let noun = E::NOUN;
    QueryRefusal::no_such_entity(format!("The {noun} policy with name {name} cannot be found."))
}

fn show<E: Entity>(
    call: &QueryCall,
    transaction: &ReadTransaction<'_>,
) -> Result<Value, QueryRefusal> {
    let stored = named::<E>(call, transaction)?;
    let name = call.form.required("PolicyName");
    let text = stored.document.policies().inline.get(name);
    let text = text.ok_or_else(|| no_such_policy::<E>(name))?;
    Ok(json!({
        E::NAME: stored.document.name(),
        "PolicyName": name,
        "PolicyDocument": document::encode(text),
    }))
}

fn list<E: Entity>(
    call: &QueryCall,
    transaction: &ReadTransaction<'_>,
) -> Result<Value, QueryRefusal> {
    let stored = named::<E>(call, transaction)?;
    let names = stored.document.policies().inline.keys();
    let names = names.map(|name| (name.clone(), name.as_str().into())).collect();
    Ok(page::page(&call.form, "PolicyNames", names))
}

fn delete<E: Entity>(
    call: &QueryCall,
    transaction: &WriteTransaction<'_>,
) -> Result<Value, QueryRefusal> {
    let mut stored = named::<E>(call, transaction)?;
    let name = call.form.required("PolicyName");
    let removed = stored.document.policies_mut().inline.remove(name);
    removed.ok_or_else(|| no_such_policy::<E>(name))?;
    transaction.update(&stored)?;
    Ok(Value::Null)
}

fn attach<E: Entity>(
    call: &QueryCall,
    transaction: &WriteTransaction<'_>,
) -> Result<Value, QueryRefusal> {
    let mut stored = named::<E>(call, transaction)?;
    let arn = call.form.required("PolicyArn");
    if policy::default_document(transaction, &call.identity.account, arn)?.is_none() {
        return Err(policy::no_such_policy(arn));
    }
    let policies = stored.document.policies_mut();
    policies.attached.insert(arn.to_owned());
    if ATTACHED_MAX < policies.attached.len() {
        let quota = E::QUOTA;
        let message = format!("Cannot exceed quota for {quota}: {ATTACHED_MAX}");
        return Err(QueryRefusal::limit_exceeded(message));
    }
    transaction.update(&stored)?;
    Ok(Value::Null)
}

fn detach<E: Entity>(
    call: &QueryCall,
    transaction: &WriteTransaction<'_>,
) -> Result<Value, QueryRefusal> {
    let mut stored = named::<E>(call, transaction)?;
    let arn = call.form.required("PolicyArn");
    if !stored.document.policies_mut().attached.remove(arn) {
        return Err(QueryRefusal::no_such_entity(format!("Policy {arn} was not found.")));
    }
    transaction.update(&stored)?;
    Ok(Value::Null)
}

fn list_attached<E: Entity>(
    call: &QueryCall,
    transaction: &ReadTransaction<'_>,
) -> Result<Value, QueryRefusal> {
    let stored = named::<E>(call, transaction)?;
    let prefix = call.form.text("PathPrefix").unwrap_or("/");
    let attached = stored.document.policies().attached.iter().filter_map(|arn| {
        let parsed = PolicyArn::parse(arn).filter(|parsed| parsed.path.starts_with(prefix))?;
        Some((arn.clone(), json!({ "PolicyName": parsed.name, "PolicyArn": arn })))
    });
    Ok(page::page(&call.form, "AttachedPolicies", attached.collect()))
}

/// To how many users and roles each policy is attached.
pub(super) fn attachments(
    transaction: &ReadTransaction<'_>,
) -> Result<BTreeMap<String, usize>, StoreError> {
    let mut counts = BTreeMap::new();
    let users = transaction.list::<User>(Account::row())?;
    let roles = transaction.list::<Role>(Account::row())?;
    let users = users.into_iter().map(|user| user.document.policies.attached);
    let roles = roles.iter().map(|role| role.document.policies().attached.clone());
    for arn in users.chain(roles).flatten() {
        *counts.entry(arn).or_default() += 1;
    }
    Ok(counts)
}
