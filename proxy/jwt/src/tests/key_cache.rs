//! How often issuers are asked for their keys, and what is believed when they do not answer.

use std::sync::Arc;
use std::time::Duration;

use super::sample::Signer;
use crate::KeyCache;

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[test]
fn one_fetches_at_a_time_and_failures_wait() {
    let mut cache = KeyCache::default();
    assert!(cache.begin(seconds(0)));
    assert!(cache.is_fetching());
    assert!(!cache.begin(seconds(60)), "somebody does");
    cache.finish(seconds(60), None);
    assert!(cache.begin(seconds(60)), "a second after it began");
    cache.finish(seconds(60), None);
    assert!(!cache.begin(Duration::from_millis(60_999)));
    assert!(cache.begin(seconds(61)));
    assert!(cache.keys(Duration::ZERO).is_none());
}

#[test]
fn keys_that_are_known_outlive_an_issuer_that_is_gone() {
    let (first, second) = (Signer::new().keys(), Signer::new().keys());
    let mut cache = KeyCache::default();
    assert!(cache.begin(seconds(0)));
    cache.finish(seconds(0), Some(first.clone()));
    let known = Arc::clone(cache.keys(Duration::ZERO).unwrap());
    assert!(!cache.is_old(seconds(299)));
    assert!(cache.is_old(seconds(300)));
    assert!(!cache.begin(seconds(9)), "names of unknown keys ask no more often");
    assert!(cache.begin(seconds(300)));
    cache.finish(seconds(303), None);
    assert!(Arc::ptr_eq(&known, cache.keys(Duration::ZERO).unwrap()));
    assert!(cache.is_old(seconds(303)), "and are asked for again");
    assert!(cache.begin(seconds(310)));
    cache.finish(seconds(310), Some(first));
    assert!(Arc::ptr_eq(&known, cache.keys(Duration::ZERO).unwrap()), "the same keys");
    assert!(!cache.is_old(seconds(310)));
    assert!(cache.begin(seconds(320)));
    cache.finish(seconds(320), Some(second.clone()));
    assert_eq!(**cache.keys(Duration::ZERO).unwrap(), second);
    let two_hours = seconds(320 + 7_199);
    assert!(cache.keys(two_hours).is_some());
    assert!(
        cache.keys(two_hours + seconds(1)).is_none(),
        "who was gone for so long is not believed"
    );
}
