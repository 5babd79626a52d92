//! Whether a chain leads to an authority that is trusted.
//!
//! `webpki` builds and checks paths. Beside it stand what it does not do: leaves of X.509 version 1, which say
//! nothing but whose they are; certificates that are in the trust store themselves; and the times of authorities.

use std::time::Duration;

use rustls_pki_types::{CertificateDer, Der, TrustAnchor, UnixTime};
use webpki::{EndEntityCert, KeyUsage, spki_for_anchor};
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer as _;
use x509_parser::x509::X509Version;

use crate::key;
use crate::trust_store::{Authority, Times, TrustStore};

/// Certificates from a client's to the authority's, both counted (AWS).
const CHAIN_LENGTH_MAX: usize = 4;

/// Why a client's chain is not believed: for the log alone.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{0}")]
pub struct Untrusted(pub(crate) String);

impl Untrusted {
    fn new(reason: impl Into<String>) -> Self {
        Self(reason.into())
    }
}

/// Checks a client's chain, its own certificate first. It is good until the time that is returned, and at it.
pub(crate) fn verify(
    chain: &[CertificateDer<'static>],
    store: &TrustStore,
    now: i64,
) -> Result<i64, Untrusted> {
    let (leaf, intermediates) =
        chain.split_first().ok_or_else(|| Untrusted::new("the client showed no certificate"))?;
    let (rest, certificate) = X509Certificate::from_der(leaf)
        .map_err(|_| Untrusted::new("the client's certificate cannot be read"))?;
    if !rest.is_empty() {
        return Err(Untrusted::new("something follows the client's certificate"));
    }
    let times = Times::of(certificate.validity());
    if !times.contain(now) {
        return Err(Untrusted::new("the client's certificate has expired, or is not valid yet"));
    }
    if !key::is_strong(&certificate) {
        return Err(Untrusted::new(
            "the client's key is neither RSA of 2048 bits or more nor ECDSA P-256 or P-384",
        ));
    }
    let of_issuers = if let Some(known) = store.itself.iter().find(|known| known.der == *leaf) {
        known.times.not_after
    } else if certificate.version() == X509Version::V1 {
        by_authority(&certificate, store, now)?
    } else {
        by_path(leaf, intermediates, store, now)?
    };
    Ok(times.not_after.min(of_issuers))
}

/// One of X.509 version 1 is issued by an authority of the trust store itself.
fn by_authority(
    certificate: &X509Certificate<'_>,
    store: &TrustStore,
    now: i64,
) -> Result<i64, Untrusted> {
    let issuer = certificate.issuer().as_raw();
    let is_issuer = |authority: &&Authority| {
        let anchor = &authority.anchor;
        authority.times.contain(now)
            && authority.subject == issuer
            // What they allow is said of names that such a certificate does not have.
            && anchor.name_constraints.is_none()
            && key::signed(certificate, &spki_for_anchor(anchor))
    };
    let found = store.authorities.iter().find(is_issuer);
    found
        .map(|authority| authority.times.not_after)
        .ok_or_else(|| Untrusted::new("no trusted authority issued the client's certificate"))
}

/// By certificates that the client showed. There are ways to build a path that grow with each of them to the power of
/// the depth, so that no more are looked at than a chain may have.
fn by_path(
    leaf: &CertificateDer<'_>,
    intermediates: &[CertificateDer<'static>],
    store: &TrustStore,
    now: i64,
) -> Result<i64, Untrusted> {
    if intermediates.len() > CHAIN_LENGTH_MAX {
        return Err(Untrusted::new("the client showed more certificates than a chain has"));
    }
    let seconds = u64::try_from(now).map_err(|_| Untrusted::new("the clock is wrong"))?;
    let time = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
    let valid = store.authorities.iter().filter(|authority| authority.times.contain(now));
    let anchors: Vec<TrustAnchor<'_>> =
        valid.map(|authority| borrowed(&authority.anchor)).collect();
    let refused = |error: webpki::Error| {
        Untrusted::new(format!("the client's certificate is not trusted: {error}"))
    };
    let end_entity = EndEntityCert::try_from(leaf).map_err(refused)?;
    let ends_of = |path: &webpki::VerifiedPath<'_>| {
        let end = spki_for_anchor(path.anchor());
        store.authorities.iter().filter(move |it| spki_for_anchor(&it.anchor) == end)
    };
    // What `webpki` does not see of an anchor: how much it may have below it.
    let is_short = |path: &webpki::VerifiedPath<'_>| {
        let between = path.intermediate_certificates().count();
        let allowed = ends_of(path).filter_map(|authority| authority.path_length_max).min();
        if between + 2 <= CHAIN_LENGTH_MAX && allowed.is_none_or(|allowed| between <= allowed) {
            Ok(())
        } else {
            Err(webpki::Error::PathLenConstraintViolated)
        }
    };
    let path = end_entity.verify_for_usage(
        key::ALGORITHMS,
        &anchors,
        intermediates,
        time,
        KeyUsage::client_auth(),
        None,
        Some(&is_short),
    );
    let path = path.map_err(refused)?;
    let ends = ends_of(&path).map(|authority| authority.times);
    let ends = ends.filter(|times| times.contain(now));
    let mut until = ends.map(|times| times.not_after).min().unwrap_or(now);
    for intermediate in path.intermediate_certificates() {
        let der = intermediate.der();
        let (_, parsed) = X509Certificate::from_der(&der)
            .map_err(|_| Untrusted::new("a certificate of the client's chain cannot be read"))?;
        until = until.min(Times::of(parsed.validity()).not_after);
    }
    Ok(until)
}

fn borrowed<'a>(anchor: &'a TrustAnchor<'static>) -> TrustAnchor<'a> {
    TrustAnchor {
        subject: Der::from_slice(&anchor.subject),
        subject_public_key_info: Der::from_slice(&anchor.subject_public_key_info),
        name_constraints: anchor.name_constraints.as_ref().map(|it| Der::from_slice(it)),
    }
}
