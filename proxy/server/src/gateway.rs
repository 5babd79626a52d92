//! Requests as Pingora reads them: each is handed over to the pipeline, and what that says is done; nothing is decided
//! here.
//!
//! An HTTP application of Pingora's core, and none of its proxies': those have phases for caches, retries and upstreams of
//! their own, which each request would pay for.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use async_trait::async_trait;
use control::EventQueue;
use http::{Method, StatusCode};
use pingora_core::apps::{
    HttpPersistentSettings, HttpServerApp, HttpServerOptions, ReusedHttpStream,
};
use pingora_core::protocols::http::ServerSession;
use pingora_core::server::ShutdownWatch;
use pingora_core::{Error, ErrorType, Result};
use pipeline::{
    Ambient as _, AuthorizerCache, Failure, Limiter, Outcome, Ports, Record, Rejection, Request,
    ResponseCache, TokenCache,
};

use crate::access_log::{
    AccessLog, Line, LineCacheResult, LineClientCert, LineCustomDomain, LineError,
};
use crate::adapters::LivePlugins;
use crate::attend::{AskedBody, Counter, attend};
use crate::client_body::{CLIENT_SILENCE_MAX, ClientBody};
use crate::client_response::{Delivery, drain, write_response};
use crate::clock::Clock;
use crate::drain::{InFlight, node_ends};
use crate::explanations::Explanations;
use crate::forward;
use crate::issuer_keys::FetchedKeys;
use crate::live::Live;
use crate::metrics::Metrics;
use crate::request_head::{self, Cased, DetachedHeader, RequestHead};
use crate::serve_function;
use crate::upstream::UpstreamClient;

/// Seconds that a client's idle connection is kept (AWS: 310).
const CLIENT_IDLE_SECONDS: u64 = 310;

/// The node, as Pingora sees it.
pub(crate) struct Gateway {
    pub(crate) live: Arc<ArcSwap<Live>>,
    pub(crate) upstreams: UpstreamClient,
    pub(crate) authorizer_cache: AuthorizerCache,
    pub(crate) limiter: Arc<Limiter>,
    pub(crate) response_cache: Arc<ResponseCache>,
    pub(crate) issuer_keys: FetchedKeys,
    pub(crate) token_cache: TokenCache,
    pub(crate) events: Arc<EventQueue>,
    pub(crate) access_log: AccessLog,
    /// None where nobody could ask for them.
    pub(crate) explanations: Option<Arc<Explanations>>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) in_flight: InFlight,
    pub(crate) clock: Clock,
    /// What clients may speak.
    pub(crate) protocols: HttpServerOptions,
    /// Proxies before the node that are believed.
    pub(crate) trusted_hops: usize,
}

#[async_trait]
impl HttpServerApp for Gateway {
    async fn process_new_http(
        self: &Arc<Self>,
        mut session: ServerSession,
        shutdown: &ShutdownWatch,
    ) -> Option<ReusedHttpStream> {
        read_head(&mut session, shutdown).await?;
        let _passage = self.in_flight.enter();
        if *shutdown.borrow() {
            session.set_keepalive(None);
        }
        // Boxed, so that an idle connection does not keep room for it. After what broke off, nobody knows where the next
        // request would begin.
        Box::pin(self.answer(&mut session)).await.ok()?;
        let settings = HttpPersistentSettings::for_session(&session);
        let stream = session.finish().await.ok()??;
        Some(ReusedHttpStream::from_reusable_stream(stream, settings))
    }

    fn server_options(&self) -> Option<&HttpServerOptions> {
        Some(&self.protocols)
    }
}

/// Waits for a request, as long as the node takes more of them. None: there is none to answer.
async fn read_head(session: &mut ServerSession, shutdown: &ShutdownWatch) -> Option<()> {
    let read = tokio::select! {
        // What has come before the node ends is answered.
        biased;
        read = session.read_request() => read,
        () = node_ends(shutdown.clone()) => return None,
    };
    let refused = match read {
        // A tunnel would be no request of an API.
        Ok(true) if session.req_header().method == Method::CONNECT => {
            StatusCode::METHOD_NOT_ALLOWED
        }
        Ok(true) => return Some(()),
        Ok(false) => return None,
        Err(error) if error.etype == ErrorType::InvalidHTTPHeader => StatusCode::BAD_REQUEST,
        Err(_) => {
            session.shutdown().await;
            return None;
        }
    };
    // Whoever does not take it is gone.
    let _ = session.respond_error(refused.as_u16()).await;
    session.shutdown().await;
    None
}

impl Gateway {
    /// Answers a request, and tells what became of it. An error is of the connection: it is not used again.
    async fn answer(&self, session: &mut ServerSession) -> Result<()> {
        session.set_read_timeout(Some(CLIENT_SILENCE_MAX));
        // Where Pingora decided to close the connection, for what the request says, it is closed.
        if session.get_keepalive().is_some() {
            session.set_keepalive(Some(CLIENT_IDLE_SECONDS));
        }
        // A client's next request may come while this one is answered (RFC 9112 section 9.3.2).
        session.set_pipelining_enabled(true);
        // One request sees one configuration, from its beginning to its end.
        let live = self.live.load_full();
        let mut record = Record::default();
        record.started = self.clock.now();
        let head = RequestHead::new(session, self.trusted_hops);
        let answered = self.respond(session, &head, &live, &mut record).await;
        let error = answered.as_ref().err().map(|error| &**error);
        self.tell(session, error, &head, &live, &record);
        answered
    }

    async fn respond(
        &self,
        session: &mut ServerSession,
        head: &RequestHead,
        live: &Live,
        record: &mut Record,
    ) -> Result<()> {
        let mut body = ClientBody::default();
        let (upstreams, clock) = (&self.upstreams, &self.clock);
        let delivery = match self.decide(session, &mut body, head, live, record).await? {
            Outcome::Respond(response) => {
                let closes = record.error.as_ref().is_some_and(|error| error.is_of_connection);
                if closes {
                    close(session, head);
                }
                write_response(session, &response).await?;
                if closes {
                    drain(session).await;
                }
                return Ok(());
            }
            Outcome::Serve(serve) => {
                let plugin = live.plugin(serve.plugin);
                let served =
                    serve_function::serve(session, &mut body, plugin, serve, clock, record);
                Box::pin(served).await
            }
            Outcome::Forward(forward) => {
                // Boxed, as they are large: what answers here is not to pay for them.
                let forwarded =
                    forward::forward(session, &mut body, &forward, upstreams, clock, record);
                Box::pin(forwarded).await
            }
        };
        match delivery {
            Delivery::Whole => Ok(()),
            Delivery::BrokenOff(failure) => {
                pipeline::note(&failure, record);
                Err(Error::explain(ErrorType::InternalError, "the response broke off"))
            }
            Delivery::ClientGone(error) => Err(left(error, record)),
            Delivery::NotBegun(failure) => {
                let response = {
                    let header = Cased(session.req_header());
                    pipeline::refuse(&failure, &head.request(&header), &live.snapshot, record)
                };
                record.responded(&response, clock);
                write_response(session, &response).await
            }
        }
    }

    /// What is to become of a request, for as long as its client waits for it.
    async fn decide(
        &self,
        session: &mut ServerSession,
        body: &mut ClientBody,
        head: &RequestHead,
        live: &Live,
        record: &mut Record,
    ) -> Result<Outcome> {
        if let Some(what) = request_head::malformed(session.req_header()) {
            let failure = Failure::from(Rejection::Malformed(what));
            let header = Cased(session.req_header());
            let request = head.request(&header);
            let response = pipeline::refuse(&failure, &request, &live.snapshot, record);
            return Ok(Outcome::Respond(Box::new(response)));
        }
        let ports = Ports {
            plugins: &LivePlugins { live, events: &self.events },
            upstreams: &self.upstreams,
            ambient: &self.clock,
            authorizer_cache: &self.authorizer_cache,
            limiter: &self.limiter,
            response_cache: &self.response_cache,
            issuer_keys: &self.issuer_keys,
            token_cache: &self.token_cache,
        };
        let counter = Counter::default();
        let detached = DetachedHeader::new(session);
        let mut asked = AskedBody { counter: &counter, is_empty: detached.is_body_empty };
        let decided = {
            let header = Cased(&detached.header);
            let request = head.request(&header);
            let handle = pipeline::handle(&request, &mut asked, &live.snapshot, &ports, record);
            attend(session, body, &counter, pin!(handle)).await
        };
        detached.reattach(session);
        decided.map_err(|error| left(error, record))
    }

    /// Counts a request that is over, and writes it down.
    fn tell(
        &self,
        session: &ServerSession,
        error: Option<&Error>,
        head: &RequestHead,
        live: &Live,
        record: &Record,
    ) {
        let status = answered(session).map_or(0, |status| status.as_u16());
        let latency = self.clock.now().saturating_sub(record.started);
        match &record.stage {
            Some(stage) => {
                let metrics = live.stage_metrics(stage.position());
                metrics.observe(status, latency, record.integration_latency);
                metrics.cached(record);
                if let Some(error) = &record.error {
                    metrics.refused(error.response_type, record);
                }
            }
            None => self.metrics.unmatched.inc(),
        }
        if let Some(fault) = record.error.as_ref().filter(|_| status >= 500) {
            let request_id = head.request_id();
            tracing::debug!(request_id, cause = %fault.cause, "a request failed");
        } else if let Some(error) = error {
            tracing::debug!(%error, "a connection broke");
        }
        let response_length = session.body_bytes_sent();
        let header = Cased(session.req_header());
        let sent = Sent { status, response_length, latency };
        self.access_log.write(|| line(&head.request(&header), record, &sent));
        if let (Some(explanations), Some(trace)) = (&self.explanations, &record.trace) {
            let line = line(&head.request(&header), record, &sent);
            explanations.keep(&line, trace, self.clock.now());
        }
    }
}

/// What the client was sent.
struct Sent {
    status: u16,
    response_length: usize,
    latency: Duration,
}

fn line<'l>(request: &Request<'l>, record: &'l Record, sent: &Sent) -> Line<'l> {
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
        custom_domain: record.custom_domain.as_ref().map(LineCustomDomain::from),
        path: request.path,
        resource_path: record.resource_path.as_deref(),
        protocol: request.protocol(),
        status: sent.status,
        response_length: sent.response_length,
        response_latency: millis(sent.latency),
        integration_latency: record.integration_latency.map(millis),
        integration_status: record.integration_status,
        response_cache: record.cache.map(LineCacheResult::from),
        authorizer_latency: record.authorizer_latency.map(millis),
        principal_id: record.principal_id.as_deref(),
        api_key_id: record.api_key_id.as_deref(),
        access_key: record.access_key_id(),
        client_cert: record.peer_certificate.as_deref().map(LineClientCert::from),
        user_arn: record.user_arn(),
        user_agent: request.header(&http::header::USER_AGENT),
        error: record.error.as_ref().map(|error| LineError {
            response_type: error.response_type,
            message: &error.message,
            validation_error_string: error.validation_errors.as_deref(),
            cause: &error.cause,
        }),
    }
}

/// Has the client connect anew, for the next request.
fn close(session: &mut ServerSession, head: &RequestHead) {
    session.set_keepalive(None);
    if let Some(arrival) = head.arrival() {
        arrival.close();
    }
}

/// Notes that the client left: nobody is there to be answered.
fn left(error: Box<Error>, record: &mut Record) -> Box<Error> {
    pipeline::note(&Rejection::ClientGone.into(), record);
    error
}

/// The status of the final response, if its head was written: 1xx is none.
fn answered(session: &ServerSession) -> Option<StatusCode> {
    let written = session.response_written().map(|head| head.status);
    written.filter(|status| !status.is_informational())
}
