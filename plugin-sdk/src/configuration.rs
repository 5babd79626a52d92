//! A plugin's configuration: its environment, as with Lambda.
//!
//! Parse it once, into what it means, and let `needs` fail if it is wrong: a gateway refuses to
//! deploy a plugin whose `needs` panics, and logs the message.
//!
//! ```
//! use std::sync::LazyLock;
//! use edgeway_plugin_sdk::configuration::{self, Configuration, ConfigurationError};
//!
//! struct Settings { realm: String, tokens_max: usize }
//!
//! impl Settings {
//!     fn parse(configuration: &Configuration) -> Result<Self, ConfigurationError> {
//!         Ok(Self {
//!             realm: configuration.text("REALM")?.to_owned(),
//!             tokens_max: configuration.optional_json("TOKENS_MAX")?.unwrap_or(100),
//!         })
//!     }
//! }
//!
//! static SETTINGS: LazyLock<Settings> = LazyLock::new(|| configuration::load(Settings::parse));
//! ```

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;

/// Names and values, as in `environment` of the function's settings.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Configuration {
    variables: BTreeMap<String, String>,
}

/// What is wrong with a variable. Never shows a value that was read with
/// [`Configuration::secret_json`].
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ConfigurationError {
    /// The variable has a value that means nothing here.
    #[error("environment variable {name}: {problem}")]
    Invalid {
        /// Of the variable.
        name: String,
        /// What is wrong, what was found, and how to mend it.
        problem: String,
    },
    /// The variable has to be there.
    #[error(
        "environment variable {name} is missing; set it in `environment` of the function's settings"
    )]
    Missing {
        /// Of the variable.
        name: String,
    },
}

impl ConfigurationError {
    /// The variable `name` has a `problem`.
    pub fn invalid(name: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::Invalid { name: name.into(), problem: problem.into() }
    }
}

impl Configuration {
    /// The plugin's own environment.
    pub fn from_environment() -> Self {
        std::env::vars().collect()
    }

    /// A variable's value.
    pub fn text(&self, name: &str) -> Result<&str, ConfigurationError> {
        self.optional_text(name)
            .ok_or_else(|| ConfigurationError::Missing { name: name.to_owned() })
    }

    /// A variable's value, if it is set.
    pub fn optional_text(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str)
    }

    /// A variable's value, parsed as JSON.
    pub fn json<T: DeserializeOwned>(&self, name: &str) -> Result<T, ConfigurationError> {
        parse_json(name, self.text(name)?)
    }

    /// A variable's value, parsed as JSON, if it is set.
    pub fn optional_json<T: DeserializeOwned>(
        &self,
        name: &str,
    ) -> Result<Option<T>, ConfigurationError> {
        self.optional_text(name).map(|text| parse_json(name, text)).transpose()
    }

    /// As [`json`](Self::json), but an error says only where the problem is: serde's own messages
    /// quote what they found.
    pub fn secret_json<T: DeserializeOwned>(&self, name: &str) -> Result<T, ConfigurationError> {
        serde_json::from_str(self.text(name)?).map_err(|error| {
            let (line, column) = (error.line(), error.column());
            let kind = if error.is_data() { "unexpected or missing value" } else { "invalid JSON" };
            let problem =
                format!("{kind} at line {line} column {column} (not shown: it is secret)");
            ConfigurationError::invalid(name, problem)
        })
    }

    /// `true` or `false`; false if the variable is not set.
    pub fn flag(&self, name: &str) -> Result<bool, ConfigurationError> {
        match self.optional_text(name) {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(other) => {
                let problem = format!("must be true or false, got {other:?}");
                Err(ConfigurationError::invalid(name, problem))
            }
        }
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Configuration {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(variables: I) -> Self {
        let variables = variables.into_iter().map(|(name, value)| (name.into(), value.into()));
        Self { variables: variables.collect() }
    }
}

/// Parses the environment, or panics with the reason: call it from `needs`.
pub fn load<T>(parse: fn(&Configuration) -> Result<T, ConfigurationError>) -> T {
    match parse(&Configuration::from_environment()) {
        Ok(settings) => settings,
        Err(error) => panic!("invalid configuration: {error}"),
    }
}

fn parse_json<T: DeserializeOwned>(name: &str, text: &str) -> Result<T, ConfigurationError> {
    serde_json::from_str(text)
        .map_err(|error| ConfigurationError::invalid(name, format!("invalid JSON: {error}")))
}

#[cfg(test)]
mod tests;
