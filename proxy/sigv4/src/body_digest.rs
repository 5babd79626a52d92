//! The SHA-256 of a whole request body.

use sha2::{Digest as _, Sha256};

use crate::hex;

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct BodyDigest([u8; 32]);

impl BodyDigest {
    pub fn of(body: &[u8]) -> Self {
        Self(Sha256::digest(body).into())
    }

    pub(crate) fn to_hex(self) -> [u8; 64] {
        hex::encode(&self.0)
    }
}

/// Of a body that was hashed as it arrived.
impl From<Sha256> for BodyDigest {
    fn from(hasher: Sha256) -> Self {
        Self(hasher.finalize().into())
    }
}
