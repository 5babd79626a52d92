//! Which headers pass between client, gateway and integration, and which change their names.
//!
//! Source: API Gateway Developer Guide, "Amazon API Gateway important notes" (the table of headers),
//! with corrections as recorded from AWS.

use http::{HeaderMap, HeaderName, header};

/// What becomes of a header of an integration's response.
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
    )
}

/// The headers that go on to an `HTTP_PROXY` upstream.
pub(crate) fn proxied_request(headers: &HeaderMap) -> HeaderMap {
    let hop_by_hop = named_by_connection(headers);
    let passing = headers
        .iter()
        .filter(|(name, _)| !is_hidden(name) && *name != header::VIA && !hop_by_hop.contains(name));
    let mut proxied = HeaderMap::with_capacity(headers.len() + 8);
    proxied.extend(passing.map(|(name, value)| (name.clone(), value.clone())));
    proxied
}

/// An integration's response headers as the client gets them. Those that frame the message are the
/// caller's to write.
pub(crate) fn remapped_response(headers: &HeaderMap) -> HeaderMap {
    let hop_by_hop = named_by_connection(headers);
    let mut remapped = HeaderMap::with_capacity(headers.len() + 8);
    for (name, value) in headers {
        match response_rule(name) {
            ResponseRule::Drop => {}
            ResponseRule::Pass if hop_by_hop.contains(name) => {}
            ResponseRule::Pass => {
                remapped.append(name.clone(), value.clone());
            }
            ResponseRule::Remap(other) => {
                remapped.append(HeaderName::from_static(other), value.clone());
            }
        }
    }
    remapped
}

fn response_rule(name: &HeaderName) -> ResponseRule {
    match name.as_str() {
        "expect" | "host" | "keep-alive" | "proxy-authenticate" | "proxy-connection" | "te"
        | "trailer" | "transfer-encoding" | "upgrade" | "via" | "x-amz-apigw-id" => {
            ResponseRule::Drop
        }
        "authorization" => ResponseRule::Remap("x-amzn-remapped-authorization"),
        "connection" => ResponseRule::Remap("x-amzn-remapped-connection"),
        "content-length" => ResponseRule::Remap("x-amzn-remapped-content-length"),
        "content-md5" => ResponseRule::Remap("x-amzn-remapped-content-md5"),
        "date" => ResponseRule::Remap("x-amzn-remapped-date"),
        "max-forwards" => ResponseRule::Remap("x-amzn-remapped-max-forwards"),
        "server" => ResponseRule::Remap("x-amzn-remapped-server"),
        "user-agent" => ResponseRule::Remap("x-amzn-remapped-user-agent"),
        "www-authenticate" => ResponseRule::Remap("x-amzn-remapped-www-authenticate"),
        "x-amzn-requestid" => ResponseRule::Remap("x-amzn-remapped-x-amzn-requestid"),
        _ => ResponseRule::Pass,
    }
}

/// The headers that `Connection` declares to be hop by hop (RFC 9110 section 7.6.1).
fn named_by_connection(headers: &HeaderMap) -> Vec<HeaderName> {
    let values = headers.get_all(header::CONNECTION).into_iter();
    let texts = values.filter_map(|value| value.to_str().ok());
    let names = texts.flat_map(|text| text.split(','));
    names.filter_map(|name| HeaderName::try_from(name.trim()).ok()).collect()
}
