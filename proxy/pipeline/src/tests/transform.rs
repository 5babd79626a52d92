//! What plugins change on the way.

use std::sync::Arc;

use expect_test::expect;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use model::{
    CallFault, HeaderOperation, ImmediateResponse, MethodKey, Needs, QueryOperation,
    RequestOutcome, RequestPatch, ResponseOutcome, ResponsePatch, Verb,
};

use super::fixture::{Description, Gateway, TRANSFORM, TestRequest, function, method};

fn gateway(needs: Needs) -> Gateway {
    let mut method = method(MethodKey::Verb(Verb::Get), function());
    method.request_transforms = vec![TRANSFORM];
    method.response_transforms = vec![TRANSFORM];
    let gateway = Gateway::new(Description {
        methods: vec![("/pets/{id}", method)],
        transform_needs: needs,
        ..Description::default()
    });
    *gateway.world.result.lock().unwrap() = Some(Ok(r#"{"body":"reached"}"#.into()));
    *gateway.world.request_outcome.lock().unwrap() = Some(Ok(RequestOutcome::Unchanged));
    *gateway.world.response_outcome.lock().unwrap() = Some(Ok(ResponseOutcome::Unchanged));
    gateway
}

fn set(name: &'static str, value: &'static str) -> HeaderOperation {
    HeaderOperation::Set(HeaderName::from_static(name), HeaderValue::from_static(value))
}

fn request() -> TestRequest {
    TestRequest::new("GET /prod/pets/1?a=1&a=2&b=3").header("X-A", "1").body("hi")
}

#[test]
fn only_what_was_asked_for_is_given() {
    let gateway_without_body = gateway(Needs::default());
    gateway_without_body.answer(&request());
    assert_eq!(gateway_without_body.world.take_calls()[0], "on-request body None");
    let gateway = gateway(Needs { body: true, ..Needs::default() });
    gateway.answer(&request());
    let calls = gateway.world.take_calls();
    assert_eq!(calls[0], "on-request body Some([104, 105])");
    assert_eq!(calls[2], "on-response 200 OK body Some([114, 101, 97, 99, 104, 101, 100])");
}

#[test]
fn a_patch_changes_what_the_integration_gets() {
    let gateway = gateway(Needs::default());
    let patch = RequestPatch {
        headers: vec![
            set("x-a", "2"),
            HeaderOperation::Append(HeaderName::from_static("x-a"), HeaderValue::from_static("3")),
        ],
        query: vec![
            QueryOperation::Remove("b".into()),
            QueryOperation::Set("a".into(), "x y".into()),
            QueryOperation::Append("c".into(), "4".into()),
        ],
        body: Some("new".into()),
    };
    *gateway.world.request_outcome.lock().unwrap() = Some(Ok(RequestOutcome::Patch(patch)));
    gateway.answer(&request());
    let event: serde_json::Value = serde_json::from_str(&gateway.world.take_calls()[1]).unwrap();
    assert_eq!(event["multiValueHeaders"]["X-A"], serde_json::json!(["2", "3"]));
    assert_eq!(event["queryStringParameters"], serde_json::json!({"a": "x y", "c": "4"}));
    assert_eq!(event["body"], "new");
}

#[test]
fn a_transform_may_answer_for_the_integration() {
    let gateway = gateway(Needs::default());
    let response = ImmediateResponse {
        status: StatusCode::IM_A_TEAPOT,
        headers: HeaderMap::new(),
        body: "no".into(),
    };
    *gateway.world.request_outcome.lock().unwrap() = Some(Ok(RequestOutcome::Respond(response)));
    assert_eq!(gateway.answer(&request()), "418 no");
    let calls = gateway.world.take_calls();
    assert_eq!(calls, ["on-request body None", "on-response 418 I'm a teapot body None"]);
}

#[test]
fn a_patch_changes_what_the_client_gets() {
    let gateway = gateway(Needs::default());
    let patch = ResponsePatch {
        status: Some(StatusCode::ACCEPTED),
        headers: vec![set("x-b", "1")],
        body: Some("new".into()),
    };
    *gateway.world.response_outcome.lock().unwrap() = Some(Ok(ResponseOutcome::Patch(patch)));
    expect![[r#"
        202
        content-type: application/json
        x-amz-apigw-id: AAAAAAAAAAAAAAA=
        x-amzn-requestid: c0ffee00-0000-4000-8000-000000000000
        x-amzn-trace-id: Root=1-00000000-000000000000000000000000
        x-b: 1

        new"#]]
    .assert_eq(&gateway.send(&request()));
}

#[test]
fn a_transform_that_breaks_answers_500() {
    let broken = r#"500 {"message": "Internal server error"}"#;
    let gateway = Arc::new(gateway(Needs::default()));
    let fault = CallFault::Trapped("unreachable".into());
    *gateway.world.response_outcome.lock().unwrap() = Some(Err(fault.clone()));
    assert_eq!(gateway.answer(&request()), broken);
    *gateway.world.request_outcome.lock().unwrap() = Some(Err(fault));
    assert_eq!(gateway.answer(&request()), broken);
}

#[test]
fn a_client_cannot_declare_what_a_transform_sets_to_be_hop_by_hop() {
    let gateway = gateway(Needs::default());
    let patch = RequestPatch { headers: vec![set("x-user", "ann")], ..RequestPatch::default() };
    *gateway.world.request_outcome.lock().unwrap() = Some(Ok(RequestOutcome::Patch(patch)));
    gateway.answer(&request().header("Connection", "close, x-user").header("x-user", "root"));
    let event: serde_json::Value = serde_json::from_str(&gateway.world.take_calls()[1]).unwrap();
    assert_eq!(event["multiValueHeaders"]["x-user"], serde_json::json!(["ann"]));
}
