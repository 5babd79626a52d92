//! How long the calls of one instance have kept a worker thread busy.
//!
//! Counted as the time for which a guest's future is polled: what waits for a timer, a socket or its
//! turn is not. (A thread that the operating system suspends goes on being counted: two reads of
//! the monotonic clock cost a tenth of one of the thread's own.)

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::clock;
use crate::long_runs::{SHORT_RUN, Turn};

/// Of one instance. Only the thread that runs it writes, so nothing here has to be in order.
#[derive(Debug)]
pub(crate) struct CpuMeter {
    origin: Instant,
    /// In polls that are over.
    spent: AtomicU64,
    /// When the poll that is under way began: nanoseconds from the origin.
    resumed: AtomicU64,
    /// Once it has kept one busy for long.
    turn: Turn,
}

impl CpuMeter {
    pub(crate) fn start(turn: Turn) -> Self {
        let [spent, resumed] = [AtomicU64::new(0), AtomicU64::new(0)];
        Self { origin: clock::now(), spent, resumed, turn }
    }

    /// Counts what `poll` takes.
    pub(crate) fn measure<T>(&self, poll: impl FnOnce() -> T) -> T {
        let _turn = self.turn.for_one_poll();
        let began = self.nanoseconds(clock::now());
        self.resumed.store(began, Ordering::Relaxed);
        let polled = poll();
        let took = self.nanoseconds(clock::now()).saturating_sub(began);
        let spent = self.spent.load(Ordering::Relaxed);
        self.spent.store(spent.saturating_add(took), Ordering::Relaxed);
        polled
    }

    /// Lets others run, and goes on when it may.
    pub(crate) async fn yield_now(self: Arc<Self>) {
        tokio::task::yield_now().await;
        if self.spent() >= SHORT_RUN {
            self.turn.take().await;
        }
    }

    /// Spent by now, within a poll.
    pub(crate) fn running(&self, now: Instant) -> Duration {
        let running = self.nanoseconds(now).saturating_sub(self.resumed.load(Ordering::Relaxed));
        Duration::from_nanos(self.spent.load(Ordering::Relaxed).saturating_add(running))
    }

    /// Spent in polls that are over, counted from here anew.
    pub(crate) fn take(&self) -> Duration {
        let spent = self.spent();
        self.spent.store(0, Ordering::Relaxed);
        spent
    }

    /// In polls that are over.
    fn spent(&self) -> Duration {
        Duration::from_nanos(self.spent.load(Ordering::Relaxed))
    }

    fn nanoseconds(&self, now: Instant) -> u64 {
        let since = now.saturating_duration_since(self.origin);
        u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
    }
}
