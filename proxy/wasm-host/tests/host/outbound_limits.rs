//! Outgoing `wasi:http`: connections are used again, and servers and guests that misbehave are bounded.

use std::time::Duration;

use model::OutboundLimits;
use serde_json::{Value, json};
use wasm_host::{Host, LoadedPlugin, OutboundSettings};

use crate::setup::{Setup, host, host_with_outbound, invoke};
use crate::upstream::Upstream;

const HELLO: &str = r#"{"status":200,"body":"hello"}"#;

const TOO_MANY_HEADERS: &str = r#"{"error":"ErrorCode::HttpResponseHeaderSectionSize(None)"}"#;
const REFUSED: &str = r#"{"error":"ErrorCode::ConnectionLimitReached"}"#;

async fn client(upstream: &Upstream, host: &Host) -> LoadedPlugin {
    limited(upstream, host, OutboundLimits::DEFAULT).await
}

async fn limited(upstream: &Upstream, host: &Host, limits: OutboundLimits) -> LoadedPlugin {
    let setup = Setup::guest("outbound").outbound(&upstream.url("")).timeout(20_000);
    setup.outbound_limits(limits).load(host).await
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
        ("/many-headers?257", TOO_MANY_HEADERS),
        ("/many-headers?100000", TOO_MANY_HEADERS),
        ("/promise", r#"{"error":"ErrorCode::HttpResponseBodySize(Some(999999999))"}"#),
        ("/cut", r#"{"status":200,"broken":"incomplete HTTP response"}"#),
        ("/status?000 None", r#"{"error":"ErrorCode::HttpProtocolError"}"#),
        ("/status?099 None", r#"{"error":"ErrorCode::HttpProtocolError"}"#),
        ("/status?1000 None", r#"{"error":"ErrorCode::HttpProtocolError"}"#),
        ("/status?20 None", r#"{"error":"ErrorCode::HttpProtocolError"}"#),
        ("/status?999 None", r#"{"status":999,"body":"hello"}"#),
        ("/header?content-length: 4", r#"{"error":"ErrorCode::HttpProtocolError"}"#),
        ("/header?content-length: -5", r#"{"error":"ErrorCode::HttpProtocolError"}"#),
        ("/header?content-length: %2B5", r#"{"error":"ErrorCode::HttpProtocolError"}"#),
        ("/header?x: a%00b", r#"{"error":"ErrorCode::HttpProtocolError"}"#),
        ("/header?x: a%0Db", r#"{"error":"ErrorCode::HttpProtocolError"}"#),
        ("/header?x y: a", r#"{"error":"ErrorCode::HttpProtocolError"}"#),
        ("/header?x: a%0D%0A b", r#"{"error":"ErrorCode::HttpProtocolError"}"#),
    ];
    for (path, expected) in cases {
        let path = path.replace(' ', "%20");
        assert_eq!(send(&plugin, &upstream, &path, json!({})).await, expected, "{path}");
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
    let host = host();
    let limits = OutboundLimits {
        request_bytes_max: 100_000,
        response_bytes_max: 100_000,
        ..OutboundLimits::DEFAULT
    };
    let plugin = limited(&upstream, &host, limits).await;
    let endless = send(&plugin, &upstream, "/endless", json!({})).await;
    assert_eq!(endless, r#"{"status":200,"broken":"HTTP response body size exceeds limit"}"#);
    upstream.closed().await;
    let post = |bytes: u64| json!({ "method": "POST", "bodyBytes": bytes });
    let large = send(&plugin, &upstream, "/silent", post(100_001)).await;
    assert_eq!(large, r#"{"error":"ErrorCode::HttpRequestBodySize(None)"}"#);
    upstream.closed().await;
    // At the limit and one past it, announced and not.
    for (path, bytes, expected) in [
        ("/sized", 100_000, r#"{"status":200,"body":100000}"#),
        ("/sized", 100_001, r#"{"error":"ErrorCode::HttpResponseBodySize(Some(100001))"}"#),
        ("/unsized", 100_000, r#"{"status":200,"body":100000}"#),
        ("/unsized", 100_001, r#"{"status":200,"broken":"HTTP response body size exceeds limit"}"#),
    ] {
        let answer = send(&plugin, &upstream, &format!("{path}?{bytes}"), json!({})).await;
        assert_eq!(answer, expected, "{path} {bytes}");
    }
}

#[tokio::test]
async fn requests_of_a_call_are_counted() {
    let upstream = Upstream::start().await;
    let host = host();
    let limits = OutboundLimits { call_requests: 20, ..OutboundLimits::DEFAULT };
    let plugin = limited(&upstream, &host, limits).await;
    for (times, refused) in [(20, 0), (21, 1), (50, 30)] {
        let mut expected = json!({ HELLO: 20 });
        if refused > 0 {
            expected[REFUSED] = json!(refused);
        }
        let answer = send(&plugin, &upstream, "/", json!({ "times": times })).await;
        assert_eq!(serde_json::from_str::<Value>(&answer).expect("JSON"), expected);
    }
    assert_eq!(upstream.accepted(), 1);
}

#[tokio::test]
async fn requests_at_once_are_counted() {
    let upstream = Upstream::start().await;
    let default = OutboundLimits::DEFAULT;
    let settings = |concurrency_max| OutboundSettings { concurrency_max, ..Default::default() };
    let limits = [
        (512, OutboundLimits { call_concurrency: 4, ..default.clone() }),
        (512, OutboundLimits { concurrency: 4, ..default.clone() }),
        (4, default),
    ];
    for (host_max, limits) in limits {
        let host = host_with_outbound(settings(host_max));
        let plugin = limited(&upstream, &host, limits).await;
        for (at_once, expected) in [
            (4, json!({ HELLO: 4 })),
            (5, json!({ HELLO: 4, REFUSED: 1 })),
            (10, json!({ HELLO: 4, REFUSED: 6 })),
        ] {
            let answer = send(&plugin, &upstream, "/", json!({ "atOnce": at_once })).await;
            assert_eq!(serde_json::from_str::<Value>(&answer).expect("JSON"), expected);
        }
    }
}

#[tokio::test]
async fn what_is_never_sent_takes_little_of_the_hosts_memory() {
    let upstream = Upstream::start().await;
    let host = host();
    for (what, most, too_many) in [("hoardBodies", 330, 350), ("hoardHeaders", 1_000, 1_100)] {
        let plugin = client(&upstream, &host).await;
        let bytes = invoke(&plugin, &json!({ what: most }).to_string()).await;
        let bytes: usize = bytes.parse().unwrap_or_else(|_| panic!("{what}: {bytes}"));
        assert!((1..100_000_000).contains(&bytes), "{what}: {bytes}");
        let plugin = client(&upstream, &host).await;
        let answer = invoke(&plugin, &json!({ what: too_many }).to_string()).await;
        assert!(answer.starts_with("fault: the plugin trapped"), "{what}: {answer}");
    }
}

#[tokio::test]
async fn requests_are_bounded_in_time() {
    let mut upstream = Upstream::start().await;
    let host = host();
    let timeout = Some(Duration::from_millis(200));
    let limits = OutboundLimits { timeout, ..OutboundLimits::DEFAULT };
    let plugin = limited(&upstream, &host, limits).await;
    let in_time = "HTTP response timeout";
    for (path, expected) in [
        ("/silent", r#"{"error":"ErrorCode::HttpResponseTimeout"}"#.to_owned()),
        ("/stall", format!(r#"{{"status":200,"broken":"{in_time}"}}"#)),
        ("/endless", format!(r#"{{"status":200,"broken":"{in_time}"}}"#)),
        ("/trickle", format!(r#"{{"status":200,"broken":"{in_time}"}}"#)),
        ("/", HELLO.to_owned()),
    ] {
        assert_eq!(send(&plugin, &upstream, path, json!({})).await, expected, "{path}");
        if path != "/" {
            upstream.closed().await;
        }
    }
}

#[tokio::test]
async fn body_that_a_server_does_not_take_ends_with_its_answer() {
    let mut upstream = Upstream::start().await;
    let host = host();
    let limits = OutboundLimits { concurrency: 2, ..OutboundLimits::DEFAULT };
    let plugin = limited(&upstream, &host, limits).await;
    // The guest goes on writing after the response, and never ends.
    let event = json!({ "method": "POST", "bodyBytes": 1, "leaveOpen": true, "times": 6 });
    let answer = send(&plugin, &upstream, "/early", event).await;
    assert_eq!(answer, json!({ HELLO: 6 }).to_string());
    assert_eq!(upstream.accepted(), 6);
    upstream.closed().await;
}
