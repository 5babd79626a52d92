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
use quick_cache::Weighter;
use quick_cache::sync::Cache;

use crate::respond::Response;
pub(crate) use flight::{Fill, Landed, Wait};
use flight::{Flight, begin};
pub(crate) use kept::KeptResponse;
use seal::{Seal, Sealed};

/// How many entries a cache is laid out for; a hint, not a bound.
const ENTRIES_EXPECTED: usize = 10_000;

/// SHA-256 of everything that a response is right for.
pub(crate) type Key = [u8; 32];

/// The caches of all stages of a node.
pub struct ResponseCache {
    clusters: RwLock<HashMap<Arc<CacheCluster>, Arc<Cluster>>>,
    bytes_max: u64,
    seal: Arc<Seal>,
}

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
            Content::Plain(kept) => kept.bytes(),
            Content::Sealed(sealed) => sealed.bytes(),
        };
        (key.len() + bytes + OVERHEAD_BYTES) as u64
    }
}

/// What becomes of a request for a key.
pub(crate) enum Begun {
    /// It is there.
    Hit(Response),
    /// Nobody fetches it yet: this request does.
    Lead(Fill),
    /// Another request does.
    Follow(Wait),
}

impl ResponseCache {
    /// Empty; all caches together hold `bytes_max`. The key is of this process: with it goes what it
    /// encrypted.
    pub fn new(bytes_max: u64, key: &[u8; 32]) -> Self {
        let clusters = RwLock::default();
        Self { clusters, bytes_max, seal: Arc::new(Seal::new(key)) }
    }

    /// From now on these are there: of the others everything is forgotten. Where they want more than the
    /// node gives, each gets its part of it.
    pub fn publish<'c>(&self, clusters: impl Iterator<Item = &'c Arc<CacheCluster>>) {
        let mut known = self.clusters.write().unwrap_or_else(PoisonError::into_inner);
        // A canary that uses the cache of its stage names it again.
        let wanted: HashSet<&Arc<CacheCluster>> = clusters.collect();
        let sum: u64 = wanted.iter().map(|cluster| cluster.size().bytes()).sum();
        let share = |cluster: &CacheCluster| {
            let size = cluster.size().bytes();
            if sum <= self.bytes_max {
                return size;
            }
            let part = u128::from(self.bytes_max) * u128::from(size) / u128::from(sum.max(1));
            u64::try_from(part).unwrap_or(u64::MAX)
        };
        let mut new = HashMap::with_capacity(wanted.len());
        for cluster in wanted {
            let bytes = share(cluster);
            let kept = match known.get(cluster) {
                Some(kept) => {
                    kept.entries.set_capacity(bytes);
                    Arc::clone(kept)
                }
                None => Arc::new(Cluster::new(bytes, &self.seal)),
            };
            new.insert(Arc::clone(cluster), kept);
        }
        *known = new;
    }

    /// None for what is not published, or not any more.
    pub(crate) fn cluster(&self, cluster: &CacheCluster) -> Option<Arc<Cluster>> {
        let clusters = self.clusters.read().unwrap_or_else(PoisonError::into_inner);
        clusters.get(cluster).cloned()
    }
}

impl Cluster {
    fn new(bytes_max: u64, seal: &Arc<Seal>) -> Self {
        Self {
            entries: Cache::with_weighter(ENTRIES_EXPECTED, bytes_max, ByBytes),
            flights: Mutex::default(),
            flights_begun: AtomicU64::new(0),
            seal: Arc::clone(seal),
        }
    }

    /// What is kept for a key, if it is as the method wants it: not older, and encrypted or not.
    pub(crate) fn get(&self, key: &Key, caching: &Caching, now: Duration) -> Option<Response> {
        let entry = self.entries.get(key)?;
        if caching.ttl() <= now.saturating_sub(entry.kept_at) {
            return None;
        }
        match &entry.content {
            Content::Plain(kept) if !caching.is_encrypted => Some(kept.to_response()),
            Content::Sealed(sealed) if caching.is_encrypted => {
                Some(self.seal.open(key, sealed)?.to_response())
            }
            Content::Plain(_) | Content::Sealed(_) => None,
        }
    }

    /// The response, or whoever fetches it.
    pub(crate) fn begin(self: &Arc<Self>, key: Key, caching: &Caching, now: Duration) -> Begun {
        if let Some(response) = self.get(&key, caching, now) {
            return Begun::Hit(response);
        }
        let mut flights = self.flights();
        if let Some(flight) = flights.get(&key) {
            return Begun::Follow(flight.wait());
        }
        // It may have landed since it was looked for.
        if let Some(response) = self.get(&key, caching, now) {
            return Begun::Hit(response);
        }
        Begun::Lead(begin(self, &mut flights, key))
    }

    /// Forgets what is kept for a key, also what is being fetched for it: this request fetches it anew.
    pub(crate) fn invalidate(self: &Arc<Self>, key: Key) -> Fill {
        let mut flights = self.flights();
        self.entries.remove(&key);
        begin(self, &mut flights, key)
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
