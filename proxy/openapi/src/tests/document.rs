//! What is said of the document around its operations.

use expect_test::expect;

use super::sample::{integration, operation};
use super::{PETSTORE, check, read};

#[test]
fn five_errors_are_reported_at_once() {
    let document = PETSTORE
        .replace("timeoutInMillis: 5000", "timeoutInMillis: 60000")
        .replace("memorySize: 64", "memorySize: big")
        .replace("security: [{ caller: [] }]", "security: [{ callers: [] }]")
        .replace("/{proxy}\n", "/{other}\n")
        .replace("identityValidationExpression: Bearer", "identityValidationExpression: (?=Bearer)")
        .replace("statusCode: 204", "status: 204");
    check(
        &document,
        expect![[r#"
            x-edgeway-functions.pets.memorySize:
              must be 1-4096 (MB), got "big"; change it, or remove it to use the default 128
            components.securitySchemes.bearer.x-amazon-apigateway-authorizer.identityValidationExpression:
              is not an expression that can be used: look-around, including look-ahead and look-behind, is not supported; mend it, and write it without what only Java has (look-around, back-references, atomic groups)
            paths./pets.options.x-amazon-apigateway-integration.responses.default.status:
              is not a setting of an integration response; known are statusCode, responseParameters, responseTemplates, contentHandling
            paths./pets.options.x-amazon-apigateway-integration.responses.default:
              must have statusCode; write the client's, such as "200"
            paths./pets/{id}.x-amazon-apigateway-any-method.security[0].callers:
              names the security scheme "callers", which is unknown; did you mean caller?
            paths./legacy/{proxy+}.get.x-amazon-apigateway-integration.uri:
              has the placeholder {other} that nothing fills; add integration.request.path.other to requestParameters, for example from method.request.path.other
        "#]],
    );
}

#[test]
fn what_is_not_said_has_a_default() {
    let document = read("openapi: 3.0.1\ninfo: {title: Pet Store (2)}\npaths: {/: {}}").unwrap();
    assert_eq!(document.api.id.as_str(), "petstore2");
    assert_eq!(document.api.name, "Pet Store (2)");
    assert_eq!(document.stage.name.as_str(), "dev");
    assert_eq!(document.stage.variables, []);
    assert_eq!(document.api.resources[0].id.as_str().len(), 10);
}

#[test]
fn a_version_that_api_gateway_does_not_read() {
    check(
        "openapi: 3.1.0\ninfo: {title: t}\npaths: {}",
        expect![[r#"
        openapi:
          must be 3.0.x, got "3.1.0"; API Gateway reads OpenAPI 3.0 and Swagger 2.0 only
    "#]],
    );
    check(
        "swagger: 3\ninfo: {title: t}\npaths: {}",
        expect![[r#"
        swagger:
          must be 2.0, got 3; API Gateway reads OpenAPI 3.0 and Swagger 2.0 only
    "#]],
    );
    check(
        "info: {title: t}\npaths: {}",
        expect![[r#"
        the document:
          must begin with openapi: 3.0.1 or swagger: "2.0"; add one
    "#]],
    );
    check(
        "openapi: 3.0.1\nswagger: '2.0'",
        expect![[r#"
        swagger:
          must not stand beside openapi; keep the one that the document follows
    "#]],
    );
    check("openapi: 3.0\ninfo: {title: t}\npaths: {}", expect![[""]]);
}

#[test]
fn what_is_missing_at_the_top_level() {
    check(
        "openapi: 3.0.1",
        expect![[r#"
        the document:
          must have info; write info: {title: ..., version: ...}
        the document:
          must have paths; write paths: {} for an API without methods
    "#]],
    );
    check(
        "openapi: 3.0.1\ninfo: {title: ''}\npaths: []",
        expect![[r#"
        info.title:
          must not be empty; write the name of the API
        paths:
          must be a map, got a list
    "#]],
    );
    check(
        "openapi: 3.0.1\ninfo: {title: ペット}\npaths: {}",
        expect![[r#"
        the document:
          must have x-edgeway-api-id, since info.title has no letter or digit to make one from; write 1-32 of [a-z0-9]
    "#]],
    );
    check(
        "just text",
        expect![[r#"
        the document:
          must be a map, got "just text"
    "#]],
    );
    check(
        "",
        expect![[r#"
        the document:
          must be a map, got nothing
    "#]],
    );
}

#[test]
fn paths_that_exclude_each_other() {
    check(
        "openapi: 3.0.1
info: {title: t}
paths:
  pets: {}
  /a: {}
  /a/: {}
  /b/{x}: {}
  /b/{y}/c: {}
  /b/{z+}: {}
  /c/{x}/d/{y}: {}
  /c/{x}/d/{z}: {}
  /{x}/c/{y}: {}
  /{x}/c/{y}/d: {}
  /e/{f: {}
  /g/{h}/{h}: {}",
        expect![[r#"
            paths.pets:
              is a path that must begin with a slash
            paths./a/:
              is there twice: /a; keep one
            paths./b/{y}/c:
              has a variable where /b/{x} has another one in the same place; only one is allowed there: use the same name and form in both
            paths./b/{z+}:
              has a variable where /b/{x} has another one in the same place; only one is allowed there: use the same name and form in both
            paths./c/{x}/d/{z}:
              has a variable where /c/{x}/d/{y} has another one in the same place; only one is allowed there: use the same name and form in both
            paths./e/{f:
              is a path that has the segment "{f"; a segment is text of [A-Za-z0-9_.,:-], or a variable that fills it: {name} or {name+}
            paths./g/{h}/{h}:
              is a path that has two variables named "h"; rename one of them
        "#]],
    );
}

#[test]
fn an_operation_without_integration() {
    check(
        &operation("summary: nothing"),
        expect![[r#"
        paths./pets/{id}.get:
          must have x-amazon-apigateway-integration (API Gateway: No integration defined for method); add one
    "#]],
    );
    check(
        &operation("x-amazon-apigateway-integration: 5"),
        expect![[r#"
        paths./pets/{id}.get.x-amazon-apigateway-integration:
          must be a map, got 5
    "#]],
    );
    check(
        &integration("uri: x"),
        expect![[r#"
            paths./pets/{id}.get.x-amazon-apigateway-integration:
              must have type; write aws, aws_proxy, http, http_proxy or mock
        "#]],
    );
}
