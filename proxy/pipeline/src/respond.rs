//! Responses on their way to the client: the headers that every one of them has.

use std::ops::Deref;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, ORIGIN};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use model::Cors;
use serde_json::{Value, json};

use crate::header_rules::{self, ResponseKind};
use crate::record::Record;
use crate::request::Request;
use crate::response_cache::KeptResponse;
use crate::trace::Trace;

static REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");
static EXTENDED_REQUEST_ID: HeaderName = HeaderName::from_static("x-amz-apigw-id");
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

/// A response, of one request alone or kept for others.
#[derive(Clone, Debug)]
pub(crate) enum Whole {
    /// Fetched by another request.
    Kept(KeptResponse),
    /// Of this request.
    Own(Response),
}

impl Whole {
    fn said(&self) -> Said {
        match self {
            Self::Kept(kept) => kept.said(),
            Self::Own(response) => Said::of(&response.headers),
        }
    }

    /// For whoever changes it.
    pub(crate) fn into_own(self) -> Response {
        match self {
            Self::Kept(kept) => kept.response().clone(),
            Self::Own(response) => response,
        }
    }
}

impl Deref for Whole {
    type Target = Response;

    fn deref(&self) -> &Response {
        match self {
            Self::Kept(kept) => kept.response(),
            Self::Own(response) => response,
        }
    }
}

/// The headers that the gateway gives to each response of one request.
#[derive(Clone, Debug)]
pub struct ResponseHeaders {
    request_id: HeaderValue,
    extended_request_id: HeaderValue,
    /// In place of that of the request that fetched the response.
    trace_id: Option<HeaderValue>,
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
            trace_id: None,
            cors: cors.map(|cors| cors.headers(request.headers.get(ORIGIN))).unwrap_or_default(),
            rate_limit: None,
            is_cache_control_ignored: false,
        }
    }

    /// The same with a trace id, if the response has one and another request fetched it.
    pub(crate) fn with_trace_id_for(self, response: &Whole, request: &Request<'_>) -> Self {
        let is_anothers = matches!(response, Whole::Kept(kept) if kept.said().trace_id);
        Self { trace_id: is_anothers.then(|| request.ids.trace_id.value().clone()), ..self }
    }

    /// The same with what the client is told of its limits and wishes.
    pub(crate) fn with_told(self, record: &Record) -> Self {
        let is_cache_control_ignored = record.is_cache_control_ignored;
        Self { rate_limit: record.rate_limit.clone(), is_cache_control_ignored, ..self }
    }

    /// Calls `each` with each header of a forwarded response as the client gets it. Those that frame
    /// the message are the shell's to write.
    pub fn forwarded(&self, headers: &HeaderMap, mut each: impl FnMut(&HeaderName, &HeaderValue)) {
        let mut said = Said::default();
        header_rules::for_each_remapped(headers, ResponseKind::Proxied, |name, value| {
            said.note(name);
            each(name, value);
        });
        self.each_replacing(&mut each);
        self.each_added(said, each);
    }

    /// The same of a response whose headers have the names that the client sees.
    fn whole(&self, response: &Whole, mut each: impl FnMut(&HeaderName, &HeaderValue)) {
        for (name, value) in &response.headers {
            if !self.replaces(name) {
                each(name, value);
            }
        }
        self.each_replacing(&mut each);
        self.each_added(response.said(), each);
    }

    fn replaces(&self, name: &HeaderName) -> bool {
        let of_limits = self.rate_limit.as_ref().is_some_and(|limits| limits.contains_key(name));
        let is_trace_id = self.trace_id.is_some() && *name == TRACE_ID;
        of_limits || is_trace_id || *name == REQUEST_ID || *name == EXTENDED_REQUEST_ID
    }

    /// Those that stand in place of what the response says under their names, each name once.
    fn each_replacing(&self, mut each: impl FnMut(&HeaderName, &HeaderValue)) {
        each(&REQUEST_ID, &self.request_id);
        each(&EXTENDED_REQUEST_ID, &self.extended_request_id);
        if let Some(trace_id) = &self.trace_id {
            each(&TRACE_ID, trace_id);
        }
        let limits = self.rate_limit.iter().flat_map(|headers| headers.iter());
        limits.for_each(|(name, value)| each(name, value));
    }

    /// Those that stand beside it.
    fn each_added(&self, said: Said, mut each: impl FnMut(&HeaderName, &HeaderValue)) {
        if self.is_cache_control_ignored {
            each(&header::WARNING, &CACHE_CONTROL_IGNORED);
        }
        if !said.content_type {
            each(&header::CONTENT_TYPE, &DEFAULT_CONTENT_TYPE);
        }
        if !said.cors {
            self.cors.iter().for_each(|(name, value)| each(name, value));
        }
    }
}

/// What a response says itself.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Said {
    content_type: bool,
    cors: bool,
    trace_id: bool,
}

impl Said {
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let mut said = Self::default();
        headers.keys().for_each(|name| said.note(name));
        said
    }

    fn note(&mut self, name: &HeaderName) {
        self.content_type |= *name == header::CONTENT_TYPE;
        self.cors |= *name == ACCESS_CONTROL_ALLOW_ORIGIN;
        self.trace_id |= *name == TRACE_ID;
    }
}

/// A whole response with the headers that the gateway gives to each. They are put together as they are
/// written, once.
#[derive(Clone, Debug)]
pub struct ClientResponse {
    response: Whole,
    own: ResponseHeaders,
}

impl ClientResponse {
    pub(crate) fn new(response: Whole, own: ResponseHeaders) -> Self {
        Self { response, own }
    }

    /// 200 to 599.
    pub fn status(&self) -> StatusCode {
        self.response.status
    }

    /// The whole body.
    pub fn body(&self) -> &Bytes {
        &self.response.body
    }

    /// How many headers there are, about.
    pub fn header_count(&self) -> usize {
        /// Two ids, a content type, one for CORS.
        const OWN: usize = 4;
        self.response.headers.len() + OWN
    }

    /// Calls `each` with each header, but for those that frame the message: they are the shell's to write.
    pub fn for_each_header(&self, each: impl FnMut(&HeaderName, &HeaderValue)) {
        self.own.whole(&self.response, each);
    }

    /// The response without what is of this request, if others are sent the same.
    pub fn kept(&self) -> Option<&KeptResponse> {
        match &self.response {
            Whole::Kept(kept) if kept.is_shared() => Some(kept),
            Whole::Kept(_) | Whole::Own(_) => None,
        }
    }

    /// Calls `each` with each header of this request that stands in place of those that the response has of its name.
    pub fn for_each_replacing_header(&self, each: impl FnMut(&HeaderName, &HeaderValue)) {
        self.own.each_replacing(each);
    }

    /// Calls `each` with each header of this request that stands beside those of the response.
    pub fn for_each_added_header(&self, each: impl FnMut(&HeaderName, &HeaderValue)) {
        self.own.each_added(self.response.said(), each);
    }

    /// For whoever does not write it.
    pub fn to_response(&self) -> Response {
        let mut headers = HeaderMap::with_capacity(self.header_count());
        self.for_each_header(|name, value| {
            headers.append(name, value.clone());
        });
        let Response { status, body, .. } = &*self.response;
        Response { status: *status, headers, body: body.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own() -> ResponseHeaders {
        let value = HeaderValue::from_static;
        let limits = [(HeaderName::from_static("ratelimit"), value("of the gateway"))];
        ResponseHeaders {
            request_id: value("id"),
            extended_request_id: value("extended"),
            trace_id: None,
            cors: [(ACCESS_CONTROL_ALLOW_ORIGIN, value("*"))].into_iter().collect(),
            rate_limit: Some(Arc::new(limits.into_iter().collect())),
            is_cache_control_ignored: true,
        }
    }

    /// What the client gets of a response with these headers, in this order.
    fn headers(said: &[(&'static str, &'static str)]) -> String {
        let mut headers = HeaderMap::new();
        for (name, value) in said {
            headers.append(*name, HeaderValue::from_static(value));
        }
        let response = Response { status: StatusCode::OK, headers, body: Bytes::new() };
        let mut lines = Vec::new();
        ClientResponse::new(Whole::Own(response), own()).for_each_header(|name, value| {
            lines.push(format!("{name}: {}", value.to_str().unwrap()));
        });
        lines.join("\n")
    }

    #[test]
    fn an_answer_has_the_headers_of_the_gateway_beside_its_own() {
        let of_the_gateway = "x-amzn-requestid: id\nx-amz-apigw-id: extended\nratelimit: of the gateway\nwarning: 199 Cache-control headers were ignored because the caller was unauthorized.";
        let defaults = "content-type: application/json\naccess-control-allow-origin: *";
        assert_eq!(headers(&[]), format!("{of_the_gateway}\n{defaults}"));
        let said = [("content-type", "text/plain"), ("access-control-allow-origin", "https://a")];
        let kept = "content-type: text/plain\naccess-control-allow-origin: https://a";
        assert_eq!(headers(&said), format!("{kept}\n{of_the_gateway}"));
    }

    #[test]
    fn an_answer_cannot_say_what_is_the_gateways_to_say() {
        let feigned =
            ["x-amzn-requestid", "x-amz-apigw-id", "ratelimit"].map(|name| (name, "feigned"));
        let told = headers(&feigned);
        assert!(!told.contains("feigned"), "{told}");
        // A warning is one of several.
        assert!(headers(&[("warning", "110 stale")]).contains("warning: 110 stale\n"));
    }
}
