//! What is known of a connection before its first request, for all of its requests.
//!
//! Pingora lets whoever accepts a connection say nothing of it but what a proxy on its way answered: so it travels
//! as that (`ProxyDigest`), in clear text and over TLS alike.

use std::net::IpAddr;

use model::Endpoint;
use pingora_core::protocols::raw_connect::ProxyDigest;
use pipeline::TlsConnection;
use tokio::sync::watch;

/// A connection that was let in.
pub(crate) struct Arrival {
    /// What was agreed at the handshake; none in clear text.
    pub(crate) tls: Option<TlsConnection>,
    /// Who the client is, where a proxy that is trusted said so; else it is the peer.
    pub(crate) client: Option<IpAddr>,
    /// What the connection came to.
    pub(crate) endpoint: Endpoint,
    /// Ends the connection after what is under way.
    pub(crate) closing: watch::Sender<bool>,
}

impl Arrival {
    /// As a connection carries it.
    pub(crate) fn into_digest(self) -> ProxyDigest {
        let (nothing, ()) = http::Response::new(()).into_parts();
        ProxyDigest::new(Box::new(nothing.into()), Some(Box::new(self)))
    }

    /// None of a connection of which nothing is known but its addresses.
    pub(crate) fn of(digest: &ProxyDigest) -> Option<&Self> {
        digest.user_data.as_ref()?.downcast_ref()
    }

    /// Lets no other request come over the connection than those that are under way: an answer of HTTP/1.1 says so by
    /// itself, HTTP/2 is told by a frame.
    pub(crate) fn close(&self) {
        self.closing.send_replace(true);
    }
}
