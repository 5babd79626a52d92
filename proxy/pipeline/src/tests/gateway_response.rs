//! What clients get of what the gateway refuses, where the API says it.

use std::sync::Arc;

use expect_test::{Expect, expect};
use http::{HeaderName, StatusCode};
use model::{
    AllowedOrigins, Authorization, AuthorizationPolicy, AuthorizerKind, ContextEntry, ContextValue,
    Cors, GatewayResponse, GatewayResponseSource, GatewayResponseType, GatewayResponses,
    GatewayTemplate, MediaType, MethodKey, Verb,
};

use super::fixture::{
    AUTHORIZER, Description, Gateway, TestRequest, authorized, authorizer, function, method,
};

fn response(
    status: Option<u16>,
    headers: &[(&str, &str)],
    templates: &[(&str, &str)],
) -> GatewayResponse {
    let entry = |(name, source): &(&str, &str)| {
        GatewayResponseSource::parse_entry(&format!("gatewayresponse.header.{name}"), source)
    };
    let template = |(media_type, text): &(&str, &str)| {
        (MediaType::parse(media_type).unwrap(), GatewayTemplate::parse(text).unwrap())
    };
    GatewayResponse {
        status: status.map(|status| StatusCode::from_u16(status).unwrap()),
        headers: headers.iter().map(entry).collect::<Result<Vec<(HeaderName, _)>, _>>().unwrap(),
        templates: templates.iter().map(template).collect(),
    }
}

fn gateway(responses: Vec<(GatewayResponseType, GatewayResponse)>) -> Gateway {
    let token = AuthorizerKind::Token { header: http::header::AUTHORIZATION, validation: None };
    let mut validated = method(MethodKey::Verb(Verb::Post), function());
    let models = {
        let document = serde_json::json!({"required": ["name"]});
        let root = json_schema::Root { document: 0, pointer: String::new() };
        let schema =
            json_schema::compile(&[(String::new(), &document)], &[root]).unwrap().remove(0);
        model::BodyModels { default: Some(schema), ..model::BodyModels::default() }
    };
    validated.validation = model::RequestValidation::new(Vec::new(), Some(models));
    let gateway = Gateway::new(Description {
        methods: vec![
            ("/pets/{id}", authorized(method(MethodKey::Verb(Verb::Get), function()))),
            ("/pets/{id}", validated),
        ],
        authorizers: vec![authorizer(token, AUTHORIZER, 0)],
        variables: vec![("color".into(), "red".into())],
        gateway_responses: GatewayResponses::new(responses),
        ..Description::default()
    });
    let denied = Authorization {
        principal_id: "ada".into(),
        policy: AuthorizationPolicy::Deny,
        context: vec![ContextEntry { name: "why".into(), value: ContextValue::Text("no".into()) }],
        usage_identifier_key: None,
    };
    *gateway.world.authorization.lock().unwrap() = Some(Ok(denied));
    gateway
}

#[track_caller]
fn check(
    responses: Vec<(GatewayResponseType, GatewayResponse)>,
    request: &TestRequest,
    expected: Expect,
) {
    expected.assert_eq(&gateway(responses).send(request));
}

#[test]
fn an_authorizers_context_is_there_for_callers_whom_it_refuses() {
    let template = r#"{"who":"$context.authorizer.principalId","why":"$context.authorizer.why","m":$context.error.messageString,"t":"$context.error.responseType","v":"$stageVariables.color $stageVariables.none"}"#;
    check(
        vec![(
            GatewayResponseType::AccessDenied,
            response(
                Some(404),
                &[("X-Pet", "method.request.path.id"), ("X-Why", "context.authorizer.why")],
                &[("application/json", template)],
            ),
        )],
        &TestRequest::new("GET /prod/pets/7").header("Authorization", "t"),
        expect![[r#"
            404
            content-type: application/json
            x-amz-apigw-id: AAAAAAAAAAAAAAA=
            x-amzn-errortype: AccessDeniedException
            x-amzn-requestid: c0ffee00-0000-4000-8000-000000000000
            x-pet: 7
            x-why: no

            {"who":"ada","why":"no","m":"User is not authorized to access this resource with an explicit deny in an identity-based policy","t":"ACCESS_DENIED","v":"red "}"#]],
    );
}

#[test]
fn a_request_for_nothing_has_what_does_not_need_a_resource() {
    let template = "$context.httpMethod $context.path $context.resourcePath$context.stage $method.request.querystring.q $method.request.path.id$method.request.header.x-a";
    check(
        vec![(
            GatewayResponseType::Default4xx,
            response(
                None,
                &[("Access-Control-Allow-Origin", "'*'"), ("X-None", "method.request.header.none")],
                &[("text/plain", template)],
            ),
        )],
        &TestRequest::new("TRACE /prod/cats?q=1").header("X-A", "b"),
        expect![[r#"
            403
            access-control-allow-origin: *
            content-type: text/plain
            x-amz-apigw-id: AAAAAAAAAAAAAAA=
            x-amzn-errortype: MissingAuthenticationTokenException
            x-amzn-requestid: c0ffee00-0000-4000-8000-000000000000

            TRACE /prod/cats prod 1 b"#]],
    );
}

#[test]
fn without_a_template_the_bytes_are_the_types_own() {
    let only_headers = || response(None, &[("X-A", "'b'")], &[]);
    let answer = |request: &TestRequest| {
        gateway(vec![(GatewayResponseType::Default4xx, only_headers())]).answer(request)
    };
    assert_eq!(answer(&TestRequest::new("GET /prod/pets/7")), r#"401 {"message":"Unauthorized"}"#);
    assert!(
        answer(&TestRequest::new("GET /prod/pets/7").header("Authorization", "t"))
            .starts_with(r#"403 {"Message":"#)
    );
}

#[test]
fn why_a_body_is_refused_is_part_of_a_text_in_quotes() {
    let template = r#"{"message":"$context.error.validationErrorString"}"#;
    let responses = vec![(
        GatewayResponseType::BadRequestBody,
        response(Some(422), &[], &[("application/json", template)]),
    )];
    let request = TestRequest::new("POST /prod/pets/7").body("{}");
    let answer = gateway(responses).answer(&request);
    let expected = r#"422 {"message":"[object has missing required properties ([\"name\"])]"}"#;
    assert_eq!(answer, expected);
}

#[test]
fn the_template_is_chosen_by_the_first_type_that_is_accepted() {
    let templates = [("text/xml", "<x/>"), ("application/json", "{}"), ("text/plain", "x")];
    let answer = |accept: &str| {
        let responses = vec![(GatewayResponseType::Unauthorized, response(None, &[], &templates))];
        gateway(responses).answer(&TestRequest::new("GET /prod/pets/7").header("Accept", accept))
    };
    assert_eq!(answer("text/plain, text/xml"), "401 x");
    assert_eq!(answer("*/*"), "401 {}");
    assert_eq!(answer("image/png"), "401 {}");
}

#[test]
fn what_comes_before_an_api_and_what_is_too_large_stay_as_they_are() {
    let all = || {
        let general = response(Some(418), &[], &[("application/json", "teapot")]);
        let too_large = general.clone();
        vec![
            (GatewayResponseType::Default4xx, general),
            (GatewayResponseType::RequestTooLarge, too_large),
        ]
    };
    let answer = |request: &TestRequest| gateway(all()).answer(request);
    assert_eq!(answer(&TestRequest::new("GET /none/x")), r#"403 {"message":"Forbidden"}"#);
    let body = "x".repeat(10 * 1024 * 1024 + 1);
    let large = TestRequest::new("POST /prod/pets/7").body(body);
    assert_eq!(answer(&large), r#"413 {"message":"Request Too Long"}"#);
    assert_eq!(answer(&TestRequest::new("GET /prod/x")), "418 teapot");
}

fn cross_origin() -> Gateway {
    let origins = ["https://a.example", "https://b.example"];
    let gateway = Gateway::new(Description {
        cors: Some(Arc::new(Cors {
            origins: AllowedOrigins::List(origins.map(|origin| origin.parse().unwrap()).to_vec()),
            allows_credentials: true,
            expose_headers: None,
        })),
        ..Description::default()
    });
    *gateway.world.result.lock().unwrap() = Some(Ok(r#"{"body":"x"}"#.into()));
    gateway
}

#[test]
fn every_answer_says_whose_pages_may_read_it() {
    let gateway = cross_origin();
    let lines = |request: TestRequest, origin: &str| {
        let text = gateway.send(&request.header("Origin", origin));
        let of_cors = |line: &&str| line.starts_with("access-control") || line.starts_with("vary");
        text.lines().filter(of_cors).collect::<Vec<_>>().join(", ")
    };
    let named = "access-control-allow-credentials: true, access-control-allow-origin: https://b.example, vary: Origin";
    assert_eq!(lines(TestRequest::new("GET /prod/pets/7"), "https://b.example"), named);
    assert_eq!(lines(TestRequest::new("GET /prod/none"), "https://b.example"), named);
    assert_eq!(lines(TestRequest::new("GET /prod/pets/7"), "https://c.example"), "vary: Origin");
    let own = r#"{"body":"x","headers":{"Access-Control-Allow-Origin":"https://own.example"}}"#;
    *gateway.world.result.lock().unwrap() = Some(Ok(own.into()));
    assert_eq!(
        lines(TestRequest::new("GET /prod/pets/7"), "https://b.example"),
        "access-control-allow-origin: https://own.example"
    );
}

#[test]
fn a_function_that_fails_is_answered_as_the_api_wants_it() {
    let responses = vec![(
        GatewayResponseType::Default5xx,
        response(Some(503), &[], &[("application/json", "$context.error.responseType")]),
    )];
    let gateway = Gateway::new(Description {
        gateway_responses: GatewayResponses::new(responses),
        ..Description::default()
    });
    *gateway.world.result.lock().unwrap() = Some(Ok("no proxy response".into()));
    let answer = gateway.answer(&TestRequest::new("GET /prod/pets/7"));
    assert_eq!(answer, "503 INTEGRATION_FAILURE");
}
