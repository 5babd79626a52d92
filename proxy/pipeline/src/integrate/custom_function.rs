//! `AWS` with a function: it gets what a template makes of the request, and what it returns is mapped.
//!
//! Source: API Gateway Developer Guide, "Set up Lambda custom integrations in API Gateway".

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue};
use model::{CustomFunctionIntegration, Invocation, InvocationError, PluginSlot};
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::failure::{Failure, Fault};
use crate::integrate::function::{add_trace_id, failure};
use crate::integrate::method_response::{Received, method_response};
use crate::integrate::template_context::TemplateContext;
use crate::integrate::{Call, mapping, payload};
use crate::ports::Ports;
use crate::record::Record;
use crate::respond::Response;

const FUNCTION_ERROR: HeaderName = HeaderName::from_static("x-amz-function-error");
const INVOCATION_TYPE: HeaderName = HeaderName::from_static("x-amz-invocation-type");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");

/// What Lambda answers with, whatever the function returned.
const APPLICATION_JSON: HeaderValue = HeaderValue::from_static("application/json");

/// What selects the response: nothing of a result that is no error.
#[derive(Default, Deserialize)]
struct ErrorMessage {
    #[serde(rename = "errorMessage", default)]
    error_message: Option<String>,
}

pub(super) async fn call(
    call: Call<'_, '_>,
    (integration, slot): (&CustomFunctionIntegration, PluginSlot),
    body: Bytes,
    ports: &Ports<'_>,
    record: &mut Record,
) -> Result<Response, Failure> {
    let mut context = TemplateContext::default();
    let templates = &integration.templates;
    let event = payload::request(
        call,
        templates,
        integration.content_handling,
        body.clone(),
        &mut context,
    )?;
    let mapped = mapping::request(call, &integration.mappings, &body, &context)?;
    check_invocation_type(&mapped.headers)?;
    let event = if event.is_empty() { Bytes::from_static(b"{}") } else { event };
    if serde_json::from_slice::<IgnoredAny>(&event).is_err() {
        let cause = "Could not parse request body into json";
        return Err(Fault::Configuration(cause.to_owned()).into());
    }
    let request_id = ports.ambient.uuid();
    let timeout = integration.timeout.duration();
    let invocation = Invocation {
        request_id: &request_id,
        trace_id: Some(call.exchange.request.trace_id()),
        timeout,
    };
    let started = ports.ambient.now();
    let invoked = ports.plugins.invoke(slot, &event, invocation).await;
    record.integration_latency = Some(ports.ambient.now().saturating_sub(started));
    let mut headers = HeaderMap::with_capacity(3);
    headers.insert(CONTENT_TYPE, APPLICATION_JSON);
    headers.extend(HeaderValue::try_from(&request_id).ok().map(|id| (REQUEST_ID, id)));
    let result = match invoked {
        Ok(result) => result,
        Err(error) => {
            headers.insert(FUNCTION_ERROR, HeaderValue::from_static("Unhandled"));
            error_payload(error, &request_id, integration)?
        }
    };
    record.integration_status = Some(200);
    let error: ErrorMessage = serde_json::from_slice(&result).unwrap_or_default();
    let received = Received {
        selection: error.error_message.as_deref().unwrap_or_default(),
        status: "200",
        headers: &headers,
        body: result,
    };
    let mut response = method_response(call, &integration.responses, received, context)?;
    add_trace_id(call.exchange, &mut response.headers);
    Ok(response)
}

/// What Lambda answers for a function that broke; a failure if the gateway did not wait for it, or the
/// function was not called.
fn error_payload(
    error: InvocationError,
    request_id: &str,
    integration: &CustomFunctionIntegration,
) -> Result<Bytes, Failure> {
    let payload = error.payload(request_id);
    match failure(error, integration.timeout.duration()) {
        Failure::Fault(Fault::TimedOut) => Err(Fault::TimedOut.into()),
        failure => payload.map(Bytes::from).ok_or(failure),
    }
}

/// Only calls that are waited for.
fn check_invocation_type(mapped: &[(HeaderName, HeaderValue)]) -> Result<(), Fault> {
    let wanted = mapped.iter().rev().find(|(name, _)| *name == INVOCATION_TYPE);
    match wanted {
        Some((_, value)) if value != "RequestResponse" => Err(Fault::Configuration(format!(
            "X-Amz-Invocation-Type is {value:?}, not RequestResponse"
        ))),
        Some(_) | None => Ok(()),
    }
}
