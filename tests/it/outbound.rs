//! Functions that send requests: not to the node itself, nor to its neighbours.

use std::thread;

use serde_json::{Value, json};

use crate::components::OUTBOUND;
use crate::document::{Document, function, integration, mock};
use crate::gateway::Gateway;
use crate::upstream::Upstream;

const DENIED: &str = r#"200 {"error":"ErrorCode::HttpRequestDenied"}"#;
const HERE: &str = r#"200 {"status":200,"body":"here"}"#;
const LIMITED: &str = r#"{"error":"ErrorCode::ConnectionLimitReached"}"#;
const PROHIBITED: &str = r#"200 {"error":"ErrorCode::DestinationIpProhibited"}"#;

fn server(host: &str, port: u16) -> String {
    format!("http://{host}:{port}")
}

/// A function that sends what it is told to, and something to be asked for.
fn document(settings: Value) -> Document {
    Document::new()
        .function_with("sends", OUTBOUND, settings)
        .route("POST /sends", function("sends"))
        .route("GET /", mock("here"))
}

fn moved(location: &str) -> Value {
    integration(json!({
        "type": "mock",
        "passthroughBehavior": "when_no_templates",
        "requestTemplates": { "application/json": "{\"statusCode\": 200}" },
        "responses": {
            "default": {
                "statusCode": "302",
                "responseParameters": { "method.response.header.Location": format!("'{location}'") },
            },
        },
    }))
}

/// Lets the function send a request.
fn send(gateway: &Gateway, event: &Value) -> String {
    let headers = [("content-type", "application/json")];
    gateway.send("POST /sends", &headers, event.to_string()).brief()
}

#[test]
fn the_control_listener_is_out_of_reach_of_functions_and_the_gateway_is_not() {
    let gateway = Gateway::start(&document(json!({ "outbound": ["https://elsewhere.example"] })));
    let control = |host: &str| server(host, gateway.control) + "/_edgeway/metrics";
    let controls = [control("127.0.0.1"), control("localhost"), control("[::ffff:127.0.0.1]")];
    let link_local = ["http://169.254.169.254/latest/meta-data/", "http://[fe80::1]/"];
    let here = server("127.0.0.1", gateway.http);
    let outbound = json!([
        here,
        server("127.0.0.1", gateway.control),
        { "url": server("localhost", gateway.control), "addresses": ["127.0.0.1", "::1"] },
    ]);
    let expected: Vec<(&str, &str)> = controls
        .iter()
        .map(|url| (url.as_str(), PROHIBITED))
        .chain(link_local.map(|url| (url, DENIED)))
        .chain([(here.as_str(), HERE)])
        .collect();
    let mut document = document(json!({ "outbound": outbound }));
    for (index, (url, _)) in expected.iter().enumerate() {
        document = document.route(&format!("GET /moved/{index}"), moved(url));
    }
    gateway.folder.write_document(&document);
    gateway.stderr.wait_for("the change is served");
    for (index, (url, expected)) in expected.into_iter().enumerate() {
        assert_eq!(send(&gateway, &json!({ "url": url })), expected, "{url}");
        let moved = format!("{here}/moved/{index}");
        let redirected = send(&gateway, &json!({ "url": moved, "follow": true }));
        assert_eq!(redirected, expected, "redirected to {url}");
    }
    let log = gateway.stderr.text();
    assert!(log.contains("a listener of this node"), "{log}");
}

#[test]
fn outgoing_requests_are_limited_as_the_function_says() {
    let gateway = Gateway::start(&document(json!({ "outbound": ["https://elsewhere.example"] })));
    let upstream = Upstream::start();
    let limits = json!({ "concurrency": 2, "callRequests": 3, "maxResponseBytes": 3 });
    let settings = json!({ "outbound": [upstream.uri("")], "outboundLimits": limits });
    gateway.folder.write_document(&document(settings));
    gateway.stderr.wait_for("the change is served");
    let too_large = r#"{"error":"ErrorCode::HttpResponseBodySize(Some(4))"}"#;
    let sent = send(&gateway, &json!({ "url": upstream.uri("/unavailable"), "times": 4 }));
    assert_eq!(sent, format!("200 {}", json!({ LIMITED: 1, too_large: 3 })));

    // Two are kept waiting until the third is refused.
    let event = json!({ "url": upstream.uri("/stall"), "atOnce": 3 });
    let sent = thread::scope(|scope| {
        let sending = scope.spawn(|| send(&gateway, &event));
        gateway.stderr.wait_for("are under way");
        upstream.answer_next_held(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nlate", 2);
        sending.join().unwrap()
    });
    assert_eq!(sent, format!("200 {}", json!({ LIMITED: 1, too_large: 2 })));
}
