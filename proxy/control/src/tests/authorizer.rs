//! Authorizers.

use expect_test::expect;

use super::harness::{Gateway, patch};

const ALL: &str = "/restapis/API/authorizers";
const URI: &str = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:f/invocations";

#[test]
fn authorizers_are_made_changed_and_removed() {
    let gateway = Gateway::with_api();
    let token = format!(
        r#"{{"name": "t", "type": "TOKEN", "authorizerUri": "{URI}",
            "identitySource": "method.request.header.Authorization"}}"#
    );
    gateway.create("AUTHORIZER", &format!("POST {ALL}"), &token);
    gateway.ok(
        "PUT /restapis/API/resources/ROOT/methods/GET",
        r#"{"authorizationType": "CUSTOM", "authorizerId": "AUTHORIZER"}"#,
    );
    let one = |verb: &str| format!("{verb} {ALL}/AUTHORIZER");
    gateway.check(
        &[
            (&one("GET"), ""),
            (&one("PATCH"), &patch("replace", "/authorizerResultTtlInSeconds", "0")),
            (&one("PATCH"), &patch("replace", "/authorizerResultTtlInSeconds", "3601")),
            (&one("PATCH"), &patch("replace", "/identityValidationExpression", "x.*")),
            (&one("PATCH"), &patch("remove", "/identitySource", "")),
            (&one("PATCH"), &patch("replace", "/id", "x")),
            (&one("DELETE"), ""),
            (
                "PUT /restapis/API/resources/ROOT/methods/POST",
                r#"{"authorizationType": "COGNITO_USER_POOLS", "authorizerId": "AUTHORIZER"}"#,
            ),
            ("DELETE /restapis/API/resources/ROOT/methods/GET", ""),
            (&one("DELETE"), ""),
            (&one("GET"), ""),
            ("GET /restapis/API/authorizers", ""),
        ],
        expect![[r#"
            200 {"id":"AUTHORIZER","name":"t","type":"TOKEN","authType":"custom","authorizerUri":"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:f/invocations","identitySource":"method.request.header.Authorization"}
            200 {"id":"AUTHORIZER","name":"t","type":"TOKEN","authType":"custom","authorizerUri":"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:f/invocations","identitySource":"method.request.header.Authorization","authorizerResultTtlInSeconds":0}
            400 BadRequestException: Authorizer result TTL must be between 0 and 3600 seconds
            200 {"id":"AUTHORIZER","name":"t","type":"TOKEN","authType":"custom","authorizerUri":"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:f/invocations","identitySource":"method.request.header.Authorization","identityValidationExpression":"x.*","authorizerResultTtlInSeconds":0}
            400 BadRequestException: Identity source is a required parameter for TOKEN authorizers
            400 BadRequestException: Invalid patch path  '/id' specified for op 'replace'. Must be one of: [/authorizerUri, /authorizerCredentials, /authorizerResultTtlInSeconds, /authType, /identitySource, /identityValidationExpression, /name, /type]
            409 ConflictException: Cannot delete authorizer 'AUTHORIZER', is referenced in method: /GET
            400 BadRequestException: Invalid authorizer ID specified. Setting the authorization type to CUSTOM or COGNITO_USER_POOLS requires a valid authorizer.
            204
            202
            404 NotFoundException: Invalid Authorizer identifier specified
            200 {"item":[]}
        "#]],
    );
}

#[test]
fn what_cannot_be_an_authorizer_is_refused() {
    let gateway = Gateway::with_api();
    let create = format!("POST {ALL}");
    let pool =
        r#"{"name": "p", "type": "COGNITO_USER_POOLS", "providerARNs": ["arn:aws:cognito-idp:x"]}"#;
    gateway.ok(&create, pool);
    gateway.check(
        &[
            (&create, pool),
            (&create, r#"{"name": "t", "type": "TOKEN"}"#),
            (&create, r#"{"name": "t", "type": "TOKEN", "authorizerUri": "x"}"#),
            (&create, r#"{"name": "t", "type": "REQUEST", "authorizerUri": "x"}"#),
            (&create, r#"{"name": "t", "type": "COGNITO_USER_POOLS"}"#),
            (&create, r#"{"name": "t", "type": "MAGIC"}"#),
            (&create, r#"{"type": "TOKEN"}"#),
            ("POST /restapis/nobody/authorizers", r#"{"name": "t", "type": "TOKEN"}"#),
        ],
        expect![[r#"
            400 BadRequestException: Authorizer name must be unique. Authorizer with this name already exists.
            400 BadRequestException: Authorizer URI is a required parameter for this authorizer type
            400 BadRequestException: Identity source is a required parameter for TOKEN authorizers
            400 BadRequestException: Identity source must be specified when caching is enabled
            400 BadRequestException: Invalid Provider ARNs specified in the request
            400 ValidationException: 1 validation error detected: Value 'MAGIC' at 'type' failed to satisfy constraint: Member must satisfy enum value set: [TOKEN, REQUEST, COGNITO_USER_POOLS, JWT]
            400 ValidationException: 1 validation error detected: Value null at 'name' failed to satisfy constraint: Member must not be null
            409 ConflictException: Unable to complete operation due to concurrent modification. Please try again later.
        "#]],
    );
}
