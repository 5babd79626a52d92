//! Methods and their responses.

use expect_test::expect;

use super::harness::{Gateway, patch};

const METHOD: &str = "/restapis/API/resources/ROOT/methods/GET";
const NONE: &str = r#"{"authorizationType": "NONE"}"#;

fn line(verb: &str, rest: &str) -> String {
    format!("{verb} {METHOD}{rest}")
}

#[test]
fn a_method_is_made_once_and_shown_whole() {
    let gateway = Gateway::with_api();
    let body = r#"{"authorizationType": "AWS_IAM", "apiKeyRequired": true, "operationName": "list",
        "requestParameters": {"method.request.querystring.q": true, "method.request.header.h": false},
        "requestModels": {"application/json": "Empty"}}"#;
    gateway.check(
        &[
            (&line("PUT", ""), body),
            (&line("PUT", ""), body),
            (
                &line("PUT", "/responses/200"),
                r#"{"responseModels": {"application/json": "Empty"}}"#,
            ),
            (&line("PUT", "/responses/200"), "{}"),
            (&line("PUT", "/integration"), r#"{"type": "MOCK"}"#),
            (&line("GET", ""), ""),
            (&line("DELETE", ""), ""),
            (&line("GET", ""), ""),
        ],
        expect![[r#"
            201 {"httpMethod":"GET","authorizationType":"AWS_IAM","apiKeyRequired":true,"operationName":"list","requestParameters":{"method.request.header.h":false,"method.request.querystring.q":true},"requestModels":{"application/json":"Empty"}}
            409 ConflictException: Method already exists for this resource
            201 {"statusCode":"200","responseModels":{"application/json":"Empty"}}
            409 ConflictException: Response already exists for this resource
            201 {"type":"MOCK","passthroughBehavior":"WHEN_NO_MATCH","timeoutInMillis":29000,"cacheNamespace":"ROOT","cacheKeyParameters":[]}
            200 {"httpMethod":"GET","authorizationType":"AWS_IAM","apiKeyRequired":true,"operationName":"list","requestParameters":{"method.request.header.h":false,"method.request.querystring.q":true},"requestModels":{"application/json":"Empty"},"methodResponses":{"200":{"statusCode":"200","responseModels":{"application/json":"Empty"}}},"methodIntegration":{"type":"MOCK","passthroughBehavior":"WHEN_NO_MATCH","timeoutInMillis":29000,"cacheNamespace":"ROOT","cacheKeyParameters":[]}}
            204
            404 NotFoundException: Invalid Method identifier specified
        "#]],
    );
}

#[test]
fn what_cannot_be_a_method_is_refused() {
    let gateway = Gateway::with_api();
    let uri = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:f/invocations";
    let token = format!(
        r#"{{"name": "t", "type": "TOKEN", "authorizerUri": "{uri}", "identitySource": "method.request.header.A"}}"#
    );
    gateway.create("TOKEN", "POST /restapis/API/authorizers", &token);
    let put = line("PUT", "");
    gateway.check(
        &[
            ("PUT /restapis/API/resources/ROOT/methods/TRACE", NONE),
            ("PUT /restapis/API/resources/ROOT/methods/get", NONE),
            ("PUT /restapis/API/resources/nobody/methods/GET", NONE),
            (&put, "{}"),
            (&put, r#"{"authorizationType": "OPEN"}"#),
            (&put, r#"{"authorizationType": "CUSTOM"}"#),
            (&put, r#"{"authorizationType": "CUSTOM", "authorizerId": "nobody"}"#),
            (&put, r#"{"authorizationType": "JWT", "authorizerId": "TOKEN"}"#),
            (&put, r#"{"authorizationType": "NONE", "requestValidatorId": "nobody"}"#),
            (&put, r#"{"authorizationType": "NONE", "requestModels": {"a/b": "Nothing"}}"#),
            (&put, r#"{"authorizationType": "NONE", "requestParameters": {"q": true}}"#),
            (
                &put,
                r#"{"authorizationType": "NONE", "requestParameters":
                    {"method.request.header.a": true, "method.request.path.a": true}}"#,
            ),
        ],
        expect![[r#"
            400 BadRequestException: Invalid HttpMethod specified. Valid options are GET,PUT,POST,DELETE,PATCH,OPTIONS,HEAD,ANY
            400 BadRequestException: Invalid HttpMethod specified. Valid options are GET,PUT,POST,DELETE,PATCH,OPTIONS,HEAD,ANY
            404 NotFoundException: Invalid Resource identifier specified
            400 ValidationException: 1 validation error detected: Value null at 'authorizationType' failed to satisfy constraint: Member must not be null
            400 BadRequestException: Invalid authorization type specified: OPEN. Valid options are NONE, AWS_IAM, CUSTOM, COGNITO_USER_POOLS, JWT
            400 BadRequestException: Invalid authorizer ID specified. Setting the authorization type to CUSTOM or COGNITO_USER_POOLS requires a valid authorizer.
            400 BadRequestException: Invalid authorizer ID specified. Setting the authorization type to CUSTOM or COGNITO_USER_POOLS requires a valid authorizer.
            400 BadRequestException: Invalid authorizer ID specified. Setting the authorization type to CUSTOM or COGNITO_USER_POOLS requires a valid authorizer.
            400 BadRequestException: Invalid Request Validator identifier specified
            400 BadRequestException: Invalid model identifier specified: Nothing
            400 BadRequestException: Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping expression specified: q]
            400 BadRequestException: Parameter names must be unique across querystring, header and path
        "#]],
    );
}

#[test]
fn a_method_is_updated() {
    let gateway = Gateway::with_api();
    gateway.ok(&line("PUT", ""), NONE);
    let update = line("PATCH", "");
    gateway.check(
        &[
            (&update, &patch("replace", "/authorizationType", "AWS_IAM")),
            (&update, &patch("replace", "/apiKeyRequired", "true")),
            (&update, &patch("replace", "/operationName", "list")),
            (&update, &patch("add", "/requestParameters/method.request.header.h", "true")),
            (&update, &patch("add", "/requestModels/application~1json", "Empty")),
            (&update, &patch("add", "/authorizationScopes", "read")),
            (&update, &patch("remove", "/requestParameters/method.request.header.h", "")),
            (&update, &patch("remove", "/requestParameters/method.request.header.h", "")),
            (&update, &patch("remove", "/requestModels/a~1b", "")),
            (&update, &patch("replace", "/requestModels/application~1json", "Nothing")),
            (&update, &patch("replace", "/authorizationType", "CUSTOM")),
            (&update, &patch("add", "/authorizationType", "NONE")),
            (&update, &patch("replace", "/httpMethod", "POST")),
        ],
        expect![[r#"
            200 {"httpMethod":"GET","authorizationType":"AWS_IAM","apiKeyRequired":false}
            200 {"httpMethod":"GET","authorizationType":"AWS_IAM","apiKeyRequired":true}
            200 {"httpMethod":"GET","authorizationType":"AWS_IAM","apiKeyRequired":true,"operationName":"list"}
            200 {"httpMethod":"GET","authorizationType":"AWS_IAM","apiKeyRequired":true,"operationName":"list","requestParameters":{"method.request.header.h":true}}
            200 {"httpMethod":"GET","authorizationType":"AWS_IAM","apiKeyRequired":true,"operationName":"list","requestParameters":{"method.request.header.h":true},"requestModels":{"application/json":"Empty"}}
            200 {"httpMethod":"GET","authorizationType":"AWS_IAM","apiKeyRequired":true,"operationName":"list","requestParameters":{"method.request.header.h":true},"requestModels":{"application/json":"Empty"},"authorizationScopes":["read"]}
            200 {"httpMethod":"GET","authorizationType":"AWS_IAM","apiKeyRequired":true,"operationName":"list","requestParameters":{},"requestModels":{"application/json":"Empty"},"authorizationScopes":["read"]}
            404 NotFoundException: Invalid parameter name specified
            404 NotFoundException: Content-Type specified was not found
            400 BadRequestException: Invalid model identifier specified: Nothing
            400 BadRequestException: Invalid authorizer ID specified. Setting the authorization type to CUSTOM or COGNITO_USER_POOLS requires a valid authorizer.
            400 BadRequestException: Invalid patch operation specified. Must be one of: [replace]
            400 BadRequestException: Invalid patch path /httpMethod
        "#]],
    );
}

#[test]
fn responses_of_a_method() {
    let gateway = Gateway::with_api();
    gateway.ok(&line("PUT", ""), NONE);
    let response = "/responses/404";
    let update = line("PATCH", response);
    gateway.check(
        &[
            (
                &line("PUT", response),
                r#"{"responseParameters": {"method.response.header.h": false}}"#,
            ),
            (&line("PUT", "/responses/500"), r#"{"responseParameters": {"h": false}}"#),
            (&line("PUT", "/responses/500"), r#"{"responseModels": {"a/b": "Nothing"}}"#),
            (&line("GET", response), ""),
            (&update, &patch("add", "/responseModels/application~1json", "Error")),
            (&update, &patch("replace", "/responseParameters/method.response.header.h", "true")),
            (&update, &patch("remove", "/responseParameters/method.response.header.x", "")),
            (&update, &patch("replace", "/statusCode", "200")),
            (&update, &patch("copy", "/responseModels/a", "")),
            (&line("GET", "/responses/200"), ""),
            (&line("DELETE", response), ""),
            (&line("DELETE", response), ""),
        ],
        expect![[r#"
            201 {"statusCode":"404","responseParameters":{"method.response.header.h":false}}
            400 BadRequestException: Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping expression specified: h]
            400 BadRequestException: Invalid model identifier specified: Nothing
            200 {"statusCode":"404","responseParameters":{"method.response.header.h":false}}
            201 {"statusCode":"404","responseParameters":{"method.response.header.h":false},"responseModels":{"application/json":"Error"}}
            201 {"statusCode":"404","responseParameters":{"method.response.header.h":true},"responseModels":{"application/json":"Error"}}
            404 NotFoundException: Invalid parameter name specified
            400 BadRequestException: Invalid patch path /statusCode
            400 BadRequestException: Invalid patch operation specified. Must be one of: [add, replace, remove]
            404 NotFoundException: Invalid Response status code specified
            204
            404 NotFoundException: Invalid Response status code specified
        "#]],
    );
}
