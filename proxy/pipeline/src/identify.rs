//! Phase: identify. From host and path to an API's stage.
//!
//! Three ways in: `/_aws/execute-api/{apiId}/{stage}/...` on any host, a custom domain name with its
//! routing rules and base paths, and the default host name `{apiId}.execute-api.{anything}`, where the first segment of
//! the path is the stage. Where a request came in says what is found: what is private at endpoints of VPCs alone, and no
//! others there. Then chance decides whether the stage's canary serves the request.

use std::sync::Arc;

use http::HeaderName;
use model::{
    Domain, Endpoint, EndpointType, NoDomainRoute, RoutedBy, Snapshot, Stage, Stages, VpcEndpoint,
};
use mutual_tls::PeerCertificate;

use crate::authorize;
use crate::connection;
use crate::failure::{Failure, Rejection};
use crate::ports::Ambient;
use crate::record::{CustomDomainMatch, Record};
use crate::request::Request;

/// The way in that needs no host name: for clients that cannot set one.
const PATH_PREFIX: &str = "/_aws/execute-api/";

/// The API that a client of an endpoint wants which knows its public host name alone.
pub(crate) const API_ID: HeaderName = HeaderName::from_static("x-apigw-api-id");

/// The stage of a request, and its path as each reader has it.
#[derive(Clone, Copy)]
pub(crate) struct Identified<'a> {
    pub(crate) stage: &'a Arc<Stage>,
    /// For matching: begins with a slash, without base path and stage.
    pub(crate) path: &'a str,
    /// `path` of events: without the stage, and with the base path of a domain name.
    pub(crate) event_path: &'a str,
    /// `requestContext.path`: with the stage, unless the API was reached at a domain name.
    pub(crate) context_path: &'a str,
    /// Of the client, where the domain name asks for one.
    pub(crate) peer_certificate: Option<&'a Arc<PeerCertificate>>,
    /// The custom domain name of the request, if it has one.
    pub(crate) domain: Option<&'a Domain>,
    /// What of it led here.
    pub(crate) routed_by: Option<RoutedBy<'a>>,
}

pub(crate) fn identify<'a>(
    request: &Request<'a>,
    snapshot: &'a Snapshot,
    ambient: &dyn Ambient,
    record: &mut Record,
) -> Result<Identified<'a>, Failure> {
    let domain = domain(request, snapshot);
    record.peer_certificate =
        domain.and_then(|domain| connection::shown(request, domain.tls())).cloned();
    let mut identified = find(request, snapshot, domain)?;
    check_endpoint(request, &identified)?;
    identified.stage = identified.stage.drawn(|| ambient.percent());
    check_endpoint(request, &identified)?;
    record.stage = Some(Arc::clone(identified.stage));
    record.custom_domain = identified.routed_by.and_then(CustomDomainMatch::new);
    Ok(identified)
}

/// The same before chance decides.
pub(crate) fn locate<'a>(
    request: &Request<'a>,
    snapshot: &'a Snapshot,
) -> Result<Identified<'a>, Failure> {
    let identified = find(request, snapshot, domain(request, snapshot))?;
    check_endpoint(request, &identified)?;
    Ok(identified)
}

/// Whether the API answers where the request came in. At a domain name the type of that counts, by which it was found: it
/// may lead to APIs of the other type (AWS), but none leads from outside to a private one, or back.
fn check_endpoint(request: &Request<'_>, identified: &Identified<'_>) -> Result<(), Rejection> {
    let endpoint_type = identified.stage.deployment.api().endpoint_type;
    let answers = match identified.routed_by {
        Some(_) => (endpoint_type == EndpointType::Private) == request.vpc_endpoint().is_some(),
        None => request.endpoint.serves(endpoint_type),
    };
    if answers { Ok(()) } else { Err(Rejection::EndpointMismatch) }
}

fn find<'a>(
    request: &Request<'a>,
    snapshot: &'a Snapshot,
    domain: Option<&'a Domain>,
) -> Result<Identified<'a>, Failure> {
    let peer_certificate = match domain {
        Some(domain) => connection::check(request, domain.tls())?,
        None => None,
    };
    if let Some(private) = domain.and_then(Domain::private) {
        authorize::require_of_domain(request, snapshot, private)?;
    }
    let identified = find_stage(request, snapshot, domain)?;
    Ok(Identified { peer_certificate, domain, ..identified })
}

fn find_stage<'a>(
    request: &Request<'a>,
    snapshot: &'a Snapshot,
    domain: Option<&'a Domain>,
) -> Result<Identified<'a>, Failure> {
    let host = request.host();
    if let Some(rest) = request.path.strip_prefix(PATH_PREFIX) {
        let api_end = rest.find('/').unwrap_or(rest.len());
        by_api(snapshot, &rest[..api_end], &rest[api_end..])
    } else if let Some(domain) = domain {
        by_domain(snapshot, domain, request)
    } else if let Some(api) = default_host_api(host, request.vpc_endpoint()) {
        by_api(snapshot, api, request.path)
    } else if let (Some(_), Some(api)) = (request.vpc_endpoint(), request.header(&API_ID)) {
        by_api(snapshot, api, request.path)
    } else {
        Err(Rejection::UnknownDomain.into())
    }
}

/// The domain name of a request, of those where it came in.
fn domain<'a>(request: &Request<'_>, snapshot: &'a Snapshot) -> Option<&'a Domain> {
    let find = |host: &str| match request.endpoint {
        Endpoint::Public(endpoint) => snapshot.domain(*endpoint, host),
        Endpoint::Vpc { endpoint, .. } => snapshot.private_domain(endpoint, host),
    };
    let host = request.host();
    if host.bytes().any(|byte| byte.is_ascii_uppercase()) {
        find(&host.to_ascii_lowercase())
    } else {
        find(host)
    }
}

/// The API of `{apiId}.execute-api.{anything}`, at an endpoint of a VPC also `{apiId}-{vpceId}.`
fn default_host_api<'h>(host: &'h str, endpoint: Option<&VpcEndpoint>) -> Option<&'h str> {
    let (api, rest) = host.split_once('.')?;
    let label = rest.split('.').next()?;
    let of_endpoint = || {
        let (api, id) = api.split_once('-')?;
        endpoint?.id.eq_ignore_ascii_case(id).then_some(api)
    };
    let is_endpoint_alone = endpoint.is_some() && api.starts_with("vpce-");
    let is_default = label.eq_ignore_ascii_case("execute-api") && !is_endpoint_alone;
    is_default.then(|| of_endpoint().unwrap_or(api))
}

/// `path` is what follows the API: `/{stage}/...`.
fn by_api<'a>(snapshot: &'a Snapshot, api: &str, path: &'a str) -> Result<Identified<'a>, Failure> {
    let unknown = || Rejection::UnknownApi { api: api.chars().take(64).collect() };
    let stages = snapshot.stages_of(api).ok_or_else(unknown)?;
    let (stage, rest) = first_segment_stage(stages, path)?;
    if stage.deployment.api().is_default_endpoint_disabled {
        return Err(Rejection::DefaultEndpointDisabled.into());
    }
    Ok(Identified {
        stage,
        path: rest,
        event_path: rest,
        context_path: path,
        peer_certificate: None,
        domain: None,
        routed_by: None,
    })
}

fn by_domain<'a>(
    snapshot: &'a Snapshot,
    domain: &'a Domain,
    request: &Request<'a>,
) -> Result<Identified<'a>, Failure> {
    let path = request.path;
    let route = domain.route(path, request.headers).map_err(|none| match none {
        NoDomainRoute::NoApiMapping => Rejection::UnknownBasePath,
        NoDomainRoute::NoRoutingRule => Rejection::NoRoutingRule,
    })?;
    let (stage, rest) = match route.stage {
        // A rule that leads to a stage that is gone is not passed over: others are for other requests.
        Some(name) => {
            let stage = snapshot.stage(route.api.as_str(), name.as_str());
            (stage.ok_or(Rejection::UnknownStage)?, or_root(route.rest))
        }
        None => {
            let stages = snapshot.stages_of(route.api.as_str());
            first_segment_stage(stages.ok_or(Rejection::UnknownStage)?, route.rest)?
        }
    };
    Ok(Identified {
        stage,
        path: rest,
        event_path: path,
        context_path: path,
        peer_certificate: None,
        domain: None,
        routed_by: Some(route.by),
    })
}

/// The stage that a path begins with, and what follows it.
fn first_segment_stage<'a>(
    stages: &'a Stages,
    path: &'a str,
) -> Result<(&'a Arc<Stage>, &'a str), Rejection> {
    let path = path.trim_start_matches('/');
    let (name, rest) = path.split_at(path.find('/').unwrap_or(path.len()));
    let stage = stages.get(name).ok_or(Rejection::UnknownStage)?;
    Ok((stage, or_root(rest)))
}

fn or_root(path: &str) -> &str {
    if path.is_empty() { "/" } else { path }
}
