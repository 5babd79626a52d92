//! Tests of methods and authorizers: what is sent, and what is answered of it.

use expect_test::expect;

use super::harness::Gateway;
use super::lambda::authorizer_function;

const METHODS: &str = "/restapis/API/resources/ROOT/methods";

/// With `GET /` and `ANY /pets/{id}`, of which one is protected and the other not finished.
fn gateway() -> Gateway {
    let gateway = Gateway::with_stored_functions();
    gateway.add_api();
    authorizer_function(&gateway);
    let authorizer = r#"{"name": "a", "type": "TOKEN",
        "identitySource": "method.request.header.Authorization",
        "authorizerUri": "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:f/invocations"}"#;
    gateway.create("AUTHORIZER", "POST /restapis/API/authorizers", authorizer);
    let custom =
        r#"{"authorizationType": "CUSTOM", "authorizerId": "AUTHORIZER", "apiKeyRequired": true}"#;
    gateway.ok(&format!("PUT {METHODS}/GET"), custom);
    gateway.ok(&format!("PUT {METHODS}/GET/integration"), r#"{"type": "MOCK"}"#);
    gateway.create("PETS", "POST /restapis/API/resources/ROOT", r#"{"pathPart": "pets"}"#);
    gateway.create("PET", "POST /restapis/API/resources/PETS", r#"{"pathPart": "{id}"}"#);
    let any = "PUT /restapis/API/resources/PET/methods/ANY";
    gateway.ok(any, r#"{"authorizationType": "NONE"}"#);
    gateway
}

#[test]
fn a_method_is_called_alone_and_by_everyone() {
    let get = format!("POST {METHODS}/GET");
    let everything = r#"{"pathWithQueryString": "/?a=b&c", "body": "hello",
        "headers": {"X-One": "1", "x-two": "2"}, "multiValueHeaders": {"X-Two": ["3", "4"]},
        "stageVariables": {"colour": "blue"}}"#;
    gateway().check(&[(&get, "{}"), (&get, ""), (&get, everything)], expect![[r#"
        200 {"status":201,"body":"GET / [] b\"\" [], 1 resources, 0 authorizers, by arn:aws:iam::000000000000:root with AKIAROOT","headers":{"X-A":"2"},"multiValueHeaders":{"X-A":["1","2"]},"log":"Execution log for request\n","latency":1}
        200 {"status":201,"body":"GET / [] b\"\" [], 1 resources, 0 authorizers, by arn:aws:iam::000000000000:root with AKIAROOT","headers":{"X-A":"2"},"multiValueHeaders":{"X-A":["1","2"]},"log":"Execution log for request\n","latency":1}
        200 {"status":201,"body":"GET /?a=b&c [(\"X-One\", \"1\"), (\"X-Two\", \"3\"), (\"X-Two\", \"4\")] b\"hello\" [(\"colour\", \"blue\")], 1 resources, 0 authorizers, by arn:aws:iam::000000000000:root with AKIAROOT","headers":{"X-A":"2"},"multiValueHeaders":{"X-A":["1","2"]},"log":"Execution log for request\n","latency":1}
    "#]]);
}

#[test]
fn a_method_that_answers_any_is_called_with_one_of_its_methods() {
    const PET: &str = "/restapis/API/resources/PET/methods";
    let gateway = gateway();
    let post = format!("POST {PET}/POST");
    gateway.check(
        &[(&post, "{}")],
        expect![[r#"
        400 BadRequestException: No integration defined for method
    "#]],
    );
    gateway.ok(&format!("PUT {PET}/ANY/integration"), r#"{"type": "MOCK"}"#);
    gateway.check(
        &[
            (&post, "{}"),
            (&post, r#"{"pathWithQueryString": "pets/7?x"}"#),
            (&format!("POST {PET}/ANY"), "{}"),
            (&format!("POST {PET}/BREW"), "{}"),
            (&post, r#"{"pathWithQueryString": "/cats/7"}"#),
            (&post, r#"{"pathWithQueryString": "/pets/ 7"}"#),
        ],
        expect![[r#"
            200 {"status":201,"body":"POST /pets/{id} [] b\"\" [], 1 resources, 0 authorizers, by arn:aws:iam::000000000000:root with AKIAROOT","headers":{"X-A":"2"},"multiValueHeaders":{"X-A":["1","2"]},"log":"Execution log for request\n","latency":1}
            200 {"status":201,"body":"POST /pets/7?x [] b\"\" [], 1 resources, 0 authorizers, by arn:aws:iam::000000000000:root with AKIAROOT","headers":{"X-A":"2"},"multiValueHeaders":{"X-A":["1","2"]},"log":"Execution log for request\n","latency":1}
            400 BadRequestException: The method ANY is tested with one of its HTTP methods, such as GET
            404 NotFoundException: Invalid Method identifier specified
            400 BadRequestException: pathWithQueryString does not match the path of the resource, /pets/{id}
            400 BadRequestException: pathWithQueryString is no path: /pets/ 7
        "#]],
    );
}

#[test]
fn what_cannot_be_sent_is_refused() {
    let get = format!("POST {METHODS}/GET");
    gateway().check(
        &[
            (&get, r#"{"headers": {"a b": "1"}}"#),
            (&get, r#"{"headers": {"a": "\n"}}"#),
            (&get, r#"{"clientCertificateId": "abc"}"#),
            (&format!("POST {METHODS}/PUT"), "{}"),
            ("POST /restapis/API/resources/nope/methods/GET", "{}"),
            ("POST /restapis/nope/resources/ROOT/methods/GET", "{}"),
            ("POST /restapis/API/authorizers/nope", "{}"),
            ("POST /restapis/API/authorizers/AUTHORIZER", r#"{"additionalContext": {"a": "b"}}"#),
            ("POST /restapis/API/authorizers/AUTHORIZER", r#"{"pathWithQueryString": "/broken"}"#),
        ],
        expect![[r#"
            400 BadRequestException: Invalid header: a b
            400 BadRequestException: Invalid header: a
            404 NotFoundException: Invalid Client Certificate identifier specified
            404 NotFoundException: Invalid Method identifier specified
            404 NotFoundException: Invalid Resource identifier specified
            404 NotFoundException: Invalid API identifier specified 000000000000:nope
            404 NotFoundException: Invalid Authorizer identifier specified
            400 BadRequestException: additionalContext is not supported by this gateway; leave it out
            503 ServiceUnavailableException: The test cannot be run: it is broken
        "#]],
    );
}

#[test]
fn an_authorizer_is_called_at_every_path() {
    let authorizer = "POST /restapis/API/authorizers/AUTHORIZER";
    let token = r#"{"headers": {"Authorization": "let me in"}, "pathWithQueryString": "/a/b"}"#;
    gateway().check(
        &[
            (authorizer, token),
            (authorizer, "{}"),
            (authorizer, r#"{"pathWithQueryString": "/refused"}"#),
            (authorizer, r#"{"pathWithQueryString": "/token"}"#),
        ],
        expect![[r#"
            200 {"clientStatus":0,"log":"Execution log for request\n","latency":1,"principalId":"me","policy":"{}"}
            200 {"clientStatus":0,"log":"Execution log for request\n","latency":1,"principalId":"me","policy":"{}"}
            200 {"clientStatus":201,"log":"Execution log for request\n","latency":1}
            200 {"clientStatus":0,"log":"Execution log for request\n","latency":1,"claims":{"sub":"ada"}}
        "#]],
    );
}

#[test]
fn a_test_changes_nothing() {
    let gateway = gateway();
    let before = gateway.store.change();
    gateway.ok(&format!("POST {METHODS}/GET"), "{}");
    assert_eq!(gateway.store.change(), before);
}

/// What is called as its caller is called as who tests it; only where calls are signed, as when it is deployed.
#[test]
fn a_function_that_is_called_as_the_caller_is_tested_where_calls_are_signed() {
    const GET: &str = "/restapis/API/resources/ROOT/methods/GET";
    let gateway = Gateway::with_function();
    gateway.add_api();
    gateway.ok(&format!("PUT {GET}"), r#"{"authorizationType": "NONE"}"#);
    gateway.ok(
        &format!("PUT {GET}/integration"),
        r#"{"type": "AWS_PROXY", "httpMethod": "POST", "credentials": "arn:aws:iam::*:user/*",
            "uri": "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:f/invocations"}"#,
    );
    let test = format!("POST {GET}");
    gateway.check(&[(&test, "{}")], expect![[r#"
        400 BadRequestException: Cannot be deployed: GET / passes the identity of its caller on, which needs the authorization AWS_IAM
    "#]]);
    let iam = r#"{"patchOperations": [{"op": "replace", "path": "/authorizationType", "value": "AWS_IAM"}]}"#;
    gateway.ok(&format!("PATCH {GET}"), iam);
    gateway.check(&[(&test, "{}")], expect![[r#"
        200 {"status":201,"body":"GET / [] b\"\" [], 1 resources, 0 authorizers, by arn:aws:iam::000000000000:root with AKIAROOT","headers":{"X-A":"2"},"multiValueHeaders":{"X-A":["1","2"]},"log":"Execution log for request\n","latency":1}
    "#]]);
}
