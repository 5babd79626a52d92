//! Connections of one function that wait for a request: few, and not for long.
//!
//! One of HTTP/2 stays here while it is used, and is not idle then.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use crate::clock;
use crate::outbound::connection::Connection;
use crate::outbound::destination::Destination;

/// Connections kept for one function. The one that waits longest makes room.
const CONNECTIONS_MAX: usize = 16;

/// How long a connection waits. Servers close theirs after 60 seconds and more.
const WAIT_MAX: Duration = Duration::from_secs(30);

/// Of one function.
#[derive(Default)]
pub(crate) struct IdleConnections(Mutex<Waiting>);

#[derive(Default)]
struct Waiting {
    /// The one that was used last is at the end.
    connections: Vec<Idle>,
    /// Set while a task waits to close connections.
    sweeper: Option<tokio::task::AbortHandle>,
}

struct Idle {
    destination: Destination,
    connection: Connection,
    since: Instant,
}

impl IdleConnections {
    /// A connection that a request can be sent on now.
    pub(crate) fn take(&self, destination: &Destination) -> Option<Connection> {
        // Dropped once the lock is not held any more.
        let mut closed = Vec::new();
        let mut waiting = self.waiting();
        let now = clock::now();
        let mut index = waiting.connections.len();
        while let Some(below) = index.checked_sub(1) {
            index = below;
            let idle = &mut waiting.connections[index];
            if idle.connection.is_closed() {
                closed.push(waiting.connections.remove(index));
            } else if idle.destination == *destination && idle.connection.is_ready() {
                if let Some(shared) = idle.connection.share() {
                    idle.since = now;
                    return Some(shared);
                }
                return Some(waiting.connections.remove(index).connection);
            }
        }
        None
    }

    /// Keeps a connection for later requests.
    pub(crate) fn put(self: &Arc<Self>, destination: Destination, connection: Connection) {
        if connection.is_closed() {
            return;
        }
        let mut waiting = self.waiting();
        let longest_waiting =
            (CONNECTIONS_MAX <= waiting.connections.len()).then(|| waiting.connections.remove(0));
        waiting.connections.push(Idle { destination, connection, since: clock::now() });
        if waiting.sweeper.as_ref().is_none_or(tokio::task::AbortHandle::is_finished) {
            let sweeper = tokio::spawn(sweep(Arc::downgrade(self)));
            waiting.sweeper = Some(sweeper.abort_handle());
        }
        drop(waiting);
        drop(longest_waiting);
    }

    /// Closes what waited for too long; whether anything is left.
    pub(crate) fn close_expired(&self, now: Instant) -> bool {
        let mut waiting = self.waiting();
        let expired: Vec<Idle> = waiting
            .connections
            .extract_if(.., |idle| {
                if !idle.connection.is_unused() {
                    idle.since = now;
                }
                WAIT_MAX <= now.saturating_duration_since(idle.since) || idle.connection.is_closed()
            })
            .collect();
        let is_empty = waiting.connections.is_empty();
        if is_empty {
            waiting.sweeper = None;
        }
        drop(waiting);
        drop(expired);
        !is_empty
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Closes connections that wait for too long, until there is none or nobody who has them.
async fn sweep(idle: Weak<IdleConnections>) {
    loop {
        tokio::time::sleep(WAIT_MAX / 4).await;
        let is_over = idle.upgrade().is_none_or(|idle| !idle.close_expired(clock::now()));
        if is_over {
            return;
        }
    }
}
