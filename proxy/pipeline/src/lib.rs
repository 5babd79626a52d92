//! The path of one request, in order.
//!
//! [`handle`] takes a request and a snapshot and returns an [`Outcome`]; everything outside (plugins,
//! upstreams, the client's body, time and randomness) is a port. No socket, clock or runtime is
//! named here, and neither Pingora nor Wasmtime.
//!
//! A phase is a function of this list and a file of its own. What a phase decides is a value that
//! the next one demands: an integration cannot be called without the [`authorize::Caller`] that
//! only `authorize` makes.

#![forbid(unsafe_code)]

mod admit;
mod authorize;
mod bounded_json;
mod cache;
mod compression;
mod connection;
mod context;
mod exchange;
mod failure;
mod gateway_response;
mod header_rules;
mod identify;
mod integrate;
mod limiter;
mod outgoing;
mod ports;
mod proxy_event;
mod query;
mod rate_limit;
mod record;
mod request;
mod respond;
mod response_cache;
mod route;
mod situation;
mod size;
mod trace;
mod trace_id;
mod transform;
mod validate;

#[cfg(test)]
mod tests;

pub use authorize::{AuthorizerCache, TokenCache};
pub use failure::{ApiKeyFlaw, Failure, Fault, Rejection, ThrottledBy};
pub use integrate::Serve;
pub use limiter::Limiter;
pub use outgoing::{UpstreamHead, UpstreamSignature};
pub use ports::{
    Ambient, BodyError, BoxFuture, IssuerKeys, Plugins, Ports, RequestBody, UpstreamError,
    UpstreamResponse, Upstreams,
};
pub use record::{CacheResult, CustomDomainMatch, Record, RecordedError};
pub use request::{CasedHeaders, ClientScheme, Request, RequestIds, TlsConnection};
pub use respond::{ClientResponse, Response, ResponseHeaders};
pub use response_cache::{KeptResponse, ResponseCache};
pub use trace::{Phase, Trace, TracedPhase, TracedStep};
pub use trace_id::TraceId;

use std::time::Duration;

use authorize::Caller;
use bytes::Bytes;
use cache::Source;
use exchange::Exchange;
use integrate::Integrated;
use model::Snapshot;
use outgoing::Outgoing;
use respond::Whole;
use situation::Situation;

/// What becomes of a request.
#[derive(Debug)]
pub enum Outcome {
    /// The request goes to an upstream, and the response comes back as it streams,
    /// with the headers of [`respond::ResponseHeaders::forwarded`].
    Forward(Box<Forward>),
    /// This is the answer.
    Respond(Box<ClientResponse>),
    /// The request goes to a function that streams, its response head passed through
    /// [`Serve::response`].
    Serve(Box<Serve>),
}

/// What a response that streams may take.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct StreamLimits {
    /// Between two of its parts.
    pub silence_max: Duration,
    /// For all of it.
    pub time_max: Duration,
}

/// A request for an upstream whose response nothing rewrites.
#[derive(Debug)]
pub struct Forward {
    /// Where, and with which head.
    pub head: UpstreamHead,
    /// The whole body.
    pub body: Bytes,
    /// What the response may take.
    pub limits: StreamLimits,
    /// The response head's finish.
    pub headers: ResponseHeaders,
}

/// Decides everything about one request. Never fails: what goes wrong is an answer too.
///
/// `record` collects what the access log and the metrics will say.
pub async fn handle(
    request: &Request<'_>,
    body: &mut dyn RequestBody,
    snapshot: &Snapshot,
    ports: &Ports<'_>,
    record: &mut Record,
) -> Outcome {
    let outcome = run(request, body, snapshot, ports, record).await;
    match outcome {
        Ok(Outcome::Respond(response)) => {
            record.responded(&response, ports.ambient);
            Outcome::Respond(response)
        }
        Ok(outcome) => outcome,
        Err(failure) => {
            let response = refuse(&failure, request, snapshot, record);
            record.responded(&response, ports.ambient);
            Outcome::Respond(Box::new(response))
        }
    }
}

/// The phases, top to bottom.
async fn run(
    request: &Request<'_>,
    body: &mut dyn RequestBody,
    snapshot: &Snapshot,
    ports: &Ports<'_>,
    record: &mut Record,
) -> Result<Outcome, Failure> {
    size::accept(request)?;
    let identified = identify::identify(request, snapshot, ports.ambient, record)?;
    let exchange = route::route(request, snapshot, identified, ports.ambient, record)?;
    let mut outgoing = Outgoing::new(&exchange);
    let caller = authorize::authorize(&exchange, &mut outgoing, body, ports, record).await?;
    let caller = admit::admit(&exchange, caller, ports, record)?;
    validate::validate(&exchange, &mut outgoing, body).await?;
    let source = cache::look_up(&exchange, &caller, &mut outgoing, body, ports, record).await?;
    let integrated = match source {
        Source::Cache(response) => return Ok(whole(&exchange, response, record).await),
        Source::Integration => {
            answer(&exchange, &caller, outgoing, body, ports, record).await?.integrated
        }
        Source::Shared(fill) => {
            let answered = answer(&exchange, &caller, outgoing, body, ports, record).await;
            let response = answered.as_ref().ok().and_then(Answered::of_integration);
            cache::keep(&exchange, fill, response, ports, record);
            answered?.integrated
        }
    };
    match integrated {
        Integrated::Forward(head, body, limits) => {
            let headers = own_headers(&exchange, record);
            exchange.tracer.note("endpoint request", |trace| head.traced(trace, &body));
            Ok(Outcome::Forward(Box::new(Forward { head, body, limits, headers })))
        }
        Integrated::Response(response) => Ok(whole(&exchange, Whole::Own(response), record).await),
        Integrated::Serve(serve) => Ok(Outcome::Serve(Box::new(serve.with_told(record)))),
    }
}

/// The headers of the gateway for the answer to a request.
fn own_headers(exchange: &Exchange<'_>, record: &Record) -> ResponseHeaders {
    let headers = ResponseHeaders::new(exchange.request, exchange.resource.cors.as_deref());
    headers.with_told(record)
}

/// A whole response as the client gets it.
async fn whole(exchange: &Exchange<'_>, response: Whole, record: &Record) -> Outcome {
    let headers = own_headers(exchange, record).with_trace_id_for(&response, exchange.request);
    let response = match exchange.stage.deployment.api().minimum_compression_size {
        // Boxed: most APIs have none.
        Some(minimum) => Box::pin(compression::encoded(exchange, minimum, response)).await,
        None => response,
    };
    Outcome::Respond(Box::new(ClientResponse::new(response, headers)))
}

/// What a request that was let in leads to.
struct Answered {
    integrated: Integrated,
    /// A plugin answered in place of the integration.
    is_of_plugin: bool,
}

impl Answered {
    /// The response, if it is the integration's.
    fn of_integration(&self) -> Option<&Response> {
        match &self.integrated {
            Integrated::Response(response) if !self.is_of_plugin => Some(response),
            Integrated::Forward(..) | Integrated::Response(_) | Integrated::Serve(_) => None,
        }
    }
}

/// The phases that a response which is kept saves.
async fn answer(
    exchange: &Exchange<'_>,
    caller: &Caller,
    mut outgoing: Outgoing<'_>,
    body: &mut dyn RequestBody,
    ports: &Ports<'_>,
    record: &mut Record,
) -> Result<Answered, Failure> {
    let answered = transform::on_request(exchange, caller, &mut outgoing, body, ports).await?;
    let is_of_plugin = answered.is_some();
    let integrated = match answered {
        Some(response) => Integrated::Response(response),
        None => integrate::integrate(exchange, caller, outgoing, body, ports, record).await?,
    };
    let integrated = match integrated {
        Integrated::Response(response) => {
            Integrated::Response(transform::on_response(exchange, caller, response, ports).await?)
        }
        other => other,
    };
    Ok(Answered { integrated, is_of_plugin })
}

/// The gateway's own answer for a request that it refuses or that something broke, as the API wants it.
/// Also for what goes wrong outside [`handle`]: while a forwarded request is under way.
pub fn refuse(
    failure: &Failure,
    request: &Request<'_>,
    snapshot: &Snapshot,
    record: &mut Record,
) -> ClientResponse {
    let mut answer = gateway_response::gateway_response(failure);
    let stage = record.stage.clone();
    let situation =
        stage.as_ref().and_then(|stage| Situation::find(request, snapshot, stage, record));
    if let (Some(situation), Some(stage)) = (&situation, &stage) {
        let responses = &stage.deployment.api().gateway_responses;
        gateway_response::customise(&mut answer, responses, situation);
    }
    let cors = situation.as_ref().and_then(Situation::cors);
    let recorded = answer.recorded(failure);
    let headers = ResponseHeaders::new(request, cors).with_told(record);
    record.error = Some(recorded);
    ClientResponse::new(Whole::Own(answer.response), headers)
}

/// Notes why a request has no answer, where nobody is there to get one.
pub fn note(failure: &Failure, record: &mut Record) {
    record.error = Some(gateway_response::gateway_response(failure).recorded(failure));
}
