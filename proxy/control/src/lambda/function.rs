//! Functions: what all versions of one have in common, and the calls about it as a whole.

use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::{Account, Document, ReadTransaction, Row, Stored, WriteTransaction};

use super::alias::Alias;
use super::check::Check;
use super::configuration::Changes;
use super::name::FunctionReference;
use super::package::Package;
use super::version::{self, LATEST, Shown, Version};
use super::{alias, page, unsupported};
use crate::answer::Answer;
use crate::call::{Call, Identity};
use crate::refusal::Refusal;
use crate::service::Handler;
use crate::tag::Tags;

/// A function.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Function {
    pub(crate) name: String,
    /// The number of the version that is published next.
    pub(crate) next_version: u64,
    /// Calls at once, of all its versions.
    pub(crate) reserved_concurrency: Option<u32>,
    pub(crate) tags: Tags,
}

impl Document for Function {
    type Owner = Account;
    const KIND: &'static str = "function";

    fn id(&self) -> &str {
        &self.name
    }
}

pub(crate) const HANDLERS: &[(&str, Handler)] = &[
    ("CreateFunction", Handler::Write(create)),
    ("DeleteFunction", Handler::Write(delete)),
    ("GetFunction", Handler::Read(get)),
    ("GetFunctionConfiguration", Handler::Read(get_configuration)),
    ("ListFunctions", Handler::Read(list)),
];

/// The function that is named, whatever its qualifier.
pub(crate) fn find(
    identity: &Identity,
    transaction: &ReadTransaction<'_>,
    reference: &FunctionReference,
) -> Result<Stored<Function>, Refusal> {
    let found = transaction.get(Account::row(), &reference.name)?;
    found.ok_or_else(|| reference.not_found(identity))
}

/// A function with the version that is named, and the alias if it is one.
pub(crate) struct Resolved {
    pub(crate) function: Stored<Function>,
    pub(crate) version: Stored<Version>,
    pub(crate) alias: Option<Stored<Alias>>,
}

/// Finds what is named; of an alias, its main version.
pub(crate) fn resolve(
    identity: &Identity,
    transaction: &ReadTransaction<'_>,
    reference: &FunctionReference,
) -> Result<Resolved, Refusal> {
    let not_found = || reference.not_found(identity);
    let function: Option<Stored<Function>> = transaction.get(Account::row(), &reference.name)?;
    let function = function.ok_or_else(not_found)?;
    let qualifier = reference.qualifier.as_deref().unwrap_or(LATEST);
    let (version, alias) = if version::is_version(qualifier) {
        (transaction.get(function.row, qualifier)?, None)
    } else {
        let alias: Option<Stored<Alias>> = transaction.get(function.row, qualifier)?;
        let alias = alias.ok_or_else(not_found)?;
        (transaction.get(function.row, &alias.document.function_version)?, Some(alias))
    };
    Ok(Resolved { version: version.ok_or_else(not_found)?, function, alias })
}

fn create(call: &Call, transaction: &WriteTransaction<'_>) -> Result<Answer, Refusal> {
    let reference = FunctionReference::of(call)?;
    if reference.qualifier.is_some() {
        return Err(Refusal::bad_request(
            "The name of a new function has no qualifier; give it without a version or alias",
        ));
    }
    let name = reference.new_name()?;
    unsupported::check(call, name.as_str())?;
    let changes: Changes = call.input.parse()?;
    let configuration = changes.create()?;
    let tags = super::tag::read(call)?.unwrap_or_default();
    let function =
        Function { name: name.to_string(), next_version: 1, reserved_concurrency: None, tags };
    configuration.check(&function)?;
    if transaction.get::<Function>(Account::row(), name.as_str())?.is_some() {
        return Err(Refusal::conflict(format!("Function already exist: {name}")));
    }
    let package = call.package.as_ref().ok_or_else(Package::missing)?;
    let row = transaction.insert(Account::row(), &function)?;
    let latest = Version::new(call, configuration, package);
    let version = transaction.insert(row, &latest)?;
    transaction.put_blob(version, &package.component)?;
    Check::ask(call, transaction, &function.name)?;
    let function = find(&call.identity, transaction, &reference)?;
    if call.input.is_true("Publish") {
        let published = version::publish(call, transaction, function, latest, None)?;
        return Ok(Answer::Json(published.show(
            &call.identity,
            name.as_str(),
            Shown { qualifier: Some(&published.version), update: false },
        )));
    }
    let shown = Shown { qualifier: None, update: false };
    Ok(Answer::Json(latest.show(&call.identity, name.as_str(), shown)))
}

fn get(call: &Call, transaction: &ReadTransaction<'_>) -> Result<Answer, Refusal> {
    let reference = FunctionReference::of(call)?;
    let found = resolve(&call.identity, transaction, &reference)?;
    let mut answer = json!({
        "Configuration": show_resolved(call, &reference, &found),
        // There is no place that the package could be loaded from: only its component is kept.
        "Code": { "RepositoryType": "S3" },
    });
    let function = &found.function.document;
    if !function.tags.is_empty() {
        answer["Tags"] = json!(function.tags);
    }
    if let Some(calls) = function.reserved_concurrency {
        answer["Concurrency"] = json!({ "ReservedConcurrentExecutions": calls });
    }
    Ok(Answer::Json(answer))
}

fn get_configuration(call: &Call, transaction: &ReadTransaction<'_>) -> Result<Answer, Refusal> {
    let reference = FunctionReference::of(call)?;
    let found = resolve(&call.identity, transaction, &reference)?;
    Ok(Answer::Json(show_resolved(call, &reference, &found)))
}

fn show_resolved(call: &Call, reference: &FunctionReference, found: &Resolved) -> Value {
    let shown = Shown { qualifier: reference.qualifier.as_deref(), update: true };
    found.version.document.show(&call.identity, &reference.name, shown)
}

fn list(call: &Call, transaction: &ReadTransaction<'_>) -> Result<Answer, Refusal> {
    if let Some(region) = call.input.text("MasterRegion").filter(|region| *region != "ALL") {
        return Err(Refusal::bad_request(format!(
            "MasterRegion {region}: functions are not replicated by this gateway; leave it out"
        )));
    }
    let is_all = call.input.has("FunctionVersion");
    let mut items = Vec::new();
    for function in transaction.list::<Function>(Account::row())? {
        let name = &function.document.name;
        if is_all {
            let versions = transaction.list::<Version>(function.row)?;
            let shown = versions.into_iter().map(|version| {
                let row = version.row.number();
                (row, version.document.show_listed(&call.identity, name, true))
            });
            items.extend(shown);
        } else if let Some(latest) = transaction.get::<Version>(function.row, LATEST)? {
            let shown = latest.document.show_listed(&call.identity, name, false);
            items.push((latest.row.number(), shown));
        }
    }
    page::answer(call, "Functions", items)
}

fn delete(call: &Call, transaction: &WriteTransaction<'_>) -> Result<Answer, Refusal> {
    let reference = FunctionReference::of(call)?;
    match reference.qualifier.as_deref() {
        None => {
            let function = find(&call.identity, transaction, &reference)?;
            transaction.delete(function.row)?;
            Check::forget(transaction, &reference.name)?;
        }
        Some(LATEST) => {
            return Err(Refusal::bad_request(
                "$LATEST version cannot be deleted without deleting the function.",
            ));
        }
        Some(number) if version::is_version(number) => {
            let found = resolve(&call.identity, transaction, &reference)?;
            check_unused(transaction, found.function.row, number)?;
            transaction.delete(found.version.row)?;
        }
        Some(_) => {
            return Err(Refusal::bad_request("Deletion of aliases is not currently supported."));
        }
    }
    Ok(Answer::empty(StatusCode::NO_CONTENT))
}

fn check_unused(
    transaction: &ReadTransaction<'_>,
    function: Row<Function>,
    version: &str,
) -> Result<(), Refusal> {
    match alias::using(transaction, function, version)? {
        None => Ok(()),
        Some(alias) => Err(Refusal::conflict(format!(
            "Version {version} cannot be deleted because the alias {alias} refers to it"
        ))),
    }
}
