//! Functions: what becomes of a request when one works, and when it breaks.

use std::time::Duration;

use serde_json::{Value, json};

use crate::components::{ECHO, MISBEHAVE, OUTBOUND, SCRIPTED};
use crate::document::{Document, function, integrated, mock};
use crate::gateway::{Folder, Gateway};
use crate::patience::{Stopwatch, wait_for};
use crate::upstream::Upstream;

const BAD_GATEWAY: &str = r#"502 {"message": "Internal server error"}"#;
const TIMED_OUT: &str = r#"504 {"message": "Endpoint request timed out"}"#;
const OK: &str = "200 ok";

/// The scripted function counts in a namespace, so it needs one.
fn scripted(more: Value) -> Value {
    crate::document::merged(json!({ "keyValueNamespaces": ["counts"] }), more)
}

#[test]
fn a_function_that_breaks_costs_one_request() {
    let document = Document::new()
        .function_with("breaks", MISBEHAVE, json!({ "timeout": 1, "memorySize": 32 }))
        .route("GET /breaks/{mode}", function("breaks"))
        .route("GET /other", mock("fine"));
    let mut gateway = Gateway::start(&document);
    let modes = [
        "trap",
        "panic",
        "exit",
        "exit-zero",
        "stack",
        "memory",
        "hoard",
        "error",
        "not-json",
        "malformed",
        "status",
        "large",
        "huge",
        "many-headers",
        "many-lines",
        // More than the handles that an instance may hold.
        "many-waits",
        "random-flood",
        "loop",
        "loop-in-host-calls",
        "sleep",
    ];
    for mode in modes {
        let stopwatch = Stopwatch::start();
        let mut connection = gateway.connect();
        connection.write(crate::gateway::request(&format!("GET /breaks/{mode}"), &[], b""));
        let response = connection.read();
        assert_eq!(response.brief(), BAD_GATEWAY, "{mode}");
        assert_eq!(
            response.header("x-amzn-ErrorType"),
            Some("InternalServerErrorException"),
            "{mode}"
        );
        assert!(stopwatch.elapsed() < Duration::from_secs(10), "{mode}: {:?}", stopwatch.elapsed());
        connection.write(crate::gateway::request("GET /other", &[], b""));
        assert_eq!(connection.read().brief(), "200 fine", "on the same connection after {mode}");
        assert_eq!(gateway.get("/breaks/ok").brief(), OK, "the same function after {mode}");
        gateway.assert_alive();
    }
    assert_eq!(gateway.get("/breaks/grow-until-refused").brief(), OK);
    let tried = gateway.get("/breaks/escape").status;
    assert_eq!(tried, 502, "what came of it is no JSON, and it does end");
}

#[test]
fn a_function_that_never_ends_is_stopped_at_its_timeout_and_delays_nobody() {
    let document = Document::new()
        .function_with("breaks", MISBEHAVE, json!({ "timeout": 1 }))
        .route("GET /breaks/{mode}", function("breaks"))
        .route("GET /other", mock("fine"));
    // One thread serves everything: a guest that does not give it back would be seen.
    let gateway = Gateway::start_with(Folder::new(&document), &["--threads", "1"]);
    for mode in ["loop", "loop-in-host-calls", "sleep"] {
        let stopwatch = Stopwatch::start();
        let endless = gateway.send_beside(&format!("GET /breaks/{mode}"));
        let mut others = 0;
        while !endless.is_finished() {
            assert_eq!(gateway.get("/other").brief(), "200 fine", "while {mode} runs");
            assert_eq!(gateway.get("/breaks/ok").brief(), OK, "while {mode} runs");
            others += 1;
        }
        assert_eq!(endless.join().unwrap().brief(), BAD_GATEWAY, "{mode}");
        let taken = stopwatch.elapsed();
        assert!(Duration::from_secs(1) <= taken, "{mode} ended after {taken:?}");
        assert!(taken < Duration::from_secs(5), "{mode} ended after {taken:?}");
        assert!(others > 5, "only {others} requests were served while {mode} ran");
    }
}

#[test]
fn a_function_that_says_nothing_has_the_limits_of_lambda() {
    const TIMEOUT: Duration = Duration::from_secs(3);
    const MEMORY_BYTES: f64 = 128.0 * 1024.0 * 1024.0;
    let document = Document::new()
        .function("breaks", MISBEHAVE)
        .route("GET /breaks/{mode}", function("breaks"));
    let gateway = Gateway::start(&document);
    assert_eq!(gateway.get("/breaks/memory").brief(), BAD_GATEWAY);
    let labels = r#"{function="breaks",version="$LATEST"}"#;
    let memory = gateway.metric(&format!("edgeway_function_memory_bytes_max{labels}"));
    assert!((MEMORY_BYTES * 0.9..=MEMORY_BYTES).contains(&memory), "{memory}");
    let stopwatch = Stopwatch::start();
    assert_eq!(gateway.get("/breaks/loop").brief(), BAD_GATEWAY);
    let taken = stopwatch.elapsed();
    assert!(TIMEOUT <= taken && taken < 2 * TIMEOUT, "{taken:?}");
}

#[test]
fn an_integration_that_takes_too_long_is_a_timeout() {
    let slow = integrated(function("slow"), json!({ "timeoutInMillis": 100 }));
    let document = Document::new()
        .function_with("slow", SCRIPTED, scripted(json!({ "timeout": 20 })))
        .function_with("breaks", MISBEHAVE, json!({ "timeout": 20 }))
        .route("GET /slow", slow)
        .route(
            "GET /breaks/{mode}",
            integrated(function("breaks"), json!({ "timeoutInMillis": 100 })),
        );
    let gateway = Gateway::start(&document);
    for path in ["/slow?sleepMillis=10000", "/breaks/loop"] {
        let stopwatch = Stopwatch::start();
        assert_eq!(gateway.get(path).brief(), TIMED_OUT, "{path}");
        let taken = stopwatch.elapsed();
        assert!(taken < Duration::from_secs(5), "{path} ended after {taken:?}");
    }
    assert_eq!(gateway.get("/slow").brief(), "200 done");
    assert_eq!(gateway.get("/breaks/ok").brief(), OK);
}

#[test]
fn each_result_is_taken_or_refused_as_aws_does() {
    let rows = [
        (r#"{"statusCode":"201","body":"x"}"#, "201 x"),
        (r#"{"statusCode":204}"#, "204 "),
        (r#"{"statusCode":200,"headers":{"x":true},"body":"x"}"#, "200 x"),
        (r#"{"statusCode":200,"body":"eA==","isBase64Encoded":true}"#, "200 eA=="),
        (r#"{"statusCode":0}"#, BAD_GATEWAY),
        (r#"{"statusCode":99}"#, BAD_GATEWAY),
        (r#"{"statusCode":100}"#, BAD_GATEWAY),
        (r#"{"statusCode":101}"#, BAD_GATEWAY),
        (r#"{"statusCode":1000}"#, BAD_GATEWAY),
        (r#"{"statusCode":65736}"#, BAD_GATEWAY),
        (r#"{"statusCode":600}"#, BAD_GATEWAY),
        (r#"{"statusCode":-1}"#, BAD_GATEWAY),
        (r#"{"statusCode":20.5}"#, BAD_GATEWAY),
        (r#"{"status":200}"#, BAD_GATEWAY),
        (r#"{"statusCode":200,"body":{"a":1}}"#, BAD_GATEWAY),
        (r#"{"statusCode":200,"headers":["x"]}"#, BAD_GATEWAY),
        (r#"{"statusCode":200,"headers":{"a b":"c"}}"#, BAD_GATEWAY),
        (r#"{"statusCode":200,"headers":{"a":"b\r\nc: d"}}"#, BAD_GATEWAY),
        (r#"{"statusCode":200,"headers":{"a":"b\rc"}}"#, BAD_GATEWAY),
        (r#"{"statusCode":200,"headers":{"a":"b\nc"}}"#, BAD_GATEWAY),
        (r#"{"statusCode":200,"headers":{"a":"b\u0000c"}}"#, BAD_GATEWAY),
        (r#"{"statusCode":200,"headers":{"a\r\nb":"c"}}"#, BAD_GATEWAY),
        (r#"{"statusCode":200,"headers":{"":"c"}}"#, BAD_GATEWAY),
        (r#"{"statusCode":200,"multiValueHeaders":{"a":["b","c\r\nd: e"]}}"#, BAD_GATEWAY),
        (r#"{"statusCode":200,"multiValueHeaders":{"a":"b"}}"#, BAD_GATEWAY),
        (r#"{"statusCode":200"#, BAD_GATEWAY),
        (r#"{"statusCode":200}{}"#, BAD_GATEWAY),
        ("[]", BAD_GATEWAY),
        ("\"text\"", BAD_GATEWAY),
        ("", BAD_GATEWAY),
    ];
    let mut document = Document::new().route("GET /other", mock("fine"));
    for (index, (result, _)) in rows.iter().enumerate() {
        let name = format!("row{index}");
        document = document
            .function_with(
                &name,
                SCRIPTED,
                scripted(json!({ "environment": { "RESULT": result } })),
            )
            .route(&format!("GET /{name}"), function(&name));
    }
    let gateway = Gateway::start(&document);
    for (index, (result, expected)) in rows.iter().enumerate() {
        let mut connection = gateway.connect();
        connection.write(crate::gateway::request(&format!("GET /row{index}"), &[], b""));
        assert_eq!(connection.read().brief(), *expected, "{result}");
        connection.write(crate::gateway::request("GET /other", &[], b""));
        assert_eq!(connection.read().brief(), "200 fine", "after {result}");
    }
}

#[test]
fn the_headers_of_a_result_reach_the_client_but_for_those_of_the_gateway() {
    let result = json!({
        "statusCode": 200,
        "headers": {
            "X-One": "1",
            "Connection": "close, x-hop",
            "Content-Length": "7",
            "Keep-Alive": "timeout=1",
            "Trailer": "x-one",
            "Transfer-Encoding": "chunked",
            "Upgrade": "h2c",
            "X-Hop": "1",
        },
        "multiValueHeaders": { "Set-Cookie": ["a=1", "b=2"], "Date": ["then"], "X-One": ["1"] },
        "body": "hello",
    });
    let settings = scripted(json!({ "environment": { "RESULT": result.to_string() } }));
    let document =
        Document::new().function_with("says", SCRIPTED, settings).route("GET /", function("says"));
    let response = Gateway::start(&document).get("/");
    expect_test::expect![[r#"
        200
        Set-Cookie: a=1
        Set-Cookie: b=2
        x-amzn-Remapped-Date: then
        x-one: 1
        x-amzn-Remapped-Connection: close, x-hop
        X-Amzn-Trace-Id: {trace}
        x-amzn-RequestId: {uuid}
        x-amz-apigw-id: {apigw-id}
        Content-Type: application/json
        Content-Length: 5
        Date: {date}
        Connection: keep-alive

        hello"#]]
    .assert_eq(&response.normalized());
}

#[test]
fn an_event_function_whose_response_streams_returns_metadata_and_bytes() {
    let metadata =
        json!({ "statusCode": 201, "headers": { "X-One": "1" }, "cookies": ["a=1", "b=2"] });
    let says = |result: String| {
        let document = Document::new()
            .function_with(
                "says",
                SCRIPTED,
                scripted(json!({ "environment": { "RESULT": result } })),
            )
            .route(
                "GET /",
                integrated(function("says"), json!({ "responseTransferMode": "STREAM", "uri": "arn:aws:lambda:us-east-1:123456789012:function:says" })),
            );
        Gateway::start(&document).get("/")
    };
    let response = says(format!(r"{metadata}{}hello", r"\0".repeat(8)));
    assert_eq!(response.brief(), "201 hello");
    assert_eq!(response.header("x-one"), Some("1"));
    let cookies =
        response.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie"));
    assert_eq!(cookies.map(|(_, value)| value.as_str()).collect::<Vec<_>>(), ["a=1", "b=2"]);
    let buffered = says(json!({ "statusCode": 200, "body": "hello" }).to_string());
    assert_eq!(buffered.brief(), r#"500 {"message": "Internal server error"}"#);
}

#[test]
fn an_instance_is_kept_for_the_next_call_unless_it_may_not_be() {
    let document = Document::new()
        .function("kept", ECHO)
        .function_with("fresh", ECHO, json!({ "reuse": false }))
        .function_with("twice", ECHO, json!({ "reuse": { "maxCalls": 2 } }))
        .route("GET /kept", function("kept"))
        .route("GET /fresh", function("fresh"))
        .route("GET /twice", function("twice"));
    let gateway = Gateway::start(&document);
    let calls = |path: &str| {
        let counts = [(); 4].map(|()| gateway.get(path).header("x-calls").unwrap().to_owned());
        counts.join(" ")
    };
    assert_eq!(calls("/kept"), "1 2 3 4");
    assert_eq!(calls("/fresh"), "1 1 1 1");
    assert_eq!(calls("/twice"), "1 2 1 2");
}

#[test]
fn key_value_outlives_instances_and_reloads() {
    let document = Document::new()
        .function_with("counts", SCRIPTED, scripted(json!({ "reuse": false })))
        .route("GET /", function("counts"));
    let gateway = Gateway::start(&document);
    assert_eq!(gateway.get("/?increment=a").brief(), "200 1");
    assert_eq!(gateway.get("/?increment=a").brief(), "200 2");
    assert_eq!(gateway.get("/?increment=b").brief(), "200 1");
    gateway.folder.write_document(&document.route("GET /new", function("counts")));
    gateway.stderr.wait_for("the change is served");
    assert_eq!(gateway.get("/new?increment=a").brief(), "200 3");
}

#[test]
fn a_function_gets_its_environment_and_nothing_else() {
    let settings = scripted(json!({ "environment": { "BODY": "from the environment" } }));
    let document = Document::new()
        .function_with("says", SCRIPTED, settings)
        .function_with("silent", SCRIPTED, scripted(json!({})))
        .route("GET /says", function("says"))
        .route("GET /silent", function("silent"));
    let gateway = Gateway::start(&document);
    assert_eq!(gateway.get("/says").brief(), "200 from the environment");
    assert_eq!(gateway.get("/silent").brief(), "200 done");
}

#[test]
fn what_a_function_logs_is_in_the_log_with_its_name_and_request() {
    let document = Document::new()
        .function_with("says", SCRIPTED, scripted(json!({})))
        .route("GET /", function("says"));
    let gateway = Gateway::start(&document);
    gateway.get("/?log=rosebud");
    gateway.stderr.wait_for("rosebud on stdout");
    let log = gateway.stderr.text();
    let lines: Vec<_> = log.lines().filter(|line| line.contains("rosebud")).collect();
    assert_eq!(lines.len(), 2, "{log}");
    assert!(lines.iter().all(|line| line.contains("says")), "{lines:?}");
    assert!(lines[0].contains("WARN"), "{lines:?}");
}

#[test]
fn a_function_gets_the_whole_request_as_an_event() {
    let document =
        Document::new().function("echo", ECHO).route("POST /pets/{id}", function("echo"));
    let gateway = Gateway::start(&document);
    let headers = [("X-Many", "1"), ("X-Many", "2"), ("Content-Type", "text/plain")];
    let event = gateway.send("POST /pets/a%20b?q=1&q=2%2B3+4", &headers, "the body").json();
    assert_eq!(event["httpMethod"], "POST");
    assert_eq!(event["resource"], "/pets/{id}");
    assert_eq!(event["path"], "/pets/a%20b");
    assert_eq!(event["pathParameters"], json!({ "id": "a%20b" }));
    assert_eq!(event["queryStringParameters"], json!({ "q": "2+3 4" }));
    assert_eq!(event["multiValueQueryStringParameters"], json!({ "q": ["1", "2+3 4"] }));
    assert_eq!(event["headers"]["X-Many"], "2");
    assert_eq!(event["multiValueHeaders"]["X-Many"], json!(["1", "2"]));
    assert_eq!(event["body"], "the body");
    assert_eq!(event["isBase64Encoded"], false);
}

#[test]
fn a_function_that_nobody_waits_for_is_called_later() {
    let upstream = Upstream::start();
    let origin = upstream.uri("");
    let custom = |kind: &str| {
        integrated(
            function("sends"),
            json!({
                "type": "aws",
                "requestParameters": {
                    "integration.request.header.X-Amz-Invocation-Type": format!("'{kind}'"),
                },
                "requestTemplates": {
                    "application/json": json!({ "url": upstream.uri("/stall") }).to_string(),
                },
                "responses": {
                    "202": { "statusCode": "202" },
                    "204": { "statusCode": "204" },
                    "default": { "statusCode": "200" },
                },
            }),
        )
    };
    let document = Document::new()
        .function_with("sends", OUTBOUND, json!({ "outbound": [origin], "timeout": 5 }))
        .route("GET /event", custom("Event"))
        .route("GET /dry-run", custom("DryRun"));
    let gateway = Gateway::start(&document);
    assert_eq!(gateway.get("/dry-run").status, 204);
    // The origin never answers: whoever waited for the function would not be answered either.
    assert_eq!(gateway.get("/event").brief(), "202 ");
    let received = wait_for("the call", || Some(upstream.take()).filter(|all| !all.is_empty()));
    assert_eq!(received.len(), 1, "a dry run calls nothing: {received:?}");
}
