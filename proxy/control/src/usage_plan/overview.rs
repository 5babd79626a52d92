//! A usage plan at a glance, for people and scripts: what its keys have used of what they may.

use serde::Serialize;
use store::{Account, ReadTransaction, Stored};
use throttle::Day;

use super::{UsagePlan, UsagePlanKey};
use crate::api_key::{self, NamedApiKey};
use crate::refusal::Refusal;

/// A plan.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UsagePlanOverview {
    /// Six letters and digits.
    pub id: String,
    /// What its owner calls it.
    pub name: String,
    /// Requests a second of each key, in the long run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate_limit: Option<f64>,
    /// Requests at once of each key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub burst_limit: Option<i64>,
    /// `DAY`, `WEEK` or `MONTH`; none without a quota.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub period: Option<String>,
    /// The first day of the current period, or today.
    pub since: String,
    /// Oldest first.
    pub keys: Vec<KeyUsageOverview>,
}

/// A key of a plan.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct KeyUsageOverview {
    /// Ten letters and digits.
    pub id: String,
    /// What its owner calls it.
    pub name: String,
    /// Another one opens nothing.
    pub enabled: bool,
    /// Requests of the current period; without a quota, of today.
    pub used: u64,
    /// Requests that the period has; none without a quota.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
}

/// The plan of this id, or else of this name, as it is at a moment in seconds since 1970.
///
/// # Errors
/// That there is none, or that the store cannot be read.
pub fn usage_plan_overview(
    transaction: &ReadTransaction<'_>,
    plan: &str,
    now: i64,
) -> Result<UsagePlanOverview, Refusal> {
    let plans = transaction.list::<UsagePlan>(Account::row())?;
    let by_id = plans.iter().find(|known| known.document.id == plan);
    let found = by_id.or_else(|| plans.iter().find(|known| known.document.name == plan));
    let Some(Stored { row, document: plan, .. }) = found else {
        return Err(Refusal::not_found("Invalid Usage Plan ID specified"));
    };
    let today = Day::at(now);
    let quota = plan.quota.as_ref();
    let since = quota.map_or(today, |quota| quota.to_model().period.days(today).start);
    let throttle = plan.throttle.as_ref();
    let keys = transaction.list::<UsagePlanKey>(*row)?;
    let keys = keys.iter().map(|key| plan.key_overview(transaction, key, today));
    Ok(UsagePlanOverview {
        id: plan.id.clone(),
        name: plan.name.clone(),
        rate_limit: throttle.map(|throttle| throttle.rate_limit),
        burst_limit: throttle.map(|throttle| throttle.burst_limit),
        period: quota.and_then(|quota| quota.period.clone()),
        since: since.date().to_string(),
        keys: keys.collect::<Result<_, _>>()?,
    })
}

impl UsagePlan {
    fn key_overview(
        &self,
        transaction: &ReadTransaction<'_>,
        key: &Stored<UsagePlanKey>,
        today: Day,
    ) -> Result<KeyUsageOverview, Refusal> {
        let used = self.used(transaction, key, today)?;
        let limit = self.terms(&key.document).map(|terms| terms.limit(today));
        let key = transaction.get::<NamedApiKey>(Account::row(), &key.document.id)?;
        let key = key.ok_or_else(api_key::not_found)?.document;
        let (id, name, enabled) = (key.id, key.name.unwrap_or_default(), key.enabled);
        Ok(KeyUsageOverview { id, name, enabled, used, limit })
    }
}
