//! Prints how long calls take, and asserts nothing:
//! `cargo test -p wasm-host --test host speed -- --nocapture`, best with `--release`.

use std::time::Duration;

use model::{Reuse, TransformRequest};

use crate::setup::{Setup, authorization_request, context, head, headers, host, invoke};

const ROUNDS: u32 = 5;
const CALLS_PER_ROUND: u32 = 2_000;

/// Prints the best round, which other tests disturbed the least.
async fn print_time<T>(what: &str, mut call: impl AsyncFnMut() -> T) {
    let mut best = Duration::MAX;
    for _ in 0..ROUNDS {
        let began = tokio::time::Instant::now();
        for _ in 0..CALLS_PER_ROUND {
            call().await;
        }
        best = best.min(began.elapsed() / CALLS_PER_ROUND);
    }
    eprintln!("{what}: {best:?}");
}

#[tokio::test]
async fn speed_of_calls_is_printed() {
    let host = host();
    let headers = headers(&[("x-token", "allow"), ("accept", "*/*"), ("host", "example.com")]);
    let transform = Setup::guest("transform").env("MODE", "unchanged").load(&host).await;
    print_time("warm transform, unchanged", async || {
        let request = TransformRequest { head: head(&headers), context: context(), body: None };
        transform.on_request(request).await.expect("unchanged")
    })
    .await;

    let authorizer = Setup::guest("typed_authorizer").load(&host).await;
    print_time("warm authorizer", async || {
        let request = authorization_request(Some("allow"), &headers);
        authorizer.authorize(request).await.expect("allowed")
    })
    .await;

    let echo = Setup::guest("echo").load(&host).await;
    let event = format!(r#"{{"pad":"{}"}}"#, "x".repeat(1000));
    print_time("warm event of 1 KB", async || invoke(&echo, &event).await).await;

    let echo = Setup::guest("echo").reuse(Reuse::Never).load(&host).await;
    print_time("fresh instance", async || invoke(&echo, &event).await).await;
}
