//! Graceful shutdown: the process ends as soon as the last request in flight is answered.
//!
//! Pingora waits a fixed time after it closed its listeners. This counts what is in flight and ends
//! the process early; the fixed time is the ceiling.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use pingora_core::server::{ExecutionPhase, ShutdownWatch};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

/// The longest that an integration may take, and a second to write its answer.
pub(crate) const GRACE_PERIOD_SECONDS: u64 = 30;

/// How many requests are under way.
#[derive(Clone, Debug, Default)]
pub(crate) struct InFlight(Arc<AtomicUsize>);

/// One request under way; dropped when it is over.
#[derive(Debug)]
pub(crate) struct Passage(Arc<AtomicUsize>);

impl InFlight {
    pub(crate) fn enter(&self) -> Passage {
        self.0.fetch_add(1, Ordering::Relaxed);
        Passage(Arc::clone(&self.0))
    }

    fn is_empty(&self) -> bool {
        self.0.load(Ordering::Relaxed) == 0
    }
}

impl Drop for Passage {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Awaits that the node takes no more requests.
pub(crate) async fn node_ends(mut shutdown: ShutdownWatch) {
    drop(shutdown.wait_for(|is_ending| *is_ending).await);
}

/// Awaits that the listening sockets were handed to another process: this one still accepts, for some
/// seconds. Never returns where that does not happen.
pub(crate) async fn handed_over(mut phases: Receiver<ExecutionPhase>) {
    loop {
        match phases.recv().await {
            Ok(ExecutionPhase::GracefulUpgradeCloseTimeout) => return,
            Ok(_) | Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }
}

/// Ends the process once it is shutting down, nothing is in flight, and `last` is done.
pub(crate) fn exit_when_drained(
    mut phases: Receiver<ExecutionPhase>,
    in_flight: InFlight,
    last: impl FnOnce() + Send + 'static,
) {
    /// How often the count is looked at. Twice empty in a row: what was counted out has been sent.
    const INTERVAL: Duration = Duration::from_millis(50);
    thread::spawn(move || {
        loop {
            match phases.blocking_recv() {
                Ok(ExecutionPhase::ShutdownGracePeriod) => break,
                Ok(_) | Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return,
            }
        }
        let mut empty_in_a_row = 0;
        while empty_in_a_row < 2 {
            thread::park_timeout(INTERVAL);
            empty_in_a_row = if in_flight.is_empty() { empty_in_a_row + 1 } else { 0 };
        }
        last();
        tracing::info!("every request is answered; exiting");
        std::process::exit(0);
    });
}
