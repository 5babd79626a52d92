use super::*;

/// As AWS documents it, shortened where all fields are alike.
const EVENT: &str = r#"{
    "resource": "/pets/{petId}", "path": "/pets/7", "httpMethod": "PUT",
    "headers": {"Content-Type": "application/json"},
    "multiValueHeaders": {"Content-Type": ["application/json"]},
    "queryStringParameters": null, "multiValueQueryStringParameters": null,
    "pathParameters": {"petId": "7"}, "stageVariables": null,
    "requestContext": {
        "accountId": "123456789012", "apiId": "petstore", "domainPrefix": "petstore",
        "authorizer": {"principalId": "ann", "integrationLatency": 3, "role": "keeper"},
        "identity": {"accessKey": null, "sourceIp": "127.0.0.1", "userAgent": null},
        "requestTimeEpoch": 1700000000000, "stage": "dev"
    },
    "body": "{\"name\":\"Rex\"}", "isBase64Encoded": false
}"#;

fn request(text: &str) -> ProxyRequest {
    serde_json::from_str(text).unwrap()
}

#[test]
fn event_of_api_gateway_is_read() {
    let request = request(EVENT);
    assert_eq!(request.http_method, "PUT");
    assert_eq!(request.header("content-type"), Some("application/json"));
    assert_eq!(request.path_parameter("petId"), Some("7"));
    assert_eq!(request.query_parameter("petId"), None);
    assert_eq!(request.authorizer_value("principalId"), Some("ann"));
    assert_eq!(request.authorizer_value("role"), Some("keeper"));
    assert_eq!(request.request_context.request_time_epoch, 1_700_000_000_000);
    assert_eq!(request.json::<Value>().unwrap()["name"], "Rex");
}

#[test]
fn base64_body_is_decoded() {
    let request = request(r#"{"body": "AAH/", "isBase64Encoded": true}"#);
    assert_eq!(*request.bytes().unwrap(), [0, 1, 255]);
}

#[test]
fn unusable_body_says_why() {
    let reason = |text| request(text).json::<Value>().unwrap_err().to_string();
    assert_eq!(reason(r#"{"body": null}"#), "a body is required");
    assert_eq!(reason(r#"{"body": "!", "isBase64Encoded": true}"#), "the body is not base64");
    assert_eq!(
        reason(r#"{"body": "{"}"#),
        "the body is not valid: EOF while parsing an object at line 1 column 1"
    );
}
