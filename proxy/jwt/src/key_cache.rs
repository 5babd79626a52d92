//! When the keys of an issuer are fetched: at first need, again from time to time, and where a token
//! names a key that is not known. Keys that are known stay until others are there.
//!
//! Pure: the caller fetches, and passes `now`, the time since a fixed moment.

use std::sync::Arc;
use std::time::Duration;

use crate::KeySet;

/// How old keys may be before they are fetched again. AWS allows two hours; so long a key that its issuer
/// withdrew would be believed.
const REFRESH_INTERVAL: Duration = Duration::from_secs(300);

/// How long keys are believed that cannot be fetched anew (API Gateway Developer Guide: "can cache the public
/// key for two hours").
const AGE_MAX: Duration = Duration::from_hours(2);

/// Between two attempts where keys are known: tokens that name made-up keys cost an issuer no more.
const RETRY_INTERVAL: Duration = Duration::from_secs(10);

/// Between two attempts where none are: nobody is let in meanwhile.
const FIRST_RETRY_INTERVAL: Duration = Duration::from_secs(1);

/// The keys of one issuer.
#[derive(Debug, Default)]
pub struct KeyCache {
    keys: Option<Arc<KeySet>>,
    fetched: Option<Duration>,
    attempted: Option<Duration>,
    is_fetching: bool,
}

impl KeyCache {
    /// Those that are known, unless they are too old to be believed.
    pub fn keys(&self, now: Duration) -> Option<&Arc<KeySet>> {
        let fetched = self.fetched?;
        self.keys.as_ref().filter(|_| now < fetched + AGE_MAX)
    }

    /// Whether somebody fetches.
    pub fn is_fetching(&self) -> bool {
        self.is_fetching
    }

    /// Whether what is known is old.
    pub fn is_old(&self, now: Duration) -> bool {
        self.fetched.is_some_and(|fetched| fetched + REFRESH_INTERVAL <= now)
    }

    /// Whether the caller may fetch now; if so, nobody else may until it has [`Self::finish`]ed.
    pub fn begin(&mut self, now: Duration) -> bool {
        let interval = if self.keys.is_some() { RETRY_INTERVAL } else { FIRST_RETRY_INTERVAL };
        let is_early = self.attempted.is_some_and(|attempted| now < attempted + interval);
        if self.is_fetching || is_early {
            return false;
        }
        self.attempted = Some(now);
        self.is_fetching = true;
        true
    }

    /// What was fetched; none if that failed. Keys that are the same stay the same value, by which what was
    /// verified with them is still known to be.
    pub fn finish(&mut self, now: Duration, fetched: Option<KeySet>) {
        self.is_fetching = false;
        let Some(fetched) = fetched else { return };
        self.fetched = Some(now);
        if self.keys.as_deref() != Some(&fetched) {
            self.keys = Some(Arc::new(fetched));
        }
    }
}
