//! Periods of the calendar, and what a key may use in one.

use chrono::NaiveDate;
use proptest::prelude::*;

use crate::{Day, Grant, Quota, QuotaPeriod, Terms};

fn day(text: &str) -> Day {
    Day::from(text.parse::<NaiveDate>().unwrap())
}

#[track_caller]
fn check(period: QuotaPeriod, today: &str, expected: &str) {
    let days = period.days(day(today));
    assert_eq!(format!("{}..{}", days.start.date(), days.end.date()), expected);
}

#[test]
fn periods_are_those_of_the_calendar() {
    check(QuotaPeriod::Day, "2026-12-31", "2026-12-31..2027-01-01");
    check(QuotaPeriod::Month, "2028-02-29", "2028-02-01..2028-03-01");
    check(QuotaPeriod::Month, "2026-12-31", "2026-12-01..2027-01-01");
    // A Tuesday, a Monday, a Sunday.
    check(QuotaPeriod::Week, "2026-11-24", "2026-11-23..2026-11-30");
    check(QuotaPeriod::Week, "2026-11-23", "2026-11-23..2026-11-30");
    check(QuotaPeriod::Week, "2027-01-03", "2026-12-28..2027-01-04");
}

#[test]
fn a_day_ends_at_midnight_utc() {
    let midnight = day("2026-11-25").epoch_seconds();
    assert_eq!(Day::at(midnight - 1), day("2026-11-24"));
    assert_eq!(Day::at(midnight), day("2026-11-25"));
    assert_eq!(Day::at(-1), day("1969-12-31"));
}

#[test]
fn moments_that_no_calendar_has_are_days_all_the_same() {
    for moment in [i64::MIN, i64::MAX] {
        for period in [QuotaPeriod::Day, QuotaPeriod::Month, QuotaPeriod::Week] {
            let today = Day::at(moment);
            let days = period.days(today);
            assert!(days.start <= today && today <= days.end);
        }
    }
}

#[test]
fn the_first_period_has_the_offset_less_and_a_grant_is_for_one_period() {
    let quota = Quota { limit: 100, offset: 30, period: QuotaPeriod::Month };
    let grant = Some(Grant { day: day("2026-12-10"), limit: 500 });
    let terms = Terms { quota, since: day("2026-11-24"), grant };
    assert_eq!(terms.limit(day("2026-11-30")), 70);
    assert_eq!(terms.limit(day("2026-12-01")), 100);
    assert_eq!(terms.limit(day("2026-12-09")), 100);
    assert_eq!(terms.limit(day("2026-12-10")), 500);
    assert_eq!(terms.limit(day("2026-12-31")), 500);
    assert_eq!(terms.limit(day("2027-01-01")), 100);
    let larger = Quota { offset: 101, ..quota };
    assert_eq!(
        Terms { quota: larger, since: day("2026-11-24"), grant: None }.limit(day("2026-11-24")),
        0
    );
}

proptest! {
    #[test]
    fn every_day_is_in_its_period_and_the_next_period_begins_where_it_ends(
        moment in -62_000_000_000_i64..253_000_000_000,
    ) {
        let today = Day::at(moment);
        prop_assert_eq!(Day::from_number(today.number()), today);
        prop_assert_eq!(Day::from(today.date()), today);
        prop_assert!(today.epoch_seconds() <= moment && moment < today.plus(1).epoch_seconds());
        for period in [QuotaPeriod::Day, QuotaPeriod::Month, QuotaPeriod::Week] {
            let days = period.days(today);
            prop_assert!(days.contains(&today));
            prop_assert_eq!(period.days(days.start), days.clone());
            prop_assert_eq!(period.days(days.end).start, days.end);
        }
    }
}
