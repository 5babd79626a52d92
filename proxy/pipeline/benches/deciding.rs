//! How long the pipeline takes to decide a request, with ports that answer at once.
//!
//! What a cached decision of an authorizer costs is the difference between the two mocks.

#![forbid(unsafe_code)]

#[expect(dead_code, clippy::unwrap_used, reason = "the tests use more of it, and may unwrap")]
#[path = "../src/tests/fixture.rs"]
mod fixture;

use bytes::Bytes;
use divan::{Bencher, black_box};
use http::HeaderName;
use model::{
    Authorization, AuthorizationPolicy, AuthorizerKind, Integration, IntegrationResponses, Method,
    MethodKey, MockIntegration, Passthrough, RequestMappings, RequestTemplates, Verb,
};
// The fixture is written as part of the crate.
use pipeline::*;

use fixture::{
    AUTHORIZER, Description, Gateway, TestRequest, authorized, authorizer, function, method,
};

fn main() {
    divan::main();
}

fn mock() -> Method {
    let integration = MockIntegration {
        mappings: RequestMappings::default(),
        templates: RequestTemplates {
            templates: Vec::new(),
            passthrough: Passthrough::WhenNoMatch,
        },
        responses: IntegrationResponses::default(),
    };
    method(MethodKey::Verb(Verb::Get), Integration::Mock(integration))
}

fn gateway() -> Gateway {
    let token = AuthorizerKind::Token {
        header: HeaderName::from_static("authorization"),
        validation: None,
    };
    let function = method(MethodKey::Verb(Verb::Get), function());
    let gateway = Gateway::new(Description {
        methods: vec![
            ("/function/{id}", function),
            ("/guarded/{id}", authorized(mock())),
            ("/open/{id}", mock()),
        ],
        authorizers: vec![authorizer(token, AUTHORIZER, 3600)],
        ..Description::default()
    });
    let authorization = Authorization {
        principal_id: "ada".into(),
        policy: AuthorizationPolicy::Allow,
        context: Vec::new(),
        usage_identifier_key: None,
    };
    *gateway.world.authorization.lock().expect("no thread broke") = Some(Ok(authorization));
    gateway
}

#[divan::bench(args = ["open", "guarded"])]
fn mock_with_cached_authorizer(bencher: Bencher<'_, '_>, resource: &str) {
    let gateway = gateway();
    let request = TestRequest::new(&format!("GET /prod/{resource}/7"))
        .header("Authorization", "Bearer open-sesame")
        .header("Accept", "*/*");
    gateway.outcome(&request);
    let calls = gateway.world.take_calls();
    bencher.bench_local(|| gateway.outcome(black_box(&request)));
    assert_eq!(calls.len(), usize::from(resource == "guarded"), "the decision is cached");
    assert!(gateway.world.take_calls().is_empty(), "the decision stays cached");
}

/// The event of a function and its result, but for the call.
#[divan::bench]
fn function_that_answers_at_once(bencher: Bencher<'_, '_>) {
    let gateway = gateway();
    let result = Bytes::from_static(br#"{"statusCode":200,"body":"{\"hello\":\"world\"}"}"#);
    *gateway.world.result.lock().expect("no thread broke") = Some(Ok(result));
    let request = TestRequest::new("GET /prod/function/7")
        .header("Authorization", "Bearer open-sesame")
        .header("Host", "127.0.0.1:8080");
    bencher.bench_local(|| gateway.outcome(black_box(&request)));
    assert!(gateway.world.take_calls().iter().all(|event| event.contains("requestContext")));
}
