//! How often and how much: token buckets by key, and quotas by calendar period.
//!
//! A [`Limit`] is a rate and a burst. A bucket is full at first, each request takes a token, and
//! tokens come back at the rate: in any span of time at most rate × span + burst are taken.
//! [`Buckets`] has one for each of millions of keys, [`SharedBucket`] is a single one that every
//! request takes from. [`Usage`] counts requests day by day, and holds a key to its [`Quota`].
//!
//! Pure: the caller says what time it is. Buckets want a clock that does not go back, and take no harm
//! from one that does; quotas follow the calendar in UTC.
//!
//! Invariants:
//! - A bucket that is not full is never forgotten. Where there is no room for another one, it is the
//!   new key that is refused.
//! - A limit that changes keeps what was spent: the tokens that are missing stay missing, and come
//!   back at the new rate.
//! - No lock is held for longer than one look-up, but for sweeps, which are rare and of one shard.

#![forbid(unsafe_code)]

mod bucket;
mod bucket_key;
mod buckets;
mod day;
mod limit;
mod quota;
mod shared_bucket;
mod usage;

pub use bucket::{Exhausted, Level};
pub use bucket_key::BucketKey;
pub use buckets::Buckets;
pub use day::Day;
pub use limit::Limit;
pub use quota::{Grant, Quota, QuotaPeriod, Terms};
pub use shared_bucket::SharedBucket;
pub use usage::{Counted, DayUsage, QuotaExceeded, Usage};

#[cfg(test)]
mod tests;
