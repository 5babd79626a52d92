//! The thread that counts epochs: every tick, guest code that runs looks at its deadline.
//!
//! Now and then it also drops instances that were idle for too long. It ends when it is dropped.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::clock;
use crate::idle_registry::IdleRegistry;

/// How late a guest is stopped at most, and how long one may keep a worker thread to itself.
const TICK: Duration = Duration::from_millis(10);

/// Idle times are seconds and more.
const TICKS_PER_SWEEP: u32 = 100;

/// The running thread.
#[derive(Debug)]
pub(crate) struct Ticker {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Ticker {
    pub(crate) fn start(engine: wasmtime::Engine, idle: Arc<IdleRegistry>) -> io::Result<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = thread::Builder::new()
            .name("edgeway-epochs".to_owned())
            .spawn(move || tick(&engine, &idle, &stopped))?;
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

fn tick(engine: &wasmtime::Engine, idle: &IdleRegistry, stopped: &AtomicBool) {
    let mut ticks = 0_u32;
    while !stopped.load(Ordering::Relaxed) {
        thread::park_timeout(TICK);
        engine.increment_epoch();
        ticks = ticks.wrapping_add(1);
        if ticks.is_multiple_of(TICKS_PER_SWEEP) {
            idle.expire(clock::now());
        }
    }
}
