//! Request validators, gateway responses and cross-origin requests.

use expect_test::{Expect, expect};
use model::{GatewayResponseType, Method, RequiredParameter, Verb};
use serde_json::Value;

use super::sample::root;
use super::{check, read};

const MOCK: &str =
    "x-amazon-apigateway-integration: {type: mock, responses: {default: {statusCode: '200'}}}";

/// A document with one path, given by the lines of its operations and those at its top level.
fn document(head: &str, path: &str) -> String {
    let path = path.trim_matches('\n').replace("MOCK", MOCK).replace('\n', "\n    ");
    format!("{head}\ninfo: {{title: t}}\npaths:\n  /pets/{{id}}:\n    {path}\n")
}

fn methods(document: &str) -> Vec<Method> {
    let read = read(document).unwrap_or_else(|errors| panic!("{errors}"));
    read.api.resources[0].methods.clone()
}

fn required(method: &Method) -> String {
    let names: Vec<&str> = method.validation.required.iter().map(RequiredParameter::name).collect();
    names.join(" ")
}

#[track_caller]
fn check_body(method: &Method, content_type: &str, body: &str, expected: Expect) {
    let body: Value = serde_json::from_str(body).unwrap();
    let schema = method.validation.body.as_ref().and_then(|body| body.choose(Some(content_type)));
    let told = match schema.map(|schema| schema.check(&body)) {
        None => "any".to_owned(),
        Some(Ok(())) => "fits".to_owned(),
        Some(Err(violations)) => violations.to_string(),
    };
    expected.assert_eq(&told);
}

const OPENAPI: &str = r##"openapi: 3.0.1
x-amazon-apigateway-request-validators:
  all: {validateRequestBody: true, validateRequestParameters: true}
  parameters: {validateRequestParameters: true}
  none: {}
x-amazon-apigateway-request-validator: parameters
components:
  parameters:
    q: {name: q, in: query, required: true}
  requestBodies:
    pet: {content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}}
  schemas:
    Pet: {type: object, required: [name], properties: {friend: {$ref: '#/components/schemas/Pet'}}}"##;

#[test]
fn an_operation_is_validated_as_it_or_the_document_says() {
    let methods = methods(&document(
        OPENAPI,
        "
parameters:
  - {name: id, in: path, required: true}
  - {name: X-A, in: header, required: true}
  - {name: c, in: cookie, required: true}
get:
  parameters:
    - {$ref: '#/components/parameters/q'}
    - {name: X-A, in: header, required: false}
  MOCK
put:
  x-amazon-apigateway-request-validator: all
  requestBody: {$ref: '#/components/requestBodies/pet'}
  MOCK
post:
  x-amazon-apigateway-request-validator: none
  requestBody: {$ref: '#/components/requestBodies/pet'}
  MOCK
",
    ));
    assert_eq!(required(&methods[0]), "id q");
    assert_eq!(required(&methods[1]), "X-A id");
    assert_eq!(required(&methods[2]), "");
    let missing = || expect![[r#"[object has missing required properties (["name"])]"#]];
    check_body(&methods[0], "application/json", "{}", expect!["any"]);
    check_body(&methods[1], "application/json", r#"{"name": 1, "friend": {}}"#, missing());
    check_body(&methods[1], "application/json", r#"{"name": 1}"#, expect!["fits"]);
    check_body(&methods[1], "text/plain", "{}", expect!["any"]);
    check_body(&methods[2], "application/json", "{}", expect!["any"]);
}

#[test]
fn swagger_says_it_with_parameters_and_definitions() {
    let methods = methods(&document(
        r##"swagger: "2.0"
consumes: [text/json]
x-amazon-apigateway-request-validators: {body: {validateRequestBody: true}}
x-amazon-apigateway-request-validator: body
definitions:
  Pet: {type: object, maxProperties: 1}"##,
        "
put:
  parameters: [{in: body, name: pet, schema: {$ref: '#/definitions/Pet'}}]
  MOCK
",
    ));
    check_body(
        &methods[0],
        "text/json",
        r#"{"a": 1, "b": 2}"#,
        expect!["[object has too many properties (found 2 but schema requires at most 1)]"],
    );
    check_body(&methods[0], "application/json", "1", expect!["any"]);
}

#[test]
fn what_is_wrong_with_validation_is_told_with_its_place() {
    check(
        &document(
            "openapi: 3.0.1
x-amazon-apigateway-request-validators:
  all: {validateRequestBody: true, validateRequestParameters: 1, validateAll: true}
x-amazon-apigateway-request-validator: al",
            "get:\n  MOCK",
        ),
        expect![[r#"
            x-amazon-apigateway-request-validators.all.validateAll:
              is not a setting of a request validator; known are validateRequestBody, validateRequestParameters
            x-amazon-apigateway-request-validators.all.validateRequestParameters:
              must be true or false, got 1
        "#]],
    );
    check(
        &document(
            OPENAPI,
            "
put:
  x-amazon-apigateway-request-validator: all
  parameters:
    - {$ref: '#/components/parameters/none'}
  MOCK
post:
  x-amazon-apigateway-request-validator: all
  parameters:
    - {in: query, required: true}
    - {in: header, name: 'a b', required: true}
  MOCK
patch:
  x-amazon-apigateway-request-validator: all
  requestBody: {content: {application/json: {schema: {type: text, items: {$ref: '#/components/schemas/None'}}}}}
  MOCK
",
        ),
        expect![[r##"
            paths./pets/{id}.put.parameters[0].$ref:
              must be a reference into this document that leads somewhere, got "#/components/parameters/none"
            paths./pets/{id}.post.parameters[0]:
              must have name; write the name of the parameter
            paths./pets/{id}.post.parameters[1].name:
              must be the name of a header, got "a b"
            paths./pets/{id}.patch.requestBody.content.application/json.schema.items:
              is a schema that refers to #/components/schemas/None, which is not there
            paths./pets/{id}.patch.requestBody.content.application/json.schema.type:
              is a schema that must be a type of draft 4, got "text"
        "##]],
    );
}

#[test]
fn gateway_responses_are_read() {
    let document = root(
        r#"x-amazon-apigateway-gateway-responses:
  DEFAULT_4XX:
    statusCode: 418
    responseParameters: {gatewayresponse.header.Access-Control-Allow-Origin: "'*'"}
    responseTemplates: {application/json: '{"message":$context.error.messageString}'}
  ACCESS_DENIED:
    responseTemplates: {application/json: '{"m":"$context.error.message"}'}"#,
    );
    let api = read(&document).unwrap_or_else(|errors| panic!("{errors}")).api;
    let find = |kind| api.gateway_responses.find(kind, http::StatusCode::FORBIDDEN).unwrap();
    let general = find(GatewayResponseType::Unauthorized);
    assert_eq!(general.status, Some(http::StatusCode::IM_A_TEAPOT));
    assert_eq!((general.headers.len(), general.templates.len()), (1, 0));
    let denied = find(GatewayResponseType::AccessDenied);
    assert_eq!((denied.status, denied.headers.len(), denied.templates.len()), (None, 0, 1));
}

#[test]
fn what_is_wrong_with_gateway_responses_is_told_with_its_place() {
    check(
        &root(
            r#"x-amazon-apigateway-gateway-responses:
  ACCES_DENIED: {}
  THROTTLED:
    statusCode: "199"
    responseParameters: {gatewayresponse.header.X: "'*", header.X: "'a'"}
    responseTemplates: {application/json: $context.x, json: ""}
    message: x"#,
        ),
        expect![[r#"
            x-amazon-apigateway-gateway-responses.ACCES_DENIED:
              is no type of gateway response; did you mean ACCESS_DENIED?
            x-amazon-apigateway-gateway-responses.THROTTLED.message:
              is not a setting of a gateway response; known are statusCode, responseParameters, responseTemplates
            x-amazon-apigateway-gateway-responses.THROTTLED.statusCode:
              must be 200-599, got "199"
            x-amazon-apigateway-gateway-responses.THROTTLED.responseParameters.gatewayresponse.header.X:
              has no such source as "'*"; expected 'text', method.request.{header|multivalueheader|querystring|multivaluequerystring|path}.NAME, context.NAME or stageVariables.NAME
            x-amazon-apigateway-gateway-responses.THROTTLED.responseParameters.header.X:
              has no such target as "header.X"; expected gatewayresponse.header.NAME
            x-amazon-apigateway-gateway-responses.THROTTLED.responseTemplates.application/json:
              names the unknown variable $context.x
            x-amazon-apigateway-gateway-responses.THROTTLED.responseTemplates.json:
              must stand under a media type such as application/json; rename the key
        "#]],
    );
}

/// The headers of the answer to a preflight request, and of whose pages may call.
fn cross_origin(document: &str) -> String {
    let read = read(document).unwrap_or_else(|errors| panic!("{errors}"));
    let resource = &read.api.resources[0];
    let keys: Vec<&str> = resource.methods.iter().map(|method| method.key.as_str()).collect();
    let options =
        resource.methods.iter().find(|method| method.key.as_str() == Verb::Options.as_str());
    format!("{keys:?} {:#?} {:#?}", resource.cors, options.map(|method| &method.integration))
}

#[test]
fn one_line_lets_all_pages_call() {
    let text = cross_origin(&document("openapi: 3.0.1\nx-edgeway-cors: true", "get:\n  MOCK"));
    assert!(text.starts_with(r#"["GET", "OPTIONS"]"#), "{text}");
    for part in ["Any", "\"GET,OPTIONS\"", "access-control-allow-headers"] {
        assert!(text.contains(part), "{part} in {text}");
    }
    let text = cross_origin(&document(
        "openapi: 3.0.1\nx-edgeway-cors: true",
        "x-edgeway-cors: false\nget:\n  MOCK",
    ));
    assert!(text.starts_with(r#"["GET"] None"#), "{text}");
    let own = "options:\n  MOCK\nx-amazon-apigateway-any-method:\n  MOCK";
    let text = cross_origin(&document("openapi: 3.0.1\nx-edgeway-cors: true", own));
    assert!(text.starts_with(r#"["OPTIONS", "ANY"]"#), "{text}");
    assert!(!text.contains("access-control-allow-headers"), "{text}");
}

#[test]
fn what_is_allowed_can_be_listed() {
    let setting = "openapi: 3.0.1
x-edgeway-cors: {allowOrigins: [https://a.example, 'http://localhost:3000'], allowMethods: [GET], allowHeaders: [X-A, X-B], exposeHeaders: X-C, maxAge: 600, allowCredentials: true}";
    let text = cross_origin(&document(setting, "get:\n  MOCK"));
    for part in [
        "http://localhost:3000",
        "\"GET\"",
        "\"X-A,X-B\"",
        "\"X-C\"",
        "\"600\"",
        "allows_credentials: true",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
}

#[test]
fn what_browsers_would_not_take_is_refused() {
    let setting = |text: &str| root(&format!("x-edgeway-cors: {text}"));
    check(
        &setting("{allowOrigins: '*', allowHeaders: ['*'], allowCredentials: true}"),
        expect![[r#"
            x-edgeway-cors.allowOrigins:
              must not be * where allowCredentials is true, which browsers do not take; list what is allowed
            x-edgeway-cors.allowHeaders[0]:
              must not be * where allowCredentials is true, which browsers do not take; list what is allowed
        "#]],
    );
    check(
        &setting(
            "{allowOrigins: [https://a.example/, 'HTTPS://A', '*'], maxAge: 86401, allowMethods: ['a b'], allowOrigin: x}",
        ),
        expect![[r#"
            x-edgeway-cors.allowOrigin:
              is not a setting of cross-origin requests; did you mean allowOrigins?
            x-edgeway-cors.allowOrigins[0]:
              must be an origin such as https://example.com or http://localhost:3000, got "https://a.example/"; write no path, and * alone
            x-edgeway-cors.allowOrigins[1]:
              must be an origin such as https://example.com or http://localhost:3000, got "HTTPS://A"; write no path, and * alone
            x-edgeway-cors.allowOrigins[2]:
              must be an origin such as https://example.com or http://localhost:3000, got "*"; write no path, and * alone
            x-edgeway-cors.allowMethods[0]:
              must be a name, got "a b"; write one in each item of the list
            x-edgeway-cors.maxAge:
              must be 0-86400, got 86401; write whole seconds
        "#]],
    );
    check(
        &setting("{allowOrigins: []}"),
        expect![[r#"
        x-edgeway-cors.allowOrigins:
          must not be empty; write an origin, or remove x-edgeway-cors
    "#]],
    );
    check(
        &setting("{}"),
        expect![[r#"
        x-edgeway-cors:
          must have allowOrigins; write the origins, such as [https://example.com], or "*"
    "#]],
    );
    check(
        &setting("all"),
        expect![[r#"
        x-edgeway-cors:
          must be true, false or a map with allowOrigins, got "all"
    "#]],
    );
}
