//! A connection to a server, in HTTP/1.1 or HTTP/2.
//!
//! Whatever runs for a connection belongs to it: once the last handle is dropped, its tasks are
//! stopped and its socket is closed.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use http::{Request, Response};
use hyper::body::Incoming;
use hyper::client::conn::{TrySendError, http1, http2};
use hyper::rt::{Read, Write};
use tokio::task::JoinSet;
use wasmtime_wasi_http::Error;

use crate::outbound::destination::Destination;
use crate::outbound::failure;
use crate::outbound::request::{shape_for_http1, shape_for_http2};
use crate::outbound::request_body::RequestBody;

/// Head of a response: as much as gateways take.
const HEAD_BYTES_MAX: usize = 64 * 1024;

/// Headers of a response.
const HEADERS_MAX: usize = 256;

/// Bytes that one stream of HTTP/2 may be ahead of the guest.
const STREAM_WINDOW_BYTES: u32 = 256 * 1024;

/// As RFC 9113 section 6.9.1 has it.
const WINDOW_BYTES_MAX: u32 = (1 << 31) - 1;

/// A handle. That of HTTP/1.1 is the only one.
pub(crate) struct Connection {
    sender: Sender,
    tasks: Arc<Tasks>,
}

enum Sender {
    Http1(http1::SendRequest<RequestBody>),
    Http2(http2::SendRequest<RequestBody>),
}

/// What the server agreed to speak.
pub(crate) enum Protocol {
    Http1,
    Http2 {
        /// Requests at once.
        requests_max: u32,
    },
}

/// A request that got no response.
pub(crate) enum Unanswered {
    /// The server saw nothing of it.
    NotSent(Box<Request<RequestBody>>),
    Failed(Error),
}

/// What runs for one connection.
#[derive(Default)]
struct Tasks {
    running: Mutex<JoinSet<()>>,
    /// Whether it takes no request any more.
    is_retired: AtomicBool,
}

/// Ends the use of a connection, which closes once every request on it has ended. Keeps none open.
pub(crate) struct Retirement(Weak<Tasks>);

impl Retirement {
    pub(crate) fn retire(&self) {
        if let Some(tasks) = self.0.upgrade() {
            tasks.is_retired.store(true, Ordering::Relaxed);
        }
    }
}

impl Tasks {
    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let mut tasks = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        while tasks.try_join_next().is_some() {}
        tasks.spawn(task);
    }
}

/// What hyper starts tasks with. The tasks have it: it must not keep them alive.
#[derive(Clone)]
struct Executor(Weak<Tasks>);

impl<F: Future<Output = ()> + Send + 'static> hyper::rt::Executor<F> for Executor {
    fn execute(&self, task: F) {
        if let Some(tasks) = self.0.upgrade() {
            tasks.spawn(task);
        }
    }
}

impl Connection {
    /// Begins to speak HTTP on a stream.
    pub(crate) async fn handshake<T>(stream: T, protocol: Protocol) -> Result<Self, Error>
    where
        T: Read + Write + Unpin + Send + 'static,
    {
        let tasks = Arc::new(Tasks::default());
        let sender = match protocol {
            Protocol::Http1 => {
                let (sender, connection) = http1::Builder::new()
                    .max_headers(HEADERS_MAX)
                    .max_header_size(HEAD_BYTES_MAX)
                    .max_buf_size(2 * HEAD_BYTES_MAX)
                    .handshake(stream)
                    .await
                    .map_err(|error| failure::from_hyper(&error))?;
                // Its error is told to whoever waits for a response.
                tasks.spawn(async move { drop(connection.await) });
                Sender::Http1(sender)
            }
            Protocol::Http2 { requests_max } => {
                // A response that nobody reads keeps no other from arriving.
                let window = STREAM_WINDOW_BYTES.saturating_mul(requests_max);
                let (sender, connection) = http2::Builder::new(Executor(Arc::downgrade(&tasks)))
                    .initial_stream_window_size(STREAM_WINDOW_BYTES)
                    .initial_connection_window_size(
                        window.clamp(STREAM_WINDOW_BYTES, WINDOW_BYTES_MAX),
                    )
                    .max_header_list_size(u32::try_from(HEAD_BYTES_MAX).unwrap_or(u32::MAX))
                    .max_concurrent_streams(0)
                    .handshake(stream)
                    .await
                    .map_err(|error| failure::from_hyper(&error))?;
                tasks.spawn(async move { drop(connection.await) });
                Sender::Http2(sender)
            }
        };
        Ok(Self { sender, tasks })
    }

    /// Sends a request and awaits the head of the response.
    pub(crate) async fn send(
        &mut self,
        destination: &Destination,
        mut request: Request<RequestBody>,
    ) -> Result<Response<Incoming>, Unanswered> {
        let shaped = match &self.sender {
            Sender::Http1(_) => shape_for_http1(&mut request, destination),
            Sender::Http2(_) => shape_for_http2(&mut request, destination),
        };
        if shaped.is_none() {
            return Err(Unanswered::Failed(Error::HttpRequestUriInvalid));
        }
        let sent = match &mut self.sender {
            Sender::Http1(sender) => sender.try_send_request(request).await,
            Sender::Http2(sender) => sender.try_send_request(request).await,
        };
        let response = sent?;
        // HTTP/2 bounds its bytes only.
        if HEADERS_MAX < response.headers().len() {
            return Err(Unanswered::Failed(Error::HttpResponseHeaderSectionSize(None)));
        }
        Ok(response)
    }

    /// Another handle, if requests can share the connection.
    pub(crate) fn share(&self) -> Option<Self> {
        match &self.sender {
            Sender::Http1(_) => None,
            Sender::Http2(sender) => {
                Some(Self { sender: Sender::Http2(sender.clone()), tasks: Arc::clone(&self.tasks) })
            }
        }
    }

    /// Whether a request can be sent now.
    pub(crate) fn is_ready(&self) -> bool {
        match &self.sender {
            Sender::Http1(sender) => sender.is_ready(),
            Sender::Http2(sender) => sender.is_ready(),
        }
    }

    /// Whether no request will ever be sent.
    pub(crate) fn is_closed(&self) -> bool {
        if self.tasks.is_retired.load(Ordering::Relaxed) {
            return true;
        }
        match &self.sender {
            Sender::Http1(sender) => sender.is_closed(),
            Sender::Http2(sender) => sender.is_closed(),
        }
    }

    /// What ends its use.
    pub(crate) fn retirement(&self) -> Retirement {
        Retirement(Arc::downgrade(&self.tasks))
    }

    /// Whether this is the last handle.
    pub(crate) fn is_unused(&self) -> bool {
        Arc::strong_count(&self.tasks) == 1
    }
}

impl From<TrySendError<Request<RequestBody>>> for Unanswered {
    fn from(mut error: TrySendError<Request<RequestBody>>) -> Self {
        match error.take_message() {
            Some(request) => Self::NotSent(Box::new(request)),
            None => Self::Failed(failure::from_hyper(error.error())),
        }
    }
}
