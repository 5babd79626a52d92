//! What resource policies let in, by the authorization of the method.

use expect_test::{Expect, expect};
use http::HeaderName;
use model::{
    Authorization, AuthorizationPolicy, AuthorizerKind, MethodAuthorization, MethodKey,
    ResourcePolicy, Verb,
};

use super::fixture::{
    AUTHORIZER, Description, Gateway, TestRequest, authorized, authorizer, function, method,
};

/// `arn:aws:execute-api:eu-west-1:123456789012:abc/prod/GET/pets/1` and what else begins so.
const PETS: &str = "arn:aws:execute-api:eu-west-1:123456789012:abc/prod/GET/pets/*";

fn statement(effect: &str, elements: &str) -> String {
    format!(
        r#"{{"Effect": "{effect}", "Principal": "*", "Action": "execute-api:Invoke", "Resource": {elements}}}"#
    )
}

fn policy(statements: &[String]) -> ResourcePolicy {
    let statements = statements.join(", ");
    let document = format!(r#"{{"Version": "2012-10-17", "Statement": [{statements}]}}"#);
    ResourcePolicy::parse(&document).unwrap()
}

fn gateway(statements: &[String]) -> Gateway {
    let gateway =
        Gateway::new(Description { policy: Some(policy(statements)), ..Description::default() });
    *gateway.world.result.lock().unwrap() = Some(Ok(r#"{"body":"reached"}"#.into()));
    gateway
}

/// A method that everyone may call, with one statement beyond an Allow of everything.
#[track_caller]
fn check(effect: &str, elements: &str, expected: Expect) {
    let gateway = gateway(&[statement(effect, elements)]);
    let request = TestRequest::new("GET /prod/pets/1").header("referer", "https://a.example/");
    expected.assert_eq(&gateway.answer(&request));
}

#[test]
fn an_open_method_needs_an_allow() {
    let reached = || expect!["200 reached"];
    let nobody = || {
        expect![[
            r#"403 {"Message":"User: anonymous is not authorized to perform: execute-api:Invoke on resource: arn:aws:execute-api:eu-west-1:********9012:abc/prod/GET/pets/1 because no resource-based policy allows the execute-api:Invoke action"}"#
        ]]
    };
    check("Allow", r#""*""#, reached());
    check("Allow", &format!("\"{PETS}\""), reached());
    check("Allow", &format!("\"{}\"", PETS.replace("GET", "POST")), nobody());
    check("Allow", &format!("\"{}\"", PETS.replace("prod", "test")), nobody());
    check(
        "Deny",
        r#""*""#,
        expect![[
            r#"403 {"Message":"User: anonymous is not authorized to perform: execute-api:Invoke on resource: arn:aws:execute-api:eu-west-1:********9012:abc/prod/GET/pets/1 with an explicit deny in a resource-based policy"}"#
        ]],
    );
    let within = |condition: &str| format!(r#""*", "Condition": {condition}"#);
    for condition in [
        r#"{"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}"#,
        r#"{"StringEquals": {"aws:Referer": "https://a.example/"}}"#,
        r#"{"Bool": {"aws:SecureTransport": "false"}}"#,
        r#"{"DateGreaterThan": {"aws:CurrentTime": "2020-03-04T19:03:57Z"}}"#,
        r#"{"DateLessThan": {"aws:CurrentTime": "2020-03-04T19:03:59Z"}}"#,
        r#"{"StringEquals": {"aws:CurrentTime": "2020-03-04T19:03:58Z"}}"#,
        r#"{"NumericEquals": {"aws:EpochTime": "1583348638"}}"#,
        r#"{"Null": {"aws:UserAgent": "true", "aws:username": "true", "aws:SourceVpce": "true"}}"#,
    ] {
        check("Allow", &within(condition), reached());
    }
    for condition in [
        r#"{"IpAddress": {"aws:SourceIp": "198.51.100.0/24"}}"#,
        r#"{"StringLike": {"aws:UserAgent": "*"}}"#,
        r#"{"Bool": {"aws:SecureTransport": "true"}}"#,
    ] {
        check("Allow", &within(condition), nobody());
    }
}

#[test]
fn what_denies_a_path_denies_every_writing_of_it() {
    let gateway =
        gateway(&[statement("Allow", r#""*""#), statement("Deny", &format!("\"{PETS}\""))]);
    for path in ["pets/1", "%70ets/1", "p%65%74s/1", "pets/1/"] {
        let answer = gateway.answer(&TestRequest::new(&format!("GET /prod/{path}")));
        assert!(answer.starts_with("403 ") && answer.contains("/GET/pets/1 with"), "{answer}");
    }
}

#[test]
fn a_principal_of_an_account_is_nobody_who_does_not_sign() {
    let named = statement("Allow", r#""*""#)
        .replace(r#""Principal": "*""#, r#""Principal": {"AWS": "123456789012"}"#);
    let gateway = gateway(&[named]);
    assert!(gateway.answer(&TestRequest::new("GET /prod/pets/1")).starts_with("403 "));
    assert_eq!(gateway.world.take_calls(), Vec::<String>::new());
}

/// What a text of the path says is text in the answer too.
#[test]
fn a_refusal_is_json_whatever_the_path_holds() {
    let gateway = gateway(&[statement("Deny", r#""*""#)]);
    let answer = gateway.answer(&TestRequest::new(r#"GET /prod/pets/"}"#));
    let body: serde_json::Value = serde_json::from_str(&answer[4..]).unwrap();
    assert!(body["Message"].as_str().unwrap().contains(r#"/pets/"} with"#), "{answer}");
}

fn authorized_gateway(statements: &[String], decision: AuthorizationPolicy) -> Gateway {
    let token = AuthorizerKind::Token {
        header: HeaderName::from_static("authorization"),
        validation: None,
    };
    let get = authorized(method(MethodKey::Verb(Verb::Get), function()));
    assert!(matches!(get.authorization, MethodAuthorization::Custom(_)));
    let gateway = Gateway::new(Description {
        methods: vec![("/pets/{id}", get)],
        authorizers: vec![authorizer(token, AUTHORIZER, 300)],
        policy: (!statements.is_empty()).then(|| policy(statements)),
        ..Description::default()
    });
    *gateway.world.result.lock().unwrap() = Some(Ok(r#"{"body":"reached"}"#.into()));
    *gateway.world.authorization.lock().unwrap() = Some(Ok(Authorization {
        principal_id: "ada".into(),
        policy: decision,
        context: Vec::new(),
        usage_identifier_key: None,
    }));
    gateway
}

#[test]
fn an_authorizer_and_the_resource_policy_decide_together() {
    let allows = || AuthorizationPolicy::AllowMethods(vec![PETS.to_owned()]);
    let is_silent = || AuthorizationPolicy::AllowMethods(vec![PETS.replace("GET", "PUT")]);
    let (allow, silent) =
        (statement("Allow", r#""*""#), statement("Allow", &format!("\"{PETS}/x\"")));
    let reached = "200 reached";
    let refused = r#"403 {"Message":"User is not authorized to access this resource"}"#;
    let denied = r#"403 {"Message":"User is not authorized to access this resource with an explicit deny in an identity-based policy"}"#;
    for (statements, decision, expected) in [
        (vec![], allows(), reached),
        (vec![], is_silent(), refused),
        (vec![allow.clone()], allows(), reached),
        (vec![allow.clone()], is_silent(), reached),
        (vec![allow], AuthorizationPolicy::Deny, denied),
        (vec![silent.clone()], allows(), reached),
        (vec![silent.clone()], is_silent(), refused),
        (vec![silent], AuthorizationPolicy::Deny, denied),
    ] {
        let gateway = authorized_gateway(&statements, decision);
        let request = TestRequest::new("GET /prod/pets/1").header("authorization", "t");
        assert_eq!(gateway.answer(&request), expected);
    }
}

#[test]
fn what_the_resource_policy_denies_no_authorizer_is_asked_about() {
    let denied = [statement("Allow", r#""*""#), statement("Deny", &format!("\"{PETS}\""))];
    let gateway = authorized_gateway(&denied, AuthorizationPolicy::Allow);
    // Before it is looked whether there is a token, too.
    for request in [
        TestRequest::new("GET /prod/pets/1"),
        TestRequest::new("GET /prod/pets/1").header("authorization", "t"),
    ] {
        let answer = gateway.answer(&request);
        assert!(answer.contains("anonymous is not authorized"), "{answer}");
        assert!(answer.ends_with("an explicit deny in a resource-based policy\"}"), "{answer}");
    }
    assert_eq!(gateway.world.take_calls(), Vec::<String>::new());
    let elsewhere = TestRequest::new("GET /test/pets/1").header("authorization", "t");
    assert_eq!(gateway.answer(&elsewhere), "200 reached");
}

#[test]
fn a_path_that_is_denied_is_denied_with_a_slash_at_its_end() {
    let denied = format!("\"{}\"", PETS.replace('*', "1"));
    let gateway = gateway(&[statement("Allow", r#""*""#), statement("Deny", &denied)]);
    for path in ["/prod/pets/1", "/prod/pets/1/"] {
        let answer = gateway.answer(&TestRequest::new(&format!("GET {path}")));
        assert!(answer.starts_with("403 "), "{path}: {answer}");
    }
    assert_eq!(gateway.answer(&TestRequest::new("GET /prod/pets/2/")), "200 reached");
}
