//! Calls of functions.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use bytes::Bytes;
use expect_test::{Expect, expect};
use model::{CallFault, Function, Interface, InvocationError, Plugin};
use serde_json::json;
use tokio::time::Instant;

use super::super::client::Signed;
use super::super::harness::Gateway;
use super::{FUNCTIONS, code, f, function};
use crate::{BoxFuture, CheckError, FunctionHost, Invoked, Lambda, router};

/// A call of `f`.
fn invocation(headers: &[(&str, &str)], event: &str) -> Request<Body> {
    let line = f("POST", "/invocations");
    let service = "lambda";
    Signed { line: &line, headers, body: event, service, ..Signed::default() }.request()
}

/// Calls `f`, and compares the status, the headers and the body.
#[track_caller]
fn check(gateway: &Gateway, headers: &[(&str, &str)], event: &str, expected: Expect) {
    let (status, headers, body) = gateway.send_request(invocation(headers, event));
    let request_id = headers["x-amzn-requestid"].to_str().unwrap().to_owned();
    let mut text = format!("{}\n", status.as_u16());
    for (name, value) in headers.iter().filter(|(name, _)| name.as_str() != "x-amzn-requestid") {
        text += &format!("{name}: {}\n", value.to_str().unwrap());
    }
    expected.assert_eq(&format!("{text}{body}\n").replace(&request_id, "REQUEST-ID"));
}

#[test]
fn a_call_answers_what_the_function_returned() {
    let gateway = Gateway::with_function();
    check(
        &gateway,
        &[],
        r#"{"a": 1}"#,
        expect![[r#"
        200
        content-type: application/json
        x-amz-executed-version: $LATEST
        content-length: 64
        ["arn:aws:lambda:us-east-1:000000000000:function:f 8abe95a9 []"]
    "#]],
    );
    check(
        &gateway,
        &[("x-amz-log-type", "Tail")],
        "",
        expect![[r#"
        200
        content-type: application/json
        x-amz-executed-version: $LATEST
        x-amz-log-result: U1RBUlQgN2Y2MzUwOGEtZTFlOC00MjBiLTg1MWItYzAwYmNmZjUzN2FlCkVORA==
        content-length: 64
        ["arn:aws:lambda:us-east-1:000000000000:function:f 8abe95a9 []"]
    "#]],
    );
}

#[test]
fn a_call_that_breaks_says_how() {
    let gateway = Gateway::with_function();
    for (event, expected) in [
        (
            "\"error\"",
            expect![[r#"
            200
            content-type: application/json
            x-amz-executed-version: $LATEST
            x-amz-function-error: Unhandled
            content-length: 124
            {"errorMessage":"it went wrong","errorType":"Oops","requestId":"REQUEST-ID","stackTrace":["at f"]}
        "#]],
        ),
        (
            "\"timeout\"",
            expect![[r#"
            200
            content-type: application/json
            x-amz-executed-version: $LATEST
            x-amz-function-error: Unhandled
            content-length: 138
            {"errorType":"Sandbox.Timedout","errorMessage":"RequestId: REQUEST-ID Error: Task timed out after 3.00 seconds"}
        "#]],
        ),
        (
            "\"trap\"",
            expect![[r#"
            200
            content-type: application/json
            x-amz-executed-version: $LATEST
            x-amz-function-error: Unhandled
            content-length: 137
            {"errorType":"Runtime.ExitError","errorMessage":"RequestId: REQUEST-ID Error: the plugin trapped: unreachable"}
        "#]],
        ),
        (
            "\"memory\"",
            expect![[r#"
            200
            content-type: application/json
            x-amz-executed-version: $LATEST
            x-amz-function-error: Unhandled
            content-length: 148
            {"errorType":"Runtime.OutOfMemory","errorMessage":"RequestId: REQUEST-ID Error: the plugin exceeded its memory of 128 MB"}
        "#]],
        ),
    ] {
        check(&gateway, &[], event, expected);
    }
}

#[test]
fn a_call_that_is_not_made_says_when_to_try_again() {
    let gateway = Gateway::with_function();
    for (event, expected) in [
        (
            "\"busy\"",
            expect![[r#"
            429
            content-type: application/json
            x-amzn-errortype: TooManyRequestsException
            retry-after: 1
            content-length: 87
            {"Type":"User","Reason":"ConcurrentInvocationLimitExceeded","message":"Rate Exceeded."}
        "#]],
        ),
        (
            "\"quarantine\"",
            expect![[r#"
            429
            content-type: application/json
            x-amzn-errortype: TooManyRequestsException
            retry-after: 1
            content-length: 77
            {"Type":"User","Reason":"CallerRateLimitExceeded","message":"Rate Exceeded."}
        "#]],
        ),
    ] {
        check(&gateway, &[], event, expected);
    }
}

#[test]
fn a_call_that_nobody_waits_for_is_accepted() {
    let gateway = Gateway::with_function();
    check(
        &gateway,
        &[("x-amz-invocation-type", "Event")],
        "{}",
        expect![[r#"
            202
            content-type: application/json
            content-length: 0

        "#]],
    );
    check(
        &gateway,
        &[("x-amz-invocation-type", "DryRun")],
        "{}",
        expect![[r#"
        204
        content-length: 0

    "#]],
    );
}

#[test]
fn what_is_no_event_is_refused() {
    let gateway = Gateway::with_function();
    let large = json!("x".repeat(1024 * 1024)).to_string();
    let too_large = json!("x".repeat(6 * 1024 * 1024)).to_string();
    check(
        &gateway,
        &[],
        "{",
        expect![[r#"
        400
        content-type: application/json
        x-amzn-errortype: InvalidRequestContentException
        content-length: 114
        {"Type":"User","message":"Could not parse request body into json: EOF while parsing an object at line 1 column 1"}
    "#]],
    );
    check(
        &gateway,
        &[],
        &too_large,
        expect![[r#"
        413
        content-type: application/json
        x-amzn-errortype: RequestTooLargeException
        content-length: 52
        {"Type":"User","message":"Request entity too large"}
    "#]],
    );
    check(
        &gateway,
        &[("x-amz-invocation-type", "Event")],
        &large,
        expect![[r#"
        413
        content-type: application/json
        x-amzn-errortype: RequestTooLargeException
        content-length: 113
        {"Type":"User","message":"1048578 byte payload is too large for the Event invocation type (limit 1048576 bytes)"}
    "#]],
    );
    check(
        &gateway,
        &[("x-amz-invocation-type", "Later")],
        "{}",
        expect![[r#"
        400
        content-type: application/json
        x-amzn-errortype: ValidationException
        content-length: 175
        {"message":"1 validation error detected: Value 'Later' at 'invocationType' failed to satisfy constraint: Member must satisfy enum value set: [Event, RequestResponse, DryRun]"}
    "#]],
    );
    check(
        &gateway,
        &[("x-amz-client-context", "e30=")],
        "{}",
        expect![[r#"
        400
        content-type: application/json
        x-amzn-errortype: InvalidParameterValueException
        content-length: 126
        {"Type":"User","message":"ClientContext is not supported by this gateway: a component does not see it; put it into the event"}
    "#]],
    );
}

#[test]
fn what_cannot_be_called_is_refused() {
    let gateway = Gateway::with_function();
    gateway.ok(
        FUNCTIONS,
        &function(json!({ "FunctionName": "a", "Code": { "ZipFile": code("authorizer") } })),
    );
    gateway.settle();
    gateway.check_lambda(
        &[
            ("POST /2015-03-31/functions/a/invocations", "{}"),
            ("POST /2015-03-31/functions/g/invocations", "{}"),
            (&f("POST", "/invocations?Qualifier=7"), "{}"),
            (&f("POST", ":prod/invocations"), "{}"),
        ],
        expect![[r#"
            400 InvalidParameterValueException: The component is no event-function, which Invoke calls; it is: authorizer
            404 ResourceNotFoundException: Function not found: arn:aws:lambda:us-east-1:000000000000:function:g
            404 ResourceNotFoundException: Function not found: arn:aws:lambda:us-east-1:000000000000:function:f:7
            404 ResourceNotFoundException: Function not found: arn:aws:lambda:us-east-1:000000000000:function:f:prod
        "#]],
    );
}

#[test]
fn the_queue_of_events_is_bounded() {
    let gateway = Gateway::with_function();
    let event = json!("x".repeat(1000 * 1024)).to_string();
    let send = || {
        let request = invocation(&[("x-amz-invocation-type", "Event")], &event);
        gateway.send_request(request).0.as_u16()
    };
    // 65 of 1001 KiB fit into 64 MiB, while nobody calls.
    let statuses: Vec<u16> = (0..67).map(|_| send()).collect();
    assert!(statuses[..65].iter().all(|status| *status == 202));
    assert_eq!(statuses[65..], [429, 429]);
}

/// Fails every call, and notes when it was.
struct Failing(Mutex<Vec<Instant>>);

impl FunctionHost for Failing {
    fn check(&self, _: Function, _: Bytes) -> BoxFuture<'_, Result<Interface, CheckError>> {
        let interface = Interface { event_function: true, ..Interface::default() };
        Box::pin(std::future::ready(Ok(interface)))
    }

    fn invoke(&self, _: Plugin, _: Bytes, _: String) -> BoxFuture<'_, Invoked> {
        self.0.lock().unwrap().push(Instant::now());
        let result = Err(InvocationError::Fault(CallFault::Trapped("unreachable".to_owned())));
        Box::pin(std::future::ready(Invoked { result, log: Bytes::new() }))
    }
}

#[test]
fn an_event_that_fails_is_tried_twice_again() {
    let mut gateway = Gateway::with_function();
    let host = Arc::new(Failing(Mutex::default()));
    let lambda = Arc::new(Lambda::new(Arc::clone(&host) as _, Arc::default()));
    gateway.control = crate::Control { lambda, ..gateway.control.clone() };
    gateway.router = router(gateway.control.clone());
    check(
        &gateway,
        &[("x-amz-invocation-type", "Event")],
        "{}",
        expect![[r#"
        202
        content-type: application/json
        content-length: 0

    "#]],
    );
    let wait = Duration::from_secs(3_600);
    gateway.runtime.block_on(async {
        let _never_ends = tokio::time::timeout(wait, gateway.control.run_functions()).await;
    });
    let calls = host.0.lock().unwrap();
    let waits: Vec<u64> =
        calls.windows(2).map(|pair| pair[1].duration_since(pair[0]).as_secs()).collect();
    assert_eq!(waits, [60, 120]);
}
