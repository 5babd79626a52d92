//! Sets, appends and removes headers of requests and responses, as its configuration says.
//!
//! One component of two kinds. It asks for no header and no body: the gateway copies nothing in.

#![forbid(unsafe_code)]

mod settings;

use std::sync::LazyLock;

use edgeway_plugin_sdk::configuration;
use edgeway_plugin_sdk::{
    HeaderOperation, PluginNeeds, RequestOutcome, RequestPatch, RequestTransform, ResponseOutcome,
    ResponsePatch, ResponseTransform, TransformError, TransformRequest, TransformResponse,
};

use settings::Settings;

static SETTINGS: LazyLock<Settings> = LazyLock::new(|| configuration::load(Settings::parse));

struct HeaderTransform;

impl RequestTransform for HeaderTransform {
    fn needs() -> PluginNeeds {
        LazyLock::force(&SETTINGS);
        PluginNeeds::nothing()
    }

    fn on_request(_: TransformRequest) -> Result<RequestOutcome, TransformError> {
        Ok(request_outcome(&SETTINGS.request))
    }
}

impl ResponseTransform for HeaderTransform {
    fn needs() -> PluginNeeds {
        LazyLock::force(&SETTINGS);
        PluginNeeds::nothing()
    }

    fn on_response(_: TransformResponse) -> Result<ResponseOutcome, TransformError> {
        Ok(response_outcome(&SETTINGS.response))
    }
}

edgeway_plugin_sdk::export_request_transform!(HeaderTransform);
edgeway_plugin_sdk::export_response_transform!(HeaderTransform);

fn request_outcome(operations: &[HeaderOperation]) -> RequestOutcome {
    if operations.is_empty() {
        return RequestOutcome::Unchanged;
    }
    RequestPatch { headers: operations.to_vec(), ..RequestPatch::new() }.into()
}

fn response_outcome(operations: &[HeaderOperation]) -> ResponseOutcome {
    if operations.is_empty() {
        return ResponseOutcome::Unchanged;
    }
    ResponsePatch { headers: operations.to_vec(), ..ResponsePatch::new() }.into()
}

#[cfg(test)]
mod tests;
