//! An origin over TLS that answers every request with what it was shown: the certificate of the client,
//! or none.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};

use crate::patience::PATIENCE;

/// Listens until the test ends.
pub(crate) struct TlsOrigin {
    pub(crate) port: u16,
}

impl TlsOrigin {
    /// One that asks nobody for a certificate.
    pub(crate) fn start(name: &str) -> Self {
        Self::start_with(name, |_| {}, None)
    }

    /// One whose certificate was valid until yesterday, so to speak.
    pub(crate) fn start_expired(name: &str) -> Self {
        let expire = |params: &mut CertificateParams| params.not_after = date_time_ymd(2020, 1, 1);
        Self::start_with(name, expire, None)
    }

    /// One that talks to nobody but the owner of a certificate, in PEM.
    pub(crate) fn start_for(name: &str, client: &str) -> Self {
        Self::start_with(name, |_| {}, Some(client))
    }

    fn start_with(
        name: &str,
        change: impl FnOnce(&mut CertificateParams),
        client: Option<&str>,
    ) -> Self {
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .unwrap();
        let builder = match client {
            None => builder.with_no_client_auth(),
            Some(pem) => {
                let mut roots = RootCertStore::empty();
                roots.add(CertificateDer::from_pem_slice(pem.as_bytes()).unwrap()).unwrap();
                let roots = Arc::new(roots);
                let verifier = WebPkiClientVerifier::builder_with_provider(roots, provider);
                builder.with_client_cert_verifier(verifier.build().unwrap())
            }
        };
        let private_key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let chain = vec![certificate.der().clone()];
        let config = Arc::new(builder.with_single_cert(chain, private_key).unwrap());
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let config = Arc::clone(&config);
                thread::spawn(move || serve(stream, config));
            }
        });
        Self { port }
    }

    /// `https://{host}:{port}/`
    pub(crate) fn uri(&self, host: &str) -> String {
        format!("https://{host}:{}/", self.port)
    }
}

/// Answers requests without a body, one after the other.
fn serve(stream: TcpStream, config: Arc<ServerConfig>) -> Option<()> {
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    let connection = ServerConnection::new(config).ok()?;
    let mut reader = BufReader::new(StreamOwned::new(connection, stream));
    loop {
        let mut line = String::new();
        while line != "\r\n" {
            line.clear();
            if reader.read_line(&mut line).ok()? == 0 {
                return None;
            }
        }
        let connection = &reader.get_ref().conn;
        let shown = connection.peer_certificates().map_or("nobody", |_| "the client");
        let name = connection.server_name().unwrap_or("no name");
        let body = format!("{shown} at {name}");
        let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        reader.get_mut().write_all(answer.as_bytes()).ok()?;
    }
}
