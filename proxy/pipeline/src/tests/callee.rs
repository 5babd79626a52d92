//! Functions that are gone, that do not let the API call them, or whose calls two versions share.

use std::sync::atomic::Ordering;

use expect_test::{Expect, expect};
use http::HeaderName;
use http::header::AUTHORIZATION;
use model::{AuthorizerIndex, AuthorizerKind, Denials, MethodKey, Verb};

use super::fixture::{
    AUTHORIZER, Description, EVENT_FUNCTION, Gateway, TestRequest, authorized, authorizer,
    function, handler, method,
};

#[track_caller]
fn check(gateway: &Gateway, line: &str, expected: Expect) {
    *gateway.world.result.lock().unwrap() = Some(Ok(r#"{"body":"reached"}"#.into()));
    expected.assert_eq(&gateway.answer(&TestRequest::new(line).header("authorization", "x")));
}

const INTERNAL_ERROR: &str = r#"500 {"message": "Internal server error"}"#;

#[test]
fn a_function_that_does_not_let_a_method_call_it_is_not_called() {
    let mut denials = Denials::default();
    denials.deny_integration(0, Verb::Get);
    denials.deny_integration(2, Verb::Put);
    let methods = vec![
        ("/a", method(MethodKey::Any, function())),
        ("/b", method(MethodKey::Any, function())),
        ("/c", method(MethodKey::Any, handler())),
    ];
    let gateway = Gateway::new(Description { methods, denials, ..Description::default() });
    for line in ["GET /prod/a", "PUT /prod/c"] {
        assert_eq!(gateway.answer(&TestRequest::new(line)), INTERNAL_ERROR, "{line}");
    }
    assert!(gateway.world.take_calls().is_empty());
    check(&gateway, "POST /prod/a", expect!["200 reached"]);
    check(&gateway, "GET /prod/b", expect!["200 reached"]);
    check(&gateway, "GET /test/a", expect!["200 reached"]);
}

fn token(header: HeaderName) -> AuthorizerKind {
    AuthorizerKind::Token { header, validation: None }
}

#[test]
fn an_authorizer_that_may_not_be_asked_lets_nobody_through() {
    let mut denials = Denials::default();
    denials.deny_authorizer(AuthorizerIndex(0));
    for function_of_it in [AUTHORIZER, EVENT_FUNCTION] {
        let gateway = Gateway::new(Description {
            methods: vec![("/a", authorized(method(MethodKey::Any, function())))],
            authorizers: vec![authorizer(token(AUTHORIZATION), function_of_it, 0)],
            denials: denials.clone(),
            ..Description::default()
        });
        check(&gateway, "GET /prod/a", expect![[r#"500 {"message":null}"#]]);
        assert!(gateway.world.take_calls().is_empty());
    }
}

#[test]
fn a_function_that_is_gone_fails_the_calls_of_it_alone() {
    let gateway = Gateway::new(Description {
        methods: vec![
            ("/gone", method(MethodKey::Any, function())),
            ("/there", method(MethodKey::Any, handler())),
            ("/locked", authorized(method(MethodKey::Any, handler()))),
        ],
        authorizers: vec![authorizer(token(AUTHORIZATION), EVENT_FUNCTION, 0)],
        shares: vec![],
        ..Description::default()
    });
    assert_eq!(gateway.answer(&TestRequest::new("GET /prod/gone")), INTERNAL_ERROR);
    check(&gateway, "GET /prod/locked", expect![[r#"500 {"message":null}"#]]);
    assert!(gateway.send(&TestRequest::new("GET /prod/there")).starts_with("serve GET"));
}

#[test]
fn chance_decides_between_the_versions_of_an_alias() {
    let shares = vec![0.25, 0.75];
    let gateway = Gateway::new(Description { shares, ..Description::default() });
    for (percent, slot) in [(0, 1), (24, 1), (25, 2), (99, 2)] {
        gateway.world.percent.store(percent, Ordering::Relaxed);
        check(&gateway, "GET /prod/pets/1", expect!["200 reached"]);
        assert_eq!(gateway.world.invoked.lock().unwrap().pop().unwrap().0, slot, "{percent}");
    }
}
