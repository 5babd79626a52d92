//! Languages and kinds of plugins, and which of them go together.

use std::fmt;

use anyhow::bail;
use clap::ValueEnum;
use serde::{Deserialize, Serialize};

/// What a plugin is written in.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Language {
    C,
    /// Or TypeScript
    #[value(name = "javascript", alias = "js", alias = "typescript")]
    JavaScript,
    Python,
    Rust,
}

/// What a plugin is for.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Kind {
    /// Decides who may call; in JavaScript and Python, a Lambda authorizer
    Authorizer,
    /// What a route calls: a Lambda handler
    EventFunction,
    /// What a route calls: a wasi:http handler; in JavaScript a fetch handler, in Rust one of wstd
    Http,
    /// Changes or answers a request before its integration
    RequestTransform,
    /// Changes a response before the client gets it
    ResponseTransform,
}

impl Language {
    /// Kinds that there is an adapter for.
    pub(crate) fn kinds(self) -> &'static [Kind] {
        match self {
            Self::C => &[Kind::EventFunction],
            Self::JavaScript | Self::Rust => Kind::value_variants(),
            Self::Python => &[
                Kind::Authorizer,
                Kind::EventFunction,
                Kind::RequestTransform,
                Kind::ResponseTransform,
            ],
        }
    }

    /// # Errors
    /// If this language has no adapter for the kind: says what it has, and who has the kind.
    pub(crate) fn check(self, kind: Kind) -> anyhow::Result<()> {
        if self.kinds().contains(&kind) {
            return Ok(());
        }
        let others = Self::value_variants().iter().filter(|other| other.kinds().contains(&kind));
        bail!(
            "there is no {kind} in {self}; in {self} there is {}, and {kind} is there in {}",
            list(self.kinds()),
            list(&others.collect::<Vec<_>>()),
        );
    }

    /// Where a kind begins, for languages that load a module: as on Lambda the module and its function;
    /// the module alone for kinds whose functions have their names.
    pub(crate) fn default_handler(self, kind: Kind) -> Option<&'static str> {
        match (self, kind) {
            (Self::C | Self::Rust, _) => None,
            (Self::JavaScript, Kind::Authorizer | Kind::EventFunction) => Some("index.handler"),
            (Self::JavaScript, _) => Some("index"),
            (Self::Python, Kind::Authorizer | Kind::EventFunction) => {
                Some("lambda_function.lambda_handler")
            }
            (Self::Python, _) => Some("transform"),
        }
    }
}

fn list(items: &[impl fmt::Display]) -> String {
    let names: Vec<String> = items.iter().map(ToString::to_string).collect();
    names.join(", ")
}

fn value_name(value: &impl ValueEnum) -> String {
    value.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&value_name(self))
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&value_name(self))
    }
}
