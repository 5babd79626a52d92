//! The keys of an issuer: a JSON Web Key Set (RFC 7517 section 5).

use serde::Deserialize;
use serde_json::Value;

use crate::Algorithm;
use crate::key::{Jwk, Key};

/// Keys by the id that tokens name.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct KeySet(Vec<Key>);

/// Why a document is no key set.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum InvalidKeySet {
    /// Not JSON, or not of the form of a key set.
    #[error("the key set is malformed: {0}")]
    Malformed(String),
    /// Nothing in it checks a signature.
    #[error(
        "the key set has no key that checks signatures: of RSA with 2048 bits or more, P-256, P-384, P-521 or Ed25519, with a kid"
    )]
    NoKeys,
    /// Larger than [`KeySet::BYTES_MAX`].
    #[error("the key set takes {0} bytes, more than 150000")]
    TooLarge(usize),
}

#[derive(Deserialize)]
struct Document {
    keys: Vec<Value>,
}

impl KeySet {
    /// Largest document (AWS).
    pub const BYTES_MAX: usize = 150_000;

    /// Reads a set. Keys that check no signature are left out, as RFC 7517 asks for; a set without any
    /// other is refused, so that what an issuer serves by mistake does not replace what it served before.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(document: &[u8]) -> Result<Self, InvalidKeySet> {
        if Self::BYTES_MAX < document.len() {
            return Err(InvalidKeySet::TooLarge(document.len()));
        }
        let document: Document = serde_json::from_slice(document)
            .map_err(|error| InvalidKeySet::Malformed(error.to_string()))?;
        let jwks = document.keys.into_iter().filter_map(|key| Jwk::deserialize(key).ok());
        let keys: Vec<Key> = jwks.filter_map(|jwk| Key::from_jwk(&jwk)).collect();
        if keys.is_empty() { Err(InvalidKeySet::NoKeys) } else { Ok(Self(keys)) }
    }

    /// The first key of this id that has the algorithm. One alone is tried: ids tell keys apart.
    pub(crate) fn find(&self, id: &str, algorithm: Algorithm) -> Option<&Key> {
        self.0.iter().find(|key| key.id == id && key.has(algorithm))
    }

    /// Whether a key has this id, whatever it is for.
    pub(crate) fn knows(&self, id: &str) -> bool {
        self.0.iter().any(|key| key.id == id)
    }
}
