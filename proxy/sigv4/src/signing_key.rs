//! What a secret becomes for one day, region and service.

use std::fmt;

use hmac::{Hmac, Mac as _};
use sha2::Sha256;

use crate::credential::{Scope, TERMINATOR};

/// May be kept, under the access key id and the scope, for as long as requests of that day arrive.
#[derive(Clone)]
pub struct SigningKey(Hmac<Sha256>);

impl SigningKey {
    pub fn derive(secret: &str, scope: Scope<'_>) -> Self {
        let first = mac(&[b"AWS4", secret.as_bytes()].concat());
        let elements = [scope.date, scope.region, scope.service, TERMINATOR];
        Self(
            elements.iter().fold(first, |key, element| {
                mac(&key.chain_update(element).finalize().into_bytes())
            }),
        )
    }

    pub(crate) fn sign(&self, text: &str) -> [u8; 32] {
        self.0.clone().chain_update(text).finalize().into_bytes().into()
    }

    /// In constant time.
    pub(crate) fn signed(&self, text: &str, signature: &[u8; 32]) -> bool {
        self.0.clone().chain_update(text).verify_slice(signature).is_ok()
    }
}

fn mac(key: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("HMAC takes a key of any length")
}

/// Without the key.
impl fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SigningKey(..)")
    }
}
