//! What API keys have used, between the memory of the data plane and the store.

use store::{DayRequests, Store, StoreError};
use throttle::{Day, DayUsage};

use super::usage::DAYS_MAX;

/// The longest period, and what a key has of it: a month and the days around it.
const PERIOD_DAYS_MAX: u32 = 40;

/// What quotas have to know when a node starts; `now` is in seconds since 1970.
///
/// # Errors
/// That the store cannot be read.
pub fn load_usage(store: &Store, now: i64) -> Result<Vec<DayUsage>, StoreError> {
    let since = Day::at(now).minus(PERIOD_DAYS_MAX);
    let counts = store.usage().since(since.number())?.into_iter();
    let count = |count: DayRequests| DayUsage {
        key: count.row,
        day: Day::from_number(count.day),
        requests: count.requests,
    };
    Ok(counts.map(count).collect())
}

/// Adds what was used since the last time, and forgets what nobody can ask for any more.
///
/// # Errors
/// That the store cannot be written; then nothing is added.
pub fn keep_usage(store: &Store, used: &[DayUsage], now: i64) -> Result<(), StoreError> {
    let counts = used.iter().map(|used| DayRequests {
        row: used.key,
        day: used.day.number(),
        requests: used.requests,
    });
    // A day more, as a day can be asked for until it is over everywhere.
    let kept_since = Day::at(now).minus(u32::try_from(DAYS_MAX).unwrap_or(u32::MAX) + 1);
    store.usage().add(counts.collect(), kept_since.number())
}
