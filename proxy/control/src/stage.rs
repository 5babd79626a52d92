//! Stages: a pointer to a deployment, and settings that take effect without another one.

use std::collections::BTreeMap;
use std::time::Duration;

use model::{
    CacheClusterSettings, CacheClusterSize, CacheOwner, Caching, Invalidation, MethodSettings,
    StageName, StageSettings, Unauthorized, Verb,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{Document, ReadTransaction, Row, Stored, WriteTransaction};
use throttle::Limit;

use crate::answer::{Answer, to_wire_tagged_without, to_wire_without};
use crate::call::Call;
use crate::deployment::Deployment;
use crate::patch::PatchOperation;
use crate::refusal::Refusal;
use crate::rest_api::{self, RestApi};
use crate::service::Handler;
use crate::stage_patch;
use crate::tag::{self, Tags};

/// A named deployment of an API with its settings.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Stage {
    pub(crate) deployment_id: String,
    pub(crate) client_certificate_id: Option<String>,
    pub(crate) stage_name: String,
    pub(crate) description: Option<String>,
    #[serde(default)]
    pub(crate) cache_cluster_enabled: bool,
    pub(crate) cache_cluster_size: Option<String>,
    #[serde(default)]
    cache_cluster_status: String,
    #[serde(default)]
    pub(crate) method_settings: BTreeMap<String, MethodSetting>,
    pub(crate) variables: Option<BTreeMap<String, String>>,
    pub(crate) documentation_version: Option<String>,
    pub(crate) access_log_settings: Option<AccessLogSettings>,
    pub(crate) canary_settings: Option<CanarySettings>,
    #[serde(default)]
    pub(crate) tracing_enabled: bool,
    web_acl_arn: Option<String>,
    #[serde(default)]
    pub(crate) tags: Tags,
    #[serde(default)]
    created_date: i64,
    #[serde(default)]
    last_updated_date: i64,
    /// Another number for each `FlushStageAuthorizersCache`: what was decided before is not believed.
    #[serde(default)]
    pub(crate) authorizer_flushes: u64,
    /// Another number each time that what is cached is forgotten: by `FlushStageCache`, or with the cache itself.
    #[serde(default)]
    pub(crate) cache_generation: u64,
}

/// Settings of one method of a stage, or of all.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MethodSetting {
    pub(crate) metrics_enabled: bool,
    pub(crate) logging_level: Option<String>,
    pub(crate) data_trace_enabled: bool,
    pub(crate) throttling_burst_limit: i64,
    pub(crate) throttling_rate_limit: f64,
    pub(crate) caching_enabled: bool,
    pub(crate) cache_ttl_in_seconds: i64,
    pub(crate) cache_data_encrypted: bool,
    pub(crate) require_authorization_for_cache_control: bool,
    pub(crate) unauthorized_cache_control_header_strategy: String,
}

impl MethodSetting {
    /// As recorded from AWS, when one setting of a group (`throttling`) makes the entry: it is whole, and takes
    /// nothing of `*/*`. What is set about caching alone turns it on.
    pub(crate) fn made_by(group: &str) -> Self {
        Self {
            metrics_enabled: false,
            logging_level: None,
            data_trace_enabled: false,
            throttling_burst_limit: 5_000,
            throttling_rate_limit: 10_000.0,
            caching_enabled: group == "caching",
            cache_ttl_in_seconds: 300,
            cache_data_encrypted: false,
            require_authorization_for_cache_control: true,
            unauthorized_cache_control_header_strategy: "SUCCEED_WITH_RESPONSE_HEADER".to_owned(),
        }
    }
}

#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AccessLogSettings {
    pub(crate) format: Option<String>,
    pub(crate) destination_arn: Option<String>,
}

/// A second deployment, which gets a part of the requests.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CanarySettings {
    #[serde(default)]
    pub(crate) percent_traffic: f64,
    /// The stage's own if nothing is said.
    #[serde(default)]
    pub(crate) deployment_id: String,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) stage_variable_overrides: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) use_stage_cache: bool,
}

impl Document for Stage {
    type Owner = RestApi;
    const KIND: &'static str = "stage";

    fn id(&self) -> &str {
        &self.stage_name
    }
}

pub(crate) const HANDLERS: &[(&str, Handler)] = &[
    ("CreateStage", Handler::Write(create)),
    ("DeleteStage", Handler::Write(delete)),
    ("FlushStageAuthorizersCache", Handler::Write(flush_authorizers)),
    ("FlushStageCache", Handler::Write(flush)),
    ("GetStage", Handler::Read(get)),
    ("GetStages", Handler::Read(list)),
    ("UpdateStage", Handler::Write(update)),
];

/// Members that are for the data plane alone.
const HIDDEN: &[&str] = &["authorizerFlushes", "cacheGeneration"];

/// Stage variables of a stage (AWS), and what their names and values are.
const VARIABLES_MAX: usize = 100;
const VARIABLE_NAME_LENGTH_MAX: usize = 64;
const VARIABLE_VALUE_LENGTH_MAX: usize = 512;

/// GB of a cache when nothing is said.
const CACHE_CLUSTER_SIZE_DEFAULT: &str = "0.5";

impl MethodSetting {
    fn to_model(&self) -> MethodSettings {
        // Old stages have -1 where they follow the account (AWS).
        let burst = u32::try_from(self.throttling_burst_limit).ok();
        let rate = self.throttling_rate_limit;
        MethodSettings {
            data_trace: self.data_trace_enabled,
            throttle: burst.filter(|_| 0.0 <= rate).map(|burst| Limit::new(rate, burst)),
            detailed_metrics: self.metrics_enabled,
            caching: self.caching(),
        }
    }
}

impl MethodSetting {
    /// None for what is not one of AWS's, which nothing writes.
    fn caching(&self) -> Option<Caching> {
        if !self.caching_enabled {
            return None;
        }
        let unauthorized = match self.unauthorized_cache_control_header_strategy.as_str() {
            "SUCCEED_WITHOUT_RESPONSE_HEADER" => Unauthorized::Succeed,
            "SUCCEED_WITH_RESPONSE_HEADER" => Unauthorized::SucceedWithWarning,
            // Fails closed.
            _ => Unauthorized::Fail,
        };
        let invalidation = match self.require_authorization_for_cache_control {
            true => Invalidation::Authorized(unauthorized),
            false => Invalidation::Anybody,
        };
        let ttl = Duration::from_secs(u64::try_from(self.cache_ttl_in_seconds).ok()?);
        Caching::new(ttl, self.cache_data_encrypted, invalidation)
    }
}

/// The cache of a stage and of its canary, if it has one.
pub(crate) fn caches(stage: &Stage) -> [Option<CacheClusterSettings>; 2] {
    let size = stage.cache_cluster_size.as_deref().filter(|_| stage.cache_cluster_enabled);
    let Some(size) = size.and_then(CacheClusterSize::parse) else { return [None; 2] };
    let settings = |owner| CacheClusterSettings { size, generation: stage.cache_generation, owner };
    let shares = stage.canary_settings.as_ref().is_none_or(|canary| canary.use_stage_cache);
    let of_canary = if shares { CacheOwner::Stage } else { CacheOwner::Canary };
    [Some(settings(CacheOwner::Stage)), Some(settings(of_canary))]
}

/// What its methods are set to, for the data plane.
pub(crate) fn settings(stage: &Stage) -> StageSettings {
    let mut entries: Vec<_> = stage.method_settings.iter().collect();
    // The last one wins: what is said of one method, over what is said of `ANY`.
    entries.sort_by_key(|(key, _)| !key.ends_with("/ANY"));
    let mut settings = StageSettings::default();
    for (key, setting) in entries {
        let of_method = setting.to_model();
        let Some((resource, method)) = key.rsplit_once('/') else { continue };
        if (resource, method) == ("*", "*") {
            settings.every_method = of_method;
            continue;
        }
        let path = resource.replace("~1", "/").replace("~0", "~");
        // `~1pets/GET` and `pets/GET`, as Terraform writes it, are the same method.
        let path = format!("/{}", path.strip_prefix('/').unwrap_or(&path));
        let verbs = Verb::ALL.into_iter().filter(|verb| [verb.as_str(), "ANY"].contains(&method));
        settings.methods.extend(verbs.map(|verb| (path.clone(), verb, of_method)));
    }
    settings
}

pub(crate) fn find(
    call: &Call,
    transaction: &ReadTransaction<'_>,
) -> Result<Stored<Stage>, Refusal> {
    let api = rest_api::find(call, transaction)?;
    by_name(transaction, api.row, call.input.required("stageName"))
}

pub(crate) fn by_name(
    transaction: &ReadTransaction<'_>,
    api: Row<RestApi>,
    name: &str,
) -> Result<Stored<Stage>, Refusal> {
    let found = transaction.get(api, name)?;
    found.ok_or_else(|| Refusal::not_found("Invalid stage identifier specified"))
}

fn create(call: &Call, transaction: &WriteTransaction<'_>) -> Result<Answer, Refusal> {
    let api = rest_api::find(call, transaction)?;
    if transaction.get::<Stage>(api.row, call.input.required("stageName"))?.is_some() {
        return Err(Refusal::conflict("Stage already exists"));
    }
    insert(call, transaction, api.row, call.input.parse()?)
}

/// Adds a new stage.
pub(crate) fn insert(
    call: &Call,
    transaction: &WriteTransaction<'_>,
    api: Row<RestApi>,
    mut stage: Stage,
) -> Result<Answer, Refusal> {
    stage.created_date = call.now;
    // Not where a stage of this name began that was deleted a moment ago: nothing of it is believed.
    [stage.authorizer_flushes, stage.cache_generation] = [0; 2].map(|_| any_generation(call));
    stage.complete(call, transaction, api)?;
    transaction.insert(api, &stage)?;
    Ok(Answer::Json(to_wire_tagged_without(&stage, HIDDEN)?))
}

/// Where counting begins: far from its end.
fn any_generation(call: &Call) -> u64 {
    let mut bytes = [0; 8];
    call.ambient.fill(&mut bytes[..6]);
    u64::from_le_bytes(bytes)
}

fn get(call: &Call, transaction: &ReadTransaction<'_>) -> Result<Answer, Refusal> {
    Ok(Answer::Json(to_wire_without(&find(call, transaction)?.document, HIDDEN)?))
}

/// All of them: there is no page.
fn list(call: &Call, transaction: &ReadTransaction<'_>) -> Result<Answer, Refusal> {
    let api = rest_api::find(call, transaction)?;
    let deployment = call.input.text("deploymentId");
    let stages = transaction.list::<Stage>(api.row)?;
    let wanted = stages
        .iter()
        .map(|stored| &stored.document)
        .filter(|stage| deployment.is_none_or(|wanted| stage.deployment_id == wanted));
    let items = wanted.map(|stage| to_wire_without(stage, HIDDEN));
    let items = items.collect::<Result<Vec<_>, _>>()?;
    Ok(Answer::Json(json!({ "item": items })))
}

fn update(call: &Call, transaction: &WriteTransaction<'_>) -> Result<Answer, Refusal> {
    let api = rest_api::find(call, transaction)?;
    let mut stored = find(call, transaction)?;
    let cluster = |stage: &Stage| (stage.cache_cluster_enabled, stage.cache_cluster_size.clone());
    let before = cluster(&stored.document);
    for operation in PatchOperation::read(call)? {
        stage_patch::apply(&mut stored.document, &operation)?;
    }
    stored.document.complete(call, transaction, api.row)?;
    if cluster(&stored.document) != before {
        stored.document.cache_generation += 1;
    }
    transaction.update(&stored)?;
    Ok(Answer::Json(to_wire_without(&stored.document, HIDDEN)?))
}

fn delete(call: &Call, transaction: &WriteTransaction<'_>) -> Result<Answer, Refusal> {
    let api = rest_api::find(call, transaction)?;
    let stored = find(call, transaction)?;
    let name = &stored.document.stage_name;
    crate::usage_plan::check_unused(transaction, &api.document.id, Some(name))?;
    transaction.delete(stored.row)?;
    Ok(Answer::Empty)
}

/// What authorizers decided is forgotten as soon as this is served.
fn flush_authorizers(call: &Call, transaction: &WriteTransaction<'_>) -> Result<Answer, Refusal> {
    let mut stored = find(call, transaction)?;
    stored.document.authorizer_flushes += 1;
    transaction.update(&stored)?;
    Ok(Answer::Empty)
}

/// What is cached is forgotten as soon as this is served; what is being fetched is not kept.
fn flush(call: &Call, transaction: &WriteTransaction<'_>) -> Result<Answer, Refusal> {
    let mut stored = find(call, transaction)?;
    stored.document.cache_generation += 1;
    transaction.update(&stored)?;
    Ok(Answer::Empty)
}

impl Stage {
    /// One that was never seen, as deployments make it.
    pub(crate) fn new(name: &str, deployment_id: &str) -> Self {
        Self {
            deployment_id: deployment_id.to_owned(),
            client_certificate_id: None,
            stage_name: name.to_owned(),
            description: None,
            cache_cluster_enabled: false,
            cache_cluster_size: None,
            cache_cluster_status: String::new(),
            method_settings: BTreeMap::new(),
            variables: None,
            documentation_version: None,
            access_log_settings: None,
            canary_settings: None,
            tracing_enabled: false,
            web_acl_arn: None,
            tags: Tags::new(),
            created_date: 0,
            last_updated_date: 0,
            authorizer_flushes: 0,
            cache_generation: 0,
        }
    }

    /// Whether a deployment is served by it.
    pub(crate) fn serves(&self, deployment: &str) -> bool {
        let canary = self.canary_settings.as_ref();
        self.deployment_id == deployment
            || canary.is_some_and(|canary| canary.deployment_id == deployment)
    }

    /// Fills in what follows from the rest, and refuses what cannot be.
    pub(crate) fn complete(
        &mut self,
        call: &Call,
        transaction: &ReadTransaction<'_>,
        api: Row<RestApi>,
    ) -> Result<(), Refusal> {
        self.last_updated_date = call.now;
        let status = if self.cache_cluster_enabled { "AVAILABLE" } else { "NOT_AVAILABLE" };
        status.clone_into(&mut self.cache_cluster_status);
        if self.cache_cluster_enabled {
            self.cache_cluster_size.get_or_insert_with(|| CACHE_CLUSTER_SIZE_DEFAULT.to_owned());
        }
        if StageName::parse(&self.stage_name).is_err() {
            return Err(Refusal::bad_request("Stage name only allows a-zA-Z0-9_-"));
        }
        if let Some(canary) = &mut self.canary_settings {
            if canary.deployment_id.is_empty() {
                canary.deployment_id.clone_from(&self.deployment_id);
            }
            if !(0.0..=100.0).contains(&canary.percent_traffic) {
                return Err(Refusal::bad_request("Percent traffic must be between 0.0 and 100.0"));
            }
            check_variables(&canary.stage_variable_overrides)?;
            check_deployment(transaction, api, &canary.deployment_id)?;
        }
        check_deployment(transaction, api, &self.deployment_id)?;
        self.variables.as_ref().map_or(Ok(()), check_variables)?;
        if let Some(version) = &self.documentation_version {
            crate::documentation::check_version(transaction, api, version)?;
        }
        if let Some(id) = &self.client_certificate_id {
            crate::client_certificate::by_id(transaction, id)?;
        }
        tag::check(&self.tags)
    }
}

fn check_deployment(
    transaction: &ReadTransaction<'_>,
    api: Row<RestApi>,
    id: &str,
) -> Result<(), Refusal> {
    match transaction.get::<Deployment>(api, id)? {
        Some(_) => Ok(()),
        None => Err(Refusal::bad_request("Deployment id does not exist")),
    }
}

fn check_variables(variables: &BTreeMap<String, String>) -> Result<(), Refusal> {
    if variables.len() > VARIABLES_MAX {
        return Err(Refusal::bad_request(format!(
            "A stage can have at most {VARIABLES_MAX} stage variables"
        )));
    }
    for (name, value) in variables {
        let is_name = (1..=VARIABLE_NAME_LENGTH_MAX).contains(&name.len())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/?#&=,".contains(&byte);
        if !is_name {
            return Err(Refusal::bad_request(
                "Stage variable name must have 1 to 64 characters of A-Za-z0-9_",
            ));
        }
        if value.len() > VARIABLE_VALUE_LENGTH_MAX || !value.bytes().all(is_allowed) {
            return Err(Refusal::bad_request(format!(
                "Invalid stage variable value: {}. Please use values with at most \
                 {VARIABLE_VALUE_LENGTH_MAX} alphanumeric characters and the symbols ' -._~:/?#&=,'.",
                crate::input::shown(value)
            )));
        }
    }
    Ok(())
}
