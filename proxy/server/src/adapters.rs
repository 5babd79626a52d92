//! The pipeline's plugin port, implemented with the plugin host. The two do not know each other.

use std::sync::Arc;

use bytes::Bytes;
use control::{Event, EventQueue};
use model::{
    Authorization, AuthorizationRequest, AuthorizerError, CallFault, HandlerResponseHead,
    Invocation, InvocationError, PluginSlot, RequestOutcome, ResponseOutcome, TransformRequest,
    TransformResponse,
};
use pipeline::{BoxFuture, Plugins};
use wasm_host::{LoadedPlugin, RequestBody};

use crate::live::{Live, Loaded};

/// The components of what is live, and the queue of what nobody waits for.
pub(crate) struct LivePlugins<'l> {
    pub(crate) live: &'l Live,
    pub(crate) events: &'l EventQueue,
}

impl LivePlugins<'_> {
    fn plugin(&self, slot: PluginSlot) -> &LoadedPlugin {
        self.live.plugin(slot)
    }
}

impl Plugins for LivePlugins<'_> {
    fn authorize<'a>(
        &'a self,
        plugin: PluginSlot,
        request: AuthorizationRequest<'a>,
    ) -> BoxFuture<'a, Result<Authorization, AuthorizerError>> {
        Box::pin(self.plugin(plugin).authorize(request))
    }

    fn invoke<'a>(
        &'a self,
        plugin: PluginSlot,
        event: &'a [u8],
        invocation: Invocation<'a>,
    ) -> BoxFuture<'a, Result<Bytes, InvocationError>> {
        Box::pin(self.plugin(plugin).invoke(event, invocation))
    }

    fn invoke_later(
        &self,
        plugin: PluginSlot,
        event: Bytes,
        request_id: &str,
        trace_id: &str,
    ) -> Result<(), CallFault> {
        let loaded = Arc::clone(&self.live.plugins()[plugin.0]);
        let (request_id, trace_id) = (request_id.to_owned(), trace_id.to_owned());
        let event = LaterCall { loaded, event, request_id, trace_id };
        self.events.add(Box::new(event)).map_err(|full| CallFault::NoInstance(full.to_string()))
    }

    fn on_request<'a>(
        &'a self,
        plugin: PluginSlot,
        request: TransformRequest<'a>,
    ) -> BoxFuture<'a, Result<RequestOutcome, CallFault>> {
        Box::pin(self.plugin(plugin).on_request(request))
    }

    fn serve<'a>(
        &'a self,
        plugin: PluginSlot,
        request: http::Request<Bytes>,
        invocation: Invocation<'a>,
    ) -> BoxFuture<'a, Result<(HandlerResponseHead, Bytes), CallFault>> {
        let request = request.map(RequestBody::whole);
        Box::pin(self.plugin(plugin).serve(request, invocation).whole())
    }

    fn on_response<'a>(
        &'a self,
        plugin: PluginSlot,
        response: TransformResponse<'a>,
    ) -> BoxFuture<'a, Result<ResponseOutcome, CallFault>> {
        Box::pin(self.plugin(plugin).on_response(response))
    }
}

/// An event for a component that was live when the request for it came: it stays loaded until it was
/// called.
struct LaterCall {
    loaded: Arc<Loaded>,
    event: Bytes,
    request_id: String,
    trace_id: String,
}

impl Event for LaterCall {
    fn function(&self) -> &str {
        &self.loaded.arn
    }

    fn request_id(&self) -> &str {
        &self.request_id
    }

    fn size(&self) -> usize {
        self.event.len()
    }

    fn attempt(&self) -> BoxFuture<'_, Result<Bytes, InvocationError>> {
        let timeout = self.loaded.function.settings.timeout.duration();
        let (request_id, trace_id) = (&*self.request_id, Some(&*self.trace_id));
        let invocation = Invocation { request_id, trace_id, timeout, log: None };
        Box::pin(self.loaded.plugin.invoke(&self.event, invocation))
    }
}
