//! From what Lambda knows of a version to [`FunctionSettings`].
//!
//! What Lambda has no setting for is set by environment variables with a reserved prefix, which the
//! function itself does not see. They mean what the keys of `x-edgeway-functions` mean, and are
//! read by the same code. Lists are written with commas or spaces, which a command line takes, or
//! as JSON.

use std::collections::BTreeMap;

use model::FunctionSettings;
use serde_json::{Map, Value, json};

use super::configuration::Configuration;
use crate::input::shown;

const PREFIX: &str = "EDGEWAY_";

/// All that 32-bit WebAssembly can address, in megabytes: a function that asks for more has this.
const MEMORY_SIZE_MAX: u32 = 4_096;

/// How the value of a variable is written.
#[derive(Clone, Copy)]
enum Form {
    Json,
    List,
}

/// Each variable, and the setting that it is.
const VARIABLES: [(&str, &str, Form); 7] = [
    ("EDGEWAY_CONCURRENCY", "concurrency", Form::Json),
    ("EDGEWAY_CPU_TIME", "cpuTime", Form::Json),
    ("EDGEWAY_ERROR_BUDGET", "errorBudget", Form::Json),
    ("EDGEWAY_KEY_VALUE_NAMESPACES", "keyValueNamespaces", Form::List),
    ("EDGEWAY_OUTBOUND", "outbound", Form::List),
    ("EDGEWAY_PROVISIONED", "provisioned", Form::Json),
    ("EDGEWAY_REUSE", "reuse", Form::Json),
];

/// The settings of a version.
///
/// # Errors
/// What is wrong with them, in one sentence.
pub(crate) fn of(
    configuration: &Configuration,
    reserved_concurrency: Option<u32>,
) -> Result<FunctionSettings, String> {
    let mut settings = Map::new();
    let mut environment = BTreeMap::new();
    for (name, value) in configuration.environment.iter().flatten() {
        if !name.starts_with(PREFIX) {
            environment.insert(name, value);
            continue;
        }
        let variable = VARIABLES.iter().find(|(variable, _, _)| variable == name);
        let (_, setting, form) = variable.ok_or_else(|| unknown(name))?;
        settings.insert((*setting).to_owned(), form.read(name, value)?);
    }
    settings.insert("environment".to_owned(), json!(environment));
    let memory_size = configuration.memory_size.min(MEMORY_SIZE_MAX);
    settings.insert("memorySize".to_owned(), memory_size.into());
    settings.insert("timeout".to_owned(), configuration.timeout.into());
    if let Some(reserved) = reserved_concurrency {
        let own = settings.get("concurrency").and_then(Value::as_u64);
        let concurrency = own.map_or(reserved.into(), |own| own.min(reserved.into()));
        settings.insert("concurrency".to_owned(), concurrency.into());
    }
    openapi::function_settings(&settings.into()).map_err(|errors| {
        let errors =
            errors.iter().map(|error| format!("{} {}", named(&error.place), error.problem));
        errors.collect::<Vec<_>>().join("; ")
    })
}

impl Form {
    fn read(self, name: &str, text: &str) -> Result<Value, String> {
        let is_json = matches!(self, Self::Json) || text.trim_start().starts_with(['[', '{']);
        if is_json {
            let error = |error| format!("{name} must be JSON: {error}; got {:?}", shown(text));
            return serde_json::from_str(text).map_err(error);
        }
        let items = text.split([',', ' ', '\n', '\t']).filter(|item| !item.is_empty());
        Ok(items.map(Value::from).collect())
    }
}

fn unknown(name: &str) -> String {
    let known: Vec<&str> = VARIABLES.iter().map(|(variable, _, _)| *variable).collect();
    format!(
        "{} is no setting: variables that begin with {PREFIX} are reserved for {}; rename it",
        shown(name),
        known.join(", ")
    )
}

/// The place of an error in the words of whoever set it.
fn named(place: &str) -> String {
    let end = place.find(['.', '[']).unwrap_or(place.len());
    let (setting, rest) = place.split_at(end);
    let variable = VARIABLES.iter().find(|(_, known, _)| *known == setting);
    format!("{}{rest}", variable.map_or(setting, |(variable, _, _)| variable))
}
