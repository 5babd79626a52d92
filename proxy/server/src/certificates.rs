//! Which certificate a client is shown at the handshake: that of the domain name that it asks for, else the
//! listener's own.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use arc_swap::ArcSwap;
use model::{Domain, DomainTls, ServerCertificate, TlsVersion};
use rustls::CipherSuite;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use crate::file_certificate::{FileCertificate, certified};
use crate::live::Live;

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
    pub(crate) live: Arc<ArcSwap<Live>>,
    pub(crate) own: Arc<FileCertificate>,
}

impl Certificates {
    /// Whether the clients of a name are asked for a certificate.
    pub(crate) fn are_mutual(&self, name: &str) -> bool {
        let live = self.live.load();
        let domain = live.snapshot.domain(&name.to_ascii_lowercase());
        domain.is_some_and(|domain| domain.tls().trust_store.is_some())
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
        Some(of_domain.map_or_else(|| self.own.current(), Arc::clone))
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

#[cfg(test)]
mod tests {
    use rustls::pki_types::CertificateDer;
    use rustls::pki_types::pem::PemObject as _;

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
