//! Caching of a method's responses: what a cached response is for, for how long, and where it is kept.
//!
//! Source: API Gateway Developer Guide, "Cache settings for REST APIs in API Gateway", and REST API
//! Reference, `Integration` and `MethodSetting`.

use std::time::Duration;

use http::HeaderName;

use crate::{ApiId, RequestMappings, RequestSource, StageName};

/// `cacheTtlInSeconds` (AWS): what is longer is no setting, and 0 is none.
pub const CACHE_TTL_MAX: Duration = Duration::from_secs(3_600);

/// What tells cached responses of an integration apart, beside API, stage and deployment.
#[derive(Clone, Debug)]
pub struct CacheKey {
    namespace: Option<String>,
    parameters: Vec<RequestSource>,
    names: String,
}

/// Not one of `cacheKeyParameters`.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum InvalidCacheKey {
    /// It names no parameter of a request.
    #[error(
        "is no parameter of a request; write method.request.{{header|multivalueheader|querystring|\
         multivaluequerystring|path}}.NAME, or integration.request.{{header|querystring|path}}.NAME"
    )]
    NoParameter,
    /// It names a parameter of the integration's request that no mapping sets.
    #[error(
        "is set by no mapping in requestParameters; add one, or name the parameter of the method"
    )]
    NotMapped,
}

impl Default for CacheKey {
    fn default() -> Self {
        Self::new(None, Vec::new())
    }
}

impl CacheKey {
    /// `cacheNamespace`, if there is one, and `cacheKeyParameters` of an integration with these mappings.
    pub fn new(namespace: Option<String>, parameters: Vec<RequestSource>) -> Self {
        let namespace = namespace.filter(|name| !name.is_empty());
        let names = format!("{parameters:?}");
        Self { namespace, parameters, names }
    }

    /// Reads one of `cacheKeyParameters`: what a parameter of the integration's request is mapped from.
    ///
    /// # Errors
    /// That it is none.
    pub fn parameter(
        text: &str,
        mappings: &RequestMappings,
    ) -> Result<RequestSource, InvalidCacheKey> {
        if text.starts_with("integration.request.") {
            let target = crate::RequestTarget::parse(text);
            let target = target.map_err(|_| InvalidCacheKey::NoParameter)?;
            let mapping = mappings.entries().iter().find(|mapping| mapping.target == target);
            return Ok(mapping.ok_or(InvalidCacheKey::NotMapped)?.source.clone());
        }
        match RequestSource::parse(text) {
            Ok(
                source @ (RequestSource::Header(_)
                | RequestSource::MultiValueHeader(_)
                | RequestSource::MultiValueQuery(_)
                | RequestSource::Path(_)
                | RequestSource::Query(_)),
            ) => Ok(source),
            Ok(_) | Err(_) => Err(InvalidCacheKey::NoParameter),
        }
    }

    /// Integrations with equal ones share what is cached; none: the resource's own.
    pub fn namespace(&self) -> Option<&str> {
        self.namespace.as_deref()
    }

    /// In the order of the integration.
    pub fn parameters(&self) -> &[RequestSource] {
        &self.parameters
    }

    /// Which kinds of parameters there are, by which names: equal for equal ones alone, for as long as the
    /// process runs.
    pub fn names(&self) -> &str {
        &self.names
    }

    /// Whether the body, or a part of it, is in it.
    pub fn has_body(&self) -> bool {
        self.parameters().iter().any(|source| matches!(source, RequestSource::Body(_)))
    }

    /// Whether requests that differ in a header differ in their key.
    pub fn has_header(&self, name: &HeaderName) -> bool {
        self.parameters.iter().any(|source| match source {
            RequestSource::Header(known) | RequestSource::MultiValueHeader(known) => known == name,
            _ => false,
        })
    }
}

/// `methodSettings` of a method whose responses are cached.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Caching {
    ttl: Duration,
    /// `cacheDataEncrypted`
    pub is_encrypted: bool,
    /// Whose `Cache-Control` is listened to.
    pub invalidation: Invalidation,
}

impl Caching {
    /// None for a time to live that is not within 1 second and [`CACHE_TTL_MAX`]: nothing is cached.
    pub fn new(ttl: Duration, is_encrypted: bool, invalidation: Invalidation) -> Option<Self> {
        let is_time = !ttl.is_zero() && ttl <= CACHE_TTL_MAX;
        is_time.then_some(Self { ttl, is_encrypted, invalidation })
    }

    /// `cacheTtlInSeconds`
    pub fn ttl(&self) -> Duration {
        self.ttl
    }
}

/// `requireAuthorizationForCacheControl`: which clients make the gateway forget a response.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Invalidation {
    /// Everybody who may call the method.
    Anybody,
    /// Those who sign and whose policies allow `execute-api:InvalidateCache`; others get this.
    Authorized(Unauthorized),
}

/// `unauthorizedCacheControlHeaderStrategy`
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Unauthorized {
    /// `FAIL_WITH_403`
    Fail,
    /// `SUCCEED_WITHOUT_RESPONSE_HEADER`
    Succeed,
    /// `SUCCEED_WITH_RESPONSE_HEADER`
    SucceedWithWarning,
}

/// The cache of a stage. Another one, of another size or generation, is empty.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct CacheCluster {
    pub(crate) api: ApiId,
    pub(crate) stage: StageName,
    pub(crate) settings: CacheClusterSettings,
}

/// What makes the cache of a stage another one.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct CacheClusterSettings {
    /// `cacheClusterSize`
    pub size: CacheClusterSize,
    /// Another number each time that all of it is forgotten.
    pub generation: u64,
    /// A canary that does not use its stage's has one of its own.
    pub owner: CacheOwner,
}

/// Whose a cache is.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum CacheOwner {
    /// The canary's.
    Canary,
    /// The stage's.
    Stage,
}

impl CacheCluster {
    /// How much it holds at most.
    pub fn size(&self) -> CacheClusterSize {
        self.settings.size
    }
}

/// `cacheClusterSize`: one of AWS's.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct CacheClusterSize(u64);

impl CacheClusterSize {
    /// As AWS writes them, in GB.
    pub const NAMES: [&str; 8] = ["0.5", "1.6", "6.1", "13.5", "28.4", "58.2", "118", "237"];

    /// Tenths of GB, in the order of the names.
    const TENTHS: [u64; 8] = [5, 16, 61, 135, 284, 582, 1_180, 2_370];

    /// None for what is no size of AWS.
    pub fn parse(text: &str) -> Option<Self> {
        let position = Self::NAMES.iter().position(|name| *name == text)?;
        Some(Self(Self::TENTHS[position] * 100_000_000))
    }

    /// In bytes: a GB has 1,000,000,000.
    pub fn bytes(self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Backend, RequestMapping};

    #[test]
    fn sizes_are_those_of_aws() {
        let bytes = |text| CacheClusterSize::parse(text).map(CacheClusterSize::bytes);
        assert_eq!(bytes("0.5"), Some(500_000_000));
        assert_eq!(bytes("237"), Some(237_000_000_000));
        assert_eq!([bytes("0.50"), bytes("2"), bytes("")], [None; 3]);
    }

    #[test]
    fn caching_for_no_time_is_none() {
        let caching = |ttl| Caching::new(Duration::from_secs(ttl), false, Invalidation::Anybody);
        assert_eq!([caching(0), caching(3_601)], [None; 2]);
        assert_eq!(caching(3_600).map(|caching| caching.ttl()), Some(CACHE_TTL_MAX));
    }

    #[test]
    fn keys_are_parameters_of_either_request() {
        let mapping =
            RequestMapping::parse("integration.request.header.a", "method.request.body.id");
        let mappings = RequestMappings::new(vec![mapping.unwrap()], Backend::Http);
        let read = |text| CacheKey::parameter(text, &mappings);
        assert!(matches!(read("method.request.path.id"), Ok(RequestSource::Path(_))));
        assert!(matches!(
            read("method.request.multivalueheader.A"),
            Ok(RequestSource::MultiValueHeader(_))
        ));
        assert!(matches!(read("integration.request.header.A"), Ok(RequestSource::Body(Some(_)))));
        let refused =
            ["method.request.body", "'x'", "context.stage", "integration.request.body.x", ""];
        for text in refused {
            assert_eq!(read(text).unwrap_err(), InvalidCacheKey::NoParameter, "{text}");
        }
        let unmapped = read("integration.request.querystring.a");
        assert_eq!(unmapped.unwrap_err(), InvalidCacheKey::NotMapped);
    }
}
