//! Which certificate a client is shown at the handshake: that of the domain name that it asks for, else the
//! listener's own. Both change without a restart: the ones with what is live, the other when its files do.

use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use arc_swap::ArcSwap;
use async_trait::async_trait;
use model::{Domain, DomainTls, ServerCertificate, TlsVersion};
use pingora_core::server::ShutdownWatch;
use pingora_core::services::background::BackgroundService;
use rustls::CipherSuite;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use crate::live::Live;

/// How often the files of the listener's own certificate are looked at.
const LOOK_INTERVAL: Duration = Duration::from_secs(5);

/// The certificates of domain names, ready for handshakes.
#[derive(Clone, Default)]
pub(crate) struct DomainCertificates(HashMap<String, Arc<CertifiedKey>>);

impl DomainCertificates {
    /// By names in lower case, of which some stand for every name of one label more. What cannot be used is left
    /// out, as the listener's own is better than none; it was checked when it was taken.
    pub(crate) fn new<'c>(
        certificates: impl Iterator<Item = (&'c str, &'c ServerCertificate)>,
    ) -> Self {
        let ready = certificates.filter_map(|(name, certificate)| {
            let chain = certificate.chain.as_bytes();
            match certified(chain, certificate.private_key.as_bytes()) {
                Ok(certified) => Some((name.to_owned(), Arc::new(certified))),
                Err(error) => {
                    tracing::error!(name, ?error, "the certificate of a domain name is not used");
                    None
                }
            }
        });
        Self(ready.collect())
    }

    /// For the name that a client asks for; a wildcard last.
    pub(crate) fn find(&self, name: &str) -> Option<&Arc<CertifiedKey>> {
        if self.0.is_empty() {
            return None;
        }
        let name = name.to_ascii_lowercase();
        let wildcard = || self.0.get(&format!("*.{}", name.split_once('.')?.1));
        self.0.get(&name).or_else(wildcard)
    }
}

/// What a TLS listener shows.
pub(crate) struct Certificates {
    live: Arc<ArcSwap<Live>>,
    own: ArcSwap<CertifiedKey>,
    files: Files,
}

/// A chain and its key, in PEM.
#[derive(Clone)]
struct Files {
    chain: PathBuf,
    key: PathBuf,
}

type Contents = [Vec<u8>; 2];

impl Certificates {
    /// # Errors
    /// What is wrong with the files of the listener's own certificate.
    pub(crate) fn new(live: Arc<ArcSwap<Live>>, chain: &Path, key: &Path) -> anyhow::Result<Self> {
        let files = Files { chain: chain.to_owned(), key: key.to_owned() };
        let own = files.certified(&files.read()?)?;
        Ok(Self { live, own: ArcSwap::from_pointee(own), files })
    }

    /// Whether the clients of a name are asked for a certificate.
    pub(crate) fn are_mutual(&self, name: &str) -> bool {
        let live = self.live.load();
        let domain = live.snapshot.domain(&name.to_ascii_lowercase());
        domain.is_some_and(|domain| domain.tls().trust_store.is_some())
    }

    /// Takes the files over when they change. While one of them is written, they may not belong together: then
    /// what was there is shown on.
    async fn follow(&self) {
        let mut seen = self.read().await.ok();
        let mut look = tokio::time::interval(LOOK_INTERVAL);
        loop {
            look.tick().await;
            let Ok(contents) = self.read().await else { continue };
            if seen.as_ref() == Some(&contents) {
                continue;
            }
            match self.files.certified(&contents) {
                Ok(certified) => {
                    self.own.store(Arc::new(certified));
                    tracing::info!(
                        "the changed certificate {} is used",
                        self.files.chain.display()
                    );
                }
                Err(error) => tracing::warn!("a changed certificate is not used: {error:#}"),
            }
            seen = Some(contents);
        }
    }

    async fn read(&self) -> anyhow::Result<Contents> {
        let files = self.files.clone();
        tokio::task::spawn_blocking(move || files.read()).await?
    }
}

impl Files {
    fn read(&self) -> anyhow::Result<Contents> {
        let read =
            |path: &Path| std::fs::read(path).with_context(|| format!("read {}", path.display()));
        Ok([read(&self.chain)?, read(&self.key)?])
    }

    fn certified(&self, [chain, key]: &Contents) -> anyhow::Result<CertifiedKey> {
        let Self { chain: chain_file, key: key_file } = self;
        let (chain_file, key_file) = (chain_file.display(), key_file.display());
        certified(chain, key).map_err(|error| match error {
            Unusable::NoPem => anyhow!(
                "{chain_file} must hold a certificate and {key_file} its private key, both in PEM"
            ),
            Unusable::Refused(error) => anyhow::Error::new(error)
                .context(format!("use the certificate {chain_file} with the key {key_file}")),
        })
    }
}

/// Looks at the files of a listener's own certificate.
pub(crate) struct Following(pub(crate) Arc<Certificates>);

#[async_trait]
impl BackgroundService for Following {
    async fn start(&self, mut shutdown: ShutdownWatch) {
        tokio::select! {
            () = self.0.follow() => {}
            _ = shutdown.changed() => {}
        }
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let live = self.live.load();
        let named = hello.server_name().map(str::to_ascii_lowercase);
        let domain = named.and_then(|name| live.snapshot.domain(&name).map(Domain::tls));
        if !domain.is_none_or(|tls| speaks(&hello, tls)) {
            return None;
        }
        let of_domain = hello.server_name().and_then(|name| live.certificates.find(name));
        Some(of_domain.map_or_else(|| self.own.load_full(), Arc::clone))
    }
}

/// Whether a client speaks what a domain name asks for, as far as can be told: who offers no suite of TLS 1.3 does
/// not speak it. Requests are asked again what was agreed on.
fn speaks(hello: &ClientHello<'_>, tls: &DomainTls) -> bool {
    const NEWEST: [CipherSuite; 3] = [
        CipherSuite::TLS13_AES_128_GCM_SHA256,
        CipherSuite::TLS13_AES_256_GCM_SHA384,
        CipherSuite::TLS13_CHACHA20_POLY1305_SHA256,
    ];
    tls.oldest_version < TlsVersion::V1_3
        || NEWEST.iter().any(|suite| hello.cipher_suites().contains(suite))
}

impl fmt::Debug for Certificates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificates").finish_non_exhaustive()
    }
}

/// Why a certificate cannot be used.
#[derive(Debug)]
enum Unusable {
    /// One of the texts is none.
    NoPem,
    Refused(rustls::Error),
}

fn certified(chain: &[u8], key: &[u8]) -> Result<CertifiedKey, Unusable> {
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(chain).collect();
    let chain = chain.ok().filter(|chain| !chain.is_empty()).ok_or(Unusable::NoPem)?;
    let key = PrivateKeyDer::from_pem_slice(key).map_err(|_| Unusable::NoPem)?;
    let certified = CertifiedKey::from_der(chain, key, &ring::default_provider());
    certified.map_err(Unusable::Refused)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn certificate(name: &str) -> ServerCertificate {
        let made = rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
        ServerCertificate { chain: made.cert.pem(), private_key: made.signing_key.serialize_pem() }
    }

    #[test]
    fn a_name_has_its_certificate_or_that_of_its_wildcard() {
        let (exact, wildcard) = (certificate("api.example.com"), certificate("*.example.com"));
        let broken = ServerCertificate { private_key: "x".to_owned(), ..certificate("b.org") };
        let all = [("api.example.com", &exact), ("*.example.com", &wildcard), ("b.org", &broken)];
        let certificates = DomainCertificates::new(all.into_iter());
        let find = |name| {
            let found: Option<&Arc<CertifiedKey>> = certificates.find(name);
            found.map(|found| found.cert[0].clone())
        };
        let der = |certificate: &ServerCertificate| {
            CertificateDer::from_pem_slice(certificate.chain.as_bytes()).unwrap()
        };
        assert_eq!(find("API.example.com"), Some(der(&exact)));
        assert_eq!(find("other.example.com"), Some(der(&wildcard)));
        for name in ["example.com", "a.b.example.com", "b.org", "com", ""] {
            assert_eq!(find(name), None, "{name}");
        }
    }
}
