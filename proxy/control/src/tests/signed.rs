//! Requests with real signatures.

use axum::body::Body;
use axum::http::{HeaderValue, Request};
use sigv4::{BodyDigest, Scope, Signer, SigningKey};

use super::harness::root_key;
use crate::Credentials;

/// What a request is made of. `Default` is let in.
pub(super) struct Signed<'a> {
    /// `METHOD /path`
    pub(super) line: &'a str,
    /// Beside those of every request.
    pub(super) headers: &'a [(&'a str, &'a str)],
    pub(super) body: &'a str,
    /// Another one than what is sent.
    pub(super) signed_body: Option<&'a str>,
    pub(super) key: Credentials,
    pub(super) region: &'a str,
    pub(super) service: &'a str,
    pub(super) date: &'a str,
    pub(super) token: Option<&'a str>,
}

impl Default for Signed<'_> {
    fn default() -> Self {
        Self {
            line: "GET /restapis",
            headers: &[],
            body: "",
            signed_body: None,
            key: root_key(),
            region: "us-east-1",
            service: "apigateway",
            date: "20231114T221320Z",
            token: None,
        }
    }
}

impl Signed<'_> {
    pub(super) fn request(&self) -> Request<Body> {
        let (verb, uri) = self.line.split_once(' ').unwrap();
        let mut builder = Request::builder()
            .method(verb)
            .uri(uri)
            .header("host", "127.0.0.1:9080")
            .header("x-amz-date", self.date);
        for (name, value) in self.headers {
            builder = builder.header(*name, *value);
        }
        if let Some(token) = self.token {
            builder = builder.header("x-amz-security-token", token);
        }
        let (mut head, ()) = builder.body(()).unwrap().into_parts();
        let scope = Scope { date: &self.date[..8], region: self.region, service: self.service };
        let key = SigningKey::derive(&self.key.secret_access_key, scope);
        let signer = Signer { access_key_id: &self.key.access_key_id, scope, key: &key };
        let body = self.signed_body.unwrap_or(self.body);
        let signature = signer.sign(&(&head).into(), BodyDigest::of(body.as_bytes())).unwrap();
        head.headers.insert("authorization", HeaderValue::try_from(signature).unwrap());
        Request::from_parts(head, Body::from(self.body.to_owned()))
    }
}
