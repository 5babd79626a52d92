//! The HTTP client of one function: its connections are nobody else's, and closed with it.
//!
//! It follows no redirect: the guest does, with a request that is checked like any other.

use std::sync::Arc;

use http::{Response, StatusCode};
use http_body::Body as _;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use model::{FunctionSettings, OutboundDestination, OutboundLimits};
use tokio::sync::Semaphore;
use wasmtime_wasi_http::{Error, WasiBody};

use crate::deadline::CallDeadline;
use crate::outbound::connection::{Connection, Retirement, Unanswered};
use crate::outbound::connector::Connector;
use crate::outbound::failure::Failure;
use crate::outbound::idle_connections::IdleConnections;
use crate::outbound::lease::{BoundedLease, Lease};
use crate::outbound::network::Network;
use crate::outbound::permits;
use crate::outbound::request::{Outgoing, Times};
use crate::outbound::response_body::ResponseBody;

/// One for each version of a function.
pub(crate) struct Client {
    pub(crate) destinations: Vec<OutboundDestination>,
    pub(crate) limits: OutboundLimits,
    pub(crate) network: Arc<Network>,
    /// Requests under way.
    pub(crate) concurrency: Arc<Semaphore>,
    connector: Connector,
    idle: Arc<IdleConnections>,
}

impl Client {
    pub(crate) fn new(network: Arc<Network>, settings: &FunctionSettings) -> Self {
        let (destinations, limits) = (settings.outbound.clone(), settings.outbound_limits.clone());
        let concurrency = permits(limits.concurrency);
        let connector = Connector::new(Arc::clone(&network), limits.concurrency);
        Self { destinations, limits, network, concurrency, connector, idle: Arc::default() }
    }

    /// The response to a request, of which the body is still to be read.
    pub(crate) async fn send(&self, outgoing: Outgoing) -> Result<Response<WasiBody>, Failure> {
        let Times { between_bytes, deadline, .. } = outgoing.times.clone();
        let (destination, share) = (outgoing.destination.clone(), Arc::clone(&outgoing.share));
        let (connection, response) = self.exchange(outgoing).await?;
        if response.status() == StatusCode::SWITCHING_PROTOCOLS {
            return Err(Error::HttpUpgradeFailed.into());
        }
        let bytes_max = self.limits.response_bytes_max;
        // The length that an answer to HEAD tells is none of this body.
        let is_sent = |body: &&Incoming| !body.is_end_stream();
        let announced =
            Some(response.body()).filter(is_sent).and_then(|body| body.size_hint().exact());
        if announced.is_some_and(|bytes| bytes_max < bytes) {
            return Err(Error::HttpResponseBodySize(announced).into());
        }
        let idle = Arc::clone(&self.idle);
        Ok(response.map(|incoming| {
            let lease = Lease { destination, connection, idle, share, incoming };
            let lease = BoundedLease::until(deadline, lease);
            ResponseBody::new(lease, bytes_max, between_bytes).boxed_unsync()
        }))
    }

    /// On a connection that waits, or on a new one if there is none or the server closed it.
    async fn exchange(
        &self,
        outgoing: Outgoing,
    ) -> Result<(Connection, Response<Incoming>), Failure> {
        let Outgoing { destination, granted, mut request, fault, times, .. } = outgoing;
        loop {
            let waiting = self.idle.take(&destination);
            let is_new = waiting.is_none();
            let mut connection = match waiting {
                Some(connection) => connection,
                None => {
                    let time_max = times.connect.min(times.deadline.rest());
                    self.connector.connect(&destination, &granted, time_max).await?
                }
            };
            if is_new && let Some(shared) = connection.share() {
                self.idle.put(destination.clone(), shared);
            }
            let unanswered = Unanswering(connection.retirement(), &times.deadline);
            let sent = tokio::select! {
                biased;
                sent = connection.send(&destination, request) => sent,
                () = times.elapsed() => {
                    unanswered.0.retire();
                    return Err(Error::HttpResponseTimeout.into());
                }
            };
            match sent {
                Ok(response) => return Ok((connection, response)),
                Err(Unanswered::NotSent(unsent)) if !is_new => request = *unsent,
                Err(Unanswered::NotSent(_)) => return Err(Error::ConnectionTerminated.into()),
                Err(Unanswered::Failed(error)) => {
                    return Err(fault.take().unwrap_or(error).into());
                }
            }
        }
    }
}

/// A request that waits for its response. A connection on which one waits in vain may be to a server
/// that is not there any more: it serves no others. Dropped after the call's time is over, it did.
struct Unanswering<'t>(Retirement, &'t CallDeadline);

impl Drop for Unanswering<'_> {
    fn drop(&mut self) {
        let Self(retirement, deadline) = self;
        if deadline.rest().is_zero() {
            retirement.retire();
        }
    }
}
