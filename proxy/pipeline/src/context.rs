//! Values of `$context` variables.
//!
//! Source: API Gateway Developer Guide, "Variables for data transformations".

use std::borrow::Cow;

use chrono::DateTime;
use http::header::USER_AGENT;
use model::ContextVariable;

use crate::authorize::Caller;
use crate::exchange::Exchange;

/// The value for this request; none if it has none.
pub(crate) fn value<'v>(
    exchange: &'v Exchange<'_>,
    variable: &ContextVariable,
    caller: Option<&'v Caller>,
) -> Option<Cow<'v, str>> {
    let request = exchange.request;
    let deployment = &exchange.stage.deployment;
    Some(match variable {
        ContextVariable::AccountId => exchange.snapshot.account().as_str().into(),
        ContextVariable::ApiId => deployment.api().id.as_str().into(),
        ContextVariable::Authorizer(key) if key == "principalId" => caller?.principal_id()?.into(),
        ContextVariable::Authorizer(key) => caller?.value(key)?.into(),
        ContextVariable::DeploymentId => deployment.id().as_str().into(),
        ContextVariable::DomainName => request.host().into(),
        ContextVariable::DomainPrefix => domain_prefix(request.host()).into(),
        ContextVariable::ExtendedRequestId => request.extended_request_id().into(),
        ContextVariable::HttpMethod => exchange.verb.as_str().into(),
        ContextVariable::Path => exchange.context_path.into(),
        ContextVariable::Protocol => request.protocol().into(),
        ContextVariable::RequestId => request.request_id().into(),
        ContextVariable::RequestTime => request_time(request.time_epoch_millis).into(),
        ContextVariable::RequestTimeEpoch => request.time_epoch_millis.to_string().into(),
        ContextVariable::ResourceId => exchange.resource.id.as_str().into(),
        ContextVariable::ResourcePath => exchange.resource.path.as_str().into(),
        ContextVariable::SourceIp => request.source_ip.to_string().into(),
        ContextVariable::Stage => exchange.stage.name.as_str().into(),
        ContextVariable::UserAgent => request.header(&USER_AGENT)?.into(),
    })
}

/// The first label of a host name.
pub(crate) fn domain_prefix(host: &str) -> &str {
    host.split('.').next().unwrap_or_default()
}

/// Common Log Format: `22/Nov/2026:19:03:58 +0000`.
pub(crate) fn request_time(epoch_millis: u64) -> String {
    let moment = i64::try_from(epoch_millis).ok().and_then(DateTime::from_timestamp_millis);
    moment.unwrap_or_default().format("%d/%b/%Y:%H:%M:%S +0000").to_string()
}
