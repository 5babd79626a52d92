//! The parts of a request that a signature covers, as they arrived. Not its body: see `body_digest`.

use http::request::Parts;
use http::{HeaderMap, Method};

#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    pub method: &'a Method,
    /// As sent: percent-encoded, before any rewriting.
    pub path: &'a str,
    /// As sent, without the question mark; empty if there is none.
    pub query: &'a str,
    pub headers: &'a HeaderMap,
    /// `:authority` of HTTP/2: what is signed as `host` where there is no such header.
    pub authority: Option<&'a str>,
}

impl<'a> From<&'a Parts> for Request<'a> {
    fn from(parts: &'a Parts) -> Self {
        Self {
            method: &parts.method,
            path: parts.uri.path(),
            query: parts.uri.query().unwrap_or_default(),
            headers: &parts.headers,
            authority: parts.uri.authority().map(|authority| authority.as_str()),
        }
    }
}
