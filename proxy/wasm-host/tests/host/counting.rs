//! The numbers of functions: what each call adds to them.

use std::time::Duration;

use model::{AuthorizerError, InvocationError};
use wasm_host::{ErrorCause, FunctionSnapshot};

use crate::event_text::EventText;
use crate::setup::{Setup, authorization_request, headers, host, invocation, invoke, numbers};

const OK: &str = r#"{"statusCode":200,"body":"ok"}"#;

/// Causes that were counted, with how often.
fn causes(numbers: &FunctionSnapshot) -> Vec<(ErrorCause, u64)> {
    numbers.errors.iter().copied().filter(|(_, errors)| *errors > 0).collect()
}

#[tokio::test]
async fn errors_are_counted_by_their_cause() {
    let cases = [
        ("error", ErrorCause::Function),
        ("exit", ErrorCause::Trap),
        ("large", ErrorCause::InvalidAnswer),
        ("huge", ErrorCause::InvalidAnswer),
        ("memory", ErrorCause::Memory),
        ("sleep", ErrorCause::Timeout),
        ("stack", ErrorCause::Trap),
        ("trap", ErrorCause::Trap),
    ];
    for (mode, cause) in cases {
        let host = host();
        let timeout = if cause == ErrorCause::Timeout { 100 } else { 20_000 };
        let plugin = Setup::guest("misbehave").timeout(timeout).load(&host).await;
        invoke(&plugin, &format!("\"{mode}\"")).await;
        let numbers = numbers(&host);
        assert_eq!(causes(&numbers), [(cause, 1)], "{mode}");
        assert_eq!(numbers.invocations, 1, "{mode}");
    }
}

#[tokio::test]
async fn cpu_time_is_limited_and_counted() {
    const LIMIT: Duration = Duration::from_millis(100);
    let host = host();
    let plugin = Setup::guest("misbehave").timeout(20_000).cpu_time(100).load(&host).await;
    let began = tokio::time::Instant::now();
    assert_eq!(
        invoke(&plugin, r#""loop""#).await,
        "fault: the plugin used more than its 100 ms of processor time"
    );
    let took = began.elapsed();
    assert!(took < LIMIT + Duration::from_millis(700), "{took:?}");
    let numbers = numbers(&host);
    assert_eq!(causes(&numbers), [(ErrorCause::CpuTime, 1)]);
    assert!(numbers.cpu_time >= LIMIT, "{:?}", numbers.cpu_time);
    assert_eq!(invoke(&plugin, r#""ok""#).await, OK);
}

#[tokio::test]
async fn waiting_is_no_cpu_time() {
    let host = host();
    let plugin = Setup::guest("misbehave").timeout(300).cpu_time(100).load(&host).await;
    assert_eq!(
        invoke(&plugin, r#""sleep""#).await,
        "fault: the plugin did not answer within 300 ms"
    );
    let numbers = numbers(&host);
    assert!(numbers.duration >= Duration::from_millis(300), "{:?}", numbers.duration);
    assert!(numbers.cpu_time < Duration::from_millis(100), "{:?}", numbers.cpu_time);
}

#[tokio::test]
async fn calls_of_one_instance_have_their_cpu_time_each() {
    let host = host();
    let plugin = Setup::guest("misbehave").timeout(20_000).cpu_time(200).load(&host).await;
    let before = numbers(&host).cpu_time;
    let mut calls = 0;
    while numbers(&host).cpu_time - before < Duration::from_millis(400) {
        assert_eq!(invoke(&plugin, r#""grow-until-refused""#).await, OK);
        calls += 1;
    }
    assert!(calls > 1);
}

#[tokio::test]
async fn durations_are_in_their_buckets() {
    let host = host();
    let plugin = Setup::guest("misbehave").timeout(60).load(&host).await;
    invoke(&plugin, r#""sleep""#).await;
    let numbers = numbers(&host);
    let filled: Vec<_> = numbers.durations.iter().filter(|(_, calls)| *calls > 0).collect();
    let [(bound, 1)] = filled.as_slice() else { panic!("{filled:?}") };
    assert!(numbers.duration <= *bound && *bound <= numbers.duration * 10, "{bound:?}");
}

#[tokio::test]
async fn call_that_nobody_waits_for_is_counted_as_cancelled() {
    let host = host();
    let plugin = Setup::guest("misbehave").load(&host).await;
    let abandoned =
        tokio::time::timeout(Duration::from_millis(30), invoke(&plugin, r#""loop""#)).await;
    abandoned.expect_err("it takes longer");
    let numbers = numbers(&host);
    assert_eq!(causes(&numbers), [(ErrorCause::Cancelled, 1)]);
    assert!(numbers.cpu_time >= Duration::from_millis(10), "{:?}", numbers.cpu_time);
}

#[tokio::test]
async fn refused_credentials_are_no_error() {
    let host = host();
    let plugin = Setup::guest("typed_authorizer").load(&host).await;
    let headers = headers(&[]);
    let request = authorization_request(Some("unauthorized"), &headers);
    assert_eq!(plugin.authorize(request).await, Err(AuthorizerError::Unauthorized));
    let numbers = numbers(&host);
    assert_eq!((numbers.invocations, causes(&numbers)), (1, Vec::new()));
}

#[tokio::test]
async fn calls_beyond_the_concurrency_wait_and_are_throttled_in_the_end() {
    let host = host();
    let plugin = Setup::guest("misbehave").concurrency(2).load(&host).await;
    let call = async |mode: &str, milliseconds| {
        plugin.invoke(mode.as_bytes(), invocation(Duration::from_millis(milliseconds))).await
    };
    let busy = || call(r#""sleep""#, 400);
    let (_, _, refused, patient) =
        tokio::join!(busy(), busy(), call(r#""ok""#, 50), call(r#""ok""#, 3_000));
    let error = refused.expect_err("two are under way");
    assert_eq!(error.to_string(), "no instance of the plugin is available: all 2 are busy");
    assert!(matches!(error, InvocationError::Fault(_)));
    assert_eq!(patient.expect("there is room by now"), OK);
    let numbers = numbers(&host);
    assert_eq!((numbers.throttles, numbers.invocations), (1, 3));
}

#[tokio::test]
async fn instances_starts_and_memory_are_shown() {
    let host = host();
    let handle = "(drop (memory.grow (i32.const 14))) (i32.const 1024)";
    let text = EventText { handle, ..EventText::default() };
    let plugin = Setup::bytes(text.component()).load(&host).await;
    let loaded = numbers(&host);
    assert_eq!((loaded.instances_warm, loaded.instances_busy), (1, 0));
    assert_eq!((loaded.memory_bytes_max, loaded.cold_starts), (2 * 65_536, 0));
    assert_eq!((loaded.name.as_str(), loaded.version.as_str()), ("pets", "$LATEST"));
    assert!(loaded.compile_time > Duration::ZERO);
    assert_eq!(invoke(&plugin, "{}").await, "ok");
    assert_eq!(numbers(&host).memory_bytes_max, 16 * 65_536);
}

#[tokio::test]
async fn numbers_go_on_with_the_next_version_and_end_with_the_last() {
    let host = host();
    let old = Setup::guest("misbehave").load(&host).await;
    invoke(&old, r#""ok""#).await;
    invoke(&old, r#""trap""#).await;
    let new = Setup::guest("echo").load(&host).await;
    assert_eq!(numbers(&host).invocations, 2);
    let under_way = invoke(&new, "1");
    drop(old);
    under_way.await;
    let shown = numbers(&host);
    assert_eq!((shown.invocations, causes(&shown)), (3, vec![(ErrorCause::Trap, 1)]));
    assert_eq!((shown.instances_warm, shown.instances_busy), (1, 0), "those of the old are gone");
    drop(new);
    assert_eq!(host.functions().snapshots().len(), 0);
}
