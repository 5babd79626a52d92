//! Certificates that are kept in files, by whatever renews them.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};
use prometheus::IntGauge;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;

use crate::followed_file::Files;
use crate::metrics::ListenerMetrics;

/// A chain and its key, in PEM.
#[derive(Clone, Debug)]
pub(crate) struct CertificateFiles {
    pub(crate) chain: PathBuf,
    pub(crate) key: PathBuf,
}

impl Files for CertificateFiles {
    type Contents = [Vec<u8>; 2];
    type Kept = CertifiedKey;
    const KIND: &'static str = "certificate";

    fn path(&self) -> &Path {
        &self.chain
    }

    fn read(&self) -> anyhow::Result<Self::Contents> {
        let read =
            |path: &Path| std::fs::read(path).with_context(|| format!("read {}", path.display()));
        Ok([read(&self.chain)?, read(&self.key)?])
    }

    fn parse(&self, [chain, key]: &Self::Contents) -> anyhow::Result<CertifiedKey> {
        let (chain_file, key_file) = (self.chain.display(), self.key.display());
        certified(chain, key).map_err(|error| match error {
            Unusable::NoPem => anyhow!(
                "{chain_file} must hold a certificate and {key_file} its private key, both in PEM"
            ),
            Unusable::Refused(error) => anyhow::Error::new(error)
                .context(format!("use the certificate {chain_file} with the key {key_file}")),
        })
    }

    fn refused(&self, metrics: &ListenerMetrics) -> IntGauge {
        metrics.certificate_refused.with_label_values(&[&*self.chain.to_string_lossy()])
    }
}

/// Why a certificate cannot be used.
#[derive(Debug)]
pub(crate) enum Unusable {
    /// One of the texts is none.
    NoPem,
    Refused(rustls::Error),
}

/// A chain with its key, both in PEM.
pub(crate) fn certified(chain: &[u8], key: &[u8]) -> Result<CertifiedKey, Unusable> {
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(chain).collect();
    let chain = chain.ok().filter(|chain| !chain.is_empty()).ok_or(Unusable::NoPem)?;
    let key = PrivateKeyDer::from_pem_slice(key).map_err(|_| Unusable::NoPem)?;
    let certified = CertifiedKey::from_der(chain, key, &ring::default_provider());
    certified.map_err(Unusable::Refused)
}
