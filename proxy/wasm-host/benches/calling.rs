//! How long calls into components take, with everything that the host does around them.

#[expect(dead_code, reason = "the tests use more of it")]
#[path = "../tests/host/components.rs"]
mod components;
#[expect(dead_code, reason = "the tests use more of it")]
#[path = "../tests/host/setup.rs"]
mod setup;

use divan::Bencher;
use model::{Reuse, TransformRequest};
use tokio::runtime::{Builder, Runtime};

use setup::{Setup, authorization_request, context, head, headers, host, invoke};

fn main() {
    divan::main();
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().expect("a runtime")
}

fn event_of_1_kb() -> String {
    format!(r#"{{"pad":"{}"}}"#, "x".repeat(1000))
}

#[divan::bench]
fn warm_authorizer(bencher: Bencher<'_, '_>) {
    let runtime = runtime();
    let headers = headers(&[("x-token", "allow"), ("accept", "*/*"), ("host", "example.com")]);
    let plugin = runtime.block_on(async { Setup::guest("typed_authorizer").load(&host()).await });
    bencher.bench_local(|| {
        let request = authorization_request(Some("allow"), &headers);
        runtime.block_on(plugin.authorize(request)).expect("allowed")
    });
}

#[divan::bench]
fn warm_request_transform(bencher: Bencher<'_, '_>) {
    let runtime = runtime();
    let headers = headers(&[("accept", "*/*"), ("host", "example.com")]);
    let setup = Setup::guest("transform").env("MODE", "unchanged");
    let plugin = runtime.block_on(async { setup.load(&host()).await });
    bencher.bench_local(|| {
        let request = TransformRequest { head: head(&headers), context: context(), body: None };
        runtime.block_on(plugin.on_request(request)).expect("unchanged")
    });
}

#[divan::bench]
fn warm_event_function_1_kb(bencher: Bencher<'_, '_>) {
    call_event_function(bencher, Reuse::DEFAULT);
}

#[divan::bench]
fn fresh_event_function_1_kb(bencher: Bencher<'_, '_>) {
    call_event_function(bencher, Reuse::Never);
}

fn call_event_function(bencher: Bencher<'_, '_>, reuse: Reuse) {
    let runtime = runtime();
    let event = event_of_1_kb();
    let plugin = runtime.block_on(async { Setup::guest("echo").reuse(reuse).load(&host()).await });
    let answer = runtime.block_on(invoke(&plugin, &event));
    assert_eq!(answer, event, "it echoes");
    bencher.bench_local(|| runtime.block_on(invoke(&plugin, &event)));
}
