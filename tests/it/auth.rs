//! Who is let through, and that whatever is no decision lets nobody through.

use serde_json::{Value, json};

use crate::components::{
    BEARER_TOKEN_AUTHORIZER, ECHO, LAMBDA_AUTHORIZER, MISBEHAVE_AUTHORIZER, TYPED_AUTHORIZER,
};
use crate::document::{Document, function, http_proxy, secured};
use crate::gateway::Gateway;
use crate::upstream::Upstream;

const UNAUTHORIZED: &str = r#"401 {"message":"Unauthorized"}"#;
const BROKEN: &str = r#"500 {"message":null}"#;
const DENIED: &str = r#"403 {"Message":"User is not authorized to access this resource with an explicit deny in an identity-based policy"}"#;
const NOT_ALLOWED: &str = r#"403 {"Message":"User is not authorized to access this resource"}"#;

/// By the token of `Authorization`, asked each time.
fn token() -> Value {
    json!({
        "type": "token",
        "identitySource": "method.request.header.Authorization",
        "authorizerResultTtlInSeconds": 0,
    })
}

/// By the header `x-token`, asked each time.
fn by_header() -> Value {
    json!({
        "type": "request",
        "identitySource": "method.request.header.x-token",
        "authorizerResultTtlInSeconds": 0,
    })
}

/// A route whose backend shows whether it was reached.
fn guarded(document: Document, upstream: &Upstream) -> Gateway {
    Gateway::start(
        &document.route("GET /guarded", secured(http_proxy(&upstream.uri("/")), "guard")),
    )
}

/// A value of `header`, and what the client is told.
#[track_caller]
fn check(gateway: &Gateway, upstream: &Upstream, header: &str, rows: &[(&str, &str)]) {
    for (value, expected) in rows {
        let response = gateway.send("GET /guarded", &[(header, value)], "");
        assert_eq!(response.brief(), *expected, "{header}: {value}");
        let reached = usize::from(response.status == 200);
        assert_eq!(upstream.take().len(), reached, "the backend, after {header}: {value}");
    }
}

#[test]
fn a_typed_authorizer_decides_by_the_token() {
    let upstream = Upstream::start();
    let document =
        Document::new().function("tokens", TYPED_AUTHORIZER).authorizer("guard", "tokens", token());
    let gateway = guarded(document, &upstream);
    let rows = [
        ("allow", "200 0"),
        ("allow-methods", "200 0"),
        ("document", "200 0"),
        ("deny", DENIED),
        ("unknown", UNAUTHORIZED),
        ("", UNAUTHORIZED),
        ("fail", BROKEN),
        ("allow", "200 0"),
    ];
    check(&gateway, &upstream, "Authorization", &rows);
    check(&gateway, &upstream, "X-Other", &[("allow", UNAUTHORIZED)]);
}

#[test]
fn a_typed_authorizer_decides_by_the_request() {
    let upstream = Upstream::start();
    let document = Document::new().function("tokens", TYPED_AUTHORIZER).authorizer(
        "guard",
        "tokens",
        by_header(),
    );
    let gateway = guarded(document, &upstream);
    let rows = [("allow", "200 0"), ("deny", DENIED), ("unknown", UNAUTHORIZED)];
    check(&gateway, &upstream, "x-token", &rows);
    check(&gateway, &upstream, "Authorization", &[("allow", UNAUTHORIZED)]);
}

#[test]
fn an_authorizer_written_for_lambda_decides_by_token_or_request() {
    let upstream = Upstream::start();
    for (settings, header) in [(token(), "Authorization"), (by_header(), "x-token")] {
        let document = Document::new()
            .function("lambda", LAMBDA_AUTHORIZER)
            .authorizer("guard", "lambda", settings);
        let gateway = guarded(document, &upstream);
        let rows = [
            ("allow", "200 0"),
            ("deny", DENIED),
            ("unauthorized", UNAUTHORIZED),
            ("an error", BROKEN),
            ("list-in-context", BROKEN),
            ("no-decision", BROKEN),
            ("no-policy", BROKEN),
            ("trap", BROKEN),
            ("allow", "200 0"),
        ];
        check(&gateway, &upstream, header, &rows);
        check(&gateway, &upstream, "X-Other", &[("allow", UNAUTHORIZED)]);
    }
}

#[test]
fn an_authorizer_that_breaks_lets_nobody_through_and_answers_the_next_request() {
    let upstream = Upstream::start();
    let document = Document::new()
        .function_with("breaks", MISBEHAVE_AUTHORIZER, json!({ "timeout": 0.5, "memorySize": 32 }))
        .authorizer("guard", "breaks", token());
    let mut gateway = guarded(document, &upstream);
    let modes = [
        "trap",
        "loop",
        "memory",
        "empty-principal",
        "infinite-number",
        "large-document",
        "not-a-document",
        "reserved-name",
    ];
    for mode in modes {
        check(&gateway, &upstream, "Authorization", &[(mode, BROKEN), ("fine", "200 0")]);
    }
    gateway.assert_alive();
}

#[test]
fn a_token_must_match_its_expression_before_anybody_is_asked() {
    let upstream = Upstream::start();
    let settings = crate::document::merged(
        token(),
        json!({ "identityValidationExpression": "^fine-[a-z]+$" }),
    );
    // Whatever reaches it ends in a trap.
    let environment = json!({ "environment": { "MODE": "trap" } });
    let document = Document::new()
        .function_with("breaks", MISBEHAVE_AUTHORIZER, environment)
        .authorizer("guard", "breaks", settings);
    let gateway = guarded(document, &upstream);
    let rows = [("fine-token", BROKEN), ("fine-", UNAUTHORIZED), ("not fine-token", UNAUTHORIZED)];
    check(&gateway, &upstream, "Authorization", &rows);
}

/// What the counting authorizer said last, as the function sees it.
#[track_caller]
fn calls(gateway: &Gateway, path: &str, token: &str) -> String {
    let response = gateway.send(&format!("GET {path}"), &[("Authorization", token)], "");
    assert_eq!(response.status, 200, "{response:?}");
    let authorizer = response.json()["requestContext"]["authorizer"].take();
    assert_eq!(authorizer["principalId"], "user-2");
    assert_eq!(authorizer["type"], "TOKEN");
    authorizer["calls"].as_str().unwrap().to_owned()
}

#[test]
fn a_decision_is_kept_for_as_long_as_the_authorizer_says() {
    let kept = json!({
        "type": "token",
        "identitySource": "method.request.header.Authorization",
        "authorizerResultTtlInSeconds": 300,
    });
    let document = Document::new()
        .function("echo", ECHO)
        .function("lambda", LAMBDA_AUTHORIZER)
        .authorizer("asked", "lambda", token())
        .authorizer("kept", "lambda", kept)
        .route("GET /asked", secured(function("echo"), "asked"))
        .route("GET /kept", secured(function("echo"), "kept"))
        .route("GET /kept/other", secured(function("echo"), "kept"));
    let gateway = Gateway::start(&document);
    let first = calls(&gateway, "/kept", "allow");
    assert_eq!(calls(&gateway, "/kept", "allow"), first, "the decision is kept");
    assert_eq!(
        gateway.send("GET /kept/other", &[("Authorization", "allow")], "").brief(),
        NOT_ALLOWED,
        "the kept policy allows one method, and is evaluated for another"
    );
    let asked = calls(&gateway, "/asked", "allow");
    assert_ne!(calls(&gateway, "/asked", "allow"), asked, "nothing is kept");
    for _ in 0..2 {
        let refused = gateway.send("GET /kept", &[("Authorization", "deny")], "");
        assert_eq!(refused.brief(), DENIED, "another token is another caller");
    }
}

#[test]
fn the_shipped_bearer_token_authorizer_knows_its_tokens() {
    let upstream = Upstream::start();
    let tokens = json!([
        { "token": "open-sesame", "principal": "ann" },
        { "token": "read-only", "principal": "guest", "methods": ["GET/other/*"] },
    ]);
    let environment = json!({ "environment": { "TOKENS": tokens.to_string() } });
    let document = Document::new()
        .function_with("tokens", BEARER_TOKEN_AUTHORIZER, environment)
        .authorizer("guard", "tokens", token());
    let gateway = guarded(document, &upstream);
    let rows = [
        ("Bearer open-sesame", "200 0"),
        ("bearer open-sesame", "200 0"),
        ("Bearer read-only", NOT_ALLOWED),
        ("Bearer open-sesam", UNAUTHORIZED),
        ("Basic open-sesame", UNAUTHORIZED),
    ];
    check(&gateway, &upstream, "Authorization", &rows);
}
