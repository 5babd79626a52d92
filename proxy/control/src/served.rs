//! What the data plane serves, as the store has it.

use model::{ApiId, Deployment as Compiled, DeploymentId, Digest, StageName};
use store::{Account, Document, ReadTransaction, Store};

use crate::deployment::Deployment;
use crate::picture::Picture;
use crate::port::Functions;
use crate::refusal::Refusal;
use crate::rest_api::RestApi;
use crate::stage::Stage;

/// A stage: a pointer and its variables.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ServedStage {
    /// Its API.
    pub api: ApiId,
    /// Its name.
    pub name: StageName,
    /// What it points to.
    pub deployment: DeploymentPointer,
    /// `stageVariables`, sorted by name.
    pub variables: Vec<(String, String)>,
}

/// Which deployment: equal ones are compiled once.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct DeploymentPointer {
    /// `$context.deploymentId`
    pub id: DeploymentId,
    /// Of its picture.
    pub digest: Digest,
}

/// Every stage of every API, as they are at one moment.
///
/// # Errors
/// That the store cannot be read.
pub fn stages(store: &Store) -> Result<Vec<ServedStage>, Refusal> {
    store.read(|transaction| {
        let mut served = Vec::new();
        for api in transaction.list::<RestApi>(Account::row())? {
            for stage in transaction.list::<Stage>(api.row)? {
                let id = &stage.document.deployment_id;
                let deployment = transaction.get::<Deployment>(api.row, id)?;
                let deployment = deployment
                    .ok_or_else(|| Refusal::internal("a stage points to no deployment"))?;
                served.push(served_stage(&api.document, &stage.document, &deployment.document)?);
            }
        }
        Ok(served)
    })
}

fn served_stage(
    api: &RestApi,
    stage: &Stage,
    deployment: &Deployment,
) -> Result<ServedStage, Refusal> {
    let unreadable = |error: model::InvalidName| Refusal::internal(&error.to_string());
    let variables = stage.variables.iter().flatten();
    Ok(ServedStage {
        api: ApiId::parse(&api.id).map_err(unreadable)?,
        name: StageName::parse(&stage.stage_name).map_err(unreadable)?,
        deployment: DeploymentPointer {
            id: DeploymentId::parse(deployment.id()).map_err(unreadable)?,
            digest: deployment.digest()?,
        },
        variables: variables.map(|(name, value)| (name.clone(), value.clone())).collect(),
    })
}

/// Loads and compiles a deployment.
///
/// # Errors
/// That it is not there any more, or that a component of it is not.
pub fn load(
    store: &Store,
    pointer: &DeploymentPointer,
    functions: &dyn Functions,
) -> Result<Compiled, Refusal> {
    let bytes = store.read(|transaction: &ReadTransaction<'_>| {
        Ok::<_, Refusal>(transaction.blob(pointer.digest)?)
    })?;
    let bytes = bytes.ok_or_else(|| Refusal::internal("a deployment has no picture"))?;
    Picture::from_bytes(&bytes)?.compile(pointer.id.as_str(), functions)
}
