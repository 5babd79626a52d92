//! The Lambda proxy response, payload format 1.0.
//!
//! Source: API Gateway Developer Guide, "Output format of a Lambda function for proxy integration";
//! which results answer 502 and which are accepted is as recorded from AWS.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use model::{HEADER_LINE_OVERHEAD_BYTES, RESPONSE_HEADER_BYTES_MAX};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::failure::{Failure, Fault};
use crate::respond::Response;

/// Unknown keys are refused, as AWS does.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RawResponse {
    status_code: Option<RawStatus>,
    headers: Option<Map<String, Value>>,
    multi_value_headers: Option<Map<String, Value>>,
    body: Option<String>,
    is_base64_encoded: Option<bool>,
}

/// The metadata of a result that streams.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RawMetadata {
    status_code: Option<RawStatus>,
    headers: Option<Map<String, Value>>,
    multi_value_headers: Option<Map<String, Value>>,
    #[serde(default)]
    cookies: Vec<String>,
}

/// AWS takes 201 and "201".
#[derive(Deserialize)]
#[serde(untagged)]
enum RawStatus {
    Number(u16),
    Text(String),
}

/// The result as a response, with the headers that the function gave it.
pub(super) fn parse(result: &[u8], is_binary_accepted: bool) -> Result<Response, Failure> {
    let raw: RawResponse = serde_json::from_slice(result).map_err(|error| malformed(&error))?;
    let status = status(raw.status_code)?;
    let mut headers = ResultHeaders::of(raw.headers, raw.multi_value_headers)?;
    headers.map.remove(http::header::CONTENT_LENGTH);
    let text = raw.body.unwrap_or_default();
    let body = if raw.is_base64_encoded == Some(true) && is_binary_accepted {
        let decoded = STANDARD.decode(text);
        decoded.map_err(|error| Fault::Configuration(format!("the body is no base64: {error}")))?
    } else {
        text.into_bytes()
    };
    Ok(Response { status, headers: headers.map, body: Bytes::from(body) })
}

/// Between the metadata of a result that streams and its payload.
const STREAM_DELIMITER: [u8; 8] = [0; 8];

/// Where the delimiter must be (AWS).
const METADATA_BYTES_MAX: usize = 16 * 1024;

/// The result of a function whose response streams: metadata in JSON, eight NUL bytes, the payload as it
/// is. Any other output format is a fault of the configuration.
pub(super) fn parse_stream(result: &Bytes) -> Result<Response, Failure> {
    let wrong = |cause: &str| {
        Failure::from(Fault::Configuration(format!("Malformed streaming response: {cause}")))
    };
    let begin = &result[..result.len().min(METADATA_BYTES_MAX)];
    let end = begin.windows(STREAM_DELIMITER.len()).position(|bytes| bytes == STREAM_DELIMITER);
    let end = end.ok_or_else(|| wrong("no eight NUL bytes after the metadata"))?;
    let raw: RawMetadata =
        serde_json::from_slice(&result[..end]).map_err(|error| wrong(&error.to_string()))?;
    let status = status(raw.status_code)?;
    let mut headers = ResultHeaders::of(raw.headers, raw.multi_value_headers)?;
    for cookie in raw.cookies {
        headers.append("set-cookie", &Value::String(cookie))?;
    }
    headers.map.remove(http::header::CONTENT_LENGTH);
    Ok(Response {
        status,
        headers: headers.map,
        body: result.slice(end + STREAM_DELIMITER.len()..),
    })
}

/// A final status (RFC 9110 section 15): 1xx would leave the client waiting.
fn status(raw: Option<RawStatus>) -> Result<StatusCode, Failure> {
    let number = match raw {
        None => 200,
        Some(RawStatus::Number(number)) => number,
        Some(RawStatus::Text(text)) => text.parse().map_err(|_| malformed(&"statusCode"))?,
    };
    let status = StatusCode::from_u16(number).ok().filter(|_| (200..=599).contains(&number));
    status.ok_or_else(|| malformed(&format!("statusCode {number} is not 200-599")))
}

/// The headers of a result, as many as a response may have.
#[derive(Default)]
struct ResultHeaders {
    map: HeaderMap,
    bytes: usize,
}

impl ResultHeaders {
    fn of(
        single: Option<Map<String, Value>>,
        multiple: Option<Map<String, Value>>,
    ) -> Result<Self, Failure> {
        let mut headers = Self::default();
        for (name, values) in multiple.unwrap_or_default() {
            let Value::Array(values) = values else {
                return Err(malformed(&format!("multiValueHeaders.{name} is no list")));
            };
            for value in &values {
                headers.append(&name, value)?;
            }
        }
        for (name, value) in single.unwrap_or_default() {
            headers.append(&name, &value)?;
        }
        Ok(headers)
    }

    /// Adds a value beside those there are, unless the very same is there already.
    fn append(&mut self, name: &str, value: &Value) -> Result<(), Failure> {
        let text = match value {
            Value::Bool(flag) => flag.to_string(),
            Value::String(text) => text.clone(),
            Value::Null => return Ok(()),
            Value::Array(_) | Value::Number(_) | Value::Object(_) => {
                return Err(malformed(&format!("the header {name} is no string or boolean")));
            }
        };
        self.bytes += name.len() + text.len() + HEADER_LINE_OVERHEAD_BYTES;
        if self.bytes > RESPONSE_HEADER_BYTES_MAX {
            let cause = format!("the headers take more than {RESPONSE_HEADER_BYTES_MAX} bytes");
            return Err(malformed(&cause));
        }
        let name = HeaderName::try_from(name).map_err(|error| malformed(&error))?;
        let value = HeaderValue::try_from(text).map_err(|error| malformed(&error))?;
        if self.map.get_all(&name).iter().all(|known| known != value) {
            self.map.append(name, value);
        }
        Ok(())
    }
}

fn malformed(cause: &dyn std::fmt::Display) -> Failure {
    Fault::MalformedProxyResponse(cause.to_string()).into()
}

#[cfg(test)]
mod tests;
