//! Whose bucket it is.

use sha2::{Digest as _, Sha256};

/// A key of [`crate::Buckets`]: a digest, so that nobody can choose one that is another one's, nor many
/// that fall into one place of a table.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct BucketKey {
    high: u64,
    low: u64,
}

impl BucketKey {
    /// Of the names that say whose it is, in order.
    pub fn of(names: &[&str]) -> Self {
        let mut digest = Sha256::new();
        for name in names {
            digest.update(u64::try_from(name.len()).unwrap_or(u64::MAX).to_le_bytes());
            digest.update(name);
        }
        let digest: [u8; 32] = digest.finalize().into();
        let word = |begin: usize| {
            digest[begin..begin + 8].iter().fold(0, |word, byte| (word << 8) | u64::from(*byte))
        };
        Self { high: word(0), low: word(8) }
    }

    /// The key of both: of a client and a method.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self { high: self.high ^ other.high, low: self.low ^ other.low }
    }

    pub(crate) fn low(self) -> u64 {
        self.low
    }
}
