//! Responses that are kept for other requests: where, and who fetches one that is missing.
//!
//! It stands beside the snapshots, one cache for each stage that has one: what is published anew keeps
//! what is cached. Whose a response is, and whether it may be kept, is decided in `cache`. Bounded by the
//! bytes of what is kept; the least used goes first.

mod flight;
mod kept;
mod seal;

use std::collections::{HashMap, HashSet};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use model::{CacheCluster, Caching};
use quick_cache::sync::{Cache, DefaultLifecycle};
use quick_cache::{DefaultHashBuilder, OptionsBuilder, Weighter};

use crate::respond::Whole;
use flight::Flight;
pub(crate) use flight::{Fill, Landed, Wait};
pub use kept::KeptResponse;
use seal::{Seal, Sealed};

/// Largest response that is kept, with its headers (AWS).
pub(crate) const KEPT_BYTES_MAX: usize = 1_048_576;

/// How long nobody waits for a response after one for the same key was not kept: whoever would wait for one
/// that is not for others waits twice.
const NOT_KEPT_TIME: Duration = Duration::from_secs(5);

/// How many entries a cache is laid out for; a hint, not a bound.
const ENTRIES_EXPECTED: usize = 10_000;

/// A cache is divided, so that threads seldom wait for each other; each part is a cache of its own.
const PARTS_MAX: u64 = 16;

/// The largest response fits in each part, with what it takes beside its bytes, and leaves room for others.
const PART_BYTES_MIN: u64 = 4 * KEPT_BYTES_MAX as u64;

/// SHA-256 of everything that a response is right for.
pub(crate) type Key = [u8; 32];

/// The caches of all stages of a node.
pub struct ResponseCache {
    clusters: RwLock<Arc<Clusters>>,
    /// One at a time publishes.
    publishing: Mutex<()>,
    bytes_max: u64,
    seal: Arc<Seal>,
}

/// Of names that the API's owner gives, so that a fast hash is enough.
type Clusters = HashMap<Arc<CacheCluster>, Arc<Cluster>, DefaultHashBuilder>;

/// The cache of one stage.
pub(crate) struct Cluster {
    entries: Cache<Key, Arc<Entry>, ByBytes>,
    /// What is being fetched.
    flights: Mutex<HashMap<Key, Flight>>,
    flights_begun: AtomicU64,
    seal: Arc<Seal>,
}

pub(crate) struct Entry {
    /// On the clock of `Ambient::now`.
    kept_at: Duration,
    content: Content,
}

enum Content {
    /// The last response was not for others.
    NotKept,
    Plain(KeptResponse),
    Sealed(Sealed),
}

#[derive(Clone)]
struct ByBytes;

impl Weighter<Key, Arc<Entry>> for ByBytes {
    fn weight(&self, key: &Key, entry: &Arc<Entry>) -> u64 {
        /// The entry itself and its place in the table.
        const OVERHEAD_BYTES: usize = 128;
        let bytes = match &entry.content {
            Content::NotKept => 0,
            Content::Plain(kept) => kept.bytes(),
            Content::Sealed(sealed) => sealed.bytes(),
        };
        (key.len() + bytes + OVERHEAD_BYTES) as u64
    }
}

/// What becomes of a request for a key.
pub(crate) enum Begun {
    /// It is there.
    Hit(Whole),
    /// Nobody fetches it yet, or nobody is waited for: this request does.
    Lead(Fill),
    /// Another request does.
    Follow(Wait),
}

impl ResponseCache {
    /// Empty; all caches together hold `bytes_max`. The key is of this process: with it goes what it
    /// encrypted.
    pub fn new(bytes_max: u64, key: &[u8; 32]) -> Self {
        let (clusters, publishing) = (RwLock::default(), Mutex::default());
        Self { clusters, publishing, bytes_max, seal: Arc::new(Seal::new(key)) }
    }

    /// From now on these are there: of the others everything is forgotten. Where they want more than the
    /// node gives, each gets its part of it.
    pub fn publish<'c>(&self, clusters: impl Iterator<Item = &'c Arc<CacheCluster>>) {
        let _alone = self.publishing.lock().unwrap_or_else(PoisonError::into_inner);
        let known = self.clusters();
        // A canary that uses the cache of its stage names it again.
        let wanted: HashSet<&Arc<CacheCluster>> = clusters.collect();
        let sum: u64 = wanted.iter().map(|cluster| cluster.size().bytes()).sum();
        let mut new = Clusters::default();
        let mut resized = Vec::new();
        for cluster in wanted {
            let bytes = share(cluster.size().bytes(), sum, self.bytes_max);
            let kept = match known.get(cluster).filter(|kept| kept.may_have(bytes)) {
                Some(kept) => {
                    resized.push((Arc::clone(kept), bytes));
                    Arc::clone(kept)
                }
                None => Arc::new(Cluster::new(bytes, &self.seal)),
            };
            new.insert(Arc::clone(cluster), kept);
        }
        let new = Arc::new(new);
        *self.clusters.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&new);
        // What frees memory comes last: no request waits for it, and whoever still fetches holds none of it.
        for (name, cluster) in &*known {
            if !new.get(name).is_some_and(|kept| Arc::ptr_eq(kept, cluster)) {
                cluster.entries.clear();
            }
        }
        for (cluster, bytes) in resized {
            cluster.entries.set_capacity(bytes);
        }
    }

    /// None for what is not published, or not any more.
    pub(crate) fn cluster(&self, cluster: &CacheCluster) -> Option<Arc<Cluster>> {
        let clusters = self.clusters.read().unwrap_or_else(PoisonError::into_inner);
        clusters.get(cluster).cloned()
    }

    fn clusters(&self) -> Arc<Clusters> {
        Arc::clone(&self.clusters.read().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The part of one that wants so many bytes, of all that want `sum`, of what there is.
fn share(bytes: u64, sum: u64, bytes_max: u64) -> u64 {
    if sum <= bytes_max {
        return bytes;
    }
    let part = u128::from(bytes_max) * u128::from(bytes) / u128::from(sum.max(1));
    u64::try_from(part).unwrap_or(u64::MAX)
}

/// Into how many parts a cache of so many bytes is divided: a power of two.
fn parts(bytes_max: u64) -> usize {
    let parts = (bytes_max / PART_BYTES_MIN).clamp(1, PARTS_MAX);
    1 << parts.ilog2()
}

impl Cluster {
    fn new(bytes_max: u64, seal: &Arc<Seal>) -> Self {
        let options = OptionsBuilder::new()
            .estimated_items_capacity(ENTRIES_EXPECTED)
            .weight_capacity(bytes_max)
            .shards(parts(bytes_max))
            .build()
            .expect("both capacities are set");
        let hasher = DefaultHashBuilder::default();
        Self {
            entries: Cache::with_options(options, ByBytes, hasher, DefaultLifecycle::default()),
            flights: Mutex::default(),
            flights_begun: AtomicU64::new(0),
            seal: Arc::clone(seal),
        }
    }

    /// Whether it may hold so many bytes from now on. In too many parts, they would be too small.
    fn may_have(&self, bytes_max: u64) -> bool {
        self.entries.num_shards() <= parts(bytes_max)
    }

    /// What is kept for a key, if it is as the method wants it: not older, and encrypted or not.
    pub(crate) fn get(&self, key: &Key, caching: &Caching, now: Duration) -> Option<Whole> {
        let entry = self.entries.get(key)?;
        self.response(key, &entry, caching, now)
    }

    fn response(
        &self,
        key: &Key,
        entry: &Entry,
        caching: &Caching,
        now: Duration,
    ) -> Option<Whole> {
        if caching.ttl() <= now.saturating_sub(entry.kept_at) {
            return None;
        }
        match &entry.content {
            Content::Plain(kept) if !caching.is_encrypted => Some(Whole::Kept(kept.clone())),
            Content::Sealed(sealed) if caching.is_encrypted => {
                Some(Whole::Kept(self.seal.open(key, sealed)?))
            }
            Content::NotKept | Content::Plain(_) | Content::Sealed(_) => None,
        }
    }

    /// The response, or a request that nobody waits for. None: one may fetch it for others.
    fn found(self: &Arc<Self>, key: &Key, caching: &Caching, now: Duration) -> Option<Begun> {
        let entry = self.entries.get(key)?;
        let is_not_kept = matches!(entry.content, Content::NotKept);
        if is_not_kept && now.saturating_sub(entry.kept_at) < NOT_KEPT_TIME {
            return Some(Begun::Lead(Fill::beside(self, *key, entry)));
        }
        self.response(key, &entry, caching, now).map(Begun::Hit)
    }

    /// The response, or whoever fetches it.
    pub(crate) fn begin(self: &Arc<Self>, key: Key, caching: &Caching, now: Duration) -> Begun {
        if let Some(found) = self.found(&key, caching, now) {
            return found;
        }
        let mut flights = self.flights();
        if let Some(flight) = flights.get(&key) {
            return Begun::Follow(flight.wait());
        }
        // It may have landed since it was looked for.
        if let Some(found) = self.found(&key, caching, now) {
            return found;
        }
        Begun::Lead(Fill::awaited(self, &mut flights, key))
    }

    /// Forgets what is kept for a key, also what is being fetched for it.
    pub(crate) fn forget(&self, key: &Key) {
        let mut flights = self.flights();
        self.entries.remove(key);
        flights.remove(key);
    }

    /// The same: this request fetches it anew.
    pub(crate) fn invalidate(self: &Arc<Self>, key: Key) -> Fill {
        let mut flights = self.flights();
        self.entries.remove(&key);
        Fill::awaited(self, &mut flights, key)
    }

    /// An entry for a key.
    fn entry(&self, key: &Key, kept: KeptResponse, caching: &Caching, now: Duration) -> Arc<Entry> {
        let content = match caching.is_encrypted {
            true => Content::Sealed(self.seal.close(key, &kept)),
            false => Content::Plain(kept),
        };
        Arc::new(Entry { kept_at: now, content })
    }

    fn flights(&self) -> MutexGuard<'_, HashMap<Key, Flight>> {
        self.flights.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
