//! `wasi:http/handler` 0.3: an asynchronous call. The body is written by tasks that go on after the
//! call has returned, so the instance runs until the body was taken and every task has ended.

use std::future::poll_fn;

use wasmtime::Store;
use wasmtime_wasi_http::WasiHttpView as _;
use wasmtime_wasi_http::p3::Request;
use wasmtime_wasi_http::p3::bindings::exports::wasi::http::handler::Guest;
use wasmtime_wasi_http::p3::bindings::http::types::ErrorCode;

use super::Call;
use crate::state::State;

pub(super) async fn call(
    store: &mut Store<State>,
    guest: &Guest,
    call: Call,
) -> wasmtime::Result<()> {
    let Call { request, answer, taken } = call;
    let http = store.data_mut().http();
    // What becomes of the request's body is told to the guest alone.
    let (request, _) = Request::from_http(http.hooks, request);
    let request = http.table.push(request)?;
    let (sent, is_sent) = tokio::sync::oneshot::channel::<()>();
    let run = store.run_concurrent(async move |accessor| -> wasmtime::Result<()> {
        let answered = match guest.call_handle(accessor, request).await? {
            Ok(response) => Ok(accessor.with(|mut store| {
                let response = store.data_mut().http().table.delete(response)?;
                response.into_http(&mut store, async move {
                    // Dropped or told: either way the guest need not wait any longer.
                    let _ = is_sent.await;
                    Ok(())
                })
            })?),
            Err(code) => Err(shown(&code)),
        };
        let _ = answer.send(answered);
        let _ = taken.await;
        drop(sent);
        poll_fn(|context| accessor.poll_no_interesting_tasks(context)).await;
        Ok(())
    });
    run.await?
}

fn shown(code: &ErrorCode) -> String {
    format!("{code:?}")
}
