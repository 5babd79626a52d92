//! Authorizers written for Lambda: JSON event in, JSON decision out.
//!
//! Source: API Gateway Developer Guide, "Input to an API Gateway Lambda authorizer" and "Output from
//! an API Gateway Lambda authorizer".

use model::{
    ApiKeyValue, ContextEntry, ContextValue, FUNCTION_RESULT_BYTES_MAX,
    INTEGRATION_TIMEOUT_DEFAULT, Invocation, InvocationError, PluginSlot,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::authorize::decision::Decision;
use crate::authorize::identity::Identity;
use crate::exchange::Exchange;
use crate::failure::{Failure, Fault, Rejection};
use crate::ports::Ports;
use crate::proxy_event::{EventParts, ProxyEvent};
use crate::query::Pair;

/// An error of the function with exactly this message answers 401.
const UNAUTHORIZED: &str = "Unauthorized";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TokenEvent<'a> {
    r#type: &'static str,
    authorization_token: &'a str,
    method_arn: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RequestEvent<'a> {
    r#type: &'static str,
    method_arn: &'a str,
    #[serde(flatten)]
    request: ProxyEvent<'a>,
}

/// What the function returns. Keys beyond these are ignored, as AWS does.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Output {
    principal_id: String,
    policy_document: Value,
    context: Option<Map<String, Value>>,
    usage_identifier_key: Option<String>,
}

pub(super) async fn decide(
    exchange: &Exchange<'_>,
    slot: PluginSlot,
    identity: &Identity<'_>,
    pairs: &[Pair<'_>],
    ports: &Ports<'_>,
) -> Result<Decision, Failure> {
    let method_arn = exchange.method_arn();
    let parts =
        EventParts { headers: exchange.request.headers, query: pairs, caller: None, payload: None };
    let event = match identity {
        Identity::Request { .. } => serde_json::to_vec(&RequestEvent {
            r#type: "REQUEST",
            method_arn: &method_arn,
            request: ProxyEvent::new(exchange, parts),
        }),
        Identity::Token(token) => serde_json::to_vec(&TokenEvent {
            r#type: "TOKEN",
            authorization_token: token,
            method_arn: &method_arn,
        }),
    };
    let event = event.map_err(|error| Fault::Authorizer(error.to_string()))?;
    let (request_id, log) = (ports.ambient.uuid(), exchange.tracer.log());
    let invocation = Invocation {
        request_id: &request_id,
        trace_id: Some(exchange.request.trace_id()),
        timeout: INTEGRATION_TIMEOUT_DEFAULT,
        log: log.as_ref(),
    };
    let tracer = &exchange.tracer;
    tracer.note("event", |trace| trace.body(&event));
    let invoked = ports.plugins.invoke(slot, &event, invocation).await;
    tracer.logged(log);
    match invoked {
        Ok(result) => {
            let decided = decision(&result);
            if let Some(key) = decided.as_ref().ok().and_then(Decision::usage_identifier_key) {
                tracer.conceal(key);
            }
            tracer.note("result", |trace| trace.body(&result));
            decided.map_err(Failure::from)
        }
        Err(InvocationError::Function(error)) if error.error_message == UNAUTHORIZED => {
            Err(Rejection::Unauthorized.into())
        }
        Err(error) => Err(Fault::Authorizer(error.to_string()).into()),
    }
}

fn decision(result: &[u8]) -> Result<Decision, Fault> {
    if result.len() > FUNCTION_RESULT_BYTES_MAX {
        return Err(Fault::Authorizer("the result is too large".into()));
    }
    let output: Output = serde_json::from_slice(result)
        .map_err(|error| Fault::Authorizer(format!("the result is no decision: {error}")))?;
    let context = output.context.unwrap_or_default().into_iter();
    let context = context.map(context_entry).collect::<Result<Vec<_>, _>>()?;
    let policy_bytes = output.policy_document.to_string().len();
    let key = output.usage_identifier_key.map(ApiKeyValue::new);
    let (principal_id, document) = (output.principal_id, &output.policy_document);
    Decision::from_document(principal_id, document, context, key, policy_bytes)
}

/// A value is a string, a number or a boolean; anything else is no decision.
fn context_entry((name, value): (String, Value)) -> Result<ContextEntry, Fault> {
    let value = match value {
        Value::Bool(flag) => ContextValue::Boolean(flag),
        // As written: 1 stays 1, and 64-bit integers keep every digit.
        Value::Number(number) => ContextValue::Text(number.to_string()),
        Value::String(text) => ContextValue::Text(text),
        Value::Array(_) | Value::Null | Value::Object(_) => {
            let cause = format!("the context value {name:?} is no string, number or boolean");
            return Err(Fault::Authorizer(cause));
        }
    };
    Ok(ContextEntry { name, value })
}
