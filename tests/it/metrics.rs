//! What a node says of its requests: metrics by API and stage, and lines of the access log.

use serde_json::{Value, json};

use crate::client::is_uuid;
use crate::components::{ECHO, MISBEHAVE, TYPED_AUTHORIZER};
use crate::document::{Document, function, http_proxy, integrated, mock, secured};
use crate::gateway::{Gateway, request};
use crate::patience::wait_for;
use crate::upstream::Upstream;

fn gateway(upstream: &Upstream) -> Gateway {
    let settings = json!({
        "type": "token",
        "identitySource": "method.request.header.Authorization",
    });
    let document = Document::new()
        .with("info", json!({ "title": "The shop", "version": "1" }))
        .with("x-edgeway-api-id", json!("shop"))
        .function("echo", ECHO)
        .function("breaks", MISBEHAVE)
        .function("tokens", TYPED_AUTHORIZER)
        .authorizer("guard", "tokens", settings)
        .route("GET /mock", mock("mock"))
        .route("GET /echo/{id}", secured(function("echo"), "guard"))
        .route("GET /forward", http_proxy(&upstream.uri("/unavailable")))
        .route("GET /breaks/{mode}", function("breaks"));
    Gateway::start(&document)
}

#[test]
fn requests_are_counted_by_api_and_stage() {
    let upstream = Upstream::start();
    let gateway = gateway(&upstream);
    gateway.get("/mock");
    gateway.get("/mock");
    gateway.get("/nope");
    gateway.get("/echo/1");
    gateway.send("GET /echo/1", &[("Authorization", "allow")], "");
    gateway.get("/breaks/trap");
    gateway.get("/forward");
    gateway.send("GET /mock", &[("Host", "example.org")], "");
    gateway.access_log(8);
    let labels = r#"{api_id="shop",api_name="The shop",stage="dev"}"#;
    let by_stage = |name: &str| gateway.metric(&format!("{name}{labels}"));
    assert_eq!(by_stage("aws_apigateway_count_total"), 7.0);
    assert_eq!(by_stage("aws_apigateway_4xx_error_total"), 2.0);
    assert_eq!(by_stage("aws_apigateway_5xx_error_total"), 2.0);
    assert_eq!(by_stage("aws_apigateway_latency_milliseconds_count"), 7.0);
    // Two functions and the upstream were called.
    assert_eq!(by_stage("aws_apigateway_integration_latency_milliseconds_count"), 3.0);
    assert_eq!(gateway.metric("edgeway_unmatched_requests_total"), 1.0);
    assert_eq!(gateway.metric("edgeway_access_log_lines_lost_total"), 0.0);
    let metrics = gateway.control("/_edgeway/metrics");
    assert_eq!(metrics.header("content-type"), Some("text/plain; version=0.0.4"));
}

#[test]
fn calls_of_functions_are_counted_by_function() {
    let upstream = Upstream::start();
    let gateway = gateway(&upstream);
    gateway.send("GET /echo/1", &[("Authorization", "allow")], "");
    gateway.get("/breaks/trap");
    gateway.get("/breaks/error");
    gateway.get("/breaks/ok");
    let metric = |name: &str, function: &str, more: &str| {
        gateway.metric(&format!(r#"{name}{{function="{function}",version="$LATEST"{more}}}"#))
    };
    for (function, calls) in [("echo", 1.0), ("breaks", 3.0), ("tokens", 1.0)] {
        assert_eq!(metric("aws_lambda_invocations_total", function, ""), calls, "{function}");
        assert_eq!(metric("aws_lambda_duration_milliseconds_count", function, ""), calls);
        assert_eq!(metric("edgeway_function_instances", function, r#",state="busy""#), 0.0);
        assert_eq!(metric("edgeway_function_instances", function, r#",state="warm""#), 1.0);
        assert!(metric("edgeway_function_cpu_milliseconds_total", function, "") > 0.0);
        assert!(metric("edgeway_function_memory_bytes_max", function, "") > 65_536.0);
        assert_eq!(metric("edgeway_function_quarantined", function, ""), 0.0);
    }
    let error =
        |cause: &str| metric("aws_lambda_errors_total", "breaks", &format!(r#",cause="{cause}""#));
    assert_eq!([error("trap"), error("function"), error("timeout")], [1.0, 1.0, 0.0]);
    // The first instance was made when the function was loaded; the second, after the trap.
    assert_eq!(metric("edgeway_function_cold_starts_total", "breaks", ""), 1.0);
}

#[test]
fn whatever_a_call_comes_to_is_counted_by_its_cause() {
    let patient = json!({ "timeout": 60, "concurrency": 1 });
    let hasty = integrated(function("patient"), json!({ "timeoutInMillis": 100 }));
    let document = Document::new()
        .function_with("breaks", MISBEHAVE, json!({ "timeout": 20, "cpuTime": 0.5 }))
        .function_with("slow", MISBEHAVE, json!({ "timeout": 0.3 }))
        .function_with("patient", MISBEHAVE, patient)
        .route("GET /breaks/{mode}", function("breaks"))
        .route("GET /slow/{mode}", function("slow"))
        .route("GET /patient/{mode}", function("patient"))
        .route("GET /hasty/{mode}", hasty);
    let gateway = Gateway::start(&document);
    let metric = |name: &str, function: &str, more: &str| {
        gateway.metric(&format!(r#"{name}{{function="{function}",version="$LATEST"{more}}}"#))
    };
    let errors = |function: &str, cause: &str| {
        metric("aws_lambda_errors_total", function, &format!(r#",cause="{cause}""#))
    };
    for (path, cause) in [
        ("/breaks/error", "function"),
        ("/breaks/exit", "trap"),
        ("/breaks/huge", "invalid_answer"),
        ("/breaks/loop", "cpu_time"),
        ("/breaks/memory", "memory"),
        ("/slow/sleep", "timeout"),
    ] {
        assert_eq!(gateway.get(path).status, 502, "{path}");
        assert_eq!(errors(&path[1..path.rfind('/').unwrap()], cause), 1.0, "{path}");
    }
    assert!(metric("edgeway_function_compile_milliseconds", "breaks", "") > 0.0);
    assert!(metric("edgeway_function_cpu_milliseconds_total", "breaks", "") >= 500.0);
    let memory = metric("edgeway_function_memory_bytes_max", "breaks", "") / 1_048_576.0;
    assert!((64.0..=128.0).contains(&memory), "{memory}");
    assert!(metric("aws_lambda_duration_milliseconds_sum", "slow", "") >= 300.0);
    let within = |bound: &str| metric("aws_lambda_duration_milliseconds_bucket", "slow", bound);
    assert_eq!([r#",le="100""#, r#",le="29000""#].map(within), [0.0, 1.0]);

    let instances = |state: &str| {
        metric("edgeway_function_instances", "patient", &format!(r#",state="{state}""#))
    };
    assert_eq!([instances("warm"), instances("busy")], [1.0, 0.0]);
    let mut connection = gateway.connect();
    connection.write(request("GET /patient/sleep", &[], b""));
    wait_for("a busy instance", || (instances("busy") == 1.0).then_some(()));
    assert_eq!(instances("warm"), 0.0);
    assert!(gateway.get("/hasty/ok").status >= 500);
    assert_eq!(metric("aws_lambda_throttles_total", "patient", ""), 1.0);
    drop(connection);
    wait_for("the end of the call", || (errors("patient", "cancelled") == 1.0).then_some(()));
    wait_for("the end of the instance", || (instances("busy") == 0.0).then_some(()));
    assert_eq!(metric("aws_lambda_invocations_total", "patient", ""), 1.0);
}

#[test]
fn each_request_is_a_line_of_the_access_log() {
    let upstream = Upstream::start();
    let gateway = gateway(&upstream);
    let headers = [("Authorization", "allow"), ("User-Agent", "tests")];
    // A line is written once its request is over, which may be after the next one has begun.
    gateway.send("GET /echo/7?q=1", &headers, "");
    gateway.access_log(1);
    gateway.get("/breaks/trap");
    gateway.access_log(2);
    gateway.send("GET /mock", &[("Host", "example.org")], "");
    gateway.access_log(3);
    gateway.get("/forward");
    let lines = gateway.access_log(4);
    let [echo, breaks, nowhere, forward] = lines.as_slice() else { panic!("{lines:?}") };

    assert!(is_uuid(echo["requestId"].as_str().unwrap()));
    assert_eq!(echo["extendedRequestId"].as_str().unwrap().len(), 16);
    assert!(echo["requestTimeEpoch"].as_u64().unwrap() > 1_600_000_000_000);
    assert!(echo["responseLength"].as_u64().unwrap() > 100, "{echo}");
    for latency in ["responseLatency", "integrationLatency", "authorizerLatency"] {
        assert!(echo[latency].as_f64().unwrap() > 0.0, "{latency} in {echo}");
    }
    let expected = json!({
        "apiId": "shop",
        "stage": "dev",
        "ip": "127.0.0.1",
        "httpMethod": "GET",
        "domainName": "localhost",
        "path": "/echo/7",
        "resourcePath": "/echo/{id}",
        "protocol": "HTTP/1.1",
        "status": 200,
        "integrationStatus": 200,
        "principalId": "user-1",
        "userAgent": "tests",
    });
    assert_has(echo, &expected);
    assert_eq!(echo.get("error"), None);

    let error =
        json!({ "responseType": "INTEGRATION_FAILURE", "message": "Internal server error" });
    assert_has(breaks, &json!({ "status": 502, "resourcePath": "/breaks/{mode}" }));
    assert_has(&breaks["error"], &error);
    assert!(breaks["error"]["cause"].as_str().unwrap().contains("function"), "{breaks}");

    let unmatched = json!({ "status": 403, "apiId": null, "stage": null, "resourcePath": null, "path": "/mock" });
    assert_has(nowhere, &unmatched);
    assert_eq!(nowhere["error"]["message"], "Forbidden");

    let passed =
        json!({ "status": 503, "integrationStatus": 503, "responseLength": 4, "path": "/forward" });
    assert_has(forward, &passed);
    assert!(forward["integrationLatency"].as_f64().unwrap() > 0.0, "{forward}");
    assert_eq!(forward.get("error"), None);
}

/// Whether an object has all of these.
#[track_caller]
fn assert_has(line: &Value, expected: &Value) {
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(line.get(name), Some(value), "{name} in {line}");
    }
}
