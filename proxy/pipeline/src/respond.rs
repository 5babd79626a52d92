//! Responses on their way to the client: the headers that every one of them has.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};

use crate::header_rules::{self, ResponseKind};
use crate::request::Request;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");
const EXTENDED_REQUEST_ID: HeaderName = HeaderName::from_static("x-amz-apigw-id");
pub(crate) const TRACE_ID: HeaderName = HeaderName::from_static("x-amzn-trace-id");

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

/// The headers that the gateway gives to each response of one request.
#[derive(Clone, Debug)]
pub struct ResponseHeaders {
    request_id: HeaderValue,
    extended_request_id: HeaderValue,
}

impl ResponseHeaders {
    pub(crate) fn new(request: &Request<'_>) -> Self {
        Self {
            request_id: request.ids.request_id.clone(),
            extended_request_id: request.ids.extended_request_id.clone(),
        }
    }

    /// The headers of an informational response (1xx) as the client gets them.
    pub fn informational(headers: &HeaderMap) -> HeaderMap {
        header_rules::remapped_response(headers, ResponseKind::Proxied)
    }

    /// The headers of a forwarded response as the client gets them. Those that frame the message are
    /// the shell's to write.
    pub fn forwarded(&self, headers: &HeaderMap) -> HeaderMap {
        let mut headers = header_rules::remapped_response(headers, ResponseKind::Proxied);
        self.add(&mut headers);
        headers
    }

    fn add(&self, headers: &mut HeaderMap) {
        headers.insert(REQUEST_ID, self.request_id.clone());
        headers.insert(EXTENDED_REQUEST_ID, self.extended_request_id.clone());
        if !headers.contains_key(header::CONTENT_TYPE) {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
    }
}

/// The last step of every response that the gateway writes itself.
pub(crate) fn finish(mut response: Response, request: &Request<'_>) -> Response {
    ResponseHeaders::new(request).add(&mut response.headers);
    response
}
