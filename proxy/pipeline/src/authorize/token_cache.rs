//! Tokens whose signature was verified: kept, so that it is verified once.
//!
//! A token is found by its whole text. What is kept of it is what it claims, whether it is believed is for each
//! request to say: by its times, by the keys that its issuer has now, and by the authorizer.

use std::sync::Arc;
use std::time::Duration;

use jwt::{Algorithm, Claims, KeySet};
use model::Issuer;
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use serde_json::Value;

use crate::context;

/// Bytes that tokens and claims may take together. A token takes about 4 KB, so this is some 16,000 callers; the
/// least used go first. Only what an issuer signed is kept.
const CACHE_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// How many entries the cache is laid out for; a hint, not a bound.
const ENTRIES_EXPECTED: usize = 10_000;

/// What the names of claims begin with in the context of an authorizer.
const CLAIMS: &str = "claims.";

/// Verified tokens. One for all APIs of a node.
#[derive(Debug)]
pub struct TokenCache {
    entries: Cache<Box<str>, Arc<VerifiedToken>, ByBytes>,
}

/// A token that a key of its issuer signed.
#[derive(Debug)]
pub(crate) struct VerifiedToken {
    pub(super) issuer: Arc<Issuer>,
    /// The set with the key that signed it.
    pub(super) keys: Arc<KeySet>,
    /// On the clock of `Ambient::now`.
    pub(super) verified: Duration,
    pub(super) algorithm: Algorithm,
    pub(super) claims: Claims,
    context: Vec<(String, String)>,
}

impl VerifiedToken {
    pub(super) fn new(
        issuer: Arc<Issuer>,
        keys: Arc<KeySet>,
        verified: Duration,
        (algorithm, claims): (Algorithm, Claims),
    ) -> Self {
        let entries = claims.entries();
        let context = entries.filter_map(|(name, value)| {
            Some((format!("{CLAIMS}{name}"), claim_text(name, value)?))
        });
        let context = context.collect();
        Self { issuer, keys, verified, algorithm, claims, context }
    }

    /// As of an authorizer: `claims.sub` and its value.
    pub(crate) fn context(&self) -> &[(String, String)] {
        &self.context
    }

    /// Each claim as text.
    pub(crate) fn claims(&self) -> impl ExactSizeIterator<Item = (&str, &str)> {
        self.context.iter().map(|(name, value)| (&name[CLAIMS.len()..], value.as_str()))
    }

    /// One value of [`Self::context`].
    pub(crate) fn value(&self, key: &str) -> Option<&str> {
        self.context.iter().find(|(known, _)| known == key).map(|(_, value)| value.as_str())
    }

    fn bytes(&self) -> usize {
        /// What a claim takes beside its text, here and as JSON.
        const OVERHEAD_BYTES: usize = 160;
        let entries = self.context.iter();
        entries.map(|(name, value)| 2 * (name.len() + value.len()) + OVERHEAD_BYTES).sum()
    }
}

/// A claim as integrations get it. As recorded from AWS, the times are written as Java writes a date, and a list
/// is its values with commas between them.
fn claim_text(name: &str, value: &Value) -> Option<String> {
    Some(match value {
        Value::Null => return None,
        Value::Number(number) if ["exp", "iat", "nbf"].contains(&name) => {
            number.as_i64().and_then(context::java_date).unwrap_or_else(|| number.to_string())
        }
        Value::String(text) => text.clone(),
        Value::Array(values) => {
            let texts = values.iter().filter_map(|value| claim_text("", value));
            texts.collect::<Vec<_>>().join(",")
        }
        Value::Bool(_) | Value::Number(_) | Value::Object(_) => value.to_string(),
    })
}

#[derive(Clone, Debug)]
struct ByBytes;

impl Weighter<Box<str>, Arc<VerifiedToken>> for ByBytes {
    fn weight(&self, token: &Box<str>, verified: &Arc<VerifiedToken>) -> u64 {
        /// The entry itself and its place in the table.
        const OVERHEAD_BYTES: usize = 256;
        (token.len() + verified.bytes() + OVERHEAD_BYTES) as u64
    }
}

impl Default for TokenCache {
    fn default() -> Self {
        Self { entries: Cache::with_weighter(ENTRIES_EXPECTED, CACHE_BYTES_MAX, ByBytes) }
    }
}

impl TokenCache {
    /// An empty cache.
    pub fn new() -> Self {
        Self::default()
    }

    pub(super) fn get(&self, token: &str) -> Option<Arc<VerifiedToken>> {
        self.entries.get(token)
    }

    pub(super) fn put(&self, token: &str, verified: Arc<VerifiedToken>) {
        self.entries.insert(token.into(), verified);
    }

    /// When the signature of a token was verified, if that is still known.
    #[cfg(test)]
    pub(crate) fn verified_at(&self, token: &str) -> Option<Duration> {
        self.get(token).map(|verified| verified.verified)
    }
}
