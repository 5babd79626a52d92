//! Mutual TLS at the handshake: who is asked for a certificate, and what is noted of the connection.
//!
//! A listener serves many domain names, and rustls asks its verifier of client certificates without the name. But it
//! asks the resolver of certificates first, with the name, and the verifier after it in the same call: what the
//! resolver found is noted for the thread. So clients of other domain names are not asked, as browsers would ask
//! their users.
//!
//! Any certificate is taken whose key the client has. Whose it must be is asked of each request
//! (`pipeline/src/connection.rs`), as a connection may serve several domain names.

use std::any::Any;
use std::cell::Cell;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use model::TlsVersion;
use mutual_tls::{PeerChain, verify_signature};
use pingora_core::listeners::{PreTlsProcess, TlsAccept};
use pingora_core::protocols::l4::stream::Stream;
use pingora_core::protocols::tls::TlsRef;
use pipeline::TlsConnection;
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{WebPkiSupportedAlgorithms, ring};
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{CertificateError, DigitallySignedStruct, DistinguishedName, Error, SignatureScheme};

thread_local! {
    /// Whether the client whose handshake this thread works on is asked.
    static IS_ASKED: Cell<bool> = const { Cell::new(true) };
}

/// Notes whether the client of a handshake is to be asked. Called by the resolver of certificates.
pub(crate) fn ask(is_asked: bool) {
    IS_ASKED.set(is_asked);
}

/// Begins each handshake: rustls keeps what a certificate is verified with from the first byte on, and asks
/// already then whether it may come to that.
pub(crate) struct BeforeHandshake;

#[async_trait]
impl PreTlsProcess for BeforeHandshake {
    async fn process(&self, _: &mut Stream) -> pingora_core::Result<()> {
        // The handshake begins in the same turn of this thread.
        ask(true);
        Ok(())
    }
}

/// Takes any certificate whose key the client has.
pub(crate) struct AnyOwner {
    algorithms: WebPkiSupportedAlgorithms,
}

impl AnyOwner {
    pub(crate) fn new() -> Self {
        Self { algorithms: ring::default_provider().signature_verification_algorithms }
    }

    fn verify(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
        algorithms_max: usize,
    ) -> Result<HandshakeSignatureValid, Error> {
        let found = self.algorithms.mapping.iter().find(|(scheme, _)| *scheme == signature.scheme);
        let algorithms = found.map(|(_, algorithms)| *algorithms).unwrap_or_default();
        let algorithms = &algorithms[..algorithms.len().min(algorithms_max)];
        match verify_signature(certificate, algorithms, message, signature.signature()) {
            true => Ok(HandshakeSignatureValid::assertion()),
            false => Err(Error::InvalidCertificate(CertificateError::BadSignature)),
        }
    }
}

impl ClientCertVerifier for AnyOwner {
    fn offer_client_auth(&self) -> bool {
        IS_ASKED.get()
    }

    /// Who has none is told so over HTTP.
    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        Ok(ClientCertVerified::assertion())
    }

    /// In TLS 1.2 a scheme does not say which curve it is for.
    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verify(message, certificate, signature, usize::MAX)
    }

    /// In TLS 1.3 it does, and the first is the one (RFC 8446 section 4.2.3).
    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verify(message, certificate, signature, 1)
    }

    /// Of keys that certificates may be for (AWS).
    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        let mut schemes = self.algorithms.supported_schemes();
        schemes.retain(|scheme| *scheme != SignatureScheme::ED25519);
        schemes
    }
}

impl fmt::Debug for AnyOwner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AnyOwner").finish_non_exhaustive()
    }
}

/// Notes what requests are told of their connection.
pub(crate) struct AfterHandshake;

#[async_trait]
impl TlsAccept for AfterHandshake {
    async fn handshake_complete_callback(
        &self,
        connection: &TlsRef,
    ) -> Option<Arc<dyn Any + Send + Sync>> {
        let chain = connection.peer_cert_chain_der().filter(|chain| !chain.is_empty());
        Some(Arc::new(TlsConnection {
            server_name: connection.server_name().map(str::to_owned),
            version: match connection.version() {
                // As rustls calls it; what is not known is older.
                Some("TLSv1_3") => TlsVersion::V1_3,
                _ => TlsVersion::V1_2,
            },
            peer: chain.map(|chain| PeerChain::new(chain.to_vec())),
        }))
    }
}
