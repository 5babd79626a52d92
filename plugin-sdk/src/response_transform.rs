//! The response-transform kind: changes a response on its way to the client.

use crate::bindings::response_transform::exports::edgeway::plugin::response_transform as wit;
pub use crate::bindings::response_transform::exports::edgeway::plugin::response_transform::{
    ResponseOutcome, ResponsePatch, TransformResponse,
};
use crate::{PluginNeeds, TransformError, header};

/// Export it with [`export_response_transform!`](crate::export_response_transform).
///
/// ```
/// use edgeway_plugin_sdk::{
///     ResponseOutcome, ResponsePatch, ResponseTransform, TransformError, TransformResponse,
/// };
///
/// struct NoSniff;
///
/// impl ResponseTransform for NoSniff {
///     fn on_response(_: TransformResponse) -> Result<ResponseOutcome, TransformError> {
///         Ok(ResponsePatch::new().set_header("x-content-type-options", "nosniff").into())
///     }
/// }
///
/// edgeway_plugin_sdk::export_response_transform!(NoSniff);
/// # fn main() {}
/// ```
pub trait ResponseTransform {
    /// What [`on_response`](Self::on_response) is to be given; `query` must stay false. Panic if
    /// the configuration is invalid.
    fn needs() -> PluginNeeds {
        PluginNeeds::nothing()
    }

    /// Says what to change. An error answers 500.
    fn on_response(response: TransformResponse) -> Result<ResponseOutcome, TransformError>;
}

impl TransformResponse {
    /// The value of a header, compared without case; of several, the last. None unless asked for
    /// in `needs`.
    pub fn header(&self, name: &str) -> Option<&str> {
        header::values(&self.headers, name).last()
    }

    /// Every value of a header, in the order of the message.
    pub fn header_values(&self, name: &str) -> impl Iterator<Item = &str> {
        header::values(&self.headers, name)
    }
}

impl<T: ResponseTransform> wit::Guest for T {
    fn needs() -> PluginNeeds {
        T::needs()
    }

    fn on_response(response: TransformResponse) -> Result<ResponseOutcome, String> {
        T::on_response(response).map_err(TransformError::into_reason)
    }
}

/// Exports a type that implements [`ResponseTransform`] as this component's response transform.
#[macro_export]
macro_rules! export_response_transform {
    ($plugin:ident) => {
        const _: () = {
            const fn implements_response_transform<T: $crate::ResponseTransform>() {}
            implements_response_transform::<$plugin>();
        };
        #[cfg(target_arch = "wasm32")]
        $crate::bindings::response_transform::export!(
            $plugin with_types_in $crate::bindings::response_transform
        );
    };
}
