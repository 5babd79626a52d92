//! Custom domain names: which API and stage each of their requests is for.
//!
//! Sources: API Gateway Developer Guide, "Use API mappings to connect API stages to a custom domain
//! name": the longest base path that matches whole segments, with their case, wins; "Send traffic to your APIs
//! through your custom domain name": routing rules are asked before any base path.

use std::collections::HashMap;
use std::sync::Arc;

use http::{HeaderMap, HeaderName};

use crate::{ApiId, DomainTls, EndpointType, PrivateDomain, RoutingRule, StageName};

/// One domain name: where its requests lead to, and what it asks of connections.
#[derive(Clone, Debug, Default)]
pub struct Domain {
    /// In the order in which they are asked.
    rules: Vec<RoutingRule>,
    /// Those that a rule looks at, each once.
    routing_headers: Vec<HeaderName>,
    /// None: what no rule is for leads nowhere.
    mappings: Option<ApiMappings>,
    tls: DomainTls,
    endpoint: DomainEndpoint,
}

/// Where a domain name is reached: the APIs that it leads to may be of another type, but a private one leads to private
/// APIs alone.
#[derive(Clone, Debug, Default)]
pub enum DomainEndpoint {
    /// Where what is edge-optimized is.
    Edge,
    /// At the endpoints of VPCs that lead to it.
    Private(PrivateDomain),
    /// Where what is regional is.
    #[default]
    Regional,
}

/// Targets by base path.
#[derive(Clone, Debug, Default)]
struct ApiMappings {
    /// Without slashes at its ends; the empty one is for whatever no other is for.
    targets: HashMap<Arc<str>, DomainTarget>,
    /// Of the base path with the most.
    segments_max: usize,
}

/// Where a base path leads to.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DomainTarget {
    /// The API.
    pub api: ApiId,
    /// Its stage; none if the segment after the base path names it.
    pub stage: Option<StageName>,
}

/// Where a request leads to.
#[derive(Clone, Copy, Debug)]
pub struct DomainRoute<'d, 'p> {
    /// The API.
    pub api: &'d ApiId,
    /// Its stage; none if the first segment of the rest names it.
    pub stage: Option<&'d StageName>,
    /// What of the path is for the API: nothing, or a slash and more.
    pub rest: &'p str,
    /// What said so.
    pub by: RoutedBy<'d>,
}

/// What leads a request to its API.
#[derive(Clone, Copy, Debug)]
pub enum RoutedBy<'d> {
    /// The mapping of this base path.
    ApiMapping(&'d Arc<str>),
    /// The rule of this id.
    RoutingRule(&'d Arc<str>),
}

/// Why a request leads nowhere.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum NoDomainRoute {
    /// No base path is for it.
    NoApiMapping,
    /// No rule is for it, and there are rules alone.
    NoRoutingRule,
}

impl Domain {
    /// A domain name with these base paths: `a`, `a/b`; the empty one is for whatever no other is for.
    pub fn new(targets: impl IntoIterator<Item = (String, DomainTarget)>) -> Self {
        let mappings = Some(ApiMappings::new(targets));
        Self { mappings, ..Self::default() }
    }

    /// One that has routing rules alone, in the order in which they are asked.
    pub fn of_routing_rules(rules: Vec<RoutingRule>) -> Self {
        Self::default().with_routing_rules(rules)
    }

    /// The same with routing rules that are asked first, in this order.
    #[must_use]
    pub fn with_routing_rules(self, rules: Vec<RoutingRule>) -> Self {
        let mut routing_headers: Vec<HeaderName> = Vec::new();
        for condition in rules.iter().flat_map(|rule| &rule.headers) {
            if !routing_headers.contains(condition.name()) {
                routing_headers.push(condition.name().clone());
            }
        }
        Self { rules, routing_headers, ..self }
    }

    /// The same, which asks this of connections.
    #[must_use]
    pub fn with_tls(self, tls: DomainTls) -> Self {
        Self { tls, ..self }
    }

    /// The same, which is reached there.
    #[must_use]
    pub fn with_endpoint(self, endpoint: DomainEndpoint) -> Self {
        Self { endpoint, ..self }
    }

    /// Where it is reached.
    pub fn endpoint_type(&self) -> EndpointType {
        match self.endpoint {
            DomainEndpoint::Edge => EndpointType::Edge,
            DomainEndpoint::Private(_) => EndpointType::Private,
            DomainEndpoint::Regional => EndpointType::Regional,
        }
    }

    /// Whom it lets in, if it is private.
    pub fn private(&self) -> Option<&PrivateDomain> {
        match &self.endpoint {
            DomainEndpoint::Private(private) => Some(private),
            DomainEndpoint::Edge | DomainEndpoint::Regional => None,
        }
    }

    /// What it asks of connections.
    pub fn tls(&self) -> &DomainTls {
        &self.tls
    }

    /// The headers that lead requests to one API or another.
    pub fn routing_headers(&self) -> &[HeaderName] {
        &self.routing_headers
    }

    /// Where a request of a path and headers leads to. Several slashes at the beginning of the path are one.
    ///
    /// # Errors
    /// What there is nothing of for it.
    pub fn route<'p>(
        &self,
        path: &'p str,
        headers: &HeaderMap,
    ) -> Result<DomainRoute<'_, 'p>, NoDomainRoute> {
        if let Some(route) = self.rules.iter().find_map(|rule| rule.route(path, headers)) {
            return Ok(route);
        }
        let mappings = self.mappings.as_ref().ok_or(NoDomainRoute::NoRoutingRule)?;
        mappings.route(path).ok_or(NoDomainRoute::NoApiMapping)
    }
}

impl ApiMappings {
    fn new(targets: impl IntoIterator<Item = (String, DomainTarget)>) -> Self {
        let targets = targets.into_iter().map(|(path, target)| (path.into(), target));
        let targets: HashMap<Arc<str>, DomainTarget> = targets.collect();
        let segments = |path: &Arc<str>| if path.is_empty() { 0 } else { path.split('/').count() };
        let segments_max = targets.keys().map(segments).max().unwrap_or_default();
        Self { targets, segments_max }
    }

    fn route<'p>(&self, path: &'p str) -> Option<DomainRoute<'_, 'p>> {
        let start = path.len() - path.trim_start_matches('/').len();
        let ends = path[start..].match_indices('/').map(|(end, _)| start + end);
        let mut found = self.targets.get_key_value("").map(|target| (target, 0));
        for end in ends.chain([path.len()]).take(self.segments_max) {
            let longer = self.targets.get_key_value(&path[start..end]);
            found = longer.map(|target| (target, end)).or(found);
        }
        let ((base_path, DomainTarget { api, stage }), end) = found?;
        let by = RoutedBy::ApiMapping(base_path);
        Some(DomainRoute { api, stage: stage.as_ref(), rest: &path[end..], by })
    }
}

#[cfg(test)]
mod tests;
