//! The event that functions get.

use expect_test::{Expect, expect};

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
    expect![[r#"
        {
          "resource": "/pets/{id}",
          "path": "/pets/a%2Bb",
          "httpMethod": "GET",
          "headers": {
            "X-Custom": "second",
            "Authorization": "t",
            "User-Agent": "curl/8",
            "Host": "abc.execute-api.eu-west-1.amazonaws.com",
            "X-Amzn-Trace-Id": "Root=1-00000000-000000000000000000000000",
            "X-Forwarded-For": "203.0.113.9, 192.0.2.7",
            "X-Forwarded-Port": "8080",
            "X-Forwarded-Proto": "http"
          },
          "multiValueHeaders": {
            "X-Custom": [
              "first",
              "second"
            ],
            "Authorization": [
              "t"
            ],
            "User-Agent": [
              "curl/8"
            ],
            "Host": [
              "abc.execute-api.eu-west-1.amazonaws.com"
            ],
            "X-Amzn-Trace-Id": [
              "Root=1-00000000-000000000000000000000000"
            ],
            "X-Forwarded-For": [
              "203.0.113.9, 192.0.2.7"
            ],
            "X-Forwarded-Port": [
              "8080"
            ],
            "X-Forwarded-Proto": [
              "http"
            ]
          },
          "queryStringParameters": {
            "x": "2",
            "y": "+ z"
          },
          "multiValueQueryStringParameters": {
            "x": [
              "1",
              "2"
            ],
            "y": [
              "+ z"
            ]
          },
          "pathParameters": {
            "id": "a%2Bb"
          },
          "stageVariables": {
            "table": "pets"
          },
          "requestContext": {
            "accountId": "123456789012",
            "apiId": "abc",
            "deploymentId": "dep001",
            "domainName": "abc.execute-api.eu-west-1.amazonaws.com",
            "domainPrefix": "abc",
            "extendedRequestId": "AAAAAAAAAAAAAAA=",
            "httpMethod": "GET",
            "identity": {
              "accessKey": null,
              "accountId": null,
              "caller": null,
              "cognitoAuthenticationProvider": null,
              "cognitoAuthenticationType": null,
              "cognitoIdentityId": null,
              "cognitoIdentityPoolId": null,
              "principalOrgId": null,
              "sourceIp": "192.0.2.7",
              "user": null,
              "userAgent": "curl/8",
              "userArn": null
            },
            "path": "/prod/pets/a%2Bb",
            "protocol": "HTTP/1.1",
            "requestId": "c0ffee00-0000-4000-8000-000000000000",
            "requestTime": "04/Mar/2020:19:03:58 +0000",
            "requestTimeEpoch": 1583348638390,
            "resourceId": "res123",
            "resourcePath": "/pets/{id}",
            "stage": "prod"
          },
          "body": "hi",
          "isBase64Encoded": false
        }"#]]
    .assert_eq(&serde_json::to_string_pretty(&event).unwrap());
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
