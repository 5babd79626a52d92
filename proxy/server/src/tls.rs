//! How TLS is spoken at a listener: by the name that a client asks for, with or without asking for its certificate.

use std::io;
use std::sync::Arc;

use model::TlsVersion;
use mutual_tls::PeerChain;
use pingora_core::protocols::Stream;
use pipeline::TlsConnection;
use rustls::crypto::ring;
use rustls::server::{Acceptor, ServerConfig};
use rustls::version::{TLS12, TLS13};
use rustls::{ProtocolVersion, ServerConnection};
use tokio_rustls::LazyConfigAcceptor;

use crate::certificates::Certificates;
use crate::client_authentication::AnyOwner;
use crate::tls_stream::{H2, TlsStream};

/// Two ways to shake hands, each with sessions of its own: one that began with a client that was not asked for its
/// certificate is not taken up again where it would have been.
pub(crate) struct Tls {
    certificates: Arc<Certificates>,
    /// With clients who are not asked, as browsers would ask their users.
    open: Arc<ServerConfig>,
    /// With clients who are asked for a certificate.
    mutual: Arc<ServerConfig>,
}

impl Tls {
    /// # Errors
    /// If there is nothing that can be spoken.
    pub(crate) fn new(certificates: Arc<Certificates>) -> Result<Self, rustls::Error> {
        let builder = || {
            let provider = Arc::new(ring::default_provider());
            ServerConfig::builder_with_provider(provider).with_protocol_versions(&[&TLS13, &TLS12])
        };
        let resolver = || Arc::clone(&certificates) as Arc<dyn rustls::server::ResolvesServerCert>;
        let mut open = builder()?.with_no_client_auth().with_cert_resolver(resolver());
        let verifier = Arc::new(AnyOwner::new());
        let mut mutual =
            builder()?.with_client_cert_verifier(verifier).with_cert_resolver(resolver());
        for config in [&mut open, &mut mutual] {
            config.alpn_protocols = vec![H2.to_vec(), b"http/1.1".to_vec()];
            // As AWS does: the order of cipher suites is the server's.
            config.ignore_client_order = true;
        }
        Ok(Self { certificates, open: Arc::new(open), mutual: Arc::new(mutual) })
    }

    /// Shakes hands.
    ///
    /// # Errors
    /// Why not; the client was told.
    pub(crate) async fn accept(&self, stream: Stream) -> io::Result<(TlsStream, TlsConnection)> {
        let start = LazyConfigAcceptor::new(Acceptor::default(), stream).await?;
        let is_asked = start
            .client_hello()
            .server_name()
            .is_some_and(|name| self.certificates.are_mutual(name));
        let config = if is_asked { &self.mutual } else { &self.open };
        let tls = start.into_stream(Arc::clone(config)).await?;
        let connection = connection(tls.get_ref().1);
        Ok((TlsStream::new(tls), connection))
    }
}

/// What requests are told of their connection.
fn connection(connection: &ServerConnection) -> TlsConnection {
    let chain = connection.peer_certificates().filter(|chain| !chain.is_empty());
    TlsConnection {
        server_name: connection.server_name().map(str::to_owned),
        version: match connection.protocol_version() {
            Some(ProtocolVersion::TLSv1_3) => TlsVersion::V1_3,
            _ => TlsVersion::V1_2,
        },
        peer: chain.map(|chain| PeerChain::new(chain.to_vec())),
    }
}
