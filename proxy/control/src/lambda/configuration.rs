//! What can be set of a version, and what stands where nothing is set.
//!
//! Source: Lambda API Reference, `CreateFunction` and `UpdateFunctionConfiguration`, and answers as
//! recorded from AWS. What cannot be honoured is refused before: see [`super::unsupported`].

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::environment;
use super::function::Function;
use super::settings;
use crate::input::shown;
use crate::refusal::{Refusal, RefusalKind};

/// The only one there is here: a component brings its own.
pub(crate) const RUNTIME: &str = "provided.al2023";

/// Lambda's defaults and limits.
const MEMORY_SIZE_DEFAULT: u32 = 128;
const MEMORY_SIZE_MAX: u32 = 10_240;
const TIMEOUT_DEFAULT: u32 = 3;
const TIMEOUT_MAX: u32 = 900;

/// The settings of a version.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct Configuration {
    pub(crate) architectures: Vec<String>,
    pub(crate) description: String,
    pub(crate) environment: Option<BTreeMap<String, String>>,
    pub(crate) handler: String,
    /// Megabytes.
    pub(crate) memory_size: u32,
    pub(crate) role: String,
    /// Seconds.
    pub(crate) timeout: u32,
}

/// What a call sets.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Changes {
    architectures: Option<Vec<String>>,
    description: Option<String>,
    environment: Option<Environment>,
    handler: Option<String>,
    memory_size: Option<u32>,
    role: Option<String>,
    runtime: Option<String>,
    timeout: Option<u32>,
}

#[derive(Deserialize)]
struct Environment {
    #[serde(rename = "Variables")]
    variables: Option<BTreeMap<String, String>>,
}

impl Changes {
    /// The settings of a new function.
    pub(crate) fn create(self) -> Result<Configuration, Refusal> {
        let is_given = |text: &Option<String>| text.as_deref().is_some_and(|text| !text.is_empty());
        if !is_given(&self.runtime) || !is_given(&self.handler) {
            return Err(Refusal::bad_request(
                "Runtime and Handler are mandatory parameters for functions created with \
                 deployment packages.",
            ));
        }
        let default = Configuration {
            architectures: vec!["x86_64".to_owned()],
            description: String::new(),
            environment: None,
            handler: String::new(),
            memory_size: MEMORY_SIZE_DEFAULT,
            role: String::new(),
            timeout: TIMEOUT_DEFAULT,
        };
        self.apply(default)
    }

    /// Settings with these changes.
    pub(crate) fn apply(self, settings: Configuration) -> Result<Configuration, Refusal> {
        if let Some(runtime) = self.runtime.as_deref().filter(|runtime| *runtime != RUNTIME) {
            return Err(Refusal::bad_request(format!(
                "The runtime {} is not available: functions are WebAssembly components, which \
                 bring their own. Build one with `edgeway build` (Python, JavaScript, TypeScript, \
                 Rust, C), and use the runtime {RUNTIME}",
                shown(runtime)
            )));
        }
        let memory_size = self.memory_size.unwrap_or(settings.memory_size);
        check_max("memorySize", memory_size, MEMORY_SIZE_MAX)?;
        let timeout = self.timeout.unwrap_or(settings.timeout);
        check_max("timeout", timeout, TIMEOUT_MAX)?;
        let environment = match self.environment {
            Some(environment) => environment.variables,
            None => settings.environment,
        };
        if let Some(variables) = &environment {
            environment::check(variables)?;
        }
        Ok(Configuration {
            architectures: self.architectures.unwrap_or(settings.architectures),
            description: self.description.unwrap_or(settings.description),
            environment,
            handler: self.handler.unwrap_or(settings.handler),
            memory_size,
            role: self.role.unwrap_or(settings.role),
            timeout,
        })
    }
}

/// The newest API model allows more than Lambda gives to functions like these.
fn check_max(member: &str, value: u32, max: u32) -> Result<(), Refusal> {
    if value <= max {
        return Ok(());
    }
    let message = format!(
        "1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: \
         Member must have value less than or equal to {max}"
    );
    Err(Refusal::new(RefusalKind::Validation, message))
}

impl Configuration {
    /// Refuses settings of which no [`model::FunctionSettings`] can be made.
    pub(crate) fn check(&self, function: &Function) -> Result<(), Refusal> {
        let settings = settings::of(self, function.reserved_concurrency);
        settings.map(|_| ()).map_err(Refusal::bad_request)
    }

    /// As Lambda shows it.
    pub(crate) fn show(&self, function: &str) -> Map<String, Value> {
        let mut members = Map::new();
        let mut add = |member: &str, value: Value| {
            members.insert(member.to_owned(), value);
        };
        add("Architectures", json!(self.architectures));
        add("Description", json!(self.description));
        if let Some(variables) = &self.environment {
            add("Environment", json!({ "Variables": variables }));
        }
        add("EphemeralStorage", json!({ "Size": 512 }));
        add("Handler", json!(self.handler));
        let log_group = format!("/aws/lambda/{function}");
        add("LoggingConfig", json!({ "LogFormat": "Text", "LogGroup": log_group }));
        add("MemorySize", json!(self.memory_size));
        add("PackageType", json!("Zip"));
        add("Role", json!(self.role));
        add("Runtime", json!(RUNTIME));
        add("SnapStart", json!({ "ApplyOn": "None", "OptimizationStatus": "Off" }));
        add("Timeout", json!(self.timeout));
        add("TracingConfig", json!({ "Mode": "PassThrough" }));
        members
    }
}
