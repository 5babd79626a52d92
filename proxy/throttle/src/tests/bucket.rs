//! One bucket: how much it lets through, whatever comes.

use std::time::Duration;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::bucket::Bucket;
use crate::{Limit, SharedBucket};

const SECOND: u64 = 1_000_000_000;

fn seconds(seconds: f64) -> u64 {
    u64::try_from(Duration::from_secs_f64(seconds).as_nanos()).unwrap()
}

/// How many of so many takers at one moment get a token.
fn taken(bucket: &mut Bucket, limit: &Limit, now: u64, takers: usize) -> usize {
    (0..takers).filter(|_| bucket.take(limit, now).is_ok()).count()
}

#[test]
fn a_burst_and_then_the_rate() {
    let (mut bucket, limit) = (Bucket::default(), Limit::new(10.0, 5));
    assert_eq!(taken(&mut bucket, &limit, 0, 20), 5);
    assert_eq!(taken(&mut bucket, &limit, SECOND / 10 - 1, 20), 0);
    assert_eq!(taken(&mut bucket, &limit, SECOND / 10, 20), 1);
    assert_eq!(taken(&mut bucket, &limit, SECOND, 20), 5);
}

#[test]
fn a_taker_is_told_what_is_left_and_when_to_come_again() {
    let (mut bucket, limit) = (Bucket::default(), Limit::new(4.0, 2));
    let first = bucket.take(&limit, 0).unwrap();
    assert_eq!((first.remaining, first.full_in), (1, Duration::from_millis(250)));
    let second = bucket.take(&limit, 0).unwrap();
    assert_eq!((second.remaining, second.full_in), (0, Duration::from_millis(500)));
    let refused = bucket.take(&limit, SECOND / 10).unwrap_err();
    assert_eq!(refused.retry_in, Some(Duration::from_millis(150)));
}

#[test]
fn without_rate_or_burst_nothing_is_let_through() {
    for limit in
        [Limit::new(0.0, 5), Limit::new(5.0, 0), Limit::new(-1.0, 5), Limit::new(f64::NAN, 5)]
    {
        let refused = Bucket::default().take(&limit, 0).unwrap_err();
        assert_eq!(refused.retry_in, None, "{limit:?}");
        assert_eq!(SharedBucket::new(limit).take(Duration::ZERO).unwrap_err().retry_in, None);
    }
}

#[test]
fn a_limit_of_any_size_is_a_limit() {
    for rate in [f64::MIN_POSITIVE, 1e-12, 1e-3, 1.0, 1e9, 1e300, f64::INFINITY] {
        for burst in [1, 2, u32::MAX] {
            let (mut bucket, limit) = (Bucket::default(), Limit::new(rate, burst));
            let takers = usize::try_from(burst.min(100)).unwrap();
            for now in [0, u64::MAX / 2] {
                assert_eq!(taken(&mut bucket, &limit, now, takers), takers, "{rate} {burst}");
            }
        }
    }
}

#[test]
fn a_new_rate_or_burst_does_not_forget_what_is_spent() {
    let (mut bucket, slow) = (Bucket::default(), Limit::new(1.0, 10));
    assert_eq!(taken(&mut bucket, &slow, 0, 8), 8);
    // Two are left, of whatever rate.
    let fast = Limit::new(100.0, 10);
    assert_eq!(taken(&mut bucket, &fast, 0, 20), 2);
    assert_eq!(taken(&mut bucket, &fast, SECOND / 100, 20), 1);
    // A larger bucket has as many more as it is larger.
    let large = Limit::new(100.0, 15);
    assert_eq!(taken(&mut bucket, &large, SECOND / 100, 20), 5);
    // A smaller one is empty, and comes back at the rate.
    let small = Limit::new(100.0, 3);
    assert_eq!(taken(&mut bucket, &small, SECOND / 100, 20), 0);
    assert_eq!(taken(&mut bucket, &small, SECOND, 20), 3);
}

#[test]
fn a_burst_that_is_made_smaller_and_larger_again_gives_nothing_back() {
    let (mut bucket, large, small) =
        (Bucket::default(), Limit::new(1.0, 1_000), Limit::new(1.0, 10));
    assert_eq!(taken(&mut bucket, &large, 0, 2_000), 1_000);
    assert_eq!(taken(&mut bucket, &small, SECOND, 1), 0);
    assert_eq!(taken(&mut bucket, &large, SECOND, 2_000), 1);
}

#[test]
fn a_bucket_that_lost_its_rate_and_gets_it_back_is_as_empty_as_it_was() {
    let (mut bucket, limit) = (Bucket::default(), Limit::new(1.0, 3));
    assert_eq!(taken(&mut bucket, &limit, 0, 3), 3);
    assert_eq!(taken(&mut bucket, &Limit::new(0.0, 3), 0, 3), 0);
    assert_eq!(taken(&mut bucket, &limit, 0, 3), 0);
}

#[test]
fn a_clock_that_is_set_back_locks_nobody_out() {
    let (mut bucket, limit) = (Bucket::default(), Limit::new(1.0, 5));
    let later = 1_000_000 * SECOND;
    assert_eq!(taken(&mut bucket, &limit, later, 10), 5);
    // As empty as it was, and filling at the rate.
    assert_eq!(taken(&mut bucket, &limit, SECOND, 10), 0);
    assert_eq!(taken(&mut bucket, &limit, 2 * SECOND, 10), 1);
    assert_eq!(taken(&mut bucket, &limit, 7 * SECOND, 10), 5);
    // And forth: full, and no more than that.
    assert_eq!(taken(&mut bucket, &limit, later, 10), 5);
}

#[test]
fn what_is_given_back_can_be_taken_again() {
    let (mut bucket, limit) = (Bucket::default(), Limit::new(1.0, 2));
    assert_eq!(taken(&mut bucket, &limit, 0, 5), 2);
    bucket.give_back();
    assert_eq!(taken(&mut bucket, &limit, 0, 5), 1);
    // A full one does not become fuller.
    let mut bucket = Bucket::default();
    bucket.give_back();
    assert_eq!(taken(&mut bucket, &limit, 0, 5), 2);
}

#[test]
fn a_shared_bucket_does_what_another_one_does() {
    let limit = Limit::new(10.0, 5);
    let (shared, mut bucket) = (SharedBucket::new(limit), Bucket::default());
    for millis in [0, 0, 0, 0, 0, 0, 50, 100, 101, 350, 350, 350, 10_000] {
        let now = Duration::from_millis(millis);
        let nanos = u64::try_from(now.as_nanos()).unwrap();
        assert_eq!(shared.take(now), bucket.take(&limit, nanos), "{millis}");
    }
    shared.give_back();
    bucket.give_back();
    assert_eq!(shared.take(Duration::from_secs(10)), bucket.take(&limit, 10 * SECOND));
}

/// Takers in the order in which they come, each with the limit and the clock that it has, and how many of
/// them may be let through at most.
#[derive(Debug)]
struct Load {
    takers: Vec<(Limit, u64)>,
    allowed: f64,
}

impl Load {
    /// From the earliest moment that any taker has to the latest: rate × time + burst.
    fn new(takers: Vec<(Limit, u64)>) -> Self {
        let moments = || takers.iter().map(|(_, now)| *now);
        let elapsed = moments().max().unwrap_or_default() - moments().min().unwrap_or_default();
        Self::within(elapsed, takers)
    }

    fn within(nanos: u64, takers: Vec<(Limit, u64)>) -> Self {
        let rate = takers.iter().map(|(limit, _)| limit.rate()).fold(0.0, f64::max);
        let burst = takers.iter().map(|(limit, _)| limit.burst()).max().unwrap_or_default();
        let allowed = rate * Duration::from_nanos(nanos).as_secs_f64() + f64::from(burst);
        Self { takers, allowed }
    }

    /// Whether no more are let through than may be.
    fn is_kept_by(&self, mut take: impl FnMut(&Limit, u64) -> bool) -> bool {
        let taken = self.takers.iter().filter(|(limit, now)| take(limit, *now)).count();
        f64::from(u32::try_from(taken).unwrap()) <= self.allowed + 1e-6
    }
}

/// Slow enough that most takers have to be refused: else any bucket would do.
fn limits() -> impl Strategy<Value = Limit> {
    (0.01_f64..20.0, 1_u32..20).prop_map(|(rate, burst)| Limit::new(rate, burst))
}

/// Takers that come together after so many nanoseconds.
fn groups() -> impl Strategy<Value = Vec<(u64, usize)>> {
    prop::collection::vec((0_u64..50_000_000, 1_usize..20), 1..200)
}

/// Of clocks that differ by less than what threads make of it.
fn disordered() -> impl Strategy<Value = Load> {
    let behind = prop::collection::vec(0_u64..200_000_000, 20);
    (limits(), groups(), behind).prop_map(|(limit, groups, behind)| {
        let (mut now, mut takers) = (SECOND, Vec::new());
        for (gap, count) in groups {
            now += gap;
            takers.extend(behind.iter().take(count).map(|behind| (limit, now - behind)));
        }
        Load::new(takers)
    })
}

/// While the limit changes all the time.
fn changing() -> impl Strategy<Value = Load> {
    (prop::collection::vec(limits(), 1..10), groups()).prop_map(|(limits, groups)| {
        let (mut now, mut takers) = (SECOND, Vec::new());
        for ((gap, count), limit) in groups.into_iter().zip(limits.iter().cycle()) {
            now += gap;
            takers.extend(std::iter::repeat_n((*limit, now), count));
        }
        Load::new(takers)
    })
}

/// While the clock is set back, a little or by days: only its ways forward give tokens.
fn jumping() -> impl Strategy<Value = Load> {
    const DAY: u64 = 86_400 * SECOND;
    let back = prop_oneof![6 => Just(0), 2 => 0..50_000_000_u64, 1 => Just(3 * DAY)];
    let back = prop::collection::vec(back, 1..20);
    (limits(), groups(), back).prop_map(|(limit, groups, back)| {
        let (mut now, mut forward, mut takers) = (1_000 * DAY, 0, Vec::new());
        for ((gap, count), back) in groups.into_iter().zip(back.iter().cycle()) {
            now = now + gap - back;
            forward += gap;
            takers.extend(std::iter::repeat_n((limit, now), count));
        }
        Load::within(forward, takers)
    })
}

/// A bucket whose limit is another one than it is told.
fn bucket(of: impl Fn(&Limit) -> Limit) -> impl FnMut(&Limit, u64) -> bool {
    let mut bucket = Bucket::default();
    move |limit, now| bucket.take(&of(limit), now).is_ok()
}

/// The properties themselves are tested: each is broken by whatever lets too much through.
#[test]
fn a_bucket_that_lets_too_much_through_is_caught() {
    #[track_caller]
    fn check(loads: impl Strategy<Value = Load>) {
        let is_caught = |flaw: fn(&Limit) -> Limit| {
            let config = Config { failure_persistence: None, ..Config::default() };
            let property = |load: Load| {
                prop_assert!(load.is_kept_by(bucket(flaw)));
                Ok(())
            };
            TestRunner::new(config).run(&loads, property).is_err()
        };
        assert!(is_caught(|limit| Limit::new(limit.rate(), u32::MAX)), "always open");
        assert!(is_caught(|limit| Limit::new(limit.rate(), limit.burst() + 1)), "one more at once");
        assert!(is_caught(|limit| Limit::new(2.0 * limit.rate(), limit.burst())), "twice as fast");
    }
    check(disordered());
    check(changing());
    check(jumping());
}

proptest! {
    #[test]
    fn never_more_than_rate_and_burst_allow(load in disordered()) {
        prop_assert!(load.is_kept_by(bucket(|limit| *limit)));
    }

    /// However often rate and burst change, nothing is let through that none of them would have.
    #[test]
    fn changes_never_let_more_through_than_the_widest_limit(load in changing()) {
        prop_assert!(load.is_kept_by(bucket(|limit| *limit)));
    }

    #[test]
    fn a_jumping_clock_gives_at_most_its_ways_forward(load in jumping()) {
        prop_assert!(load.is_kept_by(bucket(|limit| *limit)));
    }

    /// A bucket of one token is another thing: it has no place for a part of the next one.
    #[test]
    fn never_less_than_98_percent_under_steady_load(
        rate in 0.1_f64..100_000.0,
        burst in 2_u32..1_000,
        load in 1.05_f64..20.0,
    ) {
        let (mut bucket, limit) = (Bucket::default(), Limit::new(rate, burst));
        let offered = 5_000_u32;
        let gap = 1.0 / (rate * load);
        let taken = (0..offered)
            .filter(|call| bucket.take(&limit, seconds(f64::from(*call) * gap)).is_ok())
            .count();
        let elapsed = f64::from(offered - 1) * gap;
        let allowed = (rate * elapsed + f64::from(burst)).min(f64::from(offered));
        let taken = f64::from(u32::try_from(taken).unwrap());
        prop_assert!(taken <= allowed + 1e-6, "{taken} of {allowed}");
        prop_assert!(allowed.floor() * 0.98 - 1.0 <= taken, "{taken} of {allowed}");
    }
}
