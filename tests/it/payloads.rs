//! Payloads and templates that mean harm: each is answered, in bounded time and memory, and the process
//! serves on.

use std::process::Command;

use serde_json::{Value, json};

use crate::document::{Document, integration, merged};
use crate::gateway::Gateway;
use crate::patience::{PATIENCE, Stopwatch};
use crate::process::resident_kilobytes;

const INTERNAL: &str = r#"500 {"message": "Internal server error"}"#;
const INVALID: &str = r#"400 {"message": "Invalid request body"}"#;
const UNSUPPORTED: &str = r#"415 {"message": "Unsupported Media Type"}"#;
const JSON: (&str, &str) = ("Content-Type", "application/json");

/// What the process may hold beyond what it had: a few payloads of 10 MB, and what a rendering may take.
const GROWTH_KILOBYTES_MAX: u64 = 400 * 1024;

/// A mock that answers what `template` makes of the request.
fn rendered(template: &str) -> Value {
    integration(json!({
        "type": "mock",
        "requestTemplates": {
            "application/json": format!("#set($context.made = \"{template}\"){{\"statusCode\": 200}}"),
        },
        "responses": {
            "default": {
                "statusCode": "200",
                "responseTemplates": { "application/json": "$context.made" },
            },
        },
    }))
}

/// A mock whose request template is this.
fn mapped(template: &str) -> Value {
    integration(json!({
        "type": "mock",
        "requestTemplates": { "application/json": template },
        "responses": { "default": { "statusCode": "200" } },
    }))
}

fn gateway() -> Gateway {
    let validated = merged(
        rendered("fine"),
        json!({
            "x-amazon-apigateway-request-validator": "body",
            "requestBody": {
                "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Tree" } } },
            },
        }),
    );
    let tree = json!({
        "type": "object",
        "properties": {
            "name": { "type": "string", "pattern": "^(a+)+$" },
            "left": { "$ref": "#/components/schemas/Tree" },
            "right": { "anyOf": [{ "$ref": "#/components/schemas/Tree" }, { "$ref": "#/components/schemas/Tree" }] },
        },
    });
    let turns = "#foreach($i in [1..1000])";
    let document = Document::new()
        .with(
            "x-amazon-apigateway-request-validators",
            json!({ "body": { "validateRequestBody": true } }),
        )
        .with("components", json!({ "schemas": { "Tree": tree } }))
        .route("POST /reads", rendered("$input.path('$.a')"))
        .route("POST /validated", validated)
        .route("POST /loops", mapped(&format!("{}x#end#end#end", turns.repeat(3))))
        .route("POST /doubles", mapped(&format!("#set($s = 'x'){turns}#set($s = \"$s$s\")#end")))
        .route("POST /recurses", mapped("#macro(again)#again()#end#again()"))
        .route("POST /lists", mapped("#set($l = [1])#set($_ = $l.add($l))$l"));
    Gateway::start(&document)
}

/// The answer to a payload, which must not take long.
#[track_caller]
fn check(gateway: &Gateway, path: &str, payload: &[u8], expected: &str) {
    check_encoded(gateway, path, &[JSON], payload, expected);
}

#[track_caller]
fn check_encoded(
    gateway: &Gateway,
    path: &str,
    headers: &[(&str, &str)],
    payload: &[u8],
    expected: &str,
) {
    let stopwatch = Stopwatch::start();
    let answer = gateway.send(&format!("POST {path}"), headers, payload).brief();
    assert_eq!(answer, expected, "{path}");
    assert!(stopwatch.elapsed() < PATIENCE, "{path} took {:?}", stopwatch.elapsed());
}

/// What a shell prints.
fn printed(script: &str) -> Vec<u8> {
    Command::new("sh").args(["-c", script]).output().unwrap().stdout
}

#[test]
fn templates_that_never_end_are_ended() {
    let mut gateway = gateway();
    let before = resident_kilobytes(gateway.pid());
    for path in ["/loops", "/doubles", "/recurses", "/lists"] {
        check(&gateway, path, b"{}", INTERNAL);
    }
    assert!(resident_kilobytes(gateway.pid()) < before + GROWTH_KILOBYTES_MAX);
    gateway.assert_alive();
}

#[test]
fn json_that_means_harm_is_read_or_refused() {
    let mut gateway = gateway();
    let before = resident_kilobytes(gateway.pid());
    let deep = "{\"left\":".repeat(1_000_000).into_bytes();
    check(&gateway, "/reads", &deep, "200 ");
    check(&gateway, "/validated", &deep, INVALID);
    let lists = "[".repeat(1_000_000).into_bytes();
    check(&gateway, "/validated", &lists, INVALID);
    check(&gateway, "/reads", br#"{"a":1,"a":2}"#, "200 2");
    check(&gateway, "/reads", br#"{"a":"\ud800x"}"#, "200 ?x");
    check(
        &gateway,
        "/reads",
        br#"{"a":123456789012345678901234567890}"#,
        "200 123456789012345678901234567890",
    );
    let digits = format!("{{\"a\":{}}}", "9".repeat(1_000_000));
    check(&gateway, "/validated", digits.as_bytes(), INVALID);
    // A pattern that takes exponential time where it is tried step by step, and alternatives that double.
    let name = format!("{{\"name\":\"{}!\"}}", "a".repeat(100_000));
    check(&gateway, "/validated", name.as_bytes(), INVALID);
    let doubling = format!("{}{{\"name\":1}}{}", "{\"right\":".repeat(100), "}".repeat(100));
    check(&gateway, "/validated", doubling.as_bytes(), INVALID);
    assert!(resident_kilobytes(gateway.pid()) < before + GROWTH_KILOBYTES_MAX);
    gateway.assert_alive();
    check(&gateway, "/validated", br#"{"name":"aaa","left":{}}"#, "200 fine");
}

#[test]
fn payloads_that_are_not_what_they_say_are_refused() {
    let mut gateway = gateway();
    let encoded = |coding: &'static str| [JSON, ("Content-Encoding", coding)];
    let small = printed("printf '{\"a\":\"b\"}' | gzip");
    check_encoded(&gateway, "/reads", &encoded("gzip"), &small, "200 b");
    check_encoded(&gateway, "/reads", &encoded("deflate"), &small, UNSUPPORTED);
    check_encoded(&gateway, "/reads", &encoded("gzip"), b"{\"a\":1}", UNSUPPORTED);
    check_encoded(&gateway, "/reads", &encoded("br"), b"{}", UNSUPPORTED);
    let bomb = printed("head -c 1000000000 /dev/zero | gzip -1");
    let before = resident_kilobytes(gateway.pid());
    check_encoded(
        &gateway,
        "/reads",
        &encoded("gzip"),
        &bomb,
        r#"413 {"message":"Request Too Long"}"#,
    );
    assert!(resident_kilobytes(gateway.pid()) < before + GROWTH_KILOBYTES_MAX);
    check(&gateway, "/reads", b"\xff\xfe", INTERNAL);
    gateway.assert_alive();
}
