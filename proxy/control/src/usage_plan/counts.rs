//! What API keys have used, between the memory of the data plane and the store.
//!
//! Nothing is left out or forgotten by what a clock says alone: one that is ahead would give quotas
//! again when it is put right.

use store::{DayRequests, Store, StoreError};
use throttle::{Day, DayUsage};

use super::usage::DAYS_MAX;

/// Days that are kept before today: those that can be asked for, and one more, as a day can be asked
/// for until it is over everywhere.
const DAYS_KEPT: u32 = DAYS_MAX + 1;

/// What quotas have to know when a node starts.
///
/// # Errors
/// That the store cannot be read.
pub fn load_usage(store: &Store) -> Result<Vec<DayUsage>, StoreError> {
    let count = |count: DayRequests| DayUsage {
        key: count.row,
        day: Day::from_number(count.day),
        requests: count.requests,
    };
    Ok(store.usage().all()?.into_iter().map(count).collect())
}

/// Adds what was used since the last time.
///
/// # Errors
/// That the store cannot be written; then nothing is added.
pub fn keep_usage(store: &Store, used: &[DayUsage]) -> Result<(), StoreError> {
    let counts = used.iter().map(|used| DayRequests {
        row: used.key,
        day: used.day.number(),
        requests: used.requests,
    });
    store.usage().record(counts.collect())
}

/// Forgets what nobody can ask for any more, if that many days were counted since.
///
/// # Errors
/// That the store cannot be written.
pub fn forget_usage(store: &Store, today: Day) -> Result<(), StoreError> {
    store.usage().forget(today.minus(DAYS_KEPT).number(), DAYS_KEPT)
}
