//! The result of an `AWS_PROXY` integration, payload format 1.0.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

/// A response, as API Gateway takes it from Lambda.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ProxyResponse {
    /// 200 to 599.
    pub status_code: u16,
    /// Headers with one value.
    pub headers: BTreeMap<String, String>,
    /// Headers with several values.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub multi_value_headers: BTreeMap<String, Vec<String>>,
    /// The body; base64 if `is_base64_encoded`.
    pub body: String,
    /// Whether the body is base64. The gateway decodes it for binary media types.
    pub is_base64_encoded: bool,
}

impl ProxyResponse {
    /// A response without a body.
    pub fn empty(status_code: u16) -> Self {
        Self {
            status_code,
            headers: BTreeMap::new(),
            multi_value_headers: BTreeMap::new(),
            body: String::new(),
            is_base64_encoded: false,
        }
    }

    /// A response of `application/json`.
    pub fn json<T: Serialize + ?Sized>(
        status_code: u16,
        value: &T,
    ) -> Result<Self, serde_json::Error> {
        let body = serde_json::to_string(value)?;
        Ok(Self { body, ..Self::empty(status_code) }
            .with_header("content-type", "application/json"))
    }

    /// A response of `text/plain`.
    pub fn text(status_code: u16, body: impl Into<String>) -> Self {
        Self { body: body.into(), ..Self::empty(status_code) }
            .with_header("content-type", "text/plain; charset=utf-8")
    }

    /// A response of any bytes. `content_type` has to be one of the API's binary media types, and
    /// has to be accepted by the client, or the client gets the base64.
    pub fn binary(status_code: u16, content_type: impl Into<String>, body: &[u8]) -> Self {
        let body = STANDARD.encode(body);
        Self { body, is_base64_encoded: true, ..Self::empty(status_code) }
            .with_header("content-type", content_type)
    }

    /// Sets a header.
    #[must_use]
    pub fn with_header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.insert(name.into(), value.into());
        self
    }

    /// Adds a value of a header that has several, such as `set-cookie`.
    #[must_use]
    pub fn with_appended_header(
        mut self,
        name: impl Into<String>,
        value: impl Into<String>,
    ) -> Self {
        self.multi_value_headers.entry(name.into()).or_default().push(value.into());
        self
    }
}

#[cfg(test)]
mod tests;
