//! What keys have used, day by day, and whether it is too much.
//!
//! Days are kept one by one, so that every period can be summed up: a plan may change from days to
//! months, and the clock may be set back, and nothing that was used is forgotten. What was counted
//! since it was last [drained](Usage::drain) is for the caller to put on a disk.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::{Day, Terms};

/// Each with a lock of its own.
const SHARDS: usize = 64;

/// Days that are kept of a key: those of a month, and some that a clock that was wrong has made.
pub(crate) const DAYS_MAX: usize = 40;

/// The counts of all keys, each known by a number.
pub struct Usage {
    shards: Box<[Mutex<Shard>]>,
}

#[derive(Default)]
struct Shard {
    days: HashMap<i64, Vec<DayCount>>,
    /// Keys with something that was not drained.
    changed: Vec<i64>,
}

#[derive(Clone, Copy)]
struct DayCount {
    day: Day,
    used: u64,
    /// Not drained.
    new: u64,
}

/// The requests of one key on one day.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct DayUsage {
    /// The number of the key.
    pub key: i64,
    /// When.
    pub day: Day,
    /// How many.
    pub requests: u64,
}

/// A request that was counted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Counted {
    /// What is left of the quota; none without one.
    pub remaining: Option<u64>,
}

/// Nothing is left of the quota.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct QuotaExceeded;

impl Default for Usage {
    fn default() -> Self {
        Self { shards: (0..SHARDS).map(|_| Mutex::default()).collect() }
    }
}

impl Usage {
    /// Adds what was counted before.
    pub fn load(&self, counts: impl IntoIterator<Item = DayUsage>) {
        for count in counts {
            let mut shard = self.shard(count.key);
            let days = shard.days.entry(count.key).or_default();
            entry(days, count.day).used += count.requests;
        }
    }

    /// Counts a request of a key, if its quota has room for it.
    ///
    /// # Errors
    /// When it has none.
    pub fn count(
        &self,
        key: i64,
        terms: Option<&Terms>,
        today: Day,
    ) -> Result<Counted, QuotaExceeded> {
        let mut shard = self.shard(key);
        let Shard { days, changed } = &mut *shard;
        let days = days.entry(key).or_default();
        let mut remaining = None;
        if let Some(terms) = terms {
            let period = terms.quota.period.days(today);
            let left = terms.limit_in(&period, today).saturating_sub(used(days, &period));
            remaining = Some(left.checked_sub(1).ok_or(QuotaExceeded)?);
        }
        if days.iter().all(|count| count.new == 0) {
            changed.push(key);
        }
        let count = entry(days, today);
        count.used += 1;
        count.new += 1;
        Ok(Counted { remaining })
    }

    /// Takes back what was counted for a request that was not let through after all.
    pub fn give_back(&self, key: i64, day: Day) {
        let mut shard = self.shard(key);
        let days = shard.days.get_mut(&key);
        let count = days.and_then(|days| days.iter_mut().find(|count| count.day == day));
        // What was drained meanwhile stays counted.
        if let Some(count) = count.filter(|count| 0 < count.new) {
            count.used -= 1;
            count.new -= 1;
        }
    }

    /// What was counted since the last time.
    pub fn drain(&self) -> Vec<DayUsage> {
        let mut drained = Vec::new();
        for shard in &self.shards {
            let mut shard = lock(shard);
            let Shard { days, changed } = &mut *shard;
            for key in changed.drain(..) {
                for count in days.get_mut(&key).into_iter().flatten().filter(|count| 0 < count.new)
                {
                    drained.push(DayUsage { key, day: count.day, requests: count.new });
                    count.new = 0;
                }
            }
        }
        drained
    }

    /// Makes what was drained, and could not be kept, be drained again.
    pub fn restore(&self, drained: &[DayUsage]) {
        for count in drained {
            let mut shard = self.shard(count.key);
            let Shard { days, changed } = &mut *shard;
            let days = days.entry(count.key).or_default();
            if days.iter().all(|count| count.new == 0) {
                changed.push(count.key);
            }
            entry(days, count.day).new += count.requests;
        }
    }

    /// Forgets every key but some.
    pub fn retain(&self, is_wanted: impl Fn(i64) -> bool) {
        for shard in &self.shards {
            let mut shard = lock(shard);
            shard.days.retain(|key, days| is_wanted(*key) || days.iter().any(|day| 0 < day.new));
        }
    }

    /// How many days of a key are in memory.
    #[cfg(test)]
    pub(crate) fn days(&self, key: i64) -> usize {
        self.shard(key).days.get(&key).map_or(0, Vec::len)
    }

    fn shard(&self, key: i64) -> MutexGuard<'_, Shard> {
        let shard = key.rem_euclid(SHARDS as i64);
        lock(&self.shards[usize::try_from(shard).unwrap_or_default()])
    }
}

fn lock(shard: &Mutex<Shard>) -> MutexGuard<'_, Shard> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Requests of a period, also on days of it that the clock has not come to again.
fn used(days: &[DayCount], period: &Range<Day>) -> u64 {
    days.iter().filter(|count| period.contains(&count.day)).map(|count| count.used).sum()
}

/// The count of a day. Where there are too many, the first day that has nothing new goes.
fn entry(days: &mut Vec<DayCount>, day: Day) -> &mut DayCount {
    let found = days.iter().rposition(|count| count.day == day);
    let position = found.unwrap_or_else(|| {
        if DAYS_MAX <= days.len() {
            let kept = days.iter().enumerate().filter(|(_, count)| count.new == 0);
            if let Some((first, _)) = kept.min_by_key(|(_, count)| count.day) {
                days.remove(first);
            }
        }
        days.push(DayCount { day, used: 0, new: 0 });
        days.len() - 1
    });
    &mut days[position]
}
