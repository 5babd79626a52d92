//! Certificates that CreateDomainName is given: `certificateBody`, `certificatePrivateKey` and
//! `certificateChain`. One that clients would not believe of its domain name is refused.
//!
//! The key leaves the store by no call, and is sealed in it.

use std::sync::Arc;

use rustls::client::verify_server_name;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::ParsedCertificate;
use rustls::sign::CertifiedKey;
use serde::{Deserialize, Serialize};

use crate::call::Call;
use crate::refusal::Refusal;

/// Of each member: much more than a chain has.
const PEM_BYTES_MAX: usize = 64 * 1024;

/// Certificates of a chain.
const CHAIN_LENGTH_MAX: usize = 10;

/// A certificate as it is kept.
#[derive(Clone, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ServerCertificate {
    /// With those of its issuers.
    chain: String,
    private_key: String,
}

impl std::fmt::Debug for ServerCertificate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ServerCertificate").field("chain", &self.chain).finish()
    }
}

impl ServerCertificate {
    /// That of a call for this domain name, if it has one.
    pub(crate) fn of_call(call: &Call, domain_name: &str) -> Result<Option<Self>, Refusal> {
        let member = |name: &str| match call.input.text(name).filter(|text| !text.is_empty()) {
            Some(text) if PEM_BYTES_MAX < text.len() => Err(Refusal::bad_request(format!(
                "{name} is too large: at most {PEM_BYTES_MAX} bytes"
            ))),
            member => Ok(member),
        };
        let chain = member("certificateChain")?;
        let (body, key) = match (member("certificateBody")?, member("certificatePrivateKey")?) {
            (Some(body), Some(key)) => (body, key),
            (None, None) if chain.is_none() => return Ok(None),
            _ => return Err(invalid("certificateBody and certificatePrivateKey are both needed")),
        };
        let chain = match chain {
            Some(chain) => format!("{}\n{}", body.trim_end(), chain.trim()),
            None => body.trim().to_owned(),
        };
        let certificate = Self { chain, private_key: key.trim().to_owned() };
        certificate.check(domain_name, call.now)?;
        Ok(Some(certificate))
    }

    fn check(&self, domain_name: &str, now: i64) -> Result<(), Refusal> {
        let chain = CertificateDer::pem_slice_iter(self.chain.as_bytes());
        let chain: Result<Vec<_>, _> = chain.collect();
        let chain = chain.map_err(|error| invalid(&format!("it is not in PEM: {error}")))?;
        if CHAIN_LENGTH_MAX < chain.len() {
            return Err(invalid(&format!("its chain has more than {CHAIN_LENGTH_MAX}")));
        }
        let leaf = chain.first().cloned().ok_or_else(|| invalid("it is not in PEM"))?;
        check_time(&leaf, now)?;
        // A wildcard is for every name of one label more.
        let name = domain_name.replacen('*', "any", 1);
        let names = ServerName::try_from(name).map_err(|error| invalid(&error.to_string()))?;
        let parsed = ParsedCertificate::try_from(&leaf);
        let is_for = parsed.and_then(|parsed| verify_server_name(&parsed, &names));
        is_for.map_err(|_| invalid(&format!("it is not for {domain_name}")))?;
        let key = PrivateKeyDer::from_pem_slice(self.private_key.as_bytes());
        let key = key.map_err(|_| invalid("its private key is not in PEM"))?;
        let certified = CertifiedKey::from_der(chain, key, &ring::default_provider());
        certified.map(drop).map_err(|error| invalid(&format!("its private key: {error}")))
    }

    /// What clients are shown.
    pub(crate) fn to_model(&self) -> Arc<model::ServerCertificate> {
        let Self { chain, private_key } = self.clone();
        Arc::new(model::ServerCertificate { chain, private_key })
    }
}

fn check_time(leaf: &CertificateDer<'_>, now: i64) -> Result<(), Refusal> {
    let (_, parsed) = x509_parser::parse_x509_certificate(leaf)
        .map_err(|error| invalid(&format!("it cannot be read: {error}")))?;
    let validity = parsed.validity();
    if validity.not_after.timestamp() < now {
        return Err(invalid("it has expired"));
    }
    if now < validity.not_before.timestamp() {
        return Err(invalid("it is not valid yet"));
    }
    Ok(())
}

fn invalid(problem: &str) -> Refusal {
    Refusal::bad_request(format!("Invalid certificate: {problem}"))
}
