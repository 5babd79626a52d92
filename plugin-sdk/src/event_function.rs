//! The event-function kind: an AWS Lambda style handler, JSON event in and JSON result out.

use std::error::Error;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::bindings::event_function::exports::edgeway::plugin::event_function as wit;
pub use crate::bindings::event_function::exports::edgeway::plugin::event_function::Invocation;
use crate::error_chain;

/// Export it with [`export_event_function!`](crate::export_event_function).
///
/// ```
/// use edgeway_plugin_sdk::{EventFunction, FunctionError, Invocation, ProxyRequest, ProxyResponse};
///
/// struct Greet;
///
/// impl EventFunction for Greet {
///     type Event = ProxyRequest;
///     type Result = ProxyResponse;
///
///     fn handle(request: ProxyRequest, _: Invocation) -> Result<ProxyResponse, FunctionError> {
///         let name = request.query_parameter("name").unwrap_or("world");
///         Ok(ProxyResponse::text(200, format!("hello {name}")))
///     }
/// }
///
/// edgeway_plugin_sdk::export_event_function!(Greet);
/// # fn main() {}
/// ```
pub trait EventFunction {
    /// [`ProxyRequest`](crate::ProxyRequest), any type that serde deserializes, or [`RawEvent`].
    type Event: FromEvent;
    /// [`ProxyResponse`](crate::ProxyResponse), any type that serde serializes, or [`RawResult`].
    type Result: IntoResult;

    /// Handles one event.
    fn handle(event: Self::Event, invocation: Invocation) -> Result<Self::Result, FunctionError>;
}

/// A handled error of a function: 502 behind a proxy integration. `?` turns any error into one.
///
/// From an authorizer, a message of exactly `Unauthorized` answers 401 and every other 500.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FunctionError {
    /// `errorType` in Lambda's result.
    pub error_type: String,
    /// `errorMessage` in Lambda's result.
    pub error_message: String,
}

impl FunctionError {
    /// An error with a type, such as `OutOfStock`, and a message.
    pub fn new(error_type: impl Into<String>, error_message: impl Into<String>) -> Self {
        Self { error_type: error_type.into(), error_message: error_message.into() }
    }
}

impl<E: Error> From<E> for FunctionError {
    fn from(error: E) -> Self {
        let path = std::any::type_name::<E>();
        let name = path.split('<').next().and_then(|path| path.rsplit("::").next());
        Self::new(name.unwrap_or(path), error_chain::describe(&error))
    }
}

/// What an event can be read as.
pub trait FromEvent: Sized {
    /// Reads the event's bytes.
    fn from_event(event: Vec<u8>) -> Result<Self, FunctionError>;
}

impl<T: DeserializeOwned> FromEvent for T {
    fn from_event(event: Vec<u8>) -> Result<Self, FunctionError> {
        serde_json::from_slice(&event).map_err(|error| {
            let message = format!("cannot read the event: {error}");
            FunctionError::new("Runtime.UnmarshalError", message)
        })
    }
}

/// What a result can be written from.
pub trait IntoResult {
    /// Writes the result's bytes.
    fn into_result(self) -> Result<Vec<u8>, FunctionError>;
}

impl<T: Serialize> IntoResult for T {
    fn into_result(self) -> Result<Vec<u8>, FunctionError> {
        serde_json::to_vec(&self).map_err(|error| {
            let message = format!("cannot write the result: {error}");
            FunctionError::new("Runtime.MarshalError", message)
        })
    }
}

/// The event as the gateway sent it, not parsed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RawEvent(pub Vec<u8>);

impl FromEvent for RawEvent {
    fn from_event(event: Vec<u8>) -> Result<Self, FunctionError> {
        Ok(Self(event))
    }
}

/// A result that is JSON already.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RawResult(pub Vec<u8>);

impl IntoResult for RawResult {
    fn into_result(self) -> Result<Vec<u8>, FunctionError> {
        Ok(self.0)
    }
}

impl<T: EventFunction> wit::Guest for T {
    fn handle(event: Vec<u8>, invocation: Invocation) -> Result<Vec<u8>, wit::FunctionError> {
        T::Event::from_event(event)
            .and_then(|event| T::handle(event, invocation))
            .and_then(T::Result::into_result)
            .map_err(|error| wit::FunctionError {
                error_type: error.error_type,
                error_message: error.error_message,
                stack_trace: Vec::new(),
            })
    }
}

/// Exports a type that implements [`EventFunction`] as this component's function.
#[macro_export]
macro_rules! export_event_function {
    ($plugin:ident) => {
        const _: () = {
            const fn implements_event_function<T: $crate::EventFunction>() {}
            implements_event_function::<$plugin>();
        };
        #[cfg(target_arch = "wasm32")]
        $crate::bindings::event_function::export!(
            $plugin with_types_in $crate::bindings::event_function
        );
    };
}
