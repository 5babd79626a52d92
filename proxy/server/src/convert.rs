//! Pingora's headers and the `http` crate's, both ways; nowhere else.

use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use http::{HeaderName, HeaderValue, Method, StatusCode, Uri, Version};
use pingora_core::Result;
use pingora_http::{RequestHeader, ResponseHeader};
use pipeline::{ClientResponse, KeptResponse, Response, ResponseHeaders, UpstreamHead};

/// What a header is passed to.
type Each<'e> = &'e mut dyn FnMut(&HeaderName, &HeaderValue);

/// The head of a whole response: framed by its length. A response that has no body by definition
/// (RFC 9110 section 8.6) gets no length.
pub(crate) fn response_head(
    response: &ClientResponse,
    version: Version,
) -> Result<Box<ResponseHeader>> {
    if let Some(kept) = response.kept().filter(|_| version != Version::HTTP_2) {
        return kept_head(response, kept).map(Box::new);
    }
    let mut head = response_header(response, version)?;
    frame(&mut head, response.body().len())?;
    Ok(Box::new(head))
}

/// The head of a response that is kept for many: what it has in common for all of them is put together once.
fn kept_head(response: &ClientResponse, kept: &KeptResponse) -> Result<ResponseHeader> {
    let mut head = match kept.prepared::<ResponseHeader>() {
        Some(head) => head.clone(),
        None => {
            let head = common_head(kept.response())?;
            kept.prepare(|| head.clone());
            head
        }
    };
    let visit = |each: Each<'_>| response.for_each_replacing_header(each);
    put_each(visit, |name, value| insert(&mut head, name, value))?;
    let visit = |each: Each<'_>| response.for_each_added_header(each);
    put_each(visit, |name, value| append(&mut head, name, value))?;
    Ok(head)
}

/// What is the same for all whom a kept response is sent to.
fn common_head(kept: &Response) -> Result<ResponseHeader> {
    /// Each of them gets these with values of its own, the last two from Pingora. Their places are made here, so that a
    /// copy has them, and nothing is moved to make room.
    const PLACES: [&str; 4] = ["x-amzn-RequestId", "x-amz-apigw-id", "Date", "Connection"];
    /// A length, and what only some get: a content type, one for CORS, limits.
    const MORE: usize = 5;
    let count = kept.headers.len() + PLACES.len() + MORE;
    let mut head = new_head(kept.status, count, Version::HTTP_11, |each| {
        kept.headers.iter().for_each(|(name, value)| each(name, value));
    })?;
    frame(&mut head, kept.body.len())?;
    PLACES.iter().try_for_each(|name| head.insert_header(*name, ""))?;
    Ok(head)
}

fn frame(head: &mut ResponseHeader, body_bytes: usize) -> Result<()> {
    if is_bodiless(head.status) { Ok(()) } else { head.set_content_length(body_bytes) }
}

/// Whether a response of this status never has a body.
pub(crate) fn is_bodiless(status: StatusCode) -> bool {
    matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED)
}

fn response_header(response: &ClientResponse, version: Version) -> Result<ResponseHeader> {
    /// `Content-Length`, `Date`, `Connection`.
    const FRAMING: usize = 3;
    let count = response.header_count() + FRAMING;
    new_head(response.status(), count, version, |each| response.for_each_header(each))
}

/// A head of the headers that are visited, about `count` of them.
fn new_head(
    status: StatusCode,
    count: usize,
    version: Version,
    visit: impl FnOnce(Each<'_>),
) -> Result<ResponseHeader> {
    let mut head = match version {
        // It has no letter case to be kept.
        Version::HTTP_2 => ResponseHeader::build_no_case(status, Some(count))?,
        _ => ResponseHeader::build(status, Some(count))?,
    };
    put_each(visit, |name, value| append(&mut head, name, value))?;
    Ok(head)
}

/// Puts each header that is visited, until one cannot be put.
fn put_each(
    visit: impl FnOnce(Each<'_>),
    mut put: impl FnMut(&HeaderName, &HeaderValue) -> Result<()>,
) -> Result<()> {
    let mut done = Ok(());
    visit(&mut |name, value| {
        if done.is_ok() {
            done = put(name, value);
        }
    });
    done
}

fn append(head: &mut ResponseHeader, name: &HeaderName, value: &HeaderValue) -> Result<()> {
    let appended = match own_name(name) {
        Some(own) => head.append_header(own, value),
        None => head.append_header(name, value),
    };
    appended.map(|_| ())
}

fn insert(head: &mut ResponseHeader, name: &HeaderName, value: &HeaderValue) -> Result<()> {
    match own_name(name) {
        Some(own) => head.insert_header(own, value),
        None => head.insert_header(name, value),
    }
}

/// In HTTP/1.1 AWS writes its own headers in this letter case. For these nothing is allocated.
fn own_name(name: &HeaderName) -> Option<&'static str> {
    Some(match name.as_str() {
        "x-amz-apigw-id" => "x-amz-apigw-id",
        "x-amzn-errortype" => "x-amzn-ErrorType",
        "x-amzn-remapped-authorization" => "x-amzn-Remapped-Authorization",
        "x-amzn-remapped-connection" => "x-amzn-Remapped-Connection",
        "x-amzn-remapped-content-length" => "x-amzn-Remapped-Content-Length",
        "x-amzn-remapped-content-md5" => "x-amzn-Remapped-Content-MD5",
        "x-amzn-remapped-date" => "x-amzn-Remapped-Date",
        "x-amzn-remapped-expect" => "x-amzn-Remapped-Expect",
        "x-amzn-remapped-host" => "x-amzn-Remapped-Host",
        "x-amzn-remapped-max-forwards" => "x-amzn-Remapped-Max-Forwards",
        "x-amzn-remapped-proxy-authenticate" => "x-amzn-Remapped-Proxy-Authenticate",
        "x-amzn-remapped-server" => "x-amzn-Remapped-Server",
        "x-amzn-remapped-trailer" => "x-amzn-Remapped-Trailer",
        "x-amzn-remapped-upgrade" => "x-amzn-Remapped-Upgrade",
        "x-amzn-remapped-user-agent" => "x-amzn-Remapped-User-Agent",
        "x-amzn-remapped-www-authenticate" => "x-amzn-Remapped-WWW-Authenticate",
        "x-amzn-remapped-x-amzn-requestid" => "x-amzn-remapped-x-amzn-requestid",
        "x-amzn-requestid" => "x-amzn-RequestId",
        "x-amzn-trace-id" => "X-Amzn-Trace-Id",
        _ => return None,
    })
}

/// The head of a forwarded response. It is framed as the upstream's was; a body in chunks, which was
/// decoded, or one that ended with the connection is sent in chunks, but to an HTTP/1.0 client, whose
/// connection ends as well.
pub(crate) fn forwarded_head(
    received: &ResponseHeader,
    headers: &ResponseHeaders,
    request: &RequestHeader,
) -> Result<ResponseHeader> {
    /// The gateway's own.
    const ADDED: usize = 6;
    let count = received.headers.len() + ADDED;
    let mut head = new_head(received.status, count, request.version, |each| {
        headers.forwarded(&received.headers, each);
    })?;
    if received.status == StatusCode::NO_CONTENT {
        // A length would be wrong (RFC 9110 section 8.6).
    } else if let Some(length) = received.headers.get(CONTENT_LENGTH) {
        head.insert_header(CONTENT_LENGTH, length)?;
    } else if request.method != Method::HEAD
        && !is_bodiless(received.status)
        && request.version != Version::HTTP_10
    {
        head.insert_header(TRANSFER_ENCODING, "chunked")?;
    }
    Ok(head)
}

/// The head of a response that streams: framed by its length if that is known, else in chunks.
pub(crate) fn streamed_head(
    response: &ClientResponse,
    body_bytes: Option<u64>,
    version: Version,
) -> Result<Box<ResponseHeader>> {
    let mut head = response_header(response, version)?;
    match body_bytes {
        _ if response.status() == StatusCode::NO_CONTENT => {}
        Some(bytes) => head.insert_header(CONTENT_LENGTH, bytes)?,
        // HTTP/2 has its own, and 304 has no body.
        None if version == Version::HTTP_11 && response.status() != StatusCode::NOT_MODIFIED => {
            head.insert_header(TRANSFER_ENCODING, "chunked")?;
        }
        None => {}
    }
    Ok(Box::new(head))
}

/// The head of a request to an upstream, always HTTP/1.1 (AWS calls integrations with nothing else).
pub(crate) fn upstream_request(head: &UpstreamHead) -> RequestHeader {
    let (mut parts, ()) = http::Request::new(()).into_parts();
    parts.method = head.method.clone();
    parts.uri = Uri::from(head.path_and_query.clone());
    parts.headers = head.headers.clone();
    parts.into()
}

/// A whole body's framing.
pub(crate) fn frame_body(request: &mut RequestHeader, body_bytes: usize) -> Result<()> {
    let expects_body = matches!(request.method, Method::POST | Method::PUT | Method::PATCH);
    if body_bytes > 0 || expects_body {
        request.insert_header(CONTENT_LENGTH, body_bytes.to_string())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gateways_own_headers_have_the_letter_case_that_aws_writes() {
        let names = [
            "x-amz-apigw-id",
            "x-amzn-ErrorType",
            "x-amzn-Remapped-Authorization",
            "x-amzn-Remapped-Connection",
            "x-amzn-Remapped-Content-Length",
            "x-amzn-Remapped-Content-MD5",
            "x-amzn-Remapped-Date",
            "x-amzn-Remapped-Expect",
            "x-amzn-Remapped-Host",
            "x-amzn-Remapped-Max-Forwards",
            "x-amzn-Remapped-Proxy-Authenticate",
            "x-amzn-Remapped-Server",
            "x-amzn-Remapped-Trailer",
            "x-amzn-Remapped-Upgrade",
            "x-amzn-Remapped-User-Agent",
            "x-amzn-Remapped-WWW-Authenticate",
            "x-amzn-RequestId",
            "x-amzn-remapped-x-amzn-requestid",
            "X-Amzn-Trace-Id",
        ];
        for name in names {
            assert_eq!(own_name(&name.parse().unwrap()), Some(name));
        }
        assert_eq!(own_name(&"x-own".parse().unwrap()), None);
    }
}
