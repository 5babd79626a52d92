//! Versions of functions: `$LATEST`, and the numbered ones, which never change.
//!
//! A version says what it is asked to be (`configuration`, `package`), how far its check has come,
//! and what serves (`running`): that of the last check that went well. So an update that fails its
//! check takes nothing away.

use chrono::DateTime;
use model::Digest;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use store::{Document, ReadTransaction, Row, Stored, WriteTransaction};

use super::configuration::Configuration;
use super::function::{self, Function};
use super::interface::StoredInterface;
use super::name::{self, FunctionReference};
use super::package::Package;
use super::page;
use super::permission::Statement;
use crate::answer::Answer;
use crate::call::{self, Call, Identity};
use crate::refusal::{Refusal, RefusalKind};
use crate::service::Handler;

/// The version that updates change.
pub(crate) const LATEST: &str = "$LATEST";

const CREATING: &str = "The function is being created.";

/// A version.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Version {
    /// `$LATEST` or a number.
    pub(crate) version: String,
    pub(crate) configuration: Configuration,
    pub(crate) package: StoredPackage,
    /// Seconds since 1970-01-01T00:00:00Z.
    pub(crate) last_modified: i64,
    pub(crate) revision_id: String,
    /// Another one after each update: a version is published of what has not been yet.
    pub(crate) content_id: String,
    pub(crate) progress: Progress,
    pub(crate) running: Option<Running>,
    /// Who may call it.
    pub(crate) policy: Vec<Statement>,
}

/// The code as it was uploaded.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct StoredPackage {
    /// Of the component.
    pub(crate) digest: String,
    /// Of the package, in base64.
    pub(crate) code_sha256: String,
    pub(crate) code_size: usize,
}

/// How far the check has come of what the version is asked to be.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) enum Progress {
    Checking,
    Failed { code: String, reason: String },
    Successful,
}

/// What serves.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Running {
    pub(crate) configuration: Configuration,
    pub(crate) digest: String,
    pub(crate) interface: StoredInterface,
}

impl Document for Version {
    type Owner = Function;
    const KIND: &'static str = "function-version";
    /// As Lambda encrypts the variables of functions.
    const SEALED: &'static [&'static str] =
        &["/configuration/environment", "/running/configuration/environment"];

    fn id(&self) -> &str {
        &self.version
    }
}

pub(crate) const HANDLERS: &[(&str, Handler)] = &[
    ("ListVersionsByFunction", Handler::Read(list)),
    ("PublishVersion", Handler::Write(publish_latest)),
];

/// How a version is shown.
#[derive(Clone, Copy)]
pub(crate) struct Shown<'a> {
    /// Of its ARN.
    pub(crate) qualifier: Option<&'a str>,
    /// With how far its last update has come.
    pub(crate) update: bool,
}

/// Whether a qualifier is a version's; all others are aliases'.
pub(crate) fn is_version(qualifier: &str) -> bool {
    qualifier == LATEST || qualifier.bytes().all(|byte| byte.is_ascii_digit())
}

impl Version {
    /// `$LATEST` of a new function.
    pub(crate) fn new(call: &Call, configuration: Configuration, package: &Package) -> Self {
        Self {
            version: LATEST.to_owned(),
            configuration,
            package: package.stored(),
            last_modified: call.now,
            revision_id: call::new_uuid(&*call.ambient),
            content_id: call::new_uuid(&*call.ambient),
            progress: Progress::Checking,
            running: None,
            policy: Vec::new(),
        }
    }

    /// The components that it needs.
    pub(crate) fn digests(&self) -> Vec<Digest> {
        let running = self.running.as_ref().map(|running| running.digest.as_str());
        let digests = [Some(self.package.digest.as_str()), running];
        digests.into_iter().flatten().filter_map(|digest| Digest::parse(digest).ok()).collect()
    }

    /// Notes that a client changed something.
    pub(crate) fn touch(&mut self, call: &Call) {
        self.revision_id = call::new_uuid(&*call.ambient);
    }

    pub(crate) fn state(&self) -> &'static str {
        match (&self.running, &self.progress) {
            (Some(_), _) => "Active",
            (None, Progress::Checking) => "Pending",
            (None, Progress::Failed { .. } | Progress::Successful) => "Failed",
        }
    }

    /// What serves, if anything does.
    pub(crate) fn running(&self) -> Result<&Running, Refusal> {
        self.running.as_ref().ok_or_else(|| {
            Refusal::conflict(format!(
                "The operation cannot be performed at this time. The function is currently in the \
                 following state: {}",
                self.state()
            ))
        })
    }

    /// Refuses a change while another one is being checked.
    pub(crate) fn check_settled(&self, arn: &str) -> Result<(), Refusal> {
        if self.progress != Progress::Checking {
            return Ok(());
        }
        if self.running.is_none() {
            return self.running().map(|_| ());
        }
        Err(Refusal::conflict(format!(
            "The operation cannot be performed at this time. An update is in progress for \
             resource: {arn}"
        )))
    }

    /// Refuses a change of a client that saw something else.
    pub(crate) fn check_revision(&self, call: &Call) -> Result<(), Refusal> {
        check_revision(call, &self.revision_id)
    }

    pub(crate) fn show(&self, identity: &Identity, name: &str, shown: Shown<'_>) -> Value {
        let mut members = self.members(identity, name, shown.qualifier);
        let state = self.state();
        members.insert("State".to_owned(), state.into());
        match &self.progress {
            Progress::Checking if state == "Pending" => {
                members.insert("StateReason".to_owned(), CREATING.into());
                members.insert("StateReasonCode".to_owned(), "Creating".into());
            }
            Progress::Failed { code, reason } if state == "Failed" => {
                members.insert("StateReason".to_owned(), reason.as_str().into());
                members.insert("StateReasonCode".to_owned(), code.as_str().into());
            }
            Progress::Failed { .. } | Progress::Checking | Progress::Successful => {}
        }
        if shown.update {
            let (status, reason, code) = match &self.progress {
                Progress::Failed { code, reason } => ("Failed", reason.as_str(), code.as_str()),
                Progress::Checking => ("InProgress", CREATING, "Creating"),
                Progress::Successful => ("Successful", "", ""),
            };
            members.insert("LastUpdateStatus".to_owned(), status.into());
            if !reason.is_empty() {
                members.insert("LastUpdateStatusReason".to_owned(), reason.into());
                members.insert("LastUpdateStatusReasonCode".to_owned(), code.into());
            }
        }
        Value::Object(members)
    }

    /// As lists show it: without its state (recorded).
    pub(crate) fn show_listed(&self, identity: &Identity, name: &str, is_qualified: bool) -> Value {
        let qualifier = is_qualified.then_some(self.version.as_str());
        Value::Object(self.members(identity, name, qualifier))
    }

    fn members(
        &self,
        identity: &Identity,
        name: &str,
        qualifier: Option<&str>,
    ) -> Map<String, Value> {
        let mut members = self.configuration.show(name);
        let mut add = |member: &str, value: Value| {
            members.insert(member.to_owned(), value);
        };
        add("FunctionName", name.into());
        add("FunctionArn", name::arn(identity, name, qualifier).into());
        add("Version", self.version.as_str().into());
        add("CodeSha256", self.package.code_sha256.as_str().into());
        add("CodeSize", json!(self.package.code_size));
        add("LastModified", date(self.last_modified).into());
        add("RevisionId", self.revision_id.as_str().into());
        members
    }
}

/// Refuses a change of a client that saw another revision.
pub(crate) fn check_revision(call: &Call, revision_id: &str) -> Result<(), Refusal> {
    match call.input.text("RevisionId") {
        Some(expected) if expected != revision_id => Err(Refusal::new(
            RefusalKind::PreconditionFailed,
            "The Revision Id provided does not match the latest Revision Id. Call the \
             GetFunction/GetAlias API to retrieve the latest Revision Id",
        )),
        Some(_) | None => Ok(()),
    }
}

/// As Lambda writes it.
fn date(seconds: i64) -> String {
    let date = DateTime::from_timestamp(seconds, 0).unwrap_or_default();
    date.format("%Y-%m-%dT%H:%M:%S.000+0000").to_string()
}

/// `$LATEST` of a function.
pub(crate) fn latest(
    identity: &Identity,
    transaction: &ReadTransaction<'_>,
    function: &Stored<Function>,
) -> Result<Stored<Version>, Refusal> {
    let found = transaction.get(function.row, LATEST)?;
    found.ok_or_else(|| {
        let name = function.document.name.clone();
        FunctionReference { name, qualifier: None }.not_found(identity)
    })
}

/// Replaces a version, and drops the components that it needs no more.
pub(crate) fn replace(
    transaction: &WriteTransaction<'_>,
    stored: &mut Stored<Version>,
    version: Version,
) -> Result<(), Refusal> {
    let (before, after) = (stored.document.digests(), version.digests());
    stored.document = version;
    transaction.update(stored)?;
    for digest in before.into_iter().filter(|digest| !after.contains(digest)) {
        transaction.release_blob(stored.row, digest)?;
    }
    Ok(())
}

fn publish_latest(call: &Call, transaction: &WriteTransaction<'_>) -> Result<Answer, Refusal> {
    super::unsupported::check(call, "")?;
    let reference = FunctionReference::of(call)?;
    let function = function::find(&call.identity, transaction, &reference)?;
    let latest = latest(&call.identity, transaction, &function)?.document;
    latest.check_revision(call)?;
    let current = &latest.package.code_sha256;
    if let Some(expected) = call.input.text("CodeSha256").filter(|expected| expected != current) {
        return Err(Refusal::bad_request(format!(
            "CodeSHA256 ({}) is different from current CodeSHA256 in $LATEST ({current}). Please \
             try again with the CodeSHA256 in $LATEST.",
            crate::input::shown(expected)
        )));
    }
    latest.check_settled(&name::arn(&call.identity, &reference.name, None))?;
    if let Progress::Failed { reason, .. } = &latest.progress {
        return Err(Refusal::conflict(format!(
            "The operation cannot be performed at this time. The last update of the function \
             failed: {reason}"
        )));
    }
    let description = call.input.text("Description").map(str::to_owned);
    let published = publish(call, transaction, function, latest, description)?;
    let shown = Shown { qualifier: Some(&published.version), update: false };
    Ok(Answer::Json(published.show(&call.identity, &reference.name, shown)))
}

/// Makes a version of `$LATEST` as it is, or finds the last one if nothing changed since.
pub(crate) fn publish(
    call: &Call,
    transaction: &WriteTransaction<'_>,
    mut function: Stored<Function>,
    latest: Version,
    description: Option<String>,
) -> Result<Version, Refusal> {
    let last = function.document.next_version - 1;
    let last: Option<Stored<Version>> = transaction.get(function.row, &last.to_string())?;
    let mut version = latest;
    if let Some(description) = description {
        version.configuration.description = description;
    }
    if let Some(last) = last.filter(|last| last.document.content_id == version.content_id) {
        return Ok(last.document);
    }
    version.version = function.document.next_version.to_string();
    version.policy = Vec::new();
    version.touch(call);
    function.document.next_version += 1;
    transaction.update(&function)?;
    let row: Row<Version> = transaction.insert(function.row, &version)?;
    for digest in version.digests() {
        transaction.use_blob(row, digest)?;
    }
    Ok(version)
}

fn list(call: &Call, transaction: &ReadTransaction<'_>) -> Result<Answer, Refusal> {
    let reference = FunctionReference::of(call)?;
    let function = function::find(&call.identity, transaction, &reference)?;
    let versions = transaction.list::<Version>(function.row)?.into_iter().map(|version| {
        let shown = version.document.show_listed(&call.identity, &reference.name, true);
        (version.row.number(), shown)
    });
    page::answer(call, "Versions", versions.collect())
}
