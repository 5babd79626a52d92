//! What the access log and the metrics say of one request, collected on the way.

use std::sync::Arc;
use std::time::Duration;

use http::HeaderMap;
use model::{Stage, Verb};

use crate::authorize::Decision;

/// Facts of one request; each is set by the phase that learns it.
#[derive(Debug, Default)]
pub struct Record {
    /// None if the request matched none.
    pub stage: Option<Arc<Stage>>,
    /// `$context.resourcePath`
    pub resource_path: Option<Arc<str>>,
    /// The position of the resource, and the HTTP method that was asked for.
    pub routed: Option<(usize, Verb)>,
    /// `$context.authorizer.principalId`
    pub principal_id: Option<Arc<str>>,
    /// `$context.identity.apiKeyId`
    pub api_key_id: Option<Arc<str>>,
    /// What the client is told of its limits.
    pub(crate) rate_limit: Option<Arc<HeaderMap>>,
    /// What the authorizer decided, also where it refused.
    pub(crate) decision: Option<Arc<Decision>>,
    /// Time the authorizer took; zero if its decision was cached.
    pub authorizer_latency: Option<Duration>,
    /// Time the integration took; none if none was called.
    pub integration_latency: Option<Duration>,
    /// What the integration answered, before anything was mapped.
    pub integration_status: Option<u16>,
    /// Set when the gateway answered in place of the integration.
    pub error: Option<RecordedError>,
}

/// Why the gateway answered itself.
#[derive(Clone, Debug)]
pub struct RecordedError {
    /// `$context.error.responseType`
    pub response_type: &'static str,
    /// `$context.error.message`: what the client was told.
    pub message: String,
    /// `$context.error.validationErrorString`
    pub validation_errors: Option<String>,
    /// What really happened: for the log alone.
    pub cause: String,
}
