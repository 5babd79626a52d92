//! What APIs and the data plane see of functions.

use expect_test::expect;
use model::{Backends, Digest, FunctionName};
use serde_json::json;

use super::super::harness::{Gateway, patch};
use super::{FUNCTIONS, code, f, function};
use crate::{Callee, Functions, StoredFunctions};

fn functions(gateway: &Gateway) -> StoredFunctions {
    StoredFunctions::new(gateway.store.clone(), gateway.control.identity.clone())
}

fn name() -> FunctionName {
    FunctionName::parse("f").unwrap()
}

fn callee(gateway: &Gateway, qualifier: Option<&str>, digest: Digest) -> Callee {
    functions(gateway).callee(&name(), qualifier, Some(digest), &[]).unwrap()
}

/// Deploys an API that calls `f`, or another thing by its ARN.
fn deploy(gateway: &Gateway, arn: &str) -> String {
    const METHOD: &str = "PUT /restapis/API/resources/ROOT/methods/GET";
    gateway.answer(METHOD, r#"{"authorizationType": "NONE"}"#);
    let uri = format!(
        "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:{arn}/invocations"
    );
    let integration = json!({ "type": "AWS_PROXY", "httpMethod": "POST", "uri": uri });
    gateway.ok(&format!("{METHOD}/integration"), &integration.to_string());
    gateway.answer("POST /restapis/API/deployments", r#"{"stageName": "dev"}"#)
}

#[test]
fn an_api_calls_functions_by_name_and_qualifier() {
    let gateway = Gateway::with_function();
    gateway.add_api();
    gateway.ok(&f("POST", "/versions"), "{}");
    gateway.ok(&f("POST", "/aliases"), r#"{"Name": "prod", "FunctionVersion": "1"}"#);
    for (arn, status) in
        [("f", "201"), ("f:1", "201"), ("f:prod", "201"), ("f:2", "400"), ("g", "400")]
    {
        let answer = deploy(&gateway, arn);
        assert!(answer.starts_with(status), "{arn}: {answer}");
    }
    gateway.ok(FUNCTIONS, &function(json!({ "FunctionName": "g" })));
    let answer = deploy(&gateway, "g");
    assert!(answer.starts_with("400 "), "it is not active: {answer}");
    gateway.settle();
    assert!(deploy(&gateway, "g").starts_with("201 "));
}

#[test]
fn what_was_deployed_stays_when_the_function_goes_on() {
    let gateway = Gateway::with_function();
    gateway.add_api();
    let functions = functions(&gateway);
    let first = functions.find(&name(), None).unwrap().digest;
    assert!(deploy(&gateway, "f").starts_with("201 "));
    gateway.update_code("two");
    let second = functions.find(&name(), None).unwrap().digest;
    gateway.update_code("three");
    let pinned = callee(&gateway, None, first).versions;
    let (_, plugin) = pinned.pick(0.0).unwrap();
    assert_eq!(plugin.digest, first);
    assert!(plugin.interface.event_function);
    assert!(functions.component(first).unwrap().ends_with(b"one"));
    // Nothing needs this one any more.
    assert!(callee(&gateway, None, second).versions.is_empty());
    assert!(functions.component(second).is_none());
    gateway.ok("DELETE /restapis/API", "");
    assert!(functions.component(first).is_none());
}

#[test]
fn a_version_keeps_its_component() {
    let gateway = Gateway::with_function();
    let functions = functions(&gateway);
    let first = functions.find(&name(), None).unwrap().digest;
    gateway.ok(&f("POST", "/versions"), "{}");
    gateway.update_code("two");
    assert_eq!(functions.find(&name(), Some("1")).unwrap().digest, first);
    let arn = functions.find(&name(), Some("1")).unwrap().arn;
    assert_eq!(&*arn, "arn:aws:lambda:us-east-1:000000000000:function:f:1");
    assert!(functions.component(first).is_some());
    gateway.ok(&f("DELETE", "?Qualifier=1"), "");
    assert!(functions.component(first).is_none());
}

#[test]
fn an_alias_comes_to_two_versions_with_their_weights() {
    let gateway = Gateway::with_function();
    gateway.ok(&f("POST", "/versions"), "{}");
    gateway.update_code("two");
    gateway.ok(&f("POST", "/versions"), "{}");
    gateway.ok(
        &f("POST", "/aliases"),
        r#"{"Name": "prod", "FunctionVersion": "1", "RoutingConfig": {"AdditionalVersionWeights": {"2": 0.25}}}"#,
    );
    let functions = functions(&gateway);
    let digest = |qualifier| functions.find(&name(), Some(qualifier)).unwrap().digest;
    // Which component it had when it was deployed does not matter.
    let shared = |qualifier| callee(&gateway, qualifier, Digest::new([0; 32])).versions;
    let prod = shared(Some("prod"));
    let picked = |chance| prod.pick(chance).unwrap().1.digest;
    assert_eq!([0.2, 0.3].map(picked), [digest("2"), digest("1")]);
    assert_eq!(digest("prod"), digest("1"));
    assert_eq!(shared(Some("1")).len(), 1);
    assert!(shared(Some("none")).is_empty());
    assert!(shared(None).is_empty(), "this component never was");
}

#[test]
fn api_gateway_calls_what_it_is_permitted_to() {
    let gateway = Gateway::with_function();
    gateway.ok(&f("POST", "/versions"), "{}");
    gateway.ok(&f("POST", "/aliases"), r#"{"Name": "prod", "FunctionVersion": "1"}"#);
    let source = |path: &str| format!("arn:aws:execute-api:us-east-1:000000000000:{path}");
    let allows = |qualifier, path: &str| {
        let callee = callee(&gateway, qualifier, Digest::new([0; 32]));
        callee.permissions().allow(&source(path))
    };
    assert!(!allows(None, "a1/dev/GET/pets"));
    let permit = |qualifier: &str, principal: &str, path: &str| {
        let body = json!({
            "StatementId": "s", "Action": "lambda:InvokeFunction", "Principal": principal,
            "SourceArn": source(path), "SourceAccount": "000000000000",
        });
        gateway.ok(&f("POST", &format!("/policy{qualifier}")), &body.to_string());
    };
    permit("", "apigateway.amazonaws.com", "a1/*/GET/pets");
    assert!(allows(None, "a1/dev/GET/pets"));
    assert!(!allows(None, "a1/dev/POST/pets"));
    assert!(!allows(Some("prod"), "a1/dev/GET/pets"));
    permit("?Qualifier=prod", "apigateway.amazonaws.com", "a1/authorizers/x");
    assert!(allows(Some("prod"), "a1/authorizers/x"));
    permit("?Qualifier=1", "events.amazonaws.com", "a1/*");
    assert!(!allows(Some("1"), "a1/dev/GET/pets"));
    assert!(!allows(Some("9"), "a1/dev/GET/pets"));
}

#[test]
fn what_was_not_checked_before_a_stop_is_checked_after_it() {
    let gateway = Gateway::new();
    gateway.ok(FUNCTIONS, &function(json!({ "Code": { "ZipFile": code("one") } })));
    // Nobody checked it; whoever opens the store next does.
    let functions = functions(&gateway);
    assert!(functions.find(&name(), None).is_none());
    gateway.settle();
    assert!(functions.find(&name(), None).is_some());
    expect![[r#"Plugin { function: Function { name: FunctionName("f"), version: Latest, component: "", settings: FunctionSettings { memory_size: MemorySize(128), timeout: FunctionTimeout(3s), cpu_time: None, concurrency: Concurrency(256), provisioned: 0, error_budget: None, environment: [], reuse: Warm { idle_max: 64, idle_time_max: 300s, calls_max: None }, namespaces: [], outbound: [], outbound_limits: OutboundLimits { concurrency: 128, call_concurrency: 32, call_requests: 1000, connect_timeout: 10s, request_bytes_max: 209715200, response_bytes_max: 209715200, timeout: None } } }, arn: "arn:aws:lambda:us-east-1:000000000000:function:f", digest: Digest(8abe95a9852a5314a487e6c0cd77bbd86c158c8cb358d48bd6c1045bbd6d731f), interface: Interface { authorizer: None, event_function: true, http_handler: false, request_transform: None, response_transform: None } }"#]].assert_eq(&format!("{:?}", functions.find(&name(), None).unwrap()));
}

#[test]
fn stage_variables_name_functions_that_are_what_they_are_now() {
    let gateway = Gateway::with_function();
    gateway.add_api();
    gateway.ok(&f("POST", "/versions"), "{}");
    gateway.ok(&f("POST", "/aliases"), r#"{"Name": "prod", "FunctionVersion": "1"}"#);
    let answer = deploy(&gateway, "${stageVariables.name}:${stageVariables.alias}");
    assert!(answer.starts_with("201 "), "{answer}");
    assert!(!answer.contains("functionVariables"), "{answer}");
    let versions = |variables: &[(&str, &str)]| {
        for (name, value) in variables {
            let change = patch("replace", &format!("/variables/{name}"), value);
            gateway.ok("PATCH /restapis/API/stages/dev", &change);
        }
        let [stage] = &crate::stages(&gateway.store).unwrap()[..] else { panic!() };
        let functions = functions(&gateway);
        let loaded =
            crate::load(&gateway.store, &stage.deployment, &functions, &Backends::default());
        let (deployment, _) = loaded.unwrap();
        let versions = deployment.plugins().map(|plugin| plugin.function.version.to_string());
        (versions.collect::<Vec<_>>(), stage.deployment.function_variables.len())
    };
    assert_eq!(versions(&[("colour", "blue")]), (vec![], 0), "no value is no function");
    assert_eq!(versions(&[("name", "f"), ("alias", "prod")]), (vec!["1".to_owned()], 2));
    assert_eq!(versions(&[("alias", "2")]), (vec![], 2), "there is no such version");
    assert_eq!(versions(&[("alias", "1")]), (vec!["1".to_owned()], 2));
    assert_eq!(versions(&[("name", "g")]), (vec![], 2), "there is no such function");
    let answer = deploy(&gateway, "f:${stageVariables.alias");
    assert!(answer.contains("names its function by a stage variable"), "{answer}");
}
