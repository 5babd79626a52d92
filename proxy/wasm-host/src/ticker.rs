//! The thread that counts epochs: every tick, guest code that runs looks at its deadline.
//!
//! Ticks are slow while calls are short, as a thread that wakes costs something, and fast while a
//! guest runs for long: it then has its worker thread for a millisecond at a time.
//!
//! Now and then it also drops instances that were idle for too long. It ends when it is dropped.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::clock;
use crate::engine::Engines;
use crate::idle_registry::IdleRegistry;

/// How long a guest may keep a worker thread to itself when it has just begun.
const TICK: Duration = Duration::from_millis(10);

/// The same for one that goes on: what other calls wait for each time it has its turn.
const FAST_TICK: Duration = Duration::from_millis(1);

/// For how long ticks stay fast after the last guest that ran for long.
const FAST_TICKS: u32 = 20;

/// Idle times are seconds and more.
const SWEEP_INTERVAL: Duration = Duration::from_secs(1);

/// The running thread.
#[derive(Debug)]
pub(crate) struct Ticker {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Ticker {
    /// `long_run` is set by guests that run for longer than a tick.
    pub(crate) fn start(
        engines: Engines,
        idle: Arc<IdleRegistry>,
        long_run: Arc<AtomicBool>,
    ) -> io::Result<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = thread::Builder::new()
            .name("edgeway-epochs".to_owned())
            .spawn(move || tick(&engines, &idle, &long_run, &stopped))?;
        Ok(Self { stop, thread: Some(thread) })
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            if thread.join().is_err() {
                tracing::error!("the epoch thread panicked");
            }
        }
    }
}

fn tick(engines: &Engines, idle: &IdleRegistry, long_run: &AtomicBool, stopped: &AtomicBool) {
    let mut swept = clock::now();
    let mut fast_ticks = 0_u32;
    while !stopped.load(Ordering::Relaxed) {
        let is_long = long_run.swap(false, Ordering::Relaxed);
        fast_ticks = if is_long { FAST_TICKS } else { fast_ticks.saturating_sub(1) };
        thread::park_timeout(if fast_ticks > 0 { FAST_TICK } else { TICK });
        engines.increment_epoch();
        let now = clock::now();
        if now.saturating_duration_since(swept) >= SWEEP_INTERVAL {
            swept = now;
            idle.expire(now);
        }
    }
}
