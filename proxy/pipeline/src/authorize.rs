//! Phases: authenticate and authorize. Who is calling, and may they?
//!
//! Source: API Gateway Developer Guide, "Use API Gateway Lambda authorizers". Fails closed: whatever
//! is not a decision to allow is a refusal or a fault.

mod cache;
mod conditions;
mod decision;
mod domain_policy;
mod endpoint_policy;
mod iam;
mod identity;
mod invalidation;
mod invocation;
mod jwt;
mod lambda;
mod resource_policy;
mod signed;
mod token_cache;

pub use cache::AuthorizerCache;
pub(crate) use decision::Decision;
pub(crate) use domain_policy::require_of_domain;
pub(crate) use iam::Signer;
pub(crate) use invalidation::require_invalidation;
pub(crate) use invocation::require_invocation;
pub use token_cache::TokenCache;
pub(crate) use token_cache::VerifiedToken;

use std::sync::Arc;
use std::time::Duration;

use model::{
    AuthorizationRequest, AuthorizerError, AuthorizerIndex, AuthorizerKind, METHOD_ARN_BYTES_MAX,
    MethodAuthorization, RequestHead,
};
use serde_json::json;

use crate::exchange::Exchange;
use crate::failure::{Failure, Fault, INVALID_PERMISSIONS, Rejection, function_gone};
use crate::outgoing::Outgoing;
use crate::ports::{Ports, RequestBody};
use crate::query;
use crate::record::Record;
use crate::trace::Phase;
use cache::CacheKey;
use identity::Identity;

/// A caller who may call the method. Only [`authorize`] makes one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Caller {
    authorized: Option<Authorized>,
    signer: Option<Arc<Signer>>,
    api_key_id: Option<Arc<str>>,
    token: Option<Arc<VerifiedToken>>,
}

#[derive(Clone, Debug)]
struct Authorized {
    decision: Arc<Decision>,
    /// Zero if the decision was cached.
    latency: Duration,
}

impl Caller {
    /// `$context.authorizer.principalId`; none without an authorizer.
    pub(crate) fn principal_id(&self) -> Option<&str> {
        self.authorized.as_ref().map(|authorized| authorized.decision.principal_id.as_ref())
    }

    /// The authorizer's context, as text.
    pub(crate) fn context(&self) -> &[(String, String)] {
        match (&self.authorized, &self.token) {
            (Some(authorized), _) => &authorized.decision.context,
            (None, Some(token)) => token.context(),
            (None, None) => &[],
        }
    }

    /// The token that let the caller in.
    pub(crate) fn token(&self) -> Option<&VerifiedToken> {
        self.token.as_deref()
    }

    /// Who signed, of a method that wants it.
    pub(crate) fn signer(&self) -> Option<&Signer> {
        self.signer.as_deref()
    }

    /// One value of the authorizer's context.
    pub(crate) fn value(&self, key: &str) -> Option<&str> {
        self.context().iter().find(|(known, _)| known == key).map(|(_, value)| value.as_str())
    }

    /// The API key that the authorizer knows the caller by.
    pub(crate) fn usage_identifier_key(&self) -> Option<&str> {
        self.authorized.as_ref()?.decision.usage_identifier_key()
    }

    /// `$context.identity.apiKeyId`
    pub(crate) fn api_key_id(&self) -> Option<&str> {
        self.api_key_id.as_deref()
    }

    /// The same with a key that was found good.
    pub(crate) fn with_api_key(self, id: Arc<str>) -> Self {
        Self { api_key_id: Some(id), ..self }
    }

    /// `requestContext.authorizer.integrationLatency`; none without an authorizer.
    pub(crate) fn authorizer_latency(&self) -> Option<Duration> {
        self.authorized.as_ref().map(|authorized| authorized.latency)
    }
}

/// Lets the caller through, or refuses.
pub(crate) async fn authorize(
    exchange: &Exchange<'_>,
    outgoing: &mut Outgoing<'_>,
    body: &mut dyn RequestBody,
    ports: &Ports<'_>,
    record: &mut Record,
) -> Result<Caller, Failure> {
    exchange.tracer.enter(Phase::Authorize);
    resource_policy::require_of_private(exchange)?;
    let wants_signature = matches!(exchange.method.authorization, MethodAuthorization::AwsIam);
    if !wants_signature {
        endpoint_policy::require(exchange)?;
    }
    match &exchange.method.authorization {
        MethodAuthorization::AwsIam | MethodAuthorization::None
            if let Some(signer) = iam::tester(exchange) =>
        {
            record.signer = Some(Arc::clone(&signer));
            Ok(Caller { signer: Some(signer), ..Caller::default() })
        }
        MethodAuthorization::None => {
            resource_policy::require(exchange)?;
            Ok(Caller::default())
        }
        MethodAuthorization::AwsIam => {
            let signer = iam::authorize(exchange, outgoing, body, record).await?;
            exchange.tracer.note("signer", |_| json!(signer.identity.arn));
            Ok(Caller { signer: Some(signer), ..Caller::default() })
        }
        MethodAuthorization::Custom(index) => custom(exchange, *index, ports, record).await,
        MethodAuthorization::Jwt(authorization) => {
            let token = jwt::authorize(exchange, authorization, ports, record).await?;
            exchange.tracer.note("token", |_| json!(token.claims.text("sub")));
            resource_policy::require(exchange)?;
            Ok(Caller { token: Some(token), ..Caller::default() })
        }
    }
}

async fn custom(
    exchange: &Exchange<'_>,
    index: AuthorizerIndex,
    ports: &Ports<'_>,
    record: &mut Record,
) -> Result<Caller, Failure> {
    if exchange.method_arn_bytes() > METHOD_ARN_BYTES_MAX {
        return Err(Rejection::UriTooLong.into());
    }
    let resource = resource_policy::before_authorizer(exchange)?;
    let authorizer = &exchange.stage.deployment.api().authorizers[index.0];
    let plugin = exchange.plugin(authorizer.function).map(|(plugin, _)| plugin);
    let needs = plugin.and_then(|plugin| plugin.interface.authorizer.as_ref());
    let reads_query = matches!(authorizer.kind, AuthorizerKind::Request { .. })
        || needs.is_some_and(|needs| needs.query);
    let pairs = if reads_query { query::parse(exchange.request.query) } else { Vec::new() };
    let identity = identity::identity(exchange, &authorizer.kind, &pairs)?;
    let started = ports.ambient.now();
    let key = authorizer.ttl.duration().and_then(|_| CacheKey::new(exchange, index, &identity));
    let cached = key.as_ref().and_then(|key| ports.authorizer_cache.get(key, started));
    exchange.tracer.note("authorizer", |_| {
        json!({ "name": authorizer.name, "methodArn": exchange.method_arn(), "cached": cached.is_some() })
    });
    let (decision, latency) = match cached {
        Some(decision) => (decision, Duration::ZERO),
        None => {
            let decided = decide(exchange, index, &identity, &pairs, ports).await;
            let now = ports.ambient.now();
            let latency = now.saturating_sub(started);
            record.authorizer_latency = Some(latency);
            let decision = Arc::new(decided?);
            if let (Some(key), Some(ttl)) = (key, authorizer.ttl.duration()) {
                ports.authorizer_cache.put(key, Arc::clone(&decision), now + ttl);
            }
            (decision, latency)
        }
    };
    record.authorizer_latency.get_or_insert(latency);
    record.principal_id = Some(Arc::clone(&decision.principal_id));
    record.decision = Some(Arc::clone(&decision));
    if let Some(key) = decision.usage_identifier_key() {
        exchange.tracer.conceal(key);
    }
    exchange.tracer.note("decision", |_| decision.traced());
    let judged = resource_policy::combined(decision.judge(exchange), resource);
    exchange.tracer.note("policies", |_| format!("{judged:?}").into());
    match judged {
        policy::Decision::Allow => {
            Ok(Caller { authorized: Some(Authorized { decision, latency }), ..Caller::default() })
        }
        policy::Decision::ExplicitDeny => Err(Rejection::AccessDenied { explicit: true }.into()),
        policy::Decision::ImplicitDeny => Err(Rejection::AccessDenied { explicit: false }.into()),
    }
}

/// Asks the authorizer.
async fn decide(
    exchange: &Exchange<'_>,
    index: AuthorizerIndex,
    identity: &Identity<'_>,
    pairs: &[query::Pair<'_>],
    ports: &Ports<'_>,
) -> Result<Decision, Failure> {
    if exchange.stage.denials().denies_authorizer(index) {
        return Err(Fault::Authorizer(INVALID_PERMISSIONS.to_owned()).into());
    }
    let authorizer = &exchange.stage.deployment.api().authorizers[index.0];
    let Some((plugin, slot)) = exchange.plugin(authorizer.function) else {
        return Err(Fault::Authorizer(function_gone().to_string()).into());
    };
    if plugin.interface.authorizer.is_none() {
        return lambda::decide(exchange, slot, identity, pairs, ports).await;
    }
    let method_arn = exchange.method_arn();
    let source_ip = exchange.request.source_ip.to_string();
    let path_parameters: Vec<_> = exchange.path_parameters().collect();
    let log = exchange.tracer.log();
    let request = AuthorizationRequest {
        token: identity.token(),
        method_arn: &method_arn,
        head: RequestHead {
            method: exchange.verb.as_str(),
            path: exchange.path,
            path_parameters: &path_parameters,
            query: pairs,
            headers: exchange.request.headers,
        },
        context: exchange.call_context(None, &source_ip, log.as_ref()),
    };
    let answered = ports.plugins.authorize(slot, request).await;
    exchange.tracer.logged(log);
    match answered {
        Ok(authorization) => Decision::from_typed(authorization).map_err(Failure::from),
        Err(AuthorizerError::Unauthorized) => Err(Rejection::Unauthorized.into()),
        Err(AuthorizerError::Fault(fault)) => Err(Fault::Authorizer(fault.to_string()).into()),
    }
}
