//! How long a decision takes where 1,000,000 keys have a bucket, and how much memory those take.

#![forbid(unsafe_code)]

use std::time::Duration;

use divan::{AllocProfiler, Bencher, black_box};
use throttle::{BucketKey, Buckets, Day, Limit, Quota, QuotaPeriod, SharedBucket, Terms, Usage};

const KEYS: usize = 1_000_000;

/// Counts what is allocated.
#[global_allocator]
static ALLOCATOR: AllocProfiler = AllocProfiler::system();

fn main() {
    divan::main();
}

/// Those of 1,000 clients at 1,000 methods: what a request's key is made of is at hand when it comes, so that reading
/// it from a list of a million is not to be measured.
struct Keys {
    clients: Vec<BucketKey>,
    methods: Vec<BucketKey>,
}

impl Keys {
    fn new() -> Self {
        let of = |what: &str| (0..1_000).map(|n| BucketKey::of(&[what, &n.to_string()])).collect();
        Self { clients: of("client"), methods: of("method") }
    }

    fn at(&self, position: usize) -> BucketKey {
        self.clients[position % 1_000].and(self.methods[position / 1_000])
    }
}

/// Every decision is about another key, in an order that no cache foresees.
#[divan::bench(sample_size = 10_000)]
fn one_of_a_million_buckets(bencher: Bencher<'_, '_>) {
    let (buckets, limit, keys) = (Buckets::new(4 * KEYS), Limit::new(1e3, 1_000), Keys::new());
    for position in 0..KEYS {
        buckets.take(keys.at(position), &limit, Duration::ZERO).expect("it is full");
    }
    let mut position = 0;
    bencher.bench_local(|| {
        position = (position + 611_953) % KEYS;
        let now = Duration::from_nanos(position as u64);
        buckets.take(black_box(keys.at(position)), &limit, now).is_ok()
    });
}

/// What is allocated and not freed is what they take.
#[divan::bench(sample_count = 5, sample_size = 1)]
fn a_million_buckets(bencher: Bencher<'_, '_>) {
    let (limit, keys) = (Limit::new(1e3, 1_000), Keys::new());
    bencher.bench_local(|| {
        let buckets = Buckets::new(4 * KEYS);
        for position in 0..KEYS {
            buckets.take(keys.at(position), &limit, Duration::ZERO).expect("it is full");
        }
        buckets
    });
}

#[divan::bench(sample_size = 10_000)]
fn the_bucket_of_all(bencher: Bencher<'_, '_>) {
    let bucket = SharedBucket::new(Limit::new(1e6, 1_000));
    let mut nanos = 0;
    bencher.bench_local(|| {
        nanos += 500;
        bucket.take(Duration::from_nanos(black_box(nanos))).is_ok()
    });
}

#[divan::bench(sample_size = 10_000)]
fn one_of_a_million_quotas(bencher: Bencher<'_, '_>) {
    let usage = Usage::default();
    let quota = Quota { limit: u64::MAX, offset: 0, period: QuotaPeriod::Month };
    let today = Day::at(1_795_510_800);
    let terms = Terms { quota, since: today.minus(400), grant: None };
    for key in 0..KEYS as i64 {
        usage.count(key, Some(&terms), today).expect("nothing is used");
    }
    let mut key = 0;
    bencher.bench_local(|| {
        key = (key + 611_953) % KEYS as i64;
        usage.count(black_box(key), Some(&terms), today).is_ok()
    });
}
