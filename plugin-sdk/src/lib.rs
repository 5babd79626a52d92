//! Write Edgeway plugins in Rust.
//!
//! A plugin is a WebAssembly component; what it exports says what it is. Implement the trait of a
//! kind for a type and export it:
//!
//! | kind                | trait                 | macro                         |
//! |---------------------|-----------------------|-------------------------------|
//! | authorizer          | [`Authorizer`]        | [`export_authorizer!`]         |
//! | request transform   | [`RequestTransform`]  | [`export_request_transform!`]  |
//! | response transform  | [`ResponseTransform`] | [`export_response_transform!`] |
//! | Lambda-style function | [`EventFunction`]   | [`export_event_function!`]     |
//!
//! A component may export several kinds, each once. Build it as a `cdylib` for `wasm32-wasip2`.
//!
//! What the gateway offers: [`configuration`] (the plugin's environment), [`key_value`] (the only
//! state that instances share), and its log ([`info!`], [`warn!`], ...). The component imports
//! only what the plugin calls; one that imports more than it was granted is refused at deployment.
//!
//! **A panic is a trap**: it ends this instance and fails the one call (its message goes to the
//! log), and no caller is ever let through by it. Return an error for what can happen, and panic
//! in `needs` when the configuration is wrong: the gateway then refuses to deploy the plugin.
//!
//! On other targets than wasm the bindings do nothing, logs go to stderr and key-value namespaces
//! live in memory, one set for each thread: a plugin's logic can be tested with plain `cargo test`.

#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod authorizer;
#[doc(hidden)]
pub mod bindings;
pub mod configuration;
mod error_chain;
mod event_function;
mod header;
pub mod key_value;
pub mod log;
mod patch;
mod plugin_needs;
mod proxy_request;
mod proxy_response;
mod request_context;
mod request_head;
mod request_transform;
mod response_transform;
mod transform_error;

pub use authorizer::{
    Authorization, AuthorizationRequest, Authorizer, AuthorizerError, ContextEntry, ContextValue,
    Policy,
};
pub use event_function::{
    EventFunction, FromEvent, FunctionError, IntoResult, Invocation, RawEvent, RawResult,
};
pub use header::{Header, HeaderOperation};
pub use plugin_needs::{HeaderNeeds, PluginNeeds};
pub use proxy_request::{InvalidBody, ProxyRequest, ProxyRequestContext, ProxyRequestIdentity};
pub use proxy_response::ProxyResponse;
pub use request_context::{Parameter, RequestContext};
pub use request_head::RequestHead;
pub use request_transform::{
    ImmediateResponse, QueryOperation, RequestOutcome, RequestPatch, RequestTransform,
    TransformRequest,
};
pub use response_transform::{
    ResponseOutcome, ResponsePatch, ResponseTransform, TransformResponse,
};
pub use transform_error::TransformError;
