//! The kinds of plugins: for each WIT interface one module that converts in, calls, converts out.
//!
//! Here: finding the interfaces in a component, and what each instance says it needs.

pub(crate) mod authorizer;
pub(crate) mod event_function;
pub(crate) mod http_handler;
pub(crate) mod request_transform;
pub(crate) mod response_transform;

mod answer;
mod lowered;
mod needs;

use model::{CallFault, Interface, PluginKind};
use wasmtime::component::{Instance as WasmInstance, InstancePre};
use wasmtime::{AsContextMut, Store};

use crate::bindings::exports::edgeway::plugin as exports;
use crate::deadline::Deadline;
use crate::instance::Instance;
use crate::load_error::LoadError;
use crate::state::State;

/// The names of a kind's export: one of them is there. A name stands for every version that is
/// compatible with it; release candidates are not.
pub(crate) fn export_names(kind: PluginKind) -> &'static [&'static str] {
    match kind {
        PluginKind::Authorizer => &["edgeway:plugin/authorizer@1.0.0"],
        PluginKind::EventFunction => &["edgeway:plugin/event-function@1.0.0"],
        PluginKind::HttpHandler => &http_handler::EXPORTS,
        PluginKind::RequestTransform => &["edgeway:plugin/request-transform@1.0.0"],
        PluginKind::ResponseTransform => &["edgeway:plugin/response-transform@1.0.0"],
    }
}

/// Where a component's exports are: found once, so that no call looks up a name.
#[derive(Default)]
pub(crate) struct Indices {
    authorizer: Option<exports::authorizer::GuestIndices>,
    event_function: Option<exports::event_function::GuestIndices>,
    http_handler: Option<http_handler::GuestIndices>,
    request_transform: Option<exports::request_transform::GuestIndices>,
    response_transform: Option<exports::response_transform::GuestIndices>,
}

/// The exported functions of one instance.
#[derive(Default)]
pub(crate) struct Guests {
    authorizer: Option<exports::authorizer::Guest>,
    event_function: Option<exports::event_function::Guest>,
    http_handler: Option<http_handler::Guest>,
    request_transform: Option<exports::request_transform::Guest>,
    response_transform: Option<exports::response_transform::Guest>,
}

impl Indices {
    /// Finds every function of the kinds that a component exports.
    pub(crate) fn find(
        component: &InstancePre<State>,
        kinds: &[PluginKind],
    ) -> Result<Self, LoadError> {
        let mut indices = Self::default();
        for &kind in kinds {
            let found = match kind {
                PluginKind::Authorizer => exports::authorizer::GuestIndices::new(component)
                    .map(|found| indices.authorizer = Some(found)),
                PluginKind::EventFunction => exports::event_function::GuestIndices::new(component)
                    .map(|found| indices.event_function = Some(found)),
                PluginKind::HttpHandler => http_handler::GuestIndices::new(component)
                    .map(|found| indices.http_handler = Some(found)),
                PluginKind::RequestTransform => {
                    exports::request_transform::GuestIndices::new(component)
                        .map(|found| indices.request_transform = Some(found))
                }
                PluginKind::ResponseTransform => {
                    exports::response_transform::GuestIndices::new(component)
                        .map(|found| indices.response_transform = Some(found))
                }
            };
            found.map_err(|error| wrong_type(kind, &error))?;
        }
        Ok(indices)
    }

    /// The functions of an instance, their types checked.
    pub(crate) fn load(
        &self,
        store: &mut Store<State>,
        instance: &WasmInstance,
    ) -> Result<Guests, LoadError> {
        Ok(Guests {
            authorizer: load(PluginKind::Authorizer, &self.authorizer, |indices| {
                indices.load(store.as_context_mut(), instance)
            })?,
            event_function: load(PluginKind::EventFunction, &self.event_function, |indices| {
                indices.load(store.as_context_mut(), instance)
            })?,
            http_handler: load(PluginKind::HttpHandler, &self.http_handler, |indices| {
                indices.load(store.as_context_mut(), instance)
            })?,
            request_transform: load(
                PluginKind::RequestTransform,
                &self.request_transform,
                |indices| indices.load(store.as_context_mut(), instance),
            )?,
            response_transform: load(
                PluginKind::ResponseTransform,
                &self.response_transform,
                |indices| indices.load(store.as_context_mut(), instance),
            )?,
        })
    }
}

fn load<I, G>(
    kind: PluginKind,
    indices: &Option<I>,
    load: impl FnOnce(&I) -> wasmtime::Result<G>,
) -> Result<Option<G>, LoadError> {
    indices.as_ref().map(load).transpose().map_err(|error| wrong_type(kind, &error))
}

fn wrong_type(kind: PluginKind, error: &wasmtime::Error) -> LoadError {
    LoadError::WrongType { export: export_names(kind).join("` or `"), reason: format!("{error:#}") }
}

impl Instance {
    /// Asks the instance what it needs, as each kind that it is.
    pub(crate) async fn interface(&mut self, deadline: Deadline) -> Result<Interface, CallFault> {
        Ok(Interface {
            authorizer: authorizer::needs(self, deadline).await?,
            event_function: self.guests.event_function.is_some(),
            http_handler: self.guests.http_handler.is_some(),
            request_transform: request_transform::needs(self, deadline).await?,
            response_transform: response_transform::needs(self, deadline).await?,
        })
    }
}

/// The plugin was called as what it is not: deployments are checked for that.
fn not_a(kind: PluginKind) -> CallFault {
    CallFault::NoInstance(format!("the plugin exports no {kind}"))
}
