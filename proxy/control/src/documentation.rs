//! Documentation of an API: its parts, and versions of all of them.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::{Document, ReadTransaction, Row, Stored, WriteTransaction};

use crate::answer::{Answer, to_wire, to_wire_without};
use crate::call::{Call, ID_LENGTH};
use crate::page;
use crate::patch::{self, PatchOperation, REPLACE, Rule, Target, Wording, rule};
use crate::refusal::Refusal;
use crate::rest_api::{self, RestApi};
use crate::service::Handler;
use crate::stage;

/// What is said of one place of an API.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct DocumentationPart {
    #[serde(default)]
    pub(crate) id: String,
    location: Location,
    properties: String,
}

#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    #[serde(rename = "type")]
    kind: String,
    path: Option<String>,
    method: Option<String>,
    status_code: Option<String>,
    name: Option<String>,
}

/// All parts as they were when it was made.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct DocumentationVersion {
    version: String,
    created_date: i64,
    description: Option<String>,
    parts: Vec<DocumentationPart>,
}

impl Document for DocumentationPart {
    type Owner = RestApi;
    const KIND: &'static str = "documentation-part";

    fn id(&self) -> &str {
        &self.id
    }

    /// A place has one part.
    fn alias(&self) -> Option<String> {
        serde_json::to_string(&self.location).ok()
    }
}

impl Document for DocumentationVersion {
    type Owner = RestApi;
    const KIND: &'static str = "documentation-version";

    fn id(&self) -> &str {
        &self.version
    }
}

pub(crate) const HANDLERS: &[(&str, Handler)] = &[
    ("CreateDocumentationPart", Handler::Write(create_part)),
    ("CreateDocumentationVersion", Handler::Write(create_version)),
    ("DeleteDocumentationPart", Handler::Write(delete_part)),
    ("DeleteDocumentationVersion", Handler::Write(delete_version)),
    ("GetDocumentationPart", Handler::Read(get_part)),
    ("GetDocumentationParts", Handler::Read(list_parts)),
    ("GetDocumentationVersion", Handler::Read(get_version)),
    ("GetDocumentationVersions", Handler::Read(list_versions)),
    ("UpdateDocumentationPart", Handler::Write(update_part)),
    ("UpdateDocumentationVersion", Handler::Write(update_version)),
];

const PART_RULES: &[Rule] = &[rule("/properties", REPLACE, Target::Text)];
const VERSION_RULES: &[Rule] = &[rule("/description", REPLACE, Target::Text)];

/// Parts of one API (AWS).
const PARTS_MAX: usize = 2_000;

fn find_part(
    call: &Call,
    transaction: &ReadTransaction<'_>,
) -> Result<Stored<DocumentationPart>, Refusal> {
    let api = rest_api::find(call, transaction)?;
    let found = transaction.get(api.row, call.input.required("documentationPartId"))?;
    found.ok_or_else(|| Refusal::not_found("Invalid Documentation part identifier specified"))
}

fn find_version(
    call: &Call,
    transaction: &ReadTransaction<'_>,
) -> Result<Stored<DocumentationVersion>, Refusal> {
    let api = rest_api::find(call, transaction)?;
    version(transaction, api.row, call.input.required("documentationVersion"))
}

fn version(
    transaction: &ReadTransaction<'_>,
    api: Row<RestApi>,
    version: &str,
) -> Result<Stored<DocumentationVersion>, Refusal> {
    let found = transaction.get(api, version)?;
    found.ok_or_else(|| Refusal::not_found("Invalid Documentation version identifier specified"))
}

/// That a stage may name this version.
pub(crate) fn check_version(
    transaction: &ReadTransaction<'_>,
    api: Row<RestApi>,
    name: &str,
) -> Result<(), Refusal> {
    version(transaction, api, name).map(drop)
}

impl DocumentationPart {
    fn check(&self) -> Result<(), Refusal> {
        if self.properties.is_empty() {
            return Err(Refusal::bad_request("Documentation part properties must be non-empty"));
        }
        match serde_json::from_str::<Value>(&self.properties) {
            Ok(Value::Object(_)) => Ok(()),
            _ => Err(Refusal::bad_request("Documentation part properties must be a JSON object")),
        }
    }
}

fn create_part(call: &Call, transaction: &WriteTransaction<'_>) -> Result<Answer, Refusal> {
    let api = rest_api::find(call, transaction)?;
    let mut part: DocumentationPart = call.input.parse()?;
    part.id = call.new_id(ID_LENGTH);
    part.check()?;
    if transaction.count::<DocumentationPart>(api.row)? >= PARTS_MAX {
        return Err(Refusal::limit_exceeded(format!(
            "Maximum number of documentation parts for this API has been reached: {PARTS_MAX}"
        )));
    }
    let alias = part.alias().unwrap_or_default();
    if transaction.get_by_alias::<DocumentationPart>(api.row, &alias)?.is_some() {
        return Err(Refusal::conflict(format!(
            "Documentation part already exists for the specified location: type '{}'.",
            part.location.kind
        )));
    }
    transaction.insert(api.row, &part)?;
    Answer::of(&part)
}

fn get_part(call: &Call, transaction: &ReadTransaction<'_>) -> Result<Answer, Refusal> {
    Answer::of(&find_part(call, transaction)?.document)
}

fn list_parts(call: &Call, transaction: &ReadTransaction<'_>) -> Result<Answer, Refusal> {
    let api = rest_api::find(call, transaction)?;
    let kind = call.input.text("type");
    let path = call.input.text("path");
    let name = call.input.text("nameQuery");
    // Everything that is there is documented.
    let is_all = call.input.text("locationStatus") != Some("UNDOCUMENTED");
    let is_wanted = |part: &DocumentationPart| {
        is_all
            && kind.is_none_or(|kind| part.location.kind == kind)
            && path.is_none_or(|path| part.location.path.as_deref() == Some(path))
            && name.is_none_or(|name| part.location.name.as_deref() == Some(name))
    };
    let show = |stored: Stored<DocumentationPart>| to_wire(&stored.document);
    page::list::<DocumentationPart>(call, transaction, api.row, is_wanted, show)
}

fn update_part(call: &Call, transaction: &WriteTransaction<'_>) -> Result<Answer, Refusal> {
    let mut stored = find_part(call, transaction)?;
    let operations = PatchOperation::read(call)?;
    stored.document = patch::apply(&stored.document, &operations, PART_RULES, Wording::Listing)?;
    stored.document.check()?;
    transaction.update(&stored)?;
    Answer::of(&stored.document)
}

fn delete_part(call: &Call, transaction: &WriteTransaction<'_>) -> Result<Answer, Refusal> {
    let stored = find_part(call, transaction)?;
    transaction.delete(stored.row)?;
    Ok(Answer::Empty)
}

fn create_version(call: &Call, transaction: &WriteTransaction<'_>) -> Result<Answer, Refusal> {
    let api = rest_api::find(call, transaction)?;
    let name = call.input.required("documentationVersion");
    if transaction.get::<DocumentationVersion>(api.row, name)?.is_some() {
        return Err(Refusal::conflict("Documentation version already exists"));
    }
    let parts = transaction.list::<DocumentationPart>(api.row)?;
    let version = DocumentationVersion {
        version: name.to_owned(),
        created_date: call.now,
        description: call.input.text("description").map(str::to_owned),
        parts: parts.into_iter().map(|stored| stored.document).collect(),
    };
    transaction.insert(api.row, &version)?;
    if let Some(stage) = call.input.text("stageName") {
        let mut stored = stage::by_name(transaction, api.row, stage)?;
        stored.document.documentation_version = Some(name.to_owned());
        stored.document.complete(call, transaction, api.row)?;
        transaction.update(&stored)?;
    }
    Ok(Answer::Json(show_version(&version)?))
}

fn get_version(call: &Call, transaction: &ReadTransaction<'_>) -> Result<Answer, Refusal> {
    Ok(Answer::Json(show_version(&find_version(call, transaction)?.document)?))
}

fn list_versions(call: &Call, transaction: &ReadTransaction<'_>) -> Result<Answer, Refusal> {
    let api = rest_api::find(call, transaction)?;
    let show = |stored: Stored<DocumentationVersion>| show_version(&stored.document);
    page::list::<DocumentationVersion>(call, transaction, api.row, |_| true, show)
}

fn update_version(call: &Call, transaction: &WriteTransaction<'_>) -> Result<Answer, Refusal> {
    let mut stored = find_version(call, transaction)?;
    let operations = PatchOperation::read(call)?;
    stored.document = patch::apply(&stored.document, &operations, VERSION_RULES, Wording::Listing)?;
    transaction.update(&stored)?;
    Ok(Answer::Json(show_version(&stored.document)?))
}

/// Stages that have it have none then.
fn delete_version(call: &Call, transaction: &WriteTransaction<'_>) -> Result<Answer, Refusal> {
    let api = rest_api::find(call, transaction)?;
    let stored = find_version(call, transaction)?;
    for mut stage in transaction.list::<stage::Stage>(api.row)? {
        if stage.document.documentation_version.as_ref() == Some(&stored.document.version) {
            stage.document.documentation_version = None;
            transaction.update(&stage)?;
        }
    }
    transaction.delete(stored.row)?;
    Ok(Answer::Empty)
}

fn show_version(version: &DocumentationVersion) -> Result<Value, Refusal> {
    to_wire_without(version, &["parts"])
}
