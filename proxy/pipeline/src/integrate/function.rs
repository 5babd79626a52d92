//! `AWS_PROXY`: a function gets the whole request as an event and returns the whole response.

use std::borrow::Cow;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue};
use model::{FunctionIntegration, Invocation, InvocationError, PluginSlot, ResponseTransfer};

use crate::authorize::Caller;
use crate::cache;
use crate::exchange::Exchange;
use crate::failure::{Failure, Fault};
use crate::header_rules::{self, ResponseKind};
use crate::integrate::{handler, proxy_response};
use crate::outgoing::Outgoing;
use crate::ports::Ports;
use crate::proxy_event::{EventParts, Payload, ProxyEvent};
use crate::record::Record;
use crate::request::last_text;
use crate::respond::{Response, TRACE_ID};

/// What a function is called with.
pub(super) struct Call<'c, 'a> {
    pub(super) exchange: &'c Exchange<'a>,
    pub(super) caller: &'c Caller,
    pub(super) outgoing: &'c Outgoing<'a>,
    pub(super) body: Bytes,
    pub(super) slot: PluginSlot,
}

pub(super) async fn call(
    call: Call<'_, '_>,
    integration: &FunctionIntegration,
    ports: &Ports<'_>,
    record: &mut Record,
) -> Result<Response, Failure> {
    let exchange = call.exchange;
    let event = event(&call).map_err(|error| Fault::Function(error.to_string()))?;
    let timeout = integration.timeout.duration();
    let (request_id, log) = (ports.ambient.uuid(), exchange.tracer.log());
    let invocation = Invocation {
        request_id: &request_id,
        trace_id: Some(exchange.request.trace_id()),
        timeout,
        log: log.as_ref(),
    };
    exchange.tracer.note("event", |trace| trace.body(&event));
    let started = ports.ambient.now();
    let invoked = ports.plugins.invoke(call.slot, &event, invocation).await;
    exchange.tracer.logged(log);
    record.integration_latency = Some(ports.ambient.now().saturating_sub(started));
    let result = invoked.map_err(|error| failure(error, timeout))?;
    let accept = last_text(&call.outgoing.headers, &ACCEPT);
    let is_binary_accepted = accept.is_some_and(|accept| {
        exchange.stage.deployment.api().binary_media_types.contains_first_accepted(accept)
    });
    let parsed = match integration.transfer {
        ResponseTransfer::Buffered => proxy_response::parse(&result, is_binary_accepted),
        ResponseTransfer::Stream { .. } => proxy_response::parse_stream(&result),
    };
    if let Ok(response) = &parsed {
        exchange.tracer.conceal_cookies(&response.headers);
    }
    exchange.tracer.note("result", |trace| trace.body(&result));
    let mut response = parsed?;
    record.integration_status = Some(response.status.as_u16());
    cache::note_head(exchange, (response.status, &response.headers), record);
    response.headers = header_rules::remapped_response(&response.headers, ResponseKind::Proxied);
    add_trace_id(exchange, &mut response.headers);
    Ok(response)
}

/// Recorded: successful answers of functions and of `HTTP` integrations carry the trace.
pub(super) fn add_trace_id(exchange: &Exchange<'_>, headers: &mut HeaderMap<HeaderValue>) {
    headers.insert(TRACE_ID, exchange.request.ids.trace_id.value().clone());
}

fn event(call: &Call<'_, '_>) -> Result<Vec<u8>, serde_json::Error> {
    /// Most of an event is the same for every request; this avoids growing the buffer step by step.
    const EVENT_BYTES_TYPICAL: usize = 2_048;
    let query = call.outgoing.query();
    let parts = EventParts {
        headers: &call.outgoing.headers,
        query: &query,
        caller: Some(call.caller),
        payload: Some(payload(call)),
    };
    let mut event = Vec::with_capacity(EVENT_BYTES_TYPICAL + call.body.len());
    serde_json::to_writer(&mut event, &ProxyEvent::new(call.exchange, parts))?;
    Ok(event)
}

/// A body is base64 when its media type is one of the API's binary ones, or when it is no text.
fn payload<'c>(call: &'c Call<'_, '_>) -> Payload<'c> {
    if call.body.is_empty() {
        return Payload { body: None, is_base64_encoded: false };
    }
    let binary = &call.exchange.stage.deployment.api().binary_media_types;
    let content_type = last_text(&call.outgoing.headers, &CONTENT_TYPE);
    let is_binary = content_type.is_some_and(|content_type| binary.contains(content_type));
    match std::str::from_utf8(&call.body) {
        Ok(text) if !is_binary => {
            Payload { body: Some(Cow::Borrowed(text)), is_base64_encoded: false }
        }
        _ => {
            Payload { body: Some(Cow::Owned(STANDARD.encode(&call.body))), is_base64_encoded: true }
        }
    }
}

pub(super) fn failure(error: InvocationError, integration_timeout: Duration) -> Failure {
    match error {
        InvocationError::Fault(fault) => handler::failure(fault, integration_timeout),
        InvocationError::Function(error) => Fault::Function(error.to_string()).into(),
    }
}
