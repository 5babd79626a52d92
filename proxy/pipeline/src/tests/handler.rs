//! What a `wasi:http` handler gets, and what becomes of its response.

use bytes::Bytes;
use expect_test::{Expect, expect};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use model::{
    CallFault, HandlerResponseHead, MethodKey, RequestOutcome, RequestPatch, ResponseOutcome,
};

use super::fixture::{Description, Gateway, TRANSFORM, TestRequest, handler, method};
use crate::{Failure, Fault, Outcome};

fn gateway() -> Gateway {
    Gateway::new(Description {
        methods: vec![("/pets/{proxy+}", method(MethodKey::Any, handler()))],
        ..Description::default()
    })
}

/// A gateway whose responses pass a transform.
fn transforming() -> Gateway {
    let mut method = method(MethodKey::Any, handler());
    method.response_transforms = vec![TRANSFORM];
    let methods = vec![("/pets/{proxy+}", method)];
    let gateway = Gateway::new(Description { methods, ..Description::default() });
    *gateway.world.response_outcome.lock().unwrap() = Some(Ok(ResponseOutcome::Unchanged));
    gateway
}

fn request() -> TestRequest {
    TestRequest::new("PUT /prod/pets/a%20b/c?a=1&a=%C3%A9")
        .header("X-A", "client")
        .header("X-Hop", "1")
        .header("Connection", "x-hop")
        .header("X-Forwarded-For", "192.0.2.9")
        .header("X-Forwarded-Proto", "gopher")
        .header("x-amzn-request-context", "forged")
        .header("Transfer-Encoding", "chunked")
        .header("Content-Type", "text/plain")
}

fn check(gateway: &Gateway, request: TestRequest, expected: Expect) {
    expected.assert_eq(&gateway.send(&request));
}

fn head(lines: &[(&'static str, &'static str)]) -> HandlerResponseHead {
    let mut headers = HeaderMap::new();
    for (name, value) in lines {
        headers.append(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    HandlerResponseHead { status: StatusCode::CREATED, headers, body_bytes: None }
}

#[test]
fn a_handler_gets_the_request_without_the_stage_and_its_body_streams() {
    let request = request().body("hello").header("Content-Length", "5");
    check(
        &gateway(),
        request,
        expect![[r#"
        serve PUT http://abc.execute-api.eu-west-1.amazonaws.com/pets/a%20b/c?a=1&a=%C3%A9
        content-length: 5
        content-type: text/plain
        x-a: client
        x-amzn-request-context: {"accountId":"123456789012","apiId":"abc","deploymentId":"dep001","domainName":"abc.execute-api.eu-west-1.amazonaws.com","domainPrefix":"abc","extendedRequestId":"AAAAAAAAAAAAAAA=","httpMethod":"PUT","identity":{"accessKey":null,"accountId":null,"caller":null,"cognitoAuthenticationProvider":null,"cognitoAuthenticationType":null,"cognitoIdentityId":null,"cognitoIdentityPoolId":null,"principalOrgId":null,"sourceIp":"192.0.2.7","user":null,"userAgent":null,"userArn":null},"path":"/prod/pets/a%20b/c","protocol":"HTTP/1.1","requestId":"c0ffee00-0000-4000-8000-000000000000","requestTime":"04/Mar/2020:19:03:58 +0000","requestTimeEpoch":1583348638390,"resourceId":"res123","resourcePath":"/pets/{proxy+}","stage":"prod"}
        x-amzn-trace-id: Root=1-00000000-000000000000000000000000
        x-forwarded-for: 192.0.2.9, 192.0.2.7
        x-forwarded-port: 8080
        x-forwarded-proto: http
        body None within 29s"#]],
    );
}

#[test]
fn a_request_without_a_body_is_known_to_have_none() {
    check(
        &gateway(),
        TestRequest::new("GET /prod/pets/1"),
        expect![[r#"
        serve GET http://abc.execute-api.eu-west-1.amazonaws.com/pets/1
        x-amzn-request-context: {"accountId":"123456789012","apiId":"abc","deploymentId":"dep001","domainName":"abc.execute-api.eu-west-1.amazonaws.com","domainPrefix":"abc","extendedRequestId":"AAAAAAAAAAAAAAA=","httpMethod":"GET","identity":{"accessKey":null,"accountId":null,"caller":null,"cognitoAuthenticationProvider":null,"cognitoAuthenticationType":null,"cognitoIdentityId":null,"cognitoIdentityPoolId":null,"principalOrgId":null,"sourceIp":"192.0.2.7","user":null,"userAgent":null,"userArn":null},"path":"/prod/pets/1","protocol":"HTTP/1.1","requestId":"c0ffee00-0000-4000-8000-000000000000","requestTime":"04/Mar/2020:19:03:58 +0000","requestTimeEpoch":1583348638390,"resourceId":"res123","resourcePath":"/pets/{proxy+}","stage":"prod"}
        x-amzn-trace-id: Root=1-00000000-000000000000000000000000
        x-forwarded-for: 192.0.2.7
        x-forwarded-port: 8080
        x-forwarded-proto: http
        body Some(b"") within 29s"#]],
    );
}

#[test]
fn a_body_that_a_transform_changed_is_passed_whole() {
    let mut method = method(MethodKey::Any, handler());
    method.request_transforms = vec![TRANSFORM];
    let methods = vec![("/pets/{proxy+}", method)];
    let gateway = Gateway::new(Description { methods, ..Description::default() });
    let patch = RequestPatch { body: Some("changed".into()), ..RequestPatch::default() };
    *gateway.world.request_outcome.lock().unwrap() = Some(Ok(RequestOutcome::Patch(patch)));
    let request = request().body("hello").header("Content-Length", "5");
    check(
        &gateway,
        request,
        expect![[r#"
        serve PUT http://abc.execute-api.eu-west-1.amazonaws.com/pets/a%20b/c?a=1&a=%C3%A9
        content-length: 7
        content-type: text/plain
        x-a: client
        x-amzn-request-context: {"accountId":"123456789012","apiId":"abc","deploymentId":"dep001","domainName":"abc.execute-api.eu-west-1.amazonaws.com","domainPrefix":"abc","extendedRequestId":"AAAAAAAAAAAAAAA=","httpMethod":"PUT","identity":{"accessKey":null,"accountId":null,"caller":null,"cognitoAuthenticationProvider":null,"cognitoAuthenticationType":null,"cognitoIdentityId":null,"cognitoIdentityPoolId":null,"principalOrgId":null,"sourceIp":"192.0.2.7","user":null,"userAgent":null,"userArn":null},"path":"/prod/pets/a%20b/c","protocol":"HTTP/1.1","requestId":"c0ffee00-0000-4000-8000-000000000000","requestTime":"04/Mar/2020:19:03:58 +0000","requestTimeEpoch":1583348638390,"resourceId":"res123","resourcePath":"/pets/{proxy+}","stage":"prod"}
        x-amzn-trace-id: Root=1-00000000-000000000000000000000000
        x-forwarded-for: 192.0.2.9, 192.0.2.7
        x-forwarded-port: 8080
        x-forwarded-proto: http
        body Some(b"changed") within 29s"#]],
    );
}

#[test]
fn a_response_that_is_transformed_is_collected() {
    let gateway = transforming();
    let head = head(&[("x-one", "1"), ("connection", "x-one"), ("server", "guest")]);
    *gateway.world.served.lock().unwrap() = Some(Ok((head, "made".into())));
    check(
        &gateway,
        request().body("hello"),
        expect![[r#"
        201
        content-type: application/json
        x-amz-apigw-id: AAAAAAAAAAAAAAA=
        x-amzn-remapped-connection: x-one
        x-amzn-remapped-server: guest
        x-amzn-requestid: c0ffee00-0000-4000-8000-000000000000
        x-amzn-trace-id: Root=1-00000000-000000000000000000000000

        made"#]],
    );
    expect![[r#"
        Request { method: PUT, uri: http://abc.execute-api.eu-west-1.amazonaws.com/pets/a%20b/c?a=1&a=%C3%A9, version: HTTP/1.1, headers: {"x-a": "client", "content-type": "text/plain", "x-forwarded-for": "192.0.2.9, 192.0.2.7", "x-forwarded-proto": "http", "x-amzn-request-context": "{\"accountId\":\"123456789012\",\"apiId\":\"abc\",\"deploymentId\":\"dep001\",\"domainName\":\"abc.execute-api.eu-west-1.amazonaws.com\",\"domainPrefix\":\"abc\",\"extendedRequestId\":\"AAAAAAAAAAAAAAA=\",\"httpMethod\":\"PUT\",\"identity\":{\"accessKey\":null,\"accountId\":null,\"caller\":null,\"cognitoAuthenticationProvider\":null,\"cognitoAuthenticationType\":null,\"cognitoIdentityId\":null,\"cognitoIdentityPoolId\":null,\"principalOrgId\":null,\"sourceIp\":\"192.0.2.7\",\"user\":null,\"userAgent\":null,\"userArn\":null},\"path\":\"/prod/pets/a%20b/c\",\"protocol\":\"HTTP/1.1\",\"requestId\":\"c0ffee00-0000-4000-8000-000000000000\",\"requestTime\":\"04/Mar/2020:19:03:58 +0000\",\"requestTimeEpoch\":1583348638390,\"resourceId\":\"res123\",\"resourcePath\":\"/pets/{proxy+}\",\"stage\":\"prod\"}", "x-forwarded-port": "8080", "x-amzn-trace-id": "Root=1-00000000-000000000000000000000000", "content-length": "5"}, body: b"hello" }
        on-response 201 Created body None"#]].assert_eq(&gateway.world.take_calls().join("\n"));
}

#[test]
fn a_broken_handler_answers_as_every_function_does() {
    let gateway = transforming();
    let faults = [
        CallFault::Trapped("unreachable".to_owned()),
        CallFault::TimedOut(std::time::Duration::from_secs(3)),
        CallFault::TimedOut(std::time::Duration::from_secs(29)),
        CallFault::NoInstance("full".to_owned()),
    ];
    let answers = faults.map(|fault| {
        *gateway.world.served.lock().unwrap() = Some(Err(fault));
        gateway.answer(&request())
    });
    expect![[r#"
        502 {"message": "Internal server error"}
        502 {"message": "Internal server error"}
        504 {"message": "Endpoint request timed out"}
        500 {"message": "Internal server error"}"#]]
    .assert_eq(&answers.join("\n"));
}

#[test]
fn the_shell_is_told_what_a_response_and_a_fault_become() {
    let Outcome::Serve(serve) = gateway().outcome(&request()) else { panic!("not served") };
    let head = head(&[("x-one", "1"), ("te", "trailers"), ("x-amzn-requestid", "guest")]);
    let response = serve.response(&head, Bytes::new()).to_response();
    let mut lines: Vec<_> = response
        .headers
        .iter()
        .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
        .collect();
    lines.sort();
    expect![[r#"
        content-type: application/json
        x-amz-apigw-id: AAAAAAAAAAAAAAA=
        x-amzn-remapped-x-amzn-requestid: guest
        x-amzn-requestid: c0ffee00-0000-4000-8000-000000000000
        x-amzn-trace-id: Root=1-00000000-000000000000000000000000
        x-one: 1"#]]
    .assert_eq(&lines.join("\n"));
    let failure = serve.failure(CallFault::TimedOut(serve.timeout));
    assert_eq!(failure, Failure::from(Fault::TimedOut));
}

#[test]
fn a_host_that_names_none_is_refused() {
    let request = TestRequest::new("GET /_aws/execute-api/abc/prod/pets/1").host("a b");
    check(
        &gateway(),
        request,
        expect![[r#"
        400
        content-type: application/json
        x-amz-apigw-id: AAAAAAAAAAAAAAA=
        x-amzn-errortype: BadRequestException
        x-amzn-requestid: c0ffee00-0000-4000-8000-000000000000

        {"message":"Bad Request"}"#]],
    );
}
