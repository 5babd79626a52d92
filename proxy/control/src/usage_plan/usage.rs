//! What the keys of a plan have used and have left, day by day.
//!
//! What is used is what the data plane has counted, up to a second ago; for an update, to the last request, as what
//! it grants is beyond that. What is left of a quota is the rest of it, or of what an update has granted for its
//! period. Periods are those of the calendar, in UTC.

use std::ops::Range;

use chrono::{DateTime, Days, NaiveDate};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use store::{ReadTransaction, StoreError, Stored, WriteTransaction};
use throttle::Day;

use super::{UsagePlan, UsagePlanKey, find, find_key};
use crate::answer::Answer;
use crate::call::Call;
use crate::input::shown;
use crate::page;
use crate::patch::{Op, PatchOperation, REPLACE, Rule, Target, rule};
use crate::refusal::Refusal;

/// For how many days usage is kept, and how many can be asked for (AWS).
pub(super) const DAYS_MAX: u32 = 90;

const DATE_FORMAT: &str = "%Y-%m-%d";

const RULES: &[Rule] = &[rule("/remaining", REPLACE, Target::Integer)];

/// What an update has granted, from a day on to the end of its period.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Grant {
    pub(super) created_date: i64,
    /// With what had been used: nothing was, while it was kept by its other name.
    #[serde(alias = "remaining")]
    pub(super) limit: u64,
}

pub(super) fn get(call: &Call, transaction: &ReadTransaction<'_>) -> Result<Answer, Refusal> {
    let plan = find(call, transaction)?;
    let (start, end) = (date(call, "startDate")?, date(call, "endDate")?);
    let kept_since = today(call)?.checked_sub_days(Days::new(DAYS_MAX.into())).unwrap_or_default();
    if start < kept_since {
        return Err(Refusal::bad_request(format!("Usage is kept for the last {DAYS_MAX} days")));
    }
    if end < start || end.signed_duration_since(start).num_days() > DAYS_MAX.into() {
        return Err(Refusal::bad_request(format!(
            "endDate must be startDate or at most {DAYS_MAX} days after it"
        )));
    }
    let (keys, position) = if call.input.has("keyId") {
        (vec![find_key(call, transaction)?], None)
    } else {
        page::select::<UsagePlanKey>(call, transaction, plan.row, |_| true)?
    };
    let mut usage = plan.document.usage(transaction, &keys, start, end)?;
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
        let remaining = u64::from(operation.number::<u32>()?);
        let used = plan.used(transaction, &key, Day::from(date))?;
        key.document.grant = Some(Grant { created_date: call.now, limit: used + remaining });
    }
    transaction.update(&key)?;
    Ok(Answer::Json(plan.usage(transaction, &[key], date, date)?))
}

impl UsagePlan {
    /// The days from `start` to `end` of some keys: requests that were used, and that are left.
    fn usage(
        &self,
        transaction: &ReadTransaction<'_>,
        keys: &[Stored<UsagePlanKey>],
        start: NaiveDate,
        end: NaiveDate,
    ) -> Result<Value, Refusal> {
        let mut values = Map::new();
        for key in keys {
            let days = start.iter_days().take_while(|day| *day <= end).map(Day::from);
            let days = self.days(transaction, key, days)?;
            let days = days.into_iter().map(|(used, remaining)| json!([used, remaining]));
            values.insert(key.document.id.clone(), days.collect());
        }
        Ok(json!({
            "usagePlanId": self.id,
            "startDate": start.format(DATE_FORMAT).to_string(),
            "endDate": end.format(DATE_FORMAT).to_string(),
            "values": values,
        }))
    }

    /// Used and remaining, day by day. Without a quota nothing remains of it (AWS).
    fn days(
        &self,
        transaction: &ReadTransaction<'_>,
        key: &Stored<UsagePlanKey>,
        days: impl Iterator<Item = Day>,
    ) -> Result<Vec<(u64, u64)>, StoreError> {
        let terms = self.terms(&key.document);
        let days: Vec<Day> = days.collect();
        let (Some(first), Some(last)) = (days.first(), days.last()) else {
            return Ok(Vec::new());
        };
        let from = terms.map_or(*first, |terms| terms.quota.period.days(*first).start);
        let counts = transaction.usage(key.row, from.number(), last.number())?;
        let used = |days: Range<Day>| -> u64 {
            let numbers = days.start.number()..days.end.number();
            let counts = counts.iter().filter(|count| numbers.contains(&count.day));
            counts.map(|count| count.requests).sum()
        };
        let of_day = |day: Day| {
            let remaining = terms.map_or(0, |terms| {
                let begin = terms.quota.period.days(day).start;
                terms.limit(day).saturating_sub(used(begin..day.plus(1)))
            });
            (used(day..day.plus(1)), remaining)
        };
        Ok(days.into_iter().map(of_day).collect())
    }

    /// What a key has used of its quota on a day.
    pub(super) fn used(
        &self,
        transaction: &ReadTransaction<'_>,
        key: &Stored<UsagePlanKey>,
        day: Day,
    ) -> Result<u64, StoreError> {
        let terms = self.terms(&key.document);
        let begin = terms.map_or(day, |terms| terms.quota.period.days(day).start);
        let counts = transaction.usage(key.row, begin.number(), day.number())?;
        Ok(counts.iter().map(|count| count.requests).sum())
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
