//! Pingora's headers and the `http` crate's, both ways; nowhere else.

use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use pingora_core::Result;
use pingora_http::{RequestHeader, ResponseHeader};
use pipeline::{Response, UpstreamHead};

/// The head of a whole response: framed by its length. A response that has no body by definition
/// (RFC 9110 section 8.6) gets no length.
pub(crate) fn response_head(response: &Response) -> Result<Box<ResponseHeader>> {
    let mut head = response_header(response.status, &response.headers)?;
    if !is_bodiless(response.status) {
        head.insert_header(CONTENT_LENGTH, response.body.len().to_string())?;
    }
    Ok(Box::new(head))
}

/// Whether a response of this status never has a body.
pub(crate) fn is_bodiless(status: StatusCode) -> bool {
    matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED)
}

fn response_header(status: StatusCode, headers: &HeaderMap) -> Result<ResponseHeader> {
    let mut head = ResponseHeader::build(status, Some(headers.len() + 4))?;
    for (name, value) in headers {
        append(&mut head, name, value)?;
    }
    Ok(head)
}

/// In HTTP/1.1 AWS writes its own headers in this letter case.
fn append(head: &mut ResponseHeader, name: &HeaderName, value: &HeaderValue) -> Result<bool> {
    match name.as_str() {
        "x-amzn-errortype" => head.append_header("x-amzn-ErrorType", value),
        "x-amzn-requestid" => head.append_header("x-amzn-RequestId", value),
        "x-amzn-trace-id" => head.append_header("X-Amzn-Trace-Id", value),
        _ => head.append_header(name.clone(), value),
    }
}

/// The head of a forwarded response with other headers. It is framed as the upstream's was; a body in
/// chunks was decoded and is encoded again.
pub(crate) fn replace_response_headers(
    head: &mut ResponseHeader,
    change: impl FnOnce(&HeaderMap) -> HeaderMap,
) -> Result<()> {
    let mut replaced = response_header(head.status, &change(&head.headers))?;
    if head.headers.contains_key(TRANSFER_ENCODING) {
        replaced.insert_header(TRANSFER_ENCODING, "chunked")?;
    } else if let Some(length) = head.headers.get(CONTENT_LENGTH) {
        replaced.insert_header(CONTENT_LENGTH, length)?;
    }
    replaced.set_version(head.version);
    *head = replaced;
    Ok(())
}

/// The head of a request to an upstream, always HTTP/1.1 (AWS calls integrations with nothing else).
pub(crate) fn upstream_request(head: &UpstreamHead) -> Result<RequestHeader> {
    let mut request = RequestHeader::build_no_case(
        head.method.clone(),
        head.path_and_query.as_bytes(),
        Some(head.headers.len() + 2),
    )?;
    for (name, value) in &head.headers {
        request.append_header(name.clone(), value)?;
    }
    Ok(request)
}

/// Makes the request that Pingora is about to send the one the pipeline decided on. It has no body;
/// whether the client said so in its head stays as it was.
pub(crate) fn replace_upstream_request(
    request: &mut RequestHeader,
    head: &UpstreamHead,
) -> Result<()> {
    let length = request.headers.get(CONTENT_LENGTH).cloned();
    let version = request.version;
    *request = upstream_request(head)?;
    request.set_version(version);
    if let Some(length) = length {
        request.insert_header(CONTENT_LENGTH, length)?;
    }
    Ok(())
}

/// A whole body's framing.
pub(crate) fn frame_body(request: &mut RequestHeader, body_bytes: usize) -> Result<()> {
    let expects_body = matches!(request.method, Method::POST | Method::PUT | Method::PATCH);
    if body_bytes > 0 || expects_body {
        request.insert_header(CONTENT_LENGTH, body_bytes.to_string())?;
    }
    Ok(())
}
