//! Calls of functions that nobody waits for.
//!
//! The queue is in memory: what waits when the process ends is lost, which AWS would not lose. It
//! is bounded by the bytes of what waits.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use model::InvocationError;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::{Mutex, OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;

use crate::port::BoxFuture;

/// Memory for events that wait, in KiB: a small event counts as one.
const QUEUE_KIB_MAX: usize = 64 * 1024;

/// Calls at once; the rest is left for those that somebody waits for.
const CALLS_AT_ONCE: usize = 16;

/// When a call that failed is tried again (AWS: after one minute, and after two more).
const RETRIES_AFTER: [Duration; 2] = [Duration::from_secs(60), Duration::from_secs(120)];

/// An event for a function, and the way to call it.
pub trait Event: Send + Sync {
    /// ARN of the function.
    fn function(&self) -> &str;

    /// Of this invocation, however often it is tried.
    fn request_id(&self) -> &str;

    /// What is held until it was called, in bytes.
    fn size(&self) -> usize;

    /// Calls the function.
    fn attempt(&self) -> BoxFuture<'_, Result<Bytes, InvocationError>>;
}

/// There is no room for an event.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("too many events wait for their functions")]
pub struct QueueFull;

/// An event, and its place in the queue.
type Queued = (Box<dyn Event>, OwnedSemaphorePermit);

/// Events that functions are called with later.
pub struct EventQueue {
    room: Arc<Semaphore>,
    sender: UnboundedSender<Queued>,
    receiver: Mutex<UnboundedReceiver<Queued>>,
}

impl Default for EventQueue {
    fn default() -> Self {
        let (sender, receiver) = unbounded_channel();
        let room = Arc::new(Semaphore::new(QUEUE_KIB_MAX));
        Self { room, sender, receiver: Mutex::new(receiver) }
    }
}

impl EventQueue {
    /// Adds an event.
    ///
    /// # Errors
    /// When there is no room for it.
    pub fn add(&self, event: Box<dyn Event>) -> Result<(), QueueFull> {
        let kib = u32::try_from(event.size() / 1024 + 1).unwrap_or(u32::MAX);
        let room = Arc::clone(&self.room).try_acquire_many_owned(kib).map_err(|_| QueueFull)?;
        self.sender.send((event, room)).map_err(|_| QueueFull)
    }

    /// Calls functions with what is added. Never ends.
    pub async fn run(&self) {
        let mut receiver = self.receiver.lock().await;
        let calls = Arc::new(Semaphore::new(CALLS_AT_ONCE));
        let mut under_way = JoinSet::new();
        while let Some((event, room)) = receiver.recv().await {
            while under_way.try_join_next().is_some() {}
            let calls = Arc::clone(&calls);
            under_way.spawn(async move {
                deliver(&calls, &*event).await;
                drop(room);
            });
        }
    }
}

async fn deliver(calls: &Semaphore, event: &dyn Event) {
    for retry_after in RETRIES_AFTER.into_iter().map(Some).chain([None]) {
        let result = {
            // It is never closed.
            let _place = calls.acquire().await;
            event.attempt().await
        };
        let Err(error) = result else { return };
        let (function, request_id) = (event.function(), event.request_id());
        match retry_after {
            Some(wait) => {
                tracing::info!(function, request_id, %error, "an event failed; it is tried again");
                tokio::time::sleep(wait).await;
            }
            None => tracing::warn!(function, request_id, %error, "an event failed and is dropped"),
        }
    }
}
