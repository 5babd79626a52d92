//! Which certificate a client is shown at the handshake: that of the domain name that it asks for, else the
//! listener's own.
//!
//! A domain name may have one in files, which the node's configuration names, or one that a call gave: the files are
//! the newer one, as whatever renews it writes them.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use arc_swap::ArcSwap;
use model::{Domain, DomainTls, EndpointType, PublicEndpoint, ServerCertificate, TlsVersion};
use rustls::CipherSuite;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use crate::file_certificate::{CertificateFiles, certified};
use crate::followed_file::Followed;
use crate::live::Live;

/// By names in lower case, of which some stand for every name of one label more.
type ByName = HashMap<String, (EndpointType, Arc<CertifiedKey>)>;

/// The certificates of domain names, ready for handshakes.
#[derive(Clone, Default)]
pub(crate) struct DomainCertificates {
    public: ByName,
    /// Of private domain names. Where several have one name, that of one of them: each is a certificate for it.
    private: ByName,
}

impl DomainCertificates {
    /// What cannot be used is left out, as the listener's own is better than none; it was checked when it was taken.
    pub(crate) fn new<'c>(
        given: impl Iterator<Item = (EndpointType, &'c str, &'c ServerCertificate)>,
    ) -> Self {
        let mut ready = Self::default();
        for (endpoint_type, name, certificate) in given {
            let by_name = match endpoint_type {
                EndpointType::Edge | EndpointType::Regional => &mut ready.public,
                EndpointType::Private => &mut ready.private,
            };
            let chain = certificate.chain.as_bytes();
            match certified(chain, certificate.private_key.as_bytes()) {
                Ok(certified) => {
                    by_name.insert(name.to_owned(), (endpoint_type, Arc::new(certified)));
                }
                Err(error) => {
                    tracing::error!(name, ?error, "the certificate of a domain name is not used");
                }
            }
        }
        ready
    }

    /// That of a name, if it is of a type that is found there; none: at endpoints of VPCs.
    fn find(&self, endpoint: Option<PublicEndpoint>, name: &str) -> Option<&Arc<CertifiedKey>> {
        let Some(endpoint) = endpoint else {
            return self.private.get(name).map(|(_, certified)| certified);
        };
        let (endpoint_type, certified) = self.public.get(name)?;
        endpoint.serves(*endpoint_type).then_some(certified)
    }
}

/// `--domain-certificate`: the files of a domain name's certificate.
#[derive(Clone, Debug)]
pub(crate) struct DomainCertificate {
    /// In lower case; one that begins with `*.` stands for every name of one label more.
    pub(crate) name: String,
    pub(crate) files: CertificateFiles,
}

impl DomainCertificate {
    /// Reads one: `api.example.com=chain.pem,key=key.pem`.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        const FORM: &str = "must be NAME=FILE,key=FILE";
        let (name, files) = text.split_once('=').ok_or(FORM)?;
        let (chain, key) = files.split_once(",key=").ok_or(FORM)?;
        if chain.is_empty() || key.is_empty() || key.contains(',') {
            return Err(FORM.to_owned());
        }
        let labels = name.strip_prefix("*.").unwrap_or(name).split('.');
        let is_label = |label: &str| {
            let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
            (1..=63).contains(&label.len()) && label.bytes().all(allowed)
        };
        if 253 < name.len() || !labels.clone().all(is_label) {
            return Err(format!("must begin with a domain name, got {name:?}"));
        }
        let files = CertificateFiles { chain: chain.into(), key: key.into() };
        Ok(Self { name: name.to_ascii_lowercase(), files })
    }
}

/// What a TLS listener shows.
pub(crate) struct Certificates {
    pub(crate) live: Arc<ArcSwap<Live>>,
    /// Of domain names, by their names.
    pub(crate) in_files: Arc<HashMap<String, Arc<Followed<CertificateFiles>>>>,
    pub(crate) own: Arc<Followed<CertificateFiles>>,
    /// What connections come to; none: endpoints of VPCs, where private domain names are, and no others.
    pub(crate) endpoint: Option<PublicEndpoint>,
}

impl Certificates {
    /// For the name that a client asks for, in lower case; a wildcard last.
    fn find(&self, live: &Live, name: &str) -> Option<Arc<CertifiedKey>> {
        let of = |name: &str| match self.in_files.get(name) {
            Some(certificate) => Some(certificate.current()),
            None => live.certificates.find(self.endpoint, name).cloned(),
        };
        of(name).or_else(|| of(&format!("*.{}", name.split_once('.')?.1)))
    }

    /// Whether the clients of a name are asked for a certificate.
    pub(crate) fn are_mutual(&self, name: &str) -> bool {
        let live = self.live.load();
        let domain = self.domain(&live, &name.to_ascii_lowercase());
        domain.is_some_and(|domain| domain.tls().trust_store.is_some())
    }

    /// What a name asks of handshakes; private ones ask each request.
    fn domain<'l>(&self, live: &'l Live, name: &str) -> Option<&'l Domain> {
        live.snapshot.domain(self.endpoint?, name)
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let live = self.live.load();
        let named = hello.server_name().map(str::to_ascii_lowercase);
        let domain = named.as_ref().and_then(|name| self.domain(&live, name).map(Domain::tls));
        if !domain.is_none_or(|tls| speaks(&hello, tls)) {
            return None;
        }
        let of_domain = named.and_then(|name| self.find(&live, &name));
        Some(of_domain.unwrap_or_else(|| self.own.current()))
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
mod tests;
