//! Request and response transforms around functions, forwarded requests and mocks.

use serde_json::{Value, json};

use crate::components::{ECHO, HEADER_TRANSFORM, REDACT_TRANSFORM, SCRIPTED, TRANSFORM};
use crate::document::{Document, function, http_proxy, merged, mock};
use crate::gateway::Gateway;
use crate::upstream::Upstream;

const REQUEST: &str = "x-edgeway-request-transform";
const RESPONSE: &str = "x-edgeway-response-transform";
const BROKEN: &str = r#"500 {"message": "Internal server error"}"#;

fn environment(variables: Value) -> Value {
    json!({ "environment": variables })
}

#[test]
fn headers_are_set_appended_and_removed_around_every_integration() {
    let upstream = Upstream::start();
    let variables = json!({
        "REQUEST_HEADERS": json!([
            { "set": { "name": "x-set", "value": "by the transform" } },
            { "append": { "name": "x-many", "value": "2" } },
            { "remove": "x-secret" },
        ]).to_string(),
        "RESPONSE_HEADERS": json!([
            { "set": { "name": "x-frame-options", "value": "DENY" } },
            { "remove": "x-calls" },
        ]).to_string(),
    });
    let document = Document::new()
        .function_with("headers", HEADER_TRANSFORM, environment(variables))
        .function("echo", ECHO)
        .with(REQUEST, json!("headers"))
        .with(RESPONSE, json!("headers"))
        .route("GET /function", function("echo"))
        .route("GET /forwarded", http_proxy(&upstream.uri("/")))
        .route("GET /mock", mock("mock"));
    let gateway = Gateway::start(&document);
    let headers = [("X-Set", "by the client"), ("X-Many", "1"), ("X-Secret", "1")];
    for path in ["/function", "/forwarded", "/mock"] {
        let response = gateway.send(&format!("GET {path}"), &headers, "");
        assert_eq!(response.status, 200, "{path}");
        assert_eq!(response.header("x-frame-options"), Some("DENY"), "{path}");
        assert_eq!(response.header("x-calls"), None, "{path}");
    }
    let received = &upstream.take()[0].head.to_lowercase();
    assert!(received.contains("\r\nx-set: by the transform"), "{received}");
    assert!(received.contains("\r\nx-many: 1\r\nx-many: 2"), "{received}");
    assert!(!received.contains("x-secret"), "{received}");
    let event = gateway.send("GET /function", &headers, "").json();
    let values = |name: &str| {
        let headers = event["multiValueHeaders"].as_object().unwrap().iter();
        let found = headers.filter(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, values)| values.clone()).collect::<Vec<_>>()
    };
    assert_eq!(values("x-set"), [json!(["by the transform"])]);
    assert_eq!(values("x-many"), [json!(["1", "2"])]);
    assert_eq!(values("x-secret"), Vec::<Value>::new());
}

#[test]
fn fields_are_redacted_from_every_integration() {
    const BODY: &str = r#"{"name": "Ann",  "ssn": "123", "pets": [{"ssn": 4}]}"#;
    const REDACTED: &str = r#"{"name": "Ann",  "ssn": "***", "pets": [{"ssn": "***"}]}"#;
    let upstream = Upstream::start();
    let result = json!({ "statusCode": 200, "body": BODY });
    let scripted = json!({
        "keyValueNamespaces": ["counts"],
        "environment": { "RESULT": result.to_string() },
    });
    let redact = json!({ "environment": { "FIELDS": r#"["**.ssn"]"# } });
    let redacted = |operation| merged(operation, json!({ RESPONSE: "redact" }));
    let document = Document::new()
        .function_with("redact", REDACT_TRANSFORM, redact)
        .function_with("says", SCRIPTED, scripted)
        .route("GET /function", redacted(function("says")))
        .route("POST /forwarded", redacted(http_proxy(&upstream.uri("/echo-body"))))
        .route(
            "POST /request",
            merged(http_proxy(&upstream.uri("/")), json!({ REQUEST: "redact" })),
        )
        .route("GET /mock", redacted(mock(BODY)));
    let gateway = Gateway::start(&document);
    let expected = format!("200 {REDACTED}");
    assert_eq!(gateway.get("/function").brief(), expected);
    assert_eq!(gateway.get("/mock").brief(), expected);
    let json = [("Content-Type", "application/json")];
    assert_eq!(gateway.send("POST /forwarded", &json, BODY).brief(), expected);
    upstream.take();
    gateway.send("POST /request", &json, BODY);
    let received = upstream.take();
    assert_eq!(std::str::from_utf8(&received[0].body).unwrap(), REDACTED);
    assert_eq!(
        gateway.send("POST /forwarded", &json, "{\"ssn\": 1").brief(),
        BROKEN,
        "what cannot be read cannot be redacted"
    );
}

#[test]
fn a_transform_may_answer_in_place_of_the_integration() {
    let upstream = Upstream::start();
    let document = Document::new()
        .function_with("answers", TRANSFORM, environment(json!({ "MODE": "respond" })))
        .with(REQUEST, json!("answers"))
        .route("GET /", http_proxy(&upstream.uri("/")));
    let gateway = Gateway::start(&document);
    let response = gateway.get("/");
    assert_eq!(response.brief(), "418 short and stout");
    assert_eq!(response.header("x-guest"), Some("1"));
    assert_eq!(upstream.take().len(), 0);
}

#[test]
fn a_transform_that_breaks_fails_the_request_and_the_next_is_fine() {
    let upstream = Upstream::start();
    let modes = ["trap", "error", "host-header", "header-value", "header-name", "respond-status"];
    for side in [REQUEST, RESPONSE] {
        let mut document = Document::new()
            .function_with("fine", TRANSFORM, environment(json!({ "MODE": "unchanged" })))
            .route("GET /fine", merged(http_proxy(&upstream.uri("/")), json!({ side: "fine" })));
        for mode in modes {
            document = document
                .function_with(mode, TRANSFORM, environment(json!({ "MODE": mode })))
                .route(
                    &format!("GET /{mode}"),
                    merged(http_proxy(&upstream.uri("/")), json!({ side: mode })),
                );
        }
        let mut gateway = Gateway::start(&document);
        for mode in modes {
            upstream.take();
            let mut connection = gateway.connect();
            connection.write(crate::gateway::request(&format!("GET /{mode}"), &[], b""));
            assert_eq!(connection.read().brief(), BROKEN, "{side}: {mode}");
            let reached = usize::from(side == RESPONSE);
            assert_eq!(upstream.take().len(), reached, "the backend, {side}: {mode}");
            connection.write(crate::gateway::request("GET /fine", &[], b""));
            assert_eq!(connection.read().brief(), "200 0", "after {side}: {mode}");
            gateway.assert_alive();
        }
    }
}

#[test]
fn a_transform_changes_query_and_body_of_what_is_forwarded() {
    let upstream = Upstream::start();
    let transform =
        |mode: &str| json!({ "environment": { "MODE": mode, "NEEDS": "headers query body" } });
    let document = Document::new()
        .function_with("query", TRANSFORM, transform("query"))
        .function_with("body", TRANSFORM, transform("upper-case"))
        .route(
            "POST /",
            merged(http_proxy(&upstream.uri("/x")), json!({ REQUEST: ["query", "body"] })),
        );
    let gateway = Gateway::start(&document);
    assert_eq!(gateway.send("POST /?page=1&secret=s&q=a%20b", &[], "shout").status, 200);
    let received = &upstream.take()[0];
    let line = received.head.lines().next();
    assert_eq!(line, Some("POST /x?q=a%20b&page=2&tag=a%20b HTTP/1.1"));
    assert_eq!(received.body, b"SHOUT");
}
