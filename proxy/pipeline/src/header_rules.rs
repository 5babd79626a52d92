//! Which headers pass between client, gateway and integration, and which change their names.
//!
//! Source: API Gateway Developer Guide, "Amazon API Gateway important notes" (the table of headers),
//! with corrections as recorded from AWS.

use http::{HeaderMap, HeaderName, header};

/// Headers of a request that no integration, mapping or function sees.
const HIDDEN: [&str; 15] = [
    "connection",
    "content-length",
    "content-md5",
    "expect",
    "keep-alive",
    "max-forwards",
    "proxy-authenticate",
    "proxy-connection",
    "server",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "www-authenticate",
    "x-amzn-apigateway-api-id",
];

/// Headers of an integration's response that the client does not get.
const DROPPED: [&str; 11] = [
    "expect",
    "host",
    "keep-alive",
    "proxy-authenticate",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "via",
    "x-amz-apigw-id",
];

/// Headers of an integration's response that the client gets as `x-amzn-remapped-...`.
const REMAPPED: [(&str, HeaderName); 10] = [
    ("authorization", HeaderName::from_static("x-amzn-remapped-authorization")),
    ("connection", HeaderName::from_static("x-amzn-remapped-connection")),
    ("content-length", HeaderName::from_static("x-amzn-remapped-content-length")),
    ("content-md5", HeaderName::from_static("x-amzn-remapped-content-md5")),
    ("date", HeaderName::from_static("x-amzn-remapped-date")),
    ("max-forwards", HeaderName::from_static("x-amzn-remapped-max-forwards")),
    ("server", HeaderName::from_static("x-amzn-remapped-server")),
    ("user-agent", HeaderName::from_static("x-amzn-remapped-user-agent")),
    ("www-authenticate", HeaderName::from_static("x-amzn-remapped-www-authenticate")),
    ("x-amzn-requestid", HeaderName::from_static("x-amzn-remapped-x-amzn-requestid")),
];

/// Whether a request's header is dropped before anything looks at it. HTTP (RFC 9110 section
/// 7.6.1) asks the same for what `Connection` names: see [`named_by_connection`].
pub(crate) fn is_hidden(name: &HeaderName) -> bool {
    HIDDEN.contains(&name.as_str())
}

/// Removes from a request's headers what goes no further than this gateway.
pub(crate) fn remove_hidden(headers: &mut HeaderMap) {
    for name in named_by_connection(headers) {
        headers.remove(name);
    }
    for name in HIDDEN {
        headers.remove(name);
    }
}

/// The headers that `Connection` declares to be hop by hop.
fn named_by_connection(headers: &HeaderMap) -> Vec<HeaderName> {
    let values = headers.get_all(header::CONNECTION).into_iter();
    let texts = values.filter_map(|value| value.to_str().ok());
    let names = texts.flat_map(|text| text.split(','));
    names.filter_map(|name| HeaderName::try_from(name.trim()).ok()).collect()
}

/// Makes a response's headers those that the client gets: hop-by-hop headers go, and the headers
/// that the gateway writes itself keep the integration's value under another name.
pub(crate) fn remap_response(headers: &mut HeaderMap) {
    for name in named_by_connection(headers) {
        headers.remove(name);
    }
    for name in DROPPED {
        headers.remove(name);
    }
    for (name, remapped) in &REMAPPED {
        if let Some(value) = headers.remove(*name) {
            headers.insert(remapped, value);
        }
    }
}
