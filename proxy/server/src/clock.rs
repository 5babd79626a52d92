//! The clock and the source of random ids and keys: the only place that reads them.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use pipeline::Ambient;
use uuid::Builder;

/// The clock of this process.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    started: Instant,
}

impl Clock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    pub(crate) fn start() -> Self {
        Self { started: Instant::now() }
    }

    /// Milliseconds since 1970-01-01T00:00:00Z.
    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    pub(crate) fn epoch_millis() -> u64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    }
}

impl Ambient for Clock {
    fn now(&self) -> Duration {
        self.started.elapsed()
    }

    fn percent(&self) -> f64 {
        fastrand::f64() * 100.0
    }

    fn uuid(&self) -> String {
        uuid().to_string()
    }
}

/// Bytes that nobody can guess.
pub(crate) fn fill_random(bytes: &mut [u8]) {
    // Where it fails, no key may be made at all.
    getrandom::fill(bytes).expect("the operating system has randomness once it has started");
}

/// A key that nobody can guess.
pub(crate) fn random_key() -> [u8; 32] {
    let mut key = [0; 32];
    fill_random(&mut key);
    key
}

/// A random UUID. Ids tell requests apart; they are no secret.
pub(crate) fn uuid() -> uuid::Uuid {
    let mut bytes = [0; 16];
    fastrand::fill(&mut bytes);
    Builder::from_random_bytes(bytes).into_uuid()
}
