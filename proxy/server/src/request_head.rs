//! A client's request head as the pipeline wants it: checked, with its ids.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::ops::Range;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use model::Endpoint;
use pingora_core::protocols::http::ServerSession;
use pingora_core::protocols::raw_connect::ProxyDigest;
use pingora_http::RequestHeader;
use pipeline::{CasedHeaders, ClientScheme, Request, RequestIds, TraceId};
use uuid::Uuid;

use crate::arrival::Arrival;
use crate::clock::{self, Clock};
use crate::source_address::source_ip;

static REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");
static TRACE_ID: HeaderName = HeaderName::from_static("x-amzn-trace-id");

/// What the gateway knows of a request beside what the client wrote.
pub(crate) struct RequestHead {
    ids: RequestIds,
    scheme: ClientScheme,
    source_ip: IpAddr,
    peer_ip: IpAddr,
    local_port: u16,
    /// What the connection came to, as it was when the request began.
    endpoint: Endpoint,
    /// What is known of the connection; none where that is its addresses alone.
    arrival: Option<Arc<ProxyDigest>>,
    time_epoch_millis: u64,
}

impl RequestHead {
    /// Of so many proxies before the node is believed whom they were called by.
    pub(crate) fn new(session: &mut ServerSession, trusted_hops: usize) -> Self {
        join_cookies(session.req_header_mut());
        let time_epoch_millis = Clock::epoch_millis();
        let address = |address: Option<&pingora_core::protocols::l4::socket::SocketAddr>| {
            address.and_then(|address| address.as_inet()).copied()
        };
        let unknown = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0));
        let client = address(session.client_addr()).unwrap_or(unknown);
        let local = address(session.server_addr()).unwrap_or(unknown);
        let digest = session.digest().and_then(|digest| digest.proxy_digest.clone());
        let arrival = digest.as_deref().and_then(Arrival::of);
        let headers = &session.req_header().headers;
        let told = arrival.and_then(|arrival| arrival.client);
        let peer_ip = told.unwrap_or_else(|| client.ip()).to_canonical();
        let is_tls = arrival.is_some_and(|arrival| arrival.tls.is_some());
        Self {
            ids: ids(headers, time_epoch_millis),
            scheme: if is_tls { ClientScheme::Https } else { ClientScheme::Http },
            source_ip: source_ip(peer_ip, headers, trusted_hops),
            peer_ip,
            local_port: local.port(),
            endpoint: arrival.map(|arrival| arrival.endpoint.now()).unwrap_or_default(),
            arrival: digest,
            time_epoch_millis,
        }
    }

    /// Of a request that no client sent.
    pub(crate) fn unsent(header: &RequestHeader) -> Self {
        let time_epoch_millis = Clock::epoch_millis();
        Self {
            ids: ids(&header.headers, time_epoch_millis),
            scheme: ClientScheme::Https,
            source_ip: Ipv4Addr::LOCALHOST.into(),
            peer_ip: Ipv4Addr::LOCALHOST.into(),
            local_port: 443,
            endpoint: Endpoint::default(),
            arrival: None,
            time_epoch_millis,
        }
    }

    pub(crate) fn request_id(&self) -> &str {
        self.ids.request_id.to_str().unwrap_or_default()
    }

    /// What is known of the connection.
    pub(crate) fn arrival(&self) -> Option<&Arrival> {
        self.arrival.as_deref().and_then(Arrival::of)
    }

    pub(crate) fn request<'a>(&'a self, header: &'a Cased<'a>) -> Request<'a> {
        let arrival = self.arrival();
        Request {
            method: &header.0.method,
            path: header.0.uri.path(),
            query: header.0.uri.query(),
            authority: authority(header.0),
            headers: &header.0.headers,
            cased_headers: header,
            scheme: self.scheme,
            source_ip: self.source_ip,
            peer_ip: self.peer_ip,
            local_port: self.local_port,
            endpoint: &self.endpoint,
            tester: None,
            tls: arrival.and_then(|arrival| arrival.tls.as_ref()),
            time_epoch_millis: self.time_epoch_millis,
            ids: &self.ids,
        }
    }
}

/// Why a request cannot be served, if it is not HTTP that can be understood in one way only
/// (RFC 9112 sections 3.2 and 6.3).
pub(crate) fn malformed(header: &RequestHeader) -> Option<&'static str> {
    if !header.raw_path_is_utf8() {
        return Some("the path is not UTF-8");
    }
    let headers = &header.headers;
    if repeats_names(headers) && headers.get_all(header::HOST).iter().count() > 1 {
        return Some("there are several Host headers");
    }
    let path = header.uri.path();
    if !path.starts_with('/') {
        return Some("the path does not begin with a slash");
    }
    // An upstream that resolves them would serve what another route of the API protects.
    if has_dot_segment(path) {
        return Some("the path has a dot segment");
    }
    None
}

/// A head with the letter case that the client used.
pub(crate) struct Cased<'a>(pub(crate) &'a RequestHeader);

impl CasedHeaders for Cased<'_> {
    fn names(&self) -> Vec<&str> {
        if !self.0.has_case() {
            return Vec::new();
        }
        let names = self.0.case_header_iter();
        names.filter_map(|(name, _)| std::str::from_utf8(name.as_slice()).ok()).collect()
    }
}

/// A request's head apart from its session, so that the pipeline can read the one while the body is
/// read from the other.
///
/// Reading a body needs the head to be where it is: then this is a copy. Where there is no body,
/// nothing of Pingora's reads the head while the pipeline runs, and it is taken out and put back.
pub(crate) struct DetachedHeader {
    pub(crate) header: RequestHeader,
    /// The request has no body.
    pub(crate) is_body_empty: bool,
}

impl DetachedHeader {
    pub(crate) fn new(session: &mut ServerSession) -> Self {
        // Also makes Pingora look at how the body is framed, while the head is there.
        let is_body_empty = session.is_body_empty();
        let header = if is_body_empty {
            let (nothing, ()) = http::Request::new(()).into_parts();
            std::mem::replace(session.req_header_mut(), nothing.into())
        } else {
            session.req_header().clone()
        };
        Self { header, is_body_empty }
    }

    pub(crate) fn reattach(self, session: &mut ServerSession) {
        if self.is_body_empty {
            *session.req_header_mut() = self.header;
        }
    }
}

/// Also for those who decode slashes before they resolve, or take backslashes for slashes.
fn has_dot_segment(path: &str) -> bool {
    let has = |byte: u8| path.as_bytes().contains(&byte);
    if !has(b'.') && !has(b'%') {
        return false;
    }
    let mut rest = path;
    while let Some(separator) = separator(rest) {
        if is_dot_segment(&rest[..separator.start]) {
            return true;
        }
        rest = &rest[separator.end..];
    }
    is_dot_segment(rest)
}

/// Where the first slash or backslash is, also percent-encoded.
fn separator(path: &str) -> Option<Range<usize>> {
    path.match_indices(['/', '\\', '%']).find_map(|(at, found)| {
        let end = if found == "%" { at + 3 } else { at + 1 };
        let text = path.get(at..end)?;
        let is_separator =
            found != "%" || ["%2f", "%5c"].iter().any(|known| text.eq_ignore_ascii_case(known));
        is_separator.then_some(at..end)
    })
}

/// `.` or `..`, also percent-encoded (RFC 3986 section 5.2.4).
fn is_dot_segment(segment: &str) -> bool {
    let is_dot = |rest: &str| -> Option<usize> {
        if rest.starts_with('.') {
            return Some(1);
        }
        rest.get(..3).filter(|begin| begin.eq_ignore_ascii_case("%2e")).map(|_| 3)
    };
    let Some(first) = is_dot(segment) else { return false };
    let rest = &segment[first..];
    rest.is_empty() || is_dot(rest) == Some(rest.len())
}

/// HTTP/2 clients send a header for each cookie (RFC 9113 section 8.2.3); everyone after us expects
/// one.
fn join_cookies(header: &mut RequestHeader) {
    if !repeats_names(&header.headers) {
        return;
    }
    let cookies = header.headers.get_all(header::COOKIE);
    if cookies.iter().count() < 2 {
        return;
    }
    let joined = cookies.iter().map(HeaderValue::as_bytes).collect::<Vec<_>>().join(&b"; "[..]);
    if let Ok(value) = HeaderValue::from_bytes(&joined) {
        // Into a request's own headers; it fails only for what is no header.
        let _ = header.insert_header(header::COOKIE, value);
    }
}

/// Whether there are several headers of one name. Few requests have any; for the others no name is looked up.
fn repeats_names(headers: &HeaderMap) -> bool {
    headers.keys_len() < headers.len()
}

/// The target's own authority wins over `Host` (RFC 9112 section 3.2.2; `:authority` in HTTP/2).
fn authority(header: &RequestHeader) -> &str {
    let host = || header.headers.get(header::HOST).and_then(|host| host.to_str().ok());
    match header.uri.authority() {
        Some(authority) => authority.as_str(),
        None => host().unwrap_or_default(),
    }
}

fn ids(headers: &HeaderMap, time_epoch_millis: u64) -> RequestIds {
    let mut buffer = Uuid::encode_buffer();
    let request_id = match headers.get(&REQUEST_ID).filter(|id| is_uuid(id)) {
        Some(id) => id.clone(),
        None => value(clock::uuid().hyphenated().encode_lower(&mut buffer).as_bytes()),
    };
    let of_client = headers.get(&TRACE_ID).and_then(TraceId::of_client);
    let trace_id = of_client.unwrap_or_else(|| {
        let mut random = [0; 12];
        fastrand::fill(&mut random);
        TraceId::new(time_epoch_millis / 1_000, random)
    });
    RequestIds { request_id, extended_request_id: extended_request_id(), trace_id }
}

fn value(text: &[u8]) -> HeaderValue {
    HeaderValue::from_bytes(text).expect("ids are hexadecimal, base64 and hyphens")
}

/// 11 random bytes, in base64.
fn extended_request_id() -> HeaderValue {
    let (mut bytes, mut text) = ([0; 11], [0; 16]);
    fastrand::fill(&mut bytes);
    let length = STANDARD.encode_slice(bytes, &mut text).expect("11 bytes are 16 digits");
    value(&text[..length])
}

/// AWS takes a client's request id if it is a UUID.
fn is_uuid(value: &HeaderValue) -> bool {
    value.len() == 36 && Uuid::try_parse_ascii(value.as_bytes()).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dot_segments_are_told_in_every_writing() {
        for segment in [".", "..", "%2e", "%2E", ".%2e", "%2e.", "%2e%2E"] {
            assert!(is_dot_segment(segment), "{segment}");
        }
        for segment in ["", "...", ".a", "a.", "%2", "%2f", "..a", "%2e%2e%2e", "é"] {
            assert!(!is_dot_segment(segment), "{segment}");
        }
    }

    #[test]
    fn dot_segments_are_found_between_whatever_is_taken_for_a_slash() {
        for path in [
            "/a/../b",
            "/..",
            "/./a",
            "/x%2F..%2Fadmin",
            "/x%2f%2e%2E",
            "/..%2Fadmin",
            r"/x\..\admin",
            "/x%5C..%5cadmin",
            r"/x%5c.\admin",
            "/x/..%2f",
            "/%2f./",
        ] {
            assert!(has_dot_segment(path), "{path}");
        }
        for path in [
            "/",
            "/a/b",
            "/a%2Fb",
            "/a..b%2F",
            "/...%2F",
            "/%2",
            "/%",
            "/a%2",
            "/%2g..",
            "/é%é",
            r"/a\b",
            "/%252f..%252f",
        ] {
            assert!(!has_dot_segment(path), "{path}");
        }
    }
}
