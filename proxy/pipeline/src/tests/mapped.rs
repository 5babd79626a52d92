//! Integrations that are not proxies: templates, mappings with parts of bodies, overrides, and what is
//! binary.

use std::sync::PoisonError;

use expect_test::expect;
use http::StatusCode;
use model::{
    Backend, CallFault, Connection, ContentHandling, CustomFunctionIntegration, EVENT_BYTES_MAX,
    FunctionCredentials, FunctionError, HttpEndpoint, HttpIntegration, HttpVerb, Integration,
    IntegrationResponse, IntegrationResponses, IntegrationTimeout, InvocationError, MediaType,
    MethodKey, MockIntegration, Passthrough, RequestMapping, RequestMappings, RequestTemplates,
    ResponseMapping, ResponseTransfer, ServerTrust, Template, UriTemplate,
};
use regex::Regex;

use super::fixture::{Description, EVENT_FUNCTION, Gateway, TestRequest, method};
use crate::UpstreamResponse;

const JSON: &str = "application/json";

fn gateway_with(integration: Integration, binary: Vec<&'static str>) -> Gateway {
    Gateway::new(Description {
        methods: vec![("/pets/{id}", method(MethodKey::Any, integration))],
        variables: vec![("colour".into(), "blue".into())],
        binary,
        ..Description::default()
    })
}

fn gateway(integration: Integration) -> Gateway {
    gateway_with(integration, Vec::new())
}

fn mappings(mappings: &[(&str, &str)], backend: Backend) -> RequestMappings {
    let parse = |(target, source): &(&str, &str)| RequestMapping::parse(target, source).unwrap();
    RequestMappings::new(mappings.iter().map(parse).collect(), backend)
}

fn templates(templates: &[(&str, &str)]) -> Vec<(MediaType, Template)> {
    let parse = |(media_type, text): &(&str, &str)| {
        (MediaType::parse(media_type).unwrap(), Template::parse(text).unwrap())
    };
    templates.iter().map(parse).collect()
}

fn request_templates(entries: &[(&str, &str)]) -> RequestTemplates {
    RequestTemplates {
        templates: templates(entries),
        default: None,
        passthrough: Passthrough::WhenNoMatch,
    }
}

fn response(
    status: u16,
    mappings: &[(&str, &str)],
    entries: &[(&str, &str)],
) -> IntegrationResponse {
    let parse = |(target, source): &(&str, &str)| ResponseMapping::parse(target, source).unwrap();
    IntegrationResponse {
        status: StatusCode::from_u16(status).unwrap(),
        is_declared: true,
        mappings: mappings.iter().map(parse).collect(),
        content_handling: None,
        templates: templates(entries),
    }
}

fn only(response: IntegrationResponse) -> IntegrationResponses {
    IntegrationResponses { patterns: Vec::new(), default: Some(response) }
}

fn mock(request: &str, answer: IntegrationResponse) -> Gateway {
    gateway(Integration::Mock(MockIntegration {
        mappings: RequestMappings::default(),
        templates: request_templates(&[(JSON, request)]),
        responses: only(answer),
    }))
}

fn custom(request: &[(&str, &str)], responses: IntegrationResponses) -> Gateway {
    custom_with(&[], request, responses)
}

fn custom_with(
    parameters: &[(&str, &str)],
    request: &[(&str, &str)],
    responses: IntegrationResponses,
) -> Gateway {
    gateway(Integration::CustomFunction(CustomFunctionIntegration {
        function: EVENT_FUNCTION,
        credentials: FunctionCredentials::Gateway,
        timeout: IntegrationTimeout::DEFAULT,
        mappings: mappings(parameters, Backend::Aws),
        content_handling: None,
        templates: request_templates(request),
        responses,
    }))
}

fn http(
    parameters: &[(&str, &str)],
    request: &[(&str, &str)],
    answer: IntegrationResponse,
) -> Integration {
    Integration::Http(HttpIntegration {
        endpoint: HttpEndpoint {
            uri: UriTemplate::parse("http://up.example:9000/{id}").unwrap(),
            verb: HttpVerb::Client,
            mappings: mappings(parameters, Backend::Http),
            content_handling: None,
            timeout: IntegrationTimeout::DEFAULT,
            connection: Connection::default(),
            trust: ServerTrust::default(),
            signature: None,
            transfer: ResponseTransfer::default(),
        },
        templates: request_templates(request),
        responses: only(answer),
    })
}

fn answers(gateway: &Gateway, headers: &[(&'static str, &'static str)], body: &str) {
    let headers = headers.iter().map(|(name, value)| {
        (http::HeaderName::from_static(name), http::HeaderValue::from_static(value))
    });
    let answer = UpstreamResponse {
        status: StatusCode::OK,
        headers: headers.collect(),
        body: body.to_owned().into(),
    };
    *gateway.world.upstream.lock().unwrap() = Some(Ok(answer));
}

fn returns(gateway: &Gateway, result: Result<&str, InvocationError>) {
    let result = result.map(|text| bytes::Bytes::from(text.to_owned()));
    *gateway.world.result.lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
}

const INTERNAL: &str = r#"500 {"message": "Internal server error"}"#;

#[test]
fn templates_see_the_request_the_stage_and_the_context() {
    let gateway = mock(
        r#"{"statusCode": 200}"#,
        response(
            200,
            &[],
            &[(
                JSON,
                "$input.params('id') $input.params().querystring.q $input.params().header.get('X-A') \
                 $stageVariables.colour $context.httpMethod $context.stage $context.resourcePath \
                 $context.identity.sourceIp [$context.identity.user] [$context.nothing]",
            )],
        ),
    );
    let request = TestRequest::new("POST /prod/pets/7?q=a%20b&q=c+d").header("X-A", "one");
    assert_eq!(
        gateway.answer(&request.body("{}")),
        "200 7 c d one blue POST prod /pets/{id} 192.0.2.7 [] []"
    );
}

#[test]
fn what_a_request_template_writes_is_there_for_the_response() {
    let gateway = mock(
        "#set($context.own = 'kept')#set($context.responseOverride.status = 444)\
         #set($context.responseOverride.header.X-B = \"b\"){\"statusCode\": 200}",
        response(200, &[("method.response.header.x-b", "'a'")], &[(JSON, "$context.own")]),
    );
    let text = gateway.send(&TestRequest::new("GET /prod/pets/1"));
    assert!(text.starts_with("444\n") && text.contains("x-b: b\n"), "{text}");
    assert!(text.ends_with("\n\nkept"), "{text}");
    let without_template = mock(
        "#set($context.responseOverride.status = 418){\"statusCode\": 200}",
        response(200, &[], &[]),
    );
    assert_eq!(without_template.answer(&TestRequest::new("GET /prod/pets/1")), "418 ");
    let no_status = mock(
        "#set($context.responseOverride.status = 'abc'){\"statusCode\": 200}",
        response(200, &[], &[]),
    );
    assert_eq!(no_status.answer(&TestRequest::new("GET /prod/pets/1")), "200 ");
}

#[test]
fn a_template_that_cannot_be_rendered_fails_the_call() {
    let bomb =
        "#foreach($i in [1..1000])#foreach($j in [1..1000])#foreach($k in [1..1000])x#end#end#end";
    let gateway = mock(bomb, response(200, &[], &[]));
    assert_eq!(gateway.answer(&TestRequest::new("GET /prod/pets/1")), INTERNAL);
}

#[test]
fn an_upstream_gets_what_the_template_makes_and_what_it_overrides() {
    let gateway = gateway(http(
        &[
            ("integration.request.path.id", "method.request.path.id"),
            ("integration.request.querystring.q", "'mapped'"),
            ("integration.request.header.x-name", "method.request.body.pet.name"),
            ("integration.request.header.x-all", "method.request.body"),
            ("integration.request.header.x-none", "method.request.body.pet.colour"),
        ],
        &[(
            JSON,
            "#set($context.requestOverride.path.id = 'a b')\
             #set($context.requestOverride.querystring.q = 'over')\
             #set($context.requestOverride.header.X-List = ['1', '2'])\
             {\"name\": $input.json('$.pet.name'), \"n\": $input.path('$.n')}",
        )],
        response(200, &[], &[]),
    ));
    answers(&gateway, &[], "done");
    let request = TestRequest::new("POST /prod/pets/1").header("content-type", "application/json");
    let request = request.body(r#"{"pet":{"name":"Bo"},"n":3}"#);
    assert_eq!(gateway.answer(&request), "200 done");
    expect![[r#"
        POST /a%20b?q=over -> Http up.example:9000
        accept: application/json
        content-type: application/json
        host: up.example:9000
        user-agent: AmazonAPIGateway_abc
        x-all: {"pet":{"name":"Bo"},"n":3}
        x-amzn-apigateway-api-id: abc
        x-amzn-trace-id: Root=1-00000000-000000000000000000000000
        x-list: 1
        x-list: 2
        x-name: Bo

        {"name": "Bo", "n": 3}"#]]
    .assert_eq(&gateway.world.take_calls()[0]);
}

#[test]
fn a_body_that_mappings_need_must_be_json_if_it_begins_so() {
    let gateway = gateway(http(
        &[
            ("integration.request.path.id", "'x'"),
            ("integration.request.header.x-name", "method.request.body.name"),
        ],
        &[],
        response(200, &[("method.response.header.x-n", "integration.response.body.n")], &[]),
    ));
    answers(&gateway, &[], r#"{"n":{"a":1}}"#);
    let post =
        |body: &str| gateway.send(&TestRequest::new("POST /prod/pets/1").body(body.to_owned()));
    assert!(post("plain").contains("x-n: {\"a\":1}\n"));
    let refused = post("{\"name\":");
    assert!(refused.starts_with("400\n"), "{refused}");
    assert!(refused.ends_with(r#"{"message": "Invalid JSON in request body"}"#), "{refused}");
}

#[test]
fn a_mapping_of_a_header_of_the_gateway_fails_every_call() {
    for name in ["Content-Length", "X-Amzn-Trace-Id"] {
        let target = format!("integration.request.header.{name}");
        let mapped = [("integration.request.path.id", "'x'"), (target.as_str(), "'1'")];
        let gateway = gateway(http(&mapped, &[], response(200, &[], &[])));
        assert_eq!(gateway.answer(&TestRequest::new("GET /prod/pets/1")), INTERNAL, "{name}");
        assert!(gateway.world.take_calls().is_empty());
    }
    let authorization = ("integration.request.header.Authorization", "'x'");
    let gateway = custom_with(&[authorization], &[], only(response(200, &[], &[])));
    assert_eq!(gateway.answer(&TestRequest::new("GET /prod/pets/1")), INTERNAL);
}

fn by_error_message() -> IntegrationResponses {
    IntegrationResponses {
        patterns: vec![(
            Regex::new("^(?:.*not found.*)$").unwrap(),
            response(404, &[], &[(JSON, "{\"error\": \"$input.path('$.errorMessage')\"}")]),
        )],
        default: Some(response(200, &[], &[])),
    }
}

#[test]
fn a_custom_function_gets_an_event_of_the_template_and_its_result_is_mapped() {
    let gateway = custom(
        &[(JSON, "{\"id\": \"$input.params('id')\"}")],
        only(response(201, &[], &[(JSON, "$input.path('$.name')!")])),
    );
    returns(&gateway, Ok(r#"{"name":"Bo"}"#));
    let text = gateway.send(&TestRequest::new("GET /prod/pets/7"));
    assert_eq!(gateway.world.take_calls(), [r#"{"id": "7"}"#]);
    assert!(text.starts_with("201\n") && text.ends_with("\n\nBo!"), "{text}");
    assert!(text.contains("x-amzn-trace-id: Root="), "{text}");
}

#[test]
fn a_custom_function_gets_the_body_where_there_is_no_template() {
    let gateway = custom(&[], by_error_message());
    returns(&gateway, Ok("[1]"));
    assert_eq!(gateway.answer(&TestRequest::new("POST /prod/pets/7").body("[2]")), "200 [1]");
    assert_eq!(gateway.answer(&TestRequest::new("POST /prod/pets/7")), "200 [1]");
    assert_eq!(gateway.world.take_calls(), ["[2]", "{}"]);
    assert_eq!(gateway.answer(&TestRequest::new("POST /prod/pets/7").body("no")), INTERNAL);
    assert!(gateway.world.take_calls().is_empty());
}

/// A function that is called as the header `x-type` says.
fn invoked_as_the_client_asks() -> Gateway {
    let pattern = |status: u16| {
        let pattern = Regex::new(&format!("^(?:{status})$")).unwrap();
        (pattern, response(status, &[], &[]))
    };
    let patterns = vec![pattern(202), pattern(204)];
    let responses = IntegrationResponses { patterns, default: Some(response(200, &[], &[])) };
    let header = "integration.request.header.X-Amz-Invocation-Type";
    let mapping = (header, "method.request.header.x-type");
    custom_with(&[mapping], &[(JSON, "{\"id\": \"$input.params('id')\"}")], responses)
}

#[test]
fn a_custom_function_is_called_later_if_the_invocation_type_says_so() {
    let gateway = invoked_as_the_client_asks();
    returns(&gateway, Ok("1"));
    let request = |kind: &str| TestRequest::new("GET /prod/pets/7").header("x-type", kind);
    for (kind, answer, calls) in [
        ("Event", "202 ", &["later {\"id\": \"7\"}"][..]),
        ("DryRun", "204 ", &[]),
        ("RequestResponse", "200 1", &["{\"id\": \"7\"}"]),
        ("event", INTERNAL, &[]),
    ] {
        assert_eq!(gateway.answer(&request(kind)), answer, "{kind}");
        assert_eq!(gateway.world.take_calls(), calls, "{kind}");
    }
    *gateway.world.later.lock().unwrap() = Some(CallFault::NoInstance("no room".into()));
    assert_eq!(gateway.answer(&request("Event")), INTERNAL);
}

#[test]
fn an_event_that_is_too_large_is_not_called_later() {
    let header = "integration.request.header.X-Amz-Invocation-Type";
    let gateway = custom_with(&[(header, "'Event'")], &[], only(response(200, &[], &[])));
    let request = |bytes: usize| {
        let event = format!("\"{}\"", "x".repeat(bytes - 2));
        TestRequest::new("POST /prod/pets/7").body(event)
    };
    assert_eq!(gateway.answer(&request(EVENT_BYTES_MAX)), "200 ");
    assert_eq!(gateway.answer(&request(EVENT_BYTES_MAX + 1)), INTERNAL);
    assert_eq!(gateway.world.take_calls().len(), 1);
}

#[test]
fn an_error_message_chooses_the_response() {
    let error = |message: &str| {
        let error_message = message.to_owned();
        let error =
            FunctionError { error_type: "E".into(), error_message, stack_trace: Vec::new() };
        Err(InvocationError::Function(error))
    };
    let gateway = custom(&[], by_error_message());
    let request = || TestRequest::new("GET /prod/pets/7");
    returns(&gateway, error("pet not found here"));
    assert_eq!(gateway.answer(&request()), "404 {\"error\": \"pet not found here\"}");
    returns(&gateway, error("other"));
    let answer = gateway.answer(&request());
    assert!(
        answer.starts_with("200 {") && answer.contains("\"errorMessage\":\"other\""),
        "{answer}"
    );
    returns(&gateway, Ok(r#"{"errorMessage":"not found"}"#));
    assert_eq!(gateway.answer(&request()), "404 {\"error\": \"not found\"}");
    returns(&gateway, Err(CallFault::Trapped("unreachable".into()).into()));
    assert!(gateway.answer(&request()).contains("Runtime.ExitError"));
    returns(&gateway, Err(CallFault::TimedOut(IntegrationTimeout::DEFAULT.duration()).into()));
    assert_eq!(gateway.answer(&request()), r#"504 {"message": "Endpoint request timed out"}"#);
    returns(&gateway, Err(CallFault::NoInstance("busy".into()).into()));
    assert_eq!(gateway.answer(&request()), INTERNAL);
}

#[track_caller]
fn check_request_conversion(handling: Option<ContentHandling>, kind: &str, sent: &str, got: &str) {
    let Integration::Http(mut integration) =
        http(&[("integration.request.path.id", "'x'")], &[], response(200, &[], &[]))
    else {
        unreachable!()
    };
    integration.endpoint.content_handling = handling;
    let gateway = gateway_with(Integration::Http(integration), vec!["image/png"]);
    answers(&gateway, &[], "");
    let request = TestRequest::new("POST /prod/pets/1").header("content-type", kind);
    let answer = gateway.answer(&request.body(sent.to_owned()));
    let calls = gateway.world.take_calls();
    let body = calls.first().map_or(answer.as_str(), |call| call.split_once("\n\n").unwrap().1);
    assert_eq!(body, got, "{handling:?} {kind}");
}

#[test]
fn request_payloads_are_converted_as_documented() {
    use ContentHandling::{ConvertToBinary, ConvertToText};
    check_request_conversion(None, "text/plain", "aGk=", "aGk=");
    check_request_conversion(Some(ConvertToBinary), "text/plain", "aGk=", "hi");
    check_request_conversion(Some(ConvertToBinary), "text/plain", "???", INTERNAL);
    check_request_conversion(Some(ConvertToText), "text/plain", "hi", "hi");
    check_request_conversion(None, "image/png", "hi", "hi");
    check_request_conversion(Some(ConvertToBinary), "image/png", "hi", "hi");
    check_request_conversion(Some(ConvertToText), "image/png", "hi", "aGk=");
}

#[track_caller]
fn check_response_conversion(
    handling: Option<ContentHandling>,
    (kind, accept): (&'static str, &str),
    sent: &str,
    got: &str,
) {
    let mut answer = response(200, &[], &[]);
    answer.content_handling = handling;
    let integration = http(&[("integration.request.path.id", "'x'")], &[], answer);
    let gateway = gateway_with(integration, vec!["image/png"]);
    answers(&gateway, &[("content-type", kind)], sent);
    let request = TestRequest::new("GET /prod/pets/1").header("accept", accept);
    assert_eq!(gateway.answer(&request), got, "{handling:?} {kind} {accept}");
}

#[test]
fn response_payloads_are_converted_as_documented() {
    use ContentHandling::{ConvertToBinary, ConvertToText};
    let (text, image) = ("text/plain", "image/png");
    check_response_conversion(None, (text, text), "aGk=", "200 aGk=");
    check_response_conversion(None, (text, "image/png, */*"), "aGk=", "200 hi");
    check_response_conversion(None, (image, "*/*"), "hi", "200 aGk=");
    check_response_conversion(None, (image, image), "hi", "200 hi");
    check_response_conversion(Some(ConvertToBinary), (text, text), "aGk=", "200 hi");
    check_response_conversion(Some(ConvertToBinary), (text, text), "?", INTERNAL);
    check_response_conversion(Some(ConvertToBinary), (image, text), "hi", "200 hi");
    check_response_conversion(Some(ConvertToText), (text, image), "hi", "200 hi");
    check_response_conversion(Some(ConvertToText), (image, image), "hi", "200 aGk=");
}

#[test]
fn a_template_does_not_read_what_is_binary() {
    let integration = http(
        &[("integration.request.path.id", "'x'")],
        &[(JSON, "$input.body")],
        response(200, &[], &[]),
    );
    let gateway = gateway_with(integration, vec![JSON]);
    answers(&gateway, &[], "");
    let request = TestRequest::new("POST /prod/pets/1").header("content-type", JSON);
    assert_eq!(gateway.answer(&request.body(&b"\xff\xfe"[..])), INTERNAL);
}

fn gzipped(text: &str) -> bytes::Bytes {
    use std::io::Write as _;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap().into()
}

fn echo() -> Gateway {
    let gateway = custom(&[(JSON, "\"$input.params('id') $input.body\"")], by_error_message());
    returns(&gateway, Ok("{}"));
    gateway
}

#[test]
fn an_encoded_body_is_decoded_before_anything_reads_it() {
    let gateway = echo();
    let encoded = |coding: &str, body: bytes::Bytes| {
        let request = TestRequest::new("POST /prod/pets/1").header("content-encoding", coding);
        gateway.answer(&request.body(body))
    };
    assert_eq!(encoded("gzip", gzipped("hello")), "200 {}");
    assert_eq!(gateway.world.take_calls(), ["\"1 hello\""]);
    assert_eq!(encoded("identity", "plain".into()), "200 {}");
    let refused = r#"415 {"message": "Unsupported Media Type"}"#;
    assert_eq!(encoded("br", "x".into()), refused);
    assert_eq!(encoded("gzip", "no gzip".into()), refused);
    assert_eq!(encoded("deflate", gzipped("hello")), refused);
    let cut = gzipped("hello").slice(..12);
    assert_eq!(encoded("gzip", cut), refused);
    let bomb = gzipped(&"0".repeat(model::BODY_BYTES_MAX + 1));
    assert_eq!(encoded("gzip", bomb), r#"413 {"message":"Request Too Long"}"#);
}

#[test]
fn a_response_is_compressed_from_its_minimum_size_on() {
    let long = "y".repeat(5_000);
    let gateway = Gateway::new(Description {
        methods: vec![(
            "/pets/{id}",
            method(
                MethodKey::Any,
                Integration::Mock(MockIntegration {
                    mappings: RequestMappings::default(),
                    templates: request_templates(&[(JSON, "{\"statusCode\": 200}")]),
                    responses: only(response(200, &[], &[(JSON, &long)])),
                }),
            ),
        )],
        compression: model::CompressionSize::from_bytes(5_000),
        ..Description::default()
    });
    let answer = |accept: &str| {
        let request = TestRequest::new("GET /prod/pets/1").header("accept-encoding", accept);
        gateway.send(&request)
    };
    let text = answer("gzip");
    assert!(text.contains("content-encoding: gzip\n") && text.len() < 500, "{text}");
    let text = answer("deflate");
    assert!(text.contains("content-encoding: deflate\n") && text.len() < 500, "{text}");
    for accept in ["identity", "br", ""] {
        let text = answer(accept);
        assert!(!text.contains("content-encoding") && text.ends_with(&long), "{accept}");
    }
}

#[test]
fn a_proxied_response_is_awaited_to_be_compressed() {
    let endpoint = |compression| {
        let Integration::Http(integration) =
            http(&[("integration.request.path.id", "'x'")], &[], response(200, &[], &[]))
        else {
            unreachable!()
        };
        let gateway = Gateway::new(Description {
            methods: vec![(
                "/pets/{id}",
                method(MethodKey::Any, Integration::HttpProxy(integration.endpoint)),
            )],
            compression,
            ..Description::default()
        });
        answers(&gateway, &[], "0123456789");
        gateway.send(&TestRequest::new("GET /prod/pets/1").header("accept-encoding", "gzip"))
    };
    assert!(endpoint(None).starts_with("forward "));
    let text = endpoint(model::CompressionSize::from_bytes(0));
    assert!(text.contains("content-encoding: gzip\n"), "{text}");
    let text = endpoint(model::CompressionSize::from_bytes(11));
    assert!(text.ends_with("0123456789"), "{text}");
}
