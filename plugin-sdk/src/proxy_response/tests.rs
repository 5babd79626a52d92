use super::*;

#[track_caller]
fn check(response: ProxyResponse, expected: &str) {
    assert_eq!(serde_json::to_string(&response).unwrap(), expected);
}

#[test]
fn result_has_the_keys_that_api_gateway_takes_and_no_other() {
    check(
        ProxyResponse::empty(204),
        r#"{"statusCode":204,"headers":{},"body":"","isBase64Encoded":false}"#,
    );
    check(
        ProxyResponse::json(200, &[1, 2]).unwrap(),
        r#"{"statusCode":200,"headers":{"content-type":"application/json"},"body":"[1,2]","isBase64Encoded":false}"#,
    );
    check(
        ProxyResponse::binary(200, "image/png", &[0, 1, 255]),
        r#"{"statusCode":200,"headers":{"content-type":"image/png"},"body":"AAH/","isBase64Encoded":true}"#,
    );
    check(
        ProxyResponse::empty(200)
            .with_appended_header("set-cookie", "a=1")
            .with_appended_header("set-cookie", "b=2"),
        r#"{"statusCode":200,"headers":{},"multiValueHeaders":{"set-cookie":["a=1","b=2"]},"body":"","isBase64Encoded":false}"#,
    );
}
