//! Methods and authorizers, tested before they are deployed.

use serde_json::Value;

use super::functions::Pets as PetsFunction;
use super::{Pets, text};
use crate::components::{Component, ECHO, HTTP_HANDLER, LAMBDA_AUTHORIZER, TYPED_AUTHORIZER};
use crate::upstream::Upstream;

/// The text of each line of a log, without its date; ids by their name.
fn lines(tested: &Value) -> Vec<String> {
    let log = text(&tested["log"]);
    let mut lines = log.lines();
    let first = lines.next().unwrap();
    let id = first.strip_prefix("Execution log for request ").unwrap();
    let line = |line: &str| {
        let (date, text) = line.split_once(" : ").unwrap();
        assert_eq!(date.split(' ').count(), 6, "{line}");
        text.replace(id, "ID")
    };
    lines.map(line).collect()
}

#[track_caller]
fn assert_has(lines: &[String], expected: &[&str]) {
    let mut rest = lines.iter();
    for line in expected {
        assert!(rest.any(|found| found.starts_with(line)), "no {line:?} in order: {lines:#?}");
    }
}

#[test]
fn a_method_is_tested_before_it_is_deployed() {
    let pets = Pets::new();
    let body = r#"{"application/json": "hello"}"#;
    let response = ["--status-code", "200", "--response-templates", body];
    pets.method("put-integration-response", &response);
    let more = ["--path-with-query-string", "/pets?kind=cat"];
    let tested = pets.method("test-invoke-method", &more);
    assert_eq!((&tested["status"], &tested["body"]), (&200.into(), &"hello".into()));
    assert_eq!(tested["headers"], serde_json::json!({"Content-Type": "application/json"}));
    assert_eq!(tested["multiValueHeaders"]["Content-Type"][0], "application/json");
    assert!(tested["latency"].is_u64());
    assert_has(
        &lines(&tested),
        &[
            "Starting execution for request: ID",
            "HTTP Method: GET, Resource Path: /pets",
            "Method request path: {}",
            "Method request query string: {kind=cat}",
            "Method request headers: {}",
            "Method request body before transformations: ",
            "Method response body after transformations: hello",
            "Method response headers: {Content-Type=application/json}",
            "Successfully completed execution",
            "Method completed with status: 200",
        ],
    );
    // Nothing was deployed.
    assert_eq!(pets.node.get(&pets.api, "/test-invoke-stage/pets").status, 404);
}

#[test]
fn a_request_of_a_test_reaches_the_upstream() {
    let upstream = Upstream::start();
    let pets = Pets::new();
    let uri = upstream.uri("/cats");
    let proxy = ["--type", "HTTP_PROXY", "--integration-http-method", "GET", "--uri", &uri];
    pets.method("put-integration", &proxy);
    let headers = r#"{"Authorization": "Bearer of-a-secret", "X-One": "1"}"#;
    let tested = pets.method("test-invoke-method", &["--headers", headers]);
    assert_eq!(tested["status"], 200, "{tested}");
    let lines = lines(&tested);
    let sending = format!("Sending request to {uri}");
    assert_has(
        &lines,
        &[
            "Method request headers: {Authorization=************secret, X-One=1}",
            &format!("Endpoint request URI: {uri}"),
            "Endpoint request headers: {",
            &sending,
            "Received response. Status: 200, Integration latency: ",
            "Endpoint response headers: {",
            "Successfully completed execution",
        ],
    );
    assert!(!lines.iter().any(|line| line.contains("Bearer")), "{lines:#?}");
}

#[test]
fn what_goes_wrong_is_told_as_aws_tells_it() {
    let pets = Pets::new();
    // No integration response is there.
    let tested = pets.method("test-invoke-method", &[]);
    assert_eq!(tested["status"], 500);
    assert_eq!(tested["headers"]["x-amzn-ErrorType"], "InternalServerErrorException");
    assert_has(
        &lines(&tested),
        &[
            "Execution failed due to configuration error: No match for output mapping",
            "Gateway response type: API_CONFIGURATION_ERROR with status code: 500",
            r#"Gateway response body: {"message": "Internal server error"}"#,
            "Method completed with status: 500",
        ],
    );
}

#[test]
fn a_function_is_called_by_a_test() {
    let pets = PetsFunction::new(ECHO);
    let api = pets.add_api();
    let resources = pets.0.aws("apigateway get-resources --rest-api-id", &[&api]);
    let root = text(&resources["items"][0]["id"]);
    let method = ["--rest-api-id", &api, "--resource-id", &root, "--http-method", "GET"];
    let more = ["--stage-variables", "colour=blue"];
    let more = [&method[..], &more].concat();
    let tested = pets.0.aws("apigateway test-invoke-method", &more);
    assert_eq!(tested["status"], 200, "{tested}");
    let event: Value = serde_json::from_str(&text(&tested["body"])).unwrap();
    let context = &event["requestContext"];
    assert_eq!(context["stage"], "test-invoke-stage");
    assert_eq!(context["domainName"], "testPrefix.testDomainName");
    assert_eq!(context["path"], "/");
    assert_eq!(event["stageVariables"]["colour"], "blue");
    assert_has(
        &lines(&tested),
        &[
            "Endpoint request URI: https://lambda.us-east-1.amazonaws.com/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:pets/invocations",
            "Endpoint request body after transformations: {",
            "Received response. Status: 200",
            "Method completed with status: 200",
        ],
    );
}

#[test]
fn a_function_that_does_not_let_a_test_call_it_is_not_called() {
    let pets = PetsFunction::new(ECHO);
    let api = pets.add_api_of("pets");
    pets.permit_at(&format!("{api}/prod/GET/"), &[]);
    let resources = pets.0.aws("apigateway get-resources --rest-api-id", &[&api]);
    let root = text(&resources["items"][0]["id"]);
    let method = ["--rest-api-id", &api, "--resource-id", &root, "--http-method", "GET"];
    let tested = pets.0.aws("apigateway test-invoke-method", &method);
    assert_eq!(tested["status"], 500, "{tested}");
    let failed =
        "Execution failed due to configuration error: Invalid permissions on Lambda function";
    assert_has(&lines(&tested), &[failed]);
}

#[test]
fn a_function_that_streams_is_read_to_its_end_by_a_test() {
    let pets = PetsFunction::new(HTTP_HANDLER);
    let api = pets.add_api();
    let resources = pets.0.aws("apigateway get-resources --rest-api-id", &[&api]);
    let root = text(&resources["items"][0]["id"]);
    let more = ["--rest-api-id", &api, "--resource-id", &root, "--http-method", "GET"];
    let tested = pets.0.aws("apigateway test-invoke-method", &more);
    assert_eq!(tested["status"], 200, "{tested}");
    assert_has(&lines(&tested), &["Received response. Status: 200", "Successfully completed"]);
}

#[test]
fn an_authorizer_written_for_lambda_is_tested() {
    let test = Authorizer::new(LAMBDA_AUTHORIZER);
    for (token, effect) in [("allow", "Allow"), ("deny", "Deny")] {
        let tested = test.with(token);
        assert_eq!(tested["clientStatus"], 0, "{tested}");
        assert_eq!(tested["principalId"], "user-2");
        let policy: Value = serde_json::from_str(&text(&tested["policy"])).unwrap();
        assert_eq!(policy["Statement"][0]["Effect"], effect);
        assert_has(
            &lines(&tested),
            &[
                &format!("Starting authorizer: {} for request: ID", test.id),
                "Incoming identity: ***",
                "Endpoint request body after transformations: {\"type\":\"TOKEN\"",
                "Authorizer result body before parsing: {\"principalId\":\"user-2\"",
                "Using valid authorizer policy for principal: ******",
                "Successfully completed authorizer execution",
            ],
        );
    }
    let refused = test.with("unauthorized");
    assert_eq!(refused["clientStatus"], 401);
    assert!(refused.get("policy").is_none() && refused.get("principalId").is_none(), "{refused}");
    assert_has(&lines(&refused), &["Unauthorized request: ID"]);
    let broken = test.with("no-policy");
    assert_eq!(broken["clientStatus"], 500);
    assert!(broken.get("policy").is_none(), "{broken}");
    assert_has(&lines(&broken), &["Execution failed due to configuration error: authorizer: "]);
}

#[test]
fn a_typed_authorizer_is_tested() {
    let test = Authorizer::new(TYPED_AUTHORIZER);
    for (token, effect) in [("allow", "Allow"), ("deny", "Deny"), ("document", "Allow")] {
        let tested = test.with(token);
        assert_eq!(
            (&tested["clientStatus"], &tested["principalId"]),
            (&0.into(), &"user-1".into())
        );
        let policy: Value = serde_json::from_str(&text(&tested["policy"])).unwrap();
        assert_eq!(policy["Statement"][0]["Effect"], effect, "{tested}");
    }
    assert_eq!(test.with("nobody")["clientStatus"], 401);
}

/// An API's authorizer that no method has.
struct Authorizer {
    pets: PetsFunction,
    api: String,
    id: String,
}

impl Authorizer {
    fn new(component: Component) -> Self {
        let pets = PetsFunction::new(component);
        let api = text(&pets.0.aws("apigateway create-rest-api --name pets", &[])["id"]);
        let uri = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/\
               arn:aws:lambda:us-east-1:000000000000:function:pets/invocations";
        let source = "method.request.header.Authorization";
        let more = ["--rest-api-id", &api, "--type", "TOKEN", "--identity-source", source];
        let more = [&more[..], &["--authorizer-uri", uri]].concat();
        let authorizer = pets.0.aws("apigateway create-authorizer --name a", &more);
        let id = text(&authorizer["id"]);
        pets.permit_at(&format!("{api}/authorizers/{id}"), &[]);
        Self { pets, api, id }
    }

    /// `aws apigateway test-invoke-authorizer` with a token.
    fn with(&self, token: &str) -> Value {
        let headers = format!("Authorization={token}");
        let more = ["--rest-api-id", &self.api, "--authorizer-id", &self.id, "--headers", &headers];
        self.pets.0.aws("apigateway test-invoke-authorizer", &more)
    }
}
