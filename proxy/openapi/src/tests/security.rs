//! What is said of security: requirements, schemes and authorizers.

use expect_test::expect;
use model::{AuthorizerTtl, ExpectedClaim, JwtAuthorizer, JwtAuthorizerKind, MethodAuthorization};

use super::check;
use super::sample::{authorizer, operation};

/// An operation with these lines, and schemes of every kind.
fn requiring(security: &str) -> String {
    format!(
        "{}components:\n  securitySchemes:\n    key: {{type: apiKey, name: x-api-key, in: header}}\n    \
             sigv4: {{type: apiKey, name: Authorization, in: header, \
             x-amazon-apigateway-authtype: awsSigv4}}\n    basic: {{type: http, scheme: basic}}\n    \
             caller:\n      type: apiKey\n      name: Authorization\n      in: header\n      \
             x-amazon-apigateway-authorizer: {{type: token, authorizerUri: \
             'arn:aws:lambda:us-east-1:123456789012:function:pets'}}\n",
        operation(&format!(
            "{security}\nx-amazon-apigateway-integration: {{type: mock, responses: {{default: \
                 {{statusCode: 200}}}}}}"
        ))
    )
}

/// An authorizer with a function that there is.
fn with(lines: &str) -> String {
    authorizer(&format!(
        "authorizerUri: arn:aws:lambda:us-east-1:123456789012:function:tokens\n{lines}"
    ))
}

#[test]
fn requirements_of_operations() {
    check(&requiring("security: [{caller: []}]"), expect![[""]]);
    check(&requiring("security: [{}]"), expect![[""]]);
    check(
        &requiring("security: [{calller: []}]"),
        expect![[r#"
        paths./pets/{id}.get.security[0].calller:
          names the security scheme "calller", which is unknown; did you mean caller?
    "#]],
    );
    check(&requiring("security: [{key: []}]"), expect![[""]]);
    check(
        &requiring("security: [{sigv4: []}]"),
        expect![[r#"
            paths./pets/{id}.get.security[0].sigv4:
              requires AWS_IAM authorization, which needs access keys that only edgeway serve has; remove it, or name an authorizer
        "#]],
    );
    check(
        &requiring("security: [{basic: []}]"),
        expect![[r#"
        paths./pets/{id}.get.security[0].basic:
          requires a security scheme without x-amazon-apigateway-authorizer, which API Gateway does not enforce; add an authorizer to the scheme, or remove the requirement
    "#]],
    );
}

#[test]
fn requirements_that_contradict_or_have_no_effect() {
    check(
        &requiring("security: [{caller: []}, {caller: []}]"),
        expect![[r#"
        paths./pets/{id}.get.security:
          must name one security scheme with an authorizer, got several: API Gateway calls one authorizer for a method; keep one, and let it check everything
    "#]],
    );
    check(
        &requiring("security: [{caller: []}, {}]"),
        expect![[r#"
        paths./pets/{id}.get.security:
          must not have an empty requirement beside another one: API Gateway requires all of them; remove it, or the others
    "#]],
    );
    check(
        &requiring("security: [{caller: [pets.read]}]"),
        expect![[r#"
            paths./pets/{id}.get.security[0].caller:
              must be an empty list: scopes are for Cognito user pools; check scopes in the authorizer
        "#]],
    );
    check(
        &requiring("security:"),
        expect![[r#"
        paths./pets/{id}.get.security:
          must be a list, got nothing
    "#]],
    );
    check(
        &requiring("x-amazon-apigateway-auth: {type: AWS_IAM}"),
        expect![[r#"
            paths./pets/{id}.get.x-amazon-apigateway-auth.type:
              AWS_IAM authorization needs access keys, which only edgeway serve has; remove it, or name an authorizer in security
        "#]],
    );
    check(
        &requiring("x-amazon-apigateway-auth: {type: CUSTOM, scopes: []}"),
        expect![[r#"
        paths./pets/{id}.get.x-amazon-apigateway-auth.scopes:
          is not a setting of x-amazon-apigateway-auth, which has only type; remove scopes
        paths./pets/{id}.get.x-amazon-apigateway-auth.type:
          must be NONE, got "CUSTOM"; name an authorizer in security instead
    "#]],
    );
    check(
        &requiring("x-amazon-apigateway-auth: {type: NONE}\nsecurity: [{caller: []}]"),
        expect![[r#"
            paths./pets/{id}.get.security:
              requires an authorizer where x-amazon-apigateway-auth says that the operation is open; remove one of them
        "#]],
    );
    let document = requiring("").replace("info:", "security: [{caller: []}]\ninfo:");
    check(
        &document,
        expect![[r#"
        security:
          is ignored by API Gateway at the top level, so paths./pets/{id}.get would be open; put security on each operation (security: [] on those that are meant to be open), and remove it here
    "#]],
    );
}

#[test]
fn kinds_of_authorizers() {
    check(&with("type: token"), expect![[""]]);
    check(&with("type: request\nauthorizerResultTtlInSeconds: 0"), expect![[""]]);
    check(
        &with("type: request"),
        expect![[r#"
        components.securitySchemes.caller.x-amazon-apigateway-authorizer:
          must have an identitySource, since decisions are kept by it; write one, or authorizerResultTtlInSeconds: 0 to keep none
    "#]],
    );
    check(
        &authorizer("type: cognito_user_pools\nproviderARNs: []"),
        expect![[r#"
            components.securitySchemes.caller.x-amazon-apigateway-authorizer.providerARNs:
              must name a user pool; write the ARN of one
        "#]],
    );
    check(
        &with("type: tokens"),
        expect![[r#"
            components.securitySchemes.caller.x-amazon-apigateway-authorizer.type:
              must be token, request, cognito_user_pools or jwt, got "tokens"; did you mean token?
        "#]],
    );
    check(
        &authorizer("authorizerUri: nobody"),
        expect![[r#"
            components.securitySchemes.caller.x-amazon-apigateway-authorizer:
              must have type; write token, request, cognito_user_pools or jwt
            components.securitySchemes.caller.x-amazon-apigateway-authorizer.authorizerUri:
              must be arn:aws:apigateway:{region}:lambda:path/2015-03-31/functions/arn:aws:lambda:{region}:{account}:function:{name}/invocations, or the function's ARN alone, got "nobody"
        "#]],
    );
}

#[test]
fn settings_of_authorizers() {
    check(
        &with(
            "type: token
identitySource: method.request.querystring.token
identityValidationExpression: '['
authorizerCredentials: x
authorizerResultTtlInSeconds: 3601
authorizerPayloadFormatVersion: '2.0'
enableSimpleResponses: true
identitySources: x",
        ),
        expect![[r#"
            components.securitySchemes.caller.x-amazon-apigateway-authorizer.authorizerCredentials:
              is for AWS roles, which are not supported; remove it, functions need no permission here
            components.securitySchemes.caller.x-amazon-apigateway-authorizer.authorizerPayloadFormatVersion:
              belongs to HTTP APIs and is not supported; remove it
            components.securitySchemes.caller.x-amazon-apigateway-authorizer.enableSimpleResponses:
              belongs to HTTP APIs and is not supported; remove it
            components.securitySchemes.caller.x-amazon-apigateway-authorizer.identitySources:
              is not a setting of an authorizer; did you mean identitySource?
            components.securitySchemes.caller.x-amazon-apigateway-authorizer.authorizerResultTtlInSeconds:
              must be 0-3600, got 3601; lower it, or remove it to use the default 300
            components.securitySchemes.caller.x-amazon-apigateway-authorizer.identityValidationExpression:
              is not an expression that can be used: unclosed character class; mend it, and write it without what only Java has (look-around, back-references, atomic groups)
            components.securitySchemes.caller.x-amazon-apigateway-authorizer.identitySource:
              must be method.request.header.NAME, got "method.request.querystring.token"; a token authorizer has one header; use type request for other sources
        "#]],
    );
    check(
        &with(
            "type: request
identitySource: method.request.path.id, context.nothing, $request.header.A, method.request.header.
identityValidationExpression: a",
        ),
        expect![[r#"
            components.securitySchemes.caller.x-amazon-apigateway-authorizer.identityValidationExpression:
              is for token authorizers and ignored by API Gateway on a request authorizer; remove it, and check in the function
            components.securitySchemes.caller.x-amazon-apigateway-authorizer.identitySource:
              must be a comma list of method.request.header.NAME, method.request.querystring.NAME, stageVariables.NAME or context.NAME, got "method.request.path.id"; API Gateway takes no path parameter as an identity source
            components.securitySchemes.caller.x-amazon-apigateway-authorizer.identitySource:
              must be a comma list of method.request.header.NAME, method.request.querystring.NAME, stageVariables.NAME or context.NAME, got "context.nothing"
            components.securitySchemes.caller.x-amazon-apigateway-authorizer.identitySource:
              must be a comma list of method.request.header.NAME, method.request.querystring.NAME, stageVariables.NAME or context.NAME, got "$request.header.A"
            components.securitySchemes.caller.x-amazon-apigateway-authorizer.identitySource:
              must be a comma list of method.request.header.NAME, method.request.querystring.NAME, stageVariables.NAME or context.NAME, got "method.request.header."
        "#]],
    );
}

#[test]
fn schemes_of_authorizers() {
    check(
        &with("type: token").replace("in: header", "in: query"),
        expect![[r#"
        components.securitySchemes.caller.in:
          must be header, got "query"; a token authorizer reads its token from a header
    "#]],
    );
    check(
        &with("type: token").replace("type: apiKey", "type: oauth2"),
        expect![[r#"
        components.securitySchemes.caller.type:
          must be apiKey, got "oauth2"; API Gateway ignores an authorizer of another type
    "#]],
    );
    check(
        &with("type: token")
            .replace("in: header", "in: header\n      x-amazon-apigateway-authtype: awsSigv4"),
        expect![[r#"
            components.securitySchemes.caller.x-amazon-apigateway-authtype:
              must be custom or cognito_user_pools, got "awsSigv4"; a scheme with an authorizer does not check signatures
        "#]],
    );
}

#[test]
fn an_api_key_is_required_beside_an_authorizer_or_alone() {
    let required = |security: &str| {
        let read = super::read(&requiring(security)).unwrap();
        let method = &read.api.resources[0].methods[0];
        (method.is_api_key_required, !matches!(method.authorization, MethodAuthorization::None))
    };
    assert_eq!(required("security: []"), (false, false));
    assert_eq!(required("security: [{caller: []}]"), (false, true));
    assert_eq!(required("security: [{key: []}]"), (true, false));
    assert_eq!(required("security: [{caller: [], key: []}]"), (true, true));
    assert_eq!(required("security: [{key: []}, {caller: []}]"), (true, true));
}

/// An operation with a user pool's authorizer, given by the lines of that.
fn of_user_pool(security: &str, lines: &str) -> String {
    let body = lines.trim_matches('\n').replace('\n', "\n        ");
    format!(
        "{}components:\n  securitySchemes:\n    pool:\n      type: apiKey\n      name: Authorization\n      \
             in: header\n      x-amazon-apigateway-authtype: cognito_user_pools\n      \
             x-amazon-apigateway-authorizer:\n        type: cognito_user_pools\n        {body}\n",
        operation(&format!(
            "{security}\nx-amazon-apigateway-integration: {{type: mock, responses: {{default: \
                 {{statusCode: 200}}}}}}"
        ))
    )
}

#[test]
fn user_pools_with_and_without_scopes() {
    const ARN: &str = "arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_A";
    for (security, scopes) in [("[]", vec![]), ("[a/read, a/write]", vec!["a/read", "a/write"])] {
        let lines = format!("providerARNs: ['{ARN}']\nidentityValidationExpression: web-.*");
        let document = of_user_pool(&format!("security: [{{pool: {security}}}]"), &lines);
        let read = super::read(&document).unwrap();
        let MethodAuthorization::Jwt(jwt) = &read.api.resources[0].methods[0].authorization else {
            panic!("it is no token")
        };
        assert_eq!(jwt.scopes, scopes);
        assert_eq!(jwt.authorizer.header, "authorization");
        let JwtAuthorizerKind::UserPools { pools, audience, ttl } = &jwt.authorizer.kind else {
            panic!("it is no user pool")
        };
        assert_eq!(pools[0].name, "https://issuer.example");
        assert!(audience.as_ref().unwrap().is_match("web-1"));
        assert_eq!(*ttl, AuthorizerTtl::DEFAULT);
    }
}

#[test]
fn user_pools_that_are_not_there() {
    check(
        &of_user_pool(
            "security: [{pool: [7]}]",
            "authorizerUri: x\nproviderARNs: ['arn:aws:cognito-idp:us-east-1:1:userpool/us-east-1_B', x]\n\
             authorizerResultTtlInSeconds: 3601",
        ),
        expect![[r#"
            components.securitySchemes.pool.x-amazon-apigateway-authorizer.authorizerUri:
              is for token and request authorizers; remove it, no function is called
            components.securitySchemes.pool.x-amazon-apigateway-authorizer.providerARNs[0]:
              names the user pool "us-east-1_B", which this node does not know; tell it who issues its tokens: --user-pool us-east-1_B=https://ISSUER
            components.securitySchemes.pool.x-amazon-apigateway-authorizer.providerARNs[1]:
              names "x", which is no ARN of a user pool
            components.securitySchemes.pool.x-amazon-apigateway-authorizer.authorizerResultTtlInSeconds:
              must be 0-3600, got 3601; lower it, or remove it to use the default 300
        "#]],
    );
    check(
        &of_user_pool("security: []", "providerARNs: []"),
        expect![[r#"
        components.securitySchemes.pool.x-amazon-apigateway-authorizer.providerARNs:
          must name a user pool; write the ARN of one
    "#]],
    );
    check(
        &of_user_pool("security: []", ""),
        expect![[r#"
        components.securitySchemes.pool.x-amazon-apigateway-authorizer:
          must have providerARNs; write a list of ARNs of user pools
    "#]],
    );
    check(
        &with("type: token\nproviderARNs: []"),
        expect![[r#"
        components.securitySchemes.caller.x-amazon-apigateway-authorizer.providerARNs:
          is for cognito_user_pools authorizers; remove it, or change the type
    "#]],
    );
}

/// An operation with a jwt authorizer, given by the lines of that.
fn of_issuers(lines: &str) -> String {
    let document = of_user_pool("security: [{pool: [a/read]}]", lines);
    document
        .replace(
            "x-amazon-apigateway-authtype: cognito_user_pools",
            "x-amazon-apigateway-authtype: custom",
        )
        .replace("type: cognito_user_pools", "type: jwt")
}

#[test]
fn tokens_of_issuers_that_the_document_names() {
    let document = of_issuers(
        "jwtConfiguration:
  issuers:
  - issuer: https://a.example/b
    audiences: [web, mobile]
    additionalClaims:
    - {claimName: tier, format: SINGLE_STRING, required: true, expectedValues: [gold]}
    - {claimName: region, format: SINGLE_STRING}
  - {issuer: 'http://127.0.0.1:5000/c', audiences: [web]}
  defaultAlgorithms: [RS256, ES512]",
    );
    let read = super::read(&document).unwrap();
    let MethodAuthorization::Jwt(jwt) = &read.api.resources[0].methods[0].authorization else {
        panic!("it is no token")
    };
    assert_eq!(
        (jwt.scopes.as_slice(), jwt.authorizer.header.as_str()),
        (&["a/read".to_owned()][..], "authorization")
    );
    let JwtAuthorizerKind::Issuers { issuers, algorithms } = &jwt.authorizer.kind else {
        panic!("it is of no issuers")
    };
    assert_eq!(algorithms, &[JwtAuthorizer::ALGORITHMS[0].1, JwtAuthorizer::ALGORITHMS[5].1]);
    let names: Vec<&str> = issuers.iter().map(|trusted| &*trusted.issuer.name).collect();
    assert_eq!(names, ["https://a.example/b", "http://127.0.0.1:5000/c"]);
    assert_eq!(issuers[0].audiences, ["web", "mobile"]);
    let claims = [("tier", true, vec!["gold".to_owned()]), ("region", false, vec![])];
    let claims = claims.map(|(name, is_required, values)| ExpectedClaim {
        name: name.to_owned(),
        is_required,
        values,
    });
    assert_eq!(issuers[0].claims, claims);
}

#[test]
fn tokens_of_issuers_that_are_not_said_well() {
    check(
        &of_issuers(
            "authorizerUri: x
authorizerResultTtlInSeconds: 300
jwtConfiguration:
  issuer: https://a.example
  issuers:
  - issuer: http://a.example
    audiences: []
    additionalClaims: [{claimName: scope, format: LIST, required: 7, expectedValues: x}, {}]
  - {audience: web}
  defaultAlgorithms: [HS256, none]",
        ),
        expect![[r#"
            components.securitySchemes.pool.x-amazon-apigateway-authorizer.authorizerUri:
              is not of jwt authorizers; remove it
            components.securitySchemes.pool.x-amazon-apigateway-authorizer.authorizerResultTtlInSeconds:
              is not of jwt authorizers; remove it
            components.securitySchemes.pool.x-amazon-apigateway-authorizer.jwtConfiguration.issuer:
              is of HTTP APIs; a REST API has issuers: [{issuer: https://ISSUER, audiences: [...]}], and defaultAlgorithms
            components.securitySchemes.pool.x-amazon-apigateway-authorizer.jwtConfiguration.issuers[0].issuer:
              has its keys at http://a.example/.well-known/openid-configuration, in clear text, where whoever is on the way can hand out others; use https://, or let the node trust that way: --insecure-issuer http://a.example
            components.securitySchemes.pool.x-amazon-apigateway-authorizer.jwtConfiguration.issuers[0].audiences:
              must have 1 to 50 entries, got 0
            components.securitySchemes.pool.x-amazon-apigateway-authorizer.jwtConfiguration.issuers[0].additionalClaims[0].format:
              must be SINGLE_STRING, got "LIST"
            components.securitySchemes.pool.x-amazon-apigateway-authorizer.jwtConfiguration.issuers[0].additionalClaims[0].required:
              must be true or false, got 7
            components.securitySchemes.pool.x-amazon-apigateway-authorizer.jwtConfiguration.issuers[0].additionalClaims[0].expectedValues:
              must be a list, got "x"
            components.securitySchemes.pool.x-amazon-apigateway-authorizer.jwtConfiguration.issuers[0].additionalClaims[0].claimName:
              must be a claim that is none of aud, exp, iat, iss, nbf, scope, scp, got "scope"
            components.securitySchemes.pool.x-amazon-apigateway-authorizer.jwtConfiguration.issuers[0].additionalClaims[1]:
              must have format; write SINGLE_STRING
            components.securitySchemes.pool.x-amazon-apigateway-authorizer.jwtConfiguration.issuers[0].additionalClaims[1]:
              must have claimName; write the name of a claim
            components.securitySchemes.pool.x-amazon-apigateway-authorizer.jwtConfiguration.issuers[1].audience:
              is not a setting of an issuer; did you mean audiences?
            components.securitySchemes.pool.x-amazon-apigateway-authorizer.jwtConfiguration.issuers[1]:
              must have issuer; write the iss of its tokens
            components.securitySchemes.pool.x-amazon-apigateway-authorizer.jwtConfiguration.issuers[1]:
              must have audiences; write the clients whose tokens let in
            components.securitySchemes.pool.x-amazon-apigateway-authorizer.jwtConfiguration.defaultAlgorithms[0]:
              must be RS256, RS384, RS512, ES256, ES384 or ES512, got "HS256"; did you mean RS256?
            components.securitySchemes.pool.x-amazon-apigateway-authorizer.jwtConfiguration.defaultAlgorithms[1]:
              must be RS256, RS384, RS512, ES256, ES384 or ES512, got "none"
        "#]],
    );
    check(
        &of_issuers("providerARNs: []"),
        expect![[r#"
        components.securitySchemes.pool.x-amazon-apigateway-authorizer.providerARNs:
          is for cognito_user_pools authorizers; remove it, or change the type
        components.securitySchemes.pool.x-amazon-apigateway-authorizer:
          must have jwtConfiguration; write issuers, each with its audiences, and defaultAlgorithms
    "#]],
    );
    check(
        &with("type: token\njwtConfiguration: {}"),
        expect![[r#"
        components.securitySchemes.caller.x-amazon-apigateway-authorizer.jwtConfiguration:
          is for jwt authorizers; remove it, or change the type
    "#]],
    );
}
