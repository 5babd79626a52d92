//! Deployments: the picture, what refuses to be deployed, and what the data plane gets.

use std::path::PathBuf;
use std::sync::Arc;

use expect_test::expect;
use model::{
    Backends, Denials, Digest, Function, FunctionName, FunctionSettings, FunctionVersion,
    Interface, Issuer, Needs, Plugin, ServiceEndpoint, UpstreamTarget, Verb,
};

use super::harness::{Gateway, patch};
use crate::{Callee, Functions, Refusal};

/// `f` is everything that a function can be.
struct OneFunction;

impl OneFunction {
    fn plugin(name: &FunctionName) -> Plugin {
        Plugin {
            function: Function {
                name: name.clone(),
                version: FunctionVersion::Latest,
                component: PathBuf::new(),
                settings: FunctionSettings::default(),
            },
            arn: "arn:aws:lambda:us-east-1:000000000000:function:f".into(),
            digest: Digest::new([7; 32]),
            interface: Interface {
                authorizer: Some(Needs::default()),
                event_function: true,
                ..Interface::default()
            },
        }
    }
}

impl Functions for OneFunction {
    fn find(&self, name: &FunctionName, qualifier: Option<&str>) -> Option<Plugin> {
        (name.as_str() == "f" && qualifier.is_none()).then(|| Self::plugin(name))
    }

    fn callee(
        &self,
        name: &FunctionName,
        _: Option<&str>,
        digest: Option<Digest>,
        _: &[&str],
    ) -> Result<Callee, Refusal> {
        let is_there = name.as_str() == "f" && digest == Some(Digest::new([7; 32]));
        let plugin = is_there.then(|| Self::plugin(name));
        Ok(Callee::new(plugin.map(Into::into).unwrap_or_default()))
    }
}

const FUNCTION: &str = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:f/invocations";

/// With a method `GET /` of this integration.
fn with_method(gateway: &Gateway, integration: &str) {
    const METHOD: &str = "PUT /restapis/API/resources/ROOT/methods/GET";
    gateway.ok(METHOD, r#"{"authorizationType": "NONE"}"#);
    gateway.ok(&format!("{METHOD}/integration"), integration);
}

fn gateway() -> Gateway {
    let gateway = Gateway::with_functions(Arc::new(OneFunction));
    gateway.add_api();
    gateway
}

#[test]
fn an_api_without_methods_or_integrations_is_not_deployed() {
    let gateway = gateway();
    let deploy = "POST /restapis/API/deployments";
    assert_eq!(
        gateway.answer(deploy, "{}"),
        "400 BadRequestException: The REST API doesn't contain any methods"
    );
    gateway.ok("PUT /restapis/API/resources/ROOT/methods/GET", r#"{"authorizationType": "NONE"}"#);
    assert_eq!(
        gateway.answer(deploy, "{}"),
        "400 BadRequestException: No integration defined for method"
    );
    assert_eq!(gateway.answer("GET /restapis/API/deployments", ""), "200 {\"item\":[]}");
}

#[test]
fn a_deployment_is_made_shown_and_removed() {
    let gateway = gateway();
    with_method(&gateway, r#"{"type": "MOCK"}"#);
    gateway.create("DEPLOYMENT", "POST /restapis/API/deployments", r#"{"description": "one"}"#);
    let one = |verb: &str| format!("{verb} /restapis/API/deployments/DEPLOYMENT");
    gateway.check(
        &[
            (&one("GET"), ""),
            (&format!("{}?embed=apisummary", one("GET")), ""),
            ("GET /restapis/API/deployments", ""),
            ("GET /restapis/API/stages", ""),
            (&one("PATCH"), &patch("replace", "/description", "two")),
            (&one("PATCH"), &patch("replace", "/id", "x")),
            ("POST /restapis/API/stages", r#"{"stageName": "s", "deploymentId": "DEPLOYMENT"}"#),
            (&one("DELETE"), ""),
            ("DELETE /restapis/API/stages/s", ""),
            (&one("DELETE"), ""),
            (&one("GET"), ""),
            ("POST /restapis/nobody/deployments", "{}"),
        ],
        expect![[r#"
            200 {"id":"DEPLOYMENT","description":"one","createdDate":1700000000}
            200 {"id":"DEPLOYMENT","description":"one","createdDate":1700000000,"apiSummary":{"/":{"GET":{"authorizationType":"NONE","apiKeyRequired":false}}}}
            200 {"item":[{"id":"DEPLOYMENT","description":"one","createdDate":1700000000}]}
            200 {"item":[]}
            200 {"id":"DEPLOYMENT","description":"two","createdDate":1700000000}
            400 BadRequestException: Invalid patch path  '/id' specified for op 'replace'. Must be one of: [/description]
            201 {"deploymentId":"DEPLOYMENT","stageName":"s","cacheClusterEnabled":false,"cacheClusterStatus":"NOT_AVAILABLE","methodSettings":{},"tracingEnabled":false,"createdDate":1700000000,"lastUpdatedDate":1700000000}
            400 BadRequestException: Active stages pointing to this deployment must be moved or deleted
            202
            202
            404 NotFoundException: Invalid Deployment identifier specified
            404 NotFoundException: Invalid API identifier specified 000000000000:nobody
        "#]],
    );
}

#[test]
fn a_deployment_makes_its_stage_or_moves_it() {
    let gateway = gateway();
    with_method(&gateway, r#"{"type": "MOCK"}"#);
    let deploy = "POST /restapis/API/deployments";
    let body = r#"{"stageName": "prod", "stageDescription": "d", "variables": {"a": "1"},
        "tracingEnabled": true, "cacheClusterEnabled": true}"#;
    gateway.create("FIRST", deploy, body);
    gateway.check(&[("GET /restapis/API/stages/prod", "")], expect![[r#"
        200 {"deploymentId":"FIRST","stageName":"prod","description":"d","cacheClusterEnabled":true,"cacheClusterSize":"0.5","cacheClusterStatus":"AVAILABLE","methodSettings":{},"variables":{"a":"1"},"tracingEnabled":true,"tags":{},"createdDate":1700000000,"lastUpdatedDate":1700000000}
    "#]]);
    gateway.create("SECOND", deploy, r#"{"stageName": "prod"}"#);
    gateway.check(
        &[
            ("GET /restapis/API/stages/prod", ""),
            (deploy, r#"{"stageName": "a b"}"#),
            (deploy, r#"{"stageName": "v", "variables": {"a": "{}"}}"#),
            (deploy, r#"{"canarySettings": {"percentTraffic": 1}}"#),
            (deploy, r#"{"stageName": "new", "canarySettings": {"percentTraffic": 1}}"#),
            ("GET /restapis/API/stages?deploymentId=FIRST", ""),
        ],
        expect![[r#"
            200 {"deploymentId":"SECOND","stageName":"prod","description":"d","cacheClusterEnabled":true,"cacheClusterSize":"0.5","cacheClusterStatus":"AVAILABLE","methodSettings":{},"variables":{"a":"1"},"tracingEnabled":true,"tags":{},"createdDate":1700000000,"lastUpdatedDate":1700000000}
            400 BadRequestException: Stage name only allows a-zA-Z0-9_-
            400 BadRequestException: Invalid stage variable value: {}. Please use values with at most 512 alphanumeric characters and the symbols ' -._~:/?#&=,'.
            400 BadRequestException: Invalid deployment content specified.Non null and non empty stageName must be provided for canary deployment. Provided value is null
            400 BadRequestException: Invalid deployment content specified.Stage new must already be created before making a canary release deployment
            200 {"item":[]}
        "#]],
    );
    let canary = r#"{"stageName": "prod", "canarySettings":
        {"percentTraffic": 10.5, "stageVariableOverrides": {"a": "2"}, "useStageCache": true}}"#;
    gateway.create("THIRD", deploy, canary);
    gateway.check(
        &[
            ("GET /restapis/API/stages/prod", ""),
            (deploy, r#"{"stageName": "prod"}"#),
            ("DELETE /restapis/API/deployments/THIRD", ""),
            ("DELETE /restapis/API/deployments/FIRST", ""),
        ],
        expect![[r#"
            200 {"deploymentId":"SECOND","stageName":"prod","description":"d","cacheClusterEnabled":true,"cacheClusterSize":"0.5","cacheClusterStatus":"AVAILABLE","methodSettings":{},"variables":{"a":"1"},"canarySettings":{"percentTraffic":10.5,"deploymentId":"THIRD","stageVariableOverrides":{"a":"2"},"useStageCache":true},"tracingEnabled":true,"tags":{},"createdDate":1700000000,"lastUpdatedDate":1700000000}
            400 BadRequestException: Invalid deployment content specified.Stage prod has an active canary: promote or remove it, or deploy with canarySettings
            400 BadRequestException: Active stages pointing to this deployment must be moved or deleted
            202
        "#]],
    );
}

#[test]
fn a_deployment_is_what_the_api_was_when_it_was_made() {
    let gateway = gateway();
    with_method(&gateway, r#"{"type": "HTTP_PROXY", "httpMethod": "GET", "uri": "http://old"}"#);
    gateway.create("DEPLOYMENT", "POST /restapis/API/deployments", r#"{"stageName": "prod"}"#);
    let integration = "PATCH /restapis/API/resources/ROOT/methods/GET/integration";
    gateway.ok(integration, &patch("replace", "/uri", "http://new"));
    let stages = crate::stages(&gateway.store).unwrap();
    assert_eq!(stages.len(), 1);
    let (deployment, _) =
        crate::load(&gateway.store, &stages[0].deployment, &OneFunction, &Backends::default())
            .unwrap();
    let (_, method, _) = deployment.route("/", Verb::Get).unwrap();
    let model::Integration::HttpProxy(endpoint) = &method.integration else { panic!() };
    assert_eq!(endpoint.uri.target().host, "old");
}

#[test]
fn functions_and_authorizers_are_pinned_and_compiled() {
    let gateway = gateway();
    let authorizer = format!(
        r#"{{"name": "a", "type": "TOKEN", "authorizerUri": "{FUNCTION}",
            "identitySource": "method.request.header.Authorization"}}"#
    );
    gateway.create("AUTHORIZER", "POST /restapis/API/authorizers", &authorizer);
    // What no method uses is not looked at.
    let other = authorizer.replace("\"a\"", "\"b\"").replace(":f/", ":nobody/");
    gateway.ok("POST /restapis/API/authorizers", &other);
    let method = "PUT /restapis/API/resources/ROOT/methods/ANY";
    gateway.ok(method, r#"{"authorizationType": "CUSTOM", "authorizerId": "AUTHORIZER"}"#);
    gateway.ok(
        &format!("{method}/integration"),
        &format!(r#"{{"type": "AWS_PROXY", "httpMethod": "POST", "uri": "{FUNCTION}"}}"#),
    );
    gateway.ok("POST /restapis/API/deployments", r#"{"stageName": "prod"}"#);
    let stages = crate::stages(&gateway.store).unwrap();
    let (deployment, _) =
        crate::load(&gateway.store, &stages[0].deployment, &OneFunction, &Backends::default())
            .unwrap();
    assert_eq!(deployment.plugins().count(), 1);
    assert_eq!(deployment.api().authorizers.len(), 1);
    assert!(deployment.route("/", Verb::Put).is_some());
}

#[test]
fn what_the_data_plane_does_not_have_is_refused_by_name() {
    let http = |member: &str| {
        format!(r#"{{"type": "HTTP_PROXY", "httpMethod": "GET", "uri": "http://a", {member}}}"#)
    };
    let integrations = [
        r#"{"type": "AWS", "httpMethod": "POST", "uri": "arn:aws:apigateway:r:sqs:action/SendMessage"}"#.to_owned(),
        r#"{"type": "MOCK", "requestTemplates": {"application/json": "$input.body"}}"#.to_owned(),
        http(r#""connectionType": "VPC_LINK", "connectionId": "x""#),
        http(r#""credentials": "arn:aws:iam::1:role/r""#),
        http(r#""contentHandling": "CONVERT_TO_TEXT""#),
        http(r#""responseTransferMode": "STREAM""#),
        r#"{"type": "HTTP_PROXY", "httpMethod": "GET", "uri": "http://a/{x}"}"#.to_owned(),
        r#"{"type": "HTTP_PROXY", "httpMethod": "GET", "uri": "http://${stageVariables.x}/"}"#.to_owned(),
        FUNCTION_OF_NOBODY.to_owned(),
    ];
    let mut answers = String::new();
    for integration in &integrations {
        let gateway = gateway();
        with_method(&gateway, integration);
        answers += &gateway.answer("POST /restapis/API/deployments", "{}");
        answers.push('\n');
    }
    expect![[r#"
        400 BadRequestException: Cannot be deployed: GET / has a URI that calls the AWS service "sqs", and this node does not know where that is; tell it: --service sqs=http://HOST:PORT
        201 {"id":"bc638y","createdDate":1700000000}
        400 BadRequestException: Cannot be deployed: GET / has a connectionId that names the VPC link "x", which this node does not know; tell it where that is: --vpc-link NAME=http://HOST:PORT
        400 BadRequestException: Cannot be deployed: GET / has an integration with credentials, which is not supported by this gateway yet
        201 {"id":"bc638y","createdDate":1700000000}
        201 {"id":"bc638y","createdDate":1700000000}
        400 BadRequestException: Cannot be deployed: GET / has a URI with {x}, which needs a mapping of integration.request.path.x
        400 BadRequestException: Cannot be deployed: GET / has a URI that must name its host and port in full, got "http://${stageVariables.x}/"; placeholders are for path and query
        400 BadRequestException: Function not found: arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:nobody/invocations
    "#]].assert_eq(&answers);
}

const FUNCTION_OF_NOBODY: &str = r#"{"type": "AWS_PROXY", "httpMethod": "POST", "uri": "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:nobody/invocations"}"#;

#[test]
fn validators_models_and_gateway_responses_are_compiled() {
    let gateway = gateway();
    with_method(&gateway, r#"{"type": "MOCK"}"#);
    let validator =
        r#"{"name": "v", "validateRequestParameters": true, "validateRequestBody": true}"#;
    gateway.create("VALIDATOR", "POST /restapis/API/requestvalidators", validator);
    let model = |name: &str, schema: serde_json::Value| {
        let schema = schema.to_string();
        let body =
            serde_json::json!({"name": name, "contentType": "application/json", "schema": schema});
        gateway.ok("POST /restapis/API/models", &body.to_string());
    };
    let reference = "https://apigateway.amazonaws.com/restapis/API/models/";
    model("Owner", serde_json::json!({"properties": {"pet": {"$ref": format!("{reference}Pet")}}}));
    model(
        "Pet",
        serde_json::json!({"required": ["name"], "properties": {"owner": {"$ref": format!("{reference}Owner")}}}),
    );
    // Nothing is validated against it.
    model("Other", serde_json::json!({"type": "nothing"}));
    let method = "PATCH /restapis/API/resources/ROOT/methods/GET";
    for (path, value) in [
        ("/requestValidatorId", "VALIDATOR"),
        ("/requestParameters/method.request.querystring.q", "true"),
        ("/requestParameters/method.request.header.X-A", "true"),
        ("/requestParameters/method.request.header.X-B", "false"),
        ("/requestModels/application~1json", "Pet"),
    ] {
        let operation = if path.starts_with("/requestV") { "replace" } else { "add" };
        gateway.ok(method, &patch(operation, path, value));
    }
    gateway.ok(
        "PUT /restapis/API/gatewayresponses/BAD_REQUEST_BODY",
        r#"{"statusCode": "422", "responseTemplates": {"text/plain": "$context.requestId"}}"#,
    );
    gateway.ok("POST /restapis/API/deployments", r#"{"stageName": "prod"}"#);
    let stages = crate::stages(&gateway.store).unwrap();
    let (deployment, _) =
        crate::load(&gateway.store, &stages[0].deployment, &OneFunction, &Backends::default())
            .unwrap();
    let (_, method, _) = deployment.route("/", Verb::Get).unwrap();
    let names: Vec<&str> =
        method.validation.required.iter().map(model::RequiredParameter::name).collect();
    assert_eq!(names, ["X-A", "q"]);
    let schema = method.validation.body.as_ref().unwrap().choose(None).unwrap();
    let check = |body: serde_json::Value| schema.check(&body).map_err(|error| error.to_string());
    assert_eq!(check(serde_json::json!({"name": 1, "owner": {"pet": {"name": 2}}})), Ok(()));
    let missing = r#"[object has missing required properties (["name"])]"#;
    assert_eq!(
        check(serde_json::json!({"name": 1, "owner": {"pet": {}}})),
        Err(missing.to_owned())
    );
    let responses = &deployment.api().gateway_responses;
    let status = http::StatusCode::BAD_REQUEST;
    let response = responses.find(model::GatewayResponseType::BadRequestBody, status).unwrap();
    assert_eq!(response.status, Some(http::StatusCode::UNPROCESSABLE_ENTITY));
    assert_eq!(response.templates.len(), 1);
}

#[test]
fn a_model_or_gateway_response_that_cannot_be_compiled_is_named() {
    let gateway = gateway();
    with_method(&gateway, r#"{"type": "MOCK"}"#);
    let validator = r#"{"name": "v", "validateRequestBody": true}"#;
    gateway.create("VALIDATOR", "POST /restapis/API/requestvalidators", validator);
    let schema =
        serde_json::json!({"properties": {"a": {"pattern": "(?=x)"}, "b": {"$ref": "http://x/y"}}});
    let model = serde_json::json!({"name": "Bad", "contentType": "application/json", "schema": schema.to_string()});
    gateway.ok("POST /restapis/API/models", &model.to_string());
    let method = "PATCH /restapis/API/resources/ROOT/methods/GET";
    gateway.ok(method, &patch("replace", "/requestValidatorId", "VALIDATOR"));
    gateway.ok(method, &patch("add", "/requestModels/application~1json", "Bad"));
    gateway.ok(
        "PUT /restapis/API/gatewayresponses/THROTTLED",
        r#"{"responseTemplates": {"application/json": "$context.nothing"}}"#,
    );
    expect![[r##"400 BadRequestException: Cannot be deployed: the model Bad refers to "http://x/y", which is no model (at #/properties/b); the model Bad has an expression that cannot be used: look-around, including look-ahead and look-behind, is not supported; write it without look-around and back-references, which take unbounded time (at #/properties/a/pattern); the gateway response THROTTLED has a template of application/json that names the unknown variable $context.nothing"##]]
        .assert_eq(&gateway.answer("POST /restapis/API/deployments", "{}"));
}

const POOLS: &str = "arn:aws:cognito-idp:us-east-1:000000000000:userpool/us-east-1_";

/// With `GET /` and this authorizer, on a node that knows the user pool `us-east-1_A`.
fn with_authorizer(kind: &str, method: &str, authorizer: &str) -> Gateway {
    let issuer = Arc::new(Issuer::new("https://issuer.example", None).unwrap());
    let user_pools = Arc::new([("us-east-1_A".to_owned(), issuer)].into());
    let gateway = Gateway::with_backends(Backends { user_pools, ..Backends::default() });
    gateway.add_api();
    let authorizer = format!(r#"{{"name": "a", "type": "{kind}", {authorizer}}}"#);
    gateway.create("AUTHORIZER", "POST /restapis/API/authorizers", &authorizer);
    const METHOD: &str = "PUT /restapis/API/resources/ROOT/methods/GET";
    gateway.ok(METHOD, &format!(r#"{{"authorizerId": "AUTHORIZER", {method}}}"#));
    gateway.ok(&format!("{METHOD}/integration"), r#"{"type": "MOCK"}"#);
    gateway
}

#[test]
fn user_pools_are_what_the_node_is_told() {
    let deploy = |pool: &str, more: &str| {
        let method = r#""authorizationType": "COGNITO_USER_POOLS", "authorizationScopes": ["a/b"]"#;
        let authorizer = format!(r#""providerARNs": ["{POOLS}A", "{POOLS}{pool}"]{more}"#);
        let gateway = with_authorizer("COGNITO_USER_POOLS", method, &authorizer);
        gateway.answer("POST /restapis/API/deployments", r#"{"stageName": "prod"}"#)
    };
    assert!(deploy("A", "").starts_with("201 "), "{}", deploy("A", ""));
    let more =
        r#", "identitySource": "method.request.header.X-Token", "authorizerResultTtlInSeconds": 0"#;
    assert!(deploy("A", more).starts_with("201 "));
    assert_eq!(
        deploy("B", ""),
        "400 BadRequestException: Cannot be deployed: GET / has the authorizer a that names the user pool \
         \"us-east-1_B\", which this node does not know; tell it who issues its tokens: --user-pool \
         us-east-1_B=https://ISSUER"
    );
    assert_eq!(
        deploy("A", r#", "identitySource": "method.request.querystring.token""#),
        "400 BadRequestException: Cannot be deployed: GET / has the authorizer a that has the unknown identity \
         source method.request.querystring.token"
    );
}

#[test]
fn jwt_authorizers_are_deployed_by_either_type_of_their_methods() {
    let deploy = |kind: &str, algorithm: &str| {
        let authorizer = format!(
            r#""jwtConfiguration": {{"issuers": [{{"issuer": "https://a.example", "audiences": ["web"]}}],
                "defaultAlgorithms": ["RS256", "{algorithm}"]}}"#
        );
        let method = format!(r#""authorizationType": "{kind}""#);
        let gateway = with_authorizer("JWT", &method, &authorizer);
        gateway.answer("POST /restapis/API/deployments", r#"{"stageName": "prod"}"#)
    };
    for (kind, algorithm) in [("CUSTOM", "ES384"), ("JWT", "ES384"), ("JWT", "ES512")] {
        assert!(deploy(kind, algorithm).starts_with("201 "), "{kind} {algorithm}");
    }
}

#[test]
fn only_who_signs_can_be_passed_on_to_a_service() {
    let service = ServiceEndpoint {
        target: Arc::new(UpstreamTarget::parse("http://127.0.0.1:9000").unwrap()),
        key: Arc::default(),
    };
    let services = Arc::new([("s3".to_owned(), service)].into());
    let gateway = Gateway::with_backends(Backends { services, ..Backends::default() });
    gateway.add_api();
    const METHOD: &str = "/restapis/API/resources/ROOT/methods/GET";
    gateway.ok(&format!("PUT {METHOD}"), r#"{"authorizationType": "NONE"}"#);
    gateway.ok(
        &format!("PUT {METHOD}/integration"),
        r#"{"type": "AWS", "httpMethod": "GET", "uri": "arn:aws:apigateway:us-east-1:s3:path/bucket",
            "credentials": "arn:aws:iam::*:user/*"}"#,
    );
    let deploy = || gateway.answer("POST /restapis/API/deployments", r#"{"stageName": "prod"}"#);
    assert_eq!(
        deploy(),
        "400 BadRequestException: Cannot be deployed: GET / passes the identity of its caller on, which needs the \
         authorization AWS_IAM"
    );
    let iam = r#"{"patchOperations": [{"op": "replace", "path": "/authorizationType", "value": "AWS_IAM"}]}"#;
    gateway.ok(&format!("PATCH {METHOD}"), iam);
    assert!(deploy().starts_with("201 "), "{}", deploy());
    let stages = crate::stages(&gateway.store).unwrap();
    let functions = &*gateway.control.functions;
    let (_, calls) =
        crate::load(&gateway.store, &stages[0].deployment, functions, &gateway.control.backends)
            .unwrap();
    assert_eq!(
        calls.denials(&gateway.control.identity, &stages[0].name),
        Denials::default(),
        "it is no role"
    );
}
