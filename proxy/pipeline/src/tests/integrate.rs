//! What each integration sends, and what becomes of its answer.

use std::time::Duration;

use expect_test::{Expect, expect};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use model::{
    Backend, CallFault, Connection, FunctionError, HttpEndpoint, HttpIntegration, HttpVerb,
    Integration, IntegrationResponse, IntegrationResponses, IntegrationTimeout, InvocationError,
    MediaType, MethodKey, MockIntegration, Passthrough, RequestMapping, RequestMappings,
    RequestTemplates, ResponseMapping, ResponseTransfer, ServerTrust, Template, UriTemplate,
};
use regex::Regex;

use super::fixture::{Description, Gateway, TRANSFORM, TestRequest, function, method};
use crate::{Outcome, Record, UpstreamError, UpstreamResponse};

fn gateway(integration: Integration) -> Gateway {
    Gateway::new(Description {
        methods: vec![("/pets/{proxy+}", method(MethodKey::Any, integration))],
        variables: vec![("base".into(), "v2".into())],
        ..Description::default()
    })
}

pub(crate) fn endpoint(mappings: &[(&str, &str)]) -> HttpEndpoint {
    HttpEndpoint {
        uri: UriTemplate::parse("http://up.example:9000/${stageVariables.base}/{proxy}?k=v")
            .unwrap(),
        verb: HttpVerb::Client,
        mappings: request_mappings(mappings),
        content_handling: None,
        timeout: IntegrationTimeout::DEFAULT,
        trust: ServerTrust::default(),
        connection: Connection::default(),
        signature: None,
        transfer: ResponseTransfer::default(),
    }
}

fn request_mappings(mappings: &[(&str, &str)]) -> RequestMappings {
    let parse = |(target, source): &(&str, &str)| RequestMapping::parse(target, source).unwrap();
    RequestMappings::new(mappings.iter().map(parse).collect(), Backend::Http)
}

const PROXY: (&str, &str) = ("integration.request.path.proxy", "method.request.path.proxy");

fn templates(templates: &[(&str, &str)], passthrough: Passthrough) -> RequestTemplates {
    RequestTemplates { templates: templates_of(templates), default: None, passthrough }
}

fn templates_of(templates: &[(&str, &str)]) -> Vec<(MediaType, Template)> {
    let parse = |(media_type, text): &(&str, &str)| {
        (MediaType::parse(media_type).unwrap(), Template::parse(text).unwrap())
    };
    templates.iter().map(parse).collect()
}

fn response(
    status: u16,
    mappings: &[(&str, &str)],
    template: &[(&str, &str)],
) -> IntegrationResponse {
    IntegrationResponse {
        status: StatusCode::from_u16(status).unwrap(),
        is_declared: true,
        mappings: mappings
            .iter()
            .map(|(target, source)| ResponseMapping::parse(target, source).unwrap())
            .collect(),
        content_handling: None,
        templates: templates_of(template),
    }
}

#[test]
fn a_proxied_request_is_forwarded_as_it_streams() {
    let gateway = gateway(Integration::HttpProxy(endpoint(&[
        PROXY,
        ("integration.request.header.x-id", "context.requestId"),
        ("integration.request.header.x-a", "'mapped'"),
        ("integration.request.querystring.q", "method.request.querystring.a"),
        ("integration.request.querystring.none", "method.request.header.none"),
    ])));
    let request = TestRequest::new("PUT /prod/pets/a%20b/c?a=1")
        .header("X-A", "client")
        .header("X-Hop", "1")
        .header("Connection", "x-hop")
        .header("Authorization", "t")
        .header("TE", "trailers")
        .header("Content-Type", "text/plain");
    expect![[r#"
        forward PUT /v2/a%20b/c?k=v&a=1&q=1 -> Http up.example:9000
        accept: application/json
        authorization: t
        content-type: text/plain
        host: up.example:9000
        user-agent: AmazonAPIGateway_abc
        x-a: mapped
        x-amzn-apigateway-api-id: abc
        x-amzn-trace-id: Root=1-00000000-000000000000000000000000
        x-id: c0ffee00-0000-4000-8000-000000000000"#]]
    .assert_eq(&gateway.send(&request));
}

fn upstream(
    status: u16,
    headers: &[(&'static str, &'static str)],
    body: &'static str,
) -> UpstreamResponse {
    let pairs = headers
        .iter()
        .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
    UpstreamResponse {
        status: StatusCode::from_u16(status).unwrap(),
        headers: pairs.collect::<HeaderMap>(),
        body: body.into(),
    }
}

#[test]
fn a_proxied_response_that_a_plugin_sees_is_remapped_all_the_same() {
    let mut proxied = method(MethodKey::Any, Integration::HttpProxy(endpoint(&[PROXY])));
    proxied.response_transforms = vec![TRANSFORM];
    let gateway = Gateway::new(Description {
        methods: vec![("/pets/{proxy+}", proxied)],
        ..Description::default()
    });
    *gateway.world.response_outcome.lock().unwrap() = Some(Ok(model::ResponseOutcome::Unchanged));
    let headers = [
        ("content-type", "text/plain"),
        ("content-length", "2"),
        ("server", "nginx"),
        ("www-authenticate", "Basic"),
        ("via", "x"),
        ("x-amzn-requestid", "theirs"),
    ];
    *gateway.world.upstream.lock().unwrap() = Some(Ok(upstream(503, &headers, "hi")));
    expect![[r#"
        503
        content-type: text/plain
        x-amz-apigw-id: AAAAAAAAAAAAAAA=
        x-amzn-remapped-content-length: 2
        x-amzn-remapped-server: nginx
        x-amzn-remapped-www-authenticate: Basic
        x-amzn-remapped-x-amzn-requestid: theirs
        x-amzn-requestid: c0ffee00-0000-4000-8000-000000000000

        hi"#]]
    .assert_eq(&gateway.send(&TestRequest::new("GET /prod/pets/1")));
}

fn http(responses: IntegrationResponses) -> Gateway {
    gateway(Integration::Http(HttpIntegration {
        endpoint: endpoint(&[PROXY]),
        templates: templates(&[("application/json", "{\"static\":1}")], Passthrough::WhenNoMatch),
        responses,
    }))
}

#[test]
fn a_mapped_request_sends_only_what_is_mapped() {
    let gateway = http(IntegrationResponses::default());
    *gateway.world.upstream.lock().unwrap() = Some(Ok(upstream(200, &[], "")));
    let request = TestRequest::new("POST /prod/pets/1?a=1")
        .header("X-A", "client")
        .header("Content-Type", "application/json; charset=utf-8")
        .body("ignored");
    gateway.send(&request);
    expect![[r#"
        POST /v2/1?k=v -> Http up.example:9000
        accept: application/json
        content-type: application/json; charset=utf-8
        host: up.example:9000
        user-agent: AmazonAPIGateway_abc
        x-amzn-apigateway-api-id: abc
        x-amzn-trace-id: Root=1-00000000-000000000000000000000000

        {"static":1}"#]]
    .assert_eq(&gateway.world.take_calls()[0]);
    gateway
        .send(&TestRequest::new("POST /prod/pets/1").header("content-type", "text/x").body("raw"));
    assert!(gateway.world.take_calls()[0].ends_with("\n\nraw"));
    gateway.send(&TestRequest::new("GET /prod/pets/1").body("raw"));
    assert!(gateway.world.take_calls()[0].ends_with("\n\n"));
}

#[test]
fn a_mapped_response_is_chosen_by_its_status() {
    let gateway = http(IntegrationResponses {
        patterns: vec![(
            Regex::new("^(?:4\\d{2})$").unwrap(),
            response(404, &[], &[("text/html", "<p>"), ("application/json", "{}")]),
        )],
        default: Some(response(
            201,
            &[
                ("method.response.header.x-b", "integration.response.header.x-up"),
                ("method.response.header.x-s", "stageVariables.base"),
            ],
            &[],
        )),
    });
    let send = |status, accept: &str| {
        let answer = upstream(status, &[("x-up", "u"), ("content-type", "a/b")], "body");
        *gateway.world.upstream.lock().unwrap() = Some(Ok(answer));
        gateway.send(&TestRequest::new("GET /prod/pets/1").header("accept", accept))
    };
    expect![[r#"
        201
        content-type: application/json
        x-amz-apigw-id: AAAAAAAAAAAAAAA=
        x-amzn-requestid: c0ffee00-0000-4000-8000-000000000000
        x-amzn-trace-id: Root=1-00000000-000000000000000000000000
        x-b: u
        x-s: v2

        body"#]]
    .assert_eq(&send(200, ""));
    assert!(send(404, "text/html").ends_with("<p>"));
    assert!(send(499, "image/png").ends_with("{}"));
}

#[test]
fn upstreams_that_break_answer_as_aws_does() {
    let gateway = http(IntegrationResponses::default());
    let check = |answer: Result<UpstreamResponse, UpstreamError>, expected: Expect| {
        *gateway.world.upstream.lock().unwrap() = Some(answer);
        expected.assert_eq(&gateway.answer(&TestRequest::new("GET /prod/pets/1")));
    };
    check(
        Err(UpstreamError::TimedOut),
        expect![[r#"504 {"message": "Endpoint request timed out"}"#]],
    );
    check(
        Err(UpstreamError::Network("refused".into())),
        expect![[r#"504 {"message": "Network error communicating with endpoint"}"#]],
    );
    let broken = || expect![[r#"500 {"message": "Internal server error"}"#]];
    check(Err(UpstreamError::TooLarge), broken());
    check(Ok(upstream(200, &[], "no integration response matches")), broken());
}

#[track_caller]
fn check_function(result: Result<&'static str, InvocationError>, expected: Expect) {
    let gateway = gateway(function());
    *gateway.world.result.lock().unwrap() = Some(result.map(|text| text.as_bytes().into()));
    expected.assert_eq(&gateway.answer(&TestRequest::new("GET /prod/pets/1")));
}

#[test]
fn functions_that_break_answer_as_aws_does() {
    let bad_gateway = || expect![[r#"502 {"message": "Internal server error"}"#]];
    check_function(Ok(r#"{"statusCode":201,"body":"b"}"#), expect!["201 b"]);
    check_function(Ok("\"text\""), bad_gateway());
    check_function(Err(CallFault::Trapped("x".into()).into()), bad_gateway());
    check_function(Err(CallFault::MemoryExceeded { megabytes: 1 }.into()), bad_gateway());
    check_function(Err(CallFault::CpuTimeExceeded(Duration::from_secs(29)).into()), bad_gateway());
    check_function(Err(CallFault::Quarantined.into()), bad_gateway());
    check_function(Err(InvocationError::Function(FunctionError::default())), bad_gateway());
    check_function(Err(CallFault::TimedOut(Duration::from_secs(3)).into()), bad_gateway());
    check_function(
        Err(CallFault::TimedOut(Duration::from_secs(29)).into()),
        expect![[r#"504 {"message": "Endpoint request timed out"}"#]],
    );
    check_function(
        Err(CallFault::NoInstance("busy".into()).into()),
        expect![[r#"500 {"message": "Internal server error"}"#]],
    );
}

#[test]
fn a_mock_answers_what_its_template_chooses() {
    let gateway = gateway(Integration::Mock(MockIntegration {
        mappings: RequestMappings::default(),
        templates: templates(
            &[("application/json", "{\"statusCode\": 204}")],
            Passthrough::WhenNoMatch,
        ),
        responses: IntegrationResponses {
            patterns: vec![(
                Regex::new("^(?:204)$").unwrap(),
                response(204, &[("method.response.header.a", "'b'")], &[("text/plain", "ok")]),
            )],
            default: Some(response(200, &[], &[])),
        },
    }));
    expect![[r#"
        204
        a: b
        content-type: text/plain
        x-amz-apigw-id: AAAAAAAAAAAAAAA=
        x-amzn-requestid: c0ffee00-0000-4000-8000-000000000000

        ok"#]]
    .assert_eq(&gateway.send(&TestRequest::new("GET /prod/pets/1")));
    let text = TestRequest::new("POST /prod/pets/1").header("content-type", "text/plain");
    assert_eq!(
        gateway.answer(&text.body("{\"statusCode\": 500}")),
        "200 ",
        "without a template the body itself chooses"
    );
    let text = TestRequest::new("POST /prod/pets/1").header("content-type", "text/plain");
    assert_eq!(gateway.answer(&text.body("no")), r#"500 {"message": "Internal server error"}"#);
}

#[test]
fn a_media_type_without_a_template_is_refused_where_it_may_not_pass() {
    let mock = |passthrough, some: &[(&str, &str)]| {
        let gateway = gateway(Integration::Mock(MockIntegration {
            mappings: RequestMappings::default(),
            templates: templates(some, passthrough),
            responses: IntegrationResponses {
                default: Some(response(200, &[], &[])),
                ..IntegrationResponses::default()
            },
        }));
        let request = TestRequest::new("POST /prod/pets/1").header("content-type", "text/plain");
        gateway.answer(&request.body("{\"statusCode\":200}"))
    };
    let some = [("application/json", "{\"statusCode\":200}")];
    let refused = r#"415 {"message": "Unsupported Media Type"}"#;
    assert_eq!(mock(Passthrough::WhenNoMatch, &some), "200 ");
    assert_eq!(mock(Passthrough::WhenNoTemplates, &some), refused);
    assert_eq!(mock(Passthrough::WhenNoTemplates, &[]), "200 ");
    assert_eq!(mock(Passthrough::Never, &some), refused);
    assert_eq!(mock(Passthrough::Never, &[]), refused);
}

#[test]
fn a_default_template_is_for_every_other_media_type() {
    let mut templates =
        templates(&[("application/json", "{\"statusCode\": 200}")], Passthrough::Never);
    templates.default = Some(Template::parse("{\"statusCode\": 201}").unwrap());
    let gateway = gateway(Integration::Mock(MockIntegration {
        mappings: RequestMappings::default(),
        templates,
        responses: IntegrationResponses {
            patterns: vec![(Regex::new("^(?:201)$").unwrap(), response(201, &[], &[]))],
            default: Some(response(200, &[], &[])),
        },
    }));
    let posted = |media_type: &str| {
        let request = TestRequest::new("POST /prod/pets/1").header("content-type", media_type);
        gateway.answer(&request.body("x"))
    };
    assert_eq!(posted("application/json; charset=utf-8"), "200 ");
    assert_eq!(posted("text/plain"), "201 ");
}

#[test]
fn a_response_that_the_method_does_not_declare_fails_the_call() {
    let undeclared = IntegrationResponse { is_declared: false, ..response(200, &[], &[]) };
    let gateway = gateway(Integration::Mock(MockIntegration {
        mappings: RequestMappings::default(),
        templates: templates(
            &[("application/json", "{\"statusCode\": 200}")],
            Passthrough::WhenNoMatch,
        ),
        responses: IntegrationResponses { patterns: Vec::new(), default: Some(undeclared) },
    }));
    let mut record = Record::default();
    let outcome = gateway.recorded(&TestRequest::new("GET /prod/pets/1"), &mut record);
    assert!(matches!(outcome, Outcome::Respond(response) if response.status() == 500));
    assert_eq!(
        record.error.map(|error| error.cause).as_deref(),
        Some(
            "Execution failed due to configuration error: Output mapping refers to an invalid method response: 200"
        )
    );
}

#[test]
fn what_an_authorizer_is_to_say_is_never_the_clients() {
    let gateway = gateway(Integration::HttpProxy(endpoint(&[
        PROXY,
        ("integration.request.header.x-user", "context.authorizer.user"),
    ])));
    let text = gateway.send(&TestRequest::new("GET /prod/pets/1").header("X-User", "admin"));
    assert!(!text.contains("x-user"), "{text}");
}

#[test]
fn a_mapped_value_cannot_be_a_dot_segment() {
    let gateway = gateway(Integration::HttpProxy(endpoint(&[(
        "integration.request.path.proxy",
        "method.request.header.x",
    )])));
    for value in [".", "..", "a/../admin", "../admin", "a/..", r"a\..\admin", r"..\admin"] {
        let request = TestRequest::new("GET /prod/pets/1").header("X", value);
        assert_eq!(gateway.answer(&request), r#"400 {"message":"Bad Request"}"#, "{value}");
    }
    for value in ["...", "a/b", "a..", "..a/b"] {
        let request = TestRequest::new("GET /prod/pets/1").header("X", value);
        assert!(gateway.send(&request).starts_with("forward "), "{value}");
    }
}

#[test]
fn a_request_with_a_body_is_read_before_the_upstream_is_called() {
    let gateway = gateway(Integration::HttpProxy(endpoint(&[PROXY])));
    *gateway.world.upstream.lock().unwrap() = Some(Ok(upstream(200, &[], "answer")));
    assert_eq!(gateway.answer(&TestRequest::new("POST /prod/pets/1").body("hi")), "200 answer");
    assert!(gateway.world.take_calls()[0].ends_with("\n\nhi"));
    assert_eq!(gateway.answer(&TestRequest::new("GET /prod/pets/1").body("hi")), "200 answer");
    assert!(gateway.world.take_calls()[0].ends_with("\n\n"), "GET has no body at the upstream");
}
