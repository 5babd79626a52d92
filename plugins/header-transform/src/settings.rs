//! `REQUEST_HEADERS` and `RESPONSE_HEADERS` of the environment -> header operations.

use edgeway_plugin_sdk::HeaderOperation;
use edgeway_plugin_sdk::configuration::{Configuration, ConfigurationError};
use serde::Deserialize;

const REQUEST: &str = "REQUEST_HEADERS";
const RESPONSE: &str = "RESPONSE_HEADERS";

/// Headers that frame the message or belong to the connection: the gateway's own.
const HOST_HEADERS: [&str; 9] = [
    "connection",
    "content-length",
    "host",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// One entry of a list, as it is written.
#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum RawOperation {
    Append(RawHeader),
    Remove(String),
    Set(RawHeader),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawHeader {
    name: String,
    value: String,
}

/// What is done to every request and to every response, in order.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) request: Vec<HeaderOperation>,
    pub(crate) response: Vec<HeaderOperation>,
}

impl Settings {
    pub(crate) fn parse(configuration: &Configuration) -> Result<Self, ConfigurationError> {
        let request = parse_list(configuration, REQUEST)?;
        let response = parse_list(configuration, RESPONSE)?;
        if request.is_none() && response.is_none() {
            let problem = format!("is missing, as is {RESPONSE}; set one of them");
            return Err(ConfigurationError::invalid(REQUEST, problem));
        }
        let (request, response) = (request.unwrap_or_default(), response.unwrap_or_default());
        Ok(Self { request, response })
    }
}

fn parse_list(
    configuration: &Configuration,
    variable: &str,
) -> Result<Option<Vec<HeaderOperation>>, ConfigurationError> {
    let Some(raw) = configuration.optional_json::<Vec<RawOperation>>(variable)? else {
        return Ok(None);
    };
    let mut operations = Vec::with_capacity(raw.len());
    let mut problems = Vec::new();
    for (index, raw) in raw.into_iter().enumerate() {
        match parse_operation(raw) {
            Ok(operation) => operations.push(operation),
            Err(problem) => problems.push(format!("[{index}].{problem}")),
        }
    }
    if problems.is_empty() {
        return Ok(Some(operations));
    }
    Err(ConfigurationError::invalid(variable, problems.join("; ")))
}

fn parse_operation(raw: RawOperation) -> Result<HeaderOperation, String> {
    match raw {
        RawOperation::Append(header) => {
            check_header(&header).map_err(|problem| format!("append.{problem}"))?;
            Ok(HeaderOperation::append(header.name, header.value))
        }
        RawOperation::Remove(name) => {
            check_name(&name).map_err(|problem| format!("remove: {problem}"))?;
            Ok(HeaderOperation::remove(name))
        }
        RawOperation::Set(header) => {
            check_header(&header).map_err(|problem| format!("set.{problem}"))?;
            Ok(HeaderOperation::set(header.name, header.value))
        }
    }
}

fn check_header(header: &RawHeader) -> Result<(), String> {
    check_name(&header.name).map_err(|problem| format!("name: {problem}"))?;
    // RFC 9110, section 5.5: visible characters, spaces and tabs between them.
    let is_field = |character: char| character == '\t' || !character.is_control();
    if !header.value.chars().all(is_field) || header.value.trim() != header.value {
        return Err("value: must hold no control characters, nor begin or end with space".into());
    }
    Ok(())
}

fn check_name(name: &str) -> Result<(), String> {
    // RFC 9110, section 5.6.2.
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if name.is_empty() || !name.bytes().all(is_token) {
        return Err(format!("must be the name of a header, got {name:?}"));
    }
    if HOST_HEADERS.contains(&name.to_ascii_lowercase().as_str()) {
        return Err(format!("{name} belongs to the gateway and cannot be changed; leave it out"));
    }
    Ok(())
}
