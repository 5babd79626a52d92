//! The request-transform kind: changes a request on its way to the integration, or answers it.

pub use crate::bindings::host::edgeway::plugin::types::QueryOperation;
use crate::bindings::request_transform::exports::edgeway::plugin::request_transform as wit;
pub use crate::bindings::request_transform::exports::edgeway::plugin::request_transform::{
    ImmediateResponse, RequestOutcome, RequestPatch, TransformRequest,
};
use crate::{PluginNeeds, TransformError};

/// Export it with [`export_request_transform!`](crate::export_request_transform).
///
/// ```
/// use edgeway_plugin_sdk::{
///     ImmediateResponse, PluginNeeds, RequestOutcome, RequestPatch, RequestTransform,
///     TransformError, TransformRequest,
/// };
///
/// struct RequireTenant;
///
/// impl RequestTransform for RequireTenant {
///     fn needs() -> PluginNeeds {
///         PluginNeeds::nothing().with_headers(["host"])
///     }
///
///     fn on_request(request: TransformRequest) -> Result<RequestOutcome, TransformError> {
///         let host = request.head.header("host").unwrap_or_default();
///         match host.split_once('.') {
///             Some((tenant, _)) => Ok(RequestPatch::new().set_header("x-tenant", tenant).into()),
///             None => Ok(ImmediateResponse::new(404).into()),
///         }
///     }
/// }
///
/// edgeway_plugin_sdk::export_request_transform!(RequireTenant);
/// # fn main() {}
/// ```
pub trait RequestTransform {
    /// What [`on_request`](Self::on_request) is to be given. Panic if the configuration is invalid.
    fn needs() -> PluginNeeds {
        PluginNeeds::nothing()
    }

    /// Says what to change. An error answers 500.
    fn on_request(request: TransformRequest) -> Result<RequestOutcome, TransformError>;
}

impl<T: RequestTransform> wit::Guest for T {
    fn needs() -> PluginNeeds {
        T::needs()
    }

    fn on_request(request: TransformRequest) -> Result<RequestOutcome, String> {
        T::on_request(request).map_err(TransformError::into_reason)
    }
}

/// Exports a type that implements [`RequestTransform`] as this component's request transform.
#[macro_export]
macro_rules! export_request_transform {
    ($plugin:ident) => {
        const _: () = {
            const fn implements_request_transform<T: $crate::RequestTransform>() {}
            implements_request_transform::<$plugin>();
        };
        #[cfg(target_arch = "wasm32")]
        $crate::bindings::request_transform::export!(
            $plugin with_types_in $crate::bindings::request_transform
        );
    };
}
