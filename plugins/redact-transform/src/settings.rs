//! `FIELDS`, `MASK` and `REMOVE` of the environment -> [`Redaction`].

use edgeway_plugin_sdk::configuration::{Configuration, ConfigurationError};

use crate::path::{PATHS_MAX, Path};
use crate::redaction::{Action, Redaction};

const FIELDS: &str = "FIELDS";
const MASK: &str = "MASK";
const REMOVE: &str = "REMOVE";

const MASK_DEFAULT: &str = "***";

pub(crate) fn parse(configuration: &Configuration) -> Result<Redaction, ConfigurationError> {
    let fields: Vec<String> = configuration.json(FIELDS)?;
    if fields.is_empty() || PATHS_MAX < fields.len() {
        let problem = format!("must list 1 to {PATHS_MAX} paths, got {}", fields.len());
        return Err(ConfigurationError::invalid(FIELDS, problem));
    }
    let mut paths = Vec::with_capacity(fields.len());
    let mut problems = Vec::new();
    for (index, field) in fields.iter().enumerate() {
        match Path::parse(field) {
            Ok(path) => paths.push(path),
            Err(problem) => problems.push(format!("[{index}]: {field:?} {problem}")),
        }
    }
    if !problems.is_empty() {
        return Err(ConfigurationError::invalid(FIELDS, problems.join("; ")));
    }
    Ok(Redaction::new(paths, parse_action(configuration)?))
}

fn parse_action(configuration: &Configuration) -> Result<Action, ConfigurationError> {
    match (configuration.flag(REMOVE)?, configuration.optional_text(MASK)) {
        (false, mask) => Ok(Action::Mask(mask.unwrap_or(MASK_DEFAULT).to_owned())),
        (true, None) => Ok(Action::Remove),
        (true, Some(_)) => {
            let problem = format!("has no use with {REMOVE}=true; remove one of them");
            Err(ConfigurationError::invalid(MASK, problem))
        }
    }
}
