//! Outgoing `wasi:http` of one instance, within what its function is granted.
//!
//! Each request is checked against the allow-list here and against the addresses where its connection
//! is made (`connector`); how much, how long and how many at once is bounded. The modules,
//! in the order of a request: `destination`, `request`, `client`, `connector`, `connection`,
//! `response_body`.

mod address_check;
mod client;
mod connection;
mod connector;
mod destination;
mod failure;
mod idle_connections;
mod lease;
mod network;
mod public_address;
mod request;
mod request_body;
mod response_body;
mod settings;
mod system_resolver;
mod trust;

use std::sync::Arc;

use http::Request;
use tokio::sync::Semaphore;
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody, WasiHttpHooks};

use crate::bindings::edgeway::plugin::log::Level;
use crate::call_log::CallLog;
use crate::deadline::{CallDeadline, Deadline};
use crate::outbound::destination::Destination;
use crate::outbound::failure::Failure;
use crate::outbound::lease::Share;
use crate::outbound::request::{Outgoing, Times, checked};
use crate::outbound::request_body::Guest;

pub(crate) use client::Client;
pub(crate) use network::Network;
pub use settings::{OutboundSettings, Resolve};

/// What of a body is passed at once: two parts wait for whoever takes them, also when nobody will.
const BODY_PART_BYTES_MAX: usize = 64 * 1024;

/// What the host of `wasi:http` asks to send the requests of one instance.
pub(crate) struct Outbound {
    client: Arc<Client>,
    log: Arc<CallLog>,
    guest: Arc<Guest>,
    /// Requests under way.
    concurrency: Arc<Semaphore>,
    /// Requests that the call may still send.
    requests_left: u32,
    deadline: CallDeadline,
}

type Sent = Result<(http::Response<WasiBody>, Box<dyn Future<Output = Transmitted> + Send>), Error>;
type Transmitted = Result<(), Error>;

impl Outbound {
    /// For an instance whose start ends at `deadline`.
    pub(crate) fn new(client: Arc<Client>, log: Arc<CallLog>, deadline: Deadline) -> Self {
        Self {
            concurrency: permits(client.limits.call_concurrency),
            requests_left: client.limits.call_requests,
            guest: Arc::default(),
            client,
            log,
            deadline: deadline.into(),
        }
    }

    /// What is sent from now on belongs to another call.
    pub(crate) fn begin_call(&mut self) {
        self.requests_left = self.client.limits.call_requests;
    }

    /// When the call has to be over, and its requests with it.
    pub(crate) fn set_deadline(&mut self, deadline: &CallDeadline) {
        self.deadline = deadline.clone();
    }

    /// From now on the instance completes no request.
    pub(crate) fn leave(&self) {
        self.guest.leave();
    }

    fn admit(
        &mut self,
        request: Request<WasiBody>,
        options: Option<RequestOptions>,
    ) -> Result<Outgoing, Failure> {
        let limits = &self.client.limits;
        self.requests_left = self.requests_left.checked_sub(1).ok_or_else(|| {
            let max = limits.call_requests;
            let explanation = format!("a call may send {max} requests");
            Failure::refused(Error::ConnectionLimitReached, explanation)
        })?;
        let destination = Destination::of(request.uri())?;
        let granted = destination.granted(&self.client.destinations)?;
        let share = Share::take([
            (&self.concurrency, "the call"),
            (&self.client.concurrency, "the function"),
            (&self.client.network.concurrency, "all functions"),
        ])?;
        let guest = Arc::clone(&self.guest);
        let request = checked(request, limits.request_bytes_max, guest)?;
        let request = request.map(|body| body.sharing(Arc::clone(&share)));
        let fault = request.body().fault();
        let options = options.unwrap_or_default();
        let times = Times {
            connect: options
                .connect_timeout
                .map_or(limits.connect_timeout, |time| time.min(limits.connect_timeout)),
            first_byte: options.first_byte_timeout,
            between_bytes: options.between_bytes_timeout,
            deadline: self.deadline.within(limits.timeout),
        };
        Ok(Outgoing { destination, granted, request, share, fault, times })
    }
}

impl Drop for Outbound {
    fn drop(&mut self) {
        self.leave();
    }
}

impl WasiHttpHooks for Outbound {
    /// The host is what the request is sent to, and nothing that the guest can write.
    fn set_host_header(&mut self) -> bool {
        false
    }

    fn p2_outgoing_body_chunk_size(&mut self) -> usize {
        BODY_PART_BYTES_MAX
    }

    fn p3_outgoing_body_chunk_size(&mut self) -> usize {
        BODY_PART_BYTES_MAX
    }

    fn send_request(
        &mut self,
        request: Request<WasiBody>,
        options: Option<RequestOptions>,
        _received: Box<dyn Future<Output = Transmitted> + Send>,
    ) -> Box<dyn Future<Output = Sent> + Send> {
        let admitted = self.admit(request, options);
        let (client, log) = (Arc::clone(&self.client), Arc::clone(&self.log));
        Box::new(async move {
            let sent = match admitted {
                Ok(outgoing) => client.send(outgoing).await,
                Err(failure) => Err(failure),
            };
            match sent {
                // The connection runs by itself.
                Ok(response) => Ok((response, Box::new(std::future::ready(Ok(()))) as Box<_>)),
                Err(failure) => Err(logged(failure, &log)),
            }
        })
    }
}

/// For so many requests at once.
fn permits(requests: u32) -> Arc<Semaphore> {
    let requests = usize::try_from(requests).unwrap_or(Semaphore::MAX_PERMITS);
    Arc::new(Semaphore::new(requests))
}

/// The explanation is for those who run the function, in its log.
fn logged(failure: Failure, log: &CallLog) -> Error {
    if let Some(explanation) = failure.explanation {
        log.log(Level::Warn, &format!("an outgoing request is refused: {explanation}"));
    }
    failure.error
}
