//! For how long a call waits for its client to send: time that is the client's, and not the function's.
//!
//! A call waits while its guest has asked for more of the request's body, has nothing to do, and the
//! client has sent nothing. A guest that runs does not wait, whatever it asked for.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Of one call. How long it may be in all is for those to say who read from the client.
#[derive(Debug, Default)]
pub(crate) struct ClientWait(Mutex<Wait>);

#[derive(Debug, Default)]
struct Wait {
    /// Whether the guest asked for what the client has not sent yet.
    is_asked: bool,
    /// Set while the call waits.
    since: Option<Instant>,
    /// Before that.
    total: Duration,
}

impl ClientWait {
    /// The guest asked for more.
    pub(crate) fn ask(&self) {
        self.wait().is_asked = true;
    }

    /// The client sent something, or ended.
    pub(crate) fn answer(&self, now: Instant) {
        let mut wait = self.wait();
        wait.is_asked = false;
        wait.end(now);
    }

    /// The guest has nothing to do.
    pub(crate) fn suspend(&self, now: Instant) {
        let mut wait = self.wait();
        if wait.is_asked && wait.since.is_none() {
            wait.since = Some(now);
        }
    }

    /// The guest runs, or nobody reads from the client.
    pub(crate) fn resume(&self, now: Instant) {
        self.wait().end(now);
    }

    /// In all.
    pub(crate) fn total(&self, now: Instant) -> Duration {
        let wait = self.wait();
        wait.total + wait.since.map_or(Duration::ZERO, |since| now.saturating_duration_since(since))
    }

    fn wait(&self) -> MutexGuard<'_, Wait> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wait {
    fn end(&mut self, now: Instant) {
        if let Some(since) = self.since.take() {
            self.total += now.saturating_duration_since(since);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_waits_while_its_guest_has_asked_and_does_nothing() {
        let wait = ClientWait::default();
        let began = crate::clock::now();
        let at = |millis| began + Duration::from_millis(millis);
        let total = |now| wait.total(at(now)).as_millis();
        wait.suspend(at(0));
        assert_eq!(total(100), 0, "it has not asked");
        wait.ask();
        wait.suspend(at(100));
        assert_eq!(total(150), 50);
        wait.suspend(at(160));
        wait.resume(at(200));
        assert_eq!(total(300), 100, "it runs");
        wait.suspend(at(300));
        wait.answer(at(310));
        wait.suspend(at(320));
        assert_eq!(total(400), 110, "the client has sent");
    }
}
