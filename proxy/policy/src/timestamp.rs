//! The operand of the date operators: a point in time.
//!
//! IAM User Guide, "Date condition operators": one of the W3C forms of ISO 8601
//! (<https://www.w3.org/TR/NOTE-datetime>), or seconds since 1970. Four digits are a year.

use std::str;

/// Enough for the year 33658; more are milliseconds by mistake, or nonsense.
const EPOCH_DIGITS_MAX: usize = 12;
const FRACTION_DIGITS_MAX: usize = 9;

/// Nanoseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Timestamp(i128);

/// A text that is no date.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct InvalidTimestamp;

impl Timestamp {
    pub(crate) fn parse(text: &str) -> Result<Self, InvalidTimestamp> {
        let mut reader = Reader { rest: text.as_bytes() };
        if text.len() != 4 && text.bytes().all(|byte| byte.is_ascii_digit()) {
            if EPOCH_DIGITS_MAX < text.len() {
                return Err(InvalidTimestamp);
            }
            return reader.digits(text.len()).map(Self::from_seconds);
        }
        let year = reader.digits(4)?;
        let (mut month, mut day, mut time) = (1, 1, 0);
        if reader.skip(b'-') {
            month = reader.digits(2)?;
            if reader.skip(b'-') {
                day = reader.digits(2)?;
                if reader.skip(b'T') {
                    time = reader.time()?;
                }
            }
        }
        let in_calendar =
            (1..=12).contains(&month) && (1..=days_in_month(year, month)).contains(&day);
        if !in_calendar || !reader.rest.is_empty() {
            return Err(InvalidTimestamp);
        }
        let midnight = Self::from_seconds(days_since_1970(year, month, day) * 86_400);
        Ok(Self(midnight.0 + time))
    }

    fn from_seconds(seconds: i64) -> Self {
        Self(i128::from(seconds) * 1_000_000_000)
    }
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl Reader<'_> {
    /// `hh:mm[:ss[.s]]` and its zone, in nanoseconds from midnight UTC.
    fn time(&mut self) -> Result<i128, InvalidTimestamp> {
        let (hour, minute) = self.hour_and_minute()?;
        let second = if self.skip(b':') { self.digits(2)? } else { 0 };
        if 59 < second {
            return Err(InvalidTimestamp);
        }
        let nanoseconds = if self.skip(b'.') { self.fraction()? } else { 0 };
        let zone_minutes = if self.skip(b'Z') {
            0
        } else {
            let sign = match (self.skip(b'+'), self.skip(b'-')) {
                (true, false) => 1,
                (false, true) => -1,
                (true, true) | (false, false) => return Err(InvalidTimestamp),
            };
            let (hours, minutes) = self.hour_and_minute()?;
            sign * (hours * 60 + minutes)
        };
        let seconds = (hour * 60 + minute - zone_minutes) * 60 + second;
        Ok(i128::from(seconds) * 1_000_000_000 + i128::from(nanoseconds))
    }

    fn hour_and_minute(&mut self) -> Result<(i64, i64), InvalidTimestamp> {
        let hour = self.digits(2)?;
        let minute = if self.skip(b':') { self.digits(2)? } else { return Err(InvalidTimestamp) };
        if 23 < hour || 59 < minute {
            return Err(InvalidTimestamp);
        }
        Ok((hour, minute))
    }

    fn fraction(&mut self) -> Result<i64, InvalidTimestamp> {
        let count = self.rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if !(1..=FRACTION_DIGITS_MAX).contains(&count) {
            return Err(InvalidTimestamp);
        }
        let value = self.digits(count)?;
        Ok((count..FRACTION_DIGITS_MAX).fold(value, |value, _| value * 10))
    }

    fn digits(&mut self, count: usize) -> Result<i64, InvalidTimestamp> {
        let (digits, rest) = self.rest.split_at_checked(count).ok_or(InvalidTimestamp)?;
        if !digits.iter().all(u8::is_ascii_digit) {
            return Err(InvalidTimestamp);
        }
        self.rest = rest;
        str::from_utf8(digits).ok().and_then(|digits| digits.parse().ok()).ok_or(InvalidTimestamp)
    }

    fn skip(&mut self, byte: u8) -> bool {
        match self.rest.split_first() {
            Some((first, rest)) if *first == byte => {
                self.rest = rest;
                true
            }
            Some(_) | None => false,
        }
    }
}

fn is_leap_year(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap_year(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Howard Hinnant, "chrono-compatible low-level date algorithms", `days_from_civil`, for years 0 to 9999.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year_from_march = if month <= 2 { year - 1 } else { year };
    let era = year_from_march.div_euclid(400);
    let year_of_era = year_from_march.rem_euclid(400);
    let month_from_march = (month + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

#[cfg(test)]
mod tests;
