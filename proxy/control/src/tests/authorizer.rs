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

#[test]
fn jwt_authorizers_say_whom_they_believe() {
    let gateway = Gateway::with_api();
    let create = format!("POST {ALL}");
    let with = |more: &str, configuration: &str| {
        format!(r#"{{"name": "j", "type": "JWT"{more}, "jwtConfiguration": {configuration}}}"#)
    };
    let issuers = |issuers: &str| {
        with("", &format!(r#"{{"issuers": [{issuers}], "defaultAlgorithms": ["RS256"]}}"#))
    };
    let claim = |name: &str| {
        issuers(&format!(
            r#"{{"issuer": "https://a.example", "audiences": ["web"], "additionalClaims": [
                {{"claimName": "{name}", "format": "SINGLE_STRING", "expectedValues": ["a"]}}]}}"#
        ))
    };
    let uri = r#", "authorizerUri": "x""#;
    let good = r#"{"issuers": [{"issuer": "https://a.example", "audiences": ["web"]}], "defaultAlgorithms": ["ES256"]}"#;
    gateway.check(
        &[
            (&create, &with(uri, good)),
            (&create, &with(r#", "authorizerResultTtlInSeconds": 0"#, good)),
            (&create, r#"{"name": "j", "type": "JWT"}"#),
            (&create, &issuers("")),
            (&create, &issuers(r#"{"issuer": "https://a.example", "audiences": []}"#)),
            (&create, &issuers(r#"{"issuer": "a.example", "audiences": ["web"]}"#)),
            (&create, &issuers(r#"{"issuer": "http://a.example", "audiences": ["web"]}"#)),
            (&create, &with("", r#"{"issuers": [], "defaultAlgorithms": ["HS256"]}"#)),
            (&create, &claim("scope")),
            (&create, &claim("")),
            (&create, &with(uri, good).replace("JWT", "TOKEN")),
        ],
        expect![[r#"
            400 BadRequestException: authorizerUri is not supported for authorizers of type JWT
            400 BadRequestException: authorizerResultTtlInSeconds is not supported for authorizers of type JWT
            400 BadRequestException: JWT configuration is a required parameter for this authorizer type
            400 BadRequestException: Invalid issuers: there must be 1 to 50
            400 BadRequestException: Invalid audiences: there must be 1 to 50
            400 BadRequestException: Invalid issuer: it must be http://host/path or https://host/path, got "a.example/.well-known/openid-configuration"
            400 BadRequestException: Invalid issuer: it has its keys at http://a.example/.well-known/openid-configuration, in clear text, where whoever is on the way can hand out others; use https://, or let the node trust that way: --insecure-issuer http://a.example
            400 ValidationException: 1 validation error detected: Value '[HS256]' at 'jwtConfiguration.defaultAlgorithms' failed to satisfy constraint: Member must satisfy constraint: [Member must satisfy enum value set: [RS256, RS384, RS512, ES256, ES384, ES512], Member must not be null]
            400 BadRequestException: Invalid claimName: scope; it must be one that is none of aud, exp, iat, iss, nbf, scope, scp
            400 BadRequestException: Invalid claimName: ; it must be one that is none of aud, exp, iat, iss, nbf, scope, scp
            400 BadRequestException: Identity source is a required parameter for TOKEN authorizers
        "#]],
    );
    let made = gateway.create("JWT", &create, &claim("tenant"));
    expect![[r#"{"id":"JWT","name":"j","type":"JWT","authType":"jwt","jwtConfiguration":{"issuers":[{"issuer":"https://a.example","audiences":["web"],"additionalClaims":[{"claimName":"tenant","format":"SINGLE_STRING","required":false,"expectedValues":["a"]}]}],"defaultAlgorithms":["RS256"]}}"#]].assert_eq(&gateway.with_names(&made.to_string()));
}
