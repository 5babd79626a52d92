//! The request on its way to the integration: what the client sent, as transforms leave it.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::HOST;
use http::uri::PathAndQuery;
use http::{HeaderMap, Method};
use model::{
    BODY_BYTES_MAX, QueryOperation, RequestPatch, Scheme, ServiceKey, ServiceSignature,
    UpstreamTarget, UpstreamTls,
};
use serde_json::{Value, json};

use crate::compression;
use crate::exchange::Exchange;
use crate::failure::{Failure, Rejection};
use crate::header_rules;
use crate::ports::{BodyError, RequestBody};
use crate::query::{self, Pair};
use crate::trace::Trace;

/// Headers, query and body. Borrowed from the client's request until something changes them.
pub(crate) struct Outgoing<'a> {
    pub(crate) headers: Cow<'a, HeaderMap>,
    /// The client's, unless a transform changed it.
    query: Option<Vec<(String, String)>>,
    client_query: Option<&'a str>,
    /// None until something needs it.
    body: Option<Bytes>,
}

impl<'a> Outgoing<'a> {
    pub(crate) fn new(exchange: &Exchange<'a>) -> Self {
        Self {
            headers: match header_rules::without_hop_by_hop(exchange.request.headers) {
                Some(headers) => Cow::Owned(headers),
                None => Cow::Borrowed(exchange.request.headers),
            },
            query: None,
            client_query: exchange.request.query,
            body: None,
        }
    }

    /// Decoded.
    pub(crate) fn query(&self) -> Vec<Pair<'_>> {
        match &self.query {
            Some(pairs) => pairs.iter().map(|(name, value)| (name.into(), value.into())).collect(),
            None => query::parse(self.client_query),
        }
    }

    /// Encoded; empty if there is none.
    pub(crate) fn query_text(&self) -> Cow<'_, str> {
        let Some(pairs) = &self.query else {
            return self.client_query.unwrap_or_default().into();
        };
        let mut text = String::new();
        for (name, value) in pairs {
            query::append(&mut text, name, value);
        }
        text.into()
    }

    /// The whole body, read from the client if it was not yet, and decoded.
    pub(crate) async fn body(&mut self, client: &mut dyn RequestBody) -> Result<Bytes, Failure> {
        if let Some(body) = &self.body {
            return Ok(body.clone());
        }
        let sent = read_body(client).await?;
        self.hold(sent).await
    }

    /// Takes the body as the client sent it, and answers it decoded.
    pub(crate) async fn hold(&mut self, sent: Bytes) -> Result<Bytes, Failure> {
        let body = compression::decoded(&self.headers, sent).await?;
        self.body = Some(body.clone());
        Ok(body)
    }

    /// The body, if something has read or replaced it.
    pub(crate) fn body_if_read(&self) -> Option<&Bytes> {
        self.body.as_ref()
    }

    /// What a request transform wants changed.
    pub(crate) fn apply(&mut self, patch: RequestPatch) {
        if !patch.headers.is_empty() {
            let headers = self.headers.to_mut();
            patch.headers.iter().for_each(|operation| operation.apply(headers));
        }
        if !patch.query.is_empty() {
            let pairs = self.query();
            let mut pairs: Vec<(String, String)> =
                pairs.into_iter().map(|(n, v)| (n.into_owned(), v.into_owned())).collect();
            patch.query.into_iter().for_each(|operation| apply_query(&mut pairs, operation));
            self.query = Some(pairs);
        }
        if let Some(body) = patch.body {
            self.body = Some(body);
        }
    }
}

/// The whole body as the client sends it.
pub(crate) async fn read_body(client: &mut dyn RequestBody) -> Result<Bytes, Rejection> {
    client.read(BODY_BYTES_MAX).await.map_err(|error| match error {
        BodyError::ClientGone => Rejection::ClientGone,
        BodyError::TooLarge => Rejection::BodyTooLarge,
    })
}

fn apply_query(pairs: &mut Vec<(String, String)>, operation: QueryOperation) {
    match operation {
        QueryOperation::Append(name, value) => pairs.push((name, value)),
        QueryOperation::Remove(name) => pairs.retain(|(known, _)| *known != name),
        QueryOperation::Set(name, value) => {
            pairs.retain(|(known, _)| *known != name);
            pairs.push((name, value));
        }
    }
}

/// A request to an upstream, but for its body.
#[derive(Clone, Debug)]
pub struct UpstreamHead {
    /// Where it goes, and what the upstream is called.
    pub target: Arc<UpstreamTarget>,
    /// Where it is connected to instead: a VPC link.
    pub link: Option<Arc<UpstreamTarget>>,
    /// Over TLS: whom it is believed to be, and who it is told that calls.
    pub tls: UpstreamTls,
    /// Signs it when it is sent.
    pub signature: Option<UpstreamSignature>,
    /// `GET`
    pub method: Method,
    /// Encoded.
    pub path_and_query: PathAndQuery,
    /// Every header but those that frame the message.
    pub headers: HeaderMap,
    /// Until the response is complete; for a response that is streamed, until its head is, and then
    /// for each silence.
    pub timeout: Duration,
}

/// What a request for a service is signed as, and with which key.
#[derive(Clone, Debug)]
pub struct UpstreamSignature {
    /// Service and region.
    pub of: Arc<ServiceSignature>,
    /// Signs.
    pub key: Arc<ServiceKey>,
}

impl UpstreamHead {
    /// What is connected to.
    pub fn peer(&self) -> &UpstreamTarget {
        self.link.as_ref().unwrap_or(&self.target)
    }

    /// For whoever wants to know what happened.
    pub(crate) fn traced(&self, trace: &Trace, body: &[u8]) -> Value {
        let scheme = match self.target.scheme {
            Scheme::Http => "http",
            Scheme::Https => "https",
        };
        let host = self.headers.get(HOST).map(|host| String::from_utf8_lossy(host.as_bytes()));
        let host = host.unwrap_or_default();
        json!({
            "method": self.method.as_str(),
            "uri": format!("{scheme}://{host}{}", self.path_and_query),
            "headers": trace.headers(&self.headers),
            "body": trace.body(body),
        })
    }
}
