//! Connections to upstreams over TLS, each with what its integration says of trust and what its stage
//! has to show.
//!
//! Not Pingora's own: it either believes everything of an upstream or nothing but the authorities of
//! this machine, and makes a configuration anew for each connection.

use std::net::SocketAddr;
use std::sync::Arc;

use model::{ClientCertificate, ServerTrust, UpstreamTls};
use pingora_core::protocols::Stream;
use pingora_core::protocols::l4::stream::Stream as TcpStream;
use pingora_core::protocols::tls::client::handshake;
use pingora_core::tls::{TlsConnector, load_platform_certs_incl_env_into_store};
use pingora_core::{ErrorType, OrErr as _, Result};
use quick_cache::sync::Cache;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
};
use x509_parser::time::ASN1Time;

/// Settings that are kept ready, with the sessions that can be resumed.
const SETTINGS_MAX: usize = 1_024;

/// Makes connections.
pub(super) struct TlsUpstreams {
    provider: Arc<CryptoProvider>,
    authorities: Arc<RootCertStore>,
    configurations: Cache<UpstreamTls, Arc<ClientConfig>>,
}

impl TlsUpstreams {
    /// Trusts the authorities of `SSL_CERT_FILE` and `SSL_CERT_DIR`, or else of the operating system.
    pub(super) fn new() -> Self {
        let mut authorities = RootCertStore::empty();
        if let Err(error) = load_platform_certs_incl_env_into_store(&mut authorities) {
            tracing::warn!(%error, "not every authority of this machine is trusted");
        }
        Self {
            provider: Arc::new(ring::default_provider()),
            authorities: Arc::new(authorities),
            configurations: Cache::new(SETTINGS_MAX),
        }
    }

    /// Connects, and lets the upstream prove that it is `server_name`, a name or an address.
    pub(super) async fn connect(
        &self,
        address: SocketAddr,
        server_name: &str,
        tls: &UpstreamTls,
    ) -> Result<Stream> {
        let configuration = match self.configurations.get(tls) {
            Some(configuration) => configuration,
            None => {
                let made = self.configuration(tls);
                let made = Arc::new(made.or_err(ErrorType::InvalidCert, "set up TLS")?);
                self.configurations.insert(tls.clone(), Arc::clone(&made));
                made
            }
        };
        let connected = tokio::net::TcpStream::connect(address).await;
        let connected = connected.or_err_with(ErrorType::ConnectError, || address.to_string())?;
        let mut stream = TcpStream::from(connected);
        stream.set_nodelay()?;
        let connector = TlsConnector::from(configuration);
        Ok(Box::new(handshake(&connector, server_name, stream).await?))
    }

    fn configuration(&self, tls: &UpstreamTls) -> std::result::Result<ClientConfig, rustls::Error> {
        let builder = ClientConfig::builder_with_provider(Arc::clone(&self.provider))
            .with_safe_default_protocol_versions()?
            .dangerous()
            .with_custom_certificate_verifier(self.verifier(tls.trust)?);
        let mut configuration = match &tls.client_certificate {
            Some(certificate) => {
                let (chain, key) = parse(certificate)?;
                builder.with_client_auth_cert(chain, key)?
            }
            None => builder.with_no_client_auth(),
        };
        configuration.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(configuration)
    }

    fn verifier(
        &self,
        trust: ServerTrust,
    ) -> std::result::Result<Arc<dyn ServerCertVerifier>, rustls::Error> {
        let provider = Arc::clone(&self.provider);
        Ok(match trust {
            ServerTrust::AnyIssuer => Arc::new(AnyIssuer(provider)),
            ServerTrust::Authorities => {
                let authorities = Arc::clone(&self.authorities);
                let built = WebPkiServerVerifier::builder_with_provider(authorities, provider);
                built.build().map_err(|error| rustls::Error::General(error.to_string()))?
            }
        })
    }
}

/// Certificate and key as rustls has them.
fn parse(
    certificate: &ClientCertificate,
) -> std::result::Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), rustls::Error> {
    let unreadable =
        |error| rustls::Error::General(format!("read the client certificate: {error}"));
    let chain = CertificateDer::pem_slice_iter(certificate.certificate.as_bytes());
    let chain = chain.collect::<std::result::Result<_, _>>().map_err(unreadable)?;
    let key = PrivateKeyDer::from_pem_slice(certificate.private_key.as_bytes());
    Ok((chain, key.map_err(unreadable)?))
}

/// Believes whoever has the key of a certificate with the right name that is valid now.
#[derive(Debug)]
struct AnyIssuer(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyIssuer {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> std::result::Result<ServerCertVerified, rustls::Error> {
        verify_server_name(&ParsedCertificate::try_from(end_entity)?, server_name)?;
        let (_, parsed) = x509_parser::parse_x509_certificate(end_entity)
            .map_err(|_| CertificateError::BadEncoding)?;
        let now =
            i64::try_from(now.as_secs()).ok().and_then(|now| ASN1Time::from_timestamp(now).ok());
        let now = now.ok_or(rustls::Error::FailedToGetCurrentTime)?;
        if now < parsed.validity().not_before {
            return Err(CertificateError::NotValidYet.into());
        }
        if parsed.validity().not_after < now {
            return Err(CertificateError::Expired.into());
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
