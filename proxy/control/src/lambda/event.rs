//! Events that functions are called with later.
//!
//! The queue is in memory: what waits when the process ends is lost, which AWS would not lose. It
//! is bounded by the bytes of what waits.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use model::{InvocationError, Plugin};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::{Mutex, OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;

use crate::port::FunctionHost;
use crate::refusal::Refusal;

/// Memory for events that wait, in KiB: a small event counts as one.
const QUEUE_KIB_MAX: usize = 64 * 1024;

/// Calls at once; the rest is left for those that somebody waits for.
const CALLS_AT_ONCE: usize = 16;

/// When a call that failed is tried again (AWS: after one minute, and after two more).
const RETRIES_AFTER: [Duration; 2] = [Duration::from_secs(60), Duration::from_secs(120)];

/// A call that nobody waits for.
pub(crate) struct Event {
    pub(crate) plugin: Plugin,
    pub(crate) event: Bytes,
    pub(crate) request_id: String,
}

/// An event, and its place in the queue.
type Queued = (Event, OwnedSemaphorePermit);

pub(crate) struct EventQueue {
    room: Arc<Semaphore>,
    sender: UnboundedSender<Queued>,
    receiver: Mutex<UnboundedReceiver<Queued>>,
}

impl EventQueue {
    pub(crate) fn new() -> Self {
        let (sender, receiver) = unbounded_channel();
        let room = Arc::new(Semaphore::new(QUEUE_KIB_MAX));
        Self { room, sender, receiver: Mutex::new(receiver) }
    }

    /// Adds an event.
    ///
    /// # Errors
    /// When there is no room for it.
    pub(crate) fn add(&self, event: Event) -> Result<(), Refusal> {
        let kib = u32::try_from(event.event.len() / 1024 + 1).unwrap_or(u32::MAX);
        let room = Arc::clone(&self.room).try_acquire_many_owned(kib);
        let room = room.map_err(|_| Refusal::throttled("ConcurrentInvocationLimitExceeded"))?;
        self.sender.send((event, room)).map_err(|_| Refusal::internal("no one calls for events"))
    }

    /// Calls functions with what is added. Never ends.
    pub(crate) async fn run(&self, host: &Arc<dyn FunctionHost>) {
        let mut receiver = self.receiver.lock().await;
        let calls = Arc::new(Semaphore::new(CALLS_AT_ONCE));
        let mut under_way = JoinSet::new();
        while let Some((event, room)) = receiver.recv().await {
            while under_way.try_join_next().is_some() {}
            let (host, calls) = (Arc::clone(host), Arc::clone(&calls));
            under_way.spawn(async move {
                deliver(&*host, &calls, &event).await;
                drop(room);
            });
        }
    }
}

async fn deliver(host: &dyn FunctionHost, calls: &Semaphore, event: &Event) {
    for retry_after in RETRIES_AFTER.into_iter().map(Some).chain([None]) {
        let Err(error) = attempt(host, calls, event).await else { return };
        let function = event.plugin.arn.as_ref();
        let request_id = event.request_id.as_str();
        match retry_after {
            Some(wait) => {
                tracing::info!(function, request_id, %error, "an event failed; it is tried again");
                tokio::time::sleep(wait).await;
            }
            None => tracing::warn!(function, request_id, %error, "an event failed and is dropped"),
        }
    }
}

async fn attempt(
    host: &dyn FunctionHost,
    calls: &Semaphore,
    event: &Event,
) -> Result<Bytes, InvocationError> {
    // It is never closed.
    let _place = calls.acquire().await;
    let Event { plugin, event, request_id } = event;
    host.invoke(plugin.clone(), event.clone(), request_id.clone()).await.result
}
