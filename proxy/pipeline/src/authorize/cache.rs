//! Decisions of authorizers, kept for as long as each authorizer says.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use model::AuthorizerIndex;
use quick_cache::Weighter;
use quick_cache::sync::Cache;

use crate::authorize::decision::Decision;
use crate::authorize::identity::Identity;
use crate::exchange::Exchange;

/// Bytes that keys and decisions may take together. An entry is about 1 KB, so this is some 60,000
/// callers; the least used go first, so that a flood of made-up tokens costs calls, not memory.
const CACHE_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// How many entries the cache is laid out for; a hint, not a bound.
const ENTRIES_EXPECTED: usize = 10_000;

/// Decisions by caller. One for all APIs of a node.
#[derive(Debug)]
pub struct AuthorizerCache {
    entries: Cache<CacheKey, Entry, ByBytes>,
}

/// What a decision holds for: this authorizer of this deployment and stage, and this identity.
///
/// A cached decision must not cross an API, a stage, an authorizer or a token, so all of them are in
/// the key, whole, and compare exactly. With the deployment and the function in it, what an authorizer said
/// before it was replaced is not believed after; with the number of flushes, what it said before them.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(super) struct CacheKey(Box<str>);

/// Stands between the parts of a key: no part can hold it, as header values and names have no NUL.
const SEPARATOR: char = '\0';

impl CacheKey {
    /// None when there is no identity to tell callers apart by, when it is not one value for each
    /// source, or when it has a separator in it (a query value can): then nothing is cached.
    pub(super) fn new(
        exchange: &Exchange<'_>,
        index: AuthorizerIndex,
        identity: &Identity<'_>,
    ) -> Option<Self> {
        let deployment = &exchange.stage.deployment;
        let authorizer = &deployment.api().authorizers[index.0];
        let mut key = String::with_capacity(256);
        // Text takes whatever is written to it.
        let _ = write!(key, "{}{SEPARATOR}", exchange.stage.authorizer_flushes());
        let mut push = |part: &str| {
            key.push_str(part);
            key.push(SEPARATOR);
            !part.contains(SEPARATOR)
        };
        push(deployment.api().id.as_str());
        push(exchange.stage.name.as_str());
        push(deployment.id().as_str());
        push(authorizer.id.as_str());
        // Stage variables may name it.
        push(exchange.plugin(authorizer.function).map_or("", |(plugin, _)| &*plugin.arn));
        let is_whole = match identity {
            Identity::Request { values, has_repeated } => {
                !has_repeated && !values.is_empty() && values.iter().all(|value| push(value))
            }
            Identity::Token(token) => push(token),
        };
        is_whole.then(|| Self(key.into_boxed_str()))
    }
}

#[derive(Clone, Debug)]
struct Entry {
    decision: Arc<Decision>,
    /// On the clock of `Ambient::now`.
    expires: Duration,
}

#[derive(Clone, Debug)]
struct ByBytes;

impl Weighter<CacheKey, Entry> for ByBytes {
    fn weight(&self, key: &CacheKey, entry: &Entry) -> u64 {
        /// The entry itself and its place in the table.
        const OVERHEAD_BYTES: usize = 128;
        (key.0.len() + entry.decision.bytes() + OVERHEAD_BYTES) as u64
    }
}

impl Default for AuthorizerCache {
    fn default() -> Self {
        Self { entries: Cache::with_weighter(ENTRIES_EXPECTED, CACHE_BYTES_MAX, ByBytes) }
    }
}

impl AuthorizerCache {
    /// An empty cache.
    pub fn new() -> Self {
        Self::default()
    }

    pub(super) fn get(&self, key: &CacheKey, now: Duration) -> Option<Arc<Decision>> {
        let entry = self.entries.get(key)?;
        (now < entry.expires).then_some(entry.decision)
    }

    pub(super) fn put(&self, key: CacheKey, decision: Arc<Decision>, expires: Duration) {
        self.entries.insert(key, Entry { decision, expires });
    }
}
