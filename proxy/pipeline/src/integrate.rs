//! Phase: integration. What answers the request.

mod function;
mod handler;
mod http;
mod mapping;
mod mock;
mod mock_status;
mod proxy_response;

use bytes::Bytes;
use model::{FunctionIntegration, Integration, Plugin, PluginSlot};

use crate::authorize::Caller;
use crate::exchange::Exchange;
use crate::failure::{Failure, Fault, INVALID_PERMISSIONS, function_gone};
use crate::outgoing::{Outgoing, UpstreamHead};
use crate::ports::{Ports, RequestBody};
use crate::record::Record;
use crate::respond::Response;

pub use handler::Serve;

/// What an integration leads to.
pub(crate) enum Integrated {
    /// The shell streams the request to an upstream and the response back.
    Forward(UpstreamHead),
    /// The answer.
    Response(Response),
    /// The shell lets a function stream.
    Serve(Box<Serve>),
}

/// Calls the method's integration. The caller must have been let through.
pub(crate) async fn integrate(
    exchange: &Exchange<'_>,
    caller: &Caller,
    mut outgoing: Outgoing<'_>,
    body: &mut dyn RequestBody,
    ports: &Ports<'_>,
    record: &mut Record,
) -> Result<Integrated, Failure> {
    match &exchange.method.integration {
        Integration::Function(integration) => {
            let (plugin, slot) = plugin(exchange, integration)?;
            let timeout = integration.timeout;
            // One that can do both gets the event.
            if plugin.interface.event_function || !plugin.interface.http_handler {
                let body = outgoing.body(body).await?;
                let call = function::Call { exchange, caller, outgoing: &outgoing, body, slot };
                let called = function::call(call, timeout, ports, record).await;
                return called.map(Integrated::Response);
            }
            let call = handler::Call { exchange, caller, outgoing, slot };
            let serve = handler::serve(call, timeout, body).await?;
            if exchange.method.response_transforms.is_empty() {
                return Ok(Integrated::Serve(Box::new(serve)));
            }
            handler::whole(exchange, serve, ports, record).await.map(Integrated::Response)
        }
        Integration::Http(integration) => {
            let body = outgoing.body(body).await?;
            let call = http::Call { exchange, caller, outgoing: &outgoing };
            http::mapped(call, integration, body, ports, record).await.map(Integrated::Response)
        }
        Integration::HttpProxy(endpoint) => {
            let is_response_untouched = exchange.method.response_transforms.is_empty();
            let call = http::Call { exchange, caller, outgoing: &outgoing };
            let head = http::proxied_head(call, endpoint)?;
            // AWS reads a body before it calls, so that the client's time is not the integration's.
            let is_streamable = outgoing.body_if_read().is_none() && body.is_empty();
            if is_response_untouched && is_streamable && !http::answers_head_to_get(&head, exchange)
            {
                return Ok(Integrated::Forward(head));
            }
            let body = if http::sends_body(&head.method) {
                outgoing.body(body).await?
            } else {
                Bytes::new()
            };
            http::proxied(&head, body, ports, record).await.map(Integrated::Response)
        }
        Integration::Mock(integration) => {
            let body = outgoing.body(body).await?;
            mock::answer(exchange, caller, &outgoing, integration, &body, record)
                .map(Integrated::Response)
        }
    }
}

/// The function, if it is there and lets this method call it.
fn plugin<'e>(
    exchange: &'e Exchange<'_>,
    integration: &FunctionIntegration,
) -> Result<(&'e Plugin, PluginSlot), Fault> {
    if exchange.stage.denials().denies_integration(exchange.resource_position, exchange.verb) {
        return Err(Fault::Configuration(INVALID_PERMISSIONS.to_owned()));
    }
    exchange.plugin(integration.function).ok_or_else(function_gone)
}
