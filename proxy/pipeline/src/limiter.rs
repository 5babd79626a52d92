//! What was spent and used: the buckets of clients and methods, and the counts of usage plans.
//!
//! It stands beside the snapshots: what is published anew does not forget it.

use throttle::{Buckets, Limit, SharedBucket, Usage};

/// Buckets that can be in use at once. One takes 40 to 75 bytes, so these take 300 MB at most, and
/// what is not used takes none. Where more are in use, further clients are refused.
const BUCKETS_MAX: usize = 4_000_000;

/// What all requests of a node take from.
pub struct Limiter {
    pub(crate) buckets: Buckets,
    pub(crate) account: Option<SharedBucket>,
    usage: Usage,
}

impl Limiter {
    /// Nothing is spent; all requests together are held to `account`, if there is one.
    pub fn new(account: Option<Limit>) -> Self {
        Self {
            buckets: Buckets::new(BUCKETS_MAX),
            account: account.map(SharedBucket::new),
            usage: Usage::default(),
        }
    }

    /// What API keys have used.
    pub fn usage(&self) -> &Usage {
        &self.usage
    }
}
