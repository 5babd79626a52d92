//! The pipeline's plugin port, implemented with the plugin host. The two do not know each other.

use std::time::Duration;

use bytes::Bytes;
use model::{
    Authorization, AuthorizationRequest, AuthorizerError, CallFault, HandlerResponseHead,
    Invocation, InvocationError, PluginSlot, RequestOutcome, ResponseOutcome, TransformRequest,
    TransformResponse,
};
use pipeline::{BoxFuture, Plugins};
use wasm_host::RequestBody;

use crate::live::Live;

impl Plugins for Live {
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
        request_id: &'a str,
        timeout: Duration,
    ) -> BoxFuture<'a, Result<(HandlerResponseHead, Bytes), CallFault>> {
        let request = request.map(RequestBody::whole);
        Box::pin(self.plugin(plugin).serve(request, request_id, timeout).whole())
    }

    fn on_response<'a>(
        &'a self,
        plugin: PluginSlot,
        response: TransformResponse<'a>,
    ) -> BoxFuture<'a, Result<ResponseOutcome, CallFault>> {
        Box::pin(self.plugin(plugin).on_response(response))
    }
}
