//! A guest's request before it is sent: what may not be in one is refused, what is the connection's
//! and not the request's is taken out.

use std::sync::Arc;
use std::time::Duration;

use http::header::{CONTENT_LENGTH, HOST, HeaderMap, HeaderName, TE};
use http::uri::PathAndQuery;
use http::{HeaderValue, Method, Request, Uri, Version};
use model::AddressRange;
use wasmtime_wasi_http::{DEFAULT_FORBIDDEN_HEADERS, Error, WasiBody};

use crate::deadline::CallDeadline;
use crate::outbound::destination::Destination;
use crate::outbound::lease::Share;
use crate::outbound::request_body::{Fault, Guest, RequestBody};

/// Path and query: what servers take at most by default (nginx, Apache).
const URI_BYTES_MAX: usize = 8 * 1024;

/// Names and values of all headers.
const HEADER_BYTES_MAX: usize = 64 * 1024;

/// Values of all headers.
const HEADERS_MAX: usize = 256;

/// The longest that is registered has 17 characters.
const METHOD_BYTES_MAX: usize = 32;

/// A request that may be sent.
pub(crate) struct Outgoing {
    pub(crate) destination: Destination,
    /// Addresses that it may go to beside public ones.
    pub(crate) granted: Vec<AddressRange>,
    pub(crate) request: Request<RequestBody>,
    pub(crate) share: Arc<Share>,
    /// Why its body broke.
    pub(crate) fault: Fault,
    pub(crate) times: Times,
}

/// When to give up.
#[derive(Clone, Debug)]
pub(crate) struct Times {
    pub(crate) connect: Duration,
    pub(crate) first_byte: Option<Duration>,
    pub(crate) between_bytes: Option<Duration>,
    /// The end of the call that sends the request, or before.
    pub(crate) deadline: CallDeadline,
}

impl Times {
    /// Waits until a response that has not begun is of no use.
    pub(crate) async fn elapsed(&self) {
        let first_byte = self.first_byte.unwrap_or(Duration::MAX);
        let _ = tokio::time::timeout(first_byte, self.deadline.reached()).await;
    }
}

/// Checks what the guest sends, and takes out what belongs to the connection.
pub(crate) fn checked(
    request: Request<WasiBody>,
    body_bytes_max: u64,
    guest: Arc<Guest>,
) -> Result<Request<RequestBody>, Error> {
    let (mut parts, body) = request.into_parts();
    if parts.method == Method::CONNECT || METHOD_BYTES_MAX < parts.method.as_str().len() {
        return Err(Error::HttpRequestMethodInvalid);
    }
    if URI_BYTES_MAX < parts.uri.path_and_query().map_or(0, |path| path.as_str().len()) {
        return Err(Error::HttpRequestUriTooLong);
    }
    // The guest cannot set them itself, but may pass on what it was sent.
    for name in DEFAULT_FORBIDDEN_HEADERS.iter().chain([&TE, &HeaderName::from_static("expect")]) {
        parts.headers.remove(name);
    }
    check_headers(&parts.headers)?;
    let promised = content_length(&parts.headers)?;
    if promised.is_some_and(|promised| body_bytes_max < promised) {
        return Err(Error::HttpRequestBodySize(promised));
    }
    let body = RequestBody::new(body, body_bytes_max, promised, guest);
    parts.version = Version::HTTP_11;
    parts.extensions.clear();
    Ok(Request::from_parts(parts, body))
}

fn check_headers(headers: &HeaderMap) -> Result<(), Error> {
    let bytes: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    if HEADER_BYTES_MAX < bytes || HEADERS_MAX < headers.len() {
        return Err(Error::HttpRequestHeaderSectionSize(u32::try_from(bytes).ok()));
    }
    Ok(())
}

/// One number of digits only: where readers differ, the next request is what they differ about.
fn content_length(headers: &HeaderMap) -> Result<Option<u64>, Error> {
    let mut values = headers.get_all(CONTENT_LENGTH).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    let digits = value.to_str().ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    match (digits.and_then(|digits| digits.parse().ok()), values.next()) {
        (Some(length), None) => Ok(Some(length)),
        _ => Err(Error::HttpProtocolError),
    }
}

/// As HTTP/1.1 has it: only path and query in the request line, and the host as a header.
pub(crate) fn shape_for_http1<B>(
    request: &mut Request<B>,
    destination: &Destination,
) -> Option<()> {
    let host = HeaderValue::try_from(destination.authority()).ok()?;
    *request.uri_mut() = Uri::from(path_and_query(request.uri())?);
    request.headers_mut().insert(HOST, host);
    Some(())
}

/// As HTTP/2 has it: everything in the URI.
pub(crate) fn shape_for_http2<B>(
    request: &mut Request<B>,
    destination: &Destination,
) -> Option<()> {
    let uri = Uri::builder()
        .scheme(destination.scheme.to_string().as_str())
        .authority(destination.authority())
        .path_and_query(path_and_query(request.uri())?);
    *request.uri_mut() = uri.build().ok()?;
    request.headers_mut().remove(HOST);
    Some(())
}

fn path_and_query(uri: &Uri) -> Option<PathAndQuery> {
    let text = uri.path_and_query().map_or("/", PathAndQuery::as_str);
    if text.starts_with('/') { text.parse().ok() } else { format!("/{text}").parse().ok() }
}

#[cfg(test)]
mod tests;
