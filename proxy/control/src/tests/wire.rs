//! What every call has in common: authentication, headers, validation, pages.

use axum::body::Body;
use axum::http::Request;
use expect_test::expect;

use super::harness::Gateway;

#[test]
fn a_request_that_is_not_signed_learns_nothing() {
    let gateway = Gateway::with_api();
    for (line, body) in [("/restapis", "{\"name\": \"x\"}"), ("/nothing", ""), ("/restapis", "{")] {
        let request = Request::builder().method("POST").uri(line).body(Body::from(body)).unwrap();
        let (status, headers, body) = gateway.send_request(request);
        assert_eq!(status, 403);
        assert_eq!(headers["x-amzn-errortype"], "MissingAuthenticationTokenException");
        assert_eq!(body, r#"{"message":"Missing Authentication Token"}"#);
    }
    assert_eq!(gateway.store.change(), 1);
}

#[test]
fn without_authentication_everything_is_refused() {
    use crate::port::{Authentication, Locked};
    let (head, ()) = Request::new(()).into_parts();
    assert!(Locked.authenticate("apigateway", &head, &bytes::Bytes::new()).is_err());
}

#[test]
fn answers_have_the_headers_of_aws() {
    let gateway = Gateway::new();
    let (status, headers, _) = gateway.send("GET /restapis/none", "");
    assert_eq!(status, 404);
    assert_eq!(headers["content-type"], "application/json");
    assert_eq!(headers["x-amzn-errortype"], "NotFoundException");
    assert_eq!(headers["x-amzn-requestid"].len(), 36);
    let (_, headers, _) = gateway.send("GET /restapis", "");
    assert_eq!(headers["content-type"], "application/json");
    assert!(!headers.contains_key("x-amzn-errortype"));
}

#[test]
fn members_are_checked_as_the_api_model_says() {
    let gateway = Gateway::with_api();
    gateway.check(
        &[
            ("POST /restapis", "{}"),
            ("POST /restapis", "{\"name\": null}"),
            ("POST /restapis", "{\"name\": true}"),
            ("POST /restapis", "{\"name\": [\"a\"]}"),
            ("POST /restapis", "{\"name\": {}}"),
            ("POST /restapis", "{\"name\": \"a\", \"minimumCompressionSize\": \"1\"}"),
            ("POST /restapis", "{\"name\": \"a\", \"minimumCompressionSize\": 1.5}"),
            ("POST /restapis", "{\"name\": \"a\", \"minimumCompressionSize\": 3000000000}"),
            ("POST /restapis", "{\"name\": \"a\", \"binaryMediaTypes\": \"x/y\"}"),
            ("POST /restapis", "{\"name\": \"a\", \"tags\": {\"k\": 1}}"),
            ("POST /restapis", "{\"name\": \"a\", \"apiKeySource\": \"x\"}"),
            ("POST /restapis", "{\"apiKeySource\": \"x\", \"securityPolicy\": \"y\"}"),
            ("POST /restapis", "{\"name\": \"a\", \"colour\": \"red\"}"),
            ("POST /restapis", "{"),
            ("POST /restapis", "\"a\""),
            (
                "PATCH /restapis/API",
                "{\"patchOperations\": [{\"op\": \"x\", \"path\": \"/name\"}]}",
            ),
            ("PUT /restapis/API/resources/ROOT/methods/GET/responses/9", "{}"),
        ],
        expect![[r#"
            400 ValidationException: 1 validation error detected: Value null at 'name' failed to satisfy constraint: Member must not be null
            400 ValidationException: 1 validation error detected: Value null at 'name' failed to satisfy constraint: Member must not be null
            400 SerializationException: class java.lang.Boolean can not be converted to an String
            400 SerializationException: Start of list found where not expected
            400 SerializationException: Start of structure or map found where not expected.
            400 SerializationException: class java.lang.String can not be converted to an Integer
            400 SerializationException: class java.lang.Double can not be converted to an Integer
            400 SerializationException: class java.lang.Long can not be converted to an Integer
            400 SerializationException: class java.lang.String can not be converted to an List
            400 SerializationException: class java.lang.Integer can not be converted to an String
            400 ValidationException: 1 validation error detected: Value 'x' at 'apiKeySource' failed to satisfy constraint: Member must satisfy enum value set: [HEADER, AUTHORIZER]
            400 ValidationException: 3 validation errors detected: Value null at 'name' failed to satisfy constraint: Member must not be null; Value 'x' at 'apiKeySource' failed to satisfy constraint: Member must satisfy enum value set: [HEADER, AUTHORIZER]; Value 'y' at 'securityPolicy' failed to satisfy constraint: Member must satisfy enum value set: [TLS_1_0, TLS_1_2, SecurityPolicy_TLS13_1_3_2025_09, SecurityPolicy_TLS13_1_3_FIPS_2025_09, SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09, SecurityPolicy_TLS13_1_2_FIPS_PQ_2025_09, SecurityPolicy_TLS13_1_2_FIPS_PFS_PQ_2025_09, SecurityPolicy_TLS13_1_2_Ext2_PQ_2025_09, SecurityPolicy_TLS13_1_2_Ext2_FIPS_PQ_2025_09, SecurityPolicy_TLS13_1_2_PQ_2025_09, SecurityPolicy_TLS13_1_2_2021_06, SecurityPolicy_TLS13_2025_EDGE, SecurityPolicy_TLS12_PFS_2025_EDGE, SecurityPolicy_TLS12_2018_EDGE]
            400 SerializationException: Unknown member: colour
            400 SerializationException: Unable to parse the body: EOF while parsing an object at line 1 column 1
            400 SerializationException: Expected a JSON object
            400 ValidationException: 1 validation error detected: Value 'x' at 'patchOperations.1.member.op' failed to satisfy constraint: Member must satisfy enum value set: [add, remove, replace, move, copy, test]
            400 ValidationException: 1 validation error detected: Value '9' at 'statusCode' failed to satisfy constraint: Member must satisfy regular expression pattern: [1-5]\d\d
        "#]],
    );
}

#[test]
fn lists_come_in_pages() {
    let gateway = Gateway::new();
    for number in 0..5 {
        gateway.create(&format!("API{number}"), "POST /restapis", "{\"name\": \"a\"}");
    }
    let mut seen = Vec::new();
    let mut position = String::new();
    loop {
        let line = format!("GET /restapis?limit=2&position={position}");
        let (_, _, body) = gateway.send(&line, "");
        let page: serde_json::Value = serde_json::from_str(&body).unwrap();
        let items = page["item"].as_array().unwrap();
        assert!((1..=2).contains(&items.len()));
        seen.extend(items.iter().map(|api| api["id"].as_str().unwrap().to_owned()));
        match page["position"].as_str() {
            Some(next) => position = next.to_owned(),
            None => break,
        }
    }
    assert_eq!(seen.len(), 5);
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 5);
    for limit in ["0", "-1", "501", "x", ""] {
        let answer = gateway.answer(&format!("GET /restapis?limit={limit}"), "");
        assert_eq!(answer, "200 {\"item\":[]}", "{limit}");
    }
    assert!(gateway.answer("GET /restapis?limit=500", "").len() > 100);
    assert!(gateway.answer("GET /restapis?position=!", "").starts_with("400 BadRequest"));
    assert_eq!(gateway.answer("GET /restapis?position=zzzz", ""), "200 {\"item\":[]}");
}
