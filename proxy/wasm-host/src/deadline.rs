//! When a call must have ended.
//!
//! Two things enforce it: code that runs is stopped by the store's epoch callback (see `state`),
//! and code that waits for the host is stopped here, by a timer.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use tokio::task::unconstrained;
use tokio::time::sleep_until;

use crate::client_wait::ClientWait;
use crate::clock;
use crate::cpu_meter::CpuMeter;

/// How exactly a deadline is kept that moves.
const STEP: Duration = Duration::from_millis(5);

/// A point in time, and how long after the call's begin it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline {
    pub(crate) at: Instant,
    pub(crate) timeout: Duration,
}

/// The deadline of a call that may wait for its client: it is later by as much.
#[derive(Clone, Debug)]
pub(crate) struct CallDeadline {
    at: Instant,
    client: Option<Arc<ClientWait>>,
    /// In any case.
    latest: Option<Instant>,
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

impl CallDeadline {
    /// Of a call with this client.
    pub(crate) fn new(deadline: Deadline, client: Option<Arc<ClientWait>>) -> Self {
        Self { at: deadline.at, client, latest: None }
    }

    /// The same, or `time` from now if that is sooner.
    pub(crate) fn within(&self, time: Option<Duration>) -> Self {
        Self { latest: time.map(|time| clock::now() + time), ..self.clone() }
    }

    /// When it is if the client is not waited for any longer.
    pub(crate) fn at(&self, now: Instant) -> Instant {
        let at = match &self.client {
            Some(client) => self.at + client.total(now),
            None => self.at,
        };
        self.latest.map_or(at, |latest| latest.min(at))
    }

    /// How long it is until then.
    pub(crate) fn rest(&self) -> Duration {
        let now = clock::now();
        self.at(now).saturating_duration_since(now)
    }

    /// Waits for it.
    pub(crate) async fn reached(&self) {
        loop {
            let now = clock::now();
            let at = self.at(now);
            if at <= now {
                return;
            }
            let step = if self.client.is_some() { STEP } else { Duration::ZERO };
            sleep_until(at.max(now + step).into()).await;
        }
    }

    /// As [`Deadline::bound`], of a call that may wait for its client.
    pub(crate) async fn bound<T>(
        &self,
        meter: &CpuMeter,
        mut call: Pin<&mut impl Future<Output = wasmtime::Result<T>>>,
    ) -> Result<T, Stopped> {
        // The guest may have used up the time that the task has at once.
        let mut reached = pin!(unconstrained(self.reached()));
        poll_fn(|context| {
            self.client_wait(ClientWait::resume);
            if let Poll::Ready(called) = meter.measure(|| call.as_mut().poll(context)) {
                return Poll::Ready(called.map_err(Stopped::Error));
            }
            self.client_wait(ClientWait::suspend);
            reached.as_mut().poll(context).map(|()| Err(Stopped::Elapsed))
        })
        .await
    }

    fn client_wait(&self, change: impl FnOnce(&ClientWait, Instant)) {
        if let Some(client) = &self.client {
            change(client, clock::now());
        }
    }
}

impl From<Deadline> for CallDeadline {
    fn from(deadline: Deadline) -> Self {
        Self::new(deadline, None)
    }
}
