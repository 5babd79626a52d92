//! Who is let through, by which authorizer, and for how long.

use bytes::Bytes;
use expect_test::{Expect, expect};
use http::HeaderName;
use model::{
    Authorization, AuthorizationPolicy, AuthorizerError, AuthorizerKind, CallFault, ContextEntry,
    ContextValue, ContextVariable, FunctionError, FunctionIndex, IdentitySource, InvocationError,
    MethodKey, Verb,
};
use regex::Regex;

use super::fixture::{
    AUTHORIZER, Description, EVENT_FUNCTION, Gateway, TestRequest, authorized, authorizer,
    function, method,
};

const ALLOW_ALL: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"execute-api:Invoke","Resource":"*"}]}"#;

fn token(validation: Option<&str>) -> AuthorizerKind {
    AuthorizerKind::Token {
        header: HeaderName::from_static("authorization"),
        validation: validation.map(|pattern| Regex::new(pattern).unwrap()),
    }
}

fn gateway(kind: AuthorizerKind, decider: FunctionIndex, ttl: u64) -> Gateway {
    let get = |path| (path, authorized(method(MethodKey::Verb(Verb::Get), function())));
    let gateway = Gateway::new(Description {
        methods: vec![get("/pets/{id}"), get("/owners")],
        authorizers: vec![authorizer(kind, decider, ttl)],
        ..Description::default()
    });
    *gateway.world.result.lock().unwrap() = Some(Ok(r#"{"body":"reached"}"#.into()));
    gateway
}

fn pets(token: &str) -> TestRequest {
    TestRequest::new("GET /prod/pets/1").header("Authorization", token)
}

fn authorization(policy: AuthorizationPolicy) -> Authorization {
    Authorization {
        principal_id: "ada".into(),
        policy,
        context: Vec::new(),
        usage_identifier_key: None,
    }
}

fn typed(answer: Result<Authorization, AuthorizerError>) -> Gateway {
    let gateway = gateway(token(None), AUTHORIZER, 300);
    *gateway.world.authorization.lock().unwrap() = Some(answer);
    gateway
}

#[track_caller]
fn check_typed(answer: Result<Authorization, AuthorizerError>, expected: Expect) {
    expected.assert_eq(&typed(answer).answer(&pets("t")));
}

#[test]
fn a_typed_decision_lets_through_or_refuses() {
    use AuthorizationPolicy::{Allow, AllowMethods, Deny, Document};
    check_typed(Ok(authorization(Allow)), expect!["200 reached"]);
    check_typed(
        Ok(authorization(Deny)),
        expect![[
            r#"403 {"Message":"User is not authorized to access this resource with an explicit deny in an identity-based policy"}"#
        ]],
    );
    let arn = "arn:aws:execute-api:eu-west-1:123456789012:abc/prod/GET/pets/*";
    check_typed(Ok(authorization(AllowMethods(vec![arn.into()]))), expect!["200 reached"]);
    let other = "arn:aws:execute-api:eu-west-1:123456789012:abc/prod/POST/*";
    check_typed(
        Ok(authorization(AllowMethods(vec![other.into()]))),
        expect![[r#"403 {"Message":"User is not authorized to access this resource"}"#]],
    );
    check_typed(Ok(authorization(Document(ALLOW_ALL.into()))), expect!["200 reached"]);
    let by_address = ALLOW_ALL.replace(
        r#""Resource":"*""#,
        r#""Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":"198.51.100.0/24"}}"#,
    );
    check_typed(
        Ok(authorization(Document(by_address))),
        expect![[r#"403 {"Message":"User is not authorized to access this resource"}"#]],
    );
}

#[test]
fn whatever_is_no_decision_lets_nobody_through() {
    let unauthorized = || expect![[r#"401 {"message":"Unauthorized"}"#]];
    let broken = || expect![[r#"500 {"message":null}"#]];
    check_typed(Err(AuthorizerError::Unauthorized), unauthorized());
    check_typed(Err(CallFault::Trapped("unreachable".into()).into()), broken());
    check_typed(Err(CallFault::MemoryExceeded { megabytes: 128 }.into()), broken());
    check_typed(Err(CallFault::Quarantined.into()), broken());
    check_typed(Ok(authorization(AuthorizationPolicy::Document("{".into()))), broken());
    let nobody =
        Authorization { principal_id: String::new(), ..authorization(AuthorizationPolicy::Allow) };
    check_typed(Ok(nobody), broken());
    let reserved = ContextEntry { name: "principalId".into(), value: ContextValue::Boolean(true) };
    let reserved =
        Authorization { context: vec![reserved], ..authorization(AuthorizationPolicy::Allow) };
    check_typed(Ok(reserved), broken());
}

#[test]
fn without_an_identity_the_authorizer_is_not_called() {
    let gateway = gateway(token(Some("^(?:[a-z]+)$")), AUTHORIZER, 300);
    for request in [TestRequest::new("GET /prod/pets/1"), pets(""), pets("BAD"), pets("a b")] {
        assert_eq!(gateway.answer(&request), r#"401 {"message":"Unauthorized"}"#);
    }
    assert_eq!(gateway.world.take_calls(), Vec::<String>::new());
}

fn authorizer_calls(gateway: &Gateway) -> usize {
    let calls = gateway.world.take_calls();
    calls.iter().filter(|call| call.starts_with("authorize")).count()
}

#[test]
fn a_decision_is_kept_for_its_token_stage_and_time_alone() {
    let gateway = typed(Ok(authorization(AuthorizationPolicy::Allow)));
    gateway.answer(&pets("a"));
    gateway.answer(&pets("a"));
    gateway.answer(&TestRequest::new("GET /prod/owners").header("authorization", "a"));
    assert_eq!(authorizer_calls(&gateway), 1, "one token, one stage");
    gateway.answer(&pets("b"));
    gateway.answer(&TestRequest::new("GET /test/pets/1").header("authorization", "a"));
    assert_eq!(authorizer_calls(&gateway), 2, "another token, another stage");
    gateway.world.now_millis.store(300_000, std::sync::atomic::Ordering::Relaxed);
    gateway.answer(&pets("a"));
    assert_eq!(authorizer_calls(&gateway), 1, "the time is over");
}

#[test]
fn a_kept_decision_is_evaluated_for_each_method() {
    let arn = "arn:aws:execute-api:eu-west-1:123456789012:abc/prod/GET/pets/*";
    let gateway = typed(Ok(authorization(AuthorizationPolicy::AllowMethods(vec![arn.into()]))));
    assert_eq!(gateway.answer(&pets("a")), "200 reached");
    let owners = TestRequest::new("GET /prod/owners").header("authorization", "a");
    assert_eq!(
        gateway.answer(&owners),
        r#"403 {"Message":"User is not authorized to access this resource"}"#
    );
    assert_eq!(authorizer_calls(&gateway), 1);
}

#[test]
fn refusals_and_faults_are_not_kept() {
    let gateway = typed(Err(AuthorizerError::Unauthorized));
    gateway.answer(&pets("a"));
    gateway.answer(&pets("a"));
    assert_eq!(authorizer_calls(&gateway), 2);
}

#[test]
fn a_lifetime_of_zero_keeps_nothing() {
    let gateway = gateway(token(None), AUTHORIZER, 0);
    *gateway.world.authorization.lock().unwrap() =
        Some(Ok(authorization(AuthorizationPolicy::Allow)));
    gateway.answer(&pets("a"));
    gateway.answer(&pets("a"));
    assert_eq!(authorizer_calls(&gateway), 2);
}

#[test]
fn identity_sources_are_all_needed_and_all_in_the_key() {
    let kind = AuthorizerKind::Request {
        identity_sources: vec![
            IdentitySource::Header(HeaderName::from_static("x-a")),
            IdentitySource::Query("q".into()),
            IdentitySource::Context(ContextVariable::HttpMethod),
        ],
    };
    let gateway = gateway(kind, AUTHORIZER, 300);
    *gateway.world.authorization.lock().unwrap() =
        Some(Ok(authorization(AuthorizationPolicy::Allow)));
    let request =
        |a: &str, q: &str| TestRequest::new(&format!("GET /prod/pets/1{q}")).header("x-a", a);
    let unauthorized = r#"401 {"message":"Unauthorized"}"#;
    assert_eq!(gateway.answer(&request("1", "")), unauthorized);
    assert_eq!(gateway.answer(&request("", "?q=1")), unauthorized);
    assert_eq!(gateway.answer(&request("1", "?q=")), unauthorized);
    assert_eq!(authorizer_calls(&gateway), 0);
    assert_eq!(gateway.answer(&request("1", "?q=2")), "200 reached");
    assert_eq!(gateway.answer(&request("1", "?q=2")), "200 reached");
    assert_eq!(authorizer_calls(&gateway), 1);
    assert_eq!(gateway.answer(&request("12", "?q=")), unauthorized);
    assert_eq!(gateway.answer(&request("2", "?q=1")), "200 reached");
    assert_eq!(authorizer_calls(&gateway), 1);
    // A value with the key's separator cannot stand for another split of the same text.
    assert_eq!(gateway.answer(&request("1", "?q=2%00GET")), "200 reached");
    assert_eq!(gateway.answer(&request("1", "?q=2%00GET")), "200 reached");
    assert_eq!(authorizer_calls(&gateway), 2);
}

/// What an authorizer written for Lambda leads to; its function also answers the method.
#[track_caller]
fn check_lambda(result: Result<&'static str, InvocationError>, expected: Expect) {
    let gateway = gateway(token(None), EVENT_FUNCTION, 300);
    *gateway.world.result.lock().unwrap() =
        Some(result.map(|text| Bytes::from_static(text.as_bytes())));
    expected.assert_eq(&gateway.answer(&pets("t")));
}

#[test]
fn results_of_lambda_authorizers_are_judged_as_aws_does() {
    let broken = || expect![[r#"500 {"message":null}"#]];
    // Allowed: the method's function then answers the same JSON, which is no proxy response.
    check_lambda(
        Ok(
            r#"{"principalId":"u","policyDocument":{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"execute-api:Invoke","Resource":"*"}]},"context":{"a":1}}"#,
        ),
        expect![[r#"502 {"message": "Internal server error"}"#]],
    );
    check_lambda(
        Ok(
            r#"{"principalId":"u","policyDocument":{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}}"#,
        ),
        expect![[
            r#"403 {"Message":"User is not authorized to access this resource with an explicit deny in an identity-based policy"}"#
        ]],
    );
    check_lambda(Ok(r#"{"principalId":"u"}"#), broken());
    check_lambda(Ok(r#"{"policyDocument":{"Version":"2012-10-17","Statement":[]}}"#), broken());
    check_lambda(Ok("null"), broken());
    check_lambda(Ok(""), broken());
    check_lambda(
        Ok(
            r#"{"principalId":"u","policyDocument":{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]},"context":{"a":{}}}"#,
        ),
        broken(),
    );
    let error = |message: &str| {
        InvocationError::Function(FunctionError {
            error_message: message.into(),
            ..FunctionError::default()
        })
    };
    check_lambda(Err(error("Unauthorized")), expect![[r#"401 {"message":"Unauthorized"}"#]]);
    check_lambda(Err(error("unauthorized")), broken());
    check_lambda(Err(CallFault::TimedOut(std::time::Duration::from_secs(3)).into()), broken());
}

#[test]
fn a_lambda_authorizer_gets_the_event_of_aws() {
    let gateway = gateway(token(None), EVENT_FUNCTION, 300);
    gateway.answer(&pets("Bearer x"));
    expect![[r#"{"type":"TOKEN","authorizationToken":"Bearer x","methodArn":"arn:aws:execute-api:eu-west-1:123456789012:abc/prod/GET/pets/1"}"#]]
        .assert_eq(&gateway.world.take_calls()[0]);
}

#[test]
fn a_source_that_is_there_twice_is_never_cached() {
    let kind = AuthorizerKind::Request {
        identity_sources: vec![
            IdentitySource::Header(HeaderName::from_static("cookie")),
            IdentitySource::Query("tenant".into()),
        ],
    };
    let gateway = gateway(kind, AUTHORIZER, 300);
    *gateway.world.authorization.lock().unwrap() =
        Some(Ok(authorization(AuthorizationPolicy::Allow)));
    let one = |query: &str| {
        TestRequest::new(&format!("GET /prod/pets/1?{query}")).header("cookie", "theme=dark")
    };
    gateway.answer(&one("tenant=mine&tenant=other"));
    gateway.answer(&one("tenant=other"));
    gateway.answer(&one("tenant=other").header("cookie", "user=ada"));
    gateway.answer(&one("tenant=other").header("cookie", "theme=dark"));
    assert_eq!(authorizer_calls(&gateway), 4);
    gateway.answer(&one("tenant=other"));
    assert_eq!(authorizer_calls(&gateway), 0, "the only one that names each source once");
}

#[test]
fn several_tokens_are_no_token() {
    let gateway = typed(Ok(authorization(AuthorizationPolicy::Allow)));
    let request = pets("a").header("Authorization", "b");
    assert_eq!(gateway.answer(&request), r#"401 {"message":"Unauthorized"}"#);
    assert_eq!(authorizer_calls(&gateway), 0);
}

#[test]
fn the_arn_of_an_authorized_method_is_bounded() {
    let gateway = typed(Ok(authorization(AuthorizationPolicy::Allow)));
    // `arn:aws:execute-api:eu-west-1:123456789012:abc/prod/GET/pets/` has 61 bytes.
    let request = |bytes: usize| {
        TestRequest::new(&format!("GET /prod/pets/{}", "x".repeat(bytes - 61)))
            .header("Authorization", "t")
    };
    assert_eq!(gateway.answer(&request(1_600)), "200 reached");
    assert_eq!(gateway.answer(&request(1_601)), r#"414 {"message":"Request URI too long"}"#);
}

/// What a Lambda authorizer is asked and answers, and then the event of the method that it lets call.
fn lambda(kind: AuthorizerKind, decision: &serde_json::Value) -> Gateway {
    let gateway = gateway(kind, EVENT_FUNCTION, 300);
    *gateway.world.result.lock().unwrap() = Some(Ok(decision.to_string().into()));
    gateway
}

fn decision(more: &serde_json::Value) -> serde_json::Value {
    let mut decision = serde_json::json!({
        "principalId": "u",
        "policyDocument": serde_json::from_str::<serde_json::Value>(ALLOW_ALL).unwrap(),
    });
    for (key, value) in more.as_object().unwrap() {
        decision[key] = value.clone();
    }
    decision
}

#[test]
fn context_values_reach_the_method_as_text_and_nothing_else_is_one() {
    use serde_json::json;
    let context = json!({"context": {"text": "x", "whole": 12345678901234567890_u64, "part": 1.5, "flag": true}});
    let gateway = lambda(token(None), &decision(&context));
    gateway.answer(&pets("t"));
    let event: serde_json::Value = serde_json::from_str(&gateway.world.take_calls()[1]).unwrap();
    expect![[r#"{"text":"x","whole":"12345678901234567890","part":"1.5","flag":"true","principalId":"u","integrationLatency":0}"#]]
        .assert_eq(&event["requestContext"]["authorizer"].to_string());
    for value in [json!(null), json!([]), json!(["x"]), json!({}), json!({"a": "b"})] {
        let gateway = lambda(token(None), &decision(&json!({"context": {"value": value}})));
        assert_eq!(gateway.answer(&pets("t")), r#"500 {"message":null}"#, "{value}");
    }
    for key in ["claims", "principalId", "integrationLatency"] {
        let gateway = lambda(token(None), &decision(&json!({"context": {key: "x"}})));
        assert_eq!(gateway.answer(&pets("t")), r#"500 {"message":null}"#, "{key}");
    }
}

#[test]
fn a_decision_has_at_most_8_kilobytes() {
    let with = |length: usize| decision(&serde_json::json!({"context": {"a": "x".repeat(length)}}));
    let policy_bytes = with(0)["policyDocument"].to_string().len();
    let fits = 8 * 1024 - policy_bytes - "u".len() - "a".len();
    let gateway = lambda(token(None), &with(fits));
    assert!(gateway.answer(&pets("t")).starts_with("502 "), "its own answer is no response");
    let gateway = lambda(token(None), &with(fits + 1));
    assert_eq!(gateway.answer(&pets("t")), r#"500 {"message":null}"#);
}

#[test]
fn a_request_authorizer_gets_the_request_without_its_body() {
    let kind = AuthorizerKind::Request {
        identity_sources: vec![IdentitySource::Header(HeaderName::from_static("x-a"))],
    };
    let gateway = lambda(kind, &decision(&serde_json::json!({})));
    let request = TestRequest::new("GET /prod/pets/1?q=1&q=2").header("X-A", "1").body("secret");
    gateway.answer(&request);
    let event: serde_json::Value = serde_json::from_str(&gateway.world.take_calls()[0]).unwrap();
    let keys: Vec<&String> = event.as_object().unwrap().keys().collect();
    assert_eq!(
        keys,
        [
            "type",
            "methodArn",
            "resource",
            "path",
            "httpMethod",
            "headers",
            "multiValueHeaders",
            "queryStringParameters",
            "multiValueQueryStringParameters",
            "pathParameters",
            "stageVariables",
            "requestContext",
        ]
    );
    assert_eq!(event["type"], "REQUEST");
    assert_eq!(event["requestContext"].get("authorizer"), None);
    assert!(!event.to_string().contains("secret"));
}

/// What is kept is the policy, not what it said of one request.
#[test]
fn conditions_of_a_kept_decision_are_evaluated_for_each_request() {
    let by_agent = ALLOW_ALL.replace(
        r#""Resource":"*""#,
        r#""Resource":"*","Condition":{"StringLike":{"aws:UserAgent":"curl/*"}}"#,
    );
    let gateway = typed(Ok(authorization(AuthorizationPolicy::Document(by_agent))));
    let by = |agent: &str| gateway.answer(&pets("t").header("user-agent", agent));
    assert_eq!(by("curl/8"), "200 reached");
    assert!(by("wget/1").starts_with("403 "));
    assert_eq!(by("curl/9"), "200 reached");
    assert_eq!(authorizer_calls(&gateway), 1);
}

#[test]
fn a_decision_is_not_kept_for_another_api() {
    let of_api = |api| {
        let get = authorized(method(MethodKey::Verb(Verb::Get), function()));
        Gateway::new(Description {
            api,
            methods: vec![("/pets/{id}", get)],
            authorizers: vec![authorizer(token(None), AUTHORIZER, 300)],
            ..Description::default()
        })
    };
    let mut gateway = of_api("abc");
    *gateway.world.result.lock().unwrap() = Some(Ok(r#"{"body":"reached"}"#.into()));
    *gateway.world.authorization.lock().unwrap() =
        Some(Ok(authorization(AuthorizationPolicy::Allow)));
    assert_eq!(gateway.answer(&pets("a")), "200 reached");
    // The same node, the same stage, token and name of the authorizer.
    gateway.snapshot = of_api("xyz").snapshot;
    let request = || pets("a").host("xyz.execute-api.eu-west-1.amazonaws.com");
    gateway.answer(&request());
    gateway.answer(&request());
    assert_eq!(authorizer_calls(&gateway), 2);
}

#[test]
fn a_decision_is_not_kept_for_another_function() {
    let mut gateway = typed(Ok(authorization(AuthorizationPolicy::Allow)));
    assert_eq!(gateway.answer(&pets("a")), "200 reached");
    assert_eq!(gateway.answer(&pets("a")), "200 reached");
    assert_eq!(authorizer_calls(&gateway), 1);
    // All is the same, but that another function decides, whose answer here is none.
    gateway.snapshot = self::gateway(token(None), EVENT_FUNCTION, 300).snapshot;
    assert_eq!(gateway.answer(&pets("a")), r#"500 {"message":null}"#);
}
