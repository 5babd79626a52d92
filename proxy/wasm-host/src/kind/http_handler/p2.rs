//! `wasi:http/incoming-handler` 0.2: a plain call. The answer is set on the way, and what is written
//! of the body goes through a queue: when the call has ended, nothing more is written.

use wasmtime::Store;
use wasmtime_wasi_http::WasiHttpView as _;
use wasmtime_wasi_http::p2::bindings::exports::wasi::http::incoming_handler::Guest;
use wasmtime_wasi_http::p2::bindings::http::types::Scheme;

use super::Call;
use crate::state::State;

pub(super) async fn call(
    store: &mut Store<State>,
    guest: &Guest,
    call: Call,
) -> wasmtime::Result<()> {
    let Call { request, answer, taken: _ } = call;
    let scheme = match request.uri().scheme_str() {
        Some("https") => Scheme::Https,
        _ => Scheme::Http,
    };
    let mut http = store.data_mut().http();
    let request = http.new_incoming_request(scheme, request)?;
    let out = http.new_response_outparam_from_callback(move |answered| {
        // Nobody waits for it any more: this call is about to be dropped.
        let _ = answer.send(answered.map_err(|code| format!("{code:?}")));
    })?;
    guest.call_handle(store, request, out).await
}
