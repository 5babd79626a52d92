//! A stage with a canary: which part serves a request, and what the integration is told of it.

use std::sync::atomic::Ordering;

use expect_test::{Expect, expect};

use super::fixture::{Description, Gateway, TestRequest};

/// What the function's event says of the deployment, when chance draws `percent`.
#[track_caller]
fn check(line: &str, host: &str, percent: u64, expected: Expect) {
    let gateway = Gateway::new(Description::default());
    *gateway.world.result.lock().unwrap() = Some(Ok(r#"{"body":"reached"}"#.into()));
    gateway.world.percent.store(percent, Ordering::Relaxed);
    assert_eq!(gateway.answer(&TestRequest::new(line).host(host)), "200 reached");
    let event: serde_json::Value = serde_json::from_str(&gateway.world.take_calls()[0]).unwrap();
    let context = &event["requestContext"];
    let told = ["deploymentId", "isCanaryRequest", "stage"].map(|key| context[key].to_string());
    expected.assert_eq(&told.join(" "));
}

const DEFAULT_HOST: &str = "abc.execute-api.eu-west-1.amazonaws.com";

#[test]
fn chance_decides_between_a_stage_and_its_canary() {
    let split = "GET /split/pets/1";
    check(split, DEFAULT_HOST, 0, expect![[r#""dep002" true "split""#]]);
    check(split, DEFAULT_HOST, 24, expect![[r#""dep002" true "split""#]]);
    check(split, DEFAULT_HOST, 25, expect![[r#""dep001" false "split""#]]);
    check(split, DEFAULT_HOST, 99, expect![[r#""dep001" false "split""#]]);
}

#[test]
fn canary_is_reached_by_every_way_in() {
    check("GET /pets/1", "split.example.com", 0, expect![[r#""dep002" true "split""#]]);
    let path = "GET /_aws/execute-api/abc/split/pets/1";
    check(path, "anything", 0, expect![[r#""dep002" true "split""#]]);
}

#[test]
fn stage_without_a_canary_says_nothing_of_one() {
    check("GET /prod/pets/1", DEFAULT_HOST, 0, expect![[r#""dep001" null "prod""#]]);
}
