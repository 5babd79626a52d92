//! Updates of a stage: pointer, variables, canary, and settings of methods.
//!
//! Source: REST API Reference, "Patch Operations", `UpdateStage`.

use std::collections::BTreeMap;

use model::{CacheClusterSize, Verb};

use crate::input::shown;
use crate::patch::{Op, PatchOperation};
use crate::refusal::Refusal;
use crate::stage::{CanarySettings, MethodSetting, Stage};

const COPY_DEPLOYMENT: &str = "/canarySettings/deploymentId";
const COPY_VARIABLES: &str = "/canarySettings/stageVariableOverrides";

const PATHS: &str = "/deploymentId, /description, /cacheClusterEnabled, /cacheClusterSize, \
    /clientCertificateId, /accessLogSettings, /accessLogSettings/destinationArn, \
    /accessLogSettings/format, /{resourcePath}/{httpMethod}/metrics/enabled, \
    /{resourcePath}/{httpMethod}/logging/dataTrace, /{resourcePath}/{httpMethod}/logging/loglevel, \
    /{resourcePath}/{httpMethod}/throttling/burstLimit, \
    /{resourcePath}/{httpMethod}/throttling/rateLimit, \
    /{resourcePath}/{httpMethod}/caching/ttlInSeconds, \
    /{resourcePath}/{httpMethod}/caching/enabled, \
    /{resourcePath}/{httpMethod}/caching/dataEncrypted, \
    /{resourcePath}/{httpMethod}/caching/requireAuthorizationForCacheControl, \
    /{resourcePath}/{httpMethod}/caching/unauthorizedCacheControlHeaderStrategy, \
    /*/*/metrics/enabled, /*/*/logging/dataTrace, /*/*/logging/loglevel, \
    /*/*/throttling/burstLimit, /*/*/throttling/rateLimit, /*/*/caching/ttlInSeconds, \
    /*/*/caching/enabled, /*/*/caching/dataEncrypted, \
    /*/*/caching/requireAuthorizationForCacheControl, \
    /*/*/caching/unauthorizedCacheControlHeaderStrategy, /variables/{variable_name}, \
    /tracingEnabled]";

const CACHE_CONTROL_STRATEGIES: [&str; 3] =
    ["FAIL_WITH_403", "SUCCEED_WITH_RESPONSE_HEADER", "SUCCEED_WITHOUT_RESPONSE_HEADER"];

const LOG_LEVELS: [&str; 3] = ["OFF", "ERROR", "INFO"];

/// Does one operation; the stage is checked as a whole when all are done.
pub(crate) fn apply(stage: &mut Stage, operation: &PatchOperation) -> Result<(), Refusal> {
    let parts = operation.parts()?;
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    match operation.op {
        Some(Op::Copy) => copy(stage, operation),
        Some(Op::Remove) => remove(stage, &parts, operation),
        Some(Op::Replace) => replace(stage, &parts, operation),
        Some(Op::Add) => add(stage, &parts, operation),
        Some(Op::Move | Op::Test) | None => Err(operation.unsupported(&[])),
    }
}

/// Promotes the canary, which stays.
fn copy(stage: &mut Stage, operation: &PatchOperation) -> Result<(), Refusal> {
    let missing = || Refusal::bad_request("Promotion not available. Canary does not exist.");
    let from = operation.from.as_deref().unwrap_or_default();
    match (operation.path()?, from) {
        ("/deploymentId", COPY_DEPLOYMENT) => {
            let canary = stage.canary_settings.as_ref().ok_or_else(missing)?;
            stage.deployment_id.clone_from(&canary.deployment_id);
        }
        ("/variables", COPY_VARIABLES) => {
            let canary = stage.canary_settings.as_ref().ok_or_else(missing)?;
            let overrides = canary.stage_variable_overrides.clone();
            stage.variables.get_or_insert_default().extend(overrides);
        }
        (path, from) => {
            return Err(Refusal::bad_request(format!(
                "Invalid copy operation with path: {} and from {}. Valid copy:path are \
                 [/deploymentId, /variables] and valid copy:from are [{COPY_DEPLOYMENT}, \
                 {COPY_VARIABLES}]",
                shown(path),
                shown(from)
            )));
        }
    }
    Ok(())
}

fn add(stage: &mut Stage, parts: &[&str], operation: &PatchOperation) -> Result<(), Refusal> {
    match parts {
        ["accessLogSettings", "destinationArn" | "format"] => replace(stage, parts, operation),
        [first, ..] if parts.len() == 4 || is_member(first) => Err(Refusal::bad_request(format!(
            "Invalid add operation with path: {}",
            shown(operation.path()?)
        ))),
        _ => Err(unknown(operation)),
    }
}

fn remove(stage: &mut Stage, parts: &[&str], operation: &PatchOperation) -> Result<(), Refusal> {
    match parts {
        ["variables"] => stage.variables = None,
        ["variables", name] => {
            let variables = stage.variables.get_or_insert_default();
            variables.remove(*name);
            if variables.is_empty() {
                stage.variables = None;
            }
        }
        ["accessLogSettings"] => stage.access_log_settings = None,
        ["accessLogSettings", "destinationArn"] => {
            stage.access_log_settings.get_or_insert_default().destination_arn = None;
        }
        ["accessLogSettings", "format"] => {
            stage.access_log_settings.get_or_insert_default().format = None;
        }
        ["canarySettings"] => stage.canary_settings = None,
        [first, ..] if is_member(first) => {
            return Err(Refusal::bad_request(format!(
                "Invalid remove operation with path: {}",
                shown(operation.path()?)
            )));
        }
        [resource, method] => {
            let key = setting_key(resource, method);
            if stage.method_settings.remove(&key).is_none() {
                return Err(Refusal::bad_request(format!(
                    "Cannot remove method setting {} because there is no method setting for this \
                     method ",
                    shown(&key)
                )));
            }
        }
        _ => return Err(unknown(operation)),
    }
    Ok(())
}

fn replace(stage: &mut Stage, parts: &[&str], operation: &PatchOperation) -> Result<(), Refusal> {
    let text = operation.text();
    let optional = || (!text.is_empty()).then(|| text.to_owned());
    match parts {
        ["deploymentId"] => text.clone_into(&mut stage.deployment_id),
        ["description"] => stage.description = Some(text.to_owned()),
        ["cacheClusterEnabled"] => stage.cache_cluster_enabled = operation.is_true(),
        ["cacheClusterSize"] => {
            stage.cache_cluster_size = Some(choice(operation, &CacheClusterSize::NAMES)?);
        }
        ["clientCertificateId"] => stage.client_certificate_id = optional(),
        ["documentationVersion"] => stage.documentation_version = optional(),
        ["tracingEnabled"] => stage.tracing_enabled = operation.is_true(),
        ["variables"] => {
            let variables = serde_json::from_str(text).map_err(|_| operation.invalid_value())?;
            stage.variables = Some(variables);
        }
        ["variables", name] => {
            stage.variables.get_or_insert_default().insert((*name).to_owned(), text.to_owned());
        }
        ["accessLogSettings", "destinationArn"] => {
            stage.access_log_settings.get_or_insert_default().destination_arn = optional();
        }
        ["accessLogSettings", "format"] => {
            stage.access_log_settings.get_or_insert_default().format = optional();
        }
        ["canarySettings", rest @ ..] => replace_canary(stage, rest, operation)?,
        [resource, method, group, name] if names_methods(resource, method) => {
            let key = setting_key(resource, method);
            let setting = stage.method_settings.get(&key).cloned();
            let mut setting = setting.unwrap_or_else(|| MethodSetting::made_by(group));
            set(&mut setting, group, name, operation)?;
            stage.method_settings.insert(key, setting);
        }
        _ => return Err(unknown(operation)),
    }
    Ok(())
}

/// Any setting makes a canary; what is not set is the stage's own deployment and no traffic.
fn replace_canary(
    stage: &mut Stage,
    parts: &[&str],
    operation: &PatchOperation,
) -> Result<(), Refusal> {
    let mut canary = stage.canary_settings.take().unwrap_or_else(|| CanarySettings {
        percent_traffic: 0.0,
        deployment_id: stage.deployment_id.clone(),
        stage_variable_overrides: BTreeMap::new(),
        use_stage_cache: false,
    });
    let text = operation.text();
    match parts {
        ["deploymentId"] => text.clone_into(&mut canary.deployment_id),
        ["percentTraffic"] => canary.percent_traffic = operation.number()?,
        ["useStageCache"] => canary.use_stage_cache = operation.is_true(),
        ["stageVariableOverrides", name] => {
            canary.stage_variable_overrides.insert((*name).to_owned(), text.to_owned());
        }
        _ => return Err(unknown(operation)),
    }
    stage.canary_settings = Some(canary);
    Ok(())
}

fn set(
    setting: &mut MethodSetting,
    group: &str,
    name: &str,
    operation: &PatchOperation,
) -> Result<(), Refusal> {
    let is_true = operation.is_true();
    match (group, name) {
        ("metrics", "enabled") => setting.metrics_enabled = is_true,
        ("logging", "dataTrace") => setting.data_trace_enabled = is_true,
        ("logging", "loglevel") => {
            setting.logging_level = Some(choice(operation, &LOG_LEVELS)?);
        }
        ("throttling", "burstLimit") => {
            setting.throttling_burst_limit = i64::from(operation.number::<i32>()?);
        }
        ("throttling", "rateLimit") => {
            let rate: f64 = operation.number()?;
            if !rate.is_finite() {
                return Err(operation.invalid_value());
            }
            setting.throttling_rate_limit = rate;
        }
        ("caching", "enabled") => setting.caching_enabled = is_true,
        ("caching", "dataEncrypted") => setting.cache_data_encrypted = is_true,
        ("caching", "ttlInSeconds") => {
            let seconds: i64 = operation.number()?;
            if !(0..=3_600).contains(&seconds) {
                return Err(operation.invalid_value());
            }
            setting.cache_ttl_in_seconds = seconds;
        }
        ("caching", "requireAuthorizationForCacheControl") => {
            setting.require_authorization_for_cache_control = is_true;
        }
        ("caching", "unauthorizedCacheControlHeaderStrategy") => {
            setting.unauthorized_cache_control_header_strategy =
                choice(operation, &CACHE_CONTROL_STRATEGIES)?;
        }
        _ => return Err(unknown(operation)),
    }
    Ok(())
}

fn choice(operation: &PatchOperation, choices: &[&str]) -> Result<String, Refusal> {
    let text = operation.text();
    if choices.contains(&text) { Ok(text.to_owned()) } else { Err(operation.invalid_value()) }
}

/// A method of a resource, `ANY` of them, or every method of the stage.
fn names_methods(resource: &str, method: &str) -> bool {
    match (resource, method) {
        ("*", method) => method == "*",
        (_, "ANY") => true,
        (_, method) => Verb::ALL.iter().any(|verb| verb.as_str() == method),
    }
}

/// `~1pets~1{id}/GET`: the resource's path stays escaped in the key, and begins as it was written,
/// as clients look for the key that they set.
fn setting_key(resource: &str, method: &str) -> String {
    format!("{}/{method}", resource.replace('~', "~0").replace('/', "~1"))
}

fn is_member(name: &str) -> bool {
    [
        "deploymentId",
        "description",
        "cacheClusterEnabled",
        "cacheClusterSize",
        "clientCertificateId",
        "documentationVersion",
        "tracingEnabled",
        "variables",
        "accessLogSettings",
        "canarySettings",
    ]
    .contains(&name)
}

fn unknown(operation: &PatchOperation) -> Refusal {
    match operation.path() {
        Ok(path) => Refusal::bad_request(format!(
            "Invalid method setting path: {}. Must be one of: [{PATHS}",
            shown(path)
        )),
        Err(refusal) => refusal,
    }
}
