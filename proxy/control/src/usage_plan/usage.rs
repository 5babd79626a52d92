//! What the keys of a plan have used and have left, day by day.
//!
//! The data plane counts no requests yet, so that nothing is used: what is left of a quota is all of
//! it, or what an update has granted for its period. Periods are those of the calendar, in UTC.

use chrono::{DateTime, Datelike, Days, NaiveDate};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use store::{ReadTransaction, WriteTransaction};

use super::{Quota, UsagePlan, UsagePlanKey, find, find_key};
use crate::answer::Answer;
use crate::call::Call;
use crate::input::shown;
use crate::page;
use crate::patch::{Op, PatchOperation, REPLACE, Rule, Target, rule};
use crate::refusal::Refusal;

/// For how many days usage is kept, and how many can be asked for (AWS).
const DAYS_MAX: u64 = 90;

const DATE_FORMAT: &str = "%Y-%m-%d";

const RULES: &[Rule] = &[rule("/remaining", REPLACE, Target::Integer)];

/// What an update has granted, from a day on to the end of its period.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Grant {
    created_date: i64,
    remaining: i64,
}

pub(super) fn get(call: &Call, transaction: &ReadTransaction<'_>) -> Result<Answer, Refusal> {
    let plan = find(call, transaction)?;
    let (start, end) = (date(call, "startDate")?, date(call, "endDate")?);
    let kept_since = today(call)?.checked_sub_days(Days::new(DAYS_MAX)).unwrap_or_default();
    if start < kept_since {
        return Err(Refusal::bad_request(format!("Usage is kept for the last {DAYS_MAX} days")));
    }
    if end < start || end.signed_duration_since(start).num_days().unsigned_abs() > DAYS_MAX {
        return Err(Refusal::bad_request(format!(
            "endDate must be startDate or at most {DAYS_MAX} days after it"
        )));
    }
    let (keys, position) = if call.input.has("keyId") {
        (vec![find_key(call, transaction)?], None)
    } else {
        page::select::<UsagePlanKey>(call, transaction, plan.row, |_| true)?
    };
    let keys = keys.iter().map(|stored| &stored.document);
    let mut usage = plan.document.usage(keys, start, end);
    if let Some(position) = position {
        usage["position"] = position.into();
    }
    Ok(Answer::Json(usage))
}

pub(super) fn update(call: &Call, transaction: &WriteTransaction<'_>) -> Result<Answer, Refusal> {
    let plan = find(call, transaction)?.document;
    let mut key = find_key(call, transaction)?;
    let date = today(call)?;
    for operation in PatchOperation::read(call)? {
        if (operation.op, operation.path()?) != (Some(Op::Replace), "/remaining") {
            return Err(operation.unsupported(RULES));
        }
        if plan.quota.is_none() {
            return Err(Refusal::bad_request(format!("Usage Plan {} has no quota", plan.id)));
        }
        let remaining = i64::from(operation.number::<u32>()?);
        key.document.grant = Some(Grant { created_date: call.now, remaining });
    }
    transaction.update(&key)?;
    Ok(Answer::Json(plan.usage([&key.document], date, date)))
}

impl UsagePlan {
    /// The days from `start` to `end` of some keys: requests that were used, and that are left.
    fn usage<'a>(
        &self,
        keys: impl IntoIterator<Item = &'a UsagePlanKey>,
        start: NaiveDate,
        end: NaiveDate,
    ) -> Value {
        let values = keys.into_iter().map(|key| {
            let days = start.iter_days().take_while(|day| *day <= end);
            let days = days.map(|day| json!([0, self.remaining(key, day)]));
            (key.id.clone(), days.collect())
        });
        json!({
            "usagePlanId": self.id,
            "startDate": start.format(DATE_FORMAT).to_string(),
            "endDate": end.format(DATE_FORMAT).to_string(),
            "values": values.collect::<Map<_, _>>(),
        })
    }

    /// Without a quota nothing is left of it (AWS).
    fn remaining(&self, key: &UsagePlanKey, day: NaiveDate) -> i64 {
        let Some(quota) = &self.quota else { return 0 };
        // Whether a time is before the end of the day, and in the period that the day is in.
        let is_of_period = |seconds: i64| {
            date_of(seconds).is_some_and(|date| {
                date <= day && quota.period_start(date) == quota.period_start(day)
            })
        };
        match &key.grant {
            Some(grant) if is_of_period(grant.created_date) => grant.remaining,
            _ if is_of_period(key.created_date) => (quota.limit - quota.offset).max(0),
            _ => quota.limit,
        }
    }
}

impl Quota {
    /// The first day of the period that a day is in; weeks begin on Monday.
    fn period_start(&self, day: NaiveDate) -> NaiveDate {
        let days_since = match self.period.as_deref() {
            Some("WEEK") => day.weekday().num_days_from_monday(),
            Some("MONTH") => day.day0(),
            _ => 0,
        };
        day.checked_sub_days(Days::new(days_since.into())).unwrap_or(day)
    }
}

fn today(call: &Call) -> Result<NaiveDate, Refusal> {
    date_of(call.now).ok_or_else(|| Refusal::internal("the clock shows no date"))
}

fn date_of(seconds: i64) -> Option<NaiveDate> {
    Some(DateTime::from_timestamp(seconds, 0)?.date_naive())
}

/// A date of the input, written in full.
fn date(call: &Call, member: &str) -> Result<NaiveDate, Refusal> {
    let text = call.input.required(member);
    NaiveDate::parse_from_str(text, DATE_FORMAT)
        .ok()
        .filter(|date| date.format(DATE_FORMAT).to_string() == text)
        .ok_or_else(|| Refusal::bad_request(format!("Invalid {member} specified: {}", shown(text))))
}
