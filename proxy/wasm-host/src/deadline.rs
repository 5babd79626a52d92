//! When a call must have ended.
//!
//! Two things enforce it: code that runs is stopped by the store's epoch callback (see `state`),
//! and code that waits for the host is stopped here, by a timer.

use std::time::{Duration, Instant};

use crate::clock;

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
        Self { at: clock::now() + timeout, timeout }
    }

    /// Awaits a call of a guest. Once this fails, its instance is to be dropped.
    pub(crate) async fn bound<T>(
        &self,
        call: impl Future<Output = wasmtime::Result<T>>,
    ) -> Result<T, Stopped> {
        match tokio::time::timeout_at(self.at.into(), call).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => Err(Stopped::Error(error)),
            Err(_elapsed) => Err(Stopped::Elapsed),
        }
    }
}
