//! The threads that keep time for guests.
//!
//! One counts epochs: every tick, guest code that runs looks at its deadline. Ticks are slow while
//! calls are short, as a thread that wakes costs something, and fast while a guest runs for long: it
//! then has its worker thread for a millisecond at a time. The other one drops instances that were
//! idle for too long, which takes its time, and no tick may wait for it.
//!
//! Both end when the ticker is dropped.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::clock;
use crate::engine::Engines;
use crate::idle_registry::IdleRegistry;
use crate::long_runs::LongRuns;

/// How long a guest may keep a worker thread to itself when it has just begun.
const TICK: Duration = Duration::from_millis(10);

/// The same for one that goes on: what other calls wait for each time it has its turn.
const FAST_TICK: Duration = Duration::from_millis(1);

/// For how long ticks stay fast after the last guest that ran for long.
const FAST_TICKS: u32 = 20;

/// Idle times are seconds and more.
const SWEEP_INTERVAL: Duration = Duration::from_secs(1);

/// The running threads.
#[derive(Debug, Default)]
pub(crate) struct Ticker {
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl Ticker {
    pub(crate) fn start(
        engines: Engines,
        idle: Arc<IdleRegistry>,
        long_runs: Arc<LongRuns>,
    ) -> io::Result<Self> {
        let mut ticker = Self::default();
        ticker.spawn("edgeway-epochs", move |stopped| tick(&engines, &long_runs, stopped))?;
        ticker.spawn("edgeway-sweeps", move |stopped| sweep(&idle, stopped))?;
        Ok(ticker)
    }

    fn spawn(
        &mut self,
        name: &str,
        run: impl FnOnce(&AtomicBool) + Send + 'static,
    ) -> io::Result<()> {
        let stopped = Arc::clone(&self.stop);
        let thread = thread::Builder::new().name(name.to_owned()).spawn(move || run(&stopped))?;
        self.threads.push(thread);
        Ok(())
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            thread.thread().unpark();
            if thread.join().is_err() {
                tracing::error!("a thread that keeps time panicked");
            }
        }
    }
}

fn tick(engines: &Engines, long_runs: &LongRuns, stopped: &AtomicBool) {
    let mut fast_ticks = 0_u32;
    while !stopped.load(Ordering::Relaxed) {
        fast_ticks =
            if long_runs.take_notice() { FAST_TICKS } else { fast_ticks.saturating_sub(1) };
        thread::park_timeout(if fast_ticks > 0 { FAST_TICK } else { TICK });
        engines.increment_epoch();
    }
}

fn sweep(idle: &IdleRegistry, stopped: &AtomicBool) {
    while !stopped.load(Ordering::Relaxed) {
        thread::park_timeout(SWEEP_INTERVAL);
        idle.expire(clock::now());
    }
}
