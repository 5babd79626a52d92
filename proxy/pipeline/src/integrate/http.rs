//! `HTTP` and `HTTP_PROXY`: an upstream answers.

use std::sync::Arc;

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE, HOST, TRANSFER_ENCODING, USER_AGENT};
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use model::{
    Connection, HttpEndpoint, HttpIntegration, HttpVerb, ResponseTransfer, STREAM_TIME_MAX,
    ServiceCredentials, UpstreamTarget, UpstreamTls, UriPiece, UriTemplate, Verb,
};

use crate::StreamLimits;
use crate::cache;
use crate::exchange::Exchange;
use crate::failure::{Failure, Fault};
use crate::header_rules::{self, ResponseKind};
use crate::integrate::function::add_trace_id;
use crate::integrate::mapping::{self, Mapped};
use crate::integrate::method_response::{Received, method_response};
use crate::integrate::template_context::TemplateContext;
use crate::integrate::{Call, payload};
use crate::outgoing::{UpstreamHead, UpstreamSignature};
use crate::ports::{Ports, UpstreamResponse};
use crate::query;
use crate::record::Record;
use crate::request::last_text;
use crate::respond::{Response, TRACE_ID, traced};

const API_ID: HeaderName = HeaderName::from_static("x-amzn-apigateway-api-id");
const APPLICATION_JSON: HeaderValue = HeaderValue::from_static("application/json");

/// The head for an `HTTP_PROXY` upstream: the client's, with the integration's mappings; `body` is empty
/// unless they read it.
pub(super) fn proxied_head(
    call: Call<'_, '_>,
    endpoint: &HttpEndpoint,
    body: &[u8],
) -> Result<UpstreamHead, Failure> {
    let headers = header_rules::proxied_request(&call.outgoing.headers);
    let mapped = mapping::request(call, &endpoint.mappings, body, &TemplateContext::default())?;
    upstream_head(call, endpoint, headers, mapped, &call.outgoing.query_text())
}

/// Whether an integration with this method is sent a body.
pub(super) fn sends_body(method: &Method) -> bool {
    !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// Whether a response without a body, to HEAD, is for a client that asked for one.
pub(super) fn answers_head_to_get(head: &UpstreamHead, exchange: &Exchange<'_>) -> bool {
    head.method == Method::HEAD && exchange.verb != Verb::Head
}

/// Sends a whole request to an `HTTP_PROXY` upstream and passes its response.
pub(super) async fn proxied(
    call: Call<'_, '_>,
    head: &UpstreamHead,
    body: Bytes,
    ports: &Ports<'_>,
    record: &mut Record,
) -> Result<Response, Failure> {
    let answered = send(call.exchange, head, body, ports, record).await?;
    let UpstreamResponse { status, headers, body } = answered;
    cache::note_head(call.exchange, (status, &headers), record);
    let content_type = last_text(&headers, &CONTENT_TYPE);
    let body = payload::converted_response(call, None, content_type, body)?;
    let headers = header_rules::remapped_response(&headers, ResponseKind::Proxied);
    Ok(Response { status, headers, body })
}

/// Sends a request to an `HTTP` upstream and maps its response.
pub(super) async fn mapped(
    call: Call<'_, '_>,
    integration: &HttpIntegration,
    body: Bytes,
    ports: &Ports<'_>,
    record: &mut Record,
) -> Result<Response, Failure> {
    let HttpIntegration { endpoint, templates, responses } = integration;
    let mut context = TemplateContext::default();
    let payload =
        payload::request(call, templates, endpoint.content_handling, body.clone(), &mut context)?;
    let has_body = sends_body(&method(call.exchange, endpoint.verb));
    let mut headers = HeaderMap::new();
    if has_body && let Some(value) = call.outgoing.headers.get(CONTENT_TYPE) {
        headers.insert(CONTENT_TYPE, value.clone());
    }
    let mapped = mapping::request(call, &endpoint.mappings, &body, &context)?;
    let head = upstream_head(call, endpoint, headers, mapped, "")?;
    let payload = if has_body { payload } else { Bytes::new() };
    let answered = send(call.exchange, &head, payload, ports, record).await?;
    cache::note_head(call.exchange, (answered.status, &answered.headers), record);
    let status = answered.status.as_str();
    let received =
        Received { selection: status, status, headers: &answered.headers, body: answered.body };
    let mut response = method_response(call, responses, received, context)?;
    add_trace_id(call.exchange, &mut response.headers);
    Ok(response)
}

/// Adds the mappings, and what the gateway sends to every upstream.
fn upstream_head(
    call: Call<'_, '_>,
    endpoint: &HttpEndpoint,
    mut headers: HeaderMap,
    mapped: Mapped,
    client_query: &str,
) -> Result<UpstreamHead, Failure> {
    let signature = signature(call, endpoint)?;
    let exchange = call.exchange;
    let deployment = &exchange.stage.deployment;
    let path_and_query = path_and_query(exchange, &endpoint.uri, &mapped, client_query);
    headers.insert(HOST, endpoint.uri.host_header().clone());
    for name in mapped.gateway_headers.iter().chain(mapped.headers.iter().map(|(name, _)| name)) {
        headers.remove(name);
    }
    for (name, value) in mapped.headers {
        headers.append(name, value);
    }
    headers.entry(USER_AGENT).or_insert_with(|| deployment.user_agent().clone());
    headers.entry(ACCEPT).or_insert(APPLICATION_JSON);
    headers.insert(API_ID, deployment.api_id_header().clone());
    headers.insert(TRACE_ID, exchange.request.ids.trace_id.value().clone());
    Ok(UpstreamHead {
        target: Arc::clone(endpoint.uri.target()),
        link: link(exchange, &endpoint.connection)?,
        tls: UpstreamTls {
            trust: endpoint.trust,
            client_certificate: exchange.stage.client_certificate().cloned(),
        },
        signature,
        method: method(exchange, endpoint.verb),
        path_and_query: path_and_query?,
        headers,
        timeout: endpoint.timeout.duration(),
    })
}

/// What a response may take that streams: of one that is held back only if something rewrites it,
/// what AWS allows one that streams.
pub(super) fn limits(endpoint: &HttpEndpoint) -> StreamLimits {
    let timeout = endpoint.timeout.duration();
    match endpoint.transfer {
        ResponseTransfer::Buffered => {
            StreamLimits { silence_max: timeout, time_max: STREAM_TIME_MAX }
        }
        ResponseTransfer::Stream { silence_max } => {
            StreamLimits { silence_max: silence_max.min(timeout), time_max: timeout }
        }
    }
}

/// With which key a service is called, and whether it may be.
fn signature(
    call: Call<'_, '_>,
    endpoint: &HttpEndpoint,
) -> Result<Option<UpstreamSignature>, Fault> {
    let Call { exchange, caller, .. } = call;
    let Some(signature) = &endpoint.signature else { return Ok(None) };
    let key = match &signature.credentials {
        ServiceCredentials::Caller => {
            let key = caller.signer().and_then(|signer| signer.service_key(exchange));
            Arc::new(key.ok_or_else(|| {
                Fault::Configuration("Credentials of the caller are not there".to_owned())
            })?)
        }
        ServiceCredentials::Node => Arc::clone(&signature.key),
        ServiceCredentials::Role(role) => {
            let denials = exchange.stage.denials();
            if denials.denies_integration(exchange.resource_position, exchange.verb) {
                return Err(Fault::Configuration(format!(
                    "API Gateway does not have permission to assume the provided role {role}"
                )));
            }
            Arc::clone(&signature.key)
        }
    };
    Ok(Some(UpstreamSignature { of: Arc::clone(signature), key }))
}

/// Where a request is connected to, if not to the host of its address.
fn link(
    exchange: &Exchange<'_>,
    connection: &Connection,
) -> Result<Option<Arc<UpstreamTarget>>, Failure> {
    match connection {
        Connection::Direct => Ok(None),
        Connection::Link(link) => Ok(Some(Arc::clone(link))),
        Connection::LinkOfStage { variable, links } => {
            let name = exchange.stage.variable(variable).unwrap_or_default();
            let link = links.get(name).ok_or_else(|| {
                Fault::Configuration(format!(
                    "Invalid VPC link {name:?} of stage variable {variable}"
                ))
            });
            Ok(Some(Arc::clone(link?)))
        }
    }
}

fn method(exchange: &Exchange<'_>, verb: HttpVerb) -> Method {
    match verb {
        HttpVerb::Client => exchange.verb.to_http(),
        HttpVerb::Fixed(verb) => verb.to_http(),
    }
}

/// Fills the address; then the client's query, then the mapped parameters (AWS appends them).
fn path_and_query(
    exchange: &Exchange<'_>,
    uri: &UriTemplate,
    mapped: &Mapped,
    client_query: &str,
) -> Result<PathAndQuery, Failure> {
    if let Some(literal) = uri.literal()
        && client_query.is_empty()
        && mapped.query.is_empty()
    {
        return Ok(literal.clone());
    }
    let mut text = String::with_capacity(64 + client_query.len());
    for piece in uri.path_and_query() {
        match piece {
            UriPiece::Literal(literal) => text.push_str(literal),
            UriPiece::PathParameter(name) => {
                let found = mapped.path.iter().find(|(known, _)| known == name);
                text.push_str(found.map_or("", |(_, value)| value));
            }
            UriPiece::StageVariable(name) => {
                text.push_str(exchange.stage.variable(name).unwrap_or_default());
            }
        }
    }
    let mut query = client_query.to_owned();
    for (name, value) in &mapped.query {
        query::append(&mut query, name, value);
    }
    if !query.is_empty() {
        text.push(if text.contains('?') { '&' } else { '?' });
        text.push_str(&query);
    }
    PathAndQuery::try_from(text)
        .map_err(|_| Fault::Configuration("Invalid endpoint address".into()).into())
}

/// Whether the response says how long it is, or where its last chunk is: one that ends with its
/// connection may have been cut off.
fn says_its_end(method: &Method, response: &UpstreamResponse) -> bool {
    let has_body = *method != Method::HEAD && response.status != StatusCode::NO_CONTENT;
    let codings = response.headers.get_all(TRANSFER_ENCODING).into_iter().next_back();
    let is_chunked = codings.is_some_and(|codings| {
        let last = codings.as_bytes().rsplit(|byte| *byte == b',').next().unwrap_or_default();
        last.trim_ascii().eq_ignore_ascii_case(b"chunked")
    });
    !has_body || is_chunked || response.headers.contains_key(CONTENT_LENGTH)
}

async fn send(
    exchange: &Exchange<'_>,
    head: &UpstreamHead,
    body: Bytes,
    ports: &Ports<'_>,
    record: &mut Record,
) -> Result<UpstreamResponse, Failure> {
    exchange.tracer.note("endpoint request", |trace| head.traced(trace, &body));
    let started = ports.ambient.now();
    let sent = ports.upstreams.send(head, body).await;
    record.integration_latency = Some(ports.ambient.now().saturating_sub(started));
    let response = sent.map_err(Fault::from)?;
    record.integration_status = Some(response.status.as_u16());
    record.is_end_unknown = !says_its_end(&head.method, &response);
    exchange.tracer.note("endpoint response", |trace| {
        traced(trace, response.status, &response.headers, &response.body)
    });
    Ok(response)
}
