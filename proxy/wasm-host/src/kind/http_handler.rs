//! `wasi:http`: components made for any host, 0.2 and 0.3, with bodies that stream both ways.
//!
//! The two versions differ in how a call is made and in when it has ended, which is what [`p2`] and
//! [`p3`] are about; from there on a response is one and the same: see [`Serving`].

mod p2;
mod p3;
mod request_body;
mod response_body;
mod response_head;
mod serving;

use std::pin::pin;

use model::{CallFault, Invocation, PluginKind};
use tokio::sync::oneshot;
use wasmtime::AsContextMut;
use wasmtime::component::{Instance as WasmInstance, InstancePre};
use wasmtime_wasi_http::WasiBody;
use wasmtime_wasi_http::p2::bindings::exports::wasi::http::incoming_handler;
use wasmtime_wasi_http::p3::bindings::exports::wasi::http::handler;

use super::not_a;
use crate::calls;
use crate::deadline::CallDeadline;
use crate::pool::{Lease, Pool};
use crate::state::State;

pub use request_body::{RequestBody, RequestBodySender};
pub use serving::Serving;
use serving::{Parts, Run};

/// What a component exports as a handler.
pub(super) const EXPORTS: [&str; 2] =
    ["wasi:http/incoming-handler@0.2.0", "wasi:http/handler@0.3.0"];

/// Where a component's handler is.
pub(super) enum GuestIndices {
    P2(incoming_handler::GuestIndices),
    P3(handler::GuestIndices),
}

/// The handler of one instance.
pub(super) enum Guest {
    P2(incoming_handler::Guest),
    P3(handler::Guest),
}

impl GuestIndices {
    /// Of a component that exports one; the newer one if it exports both.
    pub(super) fn new(component: &InstancePre<State>) -> wasmtime::Result<Self> {
        let [_, p3] = EXPORTS;
        if component.component().get_export_index(None, p3).is_some() {
            handler::GuestIndices::new(component).map(Self::P3)
        } else {
            incoming_handler::GuestIndices::new(component).map(Self::P2)
        }
    }

    pub(super) fn load(
        &self,
        store: impl AsContextMut<Data = State>,
        instance: &WasmInstance,
    ) -> wasmtime::Result<Guest> {
        match self {
            Self::P2(indices) => indices.load(store, instance).map(Guest::P2),
            Self::P3(indices) => indices.load(store, instance).map(Guest::P3),
        }
    }
}

/// What a guest answers: a response, or the error code that it gave in place of one.
type Answer = Result<http::Response<WasiBody>, String>;

/// One call of a handler.
struct Call {
    request: http::Request<RequestBody>,
    /// Takes the answer as soon as the guest gives it, which is not when it ends.
    answer: oneshot::Sender<Answer>,
    /// Told when the response's body was taken to its end.
    taken: oneshot::Receiver<()>,
}

/// Lets the handler answer a request. Nothing runs until the answer is asked for.
pub(crate) fn serve<'a>(
    pool: &'a Pool,
    counted: Result<calls::Call<'a>, CallFault>,
    request: http::Request<RequestBody>,
    invocation: Invocation<'a>,
) -> Serving<'a> {
    let is_head_request = request.method() == http::Method::HEAD;
    let (answer, answered) = oneshot::channel();
    let (take, taken) = oneshot::channel();
    let client = request.body().client();
    let call = Call { request, answer, taken };
    let (run, counted): (Run<'a>, _) = match counted {
        Ok(counted) => (Box::pin(run(pool, invocation, call)), Some(counted)),
        Err(fault) => (Box::pin(std::future::ready(Err(fault))), None),
    };
    Serving::new(Parts { run, counted, client, answered, take, is_head_request })
}

/// Runs a call to its end: an instance that may serve another one.
async fn run<'a>(
    pool: &'a Pool,
    invocation: Invocation<'_>,
    call: Call,
) -> Result<Lease<'a>, CallFault> {
    let Invocation { request_id, timeout, log, .. } = invocation;
    let mut lease = pool.lease((request_id, log), Some(timeout)).await?;
    let within = lease.deadline;
    let deadline = CallDeadline::new(within, call.request.body().client());
    let instance = &mut lease.instance;
    instance.store.data_mut().set_deadline(&deadline);
    let (store, meter) = (&mut instance.store, &instance.meter);
    let ended = match &instance.guests.http_handler {
        Some(Guest::P2(guest)) => deadline.bound(meter, pin!(p2::call(store, guest, call))).await,
        Some(Guest::P3(guest)) => deadline.bound(meter, pin!(p3::call(store, guest, call))).await,
        None => return Err(not_a(PluginKind::HttpHandler)),
    };
    ended.map_err(|stopped| instance.fault(stopped, within))?;
    Ok(lease)
}
