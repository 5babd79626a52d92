//! The APIs of a store at a glance, for people and scripts. Not for the data plane: see `served`.

use serde::Serialize;
use store::{Account, ReadTransaction, StoreError, Stored};

use crate::iam::date::iso_8601;
use crate::rest_api::RestApi;
use crate::stage::{CanarySettings, Stage};

/// An API.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ApiOverview {
    /// Ten letters and digits.
    pub id: String,
    /// What its owner calls it.
    pub name: String,
    /// `2023-11-14T22:13:20Z`
    pub created: String,
    /// By name.
    pub stages: Vec<StageOverview>,
}

/// A stage.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StageOverview {
    /// `prod`
    pub name: String,
    /// What it points to.
    pub deployment_id: String,
    /// Where it is called.
    pub invoke_url: String,
    /// What a part of the requests gets instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub canary: Option<CanaryOverview>,
}

/// The canary of a stage.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CanaryOverview {
    /// What it points to.
    pub deployment_id: String,
    /// 0.0 to 100.0
    pub percent_traffic: f64,
}

/// Every API with its stages, oldest first; `invoke_url` makes the URL of an API's stage.
///
/// # Errors
/// That the store cannot be read.
pub fn api_overviews(
    transaction: &ReadTransaction<'_>,
    invoke_url: impl Fn(&str, &str) -> String,
) -> Result<Vec<ApiOverview>, StoreError> {
    let mut apis = Vec::new();
    for api in transaction.list::<RestApi>(Account::row())? {
        let overview = |stage: Stored<Stage>| {
            let invoke_url = invoke_url(&api.document.id, &stage.document.stage_name);
            StageOverview::new(stage.document, invoke_url)
        };
        let stages = transaction.list(api.row)?;
        let mut stages: Vec<_> = stages.into_iter().map(overview).collect();
        stages.sort_by(|one, other| one.name.cmp(&other.name));
        let RestApi { id, name, created_date, .. } = api.document;
        apis.push(ApiOverview { id, name, created: iso_8601(created_date), stages });
    }
    Ok(apis)
}

impl StageOverview {
    fn new(stage: Stage, invoke_url: String) -> Self {
        let overview = |canary: CanarySettings| CanaryOverview {
            deployment_id: canary.deployment_id,
            percent_traffic: canary.percent_traffic,
        };
        Self {
            name: stage.stage_name,
            deployment_id: stage.deployment_id,
            invoke_url,
            canary: stage.canary_settings.map(overview),
        }
    }
}
