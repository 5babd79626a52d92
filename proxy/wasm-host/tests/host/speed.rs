//! Prints how long calls take; asserts nothing. `cargo test --release -p wasm-host speed -- --nocapture`

use std::time::Duration;

use model::Reuse;

use crate::setup::{Setup, authorization_request, headers, host, invoke};

const CALLS: u32 = 20_000;

fn per_call(began: tokio::time::Instant) -> Duration {
    began.elapsed() / CALLS
}

#[tokio::test]
async fn speed_of_calls_is_printed() {
    let host = host();
    let authorizer = Setup::guest("typed_authorizer").load(&host).await;
    let headers = headers(&[("x-token", "allow"), ("accept", "*/*"), ("host", "example.com")]);
    let began = tokio::time::Instant::now();
    for _ in 0..CALLS {
        let request = authorization_request(Some("allow"), &headers);
        authorizer.authorize(request).await.expect("allowed");
    }
    let typed = per_call(began);

    let echo = Setup::guest("echo").load(&host).await;
    let event = format!(r#"{{"path":"/pets","pad":"{}"}}"#, "x".repeat(1000));
    let began = tokio::time::Instant::now();
    for _ in 0..CALLS {
        assert_eq!(invoke(&echo, &event).await.len(), event.len());
    }
    let warm = per_call(began);

    let echo = Setup::guest("echo").reuse(Reuse::Never).load(&host).await;
    let began = tokio::time::Instant::now();
    for _ in 0..CALLS {
        assert_eq!(invoke(&echo, &event).await.len(), event.len());
    }
    let fresh = per_call(began);
    eprintln!("warm typed call {typed:?}, warm event of 1 KB {warm:?}, fresh instance {fresh:?}");
}
