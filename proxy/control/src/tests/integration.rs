//! Integrations and their responses.

use expect_test::expect;

use super::harness::{Gateway, patch};

const METHOD: &str = "/restapis/API/resources/ROOT/methods/GET";

fn line(verb: &str, rest: &str) -> String {
    format!("{verb} {METHOD}/integration{rest}")
}

fn gateway() -> Gateway {
    let gateway = Gateway::with_api();
    let body =
        r#"{"authorizationType": "NONE", "requestParameters": {"method.request.header.h": false}}"#;
    gateway.ok(&format!("PUT {METHOD}"), body);
    let response = r#"{"responseParameters": {"method.response.header.h": false}}"#;
    gateway.ok(&format!("PUT {METHOD}/responses/200"), response);
    gateway
}

#[test]
fn an_integration_has_the_defaults_of_aws() {
    let gateway = gateway();
    gateway.check(
        &[
            (&line("GET", ""), ""),
            (&line("PUT", ""), r#"{"type": "MOCK"}"#),
            (&line("GET", ""), ""),
            (
                &line("PUT", ""),
                r#"{"type": "HTTP_PROXY", "httpMethod": "GET", "uri": "http://example.com"}"#,
            ),
            (&line("DELETE", ""), ""),
            (&line("DELETE", ""), ""),
        ],
        expect![[r#"
            404 NotFoundException: Invalid Integration identifier specified
            201 {"type":"MOCK","passthroughBehavior":"WHEN_NO_MATCH","timeoutInMillis":29000,"cacheNamespace":"ROOT","cacheKeyParameters":[]}
            200 {"type":"MOCK","passthroughBehavior":"WHEN_NO_MATCH","timeoutInMillis":29000,"cacheNamespace":"ROOT","cacheKeyParameters":[]}
            201 {"type":"HTTP_PROXY","httpMethod":"GET","uri":"http://example.com","connectionType":"INTERNET","passthroughBehavior":"WHEN_NO_MATCH","timeoutInMillis":29000,"cacheNamespace":"ROOT","cacheKeyParameters":[]}
            204
            404 NotFoundException: Invalid Integration identifier specified
        "#]],
    );
}

#[test]
fn what_is_given_is_kept() {
    let gateway = gateway();
    let body = r#"{"type": "HTTP", "httpMethod": "POST", "uri": "https://example.com/{x}",
        "credentials": "arn:aws:iam::1:role/r", "timeoutInMillis": 50,
        "requestParameters": {"integration.request.path.x": "method.request.header.h",
            "integration.request.header.a": "'text'", "integration.request.querystring.b": "context.stage"},
        "requestTemplates": {"application/json": "$input.body"}, "passthroughBehavior": "NEVER",
        "cacheNamespace": "n", "cacheKeyParameters": ["method.request.header.h"],
        "contentHandling": "CONVERT_TO_TEXT", "tlsConfig": {"insecureSkipVerification": true}}"#;
    gateway.check(&[(&line("PUT", ""), body)], expect![[r#"
        201 {"type":"HTTP","httpMethod":"POST","uri":"https://example.com/{x}","connectionType":"INTERNET","credentials":"arn:aws:iam::1:role/r","requestParameters":{"integration.request.header.a":"'text'","integration.request.path.x":"method.request.header.h","integration.request.querystring.b":"context.stage"},"requestTemplates":{"application/json":"$input.body"},"passthroughBehavior":"NEVER","contentHandling":"CONVERT_TO_TEXT","timeoutInMillis":50,"cacheNamespace":"n","cacheKeyParameters":["method.request.header.h"],"tlsConfig":{"insecureSkipVerification":true}}
    "#]]);
}

#[test]
fn what_cannot_be_an_integration_is_refused() {
    let gateway = gateway();
    let put = line("PUT", "");
    let http = |member: &str| {
        format!("{{\"type\": \"HTTP\", \"httpMethod\": \"GET\", \"uri\": \"http://a\", {member}}}")
    };
    let mapping = |target: &str, source: &str| {
        http(&format!("\"requestParameters\": {{\"{target}\": \"{source}\"}}"))
    };
    gateway.check(
        &[
            (&put, "{}"),
            (&put, r#"{"type": "SOAP"}"#),
            (&put, r#"{"type": "HTTP", "uri": "http://a"}"#),
            (&put, r#"{"type": "HTTP", "httpMethod": "BREW", "uri": "http://a"}"#),
            (&put, r#"{"type": "HTTP", "httpMethod": "GET"}"#),
            (&put, r#"{"type": "HTTP", "httpMethod": "GET", "uri": "ftp://a"}"#),
            (&put, r#"{"type": "AWS_PROXY", "httpMethod": "POST", "uri": "http://a"}"#),
            (&put, r#"{"type": "AWS_PROXY", "httpMethod": "POST", "uri": "arn:aws:lambda:r:1:x"}"#),
            (&put, &http("\"timeoutInMillis\": 49")),
            (&put, &http("\"timeoutInMillis\": 29001")),
            (&put, &http("\"passthroughBehavior\": \"ALWAYS\"")),
            (&put, &http("\"contentHandling\": \"x\"")),
            (&put, &http("\"connectionType\": \"VPC_LINK\"")),
            (&put, &mapping("integration.request.header.a", "true")),
            (&put, &mapping("header.a", "'x'")),
            (&put, &mapping("integration.request.header.a", "method.request.header.other")),
            ("PUT /restapis/API/resources/ROOT/methods/POST/integration", r#"{"type": "MOCK"}"#),
        ],
        expect![[r#"
            400 ValidationException: 1 validation error detected: Value null at 'type' failed to satisfy constraint: Member must not be null
            400 ValidationException: 1 validation error detected: Value 'SOAP' at 'type' failed to satisfy constraint: Member must satisfy enum value set: [HTTP, AWS, MOCK, HTTP_PROXY, AWS_PROXY]
            400 BadRequestException: Enumeration value for HttpMethod must be non-empty
            400 BadRequestException: Unknown HttpMethod: BREW
            400 BadRequestException: Invalid HTTP endpoint specified for URI
            400 BadRequestException: Invalid HTTP endpoint specified for URI
            400 BadRequestException: Invalid ARN specified in the request
            400 BadRequestException: AWS ARN for integration must contain path or action
            400 BadRequestException: Timeout should be between 50 ms and 29000 ms
            400 BadRequestException: Timeout should be between 50 ms and 29000 ms
            400 BadRequestException: Invalid passthrough behavior specified: ALWAYS. Valid options are WHEN_NO_MATCH, WHEN_NO_TEMPLATES, NEVER
            400 ValidationException: 1 validation error detected: Value 'x' at 'contentHandling' failed to satisfy constraint: Member must satisfy enum value set: [CONVERT_TO_BINARY, CONVERT_TO_TEXT]
            400 BadRequestException: Connection ID must be specified when connection type is VPC_LINK
            400 BadRequestException: Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping expression specified: true]
            400 BadRequestException: Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping expression specified: header.a]
            400 BadRequestException: Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping expression parameter specified: method.request.header.other]
            404 NotFoundException: Invalid Method identifier specified
        "#]],
    );
}

#[test]
fn an_integration_is_updated() {
    let gateway = gateway();
    gateway.ok(&line("PUT", ""), r#"{"type": "HTTP", "httpMethod": "GET", "uri": "http://a"}"#);
    let update = line("PATCH", "");
    gateway.check(
        &[
            (&update, &patch("replace", "/uri", "http://b")),
            (&update, &patch("replace", "/timeoutInMillis", "100")),
            (&update, &patch("add", "/requestTemplates/application~1json", "x")),
            (&update, &patch("add", "/cacheKeyParameters/method.request.header.h", "")),
            (&update, &patch("add", "/requestParameters/integration.request.header.a", "'v'")),
            (&update, &patch("replace", "/tlsConfig/insecureSkipVerification", "true")),
            (&update, &patch("remove", "/requestTemplates/application~1json", "")),
            (&update, &patch("remove", "/requestTemplates/application~1json", "")),
            (&update, &patch("replace", "/timeoutInMillis", "1")),
            (&update, &patch("replace", "/type", "MOCK")),
            (&update, &patch("remove", "/uri", "")),
        ],
        expect![[r#"
            200 {"type":"HTTP","httpMethod":"GET","uri":"http://b","connectionType":"INTERNET","passthroughBehavior":"WHEN_NO_MATCH","timeoutInMillis":29000,"cacheNamespace":"ROOT","cacheKeyParameters":[]}
            200 {"type":"HTTP","httpMethod":"GET","uri":"http://b","connectionType":"INTERNET","passthroughBehavior":"WHEN_NO_MATCH","timeoutInMillis":100,"cacheNamespace":"ROOT","cacheKeyParameters":[]}
            200 {"type":"HTTP","httpMethod":"GET","uri":"http://b","connectionType":"INTERNET","requestTemplates":{"application/json":"x"},"passthroughBehavior":"WHEN_NO_MATCH","timeoutInMillis":100,"cacheNamespace":"ROOT","cacheKeyParameters":[]}
            200 {"type":"HTTP","httpMethod":"GET","uri":"http://b","connectionType":"INTERNET","requestTemplates":{"application/json":"x"},"passthroughBehavior":"WHEN_NO_MATCH","timeoutInMillis":100,"cacheNamespace":"ROOT","cacheKeyParameters":["method.request.header.h"]}
            200 {"type":"HTTP","httpMethod":"GET","uri":"http://b","connectionType":"INTERNET","requestParameters":{"integration.request.header.a":"'v'"},"requestTemplates":{"application/json":"x"},"passthroughBehavior":"WHEN_NO_MATCH","timeoutInMillis":100,"cacheNamespace":"ROOT","cacheKeyParameters":["method.request.header.h"]}
            200 {"type":"HTTP","httpMethod":"GET","uri":"http://b","connectionType":"INTERNET","requestParameters":{"integration.request.header.a":"'v'"},"requestTemplates":{"application/json":"x"},"passthroughBehavior":"WHEN_NO_MATCH","timeoutInMillis":100,"cacheNamespace":"ROOT","cacheKeyParameters":["method.request.header.h"],"tlsConfig":{"insecureSkipVerification":true}}
            200 {"type":"HTTP","httpMethod":"GET","uri":"http://b","connectionType":"INTERNET","requestParameters":{"integration.request.header.a":"'v'"},"requestTemplates":{},"passthroughBehavior":"WHEN_NO_MATCH","timeoutInMillis":100,"cacheNamespace":"ROOT","cacheKeyParameters":["method.request.header.h"],"tlsConfig":{"insecureSkipVerification":true}}
            404 NotFoundException: Content-Type specified was not found
            400 BadRequestException: Timeout should be between 50 ms and 29000 ms
            400 BadRequestException: Invalid patch path /type
            400 BadRequestException: Invalid patch operation specified. Must be one of: [replace]
        "#]],
    );
}

#[test]
fn responses_of_an_integration() {
    let gateway = gateway();
    let put = line("PUT", "/responses/200");
    let update = line("PATCH", "/responses/200");
    gateway.check(
        &[
            (&put, "{}"),
            (&line("PUT", ""), r#"{"type": "MOCK"}"#),
            (
                &put,
                r#"{"selectionPattern": "2..", "responseTemplates": {"application/json": "x"},
                    "responseParameters": {"method.response.header.h": "'v'"}}"#,
            ),
            (&line("PUT", "/responses/500"), "{}"),
            (&put, r#"{"responseParameters": {"method.response.header.other": "'v'"}}"#),
            (&put, r#"{"responseParameters": {"method.response.header.h": "v"}}"#),
            (&update, &patch("replace", "/selectionPattern", "")),
            (&update, &patch("add", "/responseTemplates/text~1plain", "y")),
            (&update, &patch("replace", "/responseTemplates/text~1plain", "")),
            (&update, &patch("remove", "/responseTemplates/a~1b", "")),
            (&update, &patch("replace", "/statusCode", "201")),
            (&line("GET", "/responses/200"), ""),
            (&line("GET", ""), ""),
            (&line("DELETE", "/responses/200"), ""),
            (&line("DELETE", "/responses/200"), ""),
            (&put, "{}"),
            // A new integration has no responses.
            (&line("PUT", ""), r#"{"type": "MOCK"}"#),
            (&line("GET", "/responses/200"), ""),
        ],
        expect![[r#"
            404 NotFoundException: Invalid Integration identifier specified
            201 {"type":"MOCK","passthroughBehavior":"WHEN_NO_MATCH","timeoutInMillis":29000,"cacheNamespace":"ROOT","cacheKeyParameters":[]}
            201 {"statusCode":"200","selectionPattern":"2..","responseParameters":{"method.response.header.h":"'v'"},"responseTemplates":{"application/json":"x"}}
            404 NotFoundException: Invalid Response status code specified
            400 BadRequestException: Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping expression parameter specified: method.response.header.other]
            400 BadRequestException: Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping expression specified: v]
            200 {"statusCode":"200","responseParameters":{"method.response.header.h":"'v'"},"responseTemplates":{"application/json":"x"}}
            200 {"statusCode":"200","responseParameters":{"method.response.header.h":"'v'"},"responseTemplates":{"application/json":"x","text/plain":"y"}}
            400 BadRequestException: Invalid null or empty value in responseTemplates
            404 NotFoundException: Content-Type specified was not found
            400 BadRequestException: Invalid patch path /statusCode
            200 {"statusCode":"200","responseParameters":{"method.response.header.h":"'v'"},"responseTemplates":{"application/json":"x","text/plain":"y"}}
            200 {"type":"MOCK","passthroughBehavior":"WHEN_NO_MATCH","timeoutInMillis":29000,"cacheNamespace":"ROOT","cacheKeyParameters":[],"integrationResponses":{"200":{"statusCode":"200","responseParameters":{"method.response.header.h":"'v'"},"responseTemplates":{"application/json":"x","text/plain":"y"}}}}
            204
            404 NotFoundException: Invalid Response status code specified
            201 {"statusCode":"200"}
            201 {"type":"MOCK","passthroughBehavior":"WHEN_NO_MATCH","timeoutInMillis":29000,"cacheNamespace":"ROOT","cacheKeyParameters":[]}
            404 NotFoundException: Invalid Response status code specified
        "#]],
    );
}

#[test]
fn keys_of_cached_responses_are_declared_or_mapped_parameters() {
    let gateway = gateway();
    let put = |key: &str| {
        let body = format!(
            r#"{{"type": "HTTP", "httpMethod": "GET", "uri": "http://a", "cacheKeyParameters": ["{key}"],
                "requestParameters": {{"integration.request.header.a": "'x'"}}}}"#
        );
        gateway.answer(&line("PUT", ""), &body)
    };
    for key in [
        "method.request.header.h",
        "method.request.multivalueheader.h",
        "integration.request.header.a",
    ] {
        let answer = put(key);
        assert!(answer.starts_with("201 "), "{key}: {answer}");
    }
    for key in ["method.request.header.none", "integration.request.header.b", "context.stage", ""] {
        let expected = "400 BadRequestException: Invalid cache key parameter specified";
        assert_eq!(put(key).trim(), expected, "{key}");
    }
}
