//! What a request that is under way holds: its connection, what comes of its response, and its share of
//! what may be under way.
//!
//! A lease ends with the call at the latest, whether or not the guest ever looks at the response. The
//! share lasts for as long as anything of the request is held: it is the request's body's as well, which
//! may wait for a server that has answered and takes no more.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body as _, Frame, SizeHint};
use hyper::body::Incoming;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::AbortHandle;
use wasmtime_wasi_http::Error;

use crate::clock;
use crate::deadline::CallDeadline;
use crate::outbound::connection::Connection;
use crate::outbound::destination::Destination;
use crate::outbound::failure::{self, Failure};
use crate::outbound::idle_connections::IdleConnections;

/// How long a stream may take to be reset once its call is over.
const RESET_TIME_MAX: Duration = Duration::from_millis(500);

/// A connection in use.
pub(crate) struct Lease {
    pub(crate) destination: Destination,
    pub(crate) connection: Connection,
    pub(crate) idle: Arc<IdleConnections>,
    pub(crate) share: Arc<Share>,
    pub(crate) incoming: Incoming,
}

/// Of the requests that a call, a function and the host may have under way.
#[derive(Debug)]
pub(crate) struct Share {
    _permits: [OwnedSemaphorePermit; 3],
    /// What ends the request with its call.
    watchdog: OnceLock<AbortHandle>,
}

impl Share {
    /// Of what is bounded by these; nobody waits for a share.
    pub(crate) fn take(bounds: [(&Arc<Semaphore>, &'static str); 3]) -> Result<Arc<Self>, Failure> {
        let [call, function, host] = bounds.map(|(semaphore, whose)| {
            Arc::clone(semaphore).try_acquire_owned().map_err(|_| {
                Failure::refused(
                    Error::ConnectionLimitReached,
                    format!("too many outgoing requests of {whose} are under way"),
                )
            })
        });
        let permits = [call?, function?, host?];
        Ok(Arc::new(Self { _permits: permits, watchdog: OnceLock::new() }))
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        if let Some(watchdog) = self.watchdog.get() {
            watchdog.abort();
        }
    }
}

/// A lease until the end of a call.
pub(crate) struct BoundedLease(Arc<Mutex<Held>>);

struct Held {
    /// None once it ended.
    lease: Option<Lease>,
    /// Who waits for the response.
    reader: Option<Waker>,
}

impl BoundedLease {
    pub(crate) fn until(deadline: CallDeadline, lease: Lease) -> Self {
        let retirement = lease.connection.retirement();
        let (idle, share) = (Arc::downgrade(&lease.idle), Arc::clone(&lease.share));
        let held = Arc::new(Mutex::new(Held { lease: Some(lease), reader: None }));
        let watched = Arc::downgrade(&held);
        let watchdog = tokio::spawn(async move {
            deadline.reached().await;
            drop(watched.upgrade().and_then(|held| end(&held)));
            tokio::time::sleep(RESET_TIME_MAX).await;
            // The body is still there: the server's window is closed, and only the connection's end
            // makes hyper let go of it. Others' requests may end first.
            retirement.retire();
            if let Some(idle) = idle.upgrade() {
                idle.close_expired(clock::now());
            }
        });
        let _ = share.watchdog.set(watchdog.abort_handle());
        Self(held)
    }

    /// The next part of the response.
    pub(crate) fn poll_frame(
        &self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let mut held = held(&self.0);
        let Some(lease) = &mut held.lease else {
            return Poll::Ready(Some(Err(Error::HttpResponseTimeout)));
        };
        let polled = Pin::new(&mut lease.incoming).poll_frame(context);
        if polled.is_pending() {
            held.reader = Some(context.waker().clone());
        }
        polled.map_err(|error| failure::from_hyper(&error))
    }

    /// Whether nothing more comes of the response.
    pub(crate) fn is_read(&self) -> bool {
        held(&self.0).lease.as_ref().is_none_or(|lease| lease.incoming.is_end_stream())
    }

    /// How much of the response is left.
    pub(crate) fn size_hint(&self) -> SizeHint {
        let held = held(&self.0);
        held.lease.as_ref().map_or_else(SizeHint::default, |lease| lease.incoming.size_hint())
    }

    /// The response is whole: the connection may serve another request.
    pub(crate) fn give_back(&self) {
        let Some(lease) = end(&self.0) else { return };
        let Lease { destination, connection, idle, share, incoming } = lease;
        drop(incoming);
        let is_sent = Arc::into_inner(share).is_some();
        // One of HTTP/1.1 on which a body is still being sent is of no use; one of HTTP/2 is there
        // already.
        if is_sent && connection.share().is_none() {
            idle.put(destination, connection);
        }
    }

    /// The response is of no use any more.
    pub(crate) fn end(&self) {
        drop(end(&self.0));
    }
}

/// Takes the lease, and tells whoever waits for its response.
fn end(bounded: &Mutex<Held>) -> Option<Lease> {
    let mut held = held(bounded);
    let (lease, reader) = (held.lease.take(), held.reader.take());
    drop(held);
    if let Some(reader) = reader {
        reader.wake();
    }
    lease
}

fn held(bounded: &Mutex<Held>) -> MutexGuard<'_, Held> {
    bounded.lock().unwrap_or_else(PoisonError::into_inner)
}
