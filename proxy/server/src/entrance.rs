//! What a connection goes through before HTTP is spoken on it, by the listener that it came to. Pingora accepts it and
//! speaks HTTP; what is between is here.
//!
//! Whoever is not let in is counted and told to nobody: a line of the log for each would be a way to flood it.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use model::{AddressRange, PublicEndpoint};
use pingora_core::apps::ServerApp;
use pingora_core::protocols::Stream;
use pingora_core::server::ShutdownWatch;
use pingora_timeout::timeout;
use tokio::sync::watch;

use crate::arrival::Arrival;
use crate::drain::node_ends;
use crate::endpoint_policy_file::EndpointPolicyFile;
use crate::followed_file::Followed;
use crate::gateway::Gateway;
use crate::listener::ListenerEndpoint;
use crate::metrics::Metrics;
use crate::proxy_header::{ProxyHeader, ProxyHeaderError};
use crate::tls::Tls;

/// How long a connection may take until HTTP is spoken on it.
const TIME_MAX: Duration = Duration::from_secs(30);

/// How long a proxy may take to say whose connection it is: it has said so before it connects.
const PROXY_HEADER_TIME_MAX: Duration = Duration::from_secs(5);

/// Where connections come in.
pub(crate) struct Entrance {
    pub(crate) address: SocketAddr,
    /// None in clear text.
    pub(crate) tls: Option<Tls>,
    /// What connections came to.
    pub(crate) endpoint: ListenerEndpoint<Arc<Followed<EndpointPolicyFile>>>,
    /// Who says whose connections they are; none: there is nobody between.
    pub(crate) trusted_proxies: Option<Vec<AddressRange>>,
}

/// All of a node's, and what is behind them.
pub(crate) struct Entrances {
    pub(crate) all: Vec<Entrance>,
    pub(crate) gateway: Arc<Gateway>,
    pub(crate) metrics: Arc<Metrics>,
}

/// Why a connection is closed before HTTP is spoken on it.
enum Refused {
    /// It came to another endpoint of a VPC than those of the listener.
    Endpoint(String),
    /// The handshake of TLS failed.
    Handshake(io::Error),
    /// There is no header of the PROXY protocol.
    ProxyHeader(ProxyHeaderError),
    /// It took too long.
    Time,
    /// Whoever connects is not trusted to say whose connection it is.
    UntrustedProxy,
}

impl Refused {
    /// The label of the metric.
    fn reason(&self) -> &'static str {
        match self {
            Self::Endpoint(_) => "vpc_endpoint",
            Self::Handshake(_) => "tls_handshake",
            Self::ProxyHeader(_) => "proxy_header",
            Self::Time => "timeout",
            Self::UntrustedProxy => "untrusted_proxy",
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Endpoint(reason) => f.write_str(reason),
            Self::Handshake(error) => write!(f, "the handshake failed: {error}"),
            Self::ProxyHeader(error) => error.fmt(f),
            Self::Time => f.write_str("it took too long"),
            Self::UntrustedProxy => f.write_str("it comes from none of the trusted proxies"),
        }
    }
}

#[async_trait]
impl ServerApp for Entrances {
    async fn process_new(
        self: &Arc<Self>,
        stream: Stream,
        shutdown: &ShutdownWatch,
    ) -> Option<Stream> {
        let entrance = self.entrance(&stream)?;
        if entrance.is_plain() {
            return self.gateway.process_new(stream, shutdown).await;
        }
        let (closing, is_closing) = watch::channel(false);
        // Boxed, so that a connection does not keep what its handshake took.
        let entered = timeout(TIME_MAX, Box::pin(entrance.enter(stream, closing.clone()))).await;
        match entered.unwrap_or(Err(Refused::Time)) {
            Ok(stream) => self.serve(stream, &closing, &is_closing, shutdown.clone()).await,
            Err(refused) => {
                self.metrics
                    .listeners
                    .connections_refused
                    .with_label_values(&[refused.reason()])
                    .inc();
                tracing::debug!(listener = %entrance.address, %refused, "a connection is not let in");
                None
            }
        }
    }
}

impl Entrances {
    /// By the address that a connection was made to.
    fn entrance(&self, stream: &Stream) -> Option<&Entrance> {
        let digest = stream.get_socket_digest()?;
        let local = *digest.local_addr()?.as_inet()?;
        self.all.iter().find(|entrance| entrance.is_at(local))
    }

    /// Until the connection ends: by itself, with the node, or as one of its requests wants it.
    async fn serve(
        &self,
        stream: Stream,
        closing: &watch::Sender<bool>,
        is_closing: &ShutdownWatch,
        shutdown: ShutdownWatch,
    ) -> Option<Stream> {
        let mut served = self.gateway.process_new(stream, is_closing);
        tokio::select! {
            biased;
            stream = &mut served => return stream,
            () = node_ends(shutdown) => {}
        }
        closing.send_replace(true);
        served.await
    }
}

impl Entrance {
    /// Nothing comes before HTTP, and there is nothing to be said of its connections.
    fn is_plain(&self) -> bool {
        self.tls.is_none()
            && self.trusted_proxies.is_none()
            && matches!(self.endpoint, ListenerEndpoint::Public(PublicEndpoint::Any))
    }

    fn is_at(&self, local: SocketAddr) -> bool {
        let (ip, local_ip) = (self.address.ip(), local.ip().to_canonical());
        self.address.port() == local.port()
            && (ip.is_unspecified() || ip.to_canonical() == local_ip)
    }

    async fn enter(
        &self,
        mut stream: Stream,
        closing: watch::Sender<bool>,
    ) -> Result<Stream, Refused> {
        let told = match &self.trusted_proxies {
            None => ProxyHeader::default(),
            Some(trusted) => proxy_header(&mut stream, trusted).await?,
        };
        let endpoint = self.endpoint.of(told.vpc_endpoint.as_deref());
        let endpoint = endpoint.map_err(Refused::Endpoint)?;
        let (mut stream, tls): (Stream, _) = match &self.tls {
            None => (stream, None),
            Some(tls) => {
                let (stream, connection) = tls.accept(stream).await.map_err(Refused::Handshake)?;
                (Box::new(stream), Some(connection))
            }
        };
        let arrival = Arrival { tls, client: told.client, endpoint, closing };
        stream.set_proxy_digest(arrival.into_digest());
        Ok(stream)
    }
}

/// What a proxy that is trusted says.
async fn proxy_header(
    stream: &mut Stream,
    trusted: &[AddressRange],
) -> Result<ProxyHeader, Refused> {
    let digest = stream.get_socket_digest();
    let peer = digest.as_ref().and_then(|digest| digest.peer_addr()?.as_inet());
    if !peer.is_some_and(|peer| trusted.iter().any(|range| range.contains(peer.ip()))) {
        return Err(Refused::UntrustedProxy);
    }
    let read = timeout(PROXY_HEADER_TIME_MAX, ProxyHeader::read(stream)).await;
    read.map_err(|_elapsed| Refused::Time)?.map_err(Refused::ProxyHeader)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_is_told_by_where_it_came_to() {
        let is_at = |address: &str, local: &str| {
            let address = address.parse().unwrap();
            let endpoint = ListenerEndpoint::Public(PublicEndpoint::Any);
            let entrance = Entrance { address, tls: None, endpoint, trusted_proxies: None };
            entrance.is_at(local.parse().unwrap())
        };
        assert!(is_at("127.0.0.1:8081", "127.0.0.1:8081"));
        assert!(is_at("127.0.0.1:8081", "[::ffff:127.0.0.1]:8081"));
        assert!(!is_at("127.0.0.1:8081", "10.0.0.1:8081"));
        assert!(!is_at("127.0.0.1:8081", "127.0.0.1:8080"));
        assert!(is_at("0.0.0.0:8082", "10.0.0.1:8082"));
        assert!(is_at("[::]:8082", "[::ffff:10.0.0.1]:8082"));
    }
}
