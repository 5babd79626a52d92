//! The event that functions get.

use expect_test::{Expect, expect, expect_file};

use super::fixture::{Description, Gateway, TestRequest};

fn event(gateway: &Gateway, request: &TestRequest) -> String {
    *gateway.world.result.lock().unwrap() = Some(Ok("{}".into()));
    gateway.answer(request);
    gateway.world.take_calls().remove(0)
}

#[test]
fn an_event_has_the_keys_and_the_order_of_aws() {
    let gateway = Gateway::new(Description {
        variables: vec![("table".into(), "pets".into())],
        ..Description::default()
    });
    let request = TestRequest::new("GET /prod/pets/a%2Bb?x=1&x=2&y=%2B+z")
        .header("X-Custom", "first")
        .header("X-Custom", "second")
        .header("authorization", "t")
        .header("user-agent", "curl/8")
        .header("Content-Length", "2")
        .header("Connection", "keep-alive")
        .header("X-Forwarded-For", "203.0.113.9")
        .body("hi");
    let event: serde_json::Value = serde_json::from_str(&event(&gateway, &request)).unwrap();
    let text = serde_json::to_string_pretty(&event).unwrap() + "\n";
    expect_file!["event.json"].assert_eq(&text);
}

#[track_caller]
fn check_body(request: TestRequest, expected: Expect) {
    let gateway = Gateway::new(Description { binary: vec!["image/*"], ..Description::default() });
    let text = event(&gateway, &request);
    expected.assert_eq(&text[text.find(r#""body""#).unwrap()..]);
}

#[test]
fn a_body_is_text_null_or_base64() {
    let post = || TestRequest::new("GET /prod/pets/1");
    check_body(post(), expect![[r#""body":null,"isBase64Encoded":false}"#]]);
    check_body(post().body("{}"), expect![[r#""body":"{}","isBase64Encoded":false}"#]]);
    check_body(
        post().header("content-type", "image/png").body("hi"),
        expect![[r#""body":"aGk=","isBase64Encoded":true}"#]],
    );
    check_body(post().body(vec![0xff]), expect![[r#""body":"/w==","isBase64Encoded":true}"#]]);
}

#[test]
fn what_a_request_lacks_is_null_and_its_path_is_collapsed() {
    let gateway = Gateway::new(Description::default());
    let text = event(&gateway, &TestRequest::new("GET /prod//pets/1/"));
    for part in [
        r#""path":"/pets/1/""#,
        r#""queryStringParameters":null"#,
        r#""multiValueQueryStringParameters":null"#,
        r#""stageVariables":null"#,
        r#""path":"/prod//pets/1/""#,
        r#""pathParameters":{"id":"1"}"#,
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
}
