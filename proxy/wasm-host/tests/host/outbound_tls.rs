//! Outgoing `wasi:http` over TLS: who is trusted, what is spoken, and HTTP/2, of which requests share a
//! connection.

use std::time::Duration;

use model::OutboundLimits;
use serde_json::{Value, json};

use crate::setup::{Setup, host, host_with_outbound, invoke};
use crate::tls_upstream::TlsUpstream;

#[tokio::test]
async fn server_has_to_be_certified_by_an_authority() {
    for (protocol, spoken) in [("http/1.1", "HTTP/1.1"), ("h2", "HTTP/2.0")] {
        let server = TlsUpstream::start(protocol).await;
        let (url, by_address) = (server.url(""), server.url_by_address());
        let function = || server.client().outbound(&by_address);
        let refused = r#"{"error":"ErrorCode::TlsCertificateError"}"#;
        let plugin = function().load(&host()).await;
        assert_eq!(invoke(&plugin, &json!(url).to_string()).await, refused);
        let host = host_with_outbound(server.settings());
        let plugin = function().load(&host).await;
        let authority = url.strip_prefix("https://").expect("a URL");
        let expected = json!({ "status": 200, "body": format!("{spoken} to {authority}") });
        for _ in 0..3 {
            assert_eq!(invoke(&plugin, &json!(url).to_string()).await, expected.to_string());
        }
        assert_eq!(server.accepted(), 1, "{protocol}");
        assert_eq!(invoke(&plugin, &json!(by_address).to_string()).await, refused);
    }
}

#[tokio::test]
async fn requests_at_once_share_a_connection_of_http2() {
    let server = TlsUpstream::start("h2").await;
    let host = host_with_outbound(server.settings());
    let plugin = server.client().load(&host).await;
    let url = server.url("/");
    for event in [json!(url), json!({ "url": url, "atOnce": 10 })] {
        let answer = invoke(&plugin, &event.to_string()).await;
        assert!(answer.contains("HTTP/2.0"), "{answer}");
    }
    assert_eq!(server.accepted(), 1);
}

/// With four requests of a function at once.
fn narrow(server: &TlsUpstream) -> Setup {
    let limits = OutboundLimits { concurrency: 4, ..OutboundLimits::DEFAULT };
    server.client().timeout(500).outbound_limits(limits)
}

#[tokio::test]
async fn body_that_the_server_does_not_take_is_a_request_under_way() {
    let server = TlsUpstream::start("h2").await;
    let host = host_with_outbound(server.settings());
    let plugin = narrow(&server).load(&host).await;
    let early = |times: u64| json!({ "url": server.url("/early"), "method": "POST", "bodyBytes": 8192, "times": times });
    let hello = r#"{"status":200,"body":"hello"}"#;
    // Only then the server's settings are known.
    invoke(&plugin, &json!(server.url("/")).to_string()).await;
    let answer = invoke(&plugin, &early(10).to_string()).await;
    let answer: Value = serde_json::from_str(&answer).expect("JSON");
    let refused = r#"{"error":"ErrorCode::ConnectionLimitReached"}"#;
    assert_eq!(answer, json!({ hello: 4, refused: 6 }));
    // The call is over, and what it left behind is let go of.
    let answered = json!({ hello: 1 }).to_string();
    let again = async {
        while invoke(&plugin, &early(1).to_string()).await != answered {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(5), again).await.expect("room for a request");
    assert_eq!(server.accepted(), 2, "the first connection serves nobody any more");
}

#[tokio::test]
async fn response_that_nobody_reads_holds_up_no_other_after_its_call() {
    let server = TlsUpstream::start("h2").await;
    let host = host_with_outbound(server.settings());
    let plugin = narrow(&server).load(&host).await;
    // The connection that the others share.
    invoke(&plugin, &json!(server.url("/")).to_string()).await;
    let event = json!({ "url": server.url("/endless"), "atOnce": 4, "abandon": true });
    let answer = invoke(&plugin, &event.to_string()).await;
    assert_eq!(answer, json!({ r#"{"status":200}"#: 4 }).to_string());
    tokio::time::sleep(Duration::from_millis(600)).await;
    let answer = invoke(&plugin, &json!(server.url("/")).to_string()).await;
    assert!(answer.contains("HTTP/2.0"), "{answer}");
    assert_eq!(server.accepted(), 1);
}

#[tokio::test]
async fn head_of_a_response_is_bounded_over_http2_as_well() {
    let server = TlsUpstream::start("h2").await;
    let host = host_with_outbound(server.settings());
    let plugin = server.client().load(&host).await;
    let answer = invoke(&plugin, &json!(server.url("/many-headers")).to_string()).await;
    assert_eq!(answer, r#"{"error":"ErrorCode::HttpResponseHeaderSectionSize(None)"}"#);
}

#[tokio::test]
async fn length_of_what_is_not_sent_is_no_size() {
    for protocol in ["http/1.1", "h2"] {
        let server = TlsUpstream::start(protocol).await;
        let host = host_with_outbound(server.settings());
        let plugin = server.client().load(&host).await;
        let event = json!({ "url": server.url("/large-for-head"), "method": "HEAD" });
        let answer = invoke(&plugin, &event.to_string()).await;
        assert_eq!(answer, r#"{"status":200,"body":""}"#, "{protocol}");
    }
}
