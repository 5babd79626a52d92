//! `edgeway:plugin/authorizer`

use std::pin::pin;

use model::{
    ApiKeyValue, Authorization, AuthorizationPolicy, AuthorizationRequest, AuthorizerError,
    CallFault, ContextEntry, ContextValue, Needs, PluginKind,
};

use super::answer::{invalid, shown};
use super::{lowered, needs, not_a};
use crate::bindings::exports::edgeway::plugin::authorizer as wit;
use crate::deadline::Deadline;
use crate::instance::Instance;
use crate::pool::Pool;

/// Texts of one authorization. AWS: 8 KB for the result of a Lambda authorizer.
const AUTHORIZATION_BYTES_MAX: usize = 8 * 1024;

/// Names that `requestContext.authorizer` has already.
const RESERVED: [&str; 3] = ["claims", "integrationLatency", "principalId"];

/// Asks an instance; none if it is no authorizer.
pub(crate) async fn needs(
    instance: &mut Instance,
    deadline: Deadline,
) -> Result<Option<Needs>, CallFault> {
    let Some(guest) = &instance.guests.authorizer else {
        return Ok(None);
    };
    let asked = deadline.bound(&instance.meter, pin!(guest.call_needs(&mut instance.store))).await;
    match asked {
        Ok(needs) => needs::parse(PluginKind::Authorizer, needs).map(Some),
        Err(stopped) => Err(instance.fault(stopped, deadline)),
    }
}

/// Asks whether a request may call a method.
pub(crate) async fn authorize(
    pool: &Pool,
    request: AuthorizationRequest<'_>,
) -> Result<Authorization, AuthorizerError> {
    let Some(needs) = &pool.interface().authorizer else {
        return Err(not_a(PluginKind::Authorizer).into());
    };
    let texts = lowered::HeaderTexts::new(request.head.headers, &needs.headers);
    let head = lowered::Head::new(&request.head, &texts, needs);
    let context = lowered::Context::new(&request.context, needs);
    let record = wit::AuthorizationRequest {
        token: request.token,
        method_arn: request.method_arn,
        head: head.record(&request.head),
        context: context.record(&request.context),
    };
    let call = (request.context.request_id, request.context.log);
    let mut lease = pool.lease(call, None).await?;
    let instance = &mut lease.instance;
    let Some(guest) = &instance.guests.authorizer else {
        return Err(not_a(PluginKind::Authorizer).into());
    };
    let call = guest.call_authorize(&mut instance.store, record);
    let answered = lease.deadline.bound(&instance.meter, pin!(call)).await;
    let answer = answered.map_err(|stopped| instance.fault(stopped, lease.deadline))?;
    let decision = match answer {
        Ok(authorization) => Ok(parse(authorization)?),
        Err(wit::AuthorizerError::Unauthorized) => Err(AuthorizerError::Unauthorized),
        Err(wit::AuthorizerError::Failed(message)) => Err(CallFault::Failed(message).into()),
    };
    lease.end();
    decision
}

fn parse(authorization: wit::Authorization) -> Result<Authorization, CallFault> {
    if authorization.principal_id.is_empty() {
        return Err(invalid("an empty principal id"));
    }
    let bytes = text_bytes(&authorization);
    if bytes > AUTHORIZATION_BYTES_MAX {
        return Err(invalid(format!(
            "an authorization of {bytes} bytes, above {AUTHORIZATION_BYTES_MAX}"
        )));
    }
    let context = authorization.context.into_iter().map(parse_entry).collect::<Result<_, _>>()?;
    Ok(Authorization {
        principal_id: authorization.principal_id,
        policy: match authorization.policy {
            wit::Policy::Allow => AuthorizationPolicy::Allow,
            wit::Policy::AllowMethods(patterns) => AuthorizationPolicy::AllowMethods(patterns),
            wit::Policy::Deny => AuthorizationPolicy::Deny,
            wit::Policy::Document(document) => AuthorizationPolicy::Document(document),
        },
        context,
        usage_identifier_key: authorization.usage_identifier_key.map(ApiKeyValue::new),
    })
}

fn parse_entry(entry: wit::ContextEntry) -> Result<ContextEntry, CallFault> {
    if RESERVED.contains(&entry.name.as_str()) {
        return Err(invalid(format!("the reserved context name {}", entry.name)));
    }
    let value = match entry.value {
        wit::ContextValue::Boolean(value) => ContextValue::Boolean(value),
        wit::ContextValue::Number(value) if !value.is_finite() => {
            return Err(invalid(format!("{value} as the context value {:?}", shown(&entry.name))));
        }
        wit::ContextValue::Number(value) => ContextValue::Number(value),
        wit::ContextValue::Text(value) => ContextValue::Text(value),
    };
    Ok(ContextEntry { name: entry.name, value })
}

fn text_bytes(authorization: &wit::Authorization) -> usize {
    /// What a number, a boolean, or the punctuation around a text takes.
    const ENTRY_BYTES: usize = 8;
    let policy = match &authorization.policy {
        wit::Policy::Allow | wit::Policy::Deny => 0,
        wit::Policy::AllowMethods(patterns) => {
            patterns.iter().map(|pattern| pattern.len() + ENTRY_BYTES).sum()
        }
        wit::Policy::Document(document) => document.len(),
    };
    let context: usize = authorization
        .context
        .iter()
        .map(|entry| match &entry.value {
            wit::ContextValue::Boolean(_) | wit::ContextValue::Number(_) => 0,
            wit::ContextValue::Text(text) => text.len(),
        } + entry.name.len() + ENTRY_BYTES)
        .sum();
    let key = authorization.usage_identifier_key.as_ref().map_or(0, String::len);
    authorization.principal_id.len() + policy + context + key
}
