//! The keys of issuers, fetched over HTTP: the pipeline's port. When, is for `jwt::KeyCache` to say.
//!
//! A fetch belongs to nobody who waits for it: it goes on when they leave, and there is one at a time for an
//! issuer.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, HOST};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use jwt::{KeyCache, KeySet};
use model::{Issuer, KeyLocation, UpstreamTls, UriTemplate};
use pingora_timeout::timeout;
use pipeline::{Ambient as _, BoxFuture, IssuerKeys, UpstreamHead};
use quick_cache::sync::Cache;
use serde::Deserialize;
use tokio::sync::watch;

use crate::clock::Clock;
use crate::upstream::UpstreamClient;

/// For each of two documents (AWS).
const FETCH_TIME_MAX: Duration = Duration::from_millis(1_500);

/// Longest that a request waits for a fetch: for both documents, and a moment.
const WAIT_TIME_MAX: Duration = Duration::from_millis(3_500);

/// Largest document that says where the keys are: as large as one with keys may be.
const DISCOVERY_BYTES_MAX: usize = KeySet::BYTES_MAX;

/// Issuers whose keys are kept; the least used go first.
const ISSUERS_MAX: usize = 1_024;

/// The keys of all issuers that anything of this process asks for.
#[derive(Clone)]
pub(crate) struct FetchedKeys(Arc<Shared>);

struct Shared {
    upstreams: UpstreamClient,
    clock: Clock,
    issuers: Cache<Issuer, Arc<Entry>>,
}

#[derive(Default)]
struct Entry {
    cache: Mutex<KeyCache>,
    /// Told of each fetch that ends.
    done: watch::Sender<()>,
}

impl Entry {
    fn cache(&self) -> MutexGuard<'_, KeyCache> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keys(&self, now: Duration) -> Option<Arc<KeySet>> {
        self.cache().keys(now).cloned()
    }
}

/// What is read of an issuer's configuration (OpenID Connect Discovery 1.0 section 3).
#[derive(Deserialize)]
struct Configuration {
    issuer: String,
    jwks_uri: String,
}

impl FetchedKeys {
    pub(crate) fn new(clock: Clock) -> Self {
        let upstreams = UpstreamClient::new(clock);
        Self(Arc::new(Shared { upstreams, clock, issuers: Cache::new(ISSUERS_MAX) }))
    }

    /// Fetches in the background, if it is time to.
    fn begin(&self, issuer: &Issuer, entry: &Arc<Entry>, cache: &mut KeyCache) {
        if !cache.begin(self.0.clock.now()) {
            return;
        }
        let (shared, issuer) = (Arc::clone(&self.0), issuer.clone());
        let fetch = async move {
            let warn = |problem: &String| {
                tracing::warn!(
                    issuer = issuer.name,
                    problem,
                    "the keys of an issuer are not there"
                );
            };
            shared.fetch(&issuer).await.inspect_err(warn).ok()
        };
        tokio::spawn(finish(Arc::clone(entry), self.0.clock, fetch));
    }
}

/// Fetches what [`KeyCache::begin`] has allowed to be.
async fn finish(entry: Arc<Entry>, clock: Clock, fetch: impl Future<Output = Option<KeySet>>) {
    let mut fetching = Fetching { entry, clock, fetched: None };
    fetching.fetched = fetch.await;
}

/// A fetch, which is over when this is dropped, by a panic too: else its issuer would have no keys for good.
struct Fetching {
    entry: Arc<Entry>,
    clock: Clock,
    fetched: Option<KeySet>,
}

impl Drop for Fetching {
    fn drop(&mut self) {
        self.entry.cache().finish(self.clock.now(), self.fetched.take());
        self.entry.done.send_replace(());
    }
}

impl IssuerKeys for FetchedKeys {
    fn known(&self, issuer: &Issuer) -> Option<Arc<KeySet>> {
        let entry = self.0.issuers.get(issuer)?;
        let mut cache = entry.cache();
        let now = self.0.clock.now();
        let keys = cache.keys(now).cloned()?;
        if cache.is_old(now) {
            self.begin(issuer, &entry, &mut cache);
        }
        Some(keys)
    }

    fn fetch<'a>(
        &'a self,
        issuer: &'a Arc<Issuer>,
        known: Option<&'a Arc<KeySet>>,
    ) -> BoxFuture<'a, Option<Arc<KeySet>>> {
        Box::pin(async move {
            let entry = self.0.issuers.get_or_insert_with(&**issuer, || {
                Ok::<_, std::convert::Infallible>(Arc::default())
            });
            let Ok(entry) = entry;
            let mut done = entry.done.subscribe();
            {
                let (mut cache, now) = (entry.cache(), self.0.clock.now());
                let has_others = match (cache.keys(now), known) {
                    (Some(keys), Some(known)) => !Arc::ptr_eq(keys, known),
                    (keys, _) => keys.is_some(),
                };
                if has_others {
                    return cache.keys(now).cloned();
                }
                self.begin(issuer, &entry, &mut cache);
                if !cache.is_fetching() {
                    return cache.keys(now).cloned();
                }
            }
            // Where it takes too long, what is known is known.
            let _ = timeout(WAIT_TIME_MAX, done.changed()).await;
            entry.keys(self.0.clock.now())
        })
    }
}

impl Shared {
    /// # Errors
    /// Why there are no keys, for the log.
    async fn fetch(&self, issuer: &Issuer) -> Result<KeySet, String> {
        let uri = match &issuer.keys {
            KeyLocation::Discovered(document) => self.discover(issuer, document).await?,
            KeyLocation::KeySet(uri) => uri.clone(),
        };
        let document = self.get(&uri, KeySet::BYTES_MAX).await?;
        KeySet::parse(&document).map_err(|error| format!("{uri}: {error}"))
    }

    /// Where the keys are. What says so must say that it is of this issuer (OpenID Connect Discovery 1.0
    /// section 4.3), and what is fetched over TLS leads to nothing that is not.
    async fn discover(&self, issuer: &Issuer, document: &str) -> Result<String, String> {
        let received = self.get(document, DISCOVERY_BYTES_MAX).await?;
        let configuration: Configuration = serde_json::from_slice(&received)
            .map_err(|error| format!("{document}: it is no configuration: {error}"))?;
        if configuration.issuer != issuer.name {
            return Err(format!("{document}: it is of another issuer"));
        }
        let is_secure = |uri: &str| uri.starts_with("https://");
        if is_secure(document) && !is_secure(&configuration.jwks_uri) {
            return Err(format!("{document}: its keys are not where TLS protects them"));
        }
        if !issuer.may_fetch(&configuration.jwks_uri) {
            return Err(format!("{document}: its keys are on another machine, in clear text"));
        }
        Ok(configuration.jwks_uri)
    }

    async fn get(&self, uri: &str, bytes_max: usize) -> Result<Bytes, String> {
        let in_document = |problem: String| format!("{uri}: {problem}");
        let template = UriTemplate::parse(uri).map_err(|error| in_document(error.to_string()))?;
        let path_and_query =
            template.literal().ok_or_else(|| in_document("it has placeholders".to_owned()))?;
        let mut headers = HeaderMap::new();
        headers.insert(HOST, template.host_header().clone());
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        let head = UpstreamHead {
            target: Arc::clone(template.target()),
            link: None,
            tls: UpstreamTls::default(),
            signature: None,
            method: Method::GET,
            path_and_query: path_and_query.clone(),
            headers,
            timeout: FETCH_TIME_MAX,
        };
        let response = self.upstreams.fetch(&head, bytes_max).await;
        let response = response.map_err(|error| in_document(format!("{error:?}")))?;
        match response.status {
            StatusCode::OK => Ok(response.body),
            status => Err(in_document(format!("it answers {status}"))),
        }
    }
}

#[cfg(test)]
mod tests;
