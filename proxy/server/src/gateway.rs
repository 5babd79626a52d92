//! Pingora's phases. Each hands over to the pipeline and does what it says; nothing is decided here.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use async_trait::async_trait;
use control::EventQueue;
use http::StatusCode;
use pingora_core::upstreams::peer::HttpPeer;
use pingora_core::{Error, ErrorType, Result};
use pingora_proxy::{FailToProxy, ProxyHttp, Session};
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
use crate::drain::{InFlight, Passage};
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
    /// Proxies before the node that are believed.
    pub(crate) trusted_hops: usize,
}

/// One request on its way.
pub(crate) struct Context {
    /// One request sees one configuration, from its beginning to its end.
    live: Arc<Live>,
    /// None until the request's head is read.
    head: Option<RequestHead>,
    record: Record,
    _passage: Passage,
}

#[async_trait]
impl ProxyHttp for Gateway {
    type CTX = Context;

    fn new_ctx(&self) -> Context {
        Context {
            live: self.live.load_full(),
            head: None,
            record: Record::default(),
            _passage: self.in_flight.enter(),
        }
    }

    async fn request_filter(&self, session: &mut Session, context: &mut Context) -> Result<bool> {
        session.set_read_timeout(Some(CLIENT_SILENCE_MAX));
        // Where Pingora decided to close the connection, for what the request says, it is closed.
        if session.get_keepalive().is_some() {
            session.set_keepalive(Some(CLIENT_IDLE_SECONDS));
        }
        // A client's next request may come while this one is answered (RFC 9112 section 9.3.2).
        session.set_pipelining_enabled(true);
        context.record.started = self.clock.now();
        let head = &*context.head.insert(RequestHead::new(session, self.trusted_hops));
        let (live, record) = (&*context.live, &mut context.record);
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
                return Ok(true);
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
            Delivery::Whole => Ok(true),
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
                write_response(session, &response).await?;
                Ok(true)
            }
        }
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
        let record = &context.record;
        let latency = self.clock.now().saturating_sub(record.started);
        match &record.stage {
            Some(stage) => {
                let metrics = context.live.stage_metrics(stage.position());
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

impl Gateway {
    /// What is to become of a request, for as long as its client waits for it.
    async fn decide(
        &self,
        session: &mut Session,
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
            return Ok(Outcome::Respond(response));
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
        let is_empty = session.as_downstream_mut().is_body_empty();
        let mut asked = AskedBody { counter: &counter, is_empty };
        let detached = DetachedHeader::new(session);
        let decided = {
            let header = Cased(&detached.header);
            let request = head.request(&header);
            let handle = pipeline::handle(&request, &mut asked, &live.snapshot, &ports, record);
            attend(session, body, &counter, pin!(handle)).await
        };
        detached.reattach(session);
        decided.map_err(|error| left(error, record))
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
fn close(session: &mut Session, head: &RequestHead) {
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
fn answered(session: &Session) -> Option<StatusCode> {
    let written = session.response_written().map(|head| head.status);
    written.filter(|status| !status.is_informational())
}
