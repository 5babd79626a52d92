//! Buckets of many keys: memory, and that no way leads to a fresh bucket.

use std::time::Duration;

use crate::{BucketKey, Buckets, Limit};

fn key(number: usize) -> BucketKey {
    BucketKey::of(&["key", &number.to_string()])
}

#[test]
fn each_key_has_a_bucket_of_its_own() {
    let (buckets, limit) = (Buckets::new(1_000), Limit::new(1.0, 2));
    for number in 0..10 {
        let taken = (0..5).filter(|_| buckets.take(key(number), &limit, Duration::ZERO).is_ok());
        assert_eq!(taken.count(), 2);
    }
    buckets.give_back(key(3));
    assert!(buckets.take(key(3), &limit, Duration::ZERO).is_ok());
    assert!(buckets.take(key(4), &limit, Duration::ZERO).is_err());
}

#[test]
fn names_do_not_run_together() {
    assert_ne!(BucketKey::of(&["ab", "c"]), BucketKey::of(&["a", "bc"]));
    assert_ne!(BucketKey::of(&["ab"]), BucketKey::of(&["ab", ""]));
    assert_ne!(key(1).and(key(2)), key(1).and(key(3)));
}

#[test]
fn a_million_keys_take_less_than_64_bytes_each_beside_the_key() {
    const KEYS: usize = 1_000_000;
    let (buckets, limit) = (Buckets::new(4 * KEYS), Limit::new(1.0, 10));
    for number in 0..KEYS {
        buckets.take(key(number), &limit, Duration::ZERO).unwrap();
    }
    assert_eq!(buckets.len(), KEYS);
    let beside = buckets.bytes() / KEYS - size_of::<BucketKey>();
    assert!(beside < 64, "{beside} bytes");
}

/// Whoever can make up keys cannot push out the bucket of one that is spent.
#[test]
fn a_flood_of_keys_resets_no_bucket_and_stays_within_memory() {
    let (buckets, limit) = (Buckets::new(2_560), Limit::new(0.001, 3));
    let spent: Vec<BucketKey> = (0..100).map(key).collect();
    for key in &spent {
        for _ in 0..3 {
            buckets.take(*key, &limit, Duration::ZERO).unwrap();
        }
    }
    let mut refused = 0;
    for number in 1_000..100_000 {
        let now = Duration::from_millis(number / 100);
        let number = usize::try_from(number).unwrap();
        refused += usize::from(buckets.take(key(number), &limit, now).is_err());
    }
    assert!(50_000 < refused, "{refused}");
    assert!(buckets.len() <= 2_560);
    for key in &spent {
        assert!(buckets.take(*key, &limit, Duration::from_secs(1)).is_err());
    }
}

#[test]
fn buckets_that_are_full_again_make_room() {
    let (buckets, limit) = (Buckets::new(25_600), Limit::new(1.0, 1));
    for round in 0..10_u32 {
        let now = Duration::from_secs(10 * u64::from(round));
        for number in 0..10_000 {
            let number = usize::try_from(round).unwrap() * 10_000 + number;
            buckets.take(key(number), &limit, now).unwrap();
        }
    }
    assert!(buckets.len() <= 25_600);
    assert!(!buckets.is_empty());
}
