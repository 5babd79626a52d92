//! One token bucket, as the moment when it is full again.
//!
//! Each token that is taken makes that moment later by the time that a token needs to come back (the
//! generic cell rate algorithm, ITU-T I.371). So the arithmetic is of whole nanoseconds and nothing
//! has to be done as time goes by; the order in which takers come does not matter, and a bucket can be
//! forgotten when its moment has passed.

use std::time::Duration;

use crate::Limit;

/// How much more than its burst a bucket may lack, when that was made smaller: what is spent is not
/// forgotten. More is a clock that was set back.
const OVERDRAWN_NANOS_MAX: u64 = 24 * 3_600 * 1_000_000_000;

/// A bucket. It is full until something is taken.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Bucket {
    /// Nanoseconds on the caller's clock.
    pub(crate) full_at: u64,
    /// Of the limit that it was last used with.
    token_nanos: u64,
}

/// What a taker leaves.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Level {
    /// Tokens that are left.
    pub remaining: u32,
    /// Until all of them are there again.
    pub full_in: Duration,
}

/// There is no token, or no room to count one.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Exhausted {
    /// When there is one, if nobody else takes it. None if there never is.
    pub retry_in: Option<Duration>,
}

impl Bucket {
    /// Whether it can be forgotten.
    pub(crate) fn is_full(&self, now: u64) -> bool {
        self.full_at <= now
    }

    /// Takes a token.
    pub(crate) fn take(&mut self, limit: &Limit, now: u64) -> Result<Level, Exhausted> {
        let Some(token_nanos) = limit.token_nanos() else {
            return Err(Exhausted { retry_in: None });
        };
        self.change(token_nanos, now);
        let (full_at, taken) = take(self.full_at, token_nanos, limit.burst(), now);
        self.full_at = full_at;
        taken
    }

    /// Gives back what was taken for a request that was not let through after all.
    pub(crate) fn give_back(&mut self) {
        self.full_at = self.full_at.saturating_sub(self.token_nanos);
    }

    /// What is missing is the same number of tokens at another rate; rounded up.
    fn change(&mut self, token_nanos: u64, now: u64) {
        let old = self.token_nanos;
        if old == token_nanos {
            return;
        }
        self.token_nanos = token_nanos;
        let missing = self.full_at.saturating_sub(now);
        if old != 0 && missing != 0 {
            let scaled = (u128::from(missing) * u128::from(token_nanos)).div_ceil(old.into());
            self.full_at = now.saturating_add(u64::try_from(scaled).unwrap_or(u64::MAX));
        }
    }
}

/// The moment when the bucket is full again after a taker, and what the taker gets.
pub(crate) fn take(
    full_at: u64,
    token_nanos: u64,
    burst: u32,
    now: u64,
) -> (u64, Result<Level, Exhausted>) {
    let capacity = token_nanos * u64::from(burst);
    let missing = full_at.saturating_sub(now);
    if missing <= capacity - token_nanos {
        let missing = missing + token_nanos;
        let remaining = u32::try_from((capacity - missing) / token_nanos).unwrap_or(u32::MAX);
        let level = Level { remaining, full_in: Duration::from_nanos(missing) };
        return (now.saturating_add(missing), Ok(level));
    }
    let is_strange = capacity.saturating_add(OVERDRAWN_NANOS_MAX) < missing;
    let missing = if is_strange { capacity } else { missing };
    let retry_in = Duration::from_nanos(missing - (capacity - token_nanos));
    let full_at = if is_strange { now.saturating_add(missing) } else { full_at };
    (full_at, Err(Exhausted { retry_in: Some(retry_in) }))
}
