//! The event of an `AWS_PROXY` integration, payload format 1.0.
//!
//! Own types rather than those of `aws_lambda_events`, which make a component 79 KB larger
//! (214 instead of 135) and are `Option`s and `non_exhaustive` throughout. A function that has
//! those already can use them: any type that serde deserializes is an event.

use std::borrow::Cow;
use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

/// A request, as Lambda gets it from API Gateway. What is `null` in JSON is empty here.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase", default)]
pub struct ProxyRequest {
    /// The template that matched, such as `/pets/{petId}`.
    pub resource: String,
    /// The path without the stage.
    pub path: String,
    /// `GET`, `POST`, ...
    pub http_method: String,
    /// The last value of each header, with the names as the client sent them: use
    /// [`header`](Self::header).
    #[serde(deserialize_with = "null_as_default")]
    pub headers: BTreeMap<String, String>,
    /// Every value of each header.
    #[serde(deserialize_with = "null_as_default")]
    pub multi_value_headers: BTreeMap<String, Vec<String>>,
    /// The last value of each query parameter, decoded.
    #[serde(deserialize_with = "null_as_default")]
    pub query_string_parameters: BTreeMap<String, String>,
    /// Every value of each query parameter.
    #[serde(deserialize_with = "null_as_default")]
    pub multi_value_query_string_parameters: BTreeMap<String, Vec<String>>,
    /// The path parameters of the template.
    #[serde(deserialize_with = "null_as_default")]
    pub path_parameters: BTreeMap<String, String>,
    /// The variables of the stage.
    #[serde(deserialize_with = "null_as_default")]
    pub stage_variables: BTreeMap<String, String>,
    /// Who asks, when, and through what.
    pub request_context: ProxyRequestContext,
    /// The body; base64 if `is_base64_encoded`. Use [`bytes`](Self::bytes) or [`json`](Self::json).
    pub body: Option<String>,
    /// Whether the body is base64, as it is for binary media types.
    pub is_base64_encoded: bool,
}

/// `requestContext` of a proxy event.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase", default)]
pub struct ProxyRequestContext {
    /// The account that owns the API.
    pub account_id: String,
    /// The API.
    pub api_id: String,
    /// What the authorizer said: `principalId` and its context; empty without an authorizer.
    pub authorizer: Map<String, Value>,
    /// The host that the client asked.
    #[serde(deserialize_with = "null_as_default")]
    pub domain_name: String,
    /// `GET`, `POST`, ...
    pub http_method: String,
    /// Who the client is.
    pub identity: ProxyRequestIdentity,
    /// The path with the stage.
    pub path: String,
    /// `HTTP/1.1` or `HTTP/2.0`.
    pub protocol: String,
    /// `x-amzn-RequestId` of the response.
    pub request_id: String,
    /// `dd/MMM/yyyy:HH:mm:ss +0000`.
    pub request_time: String,
    /// When the request arrived: milliseconds since 1970-01-01T00:00:00Z.
    pub request_time_epoch: u64,
    /// The template that matched.
    pub resource_path: String,
    /// The stage.
    pub stage: String,
}

/// `requestContext.identity` of a proxy event.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase", default)]
pub struct ProxyRequestIdentity {
    /// The client's API key, when the method requires one.
    pub api_key: Option<String>,
    /// The client's address.
    pub source_ip: String,
    /// `User-Agent`.
    pub user_agent: Option<String>,
}

/// Why a body could not be read. The text may be shown to the client.
#[derive(Debug, thiserror::Error)]
pub enum InvalidBody {
    /// `isBase64Encoded` is true and the body is not base64.
    #[error("the body is not base64")]
    Base64,
    /// There is no body.
    #[error("a body is required")]
    Empty,
    /// The body is not the JSON that is expected.
    #[error("the body is not valid: {0}")]
    Json(serde_json::Error),
}

impl ProxyRequest {
    /// The last value of a header; names are compared without case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let named = |(key, _): &(&String, &String)| key.eq_ignore_ascii_case(name);
        self.headers.iter().find(named).map(|(_, value)| value.as_str())
    }

    /// The last value of a query parameter.
    pub fn query_parameter(&self, name: &str) -> Option<&str> {
        self.query_string_parameters.get(name).map(String::as_str)
    }

    /// A path parameter.
    pub fn path_parameter(&self, name: &str) -> Option<&str> {
        self.path_parameters.get(name).map(String::as_str)
    }

    /// A value that the authorizer gave, or its `principalId`.
    pub fn authorizer_value(&self, name: &str) -> Option<&str> {
        self.request_context.authorizer.get(name).and_then(Value::as_str)
    }

    /// The body's bytes, decoded if it is base64.
    pub fn bytes(&self) -> Result<Cow<'_, [u8]>, InvalidBody> {
        let body = self.body.as_deref().unwrap_or_default();
        if !self.is_base64_encoded {
            return Ok(Cow::Borrowed(body.as_bytes()));
        }
        STANDARD.decode(body).map(Cow::Owned).map_err(|_| InvalidBody::Base64)
    }

    /// The body, read as JSON.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, InvalidBody> {
        let bytes = self.bytes()?;
        if bytes.is_empty() {
            return Err(InvalidBody::Empty);
        }
        serde_json::from_slice(&bytes).map_err(InvalidBody::Json)
    }
}

fn null_as_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

#[cfg(test)]
mod tests;
