//! `ImportApiKeys`: keys from a file, each with its plans.
//!
//! Source: API Gateway Developer Guide, "API Gateway API key file format". A key that is there already
//! is written over. What is wrong with one row is a warning, and leaves that row out; with
//! `failonwarnings`, nothing is imported.

use serde_json::json;
use store::{Account, WriteTransaction};

use super::csv;
use super::{ApiKey, check_value};
use crate::answer::Answer;
use crate::call::{Call, LONG_ID_LENGTH};
use crate::refusal::Refusal;
use crate::tag::Tags;
use crate::usage_plan::Members;

/// Keys of one file: as many as an account may have (AWS).
const KEYS_MAX: usize = 10_000;

/// Where the columns are; others are ignored.
struct Columns {
    name: usize,
    key: usize,
    description: Option<usize>,
    enabled: Option<usize>,
    usage_plan_ids: Option<usize>,
}

pub(super) fn import(call: &Call, transaction: &WriteTransaction<'_>) -> Result<Answer, Refusal> {
    let invalid = |problem: String| Refusal::bad_request(format!("Invalid CSV: {problem}"));
    let text = std::str::from_utf8(&call.input.payload);
    let text = text.map_err(|_| invalid("it is not UTF-8".to_owned()))?;
    let mut rows = csv::rows(text).map_err(invalid)?.into_iter();
    let columns = Columns::read(&rows.next().unwrap_or_default())?;
    if KEYS_MAX < rows.len() {
        return Err(invalid(format!("it has more than {KEYS_MAX} keys")));
    }
    let (mut ids, mut warnings) = (Vec::new(), Vec::new());
    let mut members = columns.usage_plan_ids.map(|_| Members::read(transaction)).transpose()?;
    for (row, number) in rows.zip(1_usize..) {
        let mut warn = |refusal: &Refusal| {
            warnings.push(format!("Key {number}: {}", refusal.message()));
        };
        match import_row(call, transaction, &columns, &row) {
            Ok(key) => {
                let plans = columns.usage_plan_ids.and_then(|column| row.get(column));
                if let (Some(members), Some(plans)) = (&mut members, plans) {
                    for plan in plans.split(',').map(str::trim).filter(|plan| !plan.is_empty()) {
                        if let Err(refusal) = members.add(call, transaction, plan, &key) {
                            warn(&refusal);
                        }
                    }
                }
                ids.push(key.id);
            }
            Err(refusal) => warn(&refusal),
        }
    }
    if call.input.is_true("failOnWarnings") && !warnings.is_empty() {
        return Err(Refusal::bad_request(format!("Warnings found: {}", warnings.join("; "))));
    }
    Ok(Answer::Json(json!({ "ids": ids, "warnings": warnings })))
}

/// Makes the key of a row, or writes over it.
fn import_row(
    call: &Call,
    transaction: &WriteTransaction<'_>,
    columns: &Columns,
    row: &[String],
) -> Result<ApiKey, Refusal> {
    let field = |column: usize| row.get(column).map(|field| field.trim()).unwrap_or_default();
    let optional = |column: Option<usize>| column.map(field).filter(|field| !field.is_empty());
    let value = field(columns.key);
    check_value(value)?;
    let stored = transaction.get_by_secret::<ApiKey>(Account::row(), value)?;
    let mut key = stored.as_ref().map(|stored| stored.document.clone()).unwrap_or_else(|| ApiKey {
        id: call.new_id(LONG_ID_LENGTH),
        value: value.to_owned(),
        name: None,
        customer_id: None,
        description: None,
        enabled: false,
        created_date: call.now,
        last_updated_date: call.now,
        stage_keys: Vec::new(),
        tags: Tags::new(),
        labels: Vec::new(),
    });
    key.name = Some(field(columns.name).to_owned());
    key.description = optional(columns.description).map(str::to_owned);
    key.enabled = optional(columns.enabled).is_none_or(|text| text.eq_ignore_ascii_case("true"));
    key.last_updated_date = call.now;
    key.check(call, transaction)?;
    match stored {
        Some(mut stored) => {
            stored.document = key.clone();
            transaction.update(&stored)?;
        }
        None => {
            transaction.insert(Account::row(), &key)?;
        }
    }
    Ok(key)
}

impl Columns {
    /// By the names of the first row, in any case.
    fn read(names: &[String]) -> Result<Self, Refusal> {
        let find =
            |wanted: &str| names.iter().position(|name| name.trim().eq_ignore_ascii_case(wanted));
        let required = |wanted: &str| {
            find(wanted).ok_or_else(|| {
                Refusal::bad_request(format!("Invalid CSV: the column {wanted} is missing"))
            })
        };
        Ok(Self {
            name: required("Name")?,
            key: required("Key")?,
            description: find("Description"),
            enabled: find("Enabled"),
            usage_plan_ids: find("UsagePlanIds"),
        })
    }
}
