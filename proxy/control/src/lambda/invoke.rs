//! `Invoke`: a call of a function, with its answer or without.

use std::sync::Arc;

use axum::http::{HeaderValue, Response, StatusCode, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use model::{CallFault, EVENT_BYTES_MAX, Interface, InvocationError, Plugin};
use serde::de::IgnoredAny;
use store::{ReadTransaction, Stored};

use super::alias::Alias;
use super::function::{self, Resolved};
use super::name::FunctionReference;
use super::stored_functions;
use super::stored_functions::Chosen;
use super::unsupported;
use super::version::Version;
use crate::answer::Answer;
use crate::call::{self, Call};
use crate::event::{Event, QueueFull};
use crate::port::{BoxFuture, FunctionHost, Invoked};
use crate::refusal::{Refusal, RefusalKind};
use crate::service::Handler;

pub(crate) const HANDLERS: &[(&str, Handler)] = &[("Invoke", Handler::Read(invoke))];

/// The end of the log that is answered (AWS).
const LOG_BYTES_MAX: usize = 4_096;

fn invoke(call: &Call, transaction: &ReadTransaction<'_>) -> Result<Answer, Refusal> {
    for (member, instead) in [
        ("ClientContext", "a component does not see it; put it into the event"),
        ("DurableExecutionName", "there are no durable executions"),
        ("TenantId", "there are no tenants"),
    ] {
        if call.input.text(member).is_some_and(|text| !text.is_empty()) {
            return Err(unsupported::refusal(member, instead));
        }
    }
    let reference = FunctionReference::of(call)?;
    let found = function::resolve(&call.identity, transaction, &reference)?;
    let version = picked(call, transaction, &found)?;
    let running = version.running()?;
    let chosen = Chosen { version: &version.version, running };
    let function = &found.function.document;
    let plugin = stored_functions::plugin(&call.identity, &reference, function, &chosen)?;
    check_kind(&plugin.interface)?;
    let event = event(&call.input.payload)?;
    match call.input.text("InvocationType").unwrap_or("RequestResponse") {
        "DryRun" => Ok(Answer::empty(StatusCode::NO_CONTENT)),
        "Event" => {
            if EVENT_BYTES_MAX < event.len() {
                return Err(Refusal::new(
                    RefusalKind::RequestTooLarge,
                    format!(
                        "{} byte payload is too large for the Event invocation type (limit \
                         {EVENT_BYTES_MAX} bytes)",
                        event.len()
                    ),
                ));
            }
            let request_id = call::new_uuid(&*call.ambient);
            let mut accepted = response(StatusCode::ACCEPTED, &request_id, &version.version);
            accepted.headers_mut().remove("x-amz-executed-version");
            let host = Arc::clone(&call.lambda.host);
            call.lambda.events.add(Box::new(Hosted { host, plugin, event, request_id }))?;
            Ok(Answer::Response(accepted))
        }
        _ => Ok(wait(call, plugin, event, version.version.clone())),
    }
}

/// An event for a component of the store.
struct Hosted {
    host: Arc<dyn FunctionHost>,
    plugin: Plugin,
    event: Bytes,
    request_id: String,
}

impl Event for Hosted {
    fn function(&self) -> &str {
        &self.plugin.arn
    }

    fn request_id(&self) -> &str {
        &self.request_id
    }

    fn size(&self) -> usize {
        self.event.len()
    }

    fn attempt(&self) -> BoxFuture<'_, Result<Bytes, InvocationError>> {
        let Self { host, plugin, event, request_id } = self;
        let invoked = host.invoke(plugin.clone(), event.clone(), request_id.clone());
        Box::pin(async { invoked.await.result })
    }
}

impl From<QueueFull> for Refusal {
    fn from(_: QueueFull) -> Self {
        Self::throttled("ConcurrentInvocationLimitExceeded")
    }
}

/// Of an alias, the version that this call goes to.
fn picked(
    call: &Call,
    transaction: &ReadTransaction<'_>,
    found: &Resolved,
) -> Result<Version, Refusal> {
    let alias = found.alias.as_ref().map(|alias| &alias.document);
    let main = || found.version.document.clone();
    let Some(alias) = alias.filter(|alias| alias.weights().is_some()) else {
        return Ok(main());
    };
    let mut bytes = [0; 4];
    call.ambient.fill(&mut bytes);
    let chance = f64::from(u32::from_le_bytes(bytes)) / 2_f64.powi(32);
    let version: Option<Stored<Version>> =
        transaction.get(found.function.row, Alias::pick(alias, chance))?;
    Ok(version.map_or_else(main, |version| version.document))
}

fn check_kind(interface: &Interface) -> Result<(), Refusal> {
    if interface.event_function {
        return Ok(());
    }
    let kinds: Vec<&str> = interface.kinds().map(|kind| kind.as_str()).collect();
    Err(Refusal::bad_request(format!(
        "The component is no event-function, which Invoke calls; it is: {}",
        kinds.join(", ")
    )))
}

/// No event is an empty one.
fn event(payload: &Bytes) -> Result<Bytes, Refusal> {
    if payload.is_empty() {
        return Ok(Bytes::from_static(b"{}"));
    }
    match serde_json::from_slice::<IgnoredAny>(payload) {
        Ok(_) => Ok(payload.clone()),
        Err(error) => Err(Refusal::new(
            RefusalKind::InvalidRequestContent,
            format!("Could not parse request body into json: {error}"),
        )),
    }
}

fn wait(call: &Call, plugin: Plugin, event: Bytes, version: String) -> Answer {
    let lambda = Arc::clone(&call.lambda);
    let request_id = call::new_uuid(&*call.ambient);
    let wants_log = call.input.text("LogType") == Some("Tail");
    Answer::Later(Box::pin(async move {
        let Invoked { result, log } = lambda.host.invoke(plugin, event, request_id.clone()).await;
        let mut answer = response(StatusCode::OK, &request_id, &version);
        let headers = answer.headers_mut();
        if wants_log {
            let tail = &log[log.len().saturating_sub(LOG_BYTES_MAX)..];
            let tail = HeaderValue::try_from(STANDARD.encode(tail));
            headers.extend(tail.ok().map(|tail| (LOG_RESULT, tail)));
        }
        *answer.body_mut() = match result {
            Ok(payload) => payload,
            Err(error) => {
                let payload = error.payload(&request_id).ok_or_else(|| not_called(&error))?;
                answer.headers_mut().insert(FUNCTION_ERROR, HeaderValue::from_static("Unhandled"));
                payload.into()
            }
        };
        Ok(Answer::Response(answer))
    }))
}

const FUNCTION_ERROR: header::HeaderName = header::HeaderName::from_static("x-amz-function-error");
const LOG_RESULT: header::HeaderName = header::HeaderName::from_static("x-amz-log-result");

fn response(status: StatusCode, request_id: &str, version: &str) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    for (name, value) in [("x-amzn-requestid", request_id), ("x-amz-executed-version", version)] {
        headers.extend(
            HeaderValue::try_from(value)
                .ok()
                .map(|value| (header::HeaderName::from_static(name), value)),
        );
    }
    response
}

/// Why a function was not called at all.
fn not_called(error: &InvocationError) -> Refusal {
    Refusal::throttled(match error {
        InvocationError::Fault(CallFault::Quarantined) => "CallerRateLimitExceeded",
        InvocationError::Fault(_) | InvocationError::Function(_) => {
            "ConcurrentInvocationLimitExceeded"
        }
    })
}
