//! Guests that run for long leave a worker thread to everybody else.
//!
//! A guest runs at once when it begins. One that has run for longer than [`SHORT_RUN`] takes a turn for
//! each time slice: there is one turn fewer than worker threads, but one at least, and who waits longest
//! is next. So calls that are short find a thread that is free, however many others never end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::Semaphore;

/// Most calls are over by then, and need no turn.
pub(crate) const SHORT_RUN: Duration = Duration::from_millis(2);

/// Of one host.
#[derive(Debug)]
pub(crate) struct LongRuns {
    /// A guest ran for longer than from one epoch to the next.
    is_noticed: AtomicBool,
    turns: Semaphore,
}

/// That of one instance.
#[derive(Debug)]
pub(crate) struct Turn {
    long_runs: Arc<LongRuns>,
    is_taken: AtomicBool,
}

impl LongRuns {
    /// Of a host whose guests are run by so many threads.
    pub(crate) fn new(threads: usize) -> Self {
        let turns = threads.saturating_sub(1).clamp(1, Semaphore::MAX_PERMITS);
        Self { is_noticed: AtomicBool::new(false), turns: Semaphore::new(turns) }
    }

    /// A guest has met an epoch.
    pub(crate) fn notice(&self) {
        self.is_noticed.store(true, Ordering::Relaxed);
    }

    /// Whether one has since this was asked last.
    pub(crate) fn take_notice(&self) -> bool {
        self.is_noticed.swap(false, Ordering::Relaxed)
    }
}

impl Turn {
    pub(crate) fn new(long_runs: Arc<LongRuns>) -> Self {
        Self { long_runs, is_taken: AtomicBool::new(false) }
    }

    /// Waits for a turn, which lasts to the end of this poll.
    pub(crate) async fn take(&self) {
        if let Ok(permit) = self.long_runs.turns.acquire().await {
            permit.forget();
            self.is_taken.store(true, Ordering::Relaxed);
        }
    }

    /// Ends the turn, if there is one, when it is dropped.
    pub(crate) fn for_one_poll(&self) -> PollEnd<'_> {
        PollEnd(self)
    }
}

/// Ends a turn when it is dropped.
pub(crate) struct PollEnd<'a>(&'a Turn);

impl Drop for PollEnd<'_> {
    fn drop(&mut self) {
        if self.0.is_taken.load(Ordering::Relaxed) {
            self.0.is_taken.store(false, Ordering::Relaxed);
            self.0.long_runs.turns.add_permits(1);
        }
    }
}
