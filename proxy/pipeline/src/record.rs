//! What the access log and the metrics say of one request, collected on the way.

use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, StatusCode};
use model::{RoutedBy, Stage, Verb};
use mutual_tls::PeerCertificate;
use serde_json::json;

use crate::authorize::{Decision, Signer, VerifiedToken};
use crate::ports::Ambient;
use crate::respond::ClientResponse;
use crate::trace::{Phase, Trace};

/// Facts of one request; each is set by the phase that learns it.
#[derive(Debug, Default)]
pub struct Record {
    /// When the request began, on the clock of the ports.
    pub started: Duration,
    /// None if the request matched none.
    pub stage: Option<Arc<Stage>>,
    /// What of a custom domain name led to the stage; none where it has the whole name.
    pub custom_domain: Option<CustomDomainMatch>,
    /// `$context.resourcePath`
    pub resource_path: Option<Arc<str>>,
    /// The position of the resource, and the HTTP method that was asked for.
    pub routed: Option<(usize, Verb)>,
    /// `$context.authorizer.principalId`
    pub principal_id: Option<Arc<str>>,
    /// `$context.identity.apiKeyId`
    pub api_key_id: Option<Arc<str>>,
    /// What the client showed where mutual TLS is asked for, also where it was refused.
    pub peer_certificate: Option<Arc<PeerCertificate>>,
    /// What the client is told of its limits.
    pub(crate) rate_limit: Option<Arc<HeaderMap>>,
    /// What the authorizer decided, also where it refused.
    pub(crate) decision: Option<Arc<Decision>>,
    /// Who signed, also where they were refused.
    pub(crate) signer: Option<Arc<Signer>>,
    /// The token that let the caller in.
    pub(crate) token: Option<Arc<VerifiedToken>>,
    /// Time the authorizer took; zero if its decision was cached.
    pub authorizer_latency: Option<Duration>,
    /// Time the integration took; none if none was called.
    pub integration_latency: Option<Duration>,
    /// What the integration answered, before anything was mapped.
    pub integration_status: Option<u16>,
    /// Whether the response was there; none where none is cached.
    pub cache: Option<CacheResult>,
    /// The client is told that its `Cache-Control` was not listened to.
    pub(crate) is_cache_control_ignored: bool,
    /// The integration did not say where its response ends, so that nobody knows whether it is whole.
    pub(crate) is_end_unknown: bool,
    /// Why the response of the integration is not for others, as far as its head says.
    pub(crate) for_one_alone: Option<&'static str>,
    /// Set when the gateway answered in place of the integration.
    pub error: Option<RecordedError>,
    /// What happened in each phase, if the method has data trace on.
    pub trace: Option<Arc<Trace>>,
}

/// What of a custom domain name led to a stage.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum CustomDomainMatch {
    /// `$context.customDomain.basePathMatched`
    BasePath(Arc<str>),
    /// `$context.customDomain.routingRuleIdMatched`
    RoutingRule(Arc<str>),
}

impl CustomDomainMatch {
    /// None for the mapping of the whole name.
    pub(crate) fn new(by: RoutedBy<'_>) -> Option<Self> {
        match by {
            RoutedBy::ApiMapping(base_path) if base_path.is_empty() => None,
            RoutedBy::ApiMapping(base_path) => Some(Self::BasePath(Arc::clone(base_path))),
            RoutedBy::RoutingRule(id) => Some(Self::RoutingRule(Arc::clone(id))),
        }
    }
}

/// Where a response came from.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum CacheResult {
    /// The cache.
    Hit,
    /// The integration.
    Miss,
}

impl Record {
    /// The claims of the token that let the caller in, as text; none without one.
    pub fn claims(&self) -> Option<impl Iterator<Item = (&str, &str)>> {
        self.token.as_deref().map(VerifiedToken::claims)
    }

    /// Notes the head of a response that streams.
    pub fn answered(
        &self,
        what: &'static str,
        status: StatusCode,
        headers: &HeaderMap,
        ambient: &dyn Ambient,
    ) {
        if let Some(trace) = &self.trace {
            trace.note(
                ambient.now(),
                what,
                |trace| json!({ "status": status.as_u16(), "headers": trace.headers(headers) }),
            );
        }
    }

    /// Notes the answer of the gateway: why it is one of its own, and what the client gets.
    pub fn responded(&self, response: &ClientResponse, ambient: &dyn Ambient) {
        let Some(trace) = &self.trace else { return };
        let now = ambient.now();
        if let Some(error) = &self.error {
            trace.note(now, "refused", |_| json!(error.cause));
        }
        trace.enter(Phase::Response, now);
        if let Some(error) = &self.error {
            trace.note(now, "gateway response", |_| json!(error.response_type));
        }
        trace.note(now, "response", |trace| response.to_response().traced(trace));
    }

    /// `$context.identity.accessKey`
    pub fn access_key_id(&self) -> Option<&str> {
        self.signer.as_ref().map(|signer| signer.access_key_id.as_str())
    }

    /// `$context.identity.userArn`
    pub fn user_arn(&self) -> Option<&str> {
        self.signer.as_ref().map(|signer| signer.identity.arn.as_str())
    }
}

/// Why the gateway answered itself.
#[derive(Clone, Debug)]
pub struct RecordedError {
    /// `$context.error.responseType`
    pub response_type: &'static str,
    /// `$context.error.message`: what the client was told. Its first line alone: AWS repeats a request
    /// that is signed wrongly, with its session token.
    pub message: String,
    /// `$context.error.validationErrorString`
    pub validation_errors: Option<String>,
    /// What really happened: for the log alone.
    pub cause: String,
    /// It is the connection that is refused: it is closed after the answer, so that the client begins another one.
    pub is_of_connection: bool,
}
