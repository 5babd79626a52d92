//! Guests that never end, whatever they are at: each is stopped within 20 ms of its limit.
//!
//! Machine and tests are shared with others, so that one measurement says little: of several attempts
//! the fastest counts. What stops a guest is a clock, so none is ever too fast.

use std::time::Duration;

use serde_json::{Value, json};

use crate::components::{
    HTTP_HANDLER, HTTP_INCOMING_HANDLER, LATE_START, MISBEHAVE, MISBEHAVE_AUTHORIZER, TRANSFORM,
};
use crate::document::{Document, function, merged, mock, secured};
use crate::event_text::EventText;
use crate::gateway::{Gateway, request};
use crate::patience::Stopwatch;

const LIMIT: Duration = Duration::from_millis(200);

/// How late a guest may be stopped.
const LATE_MAX: Duration = Duration::from_millis(20);

const ATTEMPTS_MAX: usize = 25;

const LOOP: &str = "(loop $l (br $l))";

fn settings(more: Value) -> Value {
    merged(json!({ "timeout": LIMIT.as_secs_f64() }), more)
}

/// Asks for what never ends, until it is ended in time.
#[track_caller]
fn check(gateway: &mut Gateway, path: &str, expected: u16) {
    let mut fastest = Duration::MAX;
    for _ in 0..ATTEMPTS_MAX {
        let mut connection = gateway.connect();
        let stopwatch = Stopwatch::start();
        connection.write(request(&format!("GET {path}"), &[("Authorization", "x")], b""));
        match connection.try_read(false) {
            Ok(response) => assert_eq!(response.unwrap().status, expected, "{path}"),
            // After a part of a response the connection is all that is left to break.
            Err(_) => assert_eq!(expected, 200, "{path}"),
        }
        let took = stopwatch.elapsed();
        assert!(took >= LIMIT, "{path}: {took:?}");
        gateway.assert_alive();
        fastest = fastest.min(took);
        if fastest <= LIMIT + LATE_MAX {
            return;
        }
    }
    panic!("{path} was stopped after {fastest:?} at best");
}

#[test]
fn a_function_is_stopped_in_time() {
    let document = Document::new()
        .function_with("wall", MISBEHAVE, settings(json!({})))
        .function_with("cpu", MISBEHAVE, json!({ "timeout": 20, "cpuTime": LIMIT.as_secs_f64() }))
        .route("GET /wall/{mode}", function("wall"))
        .route("GET /cpu/{mode}", function("cpu"));
    let mut gateway = Gateway::start(&document);
    for mode in [
        "loop",
        "loop-in-host-calls",
        "loop-in-logs",
        "loop-in-random",
        "loop-in-retries",
        "loop-in-waits",
        "sleep",
    ] {
        check(&mut gateway, &format!("/wall/{mode}"), 502);
    }
    for mode in ["loop", "loop-in-host-calls", "loop-in-retries"] {
        check(&mut gateway, &format!("/cpu/{mode}"), 502);
    }
}

#[test]
fn a_function_is_stopped_in_time_where_no_compiler_loops() {
    let realloc = EventText { realloc: LOOP, ..EventText::default() };
    let post_return = EventText { post_return: LOOP, ..EventText::default() };
    // Nothing stops it while it fills, which takes some milliseconds.
    let fill = "(drop (memory.grow (i32.const 700)))
        (loop $l
            (memory.fill (i32.const 131072) (i32.const 1) (i32.const 40000000))
            (br $l))
        unreachable";
    let fill = EventText { handle: fill, ..EventText::default() };
    let document = Document::new()
        .function_of("fill", &fill, settings(json!({})))
        .function_of("realloc", &realloc, settings(json!({})))
        .function_of("post-return", &post_return, settings(json!({})))
        .route("GET /fill", function("fill"))
        .route("GET /realloc", function("realloc"))
        .route("GET /post-return", function("post-return"));
    let mut gateway = Gateway::start(&document);
    for path in ["/fill", "/realloc", "/post-return"] {
        check(&mut gateway, path, 502);
    }
}

#[test]
fn a_handler_is_stopped_in_time() {
    let document = Document::new()
        .function_with("p2", HTTP_INCOMING_HANDLER, settings(json!({})))
        .function_with("p3", HTTP_HANDLER, settings(json!({})))
        .route("GET /p2/{mode}", function("p2"))
        .route("GET /p3/{mode}", function("p3"));
    let mut gateway = Gateway::start(&document);
    for path in ["/p2/loop", "/p2/sleep", "/p3/loop", "/p3/sleep", "/p3/loop-in-waits"] {
        check(&mut gateway, path, 502);
    }
    for mode in ["loop-midway", "sleep-midway", "drip"] {
        check(&mut gateway, &format!("/p2/{mode}"), 200);
        check(&mut gateway, &format!("/p3/{mode}"), 200);
    }
    check(&mut gateway, "/p2/loop-in-retries", 200);
}

#[test]
fn an_authorizer_and_a_transform_are_stopped_in_time() {
    let looping = || settings(json!({ "environment": { "MODE": "loop" } }));
    let token = json!({
        "type": "token",
        "identitySource": "method.request.header.Authorization",
        "authorizerResultTtlInSeconds": 0,
    });
    let starts = settings(json!({ "keyValueNamespaces": ["starts"] }));
    let transformed = |side: &str| merged(mock("x"), json!({ side: "transform" }));
    let document = Document::new()
        .function_with("authorizer", MISBEHAVE_AUTHORIZER, looping())
        .function_with("late", LATE_START, starts)
        .function_with("transform", TRANSFORM, looping())
        .authorizer("guard", "authorizer", token.clone())
        .authorizer("late-guard", "late", token)
        .route("GET /authorizer", secured(mock("x"), "guard"))
        .route("GET /start", secured(mock("x"), "late-guard"))
        .route("GET /request", transformed("x-edgeway-request-transform"))
        .route("GET /response", transformed("x-edgeway-response-transform"));
    let mut gateway = Gateway::start(&document);
    for path in ["/authorizer", "/request", "/response"] {
        check(&mut gateway, path, 500);
    }
    let authorization = [("Authorization", "x")];
    assert_eq!(gateway.send("GET /start", &authorization, "").status, 500, "the first one traps");
    check(&mut gateway, "/start", 500);
}

#[test]
fn a_version_that_never_starts_is_refused_and_delays_nobody() {
    let document = Document::new()
        .function_of("starts", &EventText::default(), json!({}))
        .route("GET /starts", function("starts"));
    let gateway = Gateway::start(&document);
    let endless = EventText { start: LOOP, ..EventText::default() };
    gateway.folder.write_component("starts", &endless.component());
    let stopwatch = Stopwatch::start();
    let mut slowest = Duration::ZERO;
    while !gateway.stderr.text().contains("the change is refused") {
        let answered = Stopwatch::start();
        assert_eq!(gateway.get("/starts").status, 502, "it answers what is no JSON");
        slowest = slowest.max(answered.elapsed());
        assert!(stopwatch.elapsed() < Duration::from_secs(60), "{}", gateway.stderr.text());
    }
    eprintln!("refused after {:?}; the slowest answer took {slowest:?}", stopwatch.elapsed());
    gateway
        .stderr
        .wait_for("the component does not start: the plugin did not answer within 10000 ms");
    assert!(slowest < Duration::from_secs(1), "{slowest:?}");
}
