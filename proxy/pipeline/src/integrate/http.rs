//! `HTTP` and `HTTP_PROXY`: an upstream answers.

use std::sync::Arc;

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE, HOST, USER_AGENT};
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use model::{
    Connection, HttpEndpoint, HttpIntegration, HttpVerb, IntegrationResponse, UpstreamTarget,
    UpstreamTls, UriPiece, UriTemplate, Verb,
};

use crate::authorize::Caller;
use crate::exchange::Exchange;
use crate::failure::{Failure, Fault, Rejection};
use crate::header_rules::{self, ResponseKind};
use crate::integrate::function::add_trace_id;
use crate::integrate::mapping::{self, Mapped};
use crate::outgoing::{Outgoing, UpstreamHead};
use crate::ports::{Ports, UpstreamResponse};
use crate::query;
use crate::record::Record;
use crate::request::last_text;
use crate::respond::{Response, TRACE_ID};

const API_ID: HeaderName = HeaderName::from_static("x-amzn-apigateway-api-id");
const APPLICATION_JSON: HeaderValue = HeaderValue::from_static("application/json");

/// What a request to an upstream is made from.
#[derive(Clone, Copy)]
pub(super) struct Call<'c, 'a> {
    pub(super) exchange: &'c Exchange<'a>,
    pub(super) caller: &'c Caller,
    pub(super) outgoing: &'c Outgoing<'a>,
}

/// The head for an `HTTP_PROXY` upstream: the client's, with the integration's mappings.
pub(super) fn proxied_head(
    call: Call<'_, '_>,
    endpoint: &HttpEndpoint,
) -> Result<UpstreamHead, Failure> {
    let headers = header_rules::proxied_request(&call.outgoing.headers);
    upstream_head(call, endpoint, headers, &call.outgoing.query_text())
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
    head: &UpstreamHead,
    body: Bytes,
    ports: &Ports<'_>,
    record: &mut Record,
) -> Result<Response, Failure> {
    let UpstreamResponse { status, headers, body } = send(head, body, ports, record).await?;
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
    let content_type = last_text(&call.outgoing.headers, &CONTENT_TYPE);
    let template = integration.templates.choose(content_type);
    let template = template.map_err(|_| Rejection::UnsupportedMediaType)?;
    let has_body = sends_body(&method(call.exchange, integration.endpoint.verb));
    let mut headers = HeaderMap::new();
    if has_body && let Some(value) = call.outgoing.headers.get(CONTENT_TYPE) {
        headers.insert(CONTENT_TYPE, value.clone());
    }
    let head = upstream_head(call, &integration.endpoint, headers, "")?;
    let body = match template {
        _ if !has_body => Bytes::new(),
        Some(template) => Bytes::copy_from_slice(template.as_str().as_bytes()),
        None => body,
    };
    let received = send(&head, body, ports, record).await?;
    let selection = received.status.as_str();
    let chosen = integration.responses.choose(selection);
    let Call { exchange, caller, .. } = call;
    let mut response =
        method_response(exchange, caller, chosen, selection, &received.headers, received.body)?;
    add_trace_id(exchange, &mut response.headers);
    Ok(response)
}

/// The response of an integration that is not a proxy: status, headers and body are what the chosen
/// integration response says; the integration's headers do not pass unless mapped.
pub(super) fn method_response(
    exchange: &Exchange<'_>,
    caller: &Caller,
    chosen: Option<&IntegrationResponse>,
    selection: &str,
    received: &HeaderMap,
    body: Bytes,
) -> Result<Response, Failure> {
    let chosen = chosen.ok_or_else(|| {
        Fault::Configuration(format!(
            "No match for output mapping and no default output mapping configured. \
             Endpoint Response Status Code: {selection}"
        ))
    })?;
    let mapped = mapping::response(exchange, caller, received, chosen);
    let mut headers = header_rules::remapped_response(&mapped, ResponseKind::Mapped);
    let template = chosen.template(exchange.request.header(&ACCEPT));
    let body = match template {
        None => body,
        Some((media_type, template)) => {
            if !headers.contains_key(CONTENT_TYPE)
                && let Ok(value) = HeaderValue::from_str(media_type.as_str())
            {
                headers.insert(CONTENT_TYPE, value);
            }
            Bytes::copy_from_slice(template.as_str().as_bytes())
        }
    };
    Ok(Response { status: chosen.status, headers, body })
}

/// Adds the mappings, and what the gateway sends to every upstream.
fn upstream_head(
    call: Call<'_, '_>,
    endpoint: &HttpEndpoint,
    mut headers: HeaderMap,
    client_query: &str,
) -> Result<UpstreamHead, Failure> {
    let Call { exchange, caller, outgoing } = call;
    check_role(exchange, endpoint)?;
    let deployment = &exchange.stage.deployment;
    let mapped = mapping::request(exchange, caller, outgoing, &endpoint.mappings)?;
    let path_and_query = path_and_query(exchange, &endpoint.uri, &mapped, client_query);
    headers.insert(HOST, endpoint.uri.host_header().clone());
    for name in mapped.gateway_headers {
        headers.remove(name);
    }
    for (name, value) in mapped.headers {
        headers.insert(name, value);
    }
    headers.entry(USER_AGENT).or_insert_with(|| deployment.user_agent().clone());
    headers.entry(ACCEPT).or_insert(APPLICATION_JSON);
    headers.insert(API_ID, deployment.api_id_header().clone());
    headers.insert(TRACE_ID, exchange.request.ids.trace_id.clone());
    Ok(UpstreamHead {
        target: Arc::clone(endpoint.uri.target()),
        link: link(exchange, &endpoint.connection)?,
        tls: UpstreamTls {
            trust: endpoint.trust,
            client_certificate: exchange.stage.client_certificate().cloned(),
        },
        signature: endpoint.signature.clone(),
        method: method(exchange, endpoint.verb),
        path_and_query: path_and_query?,
        headers,
        timeout: endpoint.timeout.duration(),
    })
}

/// A service is called as a role, if that is named.
fn check_role(exchange: &Exchange<'_>, endpoint: &HttpEndpoint) -> Result<(), Fault> {
    let Some(role) = endpoint.signature.as_ref().and_then(|signature| signature.role.as_ref())
    else {
        return Ok(());
    };
    if exchange.stage.denials().denies_integration(exchange.resource_position, exchange.verb) {
        return Err(Fault::Configuration(format!(
            "API Gateway does not have permission to assume the provided role {role}"
        )));
    }
    Ok(())
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

async fn send(
    head: &UpstreamHead,
    body: Bytes,
    ports: &Ports<'_>,
    record: &mut Record,
) -> Result<UpstreamResponse, Failure> {
    let started = ports.ambient.now();
    let sent = ports.upstreams.send(head, body).await;
    record.integration_latency = Some(ports.ambient.now().saturating_sub(started));
    let response = sent.map_err(Fault::from)?;
    record.integration_status = Some(response.status.as_u16());
    Ok(response)
}
