//! Pingora's phases. Each hands over to the pipeline and does what it says; nothing is decided here.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use model::BODY_BYTES_MAX;
use pingora_core::upstreams::peer::HttpPeer;
use pingora_core::{Error, ErrorSource, ErrorType, Result};
use pingora_http::{RequestHeader, ResponseHeader};
use pingora_proxy::{FailToProxy, ProxyHttp, Session};
use pipeline::{
    Ambient as _, AuthorizerCache, BodyError, BoxFuture, Failure, Fault, Forward, Outcome, Ports,
    Record, Rejection, RequestBody, Response, UpstreamError,
};

use crate::access_log::{AccessLog, Line, LineError};
use crate::clock::Clock;
use crate::convert;
use crate::drain::{InFlight, Passage};
use crate::live::Live;
use crate::metrics::Metrics;
use crate::request_head::RequestHead;
use crate::upstream::{self, UpstreamClient};

/// How long a client may be silent in the middle of its request.
const CLIENT_READ_TIMEOUT: Duration = Duration::from_secs(60);

/// How long a forwarded response may stream, as long as the upstream is never silent for longer than
/// the integration's timeout: what AWS allows a streamed response.
const FORWARD_TIME_MAX: Duration = Duration::from_secs(15 * 60);

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
    /// Set when the request goes to an upstream as it streams.
    forward: Option<Box<Forward>>,
    /// When that was decided, on the clock of the gateway.
    forwarded: Duration,
    /// Why a forwarded request broke, if this gateway broke it off.
    failure: Option<Failure>,
    body_bytes: usize,
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
            forward: None,
            forwarded: Duration::ZERO,
            failure: None,
            body_bytes: 0,
            record: Record::default(),
            _passage: self.in_flight.enter(),
        }
    }

    async fn request_filter(&self, session: &mut Session, context: &mut Context) -> Result<bool> {
        session.set_read_timeout(Some(CLIENT_READ_TIMEOUT));
        session.set_keepalive(Some(CLIENT_IDLE_SECONDS));
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
        match outcome {
            Outcome::Forward(forward) => {
                continue_if_expected(session).await?;
                context.forward = Some(forward);
                context.forwarded = self.clock.now();
                Ok(false)
            }
            Outcome::Respond(response) => {
                write_response(session, &response).await?;
                Ok(true)
            }
        }
    }

    async fn upstream_peer(
        &self,
        _session: &mut Session,
        context: &mut Context,
    ) -> Result<Box<HttpPeer>> {
        let forward = context.forward.as_ref().ok_or_else(not_forwarded)?;
        match self.upstreams.peer(&forward.head).await {
            Ok(peer) => Ok(Box::new(peer)),
            Err(error) => {
                context.failure = Some(upstream_fault(error).into());
                Err(Error::explain(ErrorType::ConnectError, "the upstream has no address"))
            }
        }
    }

    async fn upstream_request_filter(
        &self,
        _session: &mut Session,
        request: &mut RequestHeader,
        context: &mut Context,
    ) -> Result<()> {
        let forward = context.forward.as_ref().ok_or_else(not_forwarded)?;
        convert::replace_upstream_request(request, &forward.head)
    }

    async fn request_body_filter(
        &self,
        _session: &mut Session,
        body: &mut Option<Bytes>,
        _end_of_stream: bool,
        context: &mut Context,
    ) -> Result<()> {
        context.body_bytes += body.as_ref().map_or(0, Bytes::len);
        if context.body_bytes <= BODY_BYTES_MAX {
            return Ok(());
        }
        context.failure = Some(Rejection::BodyTooLarge.into());
        Err(Error::explain(ErrorType::InternalError, "the request's body is too large"))
    }

    async fn response_filter(
        &self,
        _session: &mut Session,
        response: &mut ResponseHeader,
        context: &mut Context,
    ) -> Result<()> {
        let forward = context.forward.as_ref().ok_or_else(not_forwarded)?;
        if response.status.is_informational() {
            return Ok(());
        }
        let taken = self.clock.now().saturating_sub(context.forwarded);
        context.record.integration_latency = Some(taken);
        context.record.integration_status = Some(response.status.as_u16());
        convert::replace_response_headers(response, |headers| forward.headers.forwarded(headers))
    }

    fn response_body_filter(
        &self,
        _session: &mut Session,
        _body: &mut Option<Bytes>,
        _end_of_stream: bool,
        context: &mut Context,
    ) -> Result<Option<Duration>> {
        let taken = self.clock.now().saturating_sub(context.forwarded);
        if FORWARD_TIME_MAX < taken {
            context.failure = Some(Fault::TimedOut.into());
            return Err(Error::explain(
                ErrorType::ReadTimedout,
                "the upstream's body took too long",
            ));
        }
        Ok(None)
    }

    async fn fail_to_proxy(
        &self,
        session: &mut Session,
        error: &Error,
        context: &mut Context,
    ) -> FailToProxy {
        let failure = context.failure.take().unwrap_or_else(|| failure(error));
        let mut status = 0;
        if let Some(head) = &context.head {
            let response = pipeline::refuse(&failure, &head.request(), &mut context.record);
            if session.response_written().is_none() {
                status = response.status.as_u16();
                session.set_keepalive(None);
                if let Err(error) = write_response(session, &response).await {
                    tracing::debug!(%error, "the client left before it was answered");
                }
            }
        }
        FailToProxy { error_code: status, can_reuse_downstream: false }
    }

    async fn logging(&self, session: &mut Session, error: Option<&Error>, context: &mut Context) {
        let Some(head) = &context.head else { return };
        let status = session.response_written().map_or(0, |head| head.status.as_u16());
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

impl RequestBody for SessionBody<'_> {
    fn read(&mut self, bytes_max: usize) -> BoxFuture<'_, std::result::Result<Bytes, BodyError>> {
        Box::pin(async move {
            continue_if_expected(self.session).await.map_err(|_| BodyError::ClientGone)?;
            let mut body = BytesMut::new();
            loop {
                let chunk = self.session.read_request_body().await;
                let Some(chunk) = chunk.map_err(|_| BodyError::ClientGone)? else {
                    return Ok(body.freeze());
                };
                if body.len() + chunk.len() > bytes_max {
                    return Err(BodyError::TooLarge);
                }
                body.extend_from_slice(&chunk);
            }
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

/// Writes a whole response. A body of the client that nobody read is left to Pingora to drain, or
/// else to close the connection on: it never becomes the next request.
async fn write_response(session: &mut Session, response: &Response) -> Result<()> {
    let head = convert::response_head(response)?;
    let has_body = session.req_header().method != http::Method::HEAD
        && !convert::is_bodiless(response.status)
        && !response.body.is_empty();
    session.write_response_header(head, !has_body).await?;
    if has_body {
        session.write_response_body(Some(response.body.clone()), true).await?;
    }
    Ok(())
}

fn not_forwarded() -> Box<Error> {
    Error::explain(ErrorType::InternalError, "the request is not one to forward")
}

fn upstream_fault(error: UpstreamError) -> Fault {
    match error {
        UpstreamError::Network(cause) => Fault::Network(cause),
        UpstreamError::TimedOut => Fault::TimedOut,
        UpstreamError::TooLarge => Fault::Network("the response is too large".into()),
    }
}

/// Whose fault an error of Pingora's is.
fn failure(error: &Error) -> Failure {
    match error.esource() {
        ErrorSource::Downstream => Rejection::ClientGone.into(),
        ErrorSource::Internal | ErrorSource::Unset | ErrorSource::Upstream => {
            upstream_fault(upstream::failure(error)).into()
        }
    }
}
