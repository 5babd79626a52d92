//! Outgoing `wasi:http`: where it may go.

use std::collections::VecDeque;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use model::OutboundLimits;
use serde_json::json;
use wasm_host::{LoadedPlugin, OutboundSettings, RequestBody, Resolve};

use crate::setup::{Setup, host, host_with_outbound, invocation, invoke};
use crate::upstream::Upstream;

const HELLO: &str = r#"{"status":200,"body":"hello"}"#;
const DENIED: &str = r#"{"error":"ErrorCode::HttpRequestDenied"}"#;
const INVALID: &str = r#"{"error":"ErrorCode::HttpRequestUriInvalid"}"#;
const PROHIBITED: &str = r#"{"error":"ErrorCode::DestinationIpProhibited"}"#;

/// Gets a URL.
async fn get(plugin: &LoadedPlugin, url: &str) -> String {
    invoke(plugin, &json!(url).to_string()).await
}

/// Answers each look-up with the next of these.
#[derive(Debug)]
struct Script(Mutex<VecDeque<Vec<IpAddr>>>);

#[async_trait::async_trait]
impl Resolve for Script {
    async fn resolve(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        assert_eq!(name, "upstream.example");
        let next = self.0.lock().expect("no panic").pop_front();
        next.ok_or_else(|| io::Error::other("no such name"))
    }
}

fn resolving(answers: &[&[&str]]) -> OutboundSettings {
    let address = |text: &&str| text.parse().expect("an address");
    let answers = answers.iter().map(|answer| answer.iter().map(address).collect());
    OutboundSettings {
        resolver: Arc::new(Script(Mutex::new(answers.collect()))),
        ..OutboundSettings::default()
    }
}

fn hasty() -> OutboundLimits {
    OutboundLimits { connect_timeout: Duration::from_millis(500), ..OutboundLimits::DEFAULT }
}

#[tokio::test]
async fn granted_destination_is_reached_and_no_other() {
    let (granted, other) = (Upstream::start().await, Upstream::start().await);
    let host = host();
    let plugin = Setup::guest("outbound").outbound(&granted.url("")).load(&host).await;
    let (granted_port, other_port) = (granted.port, other.port);
    let cases = [
        (format!("http://127.0.0.1:{granted_port}/pets?page=1"), HELLO),
        (format!("http://[::ffff:127.0.0.1]:{granted_port}/"), HELLO),
        (format!("http://127.0.0.1:{other_port}/"), DENIED),
        (format!("http://localhost:{granted_port}/"), DENIED),
        (format!("https://127.0.0.1:{granted_port}/"), DENIED),
        (format!("http://127.0.0.1:{granted_port}@127.0.0.1:{other_port}/"), INVALID),
        (format!("http://127.1:{granted_port}/"), INVALID),
        (format!("http://0x7f000001:{granted_port}/"), INVALID),
    ];
    for (url, expected) in cases {
        assert_eq!(get(&plugin, &url).await, expected, "{url}");
    }
    assert_eq!(other.accepted(), 0);
}

#[tokio::test]
async fn what_is_granted_and_what_is_not_is_the_same_for_0_3() {
    let (granted, other) = (Upstream::start().await, Upstream::start().await);
    let host = host();
    let localhost = format!("http://localhost:{}", granted.port);
    let guest = || Setup::guest("http_client").outbound(&granted.url("")).outbound(&localhost);
    let plugin = guest().load(&host).await;
    for (url, expected) in [
        (granted.url("/pets"), "200 hello"),
        (other.url("/pets"), "ErrorCode::HttpRequestDenied"),
        (format!("{localhost}/pets"), "ErrorCode::DestinationIpProhibited"),
    ] {
        let request = http::Request::builder()
            .uri(format!("http://api.example.com/?{url}"))
            .body(RequestBody::whole(Bytes::new()))
            .expect("a request");
        let answered = plugin.serve(request, invocation(Duration::from_secs(10))).whole().await;
        let (head, body) = answered.expect("no fault");
        let said = String::from_utf8_lossy(&body);
        assert_eq!((head.status.as_u16(), &*said), (200, expected), "{url}");
    }
    assert_eq!((granted.accepted(), other.accepted()), (1, 0));
    let refused = Setup::guest("http_client").try_load(&host).await;
    let refused = refused.expect_err("nothing is granted").to_string();
    assert!(
        refused.contains("wasi:http/client@0.3.0") && refused.contains("outbound"),
        "{refused}"
    );
}

#[tokio::test]
async fn name_is_granted_with_public_addresses_and_those_that_are_named() {
    let upstream = Upstream::start().await;
    let host = host();
    let localhost = format!("http://localhost:{}", upstream.port);
    let plugin = Setup::guest("outbound").outbound(&localhost).load(&host).await;
    for host in ["localhost", "LOCALHOST", "localhost."] {
        let url = format!("http://{host}:{}/", upstream.port);
        assert_eq!(get(&plugin, &url).await, PROHIBITED, "{url}");
    }
    assert_eq!(upstream.accepted(), 0);
    let addresses = ["127.0.0.0/8", "::1"];
    let plugin = Setup::guest("outbound").outbound_at(&localhost, &addresses).load(&host).await;
    assert_eq!(get(&plugin, &localhost).await, HELLO);
}

#[tokio::test]
async fn name_is_checked_for_each_connection() {
    let upstream = Upstream::start().await;
    let host = host_with_outbound(resolving(&[
        &["127.0.0.1"],
        &["127.0.0.2"],
        &["169.254.169.254", "::ffff:127.0.0.2", "0.0.0.0", "127.0.0.1"],
        &["10.0.0.1", "64:ff9b::7f00:1", "::127.0.0.1"],
        &[],
    ]));
    let server = format!("http://upstream.example:{}", upstream.port);
    let plugin = Setup::guest("outbound").outbound_at(&server, &["127.0.0.1"]).load(&host).await;
    let url = format!("{server}/closing");
    let not_found = r#"{"error":"ErrorCode::DestinationNotFound"}"#;
    let unknown =
        r#"{"error":"ErrorCode::DnsError(DnsErrorPayload { rcode: None, info-code: None })"}"#;
    for expected in [HELLO, PROHIBITED, HELLO, PROHIBITED, not_found, unknown] {
        assert_eq!(get(&plugin, &url).await, expected);
    }
    assert_eq!(upstream.accepted(), 2);
}

#[tokio::test]
async fn name_that_was_public_does_not_become_loopback() {
    let upstream = Upstream::start().await;
    let host = host_with_outbound(resolving(&[&["192.31.196.1"], &["127.0.0.1"]]));
    let server = format!("http://upstream.example:{}", upstream.port);
    let guest = Setup::guest("outbound").outbound(&server).outbound_limits(hasty());
    let plugin = guest.load(&host).await;
    // A public address where nobody answers (RFC 7535).
    let first = get(&plugin, &server).await;
    assert!(first.starts_with(r#"{"error":"#) && first != PROHIBITED, "{first}");
    assert_eq!(get(&plugin, &server).await, PROHIBITED);
    assert_eq!(upstream.accepted(), 0);
}

#[tokio::test]
async fn forbidden_listener_is_out_of_reach_whatever_is_granted() {
    let (upstream, control) = (Upstream::start().await, Upstream::start().await);
    for listener in [format!("127.0.0.1:{}", control.port), format!("0.0.0.0:{}", control.port)] {
        let listener: SocketAddr = listener.parse().expect("an address");
        let host = host_with_outbound(OutboundSettings {
            forbidden_addresses: vec![listener],
            ..OutboundSettings::default()
        });
        let localhost = format!("http://localhost:{}", control.port);
        let plugin = Setup::guest("outbound")
            .outbound(&upstream.url(""))
            .outbound(&control.url(""))
            .outbound_at(&localhost, &["127.0.0.0/8", "::1"])
            .load(&host)
            .await;
        assert_eq!(get(&plugin, &upstream.url("/")).await, HELLO);
        assert_eq!(get(&plugin, &control.url("/")).await, PROHIBITED);
        let redirect = upstream.url(&format!("/redirect?{}", control.url("/_edgeway/metrics")));
        let event = json!({ "url": redirect, "follow": true });
        assert_eq!(invoke(&plugin, &event.to_string()).await, PROHIBITED);
    }
    assert_eq!(control.accepted(), 0);
}

#[tokio::test]
async fn redirect_is_checked_like_any_other_request() {
    let (granted, other) = (Upstream::start().await, Upstream::start().await);
    let host = host_with_outbound(resolving(&[&["169.254.169.254"], &["fe80::1"], &["::1"]]));
    let named = format!("http://upstream.example:{}", other.port);
    let guest = Setup::guest("outbound").outbound(&granted.url("")).outbound(&named);
    let plugin = guest.load(&host).await;
    let follow = async |location: &str| {
        let url = granted.url(&format!("/redirect?{location}"));
        invoke(&plugin, &json!({ "url": url, "follow": true }).to_string()).await
    };
    for location in [
        &*other.url("/"),
        "http://169.254.169.254/latest/meta-data/",
        "http://[fe80::1]/",
        "http://[fd00:ec2::254]/latest/meta-data/",
        "http://[::1]/",
    ] {
        assert_eq!(follow(location).await, DENIED, "{location}");
    }
    // A granted name, at addresses that are not.
    for _ in 0..3 {
        assert_eq!(follow(&format!("{named}/")).await, PROHIBITED);
    }
    assert_eq!(other.accepted(), 0);
}

#[tokio::test]
async fn link_local_address_is_out_of_reach_of_a_name() {
    let host = host_with_outbound(resolving(&[&["169.254.169.254"], &["::ffff:169.254.169.254"]]));
    let plugin = Setup::guest("outbound").outbound("http://upstream.example").load(&host).await;
    assert_eq!(get(&plugin, "http://169.254.169.254/latest/meta-data/").await, DENIED);
    for _ in 0..2 {
        assert_eq!(get(&plugin, "http://upstream.example/").await, PROHIBITED);
    }
}

#[tokio::test]
async fn name_with_many_addresses_is_tried_at_a_few() {
    let upstream = Upstream::start().await;
    let nobody: Vec<String> = (2..=250).map(|last| format!("127.0.0.{last}")).collect();
    let nobody: Vec<&str> = nobody.iter().map(String::as_str).collect();
    let within = [&nobody[..7], &["127.0.0.1"]].concat();
    let beyond = [&nobody[..8], &["127.0.0.1"]].concat();
    // As many as nobody may use, before one that may be.
    let private = [vec!["10.0.0.1"; 64], vec!["127.0.0.1"]].concat();
    let host = host_with_outbound(resolving(&[&within, &beyond, &nobody, &private, &private[1..]]));
    let server = format!("http://upstream.example:{}", upstream.port);
    let guest = Setup::guest("outbound").outbound_at(&server, &["127.0.0.0/8"]);
    let plugin = guest.load(&host).await;
    let refused = r#"{"error":"ErrorCode::ConnectionRefused"}"#;
    for expected in [HELLO, refused, refused, PROHIBITED, HELLO] {
        assert_eq!(get(&plugin, &format!("{server}/closing")).await, expected);
    }
}

/// Never answers.
#[derive(Debug)]
struct Silent;

#[async_trait::async_trait]
impl Resolve for Silent {
    async fn resolve(&self, _name: &str) -> io::Result<Vec<IpAddr>> {
        std::future::pending().await
    }
}

#[tokio::test]
async fn look_ups_are_bounded_in_time_and_number() {
    let host = host_with_outbound(OutboundSettings {
        resolver: Arc::new(Silent),
        lookup_timeout: Duration::from_millis(100),
        ..OutboundSettings::default()
    });
    let guest = || Setup::guest("outbound").outbound("http://upstream.example");
    let plugin = guest().load(&host).await;
    let event = json!({ "url": "http://upstream.example/", "atOnce": 20 });
    let timed_out = json!({ r#"{"error":"ErrorCode::DnsTimeout"}"#: 20 });
    for _ in 0..2 {
        assert_eq!(invoke(&plugin, &event.to_string()).await, timed_out.to_string());
    }
    // What the guest or its function gives less time.
    let event = json!({ "url": "http://upstream.example/", "connectMillis": 20 });
    let timed_out = r#"{"error":"ErrorCode::ConnectionTimeout"}"#;
    assert_eq!(invoke(&plugin, &event.to_string()).await, timed_out);
    let limits =
        OutboundLimits { connect_timeout: Duration::from_millis(20), ..OutboundLimits::DEFAULT };
    let plugin = guest().outbound_limits(limits).load(&host).await;
    assert_eq!(get(&plugin, "http://upstream.example/").await, timed_out);
}

#[tokio::test]
async fn request_says_where_it_goes_and_nothing_of_the_connection() {
    let upstream = Upstream::start().await;
    let host = host();
    let plugin = Setup::guest("outbound").outbound(&upstream.url("")).load(&host).await;
    let event =
        json!({ "url": upstream.url("/echo?a=%2F"), "headers": { "te": "trailers", "x-a": "1" } });
    let echo =
        format!("GET /echo?a=%2F HTTP/1.1\r\nx-a: 1\r\nhost: 127.0.0.1:{}\r\n\r\n", upstream.port);
    let expected = json!({ "status": 200, "body": echo });
    let answer = invoke(&plugin, &event.to_string()).await;
    assert_eq!(serde_json::from_str::<serde_json::Value>(&answer).expect("JSON"), expected);

    for name in ["host", "connection", "transfer-encoding", "upgrade", "keep-alive"] {
        let event = json!({ "url": upstream.url("/"), "headers": { name: "x" } });
        let answer = invoke(&plugin, &event.to_string()).await;
        assert!(answer.contains("Forbidden"), "{name}: {answer}");
    }
    let refused = [
        (json!({ "method": "CONNECT" }), "HttpRequestMethodInvalid"),
        (json!({ "method": "POST", "headers": { "content-length": "5" } }), "HttpRequestBodySize"),
        (json!({ "headers": { "content-length": "5" } }), "HttpRequestBodySize"),
        (
            json!({ "headers": { "content-length": "999999999" }, "bodyBytes": 5 }),
            "HttpRequestBodySize",
        ),
    ];
    for (mut event, expected) in refused {
        event["url"] = json!(upstream.url("/"));
        let answer = invoke(&plugin, &event.to_string()).await;
        assert!(answer.contains(expected), "{event}: {answer}");
    }
}
