//! How servers prove who they are: TLS with certificates of the system's authorities.

use std::sync::Arc;

use rustls::client::Resumption;
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore};
use wasmtime_wasi_http::Error;

/// HTTP/2 if the server has it.
const PROTOCOLS: [&[u8]; 2] = [b"h2", b"http/1.1"];

/// TLS sessions that one function may resume.
const SESSIONS_MAX: usize = 64;

/// The authorities, read from files: not on a thread that serves requests.
///
/// The system's are those of `SSL_CERT_FILE` and `SSL_CERT_DIR` or else the operating system's; where
/// there are none, those that browsers trust.
pub(crate) fn authorities(given: Option<Vec<Vec<u8>>>) -> Arc<RootCertStore> {
    let mut roots = RootCertStore::empty();
    if let Some(given) = given {
        roots.add_parsable_certificates(given.into_iter().map(CertificateDer::from));
        return Arc::new(roots);
    }
    let found = rustls_native_certs::load_native_certs();
    for error in found.errors {
        tracing::warn!(%error, "certificates of authorities cannot be read");
    }
    roots.add_parsable_certificates(found.certs);
    if roots.is_empty() {
        tracing::warn!("the system has no certificates of authorities; Mozilla's are trusted");
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    Arc::new(roots)
}

/// For the connections of one function: it resumes no other's sessions.
pub(crate) fn client(authorities: Arc<RootCertStore>) -> Result<ClientConfig, Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::InternalError(Some(error.to_string())))?
        .with_root_certificates(authorities)
        .with_no_client_auth();
    config.alpn_protocols = PROTOCOLS.map(<[u8]>::to_vec).to_vec();
    config.resumption = Resumption::in_memory_sessions(SESSIONS_MAX);
    Ok(config)
}
