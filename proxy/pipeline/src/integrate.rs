//! Phase: integration. What answers the request.

mod custom_function;
mod function;
mod handler;
mod http;
mod mapping;
mod method_response;
mod mock;
mod mock_status;
mod payload;
mod proxy_response;
mod template_context;

use bytes::Bytes;
use model::{
    FunctionCredentials, FunctionIndex, Integration, Plugin, PluginSlot, ResponseTransfer,
};

use crate::StreamLimits;
use crate::authorize::{Caller, require_invocation};
use crate::compression;
use crate::exchange::Exchange;
use crate::failure::{Failure, Fault, INVALID_PERMISSIONS, function_gone};
use crate::outgoing::{Outgoing, UpstreamHead};
use crate::ports::{Ports, RequestBody};
use crate::record::Record;
use crate::respond::Response;
use crate::trace::Phase;

pub use handler::Serve;
pub(crate) use mapping::body_part;

/// What an integration leads to.
pub(crate) enum Integrated {
    /// The shell streams the request to an upstream and the response back.
    Forward(UpstreamHead, Bytes, StreamLimits),
    /// The answer.
    Response(Response),
    /// The shell lets a function stream.
    Serve(Box<Serve>),
}

/// What an integration is called with, but for the body.
#[derive(Clone, Copy)]
pub(crate) struct Call<'c, 'a> {
    pub(crate) exchange: &'c Exchange<'a>,
    pub(crate) caller: &'c Caller,
    pub(crate) outgoing: &'c Outgoing<'a>,
}

/// Calls the method's integration. The caller must have been let through.
pub(crate) async fn integrate(
    exchange: &Exchange<'_>,
    caller: &Caller,
    mut outgoing: Outgoing<'_>,
    client: &mut dyn RequestBody,
    ports: &Ports<'_>,
    record: &mut Record,
) -> Result<Integrated, Failure> {
    exchange.tracer.enter(Phase::Integration);
    let plugin = |function, credentials| plugin(exchange, caller, function, credentials);
    match &exchange.method.integration {
        Integration::CustomFunction(integration) => {
            let (_, slot) = plugin(integration.function, integration.credentials)?;
            let body = outgoing.body(client).await?;
            let call = Call { exchange, caller, outgoing: &outgoing };
            let called =
                custom_function::call(call, (integration, slot), body, ports, record).await;
            called.map(Integrated::Response)
        }
        Integration::Function(integration) => {
            mapping::check_forbidden(integration.forbidden_header.as_ref())?;
            let (plugin, slot) = plugin(integration.function, integration.credentials)?;
            let is_buffered = integration.transfer == ResponseTransfer::Buffered;
            // One that can do both gets the event, unless its response is to stream.
            let has_event = plugin.interface.event_function && is_buffered;
            if has_event || !plugin.interface.http_handler {
                let body = outgoing.body(client).await?;
                let call = function::Call { exchange, caller, outgoing: &outgoing, body, slot };
                let called = function::call(call, integration, ports, record).await;
                return called.map(Integrated::Response);
            }
            let call = handler::Call { exchange, caller, outgoing, slot };
            let serve = handler::serve(call, integration.timeout, client).await?;
            if exchange.method.response_transforms.is_empty() && exchange.caching.is_none() {
                return Ok(Integrated::Serve(Box::new(serve)));
            }
            handler::whole(exchange, serve, ports, record).await.map(Integrated::Response)
        }
        Integration::Http(integration) => {
            let body = outgoing.body(client).await?;
            let call = Call { exchange, caller, outgoing: &outgoing };
            http::mapped(call, integration, body, ports, record).await.map(Integrated::Response)
        }
        Integration::HttpProxy(endpoint) => {
            if endpoint.mappings.reads_body() {
                outgoing.body(client).await?;
            }
            let mapped_body = outgoing.body_if_read().cloned().unwrap_or_default();
            let call = Call { exchange, caller, outgoing: &outgoing };
            let head = http::proxied_head(call, endpoint, &mapped_body)?;
            // AWS reads a body before it calls, so that the client's time is not the integration's.
            let has_no_body = outgoing.body_if_read().is_none() && client.is_empty();
            let streams = match endpoint.transfer {
                ResponseTransfer::Buffered => has_no_body && !is_response_rewritten(exchange),
                ResponseTransfer::Stream { .. } => exchange.method.response_transforms.is_empty(),
            };
            let forwards = streams && !http::answers_head_to_get(&head, exchange);
            if forwards && has_no_body {
                return Ok(Integrated::Forward(head, Bytes::new(), http::limits(endpoint)));
            }
            let body = if http::sends_body(&head.method) {
                outgoing.body(client).await?
            } else {
                Bytes::new()
            };
            let call = Call { exchange, caller, outgoing: &outgoing };
            let body = payload::converted_request(call, endpoint.content_handling, body)?;
            if forwards {
                return Ok(Integrated::Forward(head, body, http::limits(endpoint)));
            }
            http::proxied(call, &head, body, ports, record).await.map(Integrated::Response)
        }
        Integration::Mock(integration) => {
            let body = outgoing.body(client).await?;
            let call = Call { exchange, caller, outgoing: &outgoing };
            mock::answer(call, integration, body, record).map(Integrated::Response)
        }
    }
}

/// Whether the gateway needs the whole response of an upstream that it proxies: for transforms, to keep it, and where
/// binary payloads become text or the reverse, and to compress it.
fn is_response_rewritten(exchange: &Exchange<'_>) -> bool {
    let types = &exchange.stage.deployment.api().binary_media_types;
    !exchange.method.response_transforms.is_empty()
        || exchange.caching.is_some()
        || !types.is_uniform()
        || compression::may_apply(exchange)
}

/// The function, if it is there and lets this method, or its caller, call it.
fn plugin<'e>(
    exchange: &'e Exchange<'_>,
    caller: &Caller,
    function: FunctionIndex,
    credentials: FunctionCredentials,
) -> Result<(&'e Plugin, PluginSlot), Fault> {
    match credentials {
        FunctionCredentials::Caller => require_invocation(exchange, caller, function)?,
        FunctionCredentials::Gateway => {
            let denials = exchange.stage.denials();
            if denials.denies_integration(exchange.resource_position, exchange.verb) {
                return Err(Fault::Configuration(INVALID_PERMISSIONS.to_owned()));
            }
        }
    }
    exchange.plugin(function).ok_or_else(function_gone)
}
