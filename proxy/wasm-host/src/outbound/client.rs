//! The HTTP client of one function: its connections are nobody else's, and closed with it.
//!
//! It follows no redirect: the guest does, with a request that is checked like any other.

use std::sync::Arc;
use std::time::{Duration, Instant};

use http::header::CONTENT_LENGTH;
use http::{Response, StatusCode};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use model::OutboundDestination;
use tokio::sync::Semaphore;
use wasmtime_wasi_http::{Error, WasiBody};

use crate::clock;
use crate::outbound::connection::{Connection, Unanswered};
use crate::outbound::connector::Connector;
use crate::outbound::failure::Failure;
use crate::outbound::idle_connections::IdleConnections;
use crate::outbound::lease::{BoundedLease, Lease, Share};
use crate::outbound::network::Network;
use crate::outbound::request::{Outgoing, Times};
use crate::outbound::response_body::ResponseBody;

/// One for each version of a function.
pub(crate) struct Client {
    pub(crate) destinations: Vec<OutboundDestination>,
    pub(crate) network: Arc<Network>,
    /// Requests under way.
    pub(crate) concurrency: Arc<Semaphore>,
    connector: Connector,
    idle: Arc<IdleConnections>,
}

impl Client {
    pub(crate) fn new(network: Arc<Network>, destinations: Vec<OutboundDestination>) -> Self {
        let concurrency =
            Arc::new(Semaphore::new(network.settings.limits.function_concurrency_max));
        let connector = Connector::new(Arc::clone(&network));
        Self { destinations, network, concurrency, connector, idle: Arc::default() }
    }

    /// The response to a request, of which the body is still to be read.
    pub(crate) async fn send(
        &self,
        outgoing: Outgoing,
        share: Share,
    ) -> Result<Response<WasiBody>, Failure> {
        let Times { between_bytes, deadline, .. } = outgoing.times;
        let destination = outgoing.destination.clone();
        let (connection, response) = self.exchange(outgoing).await?;
        if response.status() == StatusCode::SWITCHING_PROTOCOLS {
            return Err(Error::HttpUpgradeFailed.into());
        }
        let bytes_max = self.network.settings.limits.response_body_bytes_max;
        let announced = response.headers().get(CONTENT_LENGTH);
        let announced = announced.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
        if announced.is_some_and(|bytes| bytes_max < bytes) {
            return Err(Error::HttpResponseBodySize(announced).into());
        }
        let idle = Arc::clone(&self.idle);
        let lease = BoundedLease::until(deadline, Lease { destination, connection, idle, share });
        let body = |incoming| ResponseBody::new(incoming, bytes_max, between_bytes, lease);
        Ok(response.map(|incoming| body(incoming).boxed_unsync()))
    }

    /// On a connection that waits, or on a new one if there is none or the server closed it.
    async fn exchange(
        &self,
        outgoing: Outgoing,
    ) -> Result<(Connection, Response<Incoming>), Failure> {
        let Outgoing { destination, granted, mut request, fault, times } = outgoing;
        loop {
            let waiting = self.idle.take(&destination);
            let is_new = waiting.is_none();
            let mut connection = match waiting {
                Some(connection) => connection,
                None => {
                    let time_max = times.connect.min(rest(times.deadline));
                    self.connector.connect(&destination, &granted, time_max).await?
                }
            };
            if is_new && let Some(shared) = connection.share() {
                self.idle.put(destination.clone(), shared);
            }
            let time_max = rest(times.deadline).min(times.first_byte.unwrap_or(Duration::MAX));
            let sent = connection.send(&destination, request);
            match tokio::time::timeout(time_max, sent).await {
                Ok(Ok(response)) => return Ok((connection, response)),
                Ok(Err(Unanswered::NotSent(unsent))) if !is_new => request = *unsent,
                Ok(Err(Unanswered::NotSent(_))) => return Err(Error::ConnectionTerminated.into()),
                Ok(Err(Unanswered::Failed(error))) => {
                    return Err(fault.take().unwrap_or(error).into());
                }
                Err(_elapsed) => return Err(Error::HttpResponseTimeout.into()),
            }
        }
    }
}

fn rest(deadline: Instant) -> Duration {
    deadline.saturating_duration_since(clock::now())
}
