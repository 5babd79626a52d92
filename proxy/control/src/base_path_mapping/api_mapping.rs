//! API mappings: what the second API calls base path mappings, which may have several segments there.
//!
//! They share their documents, so that each API shows what was made with the other. An id is that of the row, which a
//! mapping keeps whatever is changed of it.

use serde::Deserialize;
use serde_json::{Value, json};
use store::{ReadTransaction, Row, Stored, WriteTransaction};

use super::{BasePathMapping, NONE};
use crate::answer::{Answer, to_wire};
use crate::call::Call;
use crate::domain_name::{self, DomainName};
use crate::page;
use crate::refusal::Refusal;
use crate::service::Handler;

pub(crate) const HANDLERS: &[(&str, Handler)] = &[
    ("CreateApiMapping", Handler::Write(create)),
    ("DeleteApiMapping", Handler::Write(delete)),
    ("GetApiMapping", Handler::Read(get)),
    ("GetApiMappings", Handler::Read(list)),
    ("UpdateApiMapping", Handler::Write(update)),
];

/// What calls give of a mapping; what they do not, stays as it is.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Given {
    api_id: String,
    api_mapping_key: Option<String>,
    stage: Option<String>,
}

fn find(
    call: &Call,
    transaction: &ReadTransaction<'_>,
) -> Result<(Stored<DomainName>, Stored<BasePathMapping>), Refusal> {
    let domain = domain_name::find(call, transaction)?;
    let wanted = call.input.required("apiMappingId");
    let mappings = transaction.list::<BasePathMapping>(domain.row)?;
    let found = mappings.into_iter().find(|mapping| id(mapping.row) == wanted);
    let found =
        found.ok_or_else(|| Refusal::not_found("Invalid API mapping identifier specified"))?;
    Ok((domain, found))
}

fn id(row: Row<BasePathMapping>) -> String {
    format!("{:0>6}", page::encode(row.number()))
}

fn create(call: &Call, transaction: &WriteTransaction<'_>) -> Result<Answer, Refusal> {
    let domain = domain_name::find(call, transaction)?;
    let Given { api_id, api_mapping_key, stage } = call.input.parse()?;
    let base_path = api_mapping_key.unwrap_or_default();
    let mut mapping = BasePathMapping { base_path, rest_api_id: api_id, stage };
    check(&mut mapping, transaction, &domain)?;
    super::check_mode(&domain.document)?;
    check_free(transaction, &domain, &mapping)?;
    let row = transaction.insert(domain.row, &mapping)?;
    Ok(Answer::Json(show(row, &mapping)?))
}

/// Names the empty key, and refuses what cannot be.
fn check(
    mapping: &mut BasePathMapping,
    transaction: &ReadTransaction<'_>,
    domain: &Stored<DomainName>,
) -> Result<(), Refusal> {
    let key = mapping.base_path.as_str();
    if key.starts_with('/') || key.contains("//") {
        return Err(Refusal::bad_request(
            "API mapping key should not start with a '/' or have consecutive '/'s.",
        ));
    }
    if key.ends_with('/') {
        return Err(Refusal::bad_request("API mapping key should not end with a '/'."));
    }
    mapping.complete(transaction, &domain.document)
}

fn check_free(
    transaction: &ReadTransaction<'_>,
    domain: &Stored<DomainName>,
    mapping: &BasePathMapping,
) -> Result<(), Refusal> {
    match transaction.get::<BasePathMapping>(domain.row, &mapping.base_path)? {
        Some(_) => Err(Refusal::conflict("ApiMapping key already exists for this domain name")),
        None => Ok(()),
    }
}

fn get(call: &Call, transaction: &ReadTransaction<'_>) -> Result<Answer, Refusal> {
    let (_, Stored { row, document, .. }) = find(call, transaction)?;
    Ok(Answer::Json(show(row, &document)?))
}

fn list(call: &Call, transaction: &ReadTransaction<'_>) -> Result<Answer, Refusal> {
    let domain = domain_name::find(call, transaction)?;
    let show = |stored: Stored<BasePathMapping>| show(stored.row, &stored.document);
    page::list_v2(call, transaction, (domain.row, "items"), |_| true, show)
}

fn update(call: &Call, transaction: &WriteTransaction<'_>) -> Result<Answer, Refusal> {
    let (domain, mut stored) = find(call, transaction)?;
    let before = stored.document.base_path.clone();
    let Given { api_id, api_mapping_key, stage } = call.input.parse()?;
    let mapping = &mut stored.document;
    mapping.rest_api_id = api_id;
    if let Some(key) = api_mapping_key {
        mapping.base_path = key;
    }
    if stage.is_some() {
        mapping.stage = stage;
    }
    check(mapping, transaction, &domain)?;
    if mapping.base_path != before {
        check_free(transaction, &domain, mapping)?;
    }
    transaction.update(&stored)?;
    Ok(Answer::Json(show(stored.row, &stored.document)?))
}

fn delete(call: &Call, transaction: &WriteTransaction<'_>) -> Result<Answer, Refusal> {
    let (_, stored) = find(call, transaction)?;
    transaction.delete(stored.row)?;
    Ok(Answer::Empty)
}

fn show(row: Row<BasePathMapping>, mapping: &BasePathMapping) -> Result<Value, Refusal> {
    let BasePathMapping { base_path, rest_api_id, stage } = mapping;
    let key = if base_path == NONE { "" } else { base_path };
    to_wire(&json!({
        "apiId": rest_api_id,
        "apiMappingId": id(row),
        "apiMappingKey": key,
        "stage": stage,
    }))
}
