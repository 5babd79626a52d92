//! When a call must have ended.
//!
//! Two things enforce it: code that runs is stopped by the store's epoch callback (see `state`),
//! and code that waits for the host is stopped here, by a timer.

use std::future::poll_fn;
use std::pin::Pin;
use std::time::{Duration, Instant};

use crate::clock;
use crate::cpu_meter::CpuMeter;

/// A point in time, and how long after the call's begin it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline {
    pub(crate) at: Instant,
    pub(crate) timeout: Duration,
}

/// Why a call of a guest gave no answer.
pub(crate) enum Stopped {
    Elapsed,
    Error(wasmtime::Error),
}

impl Deadline {
    /// `timeout` from now.
    pub(crate) fn after(timeout: Duration) -> Self {
        Self::since(clock::now(), timeout)
    }

    /// `timeout` from `begin`.
    pub(crate) fn since(begin: Instant, timeout: Duration) -> Self {
        Self { at: begin + timeout, timeout }
    }

    /// Awaits a call of a guest, and counts the time for which it runs. Once this fails, its
    /// instance is to be dropped.
    ///
    /// The call is pinned by the caller: futures of calls are large, and each move copies them.
    pub(crate) async fn bound<T>(
        &self,
        meter: &CpuMeter,
        mut call: Pin<&mut impl Future<Output = wasmtime::Result<T>>>,
    ) -> Result<T, Stopped> {
        let metered = poll_fn(|context| meter.measure(|| call.as_mut().poll(context)));
        match tokio::time::timeout_at(self.at.into(), metered).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => Err(Stopped::Error(error)),
            Err(_elapsed) => Err(Stopped::Elapsed),
        }
    }
}
