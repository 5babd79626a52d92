//! Which headers pass between client, gateway and integration, and which change their names.
//!
//! Source: API Gateway Developer Guide, "Amazon API Gateway important notes" (the table of headers),
//! with corrections as recorded from AWS.

use http::{HeaderMap, HeaderName, HeaderValue, header};

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
    Remap(&'static str),
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
    let passing = headers.iter().filter(|(name, _)| !is_hidden(name) && *name != header::VIA);
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
    mut each: impl FnMut(HeaderName, &HeaderValue),
) {
    let hop_by_hop: Vec<&str> = named_by_connection(headers).collect();
    for (name, value) in headers {
        let is_hop_by_hop = || hop_by_hop.iter().any(|hop| hop.eq_ignore_ascii_case(name.as_str()));
        match response_rule(name, kind) {
            ResponseRule::Drop => {}
            ResponseRule::Pass if is_hop_by_hop() => {}
            ResponseRule::Pass => each(name.clone(), value),
            ResponseRule::Remap(other) => each(HeaderName::from_static(other), value),
        }
    }
}

fn response_rule(name: &HeaderName, kind: ResponseKind) -> ResponseRule {
    match name.as_str() {
        "keep-alive" | "proxy-connection" | "transfer-encoding" | "via" | "x-amz-apigw-id" => {
            ResponseRule::Drop
        }
        "connection" => ResponseRule::Remap("x-amzn-remapped-connection"),
        "content-length" => ResponseRule::Remap("x-amzn-remapped-content-length"),
        "date" => ResponseRule::Remap("x-amzn-remapped-date"),
        "max-forwards" => ResponseRule::Remap("x-amzn-remapped-max-forwards"),
        "server" => ResponseRule::Remap("x-amzn-remapped-server"),
        "user-agent" => ResponseRule::Remap("x-amzn-remapped-user-agent"),
        "www-authenticate" => ResponseRule::Remap("x-amzn-remapped-www-authenticate"),
        "x-amzn-requestid" => ResponseRule::Remap("x-amzn-remapped-x-amzn-requestid"),
        other => match kind {
            ResponseKind::Mapped => mapped_rule(other),
            ResponseKind::Proxied => proxied_rule(other),
        },
    }
}

/// Recorded: what is mapped on purpose is remapped where a proxy's would be dropped.
fn mapped_rule(name: &str) -> ResponseRule {
    match name {
        "authorization" => ResponseRule::Remap("x-amzn-remapped-authorization"),
        "content-md5" => ResponseRule::Remap("x-amzn-remapped-content-md5"),
        "expect" => ResponseRule::Remap("x-amzn-remapped-expect"),
        "host" => ResponseRule::Remap("x-amzn-remapped-host"),
        "proxy-authenticate" => ResponseRule::Remap("x-amzn-remapped-proxy-authenticate"),
        "trailer" => ResponseRule::Remap("x-amzn-remapped-trailer"),
        "upgrade" => ResponseRule::Remap("x-amzn-remapped-upgrade"),
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
