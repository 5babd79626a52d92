//! Expressions of parameter mappings, as far as AWS checks them when they are written. Whether the
//! data plane has them is found out at deployment.

use std::collections::BTreeMap;

use crate::input::shown;
use crate::refusal::Refusal;

/// Where a declared parameter of a request can be.
const PLACES: [&str; 3] = ["header", "path", "querystring"];

/// The name of a parameter `method.request.{place}.{name}` that a method declares.
pub(crate) fn request_parameter(parameter: &str) -> Result<&str, Refusal> {
    let parts = parameter.strip_prefix("method.request.").and_then(|rest| rest.split_once('.'));
    match parts {
        Some((place, name)) if PLACES.contains(&place) && is_name(name) => Ok(name),
        _ => Err(invalid(parameter)),
    }
}

/// `method.response.header.{name}`
pub(crate) fn check_response_parameter(parameter: &str) -> Result<(), Refusal> {
    let name = parameter.strip_prefix("method.response.header.");
    if name.is_some_and(is_name) { Ok(()) } else { Err(invalid(parameter)) }
}

/// `requestParameters` of an integration, against what its method declares.
pub(crate) fn check_request_mappings(
    mappings: &BTreeMap<String, String>,
    declared: Option<&BTreeMap<String, bool>>,
) -> Result<(), Refusal> {
    for (target, source) in mappings {
        let target_parts =
            target.strip_prefix("integration.request.").and_then(|rest| rest.split_once('.'));
        if !target_parts.is_some_and(|(place, name)| PLACES.contains(&place) && is_name(name)) {
            return Err(invalid(target));
        }
        if !is_source(source, "method.request.") {
            return Err(invalid(source));
        }
        let single = source.replace(".multivalue", ".");
        let is_parameter = PLACES.iter().any(|place| {
            single.strip_prefix("method.request.").is_some_and(|rest| {
                rest.strip_prefix(place).is_some_and(|rest| rest.starts_with('.'))
            })
        });
        if is_parameter && !declared.is_some_and(|declared| declared.contains_key(&single)) {
            return Err(undeclared(source));
        }
    }
    Ok(())
}

/// `responseParameters` of an integration response, against what its method response declares.
pub(crate) fn check_response_mappings(
    mappings: &BTreeMap<String, String>,
    declared: Option<&BTreeMap<String, bool>>,
) -> Result<(), Refusal> {
    for (target, source) in mappings {
        check_response_parameter(target)?;
        if !is_source(source, "integration.response.") {
            return Err(invalid(source));
        }
        if !declared.is_some_and(|declared| declared.contains_key(target)) {
            return Err(undeclared(target));
        }
    }
    Ok(())
}

fn is_source(source: &str, prefix: &str) -> bool {
    let is_literal = source.len() >= 2 && source.starts_with('\'') && source.ends_with('\'');
    let names = |prefix: &str| source.strip_prefix(prefix).is_some_and(|rest| !rest.is_empty());
    is_literal || names(prefix) || names("context.") || names("stageVariables.")
}

/// AWS: `[a-zA-Z0-9._$-]+`
fn is_name(name: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._$-".contains(&byte);
    !name.is_empty() && name.bytes().all(is_allowed)
}

fn invalid(expression: &str) -> Refusal {
    refusal("expression", expression)
}

fn undeclared(parameter: &str) -> Refusal {
    refusal("expression parameter", parameter)
}

fn refusal(what: &str, expression: &str) -> Refusal {
    Refusal::bad_request(format!(
        "Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid \
         mapping {what} specified: {}]",
        shown(expression)
    ))
}
