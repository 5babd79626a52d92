//! Settings that Lambda does not have, as environment variables.

use expect_test::{Expect, expect};
use model::FunctionName;
use serde_json::{Value, json};

use super::super::harness::Gateway;
use super::{FUNCTIONS, f, function};

#[track_caller]
fn check(variables: Value, expected: Expect) {
    let gateway = Gateway::with_stored_functions();
    let members = json!({ "Environment": { "Variables": variables }, "MemorySize": 8192 });
    let answer = gateway.answer(FUNCTIONS, &function(members));
    if !answer.starts_with("201 ") {
        expected.assert_eq(&answer);
        return;
    }
    gateway.settle();
    let name = FunctionName::parse("f").unwrap();
    let plugin = gateway.control.functions.find(&name, None).unwrap();
    expected.assert_eq(&format!("{:?}", plugin.function.settings));
}

#[test]
fn variables_are_settings_that_the_function_does_not_see() {
    check(
        json!({
            "LOG": "info",
            "EDGEWAY_CONCURRENCY": "8",
            "EDGEWAY_CPU_TIME": "0.5",
            "EDGEWAY_ERROR_BUDGET": r#"{"errors": 3, "seconds": 10}"#,
            "EDGEWAY_KEY_VALUE_NAMESPACES": "pets owners",
            "EDGEWAY_OUTBOUND": "https://api.example.com,http://127.0.0.1:9000",
            "EDGEWAY_PROVISIONED": "2",
            "EDGEWAY_REUSE": r#"{"maxIdle": 4, "maxCalls": 100}"#,
        }),
        expect![[
            r#"FunctionSettings { memory_size: MemorySize(4096), timeout: FunctionTimeout(3s), cpu_time: Some(CpuTime(500ms)), concurrency: Concurrency(8), provisioned: 2, error_budget: Some(ErrorBudget { errors: 3, window: 10s, quarantine: 60s, policy: Fail }), environment: [("LOG", "info")], reuse: Warm { idle_max: 4, idle_time_max: 300s, calls_max: Some(100) }, namespaces: [Namespace("pets"), Namespace("owners")], outbound: [OutboundDestination { scheme: Https, host: One(Name("api.example.com")), port: 443, addresses: [] }, OutboundDestination { scheme: Http, host: One(Address(127.0.0.1)), port: 9000, addresses: [AddressRange(127.0.0.1/32)] }], outbound_limits: OutboundLimits { concurrency: 128, call_concurrency: 32, call_requests: 1000, connect_timeout: 10s, request_bytes_max: 209715200, response_bytes_max: 209715200, timeout: None } }"#
        ]],
    );
}

#[test]
fn lists_can_be_json() {
    check(
        json!({
            "EDGEWAY_OUTBOUND": r#"[{"url": "https://internal.example", "addresses": ["10.0.0.0/8"]}]"#,
            "EDGEWAY_REUSE": "false",
        }),
        expect![[
            r#"FunctionSettings { memory_size: MemorySize(4096), timeout: FunctionTimeout(3s), cpu_time: None, concurrency: Concurrency(256), provisioned: 0, error_budget: None, environment: [], reuse: Never, namespaces: [], outbound: [OutboundDestination { scheme: Https, host: One(Name("internal.example")), port: 443, addresses: [AddressRange(10.0.0.0/8)] }], outbound_limits: OutboundLimits { concurrency: 128, call_concurrency: 32, call_requests: 1000, connect_timeout: 10s, request_bytes_max: 209715200, response_bytes_max: 209715200, timeout: None } }"#
        ]],
    );
}

#[test]
fn variables_that_cannot_be_are_refused() {
    for (variables, expected) in [
        (
            json!({ "EDGEWAY_OUTBOND": "x" }),
            expect![
                "400 InvalidParameterValueException: EDGEWAY_OUTBOND is no setting: variables that begin with EDGEWAY_ are reserved for EDGEWAY_CONCURRENCY, EDGEWAY_CPU_TIME, EDGEWAY_ERROR_BUDGET, EDGEWAY_KEY_VALUE_NAMESPACES, EDGEWAY_OUTBOUND, EDGEWAY_PROVISIONED, EDGEWAY_REUSE; rename it"
            ],
        ),
        (
            json!({ "EDGEWAY_OUTBOUND": "api.example.com" }),
            expect![[
                r#"400 InvalidParameterValueException: EDGEWAY_OUTBOUND[0] must be scheme://host or scheme://host:port with http or https and without a path, got "api.example.com"; write for example https://api.example.com"#
            ]],
        ),
        (
            json!({ "EDGEWAY_CONCURRENCY": "many" }),
            expect![[
                r#"400 InvalidParameterValueException: EDGEWAY_CONCURRENCY must be JSON: expected value at line 1 column 1; got "many""#
            ]],
        ),
        (
            json!({ "EDGEWAY_CONCURRENCY": "0", "EDGEWAY_REUSE": "1" }),
            expect![
                "400 InvalidParameterValueException: EDGEWAY_REUSE must be a map, got 1; EDGEWAY_CONCURRENCY must be 1-1000, got 0; change it, or remove it to use the default 256"
            ],
        ),
        (
            json!({ "EDGEWAY_ERROR_BUDGET": r#"{"errors": 0}"# }),
            expect![
                "400 InvalidParameterValueException: EDGEWAY_ERROR_BUDGET.errors must be 1-1000, got 0; remove errorBudget for a function that is never left alone"
            ],
        ),
        (
            json!({ "AWS_REGION": "x", "_HANDLER": "y", "A": "b" }),
            expect![
                "400 ValidationException: 1 validation error detected: Value '{AWS_REGION=x, _HANDLER=y, A=b}' at 'environment.variables' failed to satisfy constraint: Map keys must satisfy constraint: [Member must satisfy regular expression pattern: [a-zA-Z]([a-zA-Z0-9_])+, Member must not be null]"
            ],
        ),
        (
            json!({ "a b": "x" }),
            expect![
                "400 ValidationException: 1 validation error detected: Value '{a b=x}' at 'environment.variables' failed to satisfy constraint: Map keys must satisfy constraint: [Member must satisfy regular expression pattern: [a-zA-Z]([a-zA-Z0-9_])+, Member must not be null]"
            ],
        ),
        (
            json!({ "LONG": "x".repeat(4096) }),
            expect![[
                r#"400 InvalidParameterValueException: Lambda was unable to configure your environment variables because the environment variables you have provided exceeded the 4KB limit. String measured: {"LONG":"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"#
            ]],
        ),
        (
            json!({ "ZERO": "\0" }),
            expect![
                "400 InvalidParameterValueException: environment.ZERO must not have a zero byte; remove it"
            ],
        ),
    ] {
        check(variables, expected);
    }
}

#[test]
fn reserved_concurrency_bounds_calls_at_once() {
    let gateway = Gateway::with_function();
    let name = FunctionName::parse("f").unwrap();
    let concurrency =
        || gateway.control.functions.find(&name, None).unwrap().function.settings.concurrency.get();
    assert_eq!(concurrency(), 256);
    const PUT: &str = "PUT /2017-10-31/functions/f/concurrency";
    gateway.ok(PUT, r#"{"ReservedConcurrentExecutions": 800}"#);
    assert_eq!(concurrency(), 800);
    let variables = json!({ "EDGEWAY_CONCURRENCY": "8", "EDGEWAY_PROVISIONED": "4" });
    let change = json!({ "Environment": { "Variables": variables } });
    gateway.ok(&f("PUT", "/configuration"), &change.to_string());
    gateway.settle();
    assert_eq!(concurrency(), 8);
    gateway.ok(PUT, r#"{"ReservedConcurrentExecutions": 4}"#);
    assert_eq!(concurrency(), 4);
    expect!["400 InvalidParameterValueException: EDGEWAY_PROVISIONED must be 0-3, no more than concurrency, got 4; lower it, or remove it to make instances when they are needed"].assert_eq(&gateway.answer(PUT, r#"{"ReservedConcurrentExecutions": 3}"#));
}
