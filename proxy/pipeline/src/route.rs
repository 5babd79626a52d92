//! Phase: route. From path and HTTP method to a resource's method.

use http::HeaderName;
use http::header::AUTHORIZATION;
use model::{Method, PathValues, Resource, Routed, Snapshot, Verb};
use serde_json::{Value, json};
use sigv4::SignatureError;

use crate::exchange::{Exchange, MethodCaching};
use crate::failure::{Failure, Rejection};
use crate::identify::Identified;
use crate::ports::Ambient;
use crate::query;
use crate::record::Record;
use crate::request::Request;
use crate::trace::{Phase, Trace, Tracer};

pub(crate) const METHOD_OVERRIDE: HeaderName = HeaderName::from_static("x-http-method-override");

pub(crate) fn route<'a>(
    request: &'a Request<'a>,
    snapshot: &'a Snapshot,
    identified: Identified<'a>,
    ambient: &'a dyn Ambient,
    record: &mut Record,
) -> Result<Exchange<'a>, Failure> {
    let stage = identified.stage;
    let mut exchange = find(request, snapshot, identified).ok_or_else(|| no_route(request))?;
    record.routed = Some((exchange.resource_position, exchange.verb));
    record.resource_path = Some(exchange.resource.path.to_shared());
    if stage.deployment.shifts_traffic() {
        exchange.chance = ambient.percent() / 100.0;
    }
    if stage.method_settings(exchange.resource_position, exchange.verb).data_trace {
        exchange.tracer = Tracer::new(&exchange, ambient, record.started);
        record.trace = exchange.tracer.trace();
        exchange.tracer.enter(Phase::Route);
        exchange.tracer.note("request", |trace| received(&exchange, trace));
        exchange.tracer.note("route", |_| routed(&exchange));
    }
    Ok(exchange)
}

/// What the client sent.
fn received(exchange: &Exchange<'_>, trace: &Trace) -> Value {
    let request = exchange.request;
    json!({
        "method": request.method.as_str(),
        "host": request.host(),
        "path": request.path,
        "query": query::parse(request.query),
        "headers": trace.headers(request.headers),
        "sourceIp": request.source_ip,
    })
}

/// What it is for.
fn routed(exchange: &Exchange<'_>) -> Value {
    let (stage, resource) = (exchange.stage, exchange.resource);
    let path_parameters: Vec<_> = exchange.path_parameters().collect();
    json!({
        "apiId": stage.deployment.api().id.as_str(),
        "stage": stage.name.as_str(),
        "deploymentId": stage.deployment.id().as_str(),
        "canary": stage.is_canary(),
        "stageVariables": stage.variables,
        "resourcePath": resource.path.as_str(),
        "httpMethod": exchange.verb.as_str(),
        "pathParameters": path_parameters,
    })
}

/// The resource and method of a request; nothing is drawn.
pub(crate) fn find<'a>(
    request: &'a Request<'a>,
    snapshot: &'a Snapshot,
    identified: Identified<'a>,
) -> Option<Exchange<'a>> {
    let verb = verb(request)?;
    let (resource, method, routed) = identified.stage.deployment.route(identified.path, verb)?;
    let place = Place { resource, method, routed, verb };
    Some(exchange(request, snapshot, identified, place))
}

/// A request that is for no resource, as if it were for the first one: for what is known of it all the
/// same. None if the API has no method.
pub(crate) fn unrouted<'a>(
    request: &'a Request<'a>,
    snapshot: &'a Snapshot,
    identified: Identified<'a>,
) -> Option<Exchange<'a>> {
    let resources = &identified.stage.deployment.api().resources;
    let resource = resources.iter().position(|resource| !resource.methods.is_empty())?;
    let routed = Routed { resource, method: 0, values: PathValues::default() };
    let resource = &resources[resource];
    let place = Place { resource, method: &resource.methods[0], routed, verb: Verb::Get };
    Some(exchange(request, snapshot, identified, place))
}

struct Place<'a> {
    resource: &'a Resource,
    method: &'a Method,
    routed: Routed,
    verb: Verb,
}

fn exchange<'a>(
    request: &'a Request<'a>,
    snapshot: &'a Snapshot,
    identified: Identified<'a>,
    place: Place<'a>,
) -> Exchange<'a> {
    let Identified { stage, path, event_path, context_path, peer_certificate, domain, .. } =
        identified;
    let caching = stage.caching(place.routed.resource, place.verb);
    let caching = caching.filter(|_| !place.method.integration.streams());
    let caching =
        caching.map(|(scope, cluster, settings)| MethodCaching { scope, cluster, settings });
    Exchange {
        request,
        snapshot,
        stage,
        resource: place.resource,
        resource_position: place.routed.resource,
        method: place.method,
        verb: place.verb,
        path_values: place.routed.values,
        path,
        event_path,
        context_path,
        peer_certificate: peer_certificate.map(|certificate| &**certificate),
        domain,
        chance: 0.0,
        caching,
        tracer: Tracer::default(),
    }
}

/// The HTTP method that is asked for: `X-HTTP-Method-Override` wins (API Gateway Developer Guide,
/// "Amazon API Gateway important notes").
fn verb(request: &Request<'_>) -> Option<Verb> {
    match request.header(&METHOD_OVERRIDE) {
        Some(name) => Verb::ALL.into_iter().find(|verb| verb.as_str().eq_ignore_ascii_case(name)),
        None => Verb::from_http(request.method),
    }
}

/// AWS answers as for an unsigned request, or, when an `Authorization` header is there that is no
/// signature, as for a broken one. Recorded: both texts.
fn no_route(request: &Request<'_>) -> Rejection {
    match request.header(&AUTHORIZATION) {
        Some(value) if !value.trim_start().starts_with("AWS4-") => {
            Rejection::IncompleteSignature(SignatureError::no_equal_sign(value.as_bytes()))
        }
        _ => Rejection::MissingAuthenticationToken,
    }
}
