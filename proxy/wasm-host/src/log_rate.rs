//! What all instances of a function together may log in a second.
//!
//! A bucket of bytes: it is full at first, each message takes its bytes, and every second brings
//! new ones. What does not fit is dropped and counted, and said once a minute.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::clock;
use crate::function_stats::FunctionStats;

/// Of one function, in the long run: what a disk takes beside everything else.
const BYTES_PER_SECOND: u64 = 1024 * 1024;

/// At once, after a quiet time: what 64 calls may log.
const BURST_BYTES: u64 = 4 * 1024 * 1024;

/// Between two records that say that messages are dropped.
const SAY_INTERVAL: Duration = Duration::from_secs(60);

/// Of one version of a function.
#[derive(Debug)]
pub(crate) struct LogRate {
    bucket: Mutex<Bucket>,
    stats: Arc<FunctionStats>,
}

#[derive(Debug)]
struct Bucket {
    bytes: u64,
    filled: Instant,
    said: Option<Instant>,
}

/// What becomes of a message.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Verdict {
    /// It is dropped.
    Drop,
    /// It is dropped, which has not been said for a while.
    DropAndSay,
    /// It is logged.
    Log,
}

impl LogRate {
    pub(crate) fn new(stats: Arc<FunctionStats>) -> Self {
        Self { bucket: Mutex::new(Bucket::full(clock::now())), stats }
    }

    /// Takes a message of so many bytes.
    pub(crate) fn take(&self, bytes: usize) -> Verdict {
        let mut bucket = self.bucket.lock().unwrap_or_else(PoisonError::into_inner);
        let verdict = bucket.take(bytes.try_into().unwrap_or(u64::MAX), clock::now());
        drop(bucket);
        if verdict != Verdict::Log {
            self.stats.log_dropped(bytes);
        }
        verdict
    }
}

impl Bucket {
    fn full(now: Instant) -> Self {
        Self { bytes: BURST_BYTES, filled: now, said: None }
    }

    fn take(&mut self, bytes: u64, now: Instant) -> Verdict {
        self.fill(now);
        if let Some(left) = self.bytes.checked_sub(bytes) {
            self.bytes = left;
            return Verdict::Log;
        }
        let is_said =
            self.said.is_some_and(|said| now.saturating_duration_since(said) < SAY_INTERVAL);
        if is_said {
            return Verdict::Drop;
        }
        self.said = Some(now);
        Verdict::DropAndSay
    }

    /// The part of a byte that is left over is kept by leaving the time behind.
    fn fill(&mut self, now: Instant) {
        let since = now.saturating_duration_since(self.filled);
        let microseconds = u64::try_from(since.as_micros()).unwrap_or(u64::MAX);
        let bytes = microseconds.saturating_mul(BYTES_PER_SECOND) / 1_000_000;
        if bytes > 0 {
            self.bytes = self.bytes.saturating_add(bytes).min(BURST_BYTES);
            self.filled = now;
        }
    }
}

#[cfg(test)]
mod tests;
