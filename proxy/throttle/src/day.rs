//! Days of the calendar, in UTC.

use chrono::{DateTime, Datelike as _, NaiveDate};

/// Seconds of a day: UTC as POSIX counts it has no leap seconds.
const SECONDS: i64 = 24 * 60 * 60;

/// A day, as the number of days since 1970-01-01.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Day(i32);

impl Day {
    /// The day of a moment, in seconds since 1970. What no calendar has is the nearest day that it has.
    pub fn at(epoch_seconds: i64) -> Self {
        Self::nearest(epoch_seconds.div_euclid(SECONDS))
    }

    fn nearest(number: i64) -> Self {
        let bound = |date: NaiveDate| i64::from(Self::from(date).0);
        let number = number.clamp(bound(NaiveDate::MIN), bound(NaiveDate::MAX));
        Self(i32::try_from(number).unwrap_or_default())
    }

    /// The one with this number, as [`Self::number`] tells it.
    pub fn from_number(number: i32) -> Self {
        Self::nearest(number.into())
    }

    /// Days since 1970-01-01.
    pub fn number(self) -> i32 {
        self.0
    }

    /// When it begins, in seconds since 1970.
    pub fn epoch_seconds(self) -> i64 {
        i64::from(self.0) * SECONDS
    }

    /// As a date.
    pub fn date(self) -> NaiveDate {
        DateTime::from_timestamp(self.epoch_seconds(), 0).unwrap_or_default().date_naive()
    }

    /// The day so many days later, or the last one that a calendar has.
    #[must_use]
    pub fn plus(self, days: u32) -> Self {
        Self::nearest(i64::from(self.0) + i64::from(days))
    }

    /// The day so many days earlier, or the first one that a calendar has.
    #[must_use]
    pub fn minus(self, days: u32) -> Self {
        Self::nearest(i64::from(self.0) - i64::from(days))
    }
}

impl From<NaiveDate> for Day {
    fn from(date: NaiveDate) -> Self {
        // Day 1 of the common era, 719,163 days before 1970.
        Self(date.num_days_from_ce() - 719_163)
    }
}
