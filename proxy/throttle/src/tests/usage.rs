//! Counting: once for each request, against the quota of its period.

use chrono::NaiveDate;

use crate::usage::DAYS_MAX;
use crate::{Counted, Day, DayUsage, Quota, QuotaExceeded, QuotaPeriod, Terms, Usage};

const KEY: i64 = 7;

fn day(text: &str) -> Day {
    Day::from(text.parse::<NaiveDate>().unwrap())
}

fn terms(limit: u64, period: QuotaPeriod) -> Terms {
    Terms { quota: Quota { limit, offset: 0, period }, since: day("2020-01-01"), grant: None }
}

/// How many of 100 requests are let through on a day.
fn counted(usage: &Usage, terms: &Terms, today: &str) -> usize {
    (0..100).filter(|_| usage.count(KEY, Some(terms), day(today)).is_ok()).count()
}

#[test]
fn a_quota_ends_and_begins_with_its_period() {
    for (period, last, next) in [
        (QuotaPeriod::Day, "2026-11-24", "2026-11-25"),
        (QuotaPeriod::Week, "2026-11-29", "2026-11-30"),
        (QuotaPeriod::Month, "2026-11-30", "2026-12-01"),
    ] {
        let (usage, terms) = (Usage::default(), terms(10, period));
        assert_eq!(counted(&usage, &terms, last), 10);
        assert_eq!(counted(&usage, &terms, last), 0);
        assert_eq!(counted(&usage, &terms, next), 10);
    }
}

#[test]
fn a_request_is_told_what_is_left() {
    let (usage, terms) = (Usage::default(), terms(2, QuotaPeriod::Day));
    let count = || usage.count(KEY, Some(&terms), day("2026-11-24"));
    assert_eq!(count(), Ok(Counted { remaining: Some(1) }));
    assert_eq!(count(), Ok(Counted { remaining: Some(0) }));
    assert_eq!(count(), Err(QuotaExceeded));
    assert_eq!(usage.count(KEY, None, day("2026-11-24")), Ok(Counted { remaining: None }));
}

#[test]
fn a_clock_that_jumps_gives_no_quota_twice() {
    let (usage, terms) = (Usage::default(), terms(10, QuotaPeriod::Day));
    assert_eq!(counted(&usage, &terms, "2026-11-24"), 10);
    assert_eq!(counted(&usage, &terms, "2036-11-24"), 10);
    assert_eq!(counted(&usage, &terms, "2026-11-24"), 0);
    assert_eq!(counted(&usage, &terms, "2036-11-24"), 0);
    assert_eq!(counted(&usage, &terms, "2026-11-25"), 10);
}

#[test]
fn a_plan_that_changes_its_period_counts_what_was_used() {
    let usage = Usage::default();
    assert_eq!(counted(&usage, &terms(10, QuotaPeriod::Day), "2026-11-23"), 10);
    assert_eq!(counted(&usage, &terms(10, QuotaPeriod::Day), "2026-11-24"), 10);
    assert_eq!(counted(&usage, &terms(25, QuotaPeriod::Month), "2026-11-24"), 5);
    assert_eq!(counted(&usage, &terms(30, QuotaPeriod::Day), "2026-11-24"), 15);
}

#[test]
fn what_was_counted_is_drained_once_and_again_if_it_was_not_kept() {
    let (usage, terms) = (Usage::default(), terms(10, QuotaPeriod::Day));
    usage.load([DayUsage { key: KEY, day: day("2026-11-24"), requests: 4 }]);
    assert_eq!(counted(&usage, &terms, "2026-11-24"), 6);
    let drained = usage.drain();
    assert_eq!(drained, [DayUsage { key: KEY, day: day("2026-11-24"), requests: 6 }]);
    assert_eq!(usage.drain(), []);
    usage.restore(&drained);
    assert_eq!(usage.drain(), drained);
    assert_eq!(counted(&usage, &terms, "2026-11-24"), 0);
}

#[test]
fn what_is_given_back_was_not_used() {
    let (usage, terms) = (Usage::default(), terms(10, QuotaPeriod::Day));
    assert_eq!(counted(&usage, &terms, "2026-11-24"), 10);
    usage.give_back(KEY, day("2026-11-24"));
    assert_eq!(counted(&usage, &terms, "2026-11-24"), 1);
    assert_eq!(usage.drain().iter().map(|count| count.requests).sum::<u64>(), 10);
    // Nothing is new, so that nothing can be given back.
    usage.give_back(KEY, day("2026-11-24"));
    assert_eq!(counted(&usage, &terms, "2026-11-24"), 0);
}

#[test]
fn what_is_loaded_is_held_against_the_period_that_it_is_of() {
    let (usage, terms) = (Usage::default(), terms(40, QuotaPeriod::Month));
    let today = day("2026-11-30");
    // Whatever else there is of this key, and whatever day the clock says first.
    let days = (0..91).map(|back| DayUsage { key: KEY, day: today.minus(90 - back), requests: 1 });
    usage.load(days);
    assert_eq!(counted(&usage, &terms, "2027-03-01"), 40);
    assert_eq!(counted(&usage, &terms, "2026-11-30"), 10);
}

#[test]
fn days_of_a_wrong_clock_do_not_pile_up() {
    let (usage, terms) = (Usage::default(), terms(1_000_000, QuotaPeriod::Day));
    for number in 0..10_000 {
        usage.count(KEY, Some(&terms), Day::from_number(number)).unwrap();
        usage.drain();
    }
    assert_eq!(usage.days(KEY), DAYS_MAX);
    usage.retain(|_| false);
    assert_eq!(usage.days(KEY), 0);
}
