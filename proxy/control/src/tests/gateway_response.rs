//! Gateway responses.

use expect_test::expect;

use super::harness::{Gateway, patch};

#[test]
fn gateway_responses_are_customised_and_reset() {
    let gateway = Gateway::with_api();
    let one = |verb: &str| format!("{verb} /restapis/API/gatewayresponses/THROTTLED");
    gateway.check(
        &[
            (&one("GET"), ""),
            ("GET /restapis/API/gatewayresponses/DEFAULT_4XX", ""),
            ("GET /restapis/API/gatewayresponses?limit=2", ""),
            (&one("DELETE"), ""),
            (&one("PUT"), r#"{"statusCode": "430"}"#),
            (
                &one("PUT"),
                r#"{"responseParameters": {"gatewayresponse.header.h": "'v'"}, "responseTemplates": {"a/b": "x"}}"#,
            ),
            (&one("PUT"), r#"{"responseParameters": {"h": "'v'"}}"#),
            (&one("PUT"), r#"{"responseParameters": {"gatewayresponse.header.h": "v"}}"#),
            (&one("PUT"), r#"{"statusCode": "9"}"#),
            ("PUT /restapis/API/gatewayresponses/NOTHING", "{}"),
            (&one("PATCH"), &patch("replace", "/statusCode", "431")),
            (&one("PATCH"), &patch("add", "/responseParameters/gatewayresponse.header.x", "'w'")),
            (&one("PATCH"), &patch("remove", "/responseParameters/gatewayresponse.header.y", "")),
            (&one("PATCH"), &patch("remove", "/responseTemplates/text~1html", "")),
            (&one("PATCH"), &patch("replace", "/responseType", "x")),
            (&one("DELETE"), ""),
            (&one("GET"), ""),
            (&one("PATCH"), &patch("add", "/responseTemplates/text~1plain", "y")),
        ],
        expect![[r#"
            200 {"responseType":"THROTTLED","statusCode":"429","responseParameters":{},"responseTemplates":{"application/json":"{\"message\":$context.error.messageString}"},"defaultResponse":true}
            200 {"responseType":"DEFAULT_4XX","responseParameters":{},"responseTemplates":{"application/json":"{\"message\":$context.error.messageString}"},"defaultResponse":true}
            200 {"item":[{"responseType":"ACCESS_DENIED","statusCode":"403","responseParameters":{},"responseTemplates":{"application/json":"{\"message\":$context.error.messageString}"},"defaultResponse":true},{"responseType":"API_CONFIGURATION_ERROR","statusCode":"500","responseParameters":{},"responseTemplates":{"application/json":"{\"message\":$context.error.messageString}"},"defaultResponse":true}],"position":"2"}
            404 NotFoundException: Gateway response type not defined on api
            201 {"responseType":"THROTTLED","statusCode":"430","responseParameters":{},"responseTemplates":{"application/json":"{\"message\":$context.error.messageString}"},"defaultResponse":false}
            201 {"responseType":"THROTTLED","responseParameters":{"gatewayresponse.header.h":"'v'"},"responseTemplates":{"a/b":"x"},"defaultResponse":false}
            400 BadRequestException: Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping expression specified: h]
            400 BadRequestException: Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping expression specified: v]
            400 ValidationException: 1 validation error detected: Value '9' at 'statusCode' failed to satisfy constraint: Member must satisfy regular expression pattern: [1-5]\d\d
            400 ValidationException: 1 validation error detected: Value 'NOTHING' at 'responseType' failed to satisfy constraint: Member must satisfy enum value set: [DEFAULT_4XX, DEFAULT_5XX, RESOURCE_NOT_FOUND, UNAUTHORIZED, INVALID_API_KEY, ACCESS_DENIED, AUTHORIZER_FAILURE, AUTHORIZER_CONFIGURATION_ERROR, INVALID_SIGNATURE, EXPIRED_TOKEN, MISSING_AUTHENTICATION_TOKEN, INTEGRATION_FAILURE, INTEGRATION_TIMEOUT, API_CONFIGURATION_ERROR, UNSUPPORTED_MEDIA_TYPE, BAD_REQUEST_PARAMETERS, BAD_REQUEST_BODY, REQUEST_TOO_LARGE, THROTTLED, QUOTA_EXCEEDED, WAF_FILTERED]
            200 {"responseType":"THROTTLED","statusCode":"431","responseParameters":{"gatewayresponse.header.h":"'v'"},"responseTemplates":{"a/b":"x"},"defaultResponse":false}
            200 {"responseType":"THROTTLED","statusCode":"431","responseParameters":{"gatewayresponse.header.h":"'v'","gatewayresponse.header.x":"'w'"},"responseTemplates":{"a/b":"x"},"defaultResponse":false}
            404 NotFoundException: Invalid parameter name specified
            404 NotFoundException: Content-Type specified was not found
            400 BadRequestException: Invalid patch path  '/responseType' specified for op 'replace'. Must be one of: [/statusCode, /responseParameters/{name}, /responseTemplates/{type}]
            202
            200 {"responseType":"THROTTLED","statusCode":"429","responseParameters":{},"responseTemplates":{"application/json":"{\"message\":$context.error.messageString}"},"defaultResponse":true}
            200 {"responseType":"THROTTLED","statusCode":"429","responseParameters":{},"responseTemplates":{"application/json":"{\"message\":$context.error.messageString}","text/plain":"y"},"defaultResponse":false}
        "#]],
    );
    let (_, _, all) = gateway.send("GET /restapis/API/gatewayresponses", "");
    let all: serde_json::Value = serde_json::from_str(&all).unwrap();
    assert_eq!(all["item"].as_array().unwrap().len(), 21);
}
