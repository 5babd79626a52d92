//! Outgoing `wasi:http`: connections are used again, and servers and guests that misbehave are bounded.

use serde_json::{Value, json};
use wasm_host::{Host, LoadedPlugin, OutboundLimits, OutboundSettings};

use crate::setup::{Setup, host, host_with_outbound, invoke};
use crate::upstream::Upstream;

const HELLO: &str = r#"{"status":200,"body":"hello"}"#;

async fn client(upstream: &Upstream, host: &Host) -> LoadedPlugin {
    Setup::guest("outbound").outbound(&upstream.url("")).timeout(20_000).load(host).await
}

fn limited(limits: OutboundLimits) -> Host {
    host_with_outbound(OutboundSettings { limits, ..OutboundSettings::default() })
}

/// Sends what the event says to this path.
async fn send(plugin: &LoadedPlugin, upstream: &Upstream, path: &str, mut event: Value) -> String {
    event["url"] = json!(upstream.url(path));
    invoke(plugin, &event.to_string()).await
}

#[tokio::test]
async fn connection_serves_one_function_again_and_no_other() {
    let upstream = Upstream::start().await;
    let host = host();
    let plugin = client(&upstream, &host).await;
    for _ in 0..5 {
        assert_eq!(send(&plugin, &upstream, "/", json!({})).await, HELLO);
    }
    assert_eq!(upstream.accepted(), 1);
    let other = client(&upstream, &host).await;
    assert_eq!(send(&other, &upstream, "/", json!({})).await, HELLO);
    assert_eq!(upstream.accepted(), 2);
}

#[tokio::test]
async fn connections_are_closed_with_their_function() {
    let mut upstream = Upstream::start().await;
    let host = host();
    let plugin = client(&upstream, &host).await;
    assert_eq!(send(&plugin, &upstream, "/", json!({})).await, HELLO);
    drop(plugin);
    upstream.closed().await;
}

#[tokio::test]
async fn connection_that_the_server_closed_is_replaced() {
    let upstream = Upstream::start().await;
    let host = host();
    let plugin = client(&upstream, &host).await;
    for _ in 0..3 {
        assert_eq!(send(&plugin, &upstream, "/closing", json!({})).await, HELLO);
    }
    assert_eq!(upstream.accepted(), 3);
}

#[tokio::test]
async fn servers_that_break_the_protocol_are_errors() {
    let upstream = Upstream::start().await;
    let host = host();
    let plugin = client(&upstream, &host).await;
    let cases = [
        ("/no-answer", r#"{"error":"ErrorCode::HttpResponseIncomplete"}"#),
        ("/no-http", r#"{"error":"ErrorCode::HttpProtocolError"}"#),
        ("/switch", r#"{"error":"ErrorCode::HttpUpgradeFailed"}"#),
        ("/large-head", r#"{"error":"ErrorCode::HttpResponseHeaderSectionSize(None)"}"#),
        ("/many-headers", r#"{"error":"ErrorCode::HttpResponseHeaderSectionSize(None)"}"#),
        ("/promise", r#"{"error":"ErrorCode::HttpResponseBodySize(Some(999999999))"}"#),
        ("/cut", r#"{"status":200,"broken":"incomplete HTTP response"}"#),
    ];
    for (path, expected) in cases {
        assert_eq!(send(&plugin, &upstream, path, json!({})).await, expected, "{path}");
    }
    assert_eq!(send(&plugin, &upstream, "/", json!({})).await, HELLO);
}

#[tokio::test]
async fn nobody_listening_is_a_refused_connection() {
    let upstream = Upstream::start().await;
    let unused = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = unused.local_addr().expect("an address").port();
    drop(unused);
    let host = host();
    let url = format!("http://127.0.0.1:{port}");
    let plugin = Setup::guest("outbound").outbound(&url).load(&host).await;
    let answer = invoke(&plugin, &json!(url).to_string()).await;
    assert_eq!(answer, r#"{"error":"ErrorCode::ConnectionRefused"}"#);
    assert_eq!(upstream.accepted(), 0);
}

#[tokio::test]
async fn silence_is_bounded_by_what_the_guest_asks_for() {
    let mut upstream = Upstream::start().await;
    let host = host();
    let plugin = client(&upstream, &host).await;
    let first = send(&plugin, &upstream, "/silent", json!({ "firstByteMillis": 50 })).await;
    assert_eq!(first, r#"{"error":"ErrorCode::HttpResponseTimeout"}"#);
    let next = send(&plugin, &upstream, "/stall", json!({ "betweenBytesMillis": 50 })).await;
    assert_eq!(next, r#"{"status":200,"broken":"connection read timeout"}"#);
    upstream.closed().await;
}

#[tokio::test]
async fn call_and_its_connections_end_with_the_functions_timeout() {
    let mut upstream = Upstream::start().await;
    let host = host();
    for path in ["/silent", "/stall", "/endless", "/trickle"] {
        let plugin =
            Setup::guest("outbound").outbound(&upstream.url("")).timeout(200).load(&host).await;
        let event = json!({ "firstByteMillis": 60_000, "betweenBytesMillis": 60_000 });
        let answer = send(&plugin, &upstream, path, event).await;
        assert_eq!(answer, "fault: the plugin did not answer within 200 ms", "{path}");
        upstream.closed().await;
    }
}

#[tokio::test]
async fn response_that_nobody_reads_ends_with_the_call() {
    let mut upstream = Upstream::start().await;
    let host = host();
    let plugin =
        Setup::guest("outbound").outbound(&upstream.url("")).timeout(500).load(&host).await;
    let answer = send(&plugin, &upstream, "/endless", json!({ "abandon": true })).await;
    assert_eq!(answer, r#"{"status":200}"#);
    upstream.closed().await;
}

#[tokio::test]
async fn bodies_are_bounded() {
    let mut upstream = Upstream::start().await;
    let host = limited(OutboundLimits {
        request_body_bytes_max: 100_000,
        response_body_bytes_max: 100_000,
        ..OutboundLimits::default()
    });
    let plugin = client(&upstream, &host).await;
    let endless = send(&plugin, &upstream, "/endless", json!({})).await;
    assert_eq!(endless, r#"{"status":200,"broken":"HTTP response body size exceeds limit"}"#);
    upstream.closed().await;
    let post = |bytes: u64| json!({ "method": "POST", "bodyBytes": bytes });
    let large = send(&plugin, &upstream, "/silent", post(100_001)).await;
    assert_eq!(large, r#"{"error":"ErrorCode::HttpRequestBodySize(None)"}"#);
    upstream.closed().await;
}

#[tokio::test]
async fn requests_of_a_call_are_counted() {
    let upstream = Upstream::start().await;
    let limits = OutboundLimits { requests_per_call_max: 20, ..OutboundLimits::default() };
    let host = limited(limits);
    let plugin = client(&upstream, &host).await;
    let expected = json!({ HELLO: 20, r#"{"error":"ErrorCode::ConnectionLimitReached"}"#: 30 });
    for _ in 0..2 {
        let answer = send(&plugin, &upstream, "/", json!({ "times": 50 })).await;
        assert_eq!(serde_json::from_str::<Value>(&answer).expect("JSON"), expected);
    }
    assert_eq!(upstream.accepted(), 1);
}

#[tokio::test]
async fn requests_at_once_are_counted() {
    let upstream = Upstream::start().await;
    let limits = [
        OutboundLimits { instance_concurrency_max: 4, ..OutboundLimits::default() },
        OutboundLimits { function_concurrency_max: 4, ..OutboundLimits::default() },
        OutboundLimits { host_concurrency_max: 4, ..OutboundLimits::default() },
    ];
    let expected = json!({ HELLO: 4, r#"{"error":"ErrorCode::ConnectionLimitReached"}"#: 6 });
    for limits in limits {
        let host = limited(limits);
        let plugin = client(&upstream, &host).await;
        for _ in 0..2 {
            let answer = send(&plugin, &upstream, "/", json!({ "atOnce": 10 })).await;
            assert_eq!(serde_json::from_str::<Value>(&answer).expect("JSON"), expected);
        }
    }
}
