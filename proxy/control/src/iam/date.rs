//! Dates as IAM writes them, and as policies compare them.

use chrono::DateTime;

/// `2023-11-14T22:13:20Z`
pub(crate) fn iso_8601(seconds: i64) -> String {
    let date = DateTime::from_timestamp(seconds, 0).unwrap_or_default();
    date.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}
