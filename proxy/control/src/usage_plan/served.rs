//! Keys and plans for the data plane.

use std::collections::HashMap;
use std::sync::Arc;

use model::{ApiId, ApiKeyDigester, ApiKeys, Membership, PlanStage, StageName, Verb};
use store::{Account, ReadTransaction, Store, Stored};
use throttle::{BucketKey, Day, Grant, Limit, QuotaPeriod, Terms};

use super::{ApiStage, Quota, Throttle, UsagePlan, UsagePlanKey};
use crate::api_key::ApiKey;
use crate::refusal::Refusal;

/// Every API key with its plans, as they are at one moment.
///
/// # Errors
/// That the store cannot be read.
pub fn api_keys(store: &Store, digester: &ApiKeyDigester) -> Result<ApiKeys, Refusal> {
    store.read(|transaction| {
        let mut memberships = memberships(transaction)?;
        let keys = transaction.list::<ApiKey>(Account::row())?.into_iter().map(|stored| {
            let key = stored.document;
            let memberships = memberships.remove(&key.id).unwrap_or_default();
            let (id, is_enabled) = (key.id.into(), key.enabled);
            (key.value, model::ApiKey { id, is_enabled, memberships })
        });
        Ok(ApiKeys::new(digester.clone(), keys))
    })
}

/// By the id of the key.
fn memberships(
    transaction: &ReadTransaction<'_>,
) -> Result<HashMap<String, Vec<Membership>>, Refusal> {
    let mut by_key: HashMap<String, Vec<Membership>> = HashMap::new();
    for Stored { row, document: plan, .. } in transaction.list::<UsagePlan>(Account::row())? {
        let served = Arc::new(model::UsagePlan {
            id: plan.id.clone(),
            throttle: plan.throttle.as_ref().map(Throttle::limit),
            stages: plan.api_stages.iter().filter_map(ApiStage::to_model).collect(),
        });
        for key in transaction.list::<UsagePlanKey>(row)? {
            let membership = Membership {
                plan: Arc::clone(&served),
                number: key.row.number(),
                bucket: BucketKey::of(&["plan key", &plan.id, &key.document.id]),
                terms: plan.terms(&key.document),
            };
            by_key.entry(key.document.id).or_default().push(membership);
        }
    }
    Ok(by_key)
}

/// Every method of a resource.
const ANY: &str = "ANY";

/// The path and the method of a key of `throttle`.
pub(super) fn method_of(key: &str) -> Option<(&str, &str)> {
    let (path, method) = key.rsplit_once('/')?;
    let is_method = method == ANY || Verb::ALL.iter().any(|verb| verb.as_str() == method);
    (path.starts_with('/') && is_method).then_some((path, method))
}

impl ApiStage {
    /// None for what names no stage.
    fn to_model(&self) -> Option<PlanStage> {
        let limits = self.throttle.iter().flat_map(|(key, throttle)| {
            // What is no method was refused when it was set.
            let (path, method) = method_of(key).unwrap_or_default();
            // `ANY` comes before the others of its resource, and they win.
            let verbs = Verb::ALL.into_iter();
            let verbs = verbs.filter(move |verb| [verb.as_str(), ANY].contains(&method));
            verbs.map(move |verb| (path.to_owned(), verb, throttle.limit()))
        });
        let (api, stage) = (ApiId::parse(&self.api_id).ok()?, StageName::parse(&self.stage).ok()?);
        Some(PlanStage::new(api, stage, limits))
    }
}

impl Throttle {
    fn limit(&self) -> Limit {
        let burst = u32::try_from(self.burst_limit.max(0)).unwrap_or(u32::MAX);
        Limit::new(self.rate_limit, burst)
    }
}

impl UsagePlan {
    /// What a key may use; none without a quota.
    pub(super) fn terms(&self, key: &UsagePlanKey) -> Option<Terms> {
        let quota = self.quota.as_ref().map(Quota::to_model)?;
        let grant = key
            .grant
            .as_ref()
            .map(|grant| Grant { day: Day::at(grant.created_date), limit: grant.limit });
        Some(Terms { quota, since: Day::at(key.created_date), grant })
    }
}

impl Quota {
    pub(super) fn to_model(&self) -> throttle::Quota {
        throttle::Quota {
            limit: u64::try_from(self.limit).unwrap_or_default(),
            offset: u64::try_from(self.offset).unwrap_or_default(),
            period: match self.period.as_deref() {
                Some("MONTH") => QuotaPeriod::Month,
                Some("WEEK") => QuotaPeriod::Week,
                // No other one is kept.
                _ => QuotaPeriod::Day,
            },
        }
    }
}
