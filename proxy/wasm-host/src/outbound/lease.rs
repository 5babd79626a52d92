//! What a request that is under way holds: its connection, and its share of what may be under way.
//!
//! A lease ends with the call at the latest, whether or not the guest ever looks at the response.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::AbortHandle;
use wasmtime_wasi_http::Error;

use crate::outbound::connection::Connection;
use crate::outbound::destination::Destination;
use crate::outbound::failure::Failure;
use crate::outbound::idle_connections::IdleConnections;

/// A connection in use.
pub(crate) struct Lease {
    pub(crate) destination: Destination,
    pub(crate) connection: Connection,
    pub(crate) idle: Arc<IdleConnections>,
    pub(crate) share: Share,
}

/// Of the requests that an instance, a function and the host may have under way.
#[derive(Debug)]
pub(crate) struct Share {
    _permits: [OwnedSemaphorePermit; 3],
}

impl Share {
    /// Of what is bounded by these; nobody waits for a share.
    pub(crate) fn take(bounds: [(&Arc<Semaphore>, &'static str); 3]) -> Result<Self, Failure> {
        let [instance, function, host] = bounds.map(|(semaphore, whose)| {
            Arc::clone(semaphore).try_acquire_owned().map_err(|_| {
                Failure::refused(
                    Error::ConnectionLimitReached,
                    format!("too many outgoing requests of {whose} are under way"),
                )
            })
        });
        Ok(Self { _permits: [instance?, function?, host?] })
    }
}

/// A lease until the end of a call.
pub(crate) struct BoundedLease {
    lease: Arc<Mutex<Option<Lease>>>,
    watchdog: AbortHandle,
}

impl BoundedLease {
    pub(crate) fn until(deadline: Instant, lease: Lease) -> Self {
        let lease = Arc::new(Mutex::new(Some(lease)));
        let watched = Arc::downgrade(&lease);
        let watchdog = tokio::spawn(async move {
            tokio::time::sleep_until(deadline.into()).await;
            drop(watched.upgrade().and_then(|lease| take(&lease)));
        });
        Self { lease, watchdog: watchdog.abort_handle() }
    }

    /// The response is whole: the connection may serve another request.
    pub(crate) fn give_back(&self) {
        if let Some(Lease { destination, connection, idle, share }) = take(&self.lease) {
            drop(share);
            // That of HTTP/2 is there already.
            if connection.share().is_none() {
                idle.put(destination, connection);
            }
        }
    }

    /// The response is of no use any more; false if the call ended before.
    pub(crate) fn end(&self) -> bool {
        take(&self.lease).is_some()
    }
}

impl Drop for BoundedLease {
    fn drop(&mut self) {
        self.watchdog.abort();
    }
}

fn take(lease: &Mutex<Option<Lease>>) -> Option<Lease> {
    lease.lock().unwrap_or_else(PoisonError::into_inner).take()
}
