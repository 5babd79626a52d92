//! Pingora's phases. Each hands over to the pipeline and does what it says; nothing is decided here.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use http::StatusCode;
use pingora_core::upstreams::peer::HttpPeer;
use pingora_core::{Error, ErrorType, Result};
use pingora_proxy::{FailToProxy, ProxyHttp, Session};
use pipeline::{
    Ambient as _, AuthorizerCache, BodyError, BoxFuture, Failure, Outcome, Ports, Record,
    Rejection, RequestBody, Response,
};

use crate::access_log::{AccessLog, Line, LineError};
use crate::clock::Clock;
use crate::convert;
use crate::drain::{InFlight, Passage};
use crate::forward::{self, Forwarded};
use crate::live::Live;
use crate::metrics::Metrics;
use crate::request_head::RequestHead;
use crate::upstream::UpstreamClient;

/// How long a client may be silent in the middle of its request, or take no byte of its answer.
const CLIENT_SILENCE_MAX: Duration = Duration::from_secs(60);

/// How long the whole body of a request may take: 10 MB at 35 KB/s.
const CLIENT_BODY_TIME_MAX: Duration = Duration::from_secs(300);

/// How long is spent on a body that nobody wants, so that the client reads its answer and keeps its
/// connection.
const CLIENT_DRAIN_TIME_MAX: Duration = Duration::from_secs(5);

/// Seconds that a client's idle connection is kept (AWS: 310).
const CLIENT_IDLE_SECONDS: u64 = 310;

/// The node, as Pingora sees it.
pub(crate) struct Gateway {
    pub(crate) live: Arc<ArcSwap<Live>>,
    pub(crate) upstreams: UpstreamClient,
    pub(crate) authorizer_cache: AuthorizerCache,
    pub(crate) access_log: AccessLog,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) in_flight: InFlight,
    pub(crate) clock: Clock,
}

/// One request on its way.
pub(crate) struct Context {
    /// One request sees one configuration, from its beginning to its end.
    live: Arc<Live>,
    /// On the clock of the gateway.
    started: Duration,
    /// None until the request's head is read.
    head: Option<Box<RequestHead>>,
    record: Record,
    _passage: Passage,
}

#[async_trait]
impl ProxyHttp for Gateway {
    type CTX = Context;

    fn new_ctx(&self) -> Context {
        Context {
            live: self.live.load_full(),
            started: self.clock.now(),
            head: None,
            record: Record::default(),
            _passage: self.in_flight.enter(),
        }
    }

    async fn request_filter(&self, session: &mut Session, context: &mut Context) -> Result<bool> {
        session.set_read_timeout(Some(CLIENT_SILENCE_MAX));
        session.set_write_timeout(Some(CLIENT_SILENCE_MAX));
        // Where Pingora decided to close the connection, for what the request says, it is closed.
        if session.get_keepalive().is_some() {
            session.set_keepalive(Some(CLIENT_IDLE_SECONDS));
        }
        // A client's next request may come while this one is answered (RFC 9112 section 9.3.2).
        session.set_pipelining_enabled(true);
        context.started = self.clock.now();
        let head = &*context.head.insert(Box::new(RequestHead::new(session)));
        let request = head.request();
        let outcome = match head.malformed() {
            Some(what) => {
                let failure = Failure::from(Rejection::Malformed(what));
                Outcome::Respond(pipeline::refuse(&failure, &request, &mut context.record))
            }
            None => {
                let ports = Ports {
                    plugins: &*context.live,
                    upstreams: &self.upstreams,
                    ambient: &self.clock,
                    authorizer_cache: &self.authorizer_cache,
                };
                let mut body = SessionBody { session };
                let live = &context.live;
                pipeline::handle(&request, &mut body, &live.snapshot, &ports, &mut context.record)
                    .await
            }
        };
        let response = match outcome {
            Outcome::Respond(response) => response,
            Outcome::Forward(forward) => {
                let (upstreams, clock) = (&self.upstreams, &self.clock);
                let record = &mut context.record;
                match forward::forward(session, &forward, upstreams, clock, record).await {
                    Forwarded::Answered => return Ok(true),
                    Forwarded::BrokenOff(error) => return Err(error),
                    Forwarded::Failed(failure) => pipeline::refuse(&failure, &request, record),
                }
            }
        };
        write_response(session, &response).await.map_err(Error::into_down)?;
        Ok(true)
    }

    /// Never called: every request is answered by the request filter.
    async fn upstream_peer(&self, _: &mut Session, _: &mut Context) -> Result<Box<HttpPeer>> {
        Err(Error::explain(ErrorType::InternalError, "the request was not answered"))
    }

    /// A connection broke, or a response broke off: what is left of it is not used again.
    async fn fail_to_proxy(
        &self,
        _session: &mut Session,
        _error: &Error,
        _context: &mut Context,
    ) -> FailToProxy {
        FailToProxy { error_code: 0, can_reuse_downstream: false }
    }

    /// The access log says what became of each request; a line of Pingora's as well would be a way for
    /// clients that leave to flood the log.
    fn suppress_error_log(&self, _session: &Session, _context: &Context, _error: &Error) -> bool {
        true
    }

    async fn logging(&self, session: &mut Session, error: Option<&Error>, context: &mut Context) {
        let Some(head) = &context.head else { return };
        let status = answered(session).map_or(0, |status| status.as_u16());
        let latency = self.clock.now().saturating_sub(context.started);
        let record = &context.record;
        match &record.stage {
            Some(stage) => {
                let metrics = context.live.stage_metrics(stage.position());
                metrics.observe(status, latency, record.integration_latency);
            }
            None => self.metrics.unmatched.inc(),
        }
        if let Some(fault) = record.error.as_ref().filter(|_| status >= 500) {
            let request_id = head.request().request_id();
            tracing::debug!(request_id, cause = %fault.cause, "a request failed");
        } else if let Some(error) = error {
            tracing::debug!(%error, "a connection broke");
        }
        let response_length = session.body_bytes_sent();
        self.access_log.write(|| line(head, record, &Sent { status, response_length, latency }));
    }
}

/// What the client was sent.
struct Sent {
    status: u16,
    response_length: usize,
    latency: Duration,
}

fn line<'l>(head: &'l RequestHead, record: &'l Record, sent: &Sent) -> Line<'l> {
    let request = head.request();
    let millis = |duration: Duration| (duration.as_secs_f64() * 1e6).round() / 1e3;
    let stage = record.stage.as_deref();
    Line {
        request_id: request.request_id(),
        extended_request_id: request.extended_request_id(),
        api_id: stage.map(|stage| stage.deployment.api().id.as_str()),
        stage: stage.map(|stage| stage.name.as_str()),
        ip: request.source_ip.to_string(),
        request_time_epoch: request.time_epoch_millis,
        http_method: request.method.as_str(),
        domain_name: request.host(),
        path: request.path,
        resource_path: record.resource_path.as_deref(),
        protocol: request.protocol(),
        status: sent.status,
        response_length: sent.response_length,
        response_latency: millis(sent.latency),
        integration_latency: record.integration_latency.map(millis),
        integration_status: record.integration_status,
        authorizer_latency: record.authorizer_latency.map(millis),
        principal_id: record.principal_id.as_deref(),
        user_agent: request.header(&http::header::USER_AGENT),
        error: record.error.as_ref().map(|error| LineError {
            response_type: error.response_type,
            message: &error.message,
            cause: &error.cause,
        }),
    }
}

/// The client's body, as the pipeline reads it.
struct SessionBody<'s> {
    session: &'s mut Session,
}

impl SessionBody<'_> {
    async fn read_whole(&mut self, bytes_max: usize) -> std::result::Result<Bytes, BodyError> {
        if self.session.as_downstream_mut().is_body_empty() {
            return Ok(Bytes::new());
        }
        continue_if_expected(self.session).await.map_err(|_| BodyError::ClientGone)?;
        let mut body = BytesMut::new();
        loop {
            // HTTP/2 streams have no read timeout of their own.
            let read = self.session.read_request_body();
            let chunk = tokio::time::timeout(CLIENT_SILENCE_MAX, read).await;
            let Ok(Ok(chunk)) = chunk else {
                // Where the next request would begin is not known any more.
                self.session.set_keepalive(None);
                return Err(BodyError::ClientGone);
            };
            let Some(chunk) = chunk else { return Ok(body.freeze()) };
            if body.len() + chunk.len() > bytes_max {
                return Err(BodyError::TooLarge);
            }
            body.extend_from_slice(&chunk);
        }
    }
}

impl RequestBody for SessionBody<'_> {
    fn is_empty(&mut self) -> bool {
        self.session.as_downstream_mut().is_body_empty()
    }

    fn read(&mut self, bytes_max: usize) -> BoxFuture<'_, std::result::Result<Bytes, BodyError>> {
        Box::pin(async move {
            let read = tokio::time::timeout(CLIENT_BODY_TIME_MAX, self.read_whole(bytes_max)).await;
            read.unwrap_or(Err(BodyError::ClientGone))
        })
    }
}

/// Tells a client that waits for it to go on (RFC 9110 section 10.1.1): only once its request is
/// accepted so far.
async fn continue_if_expected(session: &mut Session) -> Result<()> {
    let expectation = session.req_header().headers.get(http::header::EXPECT);
    let is_expected =
        expectation.is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"100-continue"));
    if is_expected && !session.is_http2() {
        session.write_continue_response().await?;
    }
    Ok(())
}

/// Writes a whole response. What is left of the client's body is read and dropped, for a moment: it
/// never becomes the next request, and the client sees its answer and not a reset connection. A client
/// that waits to be told to go on is not, and its connection is closed.
async fn write_response(session: &mut Session, response: &Response) -> Result<()> {
    let head = convert::response_head(response)?;
    if !session.req_header().headers.contains_key(http::header::EXPECT) {
        session.set_close_on_response_before_downstream_finish(false);
        session.set_total_drain_timeout(Some(CLIENT_DRAIN_TIME_MAX));
    }
    let has_body = session.req_header().method != http::Method::HEAD
        && !convert::is_bodiless(response.status)
        && !response.body.is_empty();
    session.write_response_header(head, !has_body).await?;
    if has_body {
        session.write_response_body(Some(response.body.clone()), true).await?;
    }
    Ok(())
}

/// The status of the final response, if its head was written: 1xx is none.
fn answered(session: &Session) -> Option<StatusCode> {
    let written = session.response_written().map(|head| head.status);
    written.filter(|status| !status.is_informational())
}
