//! The part of Lambda's API that deploys and calls functions.
//!
//! A function is a document that owns its versions (`$LATEST` is one) and aliases; the component of
//! a version is a blob. What a version is *asked* to be and what *serves* of it are two things: see
//! [`version`]. Between them stands the check, which runs in the background: see [`check`].

mod alias;
mod check;
mod code;
mod code_signing;
mod concurrency;
mod configuration;
mod environment;
mod function;
mod interface;
mod invoke;
mod name;
mod overview;
mod package;
mod page;
pub(crate) mod permission;
mod settings;
mod stored_functions;
mod tag;
mod unsupported;
mod update;
mod version;

use std::sync::Arc;

use bytes::Bytes;
use serde::Deserialize;
use serde_json::Value;

use crate::Control;
use crate::call::Identity;
use crate::event::EventQueue;
use crate::input::Input;
use crate::operation::Operation;
use crate::port::{FunctionHost, NoHost};
use crate::refusal::Refusal;
use crate::route::Routed;
use crate::service::{Handler, Service};

pub use overview::{FunctionOverview, VersionOverview, function_overviews};
pub(crate) use package::Package;
pub use stored_functions::StoredFunctions;

#[cfg(test)]
pub(crate) use check::Check;
use name::FunctionReference;

/// What functions are run with.
pub struct Lambda {
    host: Arc<dyn FunctionHost>,
    events: Arc<EventQueue>,
}

impl Lambda {
    /// With the host that compiles and calls components, and the queue of what nobody waits for.
    pub fn new(host: Arc<dyn FunctionHost>, events: Arc<EventQueue>) -> Self {
        Self { host, events }
    }
}

/// Without a host: no function passes its check.
impl Default for Lambda {
    fn default() -> Self {
        Self::new(Arc::new(NoHost), Arc::default())
    }
}

impl Control {
    /// Does what has been promised and goes on in the background: checks components, also those
    /// that a stop left unchecked, and calls functions with the events that wait. Never ends.
    pub async fn run_functions(&self) {
        tokio::join!(check::run(self), self.lambda.events.run());
    }
}

/// Every operation that is done.
pub(crate) fn handlers() -> impl Iterator<Item = (&'static str, Handler)> {
    let families: [&[(&str, Handler)]; 9] = [
        alias::HANDLERS,
        code_signing::HANDLERS,
        concurrency::HANDLERS,
        function::HANDLERS,
        invoke::HANDLERS,
        permission::HANDLERS,
        tag::HANDLERS,
        update::HANDLERS,
        version::HANDLERS,
    ];
    families.into_iter().flatten().copied()
}

/// Every operation that is not done.
#[cfg(test)]
pub(crate) const REFUSED: &[&str] = &[
    "AddLayerVersionPermission",
    "CheckpointDurableExecution",
    "CreateCapacityProvider",
    "CreateCodeSigningConfig",
    "CreateEventSourceMapping",
    "CreateFunctionUrlConfig",
    "DeleteCapacityProvider",
    "DeleteCodeSigningConfig",
    "DeleteDurableExecution",
    "DeleteEventSourceMapping",
    "DeleteFunctionCodeSigningConfig",
    "DeleteFunctionEventInvokeConfig",
    "DeleteFunctionUrlConfig",
    "DeleteLayerVersion",
    "DeleteProvisionedConcurrencyConfig",
    "DeleteResourcePolicy",
    "GetAccountSettings",
    "GetCapacityProvider",
    "GetCodeSigningConfig",
    "GetDurableExecution",
    "GetDurableExecutionHistory",
    "GetDurableExecutionState",
    "GetEventSourceMapping",
    "GetFunctionEventInvokeConfig",
    "GetFunctionRecursionConfig",
    "GetFunctionScalingConfig",
    "GetFunctionUrlConfig",
    "GetLayerVersion",
    "GetLayerVersionByArn",
    "GetLayerVersionPolicy",
    "GetProvisionedConcurrencyConfig",
    "GetResourcePolicy",
    "GetRuntimeManagementConfig",
    "InvokeAsync",
    "InvokeWithResponseStream",
    "ListCapacityProviders",
    "ListCodeSigningConfigs",
    "ListDurableExecutionsByFunction",
    "ListEventSourceMappings",
    "ListFunctionEventInvokeConfigs",
    "ListFunctionUrlConfigs",
    "ListFunctionVersionsByCapacityProvider",
    "ListFunctionsByCodeSigningConfig",
    "ListLayerVersions",
    "ListLayers",
    "ListProvisionedConcurrencyConfigs",
    "PauseDurableExecution",
    "PublishLayerVersion",
    "PutFunctionCodeSigningConfig",
    "PutFunctionEventInvokeConfig",
    "PutFunctionRecursionConfig",
    "PutFunctionScalingConfig",
    "PutProvisionedConcurrencyConfig",
    "PutResourcePolicy",
    "PutRuntimeManagementConfig",
    "RemoveLayerVersionPermission",
    "ResumeDurableExecution",
    "SendDurableExecutionCallbackFailure",
    "SendDurableExecutionCallbackHeartbeat",
    "SendDurableExecutionCallbackSuccess",
    "StopDurableExecution",
    "UpdateCapacityProvider",
    "UpdateCodeSigningConfig",
    "UpdateEventSourceMapping",
    "UpdateFunctionEventInvokeConfig",
    "UpdateFunctionUrlConfig",
];

/// What is missing of operations that are done in part.
#[cfg(test)]
pub(crate) const PARTIAL: &[(&str, &str)] = &[
    ("AddPermission", "no FunctionUrlAuthType nor InvokedViaFunctionUrl"),
    (
        "CreateFunction",
        "code is a component as ZipFile, and the runtime provided.al2023; layers, VPCs, file systems, images, S3, dead-letter \
         queues, tracing, SnapStart, KMS keys and the like are refused by name",
    ),
    ("GetFunction", "no Code.Location: the package cannot be downloaded"),
    ("Invoke", "events that wait are in memory: a stop loses them; no ClientContext"),
    ("PutFunctionConcurrency", "not 0"),
    ("UpdateFunctionCode", "as CreateFunction"),
    ("UpdateFunctionConfiguration", "as CreateFunction"),
];

/// The code that a call brings.
pub(crate) fn package(operation: &Operation, input: &Input) -> Result<Option<Package>, Refusal> {
    match (operation.service, operation.name.as_str()) {
        (Service::Lambda, "CreateFunction") => {
            let code = input.value("Code").unwrap_or(&Value::Null);
            Package::read(|member| code[member].as_str()).map(Some)
        }
        (Service::Lambda, "UpdateFunctionCode") => {
            Package::read(|member| input.text(member)).map(Some)
        }
        _ => Ok(None),
    }
}

/// The action that a request asks to do, and on what.
pub(crate) fn asked(
    identity: &Identity,
    routed: &Routed,
    query: &[(String, String)],
    body: &Bytes,
) -> (String, String) {
    #[derive(Deserialize)]
    struct Named {
        #[serde(rename = "FunctionName")]
        name: String,
    }
    let action = match routed.operation.name.as_str() {
        "Invoke" => "lambda:InvokeFunction".to_owned(),
        name => format!("lambda:{name}"),
    };
    let parameter = |wanted: &str| {
        let found = routed.parameters.iter().find(|(name, _)| *name == wanted);
        found.map(|(_, value)| value.clone())
    };
    let name = match routed.operation.name.as_str() {
        "CreateFunction" => serde_json::from_slice(body).ok().map(|named: Named| named.name),
        _ => parameter("FunctionName").or_else(|| parameter("Resource")),
    };
    let qualifier = query.iter().find(|(name, _)| name == "Qualifier");
    let qualifier = qualifier.map(|(_, value)| value.as_str());
    let reference = name.and_then(|name| FunctionReference::read(identity, &name, qualifier).ok());
    (action, reference.map_or_else(|| "*".to_owned(), |reference| reference.arn(identity)))
}
