//! Responses on their way to the client: the headers that every one of them has.

use std::sync::Arc;

use bytes::Bytes;
use http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, ORIGIN};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use model::Cors;
use serde_json::{Value, json};

use crate::header_rules::{self, ResponseKind};
use crate::record::Record;
use crate::request::Request;
use crate::trace::Trace;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");
const EXTENDED_REQUEST_ID: HeaderName = HeaderName::from_static("x-amz-apigw-id");
pub(crate) const TRACE_ID: HeaderName = HeaderName::from_static("x-amzn-trace-id");

/// Of a response that says nothing of its own.
static DEFAULT_CONTENT_TYPE: HeaderValue = HeaderValue::from_static("application/json");

/// To whoever may not make the gateway forget a response. AWS documents that there is a warning and not its
/// text; this is what users and other implementations report of it. 199 is for warnings without a number of
/// their own (RFC 7234 section 5.5.7).
static CACHE_CONTROL_IGNORED: HeaderValue = HeaderValue::from_static(
    "199 Cache-control headers were ignored because the caller was unauthorized.",
);

/// A whole response. The shell frames it: `Content-Length`, `Date` and `Connection` are its own.
#[derive(Clone, Debug)]
pub struct Response {
    /// 200 to 599.
    pub status: StatusCode,
    /// Without those that frame the message.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: Bytes,
}

impl Response {
    /// For whoever wants to know what happened.
    pub(crate) fn traced(&self, trace: &Trace) -> Value {
        traced(trace, self.status, &self.headers, &self.body)
    }
}

/// A response as it is shown to whoever wants to know what happened.
pub(crate) fn traced(trace: &Trace, status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Value {
    json!({
        "status": status.as_u16(),
        "headers": trace.headers(headers),
        "body": trace.body(body),
    })
}

/// The headers that the gateway gives to each response of one request.
#[derive(Clone, Debug)]
pub struct ResponseHeaders {
    request_id: HeaderValue,
    extended_request_id: HeaderValue,
    /// For an answer that says nothing of it itself.
    cors: HeaderMap,
    rate_limit: Option<Arc<HeaderMap>>,
    is_cache_control_ignored: bool,
}

impl ResponseHeaders {
    pub(crate) fn new(request: &Request<'_>, cors: Option<&Cors>) -> Self {
        Self {
            request_id: request.ids.request_id.clone(),
            extended_request_id: request.ids.extended_request_id.clone(),
            cors: cors.map(|cors| cors.headers(request.headers.get(ORIGIN))).unwrap_or_default(),
            rate_limit: None,
            is_cache_control_ignored: false,
        }
    }

    /// The same with what the client is told of its limits and wishes.
    pub(crate) fn with_told(self, record: &Record) -> Self {
        let is_cache_control_ignored = record.is_cache_control_ignored;
        Self { rate_limit: record.rate_limit.clone(), is_cache_control_ignored, ..self }
    }

    /// Calls `each` with each header of a forwarded response as the client gets it. Those that frame
    /// the message are the shell's to write.
    pub fn forwarded(&self, headers: &HeaderMap, mut each: impl FnMut(HeaderName, &HeaderValue)) {
        let (mut has_content_type, mut has_cors) = (false, false);
        header_rules::for_each_remapped(headers, ResponseKind::Proxied, |name, value| {
            has_content_type |= name == header::CONTENT_TYPE;
            has_cors |= name == ACCESS_CONTROL_ALLOW_ORIGIN;
            each(name, value);
        });
        each(REQUEST_ID, &self.request_id);
        each(EXTENDED_REQUEST_ID, &self.extended_request_id);
        for (name, value) in self.rate_limit.iter().flat_map(|headers| headers.iter()) {
            each(name.clone(), value);
        }
        if !has_content_type {
            each(header::CONTENT_TYPE, &DEFAULT_CONTENT_TYPE);
        }
        if !has_cors {
            self.cors.iter().for_each(|(name, value)| each(name.clone(), value));
        }
    }

    pub(crate) fn add(&self, headers: &mut HeaderMap) {
        headers.insert(REQUEST_ID, self.request_id.clone());
        headers.insert(EXTENDED_REQUEST_ID, self.extended_request_id.clone());
        for (name, value) in self.rate_limit.iter().flat_map(|headers| headers.iter()) {
            headers.insert(name.clone(), value.clone());
        }
        if self.is_cache_control_ignored {
            headers.append(header::WARNING, CACHE_CONTROL_IGNORED.clone());
        }
        if !headers.contains_key(header::CONTENT_TYPE) {
            headers.insert(header::CONTENT_TYPE, DEFAULT_CONTENT_TYPE.clone());
        }
        if !headers.contains_key(ACCESS_CONTROL_ALLOW_ORIGIN) {
            for (name, value) in &self.cors {
                headers.append(name, value.clone());
            }
        }
    }
}

/// The last step of every response that the gateway writes itself.
pub(crate) fn finish(mut response: Response, headers: &ResponseHeaders) -> Response {
    headers.add(&mut response.headers);
    response
}
