//! Trust stores of domain names: `mutualTlsAuthentication`, where they are fetched from, and what is kept of them.
//!
//! A bundle is fetched when a call names it, before its transaction begins; nobody fetches it later.

use model::Digest;
use mutual_tls::{TrustStore, TrustStoreError};
use serde::{Deserialize, Serialize};
use store::{Row, WriteTransaction};

use crate::call::Call;
use crate::domain_name::DomainName;
use crate::input::shown;
use crate::refusal::Refusal;

/// `mutualTlsAuthentication`
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MutualTlsAuthentication {
    pub(crate) truststore_uri: Option<String>,
    pub(crate) truststore_version: Option<String>,
}

/// What is kept of a bundle beside its bytes.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct KeptTrustStore {
    digest: String,
    pub(crate) warnings: Vec<String>,
}

/// Where a bundle is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum TrustStoreLocation {
    /// `file://PATH`, beneath the folder that the node has for them.
    File(String),
    /// `s3://BUCKET/KEY`
    S3 {
        /// Its bucket.
        bucket: String,
        /// Its key.
        key: String,
        /// `truststoreVersion`; none: what is there now.
        version: Option<String>,
    },
}

/// A bundle, fetched for a call.
pub(crate) struct FetchedTrustStore {
    location: TrustStoreLocation,
    bytes: Vec<u8>,
}

/// Of S3.
const KEY_LENGTH_MAX: usize = 1_024;

impl TrustStoreLocation {
    fn parse(uri: &str, version: Option<&str>) -> Result<Self, Refusal> {
        let invalid = |problem: &str| {
            Refusal::bad_request(format!("Invalid truststore URI {}: {problem}", shown(uri)))
        };
        if let Some(path) = uri.strip_prefix("file://") {
            if version.is_some() {
                return Err(invalid("files have no truststoreVersion"));
            }
            let is_name = |part: &str| !matches!(part, "" | "." | "..") && !part.contains('\0');
            if !path.split('/').all(is_name) {
                return Err(invalid("a file is named beneath the folder of --truststore-dir"));
            }
            return Ok(Self::File(path.to_owned()));
        }
        let location = uri.strip_prefix("s3://").and_then(|rest| rest.split_once('/'));
        let (bucket, key) =
            location.ok_or_else(|| invalid("it must be s3://BUCKET/KEY, or file://PATH"))?;
        let is_allowed =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-".contains(&byte);
        if !(3..=63).contains(&bucket.len()) || !bucket.bytes().all(is_allowed) {
            return Err(invalid("it names no bucket"));
        }
        if key.is_empty() || KEY_LENGTH_MAX < key.len() {
            return Err(invalid("it names no key"));
        }
        let version = version.map(str::to_owned);
        Ok(Self::S3 { bucket: bucket.to_owned(), key: key.to_owned(), version })
    }
}

impl MutualTlsAuthentication {
    /// Where its bundle is; none where mutual TLS is off.
    pub(crate) fn location(&self) -> Result<Option<TrustStoreLocation>, Refusal> {
        let version = self.truststore_version.as_deref().filter(|version| !version.is_empty());
        match (self.truststore_uri.as_deref().filter(|uri| !uri.is_empty()), version) {
            (Some(uri), version) => TrustStoreLocation::parse(uri, version).map(Some),
            (None, None) => Ok(None),
            (None, Some(_)) => Err(Refusal::bad_request(
                "truststoreVersion is of a truststoreUri, and there is none",
            )),
        }
    }
}

impl Call {
    /// Fetches a bundle. Not within a transaction: that waits for whoever has it.
    pub(crate) fn fetch(&mut self, location: TrustStoreLocation) -> Result<(), Refusal> {
        let fetched = self.trust_stores.fetch(&location);
        let bytes = fetched.map_err(|problem| {
            Refusal::bad_request(format!("The truststore could not be fetched: {problem}"))
        })?;
        self.fetched = Some(FetchedTrustStore { location, bytes });
        Ok(())
    }
}

impl KeptTrustStore {
    /// Keeps the bundle that was fetched for a call. None if another call has changed where it is meanwhile.
    pub(crate) fn keep(
        call: &Call,
        transaction: &WriteTransaction<'_>,
        user: Row<DomainName>,
        location: &TrustStoreLocation,
    ) -> Result<Option<Self>, Refusal> {
        let Some(fetched) = call.fetched.as_ref().filter(|it| it.location == *location) else {
            return Ok(None);
        };
        let parsed = TrustStore::parse(&fetched.bytes, call.now);
        let (_, warnings) = parsed.map_err(|error| match error {
            TrustStoreError::Conflict(_) => Refusal::bad_request(error.to_string()),
            error => Refusal::bad_request(format!("The truststore cannot be used: {error}")),
        })?;
        let digest = transaction.put_blob(user, &fetched.bytes)?.to_string();
        Ok(Some(Self { digest, warnings }))
    }

    /// Whether it is of the same bytes.
    pub(crate) fn is_same_bundle(&self, other: &Self) -> bool {
        self.digest == other.digest
    }

    /// What its bytes are found by.
    pub(crate) fn digest(&self) -> Result<Digest, Refusal> {
        let digest = Digest::parse(&self.digest);
        digest.map_err(|error| Refusal::internal(&error.to_string()))
    }
}
