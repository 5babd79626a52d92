//! `AWS_PROXY` with a `wasi:http` handler: a function gets the request itself, and its response
//! streams.

use std::time::Duration;

use bytes::Bytes;
use http::header::CONTENT_LENGTH;
use http::uri::{Authority, PathAndQuery, Scheme};
use http::{HeaderMap, HeaderName, HeaderValue, Uri};
use model::{
    BODY_BYTES_MAX, CallFault, HandlerResponseHead, IntegrationTimeout, Invocation, PluginSlot,
};
use serde_json::json;

use crate::authorize::Caller;
use crate::cache;
use crate::exchange::Exchange;
use crate::failure::{Failure, Fault, Rejection};
use crate::header_rules::{self, ResponseKind};
use crate::integrate::function::add_trace_id;
use crate::outgoing::Outgoing;
use crate::ports::{Ports, RequestBody};
use crate::proxy_event::{forwarded_for, request_context};
use crate::record::Record;
use crate::request::{ClientScheme, Request};
use crate::respond::{ClientResponse, Response, ResponseHeaders, TRACE_ID, Whole, traced};

/// What the event of another function has as `requestContext`, in JSON: the header by which the AWS
/// Lambda Web Adapter passes it to a function that is a web server.
const REQUEST_CONTEXT: HeaderName = HeaderName::from_static("x-amzn-request-context");

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const X_FORWARDED_PORT: HeaderName = HeaderName::from_static("x-forwarded-port");
const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// A request for a function that streams.
#[derive(Debug)]
pub struct Serve {
    /// The function.
    pub plugin: PluginSlot,
    /// The request as the function gets it: its URI has scheme and authority.
    pub request: http::Request<()>,
    /// The whole body, if something has read or replaced it; none if the client's is to be passed on
    /// as it comes.
    pub body: Option<Bytes>,
    /// Of the whole call, with both bodies.
    pub timeout: Duration,
    /// The response head's finish.
    headers: ResponseHeaders,
    trace_id: HeaderValue,
}

impl Serve {
    /// The same with what the client is told of its limits.
    pub(crate) fn with_told(self, record: &Record) -> Self {
        Self { headers: self.headers.with_told(record), ..self }
    }

    /// A response with this body, or one that begins with it, as the client gets it.
    pub fn response(&self, head: &HandlerResponseHead, body: Bytes) -> ClientResponse {
        let mut headers = header_rules::remapped_response(&head.headers, ResponseKind::Proxied);
        headers.insert(TRACE_ID, self.trace_id.clone());
        let response = Response { status: head.status, headers, body };
        ClientResponse::new(Whole::Own(response), self.headers.clone())
    }

    /// What a broken call means to the client.
    pub fn failure(&self, fault: CallFault) -> Failure {
        failure(fault, self.timeout)
    }
}

/// What a function is called with.
pub(super) struct Call<'c, 'a> {
    pub(super) exchange: &'c Exchange<'a>,
    pub(super) caller: &'c Caller,
    pub(super) outgoing: Outgoing<'a>,
    pub(super) slot: PluginSlot,
}

/// The request for the function.
pub(super) async fn serve(
    call: Call<'_, '_>,
    timeout: IntegrationTimeout,
    client: &mut dyn RequestBody,
) -> Result<Serve, Failure> {
    let Call { exchange, caller, mut outgoing, slot } = call;
    let body = match outgoing.body_if_read() {
        Some(body) => Some(body.clone()),
        None if client.is_empty() => Some(Bytes::new()),
        // The whole response is needed, and so the function is not to wait for a slow client.
        None if !exchange.method.response_transforms.is_empty() || exchange.caching.is_some() => {
            Some(outgoing.body(client).await?)
        }
        // The function is not to begin what cannot be completed.
        None if is_declared_too_large(exchange.request.headers) => {
            return Err(Rejection::BodyTooLarge.into());
        }
        None => None,
    };
    let request = request(exchange, caller, &outgoing, body.as_ref())?;
    exchange.tracer.note("function request", |trace| {
        json!({
            "method": request.method().as_str(),
            "uri": request.uri().to_string(),
            "headers": trace.headers(request.headers()),
            "body": body.as_ref().map(|body| trace.body(body)),
        })
    });
    Ok(Serve {
        plugin: slot,
        request,
        body,
        timeout: timeout.duration(),
        headers: ResponseHeaders::new(exchange.request, exchange.resource.cors.as_deref()),
        trace_id: exchange.request.ids.trace_id.value().clone(),
    })
}

/// Calls the function for its whole response, which plugins are going to change, or which is kept.
pub(super) async fn whole(
    exchange: &Exchange<'_>,
    serve: Serve,
    ports: &Ports<'_>,
    record: &mut Record,
) -> Result<Response, Failure> {
    let Serve { plugin, request, body, timeout, .. } = serve;
    let request = request.map(|()| body.unwrap_or_default());
    let (request_id, log) = (ports.ambient.uuid(), exchange.tracer.log());
    let trace_id = Some(exchange.request.trace_id());
    let invocation = Invocation { request_id: &request_id, trace_id, timeout, log: log.as_ref() };
    let started = ports.ambient.now();
    let served = ports.plugins.serve(plugin, request, invocation).await;
    exchange.tracer.logged(log);
    record.integration_latency = Some(ports.ambient.now().saturating_sub(started));
    let (head, body) = served.map_err(|fault| failure(fault, timeout))?;
    record.integration_status = Some(head.status.as_u16());
    exchange
        .tracer
        .note("function response", |trace| traced(trace, head.status, &head.headers, &body));
    cache::note_head(exchange, (head.status, &head.headers), record);
    let mut headers = header_rules::remapped_response(&head.headers, ResponseKind::Proxied);
    add_trace_id(exchange, &mut headers);
    Ok(Response { status: head.status, headers, body })
}

fn request(
    exchange: &Exchange<'_>,
    caller: &Caller,
    outgoing: &Outgoing<'_>,
    body: Option<&Bytes>,
) -> Result<http::Request<()>, Failure> {
    let mut request = http::Request::new(());
    *request.method_mut() = exchange.verb.to_http();
    *request.uri_mut() = uri(exchange, outgoing)?;
    *request.headers_mut() = headers(exchange, caller, outgoing, body);
    Ok(request)
}

/// As the client sent it, but without the stage.
fn uri(exchange: &Exchange<'_>, outgoing: &Outgoing<'_>) -> Result<Uri, Failure> {
    let Request { scheme, authority, .. } = exchange.request;
    let query = outgoing.query_text();
    let separator = if query.is_empty() { "" } else { "?" };
    let path_and_query = [exchange.event_path(), separator, &*query].concat();
    let mut parts = http::uri::Parts::default();
    parts.scheme = Some(match scheme {
        ClientScheme::Http => Scheme::HTTP,
        ClientScheme::Https => Scheme::HTTPS,
    });
    let authority = Authority::try_from(*authority);
    parts.authority =
        Some(authority.map_err(|_| Rejection::Malformed("the Host header names no host"))?);
    let path_and_query = PathAndQuery::try_from(path_and_query);
    parts.path_and_query =
        Some(path_and_query.map_err(|_| Rejection::Malformed("the target is no URI"))?);
    Uri::from_parts(parts).map_err(|_| Rejection::Malformed("the target is no URI").into())
}

fn headers(
    exchange: &Exchange<'_>,
    caller: &Caller,
    outgoing: &Outgoing<'_>,
    body: Option<&Bytes>,
) -> HeaderMap {
    let request = exchange.request;
    let mut headers = header_rules::proxied_request(&outgoing.headers);
    // Should a value not be one, nobody is to take the client's for the gateway's.
    let mut set = |name: HeaderName, value: &[u8]| match HeaderValue::from_bytes(value) {
        Ok(value) => drop(headers.insert(name, value)),
        Err(_) => drop(headers.remove(name)),
    };
    set(X_FORWARDED_FOR, forwarded_for(request, &outgoing.headers).as_bytes());
    set(X_FORWARDED_PORT, request.local_port.to_string().as_bytes());
    set(X_FORWARDED_PROTO, request.scheme.as_str().as_bytes());
    set(REQUEST_CONTEXT, request_context(exchange, caller).as_bytes());
    headers.insert(TRACE_ID, request.ids.trace_id.value().clone());
    match body {
        Some(body) if body.is_empty() => {}
        Some(body) => drop(headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()))),
        None => {
            if let Some(length) = request.headers.get(CONTENT_LENGTH) {
                headers.insert(CONTENT_LENGTH, length.clone());
            }
        }
    }
    headers
}

/// A function's own timeout is an error of the function (502); the integration's is a 504.
pub(super) fn failure(fault: CallFault, integration_timeout: Duration) -> Failure {
    match fault {
        CallFault::TimedOut(limit) if integration_timeout <= limit => Fault::TimedOut,
        CallFault::NoInstance(cause) => Fault::FunctionUnavailable(cause),
        fault => Fault::Function(fault.to_string()),
    }
    .into()
}

/// A body without a declared length is measured as it streams.
fn is_declared_too_large(headers: &HeaderMap) -> bool {
    let length = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok());
    length
        .and_then(|length| length.parse().ok())
        .is_some_and(|length: u64| length > BODY_BYTES_MAX as u64)
}
