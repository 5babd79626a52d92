//! What a request must have and be, and what it gets if it is not.

use bytes::Bytes;
use expect_test::{Expect, expect};
use json_schema::{Root, Schema, compile};
use model::{BodyModels, MediaType, MethodKey, RequestValidation, RequiredParameter, Verb};
use serde_json::json;

use super::fixture::{Description, Gateway, TestRequest, authorized, authorizer, function, method};

fn schema() -> Schema {
    let document = json!({
        "type": "object",
        "required": ["name"],
        "properties": {"name": {"type": "string"}, "price": {"type": "number", "minimum": 1}},
    });
    let root = Root { document: 0, pointer: String::new() };
    compile(&[(String::new(), &document)], &[root]).unwrap().remove(0)
}

fn required() -> Vec<RequiredParameter> {
    let parameters =
        [("querystring", "q1"), ("path", "id"), ("header", "X-H1"), ("querystring", "q2")];
    parameters.map(|(place, name)| RequiredParameter::new(place, name).unwrap()).to_vec()
}

fn json_model() -> BodyModels {
    let media_type = MediaType::parse("application/json").unwrap();
    BodyModels { models: vec![(media_type, schema())], default: None }
}

fn gateway(required: Vec<RequiredParameter>, body: Option<BodyModels>) -> Gateway {
    let mut method = method(MethodKey::Any, function());
    method.validation = RequestValidation::new(required, body);
    let gateway = Gateway::new(Description {
        methods: vec![("/pets/{id}", method)],
        ..Description::default()
    });
    *gateway.world.result.lock().unwrap() = Some(Ok(r#"{"body":"reached"}"#.into()));
    gateway
}

#[track_caller]
fn check_parameters(request: &TestRequest, expected: Expect) {
    expected.assert_eq(&gateway(required(), None).answer(request));
}

#[test]
fn all_parameters_that_are_missing_are_named_headers_first() {
    check_parameters(
        &TestRequest::new("GET /prod/pets/%20"),
        expect![[r#"400 {"message": "Missing required request parameters: [X-H1, q1, q2]"}"#]],
    );
    check_parameters(
        &TestRequest::new("GET /prod/pets/1?q1=&q2=+").header("x-h1", " "),
        expect![[r#"400 {"message": "Missing required request parameters: [X-H1, q1, q2]"}"#]],
    );
    check_parameters(
        &TestRequest::new("GET /prod/pets/1?q2=b&Q1=a").header("x-h1", "a"),
        expect![[r#"400 {"message": "Missing required request parameters: [q1]"}"#]],
    );
    check_parameters(
        &TestRequest::new("GET /prod/pets/1?q2=b&q1=a").header("x-h1", "a"),
        expect!["200 reached"],
    );
}

#[track_caller]
fn check_body(content_type: Option<&str>, body: impl Into<Bytes>, expected: Expect) {
    let request = TestRequest::new("POST /prod/pets/1").body(body);
    let request = match content_type {
        Some(content_type) => request.header("Content-Type", content_type),
        None => request,
    };
    expected.assert_eq(&gateway(Vec::new(), Some(json_model())).answer(&request));
}

#[test]
fn a_body_fits_the_model_of_its_media_type() {
    let refused = || expect![[r#"400 {"message": "Invalid request body"}"#]];
    let json = Some("application/json; charset=utf-8");
    check_body(json, r#"{"name": "Ada", "price": 2}"#, expect!["200 reached"]);
    check_body(None, r#"{"name": "Ada"}"#, expect!["200 reached"]);
    check_body(json, r#"{"name": 1}"#, refused());
    check_body(None, "[]", refused());
    // It is checked as {}.
    check_body(json, "", refused());
    // No model is for it.
    check_body(Some("text/plain"), "x", expect!["200 reached"]);
}

#[test]
fn a_model_of_any_type_is_for_those_that_have_none() {
    let models = BodyModels { default: Some(schema()), ..BodyModels::default() };
    let gateway = gateway(Vec::new(), Some(models));
    let send = |body: &'static str| {
        let request = TestRequest::new("PUT /prod/pets/1").header("Content-Type", "text/csv");
        gateway.answer(&request.body(body))
    };
    assert_eq!(send(r#"{"name": "Ada"}"#), "200 reached");
    assert_eq!(send("a,b"), r#"400 {"message": "Invalid request body"}"#);
}

#[test]
fn what_is_no_json_or_too_much_of_it_is_refused() {
    let refused = || expect![[r#"400 {"message": "Invalid request body"}"#]];
    for body in [
        "{".to_owned(),
        "{'name': 1}".to_owned(),
        r#"{"name": "\ud800"}"#.to_owned(),
        r#"{"name": "a", "price": 1e999}"#.to_owned(),
        "[".repeat(1_000_000),
        format!("{}1{}", r#"{"name":"a","x":"#.repeat(200), "}".repeat(200)),
        format!(r#"{{"name":"a","x":[{}0]}}"#, "0,".repeat(600_000)),
    ] {
        check_body(None, body, refused());
    }
    check_body(None, &b"\xff"[..], refused());
    check_body(None, r#"{"name": 1, "name": "a"}"#, expect!["200 reached"]);
    check_body(
        None,
        "x".repeat(10 * 1024 * 1024 + 1),
        expect![[r#"413 {"message":"Request Too Long"}"#]],
    );
}

#[test]
fn parameters_are_checked_before_the_body_and_callers_before_both() {
    let mut method = method(MethodKey::Verb(Verb::Post), function());
    method.validation = RequestValidation::new(required(), Some(json_model()));
    let kind =
        model::AuthorizerKind::Token { header: http::header::AUTHORIZATION, validation: None };
    let gateway = Gateway::new(Description {
        methods: vec![("/pets/{id}", authorized(method))],
        authorizers: vec![authorizer(kind, super::fixture::AUTHORIZER, 0)],
        ..Description::default()
    });
    let authorization = model::Authorization {
        principal_id: "ada".into(),
        policy: model::AuthorizationPolicy::Allow,
        context: Vec::new(),
        usage_identifier_key: None,
    };
    *gateway.world.authorization.lock().unwrap() = Some(Ok(authorization));
    let request = || TestRequest::new("POST /prod/pets/1?q1=a&q2=b").body("{}");
    assert!(gateway.answer(&request()).starts_with("401 "));
    let signed = || request().header("Authorization", "t");
    assert!(gateway.answer(&signed()).contains("[X-H1]"));
    assert!(gateway.answer(&signed().header("X-H1", "a")).contains("Invalid request body"));
}

#[test]
fn a_body_that_was_validated_reaches_the_integration_unchanged() {
    let gateway = gateway(Vec::new(), Some(json_model()));
    let body = r#"{ "name":"Ada",  "price": 1.50 }"#;
    gateway.answer(&TestRequest::new("POST /prod/pets/1").body(body));
    let calls = gateway.world.take_calls();
    assert!(calls[0].contains(&serde_json::Value::from(body).to_string()), "{calls:?}");
}
