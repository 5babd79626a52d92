//! A request as the shell received it, before anything is decided.

use std::net::IpAddr;

use http::{HeaderMap, HeaderName, HeaderValue, Method};
use model::{Endpoint, TlsVersion, VpcEndpoint};
use mutual_tls::PeerChain;

use crate::trace_id::TraceId;

/// What a client sent, but for its body.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// `GET`
    pub method: &'a Method,
    /// As sent: begins with a slash.
    pub path: &'a str,
    /// What follows `?`, as sent.
    pub query: Option<&'a str>,
    /// Host name with or without port: the `Host` header, or `:authority`.
    pub authority: &'a str,
    /// Every header.
    pub headers: &'a HeaderMap,
    /// The names as the client wrote them.
    pub cased_headers: &'a dyn CasedHeaders,
    /// Of the client's connection.
    pub scheme: ClientScheme,
    /// Of the TCP peer, or of the client as trusted proxies before it say.
    pub source_ip: IpAddr,
    /// Of the TCP peer.
    pub peer_ip: IpAddr,
    /// The port the client connected to.
    pub local_port: u16,
    /// What that is.
    pub endpoint: &'a Endpoint,
    /// The access key of who tests a method that is not deployed, whose identity the call then has without a signature. None of
    /// what clients send.
    pub tester: Option<&'a str>,
    /// What was agreed at the handshake; none in clear text.
    pub tls: Option<&'a TlsConnection>,
    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub time_epoch_millis: u64,
    /// Given to this request.
    pub ids: &'a RequestIds,
}

/// A connection over TLS, which may serve many requests, also for several host names.
#[derive(Debug)]
pub struct TlsConnection {
    /// The name that the client asked for (SNI).
    pub server_name: Option<String>,
    /// What is spoken.
    pub version: TlsVersion,
    /// What the client showed of itself; none if it was not asked, or has nothing.
    pub peer: Option<PeerChain>,
}

/// Headers with the letter case that the client used, which Lambda events keep.
pub trait CasedHeaders: Send + Sync {
    /// Every name, in any order.
    fn names(&self) -> Vec<&str>;
}

/// How the client connected.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ClientScheme {
    /// In clear text.
    Http,
    /// Over TLS.
    Https,
}

impl ClientScheme {
    /// As in `X-Forwarded-Proto`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }
}

/// The ids of one request, made by the shell.
#[derive(Clone, Debug)]
pub struct RequestIds {
    /// `x-amzn-RequestId`: a UUID.
    pub request_id: HeaderValue,
    /// `x-amz-apigw-id`: 11 bytes in base64.
    pub extended_request_id: HeaderValue,
    /// `X-Amzn-Trace-Id`
    pub trace_id: TraceId,
}

impl<'a> Request<'a> {
    /// `$context.requestId`
    pub fn request_id(&self) -> &'a str {
        self.ids.request_id.to_str().unwrap_or_default()
    }

    /// `$context.extendedRequestId`
    pub fn extended_request_id(&self) -> &'a str {
        self.ids.extended_request_id.to_str().unwrap_or_default()
    }

    /// `X-Amzn-Trace-Id`
    pub fn trace_id(&self) -> &'a str {
        self.ids.trace_id.value().to_str().unwrap_or_default()
    }

    /// `$context.domainName`: the authority without its port.
    pub fn host(&self) -> &'a str {
        let end = match self.authority.rfind(':') {
            Some(colon) if !self.authority[colon..].contains(']') => colon,
            _ => self.authority.len(),
        };
        &self.authority[..end]
    }

    /// The endpoint of a VPC that it came through; none: none.
    pub fn vpc_endpoint(&self) -> Option<&'a VpcEndpoint> {
        self.endpoint.vpc()
    }

    /// `$context.protocol`: what AWS says of every request, also of those that came over HTTP/2.
    pub fn protocol(&self) -> &'static str {
        "HTTP/1.1"
    }

    /// The value of a header, if it is one that is text; the last of several.
    pub fn header(&self, name: &HeaderName) -> Option<&'a str> {
        last_text(self.headers, name)
    }
}

/// The last value of a header that is text: what AWS's single-value views show.
pub(crate) fn last_text<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    let last = headers.get_all(name).into_iter().next_back()?;
    std::str::from_utf8(last.as_bytes()).ok()
}
