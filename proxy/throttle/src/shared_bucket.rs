//! A bucket that every request takes from: one atomic number.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::Limit;
use crate::bucket::{self, Exhausted, Level};
use crate::buckets::nanos;

/// A bucket whose limit does not change.
#[derive(Debug)]
pub struct SharedBucket {
    limit: Limit,
    full_at: AtomicU64,
}

impl SharedBucket {
    /// A full one.
    pub fn new(limit: Limit) -> Self {
        Self { limit, full_at: AtomicU64::new(0) }
    }

    /// What it is held to.
    pub fn limit(&self) -> &Limit {
        &self.limit
    }

    /// Takes a token.
    ///
    /// # Errors
    /// When there is none.
    pub fn take(&self, now: Duration) -> Result<Level, Exhausted> {
        let Some(token_nanos) = self.limit.token_nanos() else {
            return Err(Exhausted { retry_in: None });
        };
        let now = nanos(now);
        let mut full_at = self.full_at.load(Ordering::Relaxed);
        loop {
            let (new, taken) = bucket::take(full_at, token_nanos, self.limit.burst(), now);
            if new == full_at {
                return taken;
            }
            let order = Ordering::Relaxed;
            match self.full_at.compare_exchange_weak(full_at, new, order, order) {
                Ok(_) => return taken,
                Err(found) => full_at = found,
            }
        }
    }

    /// Gives back what was taken for a request that was not let through after all.
    pub fn give_back(&self) {
        let token_nanos = self.limit.token_nanos().unwrap_or_default();
        let earlier = |full_at: u64| Some(full_at.saturating_sub(token_nanos));
        let order = Ordering::Relaxed;
        // It always gives a number, so that it cannot fail.
        let _ = self.full_at.fetch_update(order, order, earlier);
    }
}
