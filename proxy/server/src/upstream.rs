//! The pipeline's upstream port: whole requests and responses over Pingora's pooled connections.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use model::{BODY_BYTES_MAX, Scheme};
use pingora_core::connectors::http::Connector;
use pingora_core::protocols::ALPN;
use pingora_core::protocols::http::client::HttpSession;
use pingora_core::upstreams::peer::HttpPeer;
use pingora_core::{Error, ErrorType};
use pipeline::{BoxFuture, UpstreamError, UpstreamHead, UpstreamResponse, Upstreams};

use crate::clock::Clock;
use crate::convert;
use crate::resolver::Resolver;

/// How long an idle connection to an upstream is kept.
const IDLE_TIME_MAX: Duration = Duration::from_secs(60);

pub(crate) struct UpstreamClient {
    connector: Connector,
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
    /// On a fresh connection: an idle one had been closed by the other side.
    SamePeer,
}

impl UpstreamClient {
    pub(crate) fn new(clock: Clock) -> Self {
        Self { connector: Connector::new(None), resolver: Resolver::new(clock) }
    }

    /// The addresses to try, in order: at least one.
    ///
    /// # Errors
    /// If the name cannot be resolved.
    pub(crate) async fn addresses(
        &self,
        head: &UpstreamHead,
    ) -> Result<Arc<[SocketAddr]>, UpstreamError> {
        tokio::time::timeout(head.timeout, self.resolver.resolve(&head.target))
            .await
            .map_err(|_| UpstreamError::TimedOut)?
            .map_err(UpstreamError::Network)
    }

    async fn send_whole(
        &self,
        head: &UpstreamHead,
        body: Bytes,
    ) -> Result<UpstreamResponse, UpstreamError> {
        let mut outcome = Err(UpstreamError::Network("no address".into()));
        for address in self.addresses(head).await?.iter() {
            let peer = peer(head, *address);
            let mut attempt = self.attempt(&peer, head, body.clone()).await;
            if let Err(Attempt { retry: Retry::SamePeer, .. }) = attempt {
                attempt = self.attempt(&peer, head, body.clone()).await;
            }
            let is_over = !matches!(attempt, Err(Attempt { retry: Retry::NextPeer, .. }));
            outcome = attempt.map_err(|attempt| attempt.error);
            if is_over {
                break;
            }
        }
        outcome
    }

    async fn attempt(
        &self,
        peer: &HttpPeer,
        head: &UpstreamHead,
        body: Bytes,
    ) -> Result<UpstreamResponse, Attempt> {
        let failed = |retry| move |error: Box<Error>| Attempt { error: failure(&error), retry };
        let connected = self.connector.get_http_session(peer).await;
        let (mut session, reused) = connected.map_err(failed(Retry::NextPeer))?;
        // An idle connection may have been closed by the other side just now: then nothing was
        // received, and what is idempotent may be sent again (RFC 9110 section 9.2.2).
        let retry =
            if reused && head.method.is_idempotent() { Retry::SamePeer } else { Retry::Nowhere };
        exchange_heads(&mut session, head, body).await.map_err(failed(retry))?;
        let mut received = BytesMut::new();
        while let Some(chunk) =
            session.read_response_body().await.map_err(failed(Retry::Nowhere))?
        {
            if received.len() + chunk.len() > BODY_BYTES_MAX {
                return Err(Attempt { error: UpstreamError::TooLarge, retry: Retry::Nowhere });
            }
            received.extend_from_slice(&chunk);
        }
        let header = session.response_header().ok_or_else(|| Attempt {
            error: UpstreamError::Network("no response".into()),
            retry: Retry::Nowhere,
        })?;
        let response = UpstreamResponse {
            status: header.status,
            headers: header.headers.clone(),
            body: received.freeze(),
        };
        self.connector.release_http_session(session, peer, Some(IDLE_TIME_MAX)).await;
        Ok(response)
    }
}

impl Upstreams for UpstreamClient {
    fn send<'a>(
        &'a self,
        head: &'a UpstreamHead,
        body: Bytes,
    ) -> BoxFuture<'a, Result<UpstreamResponse, UpstreamError>> {
        Box::pin(async move {
            let sent = tokio::time::timeout(head.timeout, self.send_whole(head, body)).await;
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
    session.set_read_timeout(Some(head.timeout));
    session.set_write_timeout(Some(head.timeout));
    let mut request = convert::upstream_request(head)?;
    convert::frame_body(&mut request, body.len())?;
    session.write_request_header(Box::new(request)).await?;
    if !body.is_empty() {
        session.write_request_body(body, true).await?;
    }
    session.finish_request_body().await?;
    loop {
        session.read_response_header().await?;
        let status = session.response_header().map(|header| header.status);
        if status.is_none_or(|status| !status.is_informational()) {
            return Ok(());
        }
    }
}

/// One address of an upstream, with its limits.
pub(crate) fn peer(head: &UpstreamHead, address: SocketAddr) -> HttpPeer {
    let is_tls = head.target.scheme == Scheme::Https;
    let mut peer = HttpPeer::new(address, is_tls, head.target.host.clone());
    peer.options.alpn = ALPN::H1;
    peer.options.connection_timeout = Some(head.timeout);
    peer.options.total_connection_timeout = Some(head.timeout);
    peer.options.read_timeout = Some(head.timeout);
    peer.options.write_timeout = Some(head.timeout);
    peer.options.idle_timeout = Some(IDLE_TIME_MAX);
    peer
}

/// Whose fault it is, for an error of Pingora's on the way to an upstream.
pub(crate) fn failure(error: &Error) -> UpstreamError {
    match error.etype() {
        ErrorType::ConnectTimedout
        | ErrorType::ReadTimedout
        | ErrorType::TLSHandshakeTimedout
        | ErrorType::WriteTimedout => UpstreamError::TimedOut,
        _ => UpstreamError::Network(error.to_string()),
    }
}
