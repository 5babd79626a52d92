//! The account: settings that all APIs share.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use store::{Account, ReadTransaction, WriteTransaction};

use crate::answer::Answer;
use crate::call::Call;
use crate::patch::{self, ADD_REMOVE, PatchOperation, REPLACE, Rule, Target, Wording, rule};
use crate::refusal::Refusal;
use crate::service::Handler;

/// What can be set of an account.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Settings {
    cloudwatch_role_arn: Option<String>,
    #[serde(default = "features")]
    features: Vec<String>,
}

const USAGE_PLANS: &str = "UsagePlans";

fn features() -> Vec<String> {
    vec![USAGE_PLANS.to_owned()]
}

pub(crate) const HANDLERS: &[(&str, Handler)] =
    &[("GetAccount", Handler::Read(get)), ("UpdateAccount", Handler::Write(update))];

const RULES: &[Rule] = &[
    rule("/cloudwatchRoleArn", REPLACE, Target::TextOrNone),
    rule("/features", ADD_REMOVE, Target::Item),
];

impl Settings {
    fn read(account: &Account) -> Result<Self, Refusal> {
        serde_json::from_value(Value::Object(account.0.clone()))
            .map_err(|error| Refusal::serialization(error.to_string()))
    }

    /// With what is the same for every account, and with what the node is started with.
    fn answer(&self, call: &Call) -> Result<Answer, Refusal> {
        let Answer::Json(mut value) = Answer::of(self)? else {
            return Ok(Answer::Empty);
        };
        // Without a throttle, the figures of AWS, which clients expect to be there.
        let throttle = call.account_throttle;
        let (rate, burst) = throttle.map_or((10_000.0, 5_000), |it| (it.rate(), it.burst()));
        value["throttleSettings"] = json!({ "burstLimit": burst, "rateLimit": rate });
        value["apiKeyVersion"] = "4".into();
        Ok(Answer::Json(value))
    }
}

fn get(call: &Call, transaction: &ReadTransaction<'_>) -> Result<Answer, Refusal> {
    Settings::read(&transaction.account()?.document)?.answer(call)
}

fn update(call: &Call, transaction: &WriteTransaction<'_>) -> Result<Answer, Refusal> {
    let mut stored = transaction.account()?;
    let before = Settings::read(&stored.document)?;
    let operations = PatchOperation::read(call)?;
    let settings: Settings = patch::apply(&before, &operations, RULES, Wording::Listing)?;
    if settings.cloudwatch_role_arn.as_ref().is_some_and(|arn| !arn.starts_with("arn:")) {
        return Err(Refusal::bad_request("The role ARN is not well formed"));
    }
    if !settings.features.contains(&USAGE_PLANS.to_owned()) {
        return Err(Refusal::bad_request("Usage Plans cannot be disabled once enabled"));
    }
    let changed = serde_json::to_value(&settings)
        .map_err(|error| Refusal::serialization(error.to_string()))?;
    let changed: Map<String, Value> = changed.as_object().cloned().unwrap_or_default();
    stored.document.0.extend(changed);
    transaction.update(&stored)?;
    settings.answer(call)
}
