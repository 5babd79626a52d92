//! `TOKENS` of the environment -> [`Tokens`]. Reports every problem at once, and never a token.

use edgeway_plugin_sdk::configuration::{Configuration, ConfigurationError};
use edgeway_plugin_sdk::{ContextEntry, ContextValue};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::tokens::{Grant, Methods, TokenDigest, Tokens};

const VARIABLE: &str = "TOKENS";

/// Names that the gateway sets in `requestContext.authorizer` itself.
const RESERVED_CONTEXT_NAMES: [&str; 3] = ["claims", "integrationLatency", "principalId"];

/// One entry of `TOKENS`, as it is written.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RawToken {
    token: Option<String>,
    token_sha256: Option<String>,
    principal: String,
    methods: Option<Vec<String>>,
    #[serde(default)]
    context: Map<String, Value>,
    usage_identifier_key: Option<String>,
}

pub(crate) fn parse(configuration: &Configuration) -> Result<Tokens, ConfigurationError> {
    let raw: Vec<RawToken> = configuration.secret_json(VARIABLE)?;
    let mut tokens = Vec::with_capacity(raw.len());
    let mut problems = Vec::new();
    for (index, raw) in raw.into_iter().enumerate() {
        match parse_token(raw) {
            Ok((digest, _)) if tokens.iter().any(|(known, _)| *known == digest) => {
                problems
                    .push(format!("[{index}]: this token is listed before; remove one of them"));
            }
            Ok(token) => tokens.push(token),
            Err(found) => problems.extend(found.iter().map(|what| format!("[{index}].{what}"))),
        }
    }
    if tokens.is_empty() && problems.is_empty() {
        problems.push("must list at least one token".to_owned());
    }
    if problems.is_empty() {
        return Ok(Tokens::new(tokens));
    }
    Err(ConfigurationError::invalid(VARIABLE, problems.join("; ")))
}

fn parse_token(raw: RawToken) -> Result<(TokenDigest, Grant), Vec<String>> {
    let mut problems = Vec::new();
    let digest = parse_digest(raw.token.as_deref(), raw.token_sha256.as_deref())
        .map_err(|problem| problems.push(problem));
    if raw.principal.is_empty() {
        problems.push("principal: must not be empty".to_owned());
    }
    let methods = parse_methods(raw.methods).map_err(|problem| problems.push(problem));
    let mut context = Vec::with_capacity(raw.context.len());
    for (name, value) in raw.context {
        match parse_context(&name, value) {
            Ok(value) => context.push(ContextEntry { name, value }),
            Err(problem) => problems.push(problem),
        }
    }
    match (digest, methods) {
        (Ok(digest), Ok(methods)) if problems.is_empty() => {
            let usage_identifier_key = raw.usage_identifier_key;
            Ok((digest, Grant { principal: raw.principal, methods, context, usage_identifier_key }))
        }
        _ => Err(problems),
    }
}

fn parse_digest(token: Option<&str>, token_sha256: Option<&str>) -> Result<TokenDigest, String> {
    match (token, token_sha256) {
        (Some(token), None) => {
            if token.is_empty() || token.contains(char::is_whitespace) {
                return Err("token: must not be empty, nor contain white space".to_owned());
            }
            Ok(TokenDigest::of(token))
        }
        (None, Some(hex)) => TokenDigest::parse(hex).ok_or_else(|| {
            let found = hex.chars().count();
            format!("tokenSha256: must be 64 hexadecimal digits, got {found} characters")
        }),
        (None, None) => Err("tokenSha256: is missing; give it, or `token`".to_owned()),
        (Some(_), Some(_)) => Err("token: remove it, as there is `tokenSha256`".to_owned()),
    }
}

fn parse_methods(methods: Option<Vec<String>>) -> Result<Methods, String> {
    let Some(patterns) = methods else {
        return Ok(Methods::All);
    };
    if patterns.is_empty() {
        return Err("methods: is empty; remove it to allow every method".to_owned());
    }
    if patterns.iter().any(|pattern| pattern == "*") {
        return Ok(Methods::All);
    }
    match patterns.iter().find(|pattern| !is_method_pattern(pattern)) {
        Some(pattern) => Err(format!(
            "methods: must each be * or VERB/path, such as GET/pets/* or */pets, got {pattern:?}"
        )),
        None => Ok(Methods::Matching(patterns)),
    }
}

/// A verb in capitals or `*`, a slash, a path without its leading slash.
fn is_method_pattern(pattern: &str) -> bool {
    pattern.split_once('/').is_some_and(|(verb, path)| {
        let is_verb = !verb.is_empty() && verb.bytes().all(|byte| byte.is_ascii_uppercase());
        (verb == "*" || is_verb) && !path.starts_with('/')
    })
}

fn parse_context(name: &str, value: Value) -> Result<ContextValue, String> {
    if RESERVED_CONTEXT_NAMES.contains(&name) {
        return Err(format!("context.{name}: is a name that the gateway sets; choose another"));
    }
    match value {
        Value::Bool(value) => Ok(value.into()),
        Value::Number(number) => number
            .as_f64()
            .map(ContextValue::Number)
            .ok_or_else(|| format!("context.{name}: is not a number of 64 bits")),
        Value::String(text) => Ok(text.into()),
        Value::Array(_) | Value::Null | Value::Object(_) => {
            Err(format!("context.{name}: must be text, a number, true or false"))
        }
    }
}
