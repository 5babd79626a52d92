//! Deployments: immutable pictures of an API.

use std::collections::{BTreeMap, BTreeSet};

use model::Digest;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::{Document, ReadTransaction, Row, Stored, WriteTransaction};

use crate::answer::{Answer, to_wire_without};
use crate::call::{Call, ID_LENGTH};
use crate::input::shown;
use crate::page;
use crate::patch::{self, PatchOperation, REPLACE, Rule, Target, Wording, rule};
use crate::picture::Picture;
use crate::refusal::Refusal;
use crate::rest_api::{self, RestApi};
use crate::service::Handler;
use crate::stage::{self, CanarySettings, Stage};

/// A picture of an API: what stages point to.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Deployment {
    id: String,
    description: Option<String>,
    created_date: i64,
    /// Of the picture, which is a blob.
    digest: String,
    /// Names of the stage variables that its functions are named by.
    #[serde(default)]
    pub(crate) function_variables: BTreeSet<String>,
}

impl Document for Deployment {
    type Owner = RestApi;
    const KIND: &'static str = "deployment";

    fn id(&self) -> &str {
        &self.id
    }
}

pub(crate) const HANDLERS: &[(&str, Handler)] = &[
    ("CreateDeployment", Handler::Write(create)),
    ("DeleteDeployment", Handler::Write(delete)),
    ("GetDeployment", Handler::Read(get)),
    ("GetDeployments", Handler::Read(list)),
    ("UpdateDeployment", Handler::Write(update)),
];

const RULES: &[Rule] = &[rule("/description", REPLACE, Target::Text)];

/// What a deployment says of the stage that it is for.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct StageMembers {
    stage_name: Option<String>,
    stage_description: Option<String>,
    cache_cluster_enabled: Option<bool>,
    cache_cluster_size: Option<String>,
    variables: Option<BTreeMap<String, String>>,
    canary_settings: Option<CanarySettings>,
    tracing_enabled: Option<bool>,
}

fn find(call: &Call, transaction: &ReadTransaction<'_>) -> Result<Stored<Deployment>, Refusal> {
    let api = rest_api::find(call, transaction)?;
    let found = transaction.get(api.row, call.input.required("deploymentId"))?;
    found.ok_or_else(|| Refusal::not_found("Invalid Deployment identifier specified"))
}

fn create(call: &Call, transaction: &WriteTransaction<'_>) -> Result<Answer, Refusal> {
    let mut api = rest_api::find(call, transaction)?;
    api.document.expand_policy(&call.identity)?;
    let members: StageMembers = call.input.parse()?;
    let mut picture = Picture::take(transaction, &api, &*call.functions)?;
    let bytes = picture.to_bytes()?;
    let id = call.new_id(ID_LENGTH);
    picture.name_functions(members.variables.as_ref().unwrap_or(&BTreeMap::new()));
    let callees = picture.function_calls(&*call.functions)?;
    picture.compile(&id, callees.callees(), &call.backends)?;
    let deployment = Deployment {
        id,
        description: call.input.text("description").map(str::to_owned),
        created_date: call.now,
        digest: store::digest(&bytes).to_string(),
        function_variables: picture.function_variables(),
    };
    let row = transaction.insert(api.row, &deployment)?;
    transaction.put_blob(row, &bytes)?;
    for digest in picture.components() {
        transaction.use_blob(row, digest)?;
    }
    point_stage(call, transaction, api.row, &deployment.id, members)?;
    Ok(Answer::Json(show(&deployment)?))
}

/// Moves the stage to a new deployment, or makes it, or its canary.
fn point_stage(
    call: &Call,
    transaction: &WriteTransaction<'_>,
    api: Row<RestApi>,
    deployment: &str,
    members: StageMembers,
) -> Result<(), Refusal> {
    const INVALID: &str = "Invalid deployment content specified.";
    let name = members.stage_name.as_deref().unwrap_or_default();
    let existing = match name {
        "" => None,
        name => transaction.get::<Stage>(api, name)?,
    };
    let is_new = existing.is_none();
    match (&members.canary_settings, &existing) {
        (Some(_), None) if name.is_empty() => {
            return Err(Refusal::bad_request(format!(
                "{INVALID}Non null and non empty stageName must be provided for canary deployment. \
                 Provided value is {}",
                members.stage_name.as_deref().unwrap_or("null")
            )));
        }
        (Some(_), None) => {
            return Err(Refusal::bad_request(format!(
                "{INVALID}Stage {} must already be created before making a canary release \
                 deployment",
                shown(name)
            )));
        }
        (None, None) if name.is_empty() => return Ok(()),
        (None, Some(stage)) if stage.document.canary_settings.is_some() => {
            return Err(Refusal::bad_request(format!(
                "{INVALID}Stage {} has an active canary: promote or remove it, or deploy with \
                 canarySettings",
                shown(name)
            )));
        }
        _ => {}
    }
    let mut stage = match &existing {
        Some(stored) => stored.document.clone(),
        None => Stage::new(name, deployment),
    };
    match members.canary_settings {
        Some(canary) => {
            stage.canary_settings =
                Some(CanarySettings { deployment_id: deployment.to_owned(), ..canary });
        }
        None => deployment.clone_into(&mut stage.deployment_id),
    }
    stage.description = members.stage_description.or(stage.description);
    stage.variables = members.variables.or(stage.variables);
    stage.cache_cluster_enabled =
        members.cache_cluster_enabled.unwrap_or(stage.cache_cluster_enabled);
    stage.cache_cluster_size = members.cache_cluster_size.or(stage.cache_cluster_size);
    stage.tracing_enabled = members.tracing_enabled.unwrap_or(stage.tracing_enabled);
    if is_new {
        stage::insert(call, transaction, api, stage)?;
    } else if let Some(mut stored) = existing {
        stage.complete(call, transaction, api)?;
        stored.document = stage;
        transaction.update(&stored)?;
    }
    Ok(())
}

fn get(call: &Call, transaction: &ReadTransaction<'_>) -> Result<Answer, Refusal> {
    let deployment = find(call, transaction)?.document;
    let mut value = show(&deployment)?;
    if call.input.texts("embed").iter().any(|embedded| embedded == "apisummary") {
        value["apiSummary"] = deployment.picture(transaction)?.summary();
    }
    Ok(Answer::Json(value))
}

fn list(call: &Call, transaction: &ReadTransaction<'_>) -> Result<Answer, Refusal> {
    let api = rest_api::find(call, transaction)?;
    let show = |stored: Stored<Deployment>| show(&stored.document);
    page::list::<Deployment>(call, transaction, api.row, |_| true, show)
}

fn update(call: &Call, transaction: &WriteTransaction<'_>) -> Result<Answer, Refusal> {
    let mut stored = find(call, transaction)?;
    let operations = PatchOperation::read(call)?;
    stored.document = patch::apply(&stored.document, &operations, RULES, Wording::Listing)?;
    transaction.update(&stored)?;
    Ok(Answer::Json(show(&stored.document)?))
}

fn delete(call: &Call, transaction: &WriteTransaction<'_>) -> Result<Answer, Refusal> {
    let api = rest_api::find(call, transaction)?;
    let stored = find(call, transaction)?;
    let stages = transaction.list::<Stage>(api.row)?;
    if stages.iter().any(|stage| stage.document.serves(&stored.document.id)) {
        return Err(Refusal::bad_request(
            "Active stages pointing to this deployment must be moved or deleted",
        ));
    }
    transaction.delete(stored.row)?;
    Ok(Answer::Empty)
}

impl Deployment {
    /// Of its picture.
    pub(crate) fn digest(&self) -> Result<Digest, Refusal> {
        Digest::parse(&self.digest).map_err(|error| Refusal::internal(&error.to_string()))
    }

    /// What was deployed.
    fn picture(&self, transaction: &ReadTransaction<'_>) -> Result<Picture, Refusal> {
        let bytes = transaction.blob(self.digest()?)?;
        let bytes = bytes.ok_or_else(|| Refusal::internal("a deployment has no picture"))?;
        Picture::from_bytes(&bytes)
    }
}

fn show(deployment: &Deployment) -> Result<Value, Refusal> {
    to_wire_without(deployment, &["digest", "functionVariables"])
}
