//! What is kept of a request whose method has data trace on, and what is not.

use expect_test::{Expect, expect};
use http::HeaderName;
use model::{
    AuthorizerKind, MediaType, MethodKey, MethodSettings, MockIntegration, Passthrough,
    RequestMappings, RequestTemplates, ResponseMapping, StageSettings, Template, Verb,
};

use super::fixture::{Description, EVENT_FUNCTION, Gateway, TestRequest, authorized, authorizer};
use super::fixture::{function, method};
use crate::Record;

const TRACED: MethodSettings =
    MethodSettings { data_trace: true, detailed_metrics: false, throttle: None, caching: None };

fn settings() -> StageSettings {
    StageSettings { every_method: TRACED, methods: Vec::new() }
}

/// What a request came to, step by step.
fn traced(gateway: &Gateway, request: &TestRequest) -> String {
    let mut record = Record::default();
    gateway.recorded(request, &mut record);
    let Some(trace) = record.trace else { return "no trace".to_owned() };
    let mut lines = Vec::new();
    for phase in trace.to_phases() {
        for step in phase.steps {
            lines.push(format!("{:?}: {}: {}", phase.phase, step.what, step.value));
        }
    }
    lines.join("\n")
}

fn check(gateway: &Gateway, request: &TestRequest, expected: Expect) {
    expected.assert_eq(&traced(gateway, request));
}

fn function_gateway(authorizer_ttl: u64) -> Gateway {
    let header = HeaderName::from_static("x-pass");
    let kind = AuthorizerKind::Token { header, validation: None };
    let event_function = authorizer(kind, EVENT_FUNCTION, authorizer_ttl);
    Gateway::new(Description {
        methods: vec![("/pets/{id}", authorized(method(MethodKey::Verb(Verb::Get), function())))],
        authorizers: vec![event_function],
        settings: settings(),
        ..Description::default()
    })
}

/// That of the authorizer, which the integration fails with.
fn answers(gateway: &Gateway, result: &'static str) {
    *gateway.world.result.lock().unwrap() = Some(Ok(result.as_bytes().into()));
}

const DECISION: &str = r#"{"principalId": "user", "policyDocument": {"Version": "2012-10-17",
    "Statement": [{"Action": "*", "Effect": "Allow", "Resource": "*"}]}, "context": {"tier": 1}}"#;

#[test]
fn each_phase_says_what_it_decided_and_no_secret_is_in_it() {
    let gateway = function_gateway(0);
    answers(&gateway, DECISION);
    let request = TestRequest::new("GET /prod/pets/7?token=a%20long%20token&q=1")
        .header("X-Pass", "Open \"Sesame\"")
        .header("Cookie", "session=0123456789; a=b")
        .header("X-Echo", "0123456789");
    check(
        &gateway,
        &request,
        expect![[r#"
            Route: request: {"method":"GET","host":"abc.execute-api.eu-west-1.amazonaws.com","path":"/prod/pets/7","query":[["token","[CONCEALED]"],["q","1"]],"headers":{"x-pass":["[CONCEALED]"],"cookie":["[CONCEALED]"],"x-echo":["[CONCEALED]"]},"sourceIp":"192.0.2.7"}
            Route: route: {"apiId":"abc","stage":"prod","deploymentId":"dep001","canary":null,"stageVariables":[],"resourcePath":"/pets/{id}","httpMethod":"GET","pathParameters":[["id","7"]]}
            Authorize: authorizer: {"name":"tokens","methodArn":"arn:aws:execute-api:eu-west-1:123456789012:abc/prod/GET/pets/7","cached":false}
            Authorize: event: {"bytes":132,"text":"{\"type\":\"TOKEN\",\"authorizationToken\":\"[CONCEALED]\",\"methodArn\":\"arn:aws:execute-api:eu-west-1:123456789012:abc/prod/GET/pets/7\"}"}
            Authorize: result: {"bytes":164,"text":"{\"principalId\": \"user\", \"policyDocument\": {\"Version\": \"2012-10-17\",\n    \"Statement\": [{\"Action\": \"*\", \"Effect\": \"Allow\", \"Resource\": \"*\"}]}, \"context\": {\"tier\": 1}}"}
            Authorize: decision: {"principalId":"user","context":[["tier","1"]]}
            Authorize: policies: "Allow"
            Integration: event: {"bytes":1677,"text":"{\"resource\":\"/pets/{id}\",\"path\":\"/pets/7\",\"httpMethod\":\"GET\",\"headers\":{\"X-Pass\":\"[CONCEALED]\",\"Cookie\":\"[CONCEALED]\",\"X-Echo\":\"[CONCEALED]\",\"Host\":\"abc.execute-api.eu-west-1.amazonaws.com\",\"X-Amzn-Trace-Id\":\"Root=1-00000000-000000000000000000000000\",\"X-Forwarded-For\":\"192.0.2.7\",\"X-Forwarded-Port\":\"8080\",\"X-Forwarded-Proto\":\"http\"},\"multiValueHeaders\":{\"X-Pass\":[\"[CONCEALED]\"],\"Cookie\":[\"[CONCEALED]\"],\"X-Echo\":[\"[CONCEALED]\"],\"Host\":[\"abc.execute-api.eu-west-1.amazonaws.com\"],\"X-Amzn-Trace-Id\":[\"Root=1-00000000-000000000000000000000000\"],\"X-Forwarded-For\":[\"192.0.2.7\"],\"X-Forwarded-Port\":[\"8080\"],\"X-Forwarded-Proto\":[\"http\"]},\"queryStringParameters\":{\"q\":\"1\",\"token\":\"[CONCEALED]\"},\"multiValueQueryStringParameters\":{\"q\":[\"1\"],\"token\":[\"[CONCEALED]\"]},\"pathParameters\":{\"id\":\"7\"},\"stageVariables\":null,\"requestContext\":{\"accountId\":\"123456789012\",\"apiId\":\"abc\",\"authorizer\":{\"tier\":\"1\",\"principalId\":\"user\",\"integrationLatency\":0},\"deploymentId\":\"dep001\",\"domainName\":\"abc.execute-api.eu-west-1.amazonaws.com\",\"domainPrefix\":\"abc\",\"extendedRequestId\":\"AAAAAAAAAAAAAAA=\",\"httpMethod\":\"GET\",\"identity\":{\"accessKey\":null,\"accountId\":null,\"caller\":null,\"cognitoAuthenticationProvider\":null,\"cognitoAuthenticationType\":null,\"cognitoIdentityId\":null,\"cognitoIdentityPoolId\":null,\"principalOrgId\":null,\"sourceIp\":\"192.0.2.7\",\"user\":null,\"userAgent\":null,\"userArn\":null},\"path\":\"/prod/pets/7\",\"protocol\":\"HTTP/1.1\",\"requestId\":\"c0ffee00-0000-4000-8000-000000000000\",\"requestTime\":\"04/Mar/2020:19:03:58 +0000\",\"requestTimeEpoch\":1583348638390,\"resourceId\":\"res123\",\"resourcePath\":\"/pets/{id}\",\"stage\":\"prod\"},\"body\":null,\"isBase64Encoded\":false}"}
            Integration: result: {"bytes":164,"text":"{\"principalId\": \"user\", \"policyDocument\": {\"Version\": \"2012-10-17\",\n    \"Statement\": [{\"Action\": \"*\", \"Effect\": \"Allow\", \"Resource\": \"*\"}]}, \"context\": {\"tier\": 1}}"}
            Integration: refused: "Execution failed due to configuration error: Malformed Lambda proxy response: unknown field `principalId`, expected one of `statusCode`, `headers`, `multiValueHeaders`, `body`, `isBase64Encoded` at line 1 column 14"
            Response: gateway response: "INTEGRATION_FAILURE"
            Response: response: {"status":502,"headers":{"content-type":["application/json"],"x-amzn-errortype":["InternalServerErrorException"],"x-amzn-requestid":["c0ffee00-0000-4000-8000-000000000000"],"x-amz-apigw-id":["AAAAAAAAAAAAAAA="]},"body":{"bytes":36,"text":"{\"message\": \"Internal server error\"}"}}"#]],
    );
}

#[test]
fn a_refusal_says_why() {
    let gateway = function_gateway(0);
    answers(&gateway, r#"{"principalId": "user"}"#);
    check(
        &gateway,
        &TestRequest::new("GET /prod/pets/7").header("x-pass", "x"),
        expect![[r#"
        Route: request: {"method":"GET","host":"abc.execute-api.eu-west-1.amazonaws.com","path":"/prod/pets/7","query":[],"headers":{"x-pass":["[CONCEALED]"]},"sourceIp":"192.0.2.7"}
        Route: route: {"apiId":"abc","stage":"prod","deploymentId":"dep001","canary":null,"stageVariables":[],"resourcePath":"/pets/{id}","httpMethod":"GET","pathParameters":[["id","7"]]}
        Authorize: authorizer: {"name":"tokens","methodArn":"arn:aws:execute-api:eu-west-1:123456789012:abc/prod/GET/pets/7","cached":false}
        Authorize: event: {"bytes":118,"text":"{\"type\":\"TOKEN\",\"authorizationToken\":\"x\",\"methodArn\":\"arn:aws:execute-api:eu-west-1:123456789012:abc/prod/GET/pets/7\"}"}
        Authorize: result: {"bytes":23,"text":"{\"principalId\": \"user\"}"}
        Authorize: refused: "authorizer: the result is no decision: missing field `policyDocument` at line 1 column 23"
        Response: gateway response: "AUTHORIZER_CONFIGURATION_ERROR"
        Response: response: {"status":500,"headers":{"content-type":["application/json"],"x-amzn-errortype":["AuthorizerConfigurationException"],"x-amzn-requestid":["c0ffee00-0000-4000-8000-000000000000"],"x-amz-apigw-id":["AAAAAAAAAAAAAAA="]},"body":{"bytes":16,"text":"{\"message\":null}"}}"#]],
    );
    check(
        &gateway,
        &TestRequest::new("GET /prod/pets/7"),
        expect![[r#"
        Route: request: {"method":"GET","host":"abc.execute-api.eu-west-1.amazonaws.com","path":"/prod/pets/7","query":[],"headers":{},"sourceIp":"192.0.2.7"}
        Route: route: {"apiId":"abc","stage":"prod","deploymentId":"dep001","canary":null,"stageVariables":[],"resourcePath":"/pets/{id}","httpMethod":"GET","pathParameters":[["id","7"]]}
        Authorize: refused: "no identity, or one that the authorizer refused"
        Response: gateway response: "UNAUTHORIZED"
        Response: response: {"status":401,"headers":{"content-type":["application/json"],"x-amzn-errortype":["UnauthorizedException"],"x-amzn-requestid":["c0ffee00-0000-4000-8000-000000000000"],"x-amz-apigw-id":["AAAAAAAAAAAAAAA="]},"body":{"bytes":26,"text":"{\"message\":\"Unauthorized\"}"}}"#]],
    );
}

#[test]
fn templates_and_mappings_show_before_and_after() {
    let json = || MediaType::parse("application/json").unwrap();
    let template = |text| vec![(json(), Template::parse(text).unwrap())];
    let answer = model::IntegrationResponse {
        status: http::StatusCode::OK,
        is_declared: true,
        mappings: vec![ResponseMapping::parse("method.response.header.x", "'mapped'").unwrap()],
        content_handling: None,
        templates: template("$input.body of $stageVariables.none"),
    };
    let integration = model::Integration::Mock(MockIntegration {
        mappings: RequestMappings::default(),
        templates: RequestTemplates {
            templates: template("#set($x = $input.path('$.x')){\"statusCode\": $x}"),
            default: None,
            passthrough: Passthrough::WhenNoMatch,
        },
        responses: model::IntegrationResponses { patterns: Vec::new(), default: Some(answer) },
    });
    let gateway = Gateway::new(Description {
        methods: vec![("/", method(MethodKey::Any, integration))],
        settings: settings(),
        ..Description::default()
    });
    let request = |body: &'static str| TestRequest::new("POST /prod/").body(body);
    check(
        &gateway,
        &request(r#"{"x": 200}"#),
        expect![[r#"
        Route: request: {"method":"POST","host":"abc.execute-api.eu-west-1.amazonaws.com","path":"/prod/","query":[],"headers":{},"sourceIp":"192.0.2.7"}
        Route: route: {"apiId":"abc","stage":"prod","deploymentId":"dep001","canary":null,"stageVariables":[],"resourcePath":"/","httpMethod":"POST","pathParameters":[]}
        Integration: template input: {"bytes":10,"text":"{\"x\": 200}"}
        Integration: template output: {"bytes":19,"text":"{\"statusCode\": 200}"}
        Integration: statusCode: 200
        Integration: integration response: {"selectedBy":"200","status":200,"mappedHeaders":{"x":["mapped"]}}
        Integration: template input: {"bytes":0,"text":""}
        Integration: template output: {"bytes":6,"text":"{} of "}
        Response: response: {"status":200,"headers":{"x":["mapped"],"content-type":["application/json"],"x-amzn-requestid":["c0ffee00-0000-4000-8000-000000000000"],"x-amz-apigw-id":["AAAAAAAAAAAAAAA="]},"body":{"bytes":6,"text":"{} of "}}"#]],
    );
    check(
        &gateway,
        &request(r#"{"x": "#),
        expect![[r#"
        Route: request: {"method":"POST","host":"abc.execute-api.eu-west-1.amazonaws.com","path":"/prod/","query":[],"headers":{},"sourceIp":"192.0.2.7"}
        Route: route: {"apiId":"abc","stage":"prod","deploymentId":"dep001","canary":null,"stageVariables":[],"resourcePath":"/","httpMethod":"POST","pathParameters":[]}
        Integration: template input: {"bytes":6,"text":"{\"x\": "}
        Integration: template output: {"bytes":16,"text":"{\"statusCode\": }"}
        Integration: refused: "Execution failed due to configuration error: Unable to parse statusCode. It should be an integer that is defined in the request template."
        Response: gateway response: "API_CONFIGURATION_ERROR"
        Response: response: {"status":500,"headers":{"content-type":["application/json"],"x-amzn-errortype":["InternalServerErrorException"],"x-amzn-requestid":["c0ffee00-0000-4000-8000-000000000000"],"x-amz-apigw-id":["AAAAAAAAAAAAAAA="]},"body":{"bytes":36,"text":"{\"message\": \"Internal server error\"}"}}"#]],
    );
}

#[test]
fn only_the_methods_that_are_set_to_are_traced() {
    let traces = |settings: StageSettings| {
        let gateway = Gateway::new(Description { settings, ..Description::default() });
        answers(&gateway, r#"{"statusCode": 200}"#);
        traced(&gateway, &TestRequest::new("GET /prod/pets/7")) != "no trace"
    };
    let of = |path: &str, verb, settings| (path.to_owned(), verb, settings);
    let off = MethodSettings::default();
    assert!(!traces(StageSettings::default()));
    assert!(traces(settings()));
    let methods = vec![of("/pets/{id}", Verb::Get, off)];
    assert!(!traces(StageSettings { every_method: TRACED, methods }));
    let methods = vec![of("/pets/{id}", Verb::Get, TRACED), of("/gone", Verb::Get, off)];
    assert!(traces(StageSettings { every_method: off, methods }));
    let methods = vec![of("/pets/{id}", Verb::Post, TRACED)];
    assert!(!traces(StageSettings { every_method: off, methods }));
}

#[test]
fn what_is_long_is_cut_and_no_part_of_a_secret_is_left() {
    let gateway = Gateway::new(Description { settings: settings(), ..Description::default() });
    let secret = "s".repeat(500);
    // The secret stands across the cut.
    let body = format!("{}{secret}{}", "a".repeat(8_000), "b".repeat(1_000_000));
    answers(&gateway, r#"{"statusCode": 200}"#);
    let request = TestRequest::new("GET /prod/pets/7").header("authorization", &secret).body(body);
    let text = traced(&gateway, &request);
    assert!(text.len() < 64 * 1024, "{}", text.len());
    assert!(text.contains("[TRUNCATED]") && text.contains("[CONCEALED]"));
    assert!(!text.contains("ssssss"), "{text}");
}

#[test]
fn secrets_that_are_learnt_on_the_way_are_not_in_it_either() {
    let gateway = function_gateway(0);
    let decision = DECISION
        .replace("{\"principalId\"", "{\"usageIdentifierKey\": \"an-api-key\", \"principalId\"");
    *gateway.world.result.lock().unwrap() = Some(Ok(decision.into()));
    let request = TestRequest::new("GET /prod/pets/7?token=ab%2fcd/ef==").header("X-Pass", "x");
    let text = traced(&gateway, &request);
    assert!(text.contains("usageIdentifierKey") && !text.contains("an-api-key"), "{text}");
    assert!(!text.contains("ab%2fcd") && !text.contains("ab/cd"), "{text}");
    let gateway = Gateway::new(Description { settings: settings(), ..Description::default() });
    answers(
        &gateway,
        r#"{"statusCode": 200, "headers": {"Set-Cookie": "session=0123456789; Path=/"}}"#,
    );
    let text = traced(&gateway, &TestRequest::new("GET /prod/pets/7"));
    assert!(text.contains("session=[CONCEALED]; Path=/") && !text.contains("0123456789"), "{text}");
}
