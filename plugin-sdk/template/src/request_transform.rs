//! Lets no request through that does not say which client sends it.

use edgeway_plugin_sdk::{
    ImmediateResponse, PluginNeeds, RequestOutcome, RequestPatch, RequestTransform, TransformError,
    TransformRequest,
};

struct MyTransform;

impl RequestTransform for MyTransform {
    fn needs() -> PluginNeeds {
        PluginNeeds::nothing().with_headers(["x-client"])
    }

    fn on_request(request: TransformRequest) -> Result<RequestOutcome, TransformError> {
        match request.head.header("x-client") {
            Some(client) => Ok(RequestPatch::new().set_header("x-client", client.trim()).into()),
            None => Ok(ImmediateResponse::new(400).into()),
        }
    }
}

edgeway_plugin_sdk::export_request_transform!(MyTransform);
