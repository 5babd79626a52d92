//! How long a client may take to send a body that a function reads as it comes: the time that is not
//! the function's is the client's, and has bounds of its own.
//!
//! Pure: the caller passes `now`. Not for bodies that are read whole: see `client_body`.

use std::time::Duration;

use crate::client_body::{CLIENT_BODY_TIME_MAX, CLIENT_SILENCE_MAX};

/// Of one request. Only the time counts in which its client is waited for.
#[derive(Debug, Default)]
pub(crate) struct UploadTime {
    /// Set while the client is waited for.
    since: Option<Duration>,
    /// Before that.
    spent: Duration,
}

impl UploadTime {
    /// How long the client is waited for, from `now`.
    pub(crate) fn rest(&mut self, now: Duration) -> Duration {
        let since = *self.since.get_or_insert(now);
        let max = CLIENT_SILENCE_MAX.min(CLIENT_BODY_TIME_MAX.saturating_sub(self.spent));
        max.saturating_sub(now.saturating_sub(since))
    }

    /// The client sent something.
    pub(crate) fn received(&mut self, now: Duration) {
        if let Some(since) = self.since.take() {
            self.spent += now.saturating_sub(since);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_may_be_silent_for_so_long() {
        let mut time = UploadTime::default();
        let second = Duration::from_secs(1);
        assert_eq!(time.rest(5 * second), CLIENT_SILENCE_MAX);
        assert_eq!(time.rest(25 * second), CLIENT_SILENCE_MAX - 20 * second, "it is the same wait");
        assert_eq!(time.rest(5 * second + CLIENT_SILENCE_MAX), Duration::ZERO);
        time.received(30 * second);
        assert_eq!(time.rest(500 * second), CLIENT_SILENCE_MAX, "the guest took its time");
    }

    #[test]
    fn a_client_that_sends_little_at_a_time_is_bounded_in_all() {
        let mut time = UploadTime::default();
        let step = CLIENT_SILENCE_MAX - Duration::from_secs(1);
        let mut now = Duration::ZERO;
        while time.rest(now) == CLIENT_SILENCE_MAX {
            now += step;
            time.received(now);
        }
        assert!(now < CLIENT_BODY_TIME_MAX, "{now:?}");
        assert_eq!(now + time.rest(now), CLIENT_BODY_TIME_MAX);
    }
}
