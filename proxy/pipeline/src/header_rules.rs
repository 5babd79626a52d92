//! Which headers pass between client, gateway and integration, and which change their names.
//!
//! Source: API Gateway Developer Guide, "Amazon API Gateway important notes" (the table of headers),
//! with corrections as recorded from AWS.

use http::{HeaderMap, HeaderName, HeaderValue, header};

static REMAPPED_AUTHORIZATION: HeaderName =
    HeaderName::from_static("x-amzn-remapped-authorization");
static REMAPPED_CONNECTION: HeaderName = HeaderName::from_static("x-amzn-remapped-connection");
static REMAPPED_CONTENT_LENGTH: HeaderName =
    HeaderName::from_static("x-amzn-remapped-content-length");
static REMAPPED_CONTENT_MD5: HeaderName = HeaderName::from_static("x-amzn-remapped-content-md5");
static REMAPPED_DATE: HeaderName = HeaderName::from_static("x-amzn-remapped-date");
static REMAPPED_EXPECT: HeaderName = HeaderName::from_static("x-amzn-remapped-expect");
static REMAPPED_HOST: HeaderName = HeaderName::from_static("x-amzn-remapped-host");
static REMAPPED_MAX_FORWARDS: HeaderName = HeaderName::from_static("x-amzn-remapped-max-forwards");
static REMAPPED_PROXY_AUTHENTICATE: HeaderName =
    HeaderName::from_static("x-amzn-remapped-proxy-authenticate");
static REMAPPED_SERVER: HeaderName = HeaderName::from_static("x-amzn-remapped-server");
static REMAPPED_TRAILER: HeaderName = HeaderName::from_static("x-amzn-remapped-trailer");
static REMAPPED_UPGRADE: HeaderName = HeaderName::from_static("x-amzn-remapped-upgrade");
static REMAPPED_USER_AGENT: HeaderName = HeaderName::from_static("x-amzn-remapped-user-agent");
static REMAPPED_WWW_AUTHENTICATE: HeaderName =
    HeaderName::from_static("x-amzn-remapped-www-authenticate");
static REMAPPED_X_AMZN_REQUESTID: HeaderName =
    HeaderName::from_static("x-amzn-remapped-x-amzn-requestid");

/// Where a response's headers come from.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum ResponseKind {
    /// Mappings: only what the API's owner named is there.
    Mapped,
    /// The integration itself.
    Proxied,
}

/// What becomes of a header of a response.
enum ResponseRule {
    /// The client does not get it.
    Drop,
    /// The client gets it as it is.
    Pass,
    /// The client gets it under this name: the gateway writes one of its own.
    Remap(&'static HeaderName),
}

/// Whether a request's header is dropped before any integration, mapping or function sees it.
pub(crate) fn is_hidden(name: &HeaderName) -> bool {
    matches!(
        name.as_str(),
        "connection"
            | "content-length"
            | "content-md5"
            | "expect"
            | "keep-alive"
            | "max-forwards"
            | "proxy-authenticate"
            | "proxy-connection"
            | "server"
            | "te"
            | "trailer"
            | "transfer-encoding"
            | "upgrade"
            | "www-authenticate"
            | "x-amzn-apigateway-api-id"
            | "x-http-method-override"
    )
}

/// The client's headers without what goes no further than this gateway: those that `Connection`
/// declares to be hop by hop, and a signature of AWS. None if they all go on.
pub(crate) fn without_hop_by_hop(headers: &HeaderMap) -> Option<HeaderMap> {
    let nominated: Vec<&str> = named_by_connection(headers).collect();
    let is_signed = headers
        .get(header::AUTHORIZATION)
        .is_some_and(|value| value.as_bytes().starts_with(b"AWS4-"));
    if !is_signed && !nominated.iter().any(|name| headers.contains_key(*name)) {
        return None;
    }
    let mut going_on = headers.clone();
    for name in nominated {
        going_on.remove(name);
    }
    if is_signed {
        going_on.remove(header::AUTHORIZATION);
    }
    Some(going_on)
}

/// The headers that go on to an `HTTP_PROXY` upstream.
pub(crate) fn proxied_request(headers: &HeaderMap) -> HeaderMap {
    // A body is decoded before it goes on.
    let is_dropped = |name: &HeaderName| *name == header::VIA || *name == header::CONTENT_ENCODING;
    let passing = headers.iter().filter(|(name, _)| !is_hidden(name) && !is_dropped(name));
    let mut proxied = HeaderMap::with_capacity(headers.len() + 8);
    proxied.extend(passing.map(|(name, value)| (name.clone(), value.clone())));
    proxied
}

/// A response's headers as the client gets them. Those that frame the message are the caller's to
/// write.
pub(crate) fn remapped_response(headers: &HeaderMap, kind: ResponseKind) -> HeaderMap {
    let mut remapped = HeaderMap::with_capacity(headers.len() + 8);
    for_each_remapped(headers, kind, |name, value| {
        remapped.append(name, value.clone());
    });
    remapped
}

/// Calls `each` with each of a response's headers as the client gets it.
pub(crate) fn for_each_remapped(
    headers: &HeaderMap,
    kind: ResponseKind,
    mut each: impl FnMut(&HeaderName, &HeaderValue),
) {
    let hop_by_hop: Vec<&str> = named_by_connection(headers).collect();
    for (name, value) in headers {
        let is_hop_by_hop = || hop_by_hop.iter().any(|hop| hop.eq_ignore_ascii_case(name.as_str()));
        match response_rule(name, kind) {
            ResponseRule::Drop => {}
            ResponseRule::Pass if is_hop_by_hop() => {}
            ResponseRule::Pass => each(name, value),
            ResponseRule::Remap(other) => each(other, value),
        }
    }
}

fn response_rule(name: &HeaderName, kind: ResponseKind) -> ResponseRule {
    match name.as_str() {
        "keep-alive" | "proxy-connection" | "transfer-encoding" | "via" | "x-amz-apigw-id" => {
            ResponseRule::Drop
        }
        "connection" => ResponseRule::Remap(&REMAPPED_CONNECTION),
        "content-length" => ResponseRule::Remap(&REMAPPED_CONTENT_LENGTH),
        "date" => ResponseRule::Remap(&REMAPPED_DATE),
        "max-forwards" => ResponseRule::Remap(&REMAPPED_MAX_FORWARDS),
        "server" => ResponseRule::Remap(&REMAPPED_SERVER),
        "user-agent" => ResponseRule::Remap(&REMAPPED_USER_AGENT),
        "www-authenticate" => ResponseRule::Remap(&REMAPPED_WWW_AUTHENTICATE),
        "x-amzn-requestid" => ResponseRule::Remap(&REMAPPED_X_AMZN_REQUESTID),
        other => match kind {
            ResponseKind::Mapped => mapped_rule(other),
            ResponseKind::Proxied => proxied_rule(other),
        },
    }
}

/// Recorded: what is mapped on purpose is remapped where a proxy's would be dropped.
fn mapped_rule(name: &str) -> ResponseRule {
    match name {
        "authorization" => ResponseRule::Remap(&REMAPPED_AUTHORIZATION),
        "content-md5" => ResponseRule::Remap(&REMAPPED_CONTENT_MD5),
        "expect" => ResponseRule::Remap(&REMAPPED_EXPECT),
        "host" => ResponseRule::Remap(&REMAPPED_HOST),
        "proxy-authenticate" => ResponseRule::Remap(&REMAPPED_PROXY_AUTHENTICATE),
        "trailer" => ResponseRule::Remap(&REMAPPED_TRAILER),
        "upgrade" => ResponseRule::Remap(&REMAPPED_UPGRADE),
        _ => ResponseRule::Pass,
    }
}

fn proxied_rule(name: &str) -> ResponseRule {
    match name {
        "expect" | "host" | "proxy-authenticate" | "te" | "trailer" | "upgrade" => {
            ResponseRule::Drop
        }
        _ => ResponseRule::Pass,
    }
}

/// The headers that `Connection` declares to be hop by hop (RFC 9110 section 7.6.1), but for
/// `close` and `keep-alive`, which mean the connection itself.
fn named_by_connection(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    let values = headers.get_all(header::CONNECTION).into_iter();
    let texts = values.filter_map(|value| value.to_str().ok());
    let names = texts.flat_map(|text| text.split(',')).map(str::trim);
    names.filter(|name| {
        !["", "close", "keep-alive"].iter().any(|known| known.eq_ignore_ascii_case(name))
    })
}
