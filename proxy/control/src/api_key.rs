//! API keys.

mod csv;
mod import;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::{Account, Document, ReadTransaction, Stored, WriteTransaction};

use crate::answer::{Answer, to_wire_tagged_without};
use crate::call::{Call, LONG_ID_LENGTH};
use crate::input::shown;
use crate::page;
use crate::patch::{self, ADD_REMOVE, Op, PatchOperation, REPLACE, Rule, Target, Wording, rule};
use crate::refusal::Refusal;
use crate::rest_api;
use crate::service::Handler;
use crate::stage;
use crate::tag::{self, Tags};
use crate::usage_plan::{UsagePlan, UsagePlanKey};

/// A key that clients send.
#[derive(Clone, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ApiKey {
    pub(crate) id: String,
    pub(crate) value: String,
    pub(crate) name: Option<String>,
    customer_id: Option<String>,
    description: Option<String>,
    pub(crate) enabled: bool,
    created_date: i64,
    last_updated_date: i64,
    stage_keys: Vec<String>,
    pub(crate) tags: Tags,
    /// Added and removed, and shown nowhere (AWS).
    #[serde(default)]
    labels: Vec<String>,
}

impl Document for ApiKey {
    type Owner = Account;
    const KIND: &'static str = "api-key";
    const SEALED: &'static [&'static str] = &["/value"];
    /// Clients send the value, so it is one key's.
    const SECRET_NAME: Option<usize> = Some(0);

    fn id(&self) -> &str {
        &self.id
    }
}

/// What is no secret of a key, to be read without the key of secrets.
#[derive(Deserialize, Serialize)]
pub(crate) struct NamedApiKey {
    pub(crate) id: String,
    pub(crate) name: Option<String>,
    pub(crate) enabled: bool,
}

impl Document for NamedApiKey {
    type Owner = Account;
    const KIND: &'static str = ApiKey::KIND;

    fn id(&self) -> &str {
        &self.id
    }
}

pub(crate) const HANDLERS: &[(&str, Handler)] = &[
    ("CreateApiKey", Handler::Write(create)),
    ("DeleteApiKey", Handler::Write(delete)),
    ("GetApiKey", Handler::Read(get)),
    ("GetApiKeys", Handler::Read(list)),
    ("ImportApiKeys", Handler::Write(import::import)),
    ("UpdateApiKey", Handler::Write(update)),
];

const RULES: &[Rule] = &[
    rule("/description", REPLACE, Target::Text),
    rule("/enabled", REPLACE, Target::Boolean),
    rule("/name", REPLACE, Target::Text),
    rule("/customerId", REPLACE, Target::Text),
    rule("/labels", ADD_REMOVE, Target::Item),
    // Done by `change_stages`: the member has another name.
    rule("/stages", ADD_REMOVE, Target::Item),
];

/// Lengths (AWS).
const VALUE_LENGTH_MIN: usize = 20;
const VALUE_LENGTH_MAX: usize = 128;
const VALUE_LENGTH_GENERATED: usize = 40;
const NAME_LENGTH_MAX: usize = 1_024;
const DESCRIPTION_LENGTH_MAX: usize = 125_000;

/// Labels of one key, and the length of each: as of tags.
const LABELS_MAX: usize = 50;
const LABEL_LENGTH_MAX: usize = 256;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CreateMembers {
    name: Option<String>,
    description: Option<String>,
    #[serde(default)]
    enabled: bool,
    value: Option<String>,
    #[serde(default)]
    stage_keys: Vec<StageKey>,
    customer_id: Option<String>,
    #[serde(default)]
    tags: Tags,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct StageKey {
    #[serde(default)]
    rest_api_id: String,
    #[serde(default)]
    stage_name: String,
}

pub(crate) fn by_id(
    transaction: &ReadTransaction<'_>,
    id: &str,
) -> Result<Stored<ApiKey>, Refusal> {
    let found = transaction.get(Account::row(), id)?;
    found.ok_or_else(not_found)
}

pub(crate) fn not_found() -> Refusal {
    Refusal::not_found("Invalid API Key identifier specified")
}

fn find(call: &Call, transaction: &ReadTransaction<'_>) -> Result<Stored<ApiKey>, Refusal> {
    by_id(transaction, call.input.required("apiKey"))
}

fn create(call: &Call, transaction: &WriteTransaction<'_>) -> Result<Answer, Refusal> {
    const ALPHABET: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    let members: CreateMembers = call.input.parse()?;
    let value = members.value.filter(|value| !value.is_empty());
    let value = value.unwrap_or_else(|| call.random_text(VALUE_LENGTH_GENERATED, ALPHABET));
    check_value(&value)?;
    if transaction.get_by_secret::<ApiKey>(Account::row(), &value)?.is_some() {
        return Err(Refusal::conflict("API Key already exists"));
    }
    let stage_keys = members.stage_keys.iter();
    let stage_keys = stage_keys.map(|key| format!("{}/{}", key.rest_api_id, key.stage_name));
    let key = ApiKey {
        id: call.new_id(LONG_ID_LENGTH),
        value,
        name: members.name,
        customer_id: members.customer_id,
        description: members.description,
        enabled: members.enabled,
        created_date: call.now,
        last_updated_date: call.now,
        stage_keys: stage_keys.collect(),
        tags: members.tags,
        labels: Vec::new(),
    };
    key.check(call, transaction)?;
    transaction.insert(Account::row(), &key)?;
    Ok(Answer::Json(show(&key, true)?))
}

fn check_value(value: &str) -> Result<(), Refusal> {
    if value.chars().count() < VALUE_LENGTH_MIN {
        return Err(Refusal::bad_request(format!(
            "API Key value should be at least {VALUE_LENGTH_MIN} characters"
        )));
    }
    if value.chars().count() > VALUE_LENGTH_MAX {
        return Err(Refusal::bad_request(format!(
            "API Key value exceeds maximum size of {VALUE_LENGTH_MAX} characters"
        )));
    }
    Ok(())
}

fn get(call: &Call, transaction: &ReadTransaction<'_>) -> Result<Answer, Refusal> {
    let stored = find(call, transaction)?;
    Ok(Answer::Json(show(&stored.document, call.input.is_true("includeValue"))?))
}

fn list(call: &Call, transaction: &ReadTransaction<'_>) -> Result<Answer, Refusal> {
    let name = call.input.text("nameQuery");
    let customer = call.input.text("customerId");
    let has_value = call.input.is_true("includeValues");
    let is_wanted = |key: &ApiKey| {
        name.is_none_or(|name| key.name.as_deref().unwrap_or_default().starts_with(name))
            && customer.is_none_or(|wanted| key.customer_id.as_deref() == Some(wanted))
    };
    let show = |stored: Stored<ApiKey>| show(&stored.document, has_value);
    page::list::<ApiKey>(call, transaction, Account::row(), is_wanted, show)
}

fn update(call: &Call, transaction: &WriteTransaction<'_>) -> Result<Answer, Refusal> {
    let mut stored = find(call, transaction)?;
    for operation in PatchOperation::read(call)? {
        if operation.path()? == "/stages" {
            change_stages(&mut stored.document, &operation)?;
        } else {
            stored.document =
                patch::apply(&stored.document, &[operation], RULES, Wording::Listing)?;
        }
    }
    stored.document.last_updated_date = call.now;
    stored.document.check(call, transaction)?;
    transaction.update(&stored)?;
    Ok(Answer::Json(show(&stored.document, false)?))
}

fn change_stages(key: &mut ApiKey, operation: &PatchOperation) -> Result<(), Refusal> {
    let stage = operation.text().to_owned();
    match operation.op {
        Some(Op::Add) if !key.stage_keys.contains(&stage) => key.stage_keys.push(stage),
        Some(Op::Add) => {}
        Some(Op::Remove) => key.stage_keys.retain(|known| *known != stage),
        _ => return Err(operation.unsupported(RULES)),
    }
    Ok(())
}

fn delete(call: &Call, transaction: &WriteTransaction<'_>) -> Result<Answer, Refusal> {
    let stored = find(call, transaction)?;
    for plan in transaction.list::<UsagePlan>(Account::row())? {
        if let Some(key) = transaction.get::<UsagePlanKey>(plan.row, &stored.document.id)? {
            transaction.delete(key.row)?;
        }
    }
    transaction.delete(stored.row)?;
    Ok(Answer::Empty)
}

impl ApiKey {
    fn check(&self, call: &Call, transaction: &ReadTransaction<'_>) -> Result<(), Refusal> {
        let length = |text: &Option<String>| text.as_ref().map_or(0, |text| text.chars().count());
        if length(&self.name) > NAME_LENGTH_MAX {
            return Err(Refusal::bad_request(format!(
                "Invalid API Key name, can be at most {NAME_LENGTH_MAX} characters."
            )));
        }
        if length(&self.description) > DESCRIPTION_LENGTH_MAX {
            return Err(Refusal::bad_request("Invalid API Key description specified."));
        }
        let is_long = |label: &String| label.chars().count() > LABEL_LENGTH_MAX;
        if self.labels.len() > LABELS_MAX || self.labels.iter().any(is_long) {
            return Err(Refusal::bad_request(format!(
                "An API Key can have at most {LABELS_MAX} labels of at most {LABEL_LENGTH_MAX} \
                 characters"
            )));
        }
        for key in &self.stage_keys {
            let (api, stage) = key.split_once('/').ok_or_else(|| {
                Refusal::bad_request(format!("Invalid stage key specified: {}", shown(key)))
            })?;
            let api = rest_api::by_id(call, transaction, api)?;
            stage::by_name(transaction, api.row, stage)?;
        }
        tag::check(&self.tags)
    }
}

fn show(key: &ApiKey, has_value: bool) -> Result<Value, Refusal> {
    to_wire_tagged_without(key, if has_value { &["labels"] } else { &["labels", "value"] })
}
