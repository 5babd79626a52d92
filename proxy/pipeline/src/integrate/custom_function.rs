//! `AWS` with a function: it gets what a template makes of the request, and what it returns is mapped.
//!
//! Source: API Gateway Developer Guide, "Set up Lambda custom integrations in API Gateway".

use std::str::FromStr;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue};
use model::{CustomFunctionIntegration, EVENT_BYTES_MAX, Invocation, InvocationError, PluginSlot};
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::failure::{Failure, Fault};
use crate::integrate::function::{add_trace_id, failure};
use crate::integrate::handler;
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
    let invocation_type = invocation_type(&mapped.headers)?;
    let event = if event.is_empty() { Bytes::from_static(b"{}") } else { event };
    if serde_json::from_slice::<IgnoredAny>(&event).is_err() {
        let cause = "Could not parse request body into json";
        return Err(Fault::Configuration(cause.to_owned()).into());
    }
    let tracer = &call.exchange.tracer;
    tracer.note("event", |trace| trace.body(&event));
    let request_id = ports.ambient.uuid();
    let mut headers = HeaderMap::with_capacity(3);
    headers.insert(CONTENT_TYPE, APPLICATION_JSON);
    headers.extend(HeaderValue::try_from(&request_id).ok().map(|id| (REQUEST_ID, id)));
    let started = ports.ambient.now();
    let answered = match invocation_type {
        InvocationType::DryRun => Ok((204, Bytes::new())),
        InvocationType::Event => add_event(call, (integration, slot), event, &request_id, ports)
            .map(|()| (202, Bytes::new())),
        InvocationType::RequestResponse => {
            let trace_id = Some(call.exchange.request.trace_id());
            let timeout = integration.timeout.duration();
            let log = tracer.log();
            let invocation =
                Invocation { request_id: &request_id, trace_id, timeout, log: log.as_ref() };
            let invoked = ports.plugins.invoke(slot, &event, invocation).await;
            tracer.logged(log);
            let result = invoked.or_else(|error| {
                headers.insert(FUNCTION_ERROR, HeaderValue::from_static("Unhandled"));
                error_payload(error, &request_id, integration)
            });
            result.map(|result| (200, result))
        }
    };
    record.integration_latency = Some(ports.ambient.now().saturating_sub(started));
    let (status, body) = answered?;
    tracer.note("result", |trace| trace.body(&body));
    record.integration_status = Some(status);
    let status = status.to_string();
    let error: ErrorMessage = serde_json::from_slice(&body).unwrap_or_default();
    if error.error_message.is_some() || headers.contains_key(FUNCTION_ERROR) {
        // Whichever response is chosen for it.
        record.for_one_alone = Some("it is an error of the function");
    }
    let selection = match invocation_type {
        InvocationType::RequestResponse => error.error_message.as_deref().unwrap_or_default(),
        InvocationType::DryRun | InvocationType::Event => &status,
    };
    let received = Received { selection, status: &status, headers: &headers, body };
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

/// Whether the function is waited for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum InvocationType {
    /// It is not even called.
    DryRun,
    /// It is called later.
    Event,
    RequestResponse,
}

impl FromStr for InvocationType {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "DryRun" => Ok(Self::DryRun),
            "Event" => Ok(Self::Event),
            "RequestResponse" => Ok(Self::RequestResponse),
            _ => Err(()),
        }
    }
}

/// What a mapped header asks for.
fn invocation_type(mapped: &[(HeaderName, HeaderValue)]) -> Result<InvocationType, Fault> {
    let wanted = mapped.iter().rev().find(|(name, _)| *name == INVOCATION_TYPE);
    let Some((_, value)) = wanted else { return Ok(InvocationType::RequestResponse) };
    let known = value.to_str().ok().and_then(|text| text.parse().ok());
    known.ok_or_else(|| {
        Fault::Configuration(format!(
            "X-Amz-Invocation-Type is {value:?}, none of DryRun, Event and RequestResponse"
        ))
    })
}

/// Lets the function be called when nobody waits any more.
fn add_event(
    call: Call<'_, '_>,
    (integration, slot): (&CustomFunctionIntegration, PluginSlot),
    event: Bytes,
    request_id: &str,
    ports: &Ports<'_>,
) -> Result<(), Failure> {
    if EVENT_BYTES_MAX < event.len() {
        return Err(Fault::Configuration(format!(
            "{} byte payload is too large for the Event invocation type (limit {EVENT_BYTES_MAX} bytes)",
            event.len()
        ))
        .into());
    }
    let trace_id = call.exchange.request.trace_id();
    let added = ports.plugins.invoke_later(slot, event, request_id, trace_id);
    added.map_err(|fault| handler::failure(fault, integration.timeout.duration()))
}
