//! A function that streams: the client's body on its way in and the response on its way out, at once.
//!
//! A response that is there at once is written as every other; what takes longer is written as it
//! comes. Up to the response's head a fault is an answer of the gateway; after it, the connection is
//! broken off, so that the client sees that something is missing.

use std::future::poll_fn;
use std::task::Poll;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{Method, Version};
use model::{BODY_BYTES_MAX, CallFault, HandlerResponseHead, Invocation, LogTail};
use pingora_core::protocols::http::ServerSession;
use pingora_core::{Error, ErrorType, Result};
use pipeline::{Ambient as _, ClientResponse, Failure, Record, Rejection, Serve};
use wasm_host::{LoadedPlugin, RequestBody, RequestBodySender, Serving};

use crate::client_body::ClientBody;
use crate::client_response::{
    Delivery, continue_if_expected, keep_connection, write_head, write_last, write_more,
    write_response,
};
use crate::clock::Clock;
use crate::convert;
use crate::upload_time::UploadTime;

/// What is collected of a response that comes without waiting, before it is streamed after all.
const AT_ONCE_BYTES_MAX: usize = 64 * 1024;

/// For how long it is collected.
const AT_ONCE_TIME_MAX: Duration = Duration::from_millis(20);

/// How long a task may go on: a guest that writes something in each of its turns is never waited for.
const RUN_TIME_MAX: Duration = Duration::from_millis(1);

/// Why a call is over before its response is.
enum Stop {
    ClientGone(Box<Error>),
    Fault(CallFault),
    TooLarge,
}

impl Stop {
    fn delivery(self, serve: &Serve, failed: impl FnOnce(Failure) -> Delivery) -> Delivery {
        match self {
            Self::ClientGone(error) => Delivery::ClientGone(error.into_down()),
            Self::Fault(fault) => failed(serve.failure(fault)),
            Self::TooLarge => failed(Rejection::BodyTooLarge.into()),
        }
    }
}

impl From<Box<Error>> for Stop {
    fn from(error: Box<Error>) -> Self {
        Self::ClientGone(error)
    }
}

impl From<CallFault> for Stop {
    fn from(fault: CallFault) -> Self {
        Self::Fault(fault)
    }
}

/// Lets a function answer.
pub(crate) async fn serve(
    session: &mut ServerSession,
    client: &mut ClientBody,
    plugin: &LoadedPlugin,
    serve: Box<Serve>,
    clock: &Clock,
    record: &mut Record,
) -> Delivery {
    let request_id = clock.uuid();
    let log = record.trace.as_ref().map(|_| LogTail::default());
    let call = Call { plugin, serve, request_id: &request_id, log: log.as_ref() };
    let delivery = answer(session, client, call, clock, record).await;
    if let (Some(trace), Some(log)) = (&record.trace, log) {
        trace.note(clock.now(), "log", |_| log.text().into());
    }
    delivery
}

/// What is called.
struct Call<'c> {
    plugin: &'c LoadedPlugin,
    serve: Box<Serve>,
    request_id: &'c str,
    log: Option<&'c LogTail>,
}

async fn answer(
    session: &mut ServerSession,
    client: &mut ClientBody,
    Call { plugin, mut serve, request_id, log }: Call<'_>,
    clock: &Clock,
    record: &mut Record,
) -> Delivery {
    let (sender, body) = match serve.body.take() {
        Some(whole) => (None, RequestBody::whole(whole)),
        None => {
            if let Err(error) = continue_if_expected(session).await {
                return Delivery::ClientGone(error.into_down());
            }
            let (sender, body) = RequestBody::streamed();
            (Some(sender), body)
        }
    };
    let request = std::mem::take(&mut serve.request).map(|()| body);
    let started = clock.now();
    let (clock, time, resumed) = (*clock, UploadTime::default(), started);
    let mut upload = Upload { client, sender, waiting: None, bytes: 0, clock, time, resumed };
    let invocation = Invocation { request_id, trace_id: None, timeout: serve.timeout, log };
    let mut serving = plugin.serve(request, invocation);
    let begun = begin(session, &mut upload, &mut serving).await;
    record.integration_latency = Some(clock.now().saturating_sub(started));
    let (head, begun) = match begun {
        Ok(begun) => begun,
        Err(stop) => return stop.delivery(&serve, Delivery::NotBegun),
    };
    record.integration_status = Some(head.status.as_u16());
    record.answered("function response", head.status, &head.headers, &clock);
    let response = serve.response(&head, begun.bytes);
    let written = if begun.is_whole {
        write_response(session, &response).await.map_err(Stop::from)
    } else {
        let streamed = stream(session, &mut upload, &mut serving, response, head.body_bytes);
        // The function's own time is over before that.
        tokio::time::timeout(model::STREAM_TIME_MAX, streamed).await.unwrap_or_else(|_elapsed| {
            let what = "the client takes too long to take its response";
            Err(Error::explain(ErrorType::WriteTimedout, what).into())
        })
    };
    if let Err(stop) = written {
        if session.is_http2() {
            session.shutdown().await;
        }
        return stop.delivery(&serve, Delivery::BrokenOff);
    }
    // The guest may have something left to do, and may read on what the client sends. A client that has
    // its answer and leaves before it has sent everything ends that.
    let ended = tokio::select! {
        biased;
        ended = serving.finish() => ended,
        () = upload.run_to_its_end(session) => return Delivery::Whole,
    };
    if let Err(fault) = ended {
        tracing::debug!(request_id, %fault, "a function broke after its response");
    }
    Delivery::Whole
}

/// The beginning of a response's body.
struct Begun {
    bytes: Bytes,
    /// There is no more.
    is_whole: bool,
}

/// Waits for the head, and takes what comes with it.
async fn begin(
    session: &mut ServerSession,
    upload: &mut Upload<'_>,
    serving: &mut Serving<'_>,
) -> Result<(HandlerResponseHead, Begun), Stop> {
    let head = tokio::select! {
        biased;
        head = serving.head() => head?,
        stop = upload.run(session) => return Err(stop),
    };
    if is_bodiless(session, &head) {
        return Ok((head, Begun { bytes: Bytes::new(), is_whole: false }));
    }
    let collecting = upload.clock.now();
    // HTTP/1.0 would end with the connection, and so would one that broke off.
    let is_collected =
        session.req_header().version == Version::HTTP_10 && head.body_bytes.is_none();
    let mut bytes = BytesMut::new();
    let is_whole = loop {
        let polled = poll_fn(|context| Poll::Ready(serving.poll_chunk(context))).await;
        let chunk = match polled {
            Poll::Ready(chunk) => chunk?,
            Poll::Pending if is_collected => tokio::select! {
                biased;
                chunk = serving.chunk() => chunk?,
                stop = upload.run(session) => return Err(stop),
            },
            Poll::Pending => break false,
        };
        let Some(chunk) = chunk else { break true };
        bytes.extend_from_slice(&chunk);
        let took = upload.clock.now().saturating_sub(collecting);
        if !is_collected && (bytes.len() > AT_ONCE_BYTES_MAX || took >= AT_ONCE_TIME_MAX) {
            break false;
        }
        upload.let_others_run(session).await?;
    };
    Ok((head, Begun { bytes: bytes.freeze(), is_whole }))
}

/// Whether the response has no body, whatever the guest writes.
fn is_bodiless(session: &ServerSession, head: &HandlerResponseHead) -> bool {
    session.req_header().method == Method::HEAD || convert::is_bodiless(head.status)
}

/// Writes the response as it comes. The guest runs on while the client takes what there is.
async fn stream(
    session: &mut ServerSession,
    upload: &mut Upload<'_>,
    serving: &mut Serving<'_>,
    begun: ClientResponse,
    body_bytes: Option<u64>,
) -> Result<(), Stop> {
    let is_bodiless =
        session.req_header().method == Method::HEAD || convert::is_bodiless(begun.status());
    let version = session.req_header().version;
    let head = convert::streamed_head(&begun, body_bytes, version)?;
    keep_connection(session);
    write_head(session, head).await?;
    if is_bodiless {
        return Ok(write_last(session, Bytes::new()).await?);
    }
    let mut next = Some(begun.body().clone());
    while let Some(chunk) = next {
        tokio::select! {
            biased;
            written = write_more(session, chunk) => written?,
            fault = serving.fault() => return Err(fault.into()),
        }
        upload.let_others_run(session).await?;
        next = tokio::select! {
            biased;
            chunk = serving.chunk() => chunk?,
            stop = upload.run(session) => return Err(stop),
        };
    }
    Ok(write_last(session, Bytes::new()).await?)
}

/// The client's body on its way to the guest, and the client's leaving.
struct Upload<'b> {
    client: &'b mut ClientBody,
    /// None once the guest has all of the body, or wants no more of it.
    sender: Option<RequestBodySender>,
    /// What the guest has not taken yet.
    waiting: Option<Bytes>,
    /// That came from the client.
    bytes: usize,
    clock: Clock,
    /// That the client took for them.
    time: UploadTime,
    /// When others had their turn last.
    resumed: Duration,
}

impl Upload<'_> {
    /// Passes the body on until something is wrong. May be dropped and run again.
    async fn run(&mut self, session: &mut ServerSession) -> Stop {
        loop {
            if self.waiting.is_some() {
                self.pass().await;
            } else if self.client.is_ended(session) || self.bytes > BODY_BYTES_MAX {
                self.sender = None;
                return Stop::ClientGone(self.client.left(session).await);
            } else {
                match self.chunk(session).await {
                    Ok(None) => {}
                    Ok(Some(chunk)) => {
                        self.bytes += chunk.len();
                        if self.bytes > BODY_BYTES_MAX && self.sender.is_some() {
                            return Stop::TooLarge;
                        }
                        self.waiting = Some(chunk);
                    }
                    Err(error) => return error.into(),
                }
            }
        }
    }

    /// The same after the response, when a client that has sent everything may leave: ready only if it
    /// left before.
    async fn run_to_its_end(&mut self, session: &mut ServerSession) {
        while !self.client.is_ended(session) || self.waiting.is_some() {
            if self.waiting.is_some() {
                self.pass().await;
                continue;
            }
            match self.chunk(session).await {
                Ok(Some(chunk)) if self.bytes + chunk.len() <= BODY_BYTES_MAX => {
                    self.bytes += chunk.len();
                    self.waiting = Some(chunk);
                }
                Ok(None) => {}
                Ok(Some(_)) | Err(_) => return,
            }
        }
        self.sender = None;
        std::future::pending().await
    }

    /// Once this task has gone on for long: others have their turn, and the client may have left.
    async fn let_others_run(&mut self, session: &mut ServerSession) -> Result<(), Stop> {
        if self.clock.now().saturating_sub(self.resumed) < RUN_TIME_MAX {
            return Ok(());
        }
        let stopped = tokio::select! {
            biased;
            stop = self.run(session) => Err(stop),
            () = tokio::task::yield_now() => Ok(()),
        };
        self.resumed = self.clock.now();
        stopped
    }

    /// The next chunk from the client; none at the end. May be dropped and called again.
    async fn chunk(&mut self, session: &mut ServerSession) -> Result<Option<Bytes>> {
        let rest = self.time.rest(self.clock.now());
        let Ok(chunk) = tokio::time::timeout(rest, self.client.chunk(session)).await else {
            let what = "the client takes too long to send its request";
            return Err(Error::explain(ErrorType::ReadTimedout, what).into_down());
        };
        self.time.received(self.clock.now());
        chunk
    }

    /// What the guest does not want is dropped, so that the client gets to its answer.
    async fn pass(&mut self) {
        match &self.sender {
            Some(sender) if sender.has_room().await => {
                if let Some(chunk) = self.waiting.take() {
                    sender.send(chunk);
                }
            }
            _ => {
                self.sender = None;
                self.waiting = None;
            }
        }
    }
}
