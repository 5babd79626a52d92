//! OpenAPI documents with API Gateway's extensions, read into the model.
//!
//! [`read`] takes OpenAPI 3.0 or Swagger 2.0, in YAML or JSON, and answers what the document means:
//! an API and the stage it is served at. Not for the control API's import, which keeps what it can
//! and warns of the rest: here every error is reported, all of them at once, and nothing that would
//! change what is served is passed over in silence.
//!
//! Invariants: pure (no file, clock or environment); whatever the text is, it does not panic and
//! takes time and memory in proportion to its size.

#![forbid(unsafe_code)]

mod authorizer;
mod document;
mod extension;
mod field;
mod function_uri;
mod identifier;
mod integration;
mod jwt_authorizer;
mod nearest_name;
mod node;
mod operation;
mod path_item;
mod pattern;
mod pseudo_parameter;
mod reference;
mod report;
mod request_validation;
mod security;
mod security_scheme;
mod syntax;
mod user_pool_authorizer;

use model::{AccountId, Backends, ConfigError, FunctionSettings, Region};

pub use document::{Document, StageDescription};
pub use function_uri::FunctionAddress;
pub use pattern::full_match;

/// Reads a document. `account` and `region` are what `${AWS::AccountId}` and `${AWS::Region}` in
/// it stand for; `backends` is what integrations may name.
///
/// # Errors
/// Everything that is wrong with the document, in its order.
pub fn read(
    document: &str,
    account: &AccountId,
    region: &Region,
    backends: &Backends,
) -> Result<Document, Vec<ConfigError>> {
    let tree = syntax::parse(document).map_err(|error| vec![error])?;
    let report = report::Report::default();
    let root = node::Node::root(&tree, &report);
    let pseudo_parameters = pseudo_parameter::PseudoParameters { account, region };
    let document = Document::convert(&root, &pseudo_parameters, backends);
    report.finish(document)
}

/// Reads the settings of a function from a map of what `x-edgeway-functions` has.
///
/// # Errors
/// Everything that is wrong with them.
pub fn function_settings(
    settings: &serde_json::Value,
) -> Result<FunctionSettings, Vec<ConfigError>> {
    let report = report::Report::default();
    let settings = extension::functions::settings_alone(&node::Node::root(settings, &report));
    report.finish(settings)
}

#[cfg(test)]
mod tests;
