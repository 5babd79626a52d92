//! What API keys have used, on its way to the store: off the path of requests, twice a second.
//!
//! What was counted since the last time is lost with a process that is killed: less than a second of
//! it, as long as the disk takes no half second to write. Nothing is lost by one that ends in order.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::Context as _;
use control::UsageCounts;
use pipeline::Limiter;
use store::Store;
use throttle::Day;

use crate::clock::Clock;

/// Half of what may be lost: the other half is the disk's.
const INTERVAL: Duration = Duration::from_millis(500);

/// Keeps what is used.
#[derive(Clone)]
pub(crate) struct UsageKeeper {
    store: Arc<Store>,
    limiter: Arc<Limiter>,
    /// The day on which what is too old was last forgotten.
    tidied: Arc<Mutex<Option<Day>>>,
}

impl UsageKeeper {
    /// Tells the limiter what was used before, and keeps what is from now on, on a thread of its own.
    ///
    /// # Errors
    /// That the store cannot be read, or the thread not be started.
    pub(crate) fn start(store: Arc<Store>, limiter: Arc<Limiter>) -> anyhow::Result<Self> {
        let used = control::load_usage(&store).context("read what API keys have used")?;
        limiter.usage().load(used);
        let keeper = Self { store, limiter, tidied: Arc::default() };
        let kept = keeper.clone();
        let keep = move || {
            loop {
                thread::park_timeout(INTERVAL);
                kept.keep();
            }
        };
        thread::Builder::new()
            .name("usage".to_owned())
            .spawn(keep)
            .context("start the thread that keeps what API keys use")?;
        Ok(keeper)
    }

    /// Puts on the disk what was used since the last time. What cannot be written is tried again.
    pub(crate) fn keep(&self) {
        // One at a time, so that the last one at the end knows that all is written.
        let mut tidied = self.tidied.lock().unwrap_or_else(PoisonError::into_inner);
        let used = self.limiter.usage().drain();
        if !used.is_empty()
            && let Err(error) = control::keep_usage(&self.store, &used)
        {
            self.limiter.usage().restore(&used);
            tracing::error!(%error, "what API keys use is not written yet");
            return;
        }
        let today = today();
        if *tidied != Some(today) {
            match control::forget_usage(&self.store, today) {
                Ok(()) => *tidied = Some(today),
                Err(error) => tracing::error!(%error, "old usage of API keys is not forgotten yet"),
            }
        }
    }
}

impl UsageCounts for UsageKeeper {
    fn keep(&self) {
        Self::keep(self);
    }
}

fn today() -> Day {
    Day::at(i64::try_from(Clock::epoch_millis() / 1_000).unwrap_or(i64::MAX))
}
