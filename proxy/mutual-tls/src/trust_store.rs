//! Trust stores: the authorities whose clients a domain name lets in, as a bundle in PEM.
//!
//! A certificate of the bundle that cannot be trusted is left out, with a warning. The rest serve: to let in
//! whom they issued certificates to is what they are for.

use std::collections::HashMap;

use rustls_pki_types::pem::{PemObject as _, SectionKind};
use rustls_pki_types::{CertificateDer, TrustAnchor};
use webpki::anchor_from_trusted_cert;
use x509_parser::certificate::{Validity, X509Certificate};
use x509_parser::prelude::FromDer as _;
use x509_parser::x509::X509Version;

use crate::key;
use crate::peer_certificate::name;

/// Whom a domain name trusts.
#[derive(Debug)]
pub struct TrustStore {
    /// Who may issue certificates.
    pub(crate) authorities: Vec<Authority>,
    /// Those who are trusted themselves, and issue none.
    pub(crate) itself: Vec<SelfSigned>,
}

/// A certificate authority.
#[derive(Debug)]
pub(crate) struct Authority {
    /// Its name, in DER.
    pub(crate) subject: Vec<u8>,
    pub(crate) anchor: TrustAnchor<'static>,
    pub(crate) times: Times,
    /// Authorities that may stand between it and a client.
    pub(crate) path_length_max: Option<usize>,
}

/// A certificate that speaks for itself.
#[derive(Debug)]
pub(crate) struct SelfSigned {
    pub(crate) der: CertificateDer<'static>,
    pub(crate) times: Times,
}

/// When a certificate is valid, in seconds since 1970-01-01T00:00:00Z; both ends belong to it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Times {
    pub(crate) not_before: i64,
    pub(crate) not_after: i64,
}

impl Times {
    pub(crate) fn of(validity: &Validity) -> Self {
        let (not_before, not_after) = (&validity.not_before, &validity.not_after);
        Self { not_before: not_before.timestamp(), not_after: not_after.timestamp() }
    }

    pub(crate) fn contain(self, now: i64) -> bool {
        (self.not_before..=self.not_after).contains(&now)
    }
}

/// Why a bundle is no trust store.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum TrustStoreError {
    /// Two authorities have one name (AWS's text).
    #[error(
        "The certificate subject {0} conflicts with an existing certificate from a different issuer."
    )]
    Conflict(String),
    /// No certificate of it can be trusted.
    #[error("it has no certificate that can be trusted: {0}")]
    Empty(String),
    /// It is not what it must be.
    #[error("it is not in PEM: {0}")]
    NoPem(String),
    /// It has more than [`TrustStore::BYTES_MAX`].
    #[error("it is larger than {max} bytes", max = TrustStore::BYTES_MAX)]
    TooLarge,
    /// It has more than [`TrustStore::CERTIFICATES_MAX`].
    #[error("it has more than {max} certificates", max = TrustStore::CERTIFICATES_MAX)]
    TooMany,
}

impl TrustStore {
    /// Largest bundle (AWS: 1 MB).
    pub const BYTES_MAX: usize = 1024 * 1024;

    /// Certificates of a bundle (AWS).
    pub const CERTIFICATES_MAX: usize = 1_000;

    /// One that trusts nobody.
    pub fn nobody() -> Self {
        Self { authorities: Vec::new(), itself: Vec::new() }
    }

    /// Reads a bundle, with a warning for each certificate that is not trusted now. `now` is in seconds since
    /// 1970-01-01T00:00:00Z.
    ///
    /// # Errors
    /// Why the bundle cannot be used.
    pub fn parse(bundle: &[u8], now: i64) -> Result<(Self, Vec<String>), TrustStoreError> {
        let certificates = certificates(bundle)?;
        let mut issuers = HashMap::new();
        let mut store = Self::nobody();
        let mut warnings = Vec::new();
        for (index, der) in certificates.into_iter().enumerate() {
            let position = index + 1;
            let (subject, added) = match X509Certificate::from_der(&der) {
                Ok((_, certificate)) => {
                    let subject = name(certificate.subject());
                    let issuer = certificate.issuer().as_raw().to_vec();
                    let known = issuers.entry(certificate.subject().as_raw().to_vec());
                    if *known.or_insert_with(|| issuer.clone()) != issuer {
                        return Err(TrustStoreError::Conflict(subject));
                    }
                    (subject, store.add(&der, &certificate, now))
                }
                Err(_) => (String::new(), Err("it cannot be read")),
            };
            if let Err(reason) = added {
                warnings.push(format!("The certificate {position} with the subject '{subject}' is not valid: {reason}."));
            }
        }
        if store.authorities.is_empty() && store.itself.is_empty() {
            let first = warnings.into_iter().next();
            return Err(TrustStoreError::Empty(first.unwrap_or_else(|| "it is empty".to_owned())));
        }
        Ok((store, warnings))
    }

    /// What is expired, or not valid yet, is kept: its time is looked at whenever a client comes.
    fn add(
        &mut self,
        der: &CertificateDer<'static>,
        certificate: &X509Certificate<'_>,
        now: i64,
    ) -> Result<(), &'static str> {
        if !key::is_strong(certificate) {
            return Err("its key must be RSA of 2048 bits or more, or ECDSA P-256 or P-384");
        }
        if !key::is_signed_strongly(certificate) {
            return Err("it must be signed with SHA-256 or stronger");
        }
        let times = Times::of(certificate.validity());
        let is_self_signed = certificate.subject().as_raw() == certificate.issuer().as_raw();
        if is_self_signed {
            self.itself.push(SelfSigned { der: der.clone(), times });
        }
        match (is_authority(certificate, is_self_signed), is_self_signed) {
            (true, _) => {
                let anchor = anchor_from_trusted_cert(der).map_err(|_| "it cannot be read")?;
                let (subject, anchor) =
                    (certificate.subject().as_raw().to_vec(), anchor.to_owned());
                let path_length_max = path_length_max(certificate);
                self.authorities.push(Authority { subject, anchor, times, path_length_max });
            }
            (false, true) => {}
            (false, false) => return Err("it is not one of a certificate authority"),
        }
        if now < times.not_before {
            return Err("it is not valid yet");
        }
        if times.not_after < now {
            return Err("it has expired");
        }
        Ok(())
    }
}

/// Whether it may issue certificates: otherwise whoever was issued one could issue more. Roots of X.509 version
/// 1 cannot say so.
fn is_authority(certificate: &X509Certificate<'_>, is_self_signed: bool) -> bool {
    let may_sign = match certificate.key_usage() {
        Ok(usage) => usage.is_none_or(|usage| usage.value.key_cert_sign()),
        Err(_) => false,
    };
    match certificate.version() {
        X509Version::V1 => is_self_signed,
        _ => may_sign && certificate.is_ca(),
    }
}

/// `pathLenConstraint`
fn path_length_max(certificate: &X509Certificate<'_>) -> Option<usize> {
    let constraints = certificate.basic_constraints().ok()??.value;
    constraints.path_len_constraint.map(|length| usize::try_from(length).unwrap_or(usize::MAX))
}

fn certificates(bundle: &[u8]) -> Result<Vec<CertificateDer<'static>>, TrustStoreError> {
    if TrustStore::BYTES_MAX < bundle.len() {
        return Err(TrustStoreError::TooLarge);
    }
    let mut certificates = Vec::new();
    for section in <(SectionKind, Vec<u8>)>::pem_slice_iter(bundle) {
        let (kind, der) = section.map_err(|error| TrustStoreError::NoPem(error.to_string()))?;
        if kind == SectionKind::Certificate {
            certificates.push(CertificateDer::from(der));
        }
        if TrustStore::CERTIFICATES_MAX < certificates.len() {
            return Err(TrustStoreError::TooMany);
        }
    }
    Ok(certificates)
}
