//! A bucket for each key, in bounded memory.
//!
//! Only buckets that are not full are kept: one that is full is as good as none.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::bucket::{Bucket, Exhausted, Level};
use crate::{BucketKey, Limit};

/// Each with a lock of its own: many more than there are processors.
const SHARDS: usize = 256;

/// Between two sweeps of a shard that found it full of buckets in use. What could be swept meanwhile is
/// a refusal for a key that was not there; sweeping for each of them would be a way to stop the node.
const SWEEP_NANOS_MIN: u64 = 10_000_000;

/// Buckets by key.
pub struct Buckets {
    shards: Box<[Mutex<Shard>]>,
}

struct Shard {
    buckets: HashMap<BucketKey, Bucket, BuildHasherDefault<DigestHasher>>,
    buckets_max: usize,
    swept_at: u64,
}

impl Buckets {
    /// Room for `buckets_max` buckets that are not full, about: shards fill evenly and not equally.
    pub fn new(buckets_max: usize) -> Self {
        let shard = || Shard {
            buckets: HashMap::default(),
            buckets_max: buckets_max.div_ceil(SHARDS).max(1),
            swept_at: 0,
        };
        Self { shards: (0..SHARDS).map(|_| Mutex::new(shard())).collect() }
    }

    /// Takes a token of a key's bucket, which is held to `limit` from now on.
    ///
    /// # Errors
    /// When there is none, and when as many buckets are in use as there is room for.
    pub fn take(&self, key: BucketKey, limit: &Limit, now: Duration) -> Result<Level, Exhausted> {
        let now = nanos(now);
        let mut shard = self.shard(key);
        if let Some(bucket) = shard.buckets.get_mut(&key) {
            return bucket.take(limit, now);
        }
        let mut bucket = Bucket::default();
        let level = bucket.take(limit, now)?;
        if shard.make_room(now) {
            shard.buckets.insert(key, bucket);
            Ok(level)
        } else {
            Err(Exhausted { retry_in: Some(Duration::from_nanos(SWEEP_NANOS_MIN)) })
        }
    }

    /// Gives back what was taken for a request that was not let through after all.
    pub fn give_back(&self, key: BucketKey) {
        if let Some(bucket) = self.shard(key).buckets.get_mut(&key) {
            bucket.give_back();
        }
    }

    /// How many buckets are kept.
    pub fn len(&self) -> usize {
        self.locked().map(|shard| shard.buckets.len()).sum()
    }

    /// Whether every bucket is full.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The memory that the tables take, about: a table of this kind has a byte beside each place, and
    /// is at most seven eighths full.
    pub fn bytes(&self) -> usize {
        let place = size_of::<(BucketKey, Bucket)>() + 1;
        self.locked()
            .map(|shard| (shard.buckets.capacity() * 8 / 7).next_power_of_two() * place)
            .sum()
    }

    fn shard(&self, key: BucketKey) -> MutexGuard<'_, Shard> {
        // The table takes its places from both words.
        let shard = key.low() % SHARDS as u64;
        let shard = usize::try_from(shard).unwrap_or_default();
        self.shards[shard].lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn locked(&self) -> impl Iterator<Item = MutexGuard<'_, Shard>> {
        self.shards.iter().map(|shard| shard.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Shard {
    /// Whether there is a place for one more. Before the table grows, buckets that are full are swept
    /// out of it.
    fn make_room(&mut self, now: u64) -> bool {
        let (len, capacity) = (self.buckets.len(), self.buckets.capacity());
        if len == 0 || len < capacity.min(self.buckets_max) {
            return true;
        }
        let is_largest = self.buckets_max <= len;
        if is_largest && now.abs_diff(self.swept_at) < SWEEP_NANOS_MIN {
            return false;
        }
        self.swept_at = now;
        self.buckets.retain(|_, bucket| !bucket.is_full(now));
        let kept = self.buckets.len();
        if kept < len / 4 {
            // What was a crowd once is not kept room for.
            self.buckets.shrink_to(len / 2);
        } else if !is_largest && len - len / 4 < kept {
            // A sweep that gained little is not to be made again soon.
            self.buckets.reserve(capacity - kept + 1);
        }
        kept < self.buckets_max
    }
}

/// Until 584 years of the clock.
pub(crate) fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// Takes what is a digest as it is.
#[derive(Default)]
struct DigestHasher(u64);

impl Hasher for DigestHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, word: u64) {
        self.0 ^= word;
    }
}
