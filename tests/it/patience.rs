//! How long tests wait: long enough for a loaded machine, never for ever.

use std::thread;
use std::time::{Duration, Instant};

/// For an event that is due at once. A test that waits this long fails.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// Measures what a test took.
pub(crate) struct Stopwatch(Instant);

impl Stopwatch {
    #[expect(clippy::disallowed_methods, reason = "tests of the real binary run in real time")]
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}

/// Waits for something that gives no sign: a port that opens, a file that appears.
#[track_caller]
pub(crate) fn wait_for<T>(what: &str, probe: impl FnMut() -> Option<T>) -> T {
    try_for(PATIENCE, probe).unwrap_or_else(|| panic!("{what} did not happen in time"))
}

/// The same, for what may not happen.
pub(crate) fn try_for<T>(time: Duration, mut probe: impl FnMut() -> Option<T>) -> Option<T> {
    const INTERVAL: Duration = Duration::from_millis(10);
    let stopwatch = Stopwatch::start();
    loop {
        if let Some(found) = probe() {
            return Some(found);
        }
        if stopwatch.elapsed() > time {
            return None;
        }
        thread::park_timeout(INTERVAL);
    }
}
