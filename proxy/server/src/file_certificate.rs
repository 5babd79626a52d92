//! Certificates that are kept in files, by whatever renews them: taken over as the files change, without a restart.
//!
//! Two files cannot be replaced at once: while one of them is written they may not belong together, or be there by
//! half. Then what was there before is shown on, and the log and a metric say so.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use arc_swap::ArcSwap;
use async_trait::async_trait;
use pingora_core::server::ShutdownWatch;
use pingora_core::services::background::BackgroundService;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;

use crate::metrics::Metrics;

/// How often files are looked at.
const LOOK_INTERVAL: Duration = Duration::from_secs(2);

/// A chain and its key, in PEM.
#[derive(Clone, Debug)]
pub(crate) struct CertificateFiles {
    pub(crate) chain: PathBuf,
    pub(crate) key: PathBuf,
}

type Contents = [Vec<u8>; 2];

/// A certificate that may change.
pub(crate) struct FileCertificate {
    files: CertificateFiles,
    current: ArcSwap<CertifiedKey>,
}

impl FileCertificate {
    pub(crate) fn current(&self) -> Arc<CertifiedKey> {
        self.current.load_full()
    }
}

/// The certificates of a node that are in files, each with what was in them when they were last looked at; none if they
/// could not be read.
#[derive(Default)]
pub(crate) struct FileCertificates(Vec<(Arc<FileCertificate>, Option<Contents>)>);

impl FileCertificates {
    /// One more, which is looked at from now on.
    ///
    /// # Errors
    /// What is wrong with the files.
    pub(crate) fn read(&mut self, files: CertificateFiles) -> anyhow::Result<Arc<FileCertificate>> {
        let contents = files.read()?;
        let current = ArcSwap::from_pointee(files.certified(&contents)?);
        let certificate = Arc::new(FileCertificate { files, current });
        self.0.push((Arc::clone(&certificate), Some(contents)));
        Ok(certificate)
    }
}

impl FileCertificate {
    /// Takes the files over if they changed.
    async fn look(&self, seen: &mut Option<Contents>, metrics: &Metrics) {
        let files = self.files.clone();
        let read = tokio::task::spawn_blocking(move || files.read()).await;
        let read = read.map_err(anyhow::Error::from).flatten();
        if read.as_ref().ok() == seen.as_ref() {
            return;
        }
        *seen = None;
        let taken = read.and_then(|contents| self.files.certified(seen.insert(contents)));
        let chain = self.files.chain.display();
        let refused = metrics.listeners.certificate_refused.with_label_values(&[chain.to_string()]);
        match taken {
            Ok(certified) => {
                self.current.store(Arc::new(certified));
                refused.set(0);
                tracing::info!("the changed certificate {chain} is used");
            }
            Err(error) => {
                refused.set(1);
                tracing::warn!("a changed certificate is not used, what was there is: {error:#}");
            }
        }
    }
}

impl CertificateFiles {
    fn read(&self) -> anyhow::Result<Contents> {
        let read =
            |path: &Path| std::fs::read(path).with_context(|| format!("read {}", path.display()));
        Ok([read(&self.chain)?, read(&self.key)?])
    }

    fn certified(&self, [chain, key]: &Contents) -> anyhow::Result<CertifiedKey> {
        let (chain_file, key_file) = (self.chain.display(), self.key.display());
        certified(chain, key).map_err(|error| match error {
            Unusable::NoPem => anyhow!(
                "{chain_file} must hold a certificate and {key_file} its private key, both in PEM"
            ),
            Unusable::Refused(error) => anyhow::Error::new(error)
                .context(format!("use the certificate {chain_file} with the key {key_file}")),
        })
    }
}

/// Looks at the files.
pub(crate) struct Following {
    certificates: tokio::sync::Mutex<FileCertificates>,
    metrics: Arc<Metrics>,
}

impl Following {
    pub(crate) fn new(certificates: FileCertificates, metrics: Arc<Metrics>) -> Self {
        for (certificate, _) in &certificates.0 {
            let chain = certificate.files.chain.display().to_string();
            metrics.listeners.certificate_refused.with_label_values(&[chain]).set(0);
        }
        Self { certificates: tokio::sync::Mutex::new(certificates), metrics }
    }

    async fn follow(&self) {
        let mut certificates = self.certificates.lock().await;
        let mut look = tokio::time::interval(LOOK_INTERVAL);
        loop {
            look.tick().await;
            for (certificate, seen) in &mut certificates.0 {
                certificate.look(seen, &self.metrics).await;
            }
        }
    }
}

#[async_trait]
impl BackgroundService for Following {
    async fn start(&self, mut shutdown: ShutdownWatch) {
        tokio::select! {
            () = self.follow() => {}
            _ = shutdown.changed() => {}
        }
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
