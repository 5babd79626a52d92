//! HTTP integrations over Pingora's pooled connections: whole responses for the pipeline's port, and
//! streamed ones for `forward`.
//!
//! Time limits are Pingora's. One of tokio's that is the only one of its runtime wakes the thread that
//! sets it, once more for each request.

mod signature;
mod tls;

use std::hash::{BuildHasher as _, RandomState};
use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::StatusCode;
use model::{BODY_BYTES_MAX, Scheme};
use pingora_core::connectors::http::v1::Connector;
use pingora_core::protocols::http::v1::client::HttpSession;
use pingora_core::upstreams::peer::HttpPeer;
use pingora_core::{Error, ErrorType};
use pingora_http::ResponseHeader;
use pingora_timeout::timeout;
use pipeline::{BoxFuture, StreamLimits, UpstreamError, UpstreamHead, UpstreamResponse, Upstreams};

use crate::clock::Clock;
use crate::convert;
use crate::resolver::Resolver;
use tls::TlsUpstreams;

/// How long an idle connection to an upstream is kept.
const IDLE_TIME_MAX: Duration = Duration::from_secs(60);

/// Idle connections that may turn out to be closed, one after the other, before a request fails.
const IDLE_RETRIES_MAX: usize = 16;

pub(crate) struct UpstreamClient {
    connector: Connector,
    tls: TlsUpstreams,
    /// Makes keys of what connections are shared by.
    hasher: RandomState,
    resolver: Resolver,
}

/// What went wrong, and whether the very same request may be sent again.
struct Attempt {
    error: UpstreamError,
    retry: Retry,
}

/// Where a request that failed may be tried again.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Retry {
    /// Nothing was sent.
    NextPeer,
    /// It may have been acted on.
    Nowhere,
    /// On another connection: an idle one had been closed by the other side.
    SamePeer,
}

impl UpstreamClient {
    pub(crate) fn new(clock: Clock) -> Self {
        Self {
            connector: Connector::new(None),
            tls: TlsUpstreams::new(),
            hasher: RandomState::new(),
            resolver: Resolver::new(clock),
        }
    }

    /// Sends a whole request and reads the head of the final response, within `head.timeout`. From
    /// then on the upstream may be silent for as long as `limits` say.
    ///
    /// Every address is tried until one takes a connection; what is idempotent is sent again if an
    /// idle connection turns out to be closed.
    ///
    /// # Errors
    /// If no address takes the request, or the upstream breaks or takes too long.
    pub(crate) async fn begin(
        &self,
        head: &UpstreamHead,
        body: Bytes,
        limits: StreamLimits,
    ) -> Result<Answering<'_>, UpstreamError> {
        let begun = pin!(self.try_addresses(head, body));
        let begun = timeout(head.timeout, begun).await;
        let mut answering = begun.map_err(|_elapsed| UpstreamError::TimedOut)??;
        answering.session.read_timeout = Some(limits.silence_max);
        Ok(answering)
    }

    async fn try_addresses(
        &self,
        head: &UpstreamHead,
        body: Bytes,
    ) -> Result<Answering<'_>, UpstreamError> {
        let addresses = self.resolver.resolve(head.peer()).await;
        let mut outcome = Err(UpstreamError::Network("no address".into()));
        for address in addresses.map_err(UpstreamError::Network)?.as_slice() {
            let peer = self.peer(head, *address);
            let mut attempt = self.attempt(&peer, *address, head, body.clone()).await;
            for _ in 0..IDLE_RETRIES_MAX {
                let Err(Attempt { retry: Retry::SamePeer, .. }) = attempt else { break };
                attempt = self.attempt(&peer, *address, head, body.clone()).await;
            }
            match attempt {
                Ok(session) => return Ok(Answering { client: self, session, peer }),
                Err(Attempt { error, retry: Retry::NextPeer }) => outcome = Err(error),
                Err(Attempt { error, .. }) => return Err(error),
            }
        }
        outcome
    }

    async fn attempt(
        &self,
        peer: &HttpPeer,
        address: SocketAddr,
        head: &UpstreamHead,
        body: Bytes,
    ) -> Result<HttpSession, Attempt> {
        let failed = |retry| move |error: Box<Error>| Attempt { error: failure(&error), retry };
        let (mut session, reused) = match self.connector.reused_http_session(peer).await {
            Some(session) => (session, true),
            None => {
                // Boxed, as it is large and rare: whoever forwards a request is moved with it.
                let connected = Box::pin(self.connect(peer, address, head)).await;
                (connected.map_err(failed(Retry::NextPeer))?, false)
            }
        };
        // An idle connection may have been closed by the other side just now: then nothing was
        // received, and what is idempotent may be sent again (RFC 9110 section 9.2.2).
        let retry =
            if reused && head.method.is_idempotent() { Retry::SamePeer } else { Retry::Nowhere };
        exchange_heads(&mut session, head, body).await.map_err(failed(retry))?;
        Ok(session)
    }

    async fn connect(
        &self,
        peer: &HttpPeer,
        address: SocketAddr,
        head: &UpstreamHead,
    ) -> pingora_core::Result<HttpSession> {
        match head.peer().scheme {
            Scheme::Http => self.connector.get_http_session(peer).await.map(|(session, _)| session),
            Scheme::Https => {
                let stream = self.tls.connect(address, &peer.sni, &head.tls).await?;
                Ok(HttpSession::new_with_options(stream, peer))
            }
        }
    }

    /// One address of an upstream, with what a connection to it has. Time limits are set where the
    /// exchange begins.
    fn peer(&self, head: &UpstreamHead, address: SocketAddr) -> HttpPeer {
        let UpstreamHead { target, tls, .. } = head;
        match head.peer().scheme {
            Scheme::Http => HttpPeer::new(address, false, String::new()),
            Scheme::Https => {
                let mut peer = HttpPeer::new(address, true, target.unbracketed_host().to_owned());
                peer.group_key = self.hasher.hash_one(tls);
                peer
            }
        }
    }

    /// The whole answer to a request without a body, within `head.timeout`.
    ///
    /// # Errors
    /// As [`Upstreams::send`]; and that it has more than `bytes_max`.
    pub(crate) async fn fetch(
        &self,
        head: &UpstreamHead,
        bytes_max: usize,
    ) -> Result<UpstreamResponse, UpstreamError> {
        let sent = pin!(self.send_whole(head, Bytes::new(), bytes_max));
        timeout(head.timeout, sent).await.unwrap_or(Err(UpstreamError::TimedOut))
    }

    /// The whole exchange; the caller bounds its time.
    async fn send_whole(
        &self,
        head: &UpstreamHead,
        body: Bytes,
        bytes_max: usize,
    ) -> Result<UpstreamResponse, UpstreamError> {
        let mut answering = self.try_addresses(head, body).await?;
        let mut received = BytesMut::new();
        while let Some(chunk) = answering.chunk().await? {
            if bytes_max < received.len() + chunk.len() {
                return Err(UpstreamError::TooLarge);
            }
            received.extend_from_slice(&chunk);
        }
        let header = answering.head()?;
        let response = UpstreamResponse {
            status: header.status,
            headers: header.headers.clone(),
            body: received.freeze(),
        };
        answering.release().await;
        Ok(response)
    }
}

/// A response whose head is there. Dropped before it is released, it takes its connection with it.
pub(crate) struct Answering<'c> {
    client: &'c UpstreamClient,
    session: HttpSession,
    peer: HttpPeer,
}

impl Answering<'_> {
    /// Of the final response.
    ///
    /// # Errors
    /// Not after [`UpstreamClient::begin`]: it read one.
    pub(crate) fn head(&self) -> Result<&ResponseHeader, UpstreamError> {
        let head = self.session.resp_header();
        head.ok_or_else(|| UpstreamError::Network("no response".into()))
    }

    /// The next part of the body; none at its end.
    ///
    /// # Errors
    /// If the connection breaks, or the upstream is silent for too long.
    pub(crate) async fn chunk(&mut self) -> Result<Option<Bytes>, UpstreamError> {
        self.session.read_body_bytes().await.map_err(|error| failure(&error))
    }

    /// The body was read to its end: the connection may serve another request.
    pub(crate) async fn release(self) {
        let Self { client, session, peer } = self;
        client.connector.release_http_session(session, &peer, Some(IDLE_TIME_MAX)).await;
    }
}

impl Upstreams for UpstreamClient {
    fn send<'a>(
        &'a self,
        head: &'a UpstreamHead,
        body: Bytes,
    ) -> BoxFuture<'a, Result<UpstreamResponse, UpstreamError>> {
        Box::pin(async move {
            let sent = pin!(self.send_whole(head, body, BODY_BYTES_MAX));
            let sent = timeout(head.timeout, sent).await;
            sent.unwrap_or(Err(UpstreamError::TimedOut))
        })
    }
}

/// Sends the request and reads the final response's head.
async fn exchange_heads(
    session: &mut HttpSession,
    head: &UpstreamHead,
    body: Bytes,
) -> pingora_core::Result<()> {
    let mut request = convert::upstream_request(head);
    if let Some(signature) = &head.signature {
        signature::sign(&mut request, head, signature, &body)?;
    }
    convert::frame_body(&mut request, body.len())?;
    session.write_request_header(Box::new(request)).await?;
    if !body.is_empty() {
        session.write_body(&body).await?;
    }
    session.finish_body().await?;
    loop {
        session.read_response().await?;
        match session.resp_header().map(|header| header.status) {
            // Nobody asked for it: `Upgrade` goes no further than this gateway.
            Some(StatusCode::SWITCHING_PROTOCOLS) => {
                return Err(Error::explain(ErrorType::InvalidHTTPHeader, "unasked 101").into_up());
            }
            Some(status) if status.is_informational() => {}
            _ => return Ok(()),
        }
    }
}

/// Whose fault it is, for an error of Pingora's on the way to an upstream.
fn failure(error: &Error) -> UpstreamError {
    match error.etype() {
        ErrorType::ConnectTimedout
        | ErrorType::ReadTimedout
        | ErrorType::TLSHandshakeTimedout
        | ErrorType::WriteTimedout => UpstreamError::TimedOut,
        _ => UpstreamError::Network(error.to_string()),
    }
}
