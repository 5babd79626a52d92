//! Updates of a usage plan: those of its stages have paths of their own kind.
//!
//! Source: REST API Reference, "Patch Operations", `UpdateUsagePlan`.

use super::{ApiStage, Throttle, UsagePlan};
use crate::input::shown;
use crate::patch::{
    self, ADD_REPLACE, ADD_REPLACE_REMOVE, Op, PatchOperation, REPLACE, Rule, Target, Wording, rule,
};
use crate::refusal::Refusal;

const REMOVE: &[Op] = &[Op::Remove];

const RULES: &[Rule] = &[
    rule("/name", REPLACE, Target::Text),
    rule("/description", REPLACE, Target::Text),
    rule("/productCode", ADD_REPLACE_REMOVE, Target::TextOrNone),
    rule("/quota", REMOVE, Target::Text),
    rule("/quota/limit", ADD_REPLACE, Target::Integer),
    rule("/quota/offset", ADD_REPLACE, Target::Integer),
    rule("/quota/period", ADD_REPLACE, Target::Text),
    rule("/throttle", REMOVE, Target::Text),
    rule("/throttle/burstLimit", ADD_REPLACE, Target::Integer),
    rule("/throttle/rateLimit", ADD_REPLACE, Target::Number),
];

pub(super) fn apply(mut plan: UsagePlan, operation: &PatchOperation) -> Result<UsagePlan, Refusal> {
    let parts = operation.parts()?;
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    match (operation.op, &parts[..]) {
        (Some(Op::Add), ["apiStages"]) => {
            let (api, stage) = names(operation.text())?;
            if position(&plan, api, stage).is_none() {
                plan.api_stages.push(ApiStage {
                    api_id: api.to_owned(),
                    stage: stage.to_owned(),
                    throttle: Default::default(),
                });
            }
        }
        (Some(Op::Remove), ["apiStages"]) => {
            let (api, stage) = names(operation.text())?;
            let found = position(&plan, api, stage).ok_or_else(|| unknown(&plan, api, stage))?;
            plan.api_stages.remove(found);
        }
        (Some(Op::Add | Op::Replace | Op::Remove), ["apiStages", name, "throttle", rest @ ..]) => {
            let (api, stage) = names(name)?;
            let found = position(&plan, api, stage).ok_or_else(|| unknown(&plan, api, stage))?;
            change_throttle(&mut plan.api_stages[found], rest, operation)?;
        }
        _ => {
            let operations = std::slice::from_ref(operation);
            return patch::apply(&plan, operations, RULES, Wording::Listing);
        }
    }
    Ok(plan)
}

/// The limits of all methods of a stage, of one method, or one of them. Clients write the method's
/// path with its slashes escaped (`~1pets/GET`) or not (`/pets/GET`): AWS takes both.
fn change_throttle(
    stage: &mut ApiStage,
    parts: &[&str],
    operation: &PatchOperation,
) -> Result<(), Refusal> {
    match (operation.op, parts) {
        (Some(Op::Remove), []) => stage.throttle.clear(),
        (Some(Op::Add | Op::Replace), []) => {
            stage.throttle =
                serde_json::from_str(operation.text()).map_err(|_| operation.invalid_value())?;
        }
        (Some(Op::Remove), key) => {
            stage.throttle.remove(&key.join("/"));
        }
        (Some(Op::Add | Op::Replace), [key @ .., limit]) => {
            let key = key.join("/");
            let mut throttle: Throttle = stage.throttle.get(&key).cloned().unwrap_or_default();
            match *limit {
                "burstLimit" => throttle.burst_limit = i64::from(operation.number::<i32>()?),
                "rateLimit" => throttle.rate_limit = rate(operation)?,
                _ => return Err(operation.unsupported(RULES)),
            }
            stage.throttle.insert(key, throttle);
        }
        _ => return Err(operation.unsupported(RULES)),
    }
    Ok(())
}

fn rate(operation: &PatchOperation) -> Result<f64, Refusal> {
    let rate: f64 = operation.number()?;
    if rate.is_finite() { Ok(rate) } else { Err(operation.invalid_value()) }
}

/// `{apiId}:{stage}`
fn names(text: &str) -> Result<(&str, &str), Refusal> {
    text.split_once(':').ok_or_else(|| Refusal::bad_request("Invalid API Stage specified"))
}

fn position(plan: &UsagePlan, api: &str, stage: &str) -> Option<usize> {
    plan.api_stages.iter().position(|used| used.api_id == api && used.stage == stage)
}

fn unknown(plan: &UsagePlan, api: &str, stage: &str) -> Refusal {
    Refusal::not_found(format!(
        "Invalid API Stage {{api: {}, stage: {}}} specified for usageplan {}",
        shown(api),
        shown(stage),
        plan.id
    ))
}
