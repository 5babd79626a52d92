//! Tells browsers not to guess what a response is.

use edgeway_plugin_sdk::{ResponseOutcome, ResponsePatch, ResponseTransform, TransformError, TransformResponse};

struct MyTransform;

impl ResponseTransform for MyTransform {
    fn on_response(_: TransformResponse) -> Result<ResponseOutcome, TransformError> {
        Ok(ResponsePatch::new().set_header("x-content-type-options", "nosniff").into())
    }
}

edgeway_plugin_sdk::export_response_transform!(MyTransform);
