//! Usage plans: which keys may call which stages, how often; and the keys of a plan.

mod counts;
mod members;
mod overview;
mod patch;
mod served;
mod usage;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::{Account, Document, ReadTransaction, Stored, WriteTransaction};

pub use counts::{forget_usage, keep_usage, load_usage};
pub use overview::{KeyUsageOverview, UsagePlanOverview, usage_plan_overview};
pub use served::api_keys;

pub(crate) use members::Members;

use crate::answer::{Answer, to_wire_tagged};
use crate::api_key::{self, ApiKey};
use crate::call::{Call, ID_LENGTH};
use crate::input::shown;
use crate::page;
use crate::patch::PatchOperation;
use crate::refusal::Refusal;
use crate::rest_api::RestApi;
use crate::service::Handler;
use crate::stage::Stage;
use crate::tag::{self, Tags};

/// Which stages the keys of the plan may call.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UsagePlan {
    #[serde(default)]
    id: String,
    name: String,
    description: Option<String>,
    #[serde(default)]
    api_stages: Vec<ApiStage>,
    throttle: Option<Throttle>,
    quota: Option<Quota>,
    product_code: Option<String>,
    #[serde(default)]
    pub(crate) tags: Tags,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct ApiStage {
    #[serde(default)]
    api_id: String,
    #[serde(default)]
    stage: String,
    /// By `/{resource}/{METHOD}`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    throttle: BTreeMap<String, Throttle>,
}

#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Throttle {
    #[serde(default)]
    burst_limit: i64,
    #[serde(default)]
    rate_limit: f64,
}

#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Quota {
    #[serde(default)]
    limit: i64,
    #[serde(default)]
    offset: i64,
    period: Option<String>,
}

/// A key that a plan is for.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct UsagePlanKey {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    created_date: i64,
    grant: Option<usage::Grant>,
}

impl Document for UsagePlan {
    type Owner = Account;
    const KIND: &'static str = "usage-plan";

    fn id(&self) -> &str {
        &self.id
    }
}

impl Document for UsagePlanKey {
    type Owner = UsagePlan;
    const KIND: &'static str = "usage-plan-key";

    fn id(&self) -> &str {
        &self.id
    }
}

pub(crate) const HANDLERS: &[(&str, Handler)] = &[
    ("CreateUsagePlan", Handler::Write(create)),
    ("CreateUsagePlanKey", Handler::Write(create_key)),
    ("DeleteUsagePlan", Handler::Write(delete)),
    ("DeleteUsagePlanKey", Handler::Write(delete_key)),
    ("GetUsage", Handler::Read(usage::get)),
    ("GetUsagePlan", Handler::Read(get)),
    ("GetUsagePlanKey", Handler::Read(get_key)),
    ("GetUsagePlanKeys", Handler::Read(list_keys)),
    ("GetUsagePlans", Handler::Read(list)),
    ("UpdateUsage", Handler::Used(usage::update)),
    ("UpdateUsagePlan", Handler::Write(update)),
];

const API_KEY: &str = "API_KEY";

pub(crate) fn by_id(
    transaction: &ReadTransaction<'_>,
    id: &str,
) -> Result<Stored<UsagePlan>, Refusal> {
    let found = transaction.get(Account::row(), id)?;
    found.ok_or_else(unknown_plan)
}

fn unknown_plan() -> Refusal {
    Refusal::not_found("Invalid Usage Plan ID specified")
}

fn find(call: &Call, transaction: &ReadTransaction<'_>) -> Result<Stored<UsagePlan>, Refusal> {
    by_id(transaction, call.input.required("usagePlanId"))
}

/// Refuses to delete a stage, or a whole API, that a plan is for.
pub(crate) fn check_unused(
    transaction: &ReadTransaction<'_>,
    api: &str,
    stage: Option<&str>,
) -> Result<(), Refusal> {
    let is_it =
        |used: &ApiStage| used.api_id == api && stage.is_none_or(|stage| used.stage == stage);
    for plan in transaction.list::<UsagePlan>(Account::row())? {
        if let Some(used) = plan.document.api_stages.iter().find(|used| is_it(used)) {
            return Err(Refusal::bad_request(format!(
                "Cannot delete {api}/{}, which usage plan {} is for: remove it from the plan first",
                used.stage, plan.document.id
            )));
        }
    }
    Ok(())
}

fn create(call: &Call, transaction: &WriteTransaction<'_>) -> Result<Answer, Refusal> {
    let mut plan: UsagePlan = call.input.parse()?;
    plan.id = call.new_id(ID_LENGTH);
    plan.check(transaction)?;
    transaction.insert(Account::row(), &plan)?;
    Ok(Answer::Json(show(&plan)?))
}

fn get(call: &Call, transaction: &ReadTransaction<'_>) -> Result<Answer, Refusal> {
    Ok(Answer::Json(show(&find(call, transaction)?.document)?))
}

fn list(call: &Call, transaction: &ReadTransaction<'_>) -> Result<Answer, Refusal> {
    let show = |stored: Stored<UsagePlan>| show(&stored.document);
    let Some(key) = call.input.text("keyId") else {
        return page::list::<UsagePlan>(call, transaction, Account::row(), |_| true, show);
    };
    let mut plans = Vec::new();
    for plan in transaction.list::<UsagePlan>(Account::row())? {
        if transaction.get::<UsagePlanKey>(plan.row, key)?.is_some() {
            plans.push(show(plan)?);
        }
    }
    page::of_values(call, &plans)
}

fn update(call: &Call, transaction: &WriteTransaction<'_>) -> Result<Answer, Refusal> {
    let mut stored = find(call, transaction)?;
    let before = stored.document.clone();
    for operation in PatchOperation::read(call)? {
        stored.document = patch::apply(stored.document, &operation)?;
    }
    stored.document.check(transaction)?;
    if !stored.document.stages().eq(before.stages()) {
        let members = Members::read(transaction)?;
        for key in transaction.list::<UsagePlanKey>(stored.row)? {
            members.check(&stored.document, &key.document.id)?;
        }
    }
    if stored.document.quota != before.quota {
        for mut key in transaction.list::<UsagePlanKey>(stored.row)? {
            // What was granted was granted of another quota.
            if key.document.grant.take().is_some() {
                transaction.update(&key)?;
            }
        }
    }
    transaction.update(&stored)?;
    Ok(Answer::Json(show(&stored.document)?))
}

fn delete(call: &Call, transaction: &WriteTransaction<'_>) -> Result<Answer, Refusal> {
    let stored = find(call, transaction)?;
    if !stored.document.api_stages.is_empty() {
        return Err(Refusal::bad_request(
            "Cannot delete Usage Plan because it has one or more associated API stages",
        ));
    }
    transaction.delete(stored.row)?;
    Ok(Answer::Empty)
}

fn create_key(call: &Call, transaction: &WriteTransaction<'_>) -> Result<Answer, Refusal> {
    let plan = find(call, transaction)?;
    if call.input.required("keyType") != API_KEY {
        return Err(Refusal::bad_request(format!("Usage plan key type must be {API_KEY}")));
    }
    let key = api_key::by_id(transaction, call.input.required("keyId"))?.document;
    if transaction.get::<UsagePlanKey>(plan.row, &key.id)?.is_some() {
        return Err(Refusal::conflict("Usage Plan already contains this API Key"));
    }
    plan.document.check_key(transaction, &key.id)?;
    transaction.insert(plan.row, &UsagePlanKey::new(&key.id, call.now))?;
    Ok(Answer::Json(show_key(&key)))
}

fn find_key(
    call: &Call,
    transaction: &ReadTransaction<'_>,
) -> Result<Stored<UsagePlanKey>, Refusal> {
    let plan = find(call, transaction)?;
    let found = transaction.get(plan.row, call.input.required("keyId"))?;
    found.ok_or_else(|| Refusal::not_found("Invalid API Key identifier specified"))
}

fn get_key(call: &Call, transaction: &ReadTransaction<'_>) -> Result<Answer, Refusal> {
    let key = find_key(call, transaction)?.document;
    Ok(Answer::Json(show_key(&api_key::by_id(transaction, &key.id)?.document)))
}

fn list_keys(call: &Call, transaction: &ReadTransaction<'_>) -> Result<Answer, Refusal> {
    let plan = find(call, transaction)?;
    let name = call.input.text("nameQuery");
    let mut keys = Vec::new();
    for key in transaction.list::<UsagePlanKey>(plan.row)? {
        let key = api_key::by_id(transaction, &key.document.id)?.document;
        if name.is_none_or(|name| key.name.as_deref().unwrap_or_default().starts_with(name)) {
            keys.push(show_key(&key));
        }
    }
    page::of_values(call, &keys)
}

fn delete_key(call: &Call, transaction: &WriteTransaction<'_>) -> Result<Answer, Refusal> {
    let stored = find_key(call, transaction)?;
    transaction.delete(stored.row)?;
    Ok(Answer::Empty)
}

impl UsagePlan {
    fn check(&self, transaction: &ReadTransaction<'_>) -> Result<(), Refusal> {
        if self.name.is_empty() {
            return Err(Refusal::bad_request("Usage Plan name cannot be empty"));
        }
        for used in &self.api_stages {
            let api = transaction.get::<RestApi>(Account::row(), &used.api_id)?;
            let stage = match api {
                Some(api) => transaction.get::<Stage>(api.row, &used.stage)?,
                None => None,
            };
            if stage.is_none() {
                return Err(Refusal::not_found(format!(
                    "Invalid API Stage {{api: {}, stage: {}}} specified for usageplan {}",
                    shown(&used.api_id),
                    shown(&used.stage),
                    self.id
                )));
            }
        }
        let keys = self.api_stages.iter().flat_map(|used| used.throttle.keys());
        for key in keys {
            if served::method_of(key).is_none() {
                return Err(Refusal::bad_request(format!(
                    "Invalid throttle key specified: {}; it must be a resource path and a method, such as \
                     /pets/GET, /pets/ANY, and //GET of the root",
                    shown(key)
                )));
            }
        }
        let throttles = self.api_stages.iter().flat_map(|used| used.throttle.values());
        for throttle in throttles.chain(&self.throttle) {
            if throttle.burst_limit < 0 || throttle.rate_limit < 0.0 {
                return Err(Refusal::bad_request("Throttle limits must not be negative"));
            }
        }
        self.quota.as_ref().map_or(Ok(()), Quota::check)?;
        tag::check(&self.tags)
    }

    fn stages(&self) -> impl Iterator<Item = (&str, &str)> {
        self.api_stages.iter().map(|used| (used.api_id.as_str(), used.stage.as_str()))
    }

    /// A key may reach a stage through one plan only: else nobody could say which limits hold.
    fn conflicts_with(&self, other: &Self) -> bool {
        self.id != other.id && self.stages().any(|stage| other.stages().any(|used| used == stage))
    }

    /// As [`Members::check`], for one key.
    fn check_key(&self, transaction: &ReadTransaction<'_>, key: &str) -> Result<(), Refusal> {
        for Stored { row, document: other, .. } in transaction.list::<Self>(Account::row())? {
            if self.conflicts_with(&other) && transaction.get::<UsagePlanKey>(row, key)?.is_some() {
                return Err(conflict(key, &other, self));
            }
        }
        Ok(())
    }
}

fn conflict(key: &str, one: &UsagePlan, other: &UsagePlan) -> Refusal {
    Refusal::conflict(format!(
        "API Key {key} cannot be in usage plans {} and {}, which have a stage in common",
        one.id, other.id
    ))
}

impl UsagePlanKey {
    fn new(key: &str, now: i64) -> Self {
        let kind = API_KEY.to_owned();
        Self { id: key.to_owned(), kind, created_date: now, grant: None }
    }
}

impl Quota {
    fn check(&self) -> Result<(), Refusal> {
        let (offset_max, text) = match self.period.as_deref() {
            Some("DAY") => (0, "zero in the DAY period"),
            Some("WEEK") => (6, "between zero and six inclusive in the WEEK period"),
            Some("MONTH") => (27, "between zero and 27 inclusive in the MONTH period"),
            _ => {
                return Err(Refusal::bad_request(
                    "Usage Plan quota period must be one of DAY, WEEK, MONTH",
                ));
            }
        };
        if self.limit < 0 {
            return Err(Refusal::bad_request("Usage Plan quota limit must not be negative"));
        }
        if !(0..=offset_max).contains(&self.offset) {
            return Err(Refusal::bad_request(format!("Usage Plan quota offset must be {text}")));
        }
        Ok(())
    }
}

fn show(plan: &UsagePlan) -> Result<Value, Refusal> {
    to_wire_tagged(plan)
}

fn show_key(key: &ApiKey) -> Value {
    let mut shown = json!({ "id": key.id, "type": API_KEY, "value": key.value });
    if let Some(name) = &key.name {
        shown["name"] = name.as_str().into();
    }
    shown
}
