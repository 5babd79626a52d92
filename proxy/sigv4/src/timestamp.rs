//! The moment of a signature, to the second, and the forms in which requests write it.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use chrono::{DateTime, NaiveDateTime, Utc};

/// ISO 8601's basic format, in UTC: what is signed.
const BASIC: &str = "%Y%m%dT%H%M%SZ";
/// 9999-12-31T23:59:59Z: a year has four digits.
const LAST: i64 = 253_402_300_799;

/// Prints in the basic format.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Timestamp(DateTime<Utc>);

impl Timestamp {
    pub(crate) fn parse_basic(text: &str) -> Option<Self> {
        // Chrono reads signs, spaces and shorter numbers as well.
        let has_digit =
            |(index, byte): (usize, u8)| matches!(index, 8 | 15) || byte.is_ascii_digit();
        if !text.bytes().enumerate().all(has_digit) {
            return None;
        }
        NaiveDateTime::parse_from_str(text, BASIC).ok().map(|moment| Self(moment.and_utc()))
    }

    /// A `Date` header: HTTP's format (RFC 9110, section 5.6.7; the AWS CLI writes its zone as
    /// `-0000`), or the basic one.
    pub(crate) fn parse_date_header(text: &str) -> Option<Self> {
        Self::parse_basic(text).or_else(|| {
            let moment = DateTime::parse_from_rfc2822(text).ok()?.to_utc();
            (0..=LAST).contains(&moment.timestamp()).then_some(Self(moment))
        })
    }

    pub(crate) fn of(time: SystemTime) -> Self {
        let seconds = time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let seconds = i64::try_from(seconds).unwrap_or(LAST).min(LAST);
        Self(DateTime::from_timestamp(seconds, 0).unwrap_or_default())
    }

    pub(crate) fn plus(self, duration: Duration) -> Self {
        Self(self.0 + duration)
    }

    pub(crate) fn minus(self, duration: Duration) -> Self {
        Self(self.0 - duration)
    }

    /// `YYYYMMDD`, as in a scope.
    pub(crate) fn day(self) -> String {
        self.0.format("%Y%m%d").to_string()
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.format(BASIC).fmt(formatter)
    }
}

#[cfg(test)]
mod tests;
