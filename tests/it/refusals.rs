//! What a document says of requests that are refused, and of pages of other origins.

use std::path::PathBuf;

use expect_test::{Expect, expect};

use crate::client::Response;
use crate::curl::curl;
use crate::gateway::{Folder, Gateway};
use crate::upstream::Upstream;

/// Only the first path validates; the second goes to an upstream that streams.
fn document(upstream: &str) -> String {
    format!(
        r##"openapi: 3.0.1
info: {{title: Pets, version: "1"}}
x-edgeway-api-id: test
x-edgeway-cors: {{allowOrigins: [https://a.example, https://b.example], allowHeaders: [X-Tenant], allowCredentials: true, maxAge: 60}}
x-amazon-apigateway-request-validators: {{all: {{validateRequestBody: true, validateRequestParameters: true}}}}
x-amazon-apigateway-gateway-responses:
  BAD_REQUEST_BODY:
    statusCode: "422"
    responseParameters: {{gatewayresponse.header.X-Path: context.resourcePath}}
    responseTemplates: {{application/json: '{{"why": "$context.error.validationErrorString"}}'}}
  DEFAULT_5XX: {{statusCode: 503}}
components:
  schemas:
    Pet: {{type: object, required: [name], properties: {{friend: {{$ref: "#/components/schemas/Pet"}}}}}}
paths:
  /pets:
    post:
      x-amazon-apigateway-request-validator: all
      parameters: [{{name: X-Tenant, in: header, required: true}}]
      requestBody: {{content: {{application/json: {{schema: {{$ref: "#/components/schemas/Pet"}}}}}}}}
      x-amazon-apigateway-integration:
        type: mock
        requestTemplates: {{application/json: '{{"statusCode": 200}}'}}
        responses: {{default: {{statusCode: "200", responseTemplates: {{application/json: made}}}}}}
  /upstream:
    get: {{x-amazon-apigateway-integration: {{type: http_proxy, httpMethod: GET, uri: "{upstream}"}}}}
  /nowhere:
    get: {{x-amazon-apigateway-integration: {{type: http_proxy, httpMethod: GET, uri: "http://127.0.0.1:1025/"}}}}
"##
    )
}

fn gateway(upstream: &str) -> Gateway {
    Gateway::start_with(Folder::of_text(&document(upstream)), &[])
}

const TENANT: (&str, &str) = ("X-Tenant", "t");
const JSON: (&str, &str) = ("Content-Type", "application/json");

#[test]
fn requests_are_validated_and_refused_as_the_document_says() {
    #[track_caller]
    fn check(response: &Response, expected: Expect) {
        expected.assert_eq(&response.brief());
    }
    let gateway = gateway("http://127.0.0.1:1025/");
    check(
        &gateway.send("POST /pets", &[JSON], b"{}"),
        expect![[r#"400 {"message": "Missing required request parameters: [X-Tenant]"}"#]],
    );
    let refused = gateway.send("POST /pets", &[JSON, TENANT], br#"{"name": 1, "friend": {}}"#);
    check(
        &refused,
        expect![[r#"422 {"why": "[object has missing required properties ([\"name\"])]"}"#]],
    );
    assert_eq!(refused.header("x-path"), Some("/pets"));
    check(
        &gateway.send("POST /pets", &[JSON, TENANT], b"{"),
        expect![[r#"422 {"why": "[Unknown error parsing request body]"}"#]],
    );
    check(&gateway.send("POST /pets", &[JSON, TENANT], br#"{"name": 1}"#), expect!["200 made"]);
    // The connection is refused after the request was decided.
    check(
        &gateway.get("/nowhere"),
        expect![[r#"503 {"message": "Network error communicating with endpoint"}"#]],
    );
    let lines = gateway.access_log(5);
    let why = r#"[object has missing required properties (["name"])]"#;
    let is_told = |line: &serde_json::Value| line["error"]["validationErrorString"] == why;
    assert!(lines.iter().any(is_told), "{lines:#?}");
}

/// What a browser looks at.
fn of_cors(head: &str) -> String {
    let of_cors = |line: &&str| {
        let line = line.to_ascii_lowercase();
        line.starts_with("http/") || line.starts_with("access-control") || line.starts_with("vary")
    };
    let mut lines: Vec<String> =
        head.lines().filter(of_cors).map(|line| line.trim().to_ascii_lowercase()).collect();
    lines[1..].sort();
    lines.join("\n")
}

#[test]
fn a_page_asks_before_it_sends_and_may_read_every_answer() {
    let upstream = Upstream::start();
    let gateway = gateway(&upstream.uri("/pets"));
    let url = |path: &str| format!("http://127.0.0.1:{}{path}", gateway.http);
    let ask = |path: &str, origin: &str, more: &[&str]| {
        let (url, origin) = (url(path), format!("Origin: {origin}"));
        let null = PathBuf::from("/dev/null");
        let arguments = ["-D", "-", "-o", null.to_str().unwrap(), "-H", &origin, &url];
        of_cors(&curl(&[&arguments[..], more].concat()))
    };
    let preflight = [
        "-X",
        "OPTIONS",
        "-H",
        "Access-Control-Request-Method: POST",
        "-H",
        "Access-Control-Request-Headers: X-Tenant",
    ];
    expect![[r#"
        http/1.1 204 no content
        access-control-allow-credentials: true
        access-control-allow-headers: x-tenant
        access-control-allow-methods: options,post
        access-control-allow-origin: https://b.example
        access-control-max-age: 60
        vary: origin"#]]
    .assert_eq(&ask("/pets", "https://b.example", &preflight));
    let allowed = |status: &str| {
        format!(
            "http/1.1 {status}\naccess-control-allow-credentials: true\n\
             access-control-allow-origin: https://a.example\nvary: origin"
        )
    };
    for (path, status) in [
        ("/upstream", "200 ok"),
        ("/nowhere", "503 service unavailable"),
        ("/nothing", "403 forbidden"),
    ] {
        assert_eq!(ask(path, "https://a.example", &[]), allowed(status), "{path}");
    }
    assert_eq!(ask("/upstream", "https://c.example", &[]), "http/1.1 200 ok\nvary: origin");
}
