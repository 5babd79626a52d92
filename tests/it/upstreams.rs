//! Forwarding: what upstreams are sent, what clients get back, and what becomes of upstreams that
//! break.

use std::time::Duration;

use expect_test::expect;
use serde_json::{Value, json};

use crate::client::Response;
use crate::document::{Document, http_proxy, integrated, integration};
use crate::gateway::{Gateway, request};
use crate::patience::Stopwatch;
use crate::ports;
use crate::upstream::{LARGE_BYTES, Upstream, large_body};

const NETWORK: &str = r#"504 {"message": "Network error communicating with endpoint"}"#;
const TIMED_OUT: &str = r#"504 {"message": "Endpoint request timed out"}"#;

/// `/{script}` at the upstream, under `/forward/{proxy+}`, within `timeout` milliseconds.
fn forwarded(upstream: &Upstream, timeout: u64) -> Value {
    let mapping = json!({ "integration.request.path.proxy": "method.request.path.proxy" });
    let settings = json!({ "timeoutInMillis": timeout, "requestParameters": mapping });
    integrated(http_proxy(&upstream.uri("/up/{proxy}")), settings)
}

fn gateway(upstream: &Upstream, timeout: u64) -> Gateway {
    Gateway::start(&Document::new().route("ANY /forward/{proxy+}", forwarded(upstream, timeout)))
}

/// The head that the upstream got, with what differs from one run to the next replaced.
fn head(upstream: &Upstream) -> String {
    let received = upstream.take();
    assert_eq!(received.len(), 1, "{received:?}");
    let lines = received[0].head.lines().map(|line| match line.split_once(": ") {
        Some((name, value)) if value.starts_with("Root=1-") => format!("{name}: {{trace}}"),
        _ => line.replace(&upstream.port.to_string(), "{port}"),
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn an_upstream_gets_the_clients_request_without_what_belongs_to_the_connection() {
    let upstream = Upstream::start();
    let gateway = gateway(&upstream, 5_000);
    let headers = [
        ("Accept", "text/plain"),
        ("Authorization", "Bearer x"),
        ("Connection", "x-hop"),
        ("Content-Type", "text/plain"),
        ("Cookie", "a=1"),
        ("Expect", "nothing"),
        ("Host", "localhost:1"),
        ("Keep-Alive", "timeout=5"),
        ("Max-Forwards", "3"),
        ("Proxy-Connection", "keep-alive"),
        ("TE", "trailers"),
        ("Upgrade", "websocket"),
        ("User-Agent", "tests"),
        ("Via", "1.1 other"),
        ("X-Amzn-Apigateway-Api-Id", "forged"),
        ("X-Hop", "1"),
        ("X-Many", "1"),
        ("X-Many", "2"),
    ];
    let response = gateway.send("PUT /forward/a%2Fb%20c/d+e?q=%2B&q=a+b&r", &headers, "body");
    assert_eq!(response.brief(), "200 4");
    expect![[r#"
        PUT /up/a%2Fb%20c/d+e?q=%2B&q=a+b&r HTTP/1.1
        accept: text/plain
        authorization: Bearer x
        Content-Type: text/plain
        cookie: a=1
        Host: 127.0.0.1:{port}
        user-agent: tests
        x-many: 1
        x-many: 2
        x-amzn-apigateway-api-id: test
        x-amzn-trace-id: {trace}
        Content-Length: 4"#]]
    .assert_eq(&head(&upstream));
}

#[test]
fn an_upstream_gets_what_is_missing_from_the_gateway() {
    let upstream = Upstream::start();
    let gateway = gateway(&upstream, 5_000);
    assert_eq!(gateway.get("/forward/x").brief(), "200 0");
    expect![[r#"
        GET /up/x HTTP/1.1
        Host: 127.0.0.1:{port}
        user-agent: AmazonAPIGateway_test
        accept: application/json
        x-amzn-apigateway-api-id: test
        x-amzn-trace-id: {trace}"#]]
    .assert_eq(&head(&upstream));
    let trace = "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1";
    gateway.send("GET /forward/x", &[("X-Amzn-Trace-Id", trace)], "");
    let received = upstream.take();
    assert!(received[0].head.contains(trace), "the client's trace goes on: {received:?}");
}

#[test]
fn parameters_are_mapped_into_the_upstreams_request() {
    let upstream = Upstream::start();
    let mappings = json!({
        "integration.request.path.id": "method.request.path.id",
        "integration.request.path.kind": "method.request.querystring.kind",
        "integration.request.querystring.by": "method.request.header.X-By",
        "integration.request.querystring.none": "method.request.header.X-None",
        "integration.request.header.X-Static": "'static'",
        "integration.request.header.X-Stage": "context.stage",
        "integration.request.header.X-Variable": "stageVariables.color",
    });
    let operation = integrated(
        http_proxy(&upstream.uri("/v1/{kind}/{id}?fixed=1")),
        json!({ "httpMethod": "POST", "requestParameters": mappings }),
    );
    let document = Document::new()
        .with("x-edgeway-stage", json!({ "name": "dev", "variables": { "color": "blue" } }))
        .route("GET /pets/{id}", operation);
    let gateway = Gateway::start(&document);
    gateway.send("GET /pets/a%2Fb?kind=big%20cat", &[("X-By", "a&b")], "");
    expect![[r#"
        POST /v1/big%20cat/a%2Fb?fixed=1&kind=big%20cat&by=a%26b HTTP/1.1
        Host: 127.0.0.1:{port}
        x-by: a&b
        x-static: static
        x-stage: dev
        x-variable: blue
        user-agent: AmazonAPIGateway_test
        accept: application/json
        x-amzn-apigateway-api-id: test
        x-amzn-trace-id: {trace}
        Content-Length: 0"#]]
    .assert_eq(&head(&upstream));
}

#[test]
fn the_client_gets_the_upstreams_response_with_the_gateways_own_headers() {
    let upstream = Upstream::start();
    let gateway = gateway(&upstream, 5_000);
    expect![[r#"
        200
        x-amzn-Remapped-Content-Length: 2
        Content-Type: text/plain
        x-amzn-Remapped-Server: origin
        x-amzn-Remapped-Date: yesterday
        x-amzn-Remapped-WWW-Authenticate: Basic
        x-amzn-Remapped-Connection: keep-alive, x-hop
        x-own: kept
        Set-Cookie: a=1
        Set-Cookie: b=2
        x-amzn-remapped-x-amzn-requestid: theirs
        x-amzn-RequestId: {uuid}
        x-amz-apigw-id: {apigw-id}
        Content-Length: 2
        Date: {date}
        Connection: keep-alive

        ok"#]]
    .assert_eq(&gateway.get("/forward/headers").normalized());
    expect![[r#"
        503
        x-amzn-Remapped-Content-Length: 4
        retry-after: 7
        Content-Type: text/html
        x-amzn-RequestId: {uuid}
        x-amz-apigw-id: {apigw-id}
        Content-Length: 4
        Date: {date}
        Connection: keep-alive

        busy"#]]
    .assert_eq(&gateway.get("/forward/unavailable").normalized());
    expect![[r#"
        200
        Content-Type: text/plain
        x-amzn-RequestId: {uuid}
        x-amz-apigw-id: {apigw-id}
        Transfer-Encoding: chunked
        Date: {date}
        Connection: keep-alive

        first second"#]]
    .assert_eq(&gateway.get("/forward/chunked").normalized());
    expect![[r#"
        204
        x-up: 1
        x-amzn-RequestId: {uuid}
        x-amz-apigw-id: {apigw-id}
        Content-Type: application/json
        Date: {date}
        Connection: keep-alive

    "#]]
    .assert_eq(&gateway.get("/forward/bodiless").normalized());
    expect![[r#"
        304
        etag: "1"
        x-amzn-RequestId: {uuid}
        x-amz-apigw-id: {apigw-id}
        Content-Type: application/json
        Date: {date}
        Connection: keep-alive

    "#]]
    .assert_eq(&gateway.get("/forward/not-modified").normalized());
}

#[test]
fn a_response_without_a_body_leaves_the_connection_in_step() {
    let upstream = Upstream::start();
    let gateway = gateway(&upstream, 5_000);
    for (line, status) in [
        ("HEAD /forward/x", 200),
        ("HEAD /forward/large", 200),
        ("GET /forward/bodiless", 204),
        ("GET /forward/not-modified", 304),
        ("DELETE /forward/bodiless", 204),
    ] {
        let mut connection = gateway.connect();
        connection.write(request(line, &[], b""));
        let response = connection.try_read(line.starts_with("HEAD")).unwrap().unwrap();
        assert_eq!(response.status, status, "{line}");
        connection.write(request("GET /forward/x", &[], b""));
        assert_eq!(connection.read().brief(), "200 0", "after {line}");
    }
}

#[test]
fn nine_megabytes_go_through_in_both_directions() {
    let upstream = Upstream::start();
    let gateway = gateway(&upstream, 20_000);
    let response = gateway.get("/forward/large");
    assert!(response.status == 200 && response.body == large_body(), "the body came changed");
    upstream.take();
    let body = large_body();
    assert_eq!(gateway.send("POST /forward/x", &[], &body).brief(), format!("200 {LARGE_BYTES}"));
    assert!(upstream.take()[0].body == body, "the body arrived changed");
    let chunks = body.chunks(100_000);
    let chunked =
        chunks.map(|chunk| [format!("{:x}\r\n", chunk.len()).as_bytes(), chunk, b"\r\n"].concat());
    let chunked = [chunked.collect::<Vec<_>>().concat(), b"0\r\n\r\n".to_vec()].concat();
    let headers = [("Transfer-Encoding", "chunked")];
    assert_eq!(
        gateway.send("POST /forward/x", &headers, chunked).brief(),
        format!("200 {LARGE_BYTES}")
    );
    assert!(upstream.take()[0].body == body, "the chunked body arrived changed");
}

#[test]
fn a_client_that_waits_to_be_told_to_go_on_is_told() {
    let upstream = Upstream::start();
    let gateway = gateway(&upstream, 5_000);
    let mut connection = gateway.connect();
    let headers = [("Expect", "100-continue"), ("Content-Length", "5")];
    connection.write(request("POST /forward/x", &headers, b""));
    assert_eq!(connection.read().status, 100);
    connection.write("hello");
    assert_eq!(connection.read().brief(), "200 5");
    let received = upstream.take();
    assert!(!received[0].head.to_lowercase().contains("expect"), "{received:?}");
}

/// A script of the upstream, and what the client is told.
const BREAKAGES: [(&str, &str); 5] = [
    ("close", NETWORK),
    ("garbage", NETWORK),
    ("reset", NETWORK),
    ("reset-in-head", NETWORK),
    ("stall", TIMED_OUT),
];

#[test]
fn an_upstream_that_breaks_is_answered_for_as_aws_does() {
    let upstream = Upstream::start();
    let gateway = gateway(&upstream, 300);
    for method in ["GET", "POST"] {
        for (script, expected) in BREAKAGES {
            let mut connection = gateway.connect();
            connection.write(request(&format!("{method} /forward/{script}"), &[], b""));
            let response = connection.read();
            assert_eq!(response.brief(), expected, "{method} {script}");
            assert_own(&response);
            assert_eq!(gateway.get("/forward/x").brief(), "200 0", "after {method} {script}");
        }
    }
}

/// An answer of the gateway has these headers.
#[track_caller]
fn assert_own(response: &Response) {
    assert_eq!(response.header("x-amzn-ErrorType"), Some("InternalServerErrorException"));
    assert_eq!(response.header("content-type"), Some("application/json"));
    assert!(response.header("x-amzn-RequestId").is_some());
    assert!(response.header("x-amz-apigw-id").is_some());
}

#[test]
fn an_upstream_that_refuses_or_is_unknown_is_a_network_error() {
    let closed = format!("http://127.0.0.1:{}/", ports::free());
    let document = Document::new()
        .route("ANY /closed", http_proxy(&closed))
        .route("ANY /unknown", http_proxy("http://no-such-host.invalid/"));
    let gateway = Gateway::start(&document);
    for path in ["/closed", "/unknown"] {
        for (method, body) in [("GET", ""), ("POST", "hello")] {
            let response = gateway.send(&format!("{method} {path}"), &[], body);
            assert_eq!(response.brief(), NETWORK, "{method} {path}");
            assert_own(&response);
        }
    }
}

#[test]
fn a_response_that_breaks_off_is_never_taken_for_a_whole_one() {
    let upstream = Upstream::start();
    let gateway = gateway(&upstream, 500);
    let scripts = [
        ("half", "INTEGRATION_FAILURE", NETWORK, 4),
        ("stall-in-body", "INTEGRATION_TIMEOUT", TIMED_OUT, 5),
        ("reset-in-body", "INTEGRATION_FAILURE", NETWORK, 4),
    ];
    for (script, ..) in scripts {
        let stopwatch = Stopwatch::start();
        let mut connection = gateway.connect();
        connection.write(request(&format!("GET /forward/{script}"), &[], b""));
        let outcome = connection.try_read(false);
        assert!(!matches!(outcome, Ok(Some(_))), "{script}: {outcome:?}");
        let taken = stopwatch.elapsed();
        assert!(taken < Duration::from_secs(5), "{script} ended after {taken:?}");
        assert_eq!(gateway.get("/forward/x").brief(), "200 0", "after {script}");
    }
    let lines = gateway.access_log(2 * scripts.len());
    for (script, response_type, message, bytes) in scripts {
        let path = format!("/forward/{script}");
        let line = lines.iter().find(|line| line["path"] == path).unwrap();
        // What the client saw of it, and what it would have been told.
        assert_eq!(line["status"], 200, "{script}: {line}");
        assert_eq!(line["integrationStatus"], 200, "{script}: {line}");
        assert_eq!(line["responseLength"], bytes, "{script}: {line}");
        assert_eq!(line["error"]["responseType"], response_type, "{script}: {line}");
        let told = format!("504 {{\"message\": {}}}", line["error"]["message"]);
        assert_eq!(told, message, "{script}: {line}");
    }
}

#[test]
fn a_connection_that_the_upstream_closed_meanwhile_costs_no_request() {
    let upstream = Upstream::start();
    let gateway = gateway(&upstream, 5_000);
    for _ in 0..10 {
        assert_eq!(gateway.get("/forward/close-after").brief(), "200 once");
        assert_eq!(gateway.get("/forward/x").brief(), "200 0");
    }
}

#[test]
fn requests_that_are_sent_in_one_go_are_forwarded_in_order() {
    let upstream = Upstream::start();
    let gateway = gateway(&upstream, 5_000);
    let bodies = ["", "1", "22", "", "4444"];
    let mut connection = gateway.connect();
    // The rest comes while the first is under way.
    for body in bodies {
        connection.write(request("POST /forward/x", &[], body.as_bytes()));
    }
    for body in bodies {
        assert_eq!(connection.read().brief(), format!("200 {}", body.len()));
    }
    let received = upstream.take();
    let received: Vec<_> =
        received.iter().map(|request| String::from_utf8_lossy(&request.body)).collect();
    assert_eq!(received, bodies);
}

#[test]
fn connections_to_an_upstream_are_used_again() {
    let upstream = Upstream::start();
    let gateway = gateway(&upstream, 5_000);
    for _ in 0..20 {
        assert_eq!(gateway.get("/forward/x").brief(), "200 0");
    }
    // One for each thread of the gateway that served.
    assert!(upstream.connections() < 10, "{} connections", upstream.connections());
}

fn mapped(uri: &str) -> Value {
    integration(json!({
        "type": "http",
        "httpMethod": "POST",
        "uri": uri,
        "timeoutInMillis": 300,
        "passthroughBehavior": "when_no_templates",
        "requestTemplates": { "application/json": "{\"fixed\":true}" },
        "responses": {
            "5\\d{2}": {
                "statusCode": "400",
                "responseTemplates": { "application/json": "{\"message\":\"busy\"}" },
            },
            "default": {
                "statusCode": "202",
                "responseParameters": {
                    "method.response.header.X-From-Up": "integration.response.header.X-Own",
                },
            },
        },
    }))
}

#[test]
fn a_mapped_integration_sends_and_answers_what_the_mappings_say() {
    let upstream = Upstream::start();
    let mut document = Document::new();
    for script in ["headers", "unavailable", "close", "stall"] {
        let operation = mapped(&upstream.uri(&format!("/{script}")));
        document = document.route(&format!("POST /{script}"), operation);
    }
    let gateway = Gateway::start(&document);
    let headers = [("Content-Type", "application/json"), ("X-Client", "1")];
    let send = |script: &str| gateway.send(&format!("POST /{script}?q=1"), &headers, "ignored");
    expect![[r#"
        202
        x-from-up: kept
        X-Amzn-Trace-Id: {trace}
        x-amzn-RequestId: {uuid}
        x-amz-apigw-id: {apigw-id}
        Content-Type: application/json
        Content-Length: 2
        Date: {date}
        Connection: keep-alive

        ok"#]]
    .assert_eq(&send("headers").normalized());
    expect![[r#"
        POST /headers HTTP/1.1
        Content-Type: application/json
        Host: 127.0.0.1:{port}
        user-agent: AmazonAPIGateway_test
        accept: application/json
        x-amzn-apigateway-api-id: test
        x-amzn-trace-id: {trace}
        Content-Length: 14"#]]
    .assert_eq(&head(&upstream));
    assert_eq!(send("unavailable").brief(), r#"400 {"message":"busy"}"#);
    assert_eq!(send("close").brief(), NETWORK);
    assert_eq!(send("stall").brief(), TIMED_OUT);
    let text = [("Content-Type", "text/plain")];
    assert_eq!(
        gateway.send("POST /headers", &text, "x").brief(),
        r#"415 {"message": "Unsupported Media Type"}"#
    );
    assert_eq!(send("unavailable").brief(), r#"400 {"message":"busy"}"#);
}

#[test]
fn a_response_streams_to_a_request_with_a_body_where_that_is_asked_for() {
    let upstream = Upstream::start();
    let streamed = json!({ "responseTransferMode": "STREAM", "timeoutInMillis": 900_000 });
    let document = Document::new()
        .route("ANY /forward/{proxy+}", integrated(forwarded(&upstream, 5_000), streamed))
        .route("ANY /whole/{proxy+}", forwarded(&upstream, 5_000));
    let gateway = Gateway::start(&document);
    let framing = |path: &str| {
        let response = gateway.send(&format!("POST {path}"), &[], "body");
        assert_eq!(response.brief(), "200 first second");
        response.header("transfer-encoding").map(str::to_owned)
    };
    assert_eq!(framing("/forward/chunked").as_deref(), Some("chunked"));
    assert_eq!(framing("/whole/chunked"), None);
    assert_eq!(gateway.send("POST /forward/echo-body", &[], "body").brief(), "200 body");
    let bodies: Vec<Vec<u8>> = upstream.take().into_iter().map(|received| received.body).collect();
    assert_eq!(bodies, [b"body"; 3]);
    let large = gateway.send("POST /forward/eleven-megabytes", &[], "body");
    assert_eq!((large.status, large.body.len()), (200, 11 << 20));
    let whole = gateway.send("POST /whole/eleven-megabytes", &[], "body");
    assert_eq!(whole.brief(), r#"500 {"message": "Internal server error"}"#);
}
