//! What is known of a connection before its first request, for all of its requests.
//!
//! Pingora lets whoever accepts a connection say nothing of it but what a proxy on its way answered: so it travels
//! as that (`ProxyDigest`), in clear text and over TLS alike.

use std::net::IpAddr;
use std::sync::Arc;

use model::{Endpoint, PublicEndpoint, VpcEndpoint};
use pingora_core::protocols::raw_connect::ProxyDigest;
use pipeline::TlsConnection;
use tokio::sync::watch;

use crate::endpoint_policy_file::EndpointPolicyFile;
use crate::followed_file::Followed;

/// A connection that was let in.
pub(crate) struct Arrival {
    /// What was agreed at the handshake; none in clear text.
    pub(crate) tls: Option<TlsConnection>,
    /// Who the client is, where a proxy that is trusted said so; else it is the peer.
    pub(crate) client: Option<IpAddr>,
    /// What the connection came to.
    pub(crate) endpoint: ArrivalEndpoint,
    /// Ends the connection after what is under way.
    pub(crate) closing: watch::Sender<bool>,
}

/// What a connection came to.
pub(crate) enum ArrivalEndpoint {
    Public(PublicEndpoint),
    Vpc {
        endpoint: Arc<VpcEndpoint>,
        /// May become another one while the connection is there.
        policy: Option<Arc<Followed<EndpointPolicyFile>>>,
    },
}

impl ArrivalEndpoint {
    /// As a request finds it, to its end.
    pub(crate) fn now(&self) -> Endpoint {
        match self {
            Self::Public(public) => Endpoint::Public(*public),
            Self::Vpc { endpoint, policy } => Endpoint::Vpc {
                endpoint: Arc::clone(endpoint),
                policy: policy.as_ref().map(|policy| policy.current()),
            },
        }
    }
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
