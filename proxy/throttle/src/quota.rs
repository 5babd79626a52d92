//! Quotas: so many requests in each calendar period, in UTC.

use std::ops::Range;

use chrono::Datelike as _;

use crate::Day;

/// So many requests in each period.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Quota {
    /// Requests of a period.
    pub limit: u64,
    /// Requests that the first period of a key has less.
    pub offset: u64,
    /// From when to when.
    pub period: QuotaPeriod,
}

/// Which days belong together.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum QuotaPeriod {
    /// Midnight to midnight.
    Day,
    /// The first of a month to its last day.
    Month,
    /// Monday to Sunday.
    Week,
}

/// What a key is held to: the quota of its plan, and what is different for it.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Terms {
    /// Of the plan.
    pub quota: Quota,
    /// When the key came to the plan.
    pub since: Day,
    /// What it was given instead, for one period.
    pub grant: Option<Grant>,
}

/// Another limit for one period: the one of its day, from that day on.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Grant {
    /// When it was given.
    pub day: Day,
    /// Requests of the period, with those that had been used.
    pub limit: u64,
}

impl QuotaPeriod {
    /// The days of the period that a day is in.
    pub fn days(self, day: Day) -> Range<Day> {
        match self {
            Self::Day => day..day.plus(1),
            Self::Month => {
                let date = day.date();
                let first = day.minus(date.day0());
                first..first.plus(date.num_days_in_month().into())
            }
            Self::Week => {
                let first = day.minus(day.date().weekday().num_days_from_monday());
                first..first.plus(7)
            }
        }
    }
}

impl Terms {
    /// The requests that the period of a day has, as they stand on that day.
    pub fn limit(&self, day: Day) -> u64 {
        self.limit_in(&self.quota.period.days(day), day)
    }

    /// The same, where the days of the period are known.
    pub fn limit_in(&self, days: &Range<Day>, day: Day) -> u64 {
        let is_current = |then: Day| days.start <= then && then <= day;
        match self.grant {
            Some(grant) if is_current(grant.day) => grant.limit,
            _ if is_current(self.since) => self.quota.limit.saturating_sub(self.quota.offset),
            _ => self.quota.limit,
        }
    }
}
