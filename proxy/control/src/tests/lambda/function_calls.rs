//! What an API may call: permissions of functions, and roles.

use std::collections::BTreeMap;

use expect_test::expect;
use model::{AuthorizerIndex, CALLER_CREDENTIALS, Deployment, FunctionIndex, StageName, Verb};
use percent_encoding::utf8_percent_encode;
use policy::{Caller, ConditionContext, Decision, Request, Values};
use serde_json::json;

use super::super::client::root_key;
use super::super::harness::Gateway;
use super::super::iam::query;
use super::f;
use crate::FunctionCalls;
use crate::route::RESERVED;

const FUNCTION: &str = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:f";

/// An API whose authorizer and whose methods, `ANY /` and `GET` and `POST /{id}`, are all functions.
fn gateway(function: &str) -> Gateway {
    let gateway = Gateway::with_function();
    gateway.add_api();
    let uri = format!("{function}/invocations");
    let authorizer = json!({
        "name": "a", "type": "TOKEN", "authorizerUri": uri,
        "identitySource": "method.request.header.Authorization",
    });
    gateway.create("AUTHORIZER", "POST /restapis/API/authorizers", &authorizer.to_string());
    gateway.create("PET", "POST /restapis/API/resources/ROOT", r#"{"pathPart": "{id}"}"#);
    for (resource, verb) in [("ROOT", "ANY"), ("ROOT", "GET"), ("PET", "GET"), ("PET", "POST")] {
        let method = format!("PUT /restapis/API/resources/{resource}/methods/{verb}");
        gateway.ok(&method, r#"{"authorizationType": "CUSTOM", "authorizerId": "AUTHORIZER"}"#);
        let integration = json!({ "type": "AWS_PROXY", "httpMethod": "POST", "uri": uri });
        gateway.ok(&format!("{method}/integration"), &integration.to_string());
    }
    gateway
}

fn deploy(gateway: &Gateway) {
    gateway.ok("POST /restapis/API/deployments", r#"{"stageName": "prod"}"#);
}

fn load(gateway: &Gateway) -> (Deployment, FunctionCalls) {
    let pointer = &crate::stages(&gateway.store).unwrap()[0].deployment;
    crate::load(&gateway.store, pointer, &*gateway.control.functions, &gateway.control.backends)
        .unwrap()
}

fn calls(gateway: &Gateway) -> FunctionCalls {
    load(gateway).1
}

/// With the alias `live` of version 1, which calls go to; version 2 says this.
fn gateway_of_alias(second: &str) -> Gateway {
    let gateway = gateway(&format!("{FUNCTION}:live"));
    gateway.ok(&f("POST", "/versions"), "{}");
    gateway.update_code(second);
    gateway.ok(&f("POST", "/versions"), "{}");
    gateway.ok(&f("POST", "/aliases"), r#"{"Name": "live", "FunctionVersion": "1"}"#);
    deploy(&gateway);
    gateway
}

/// What the stage `prod` may call: the methods of each resource by their first letters, the authorizer.
#[track_caller]
fn check(gateway: &Gateway, expected: &str) {
    let denials =
        calls(gateway).denials(&gateway.control.identity, &StageName::parse("prod").unwrap());
    let allowed = |resource| {
        let verbs =
            Verb::ALL.into_iter().filter(|verb| !denials.denies_integration(resource, *verb));
        verbs.map(Verb::as_str).collect::<Vec<_>>().join(" ")
    };
    let shown = BTreeMap::from([
        ("/", allowed(0)),
        ("/{id}", allowed(1)),
        ("authorizer", (!denials.denies_authorizer(AuthorizerIndex(0))).to_string()),
    ]);
    assert_eq!(format!("{shown:?}"), expected);
}

fn permit(gateway: &Gateway, rest: &str, source: &str) {
    let body = json!({
        "StatementId": source.replace(|c: char| !c.is_ascii_alphanumeric(), "-"),
        "Action": "lambda:InvokeFunction", "Principal": "apigateway.amazonaws.com",
        "SourceArn": format!("arn:aws:execute-api:us-east-1:000000000000:{source}"),
    });
    gateway.ok(&f("POST", &format!("/policy{rest}")), &body.to_string());
}

#[test]
fn an_api_calls_what_permissions_let_it() {
    let gateway = gateway(FUNCTION);
    deploy(&gateway);
    let before = calls(&gateway);
    assert!(before.are_current(&*gateway.control.functions).unwrap());
    // The methods that are not there cannot be denied.
    let none = r#"{"/": "", "/{id}": "DELETE HEAD OPTIONS PATCH PUT", "authorizer": "false"}"#;
    check(&gateway, none);
    permit(&gateway, "", "API/test/*/*");
    permit(&gateway, "", "other/*");
    check(&gateway, none);
    assert!(!before.are_current(&*gateway.control.functions).unwrap());
    permit(&gateway, "", "API/prod/POST/");
    permit(&gateway, "", "API/*/GET/*");
    check(
        &gateway,
        r#"{"/": "GET POST", "/{id}": "DELETE GET HEAD OPTIONS PATCH PUT", "authorizer": "false"}"#,
    );
    permit(&gateway, "", "API/authorizers/*");
    permit(&gateway, "", "API/*/*/{id}");
    check(
        &gateway,
        r#"{"/": "GET POST", "/{id}": "DELETE GET HEAD OPTIONS PATCH POST PUT", "authorizer": "true"}"#,
    );
    gateway.ok(&f("DELETE", "/policy/API-authorizers--"), "");
    check(
        &gateway,
        r#"{"/": "GET POST", "/{id}": "DELETE GET HEAD OPTIONS PATCH POST PUT", "authorizer": "false"}"#,
    );
}

#[test]
fn an_alias_has_permissions_of_its_own_and_moves_without_a_deployment() {
    let gateway = gateway_of_alias("two");
    permit(&gateway, "", "API/*");
    let before = calls(&gateway);
    check(
        &gateway,
        r#"{"/": "", "/{id}": "DELETE HEAD OPTIONS PATCH PUT", "authorizer": "false"}"#,
    );
    permit(&gateway, "?Qualifier=live", "API/*");
    check(
        &gateway,
        r#"{"/": "DELETE GET HEAD OPTIONS PATCH POST PUT", "/{id}": "DELETE GET HEAD OPTIONS PATCH POST PUT", "authorizer": "true"}"#,
    );
    let digests = |calls: &FunctionCalls| {
        calls.callees()[0].versions.plugins().map(|plugin| plugin.digest).collect::<Vec<_>>()
    };
    let (old, now) = (digests(&before), digests(&calls(&gateway)));
    assert_eq!(old, now);
    let weights = r#"{"RoutingConfig": {"AdditionalVersionWeights": {"2": 0.5}}}"#;
    gateway.ok(&f("PUT", "/aliases/live"), weights);
    assert_eq!(digests(&calls(&gateway)).len(), 2);
    gateway.ok(&f("PUT", "/aliases/live"), r#"{"FunctionVersion": "2", "RoutingConfig": {}}"#);
    let moved = digests(&calls(&gateway));
    assert!(moved.len() == 1 && moved != old);
    gateway.ok(&f("DELETE", "/aliases/live"), "");
    assert!(digests(&calls(&gateway)).is_empty());
}

#[test]
fn a_version_that_cannot_be_called_so_fails_its_calls_and_not_the_api() {
    let gateway = gateway_of_alias("authorizer");
    assert_eq!(load(&gateway).0.plugins().count(), 1);
    gateway.ok(&f("PUT", "/aliases/live"), r#"{"FunctionVersion": "2"}"#);
    let (deployment, calls) = load(&gateway);
    assert_eq!(deployment.plugins().count(), 0, "an authorizer answers no method");
    assert!(calls.are_current(&*gateway.control.functions).unwrap());
    let refused = gateway.answer("POST /restapis/API/deployments", r#"{"stageName": "prod"}"#);
    assert!(
        refused.contains("must be a component that exports event-function or wasi:http"),
        "{refused}"
    );
    gateway.ok(&f("PUT", "/aliases/live"), r#"{"FunctionVersion": "1"}"#);
    assert_eq!(load(&gateway).0.plugins().count(), 1);
}

#[test]
fn a_role_is_enough_if_it_may_call() {
    let gateway = gateway(FUNCTION);
    let iam = |parameters: &[(&str, &str)]| {
        let pairs = parameters
            .iter()
            .map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, RESERVED)));
        let answer = query(&gateway, &root_key(), &pairs.collect::<Vec<_>>().join("&"));
        assert!(answer.starts_with("200 "), "{answer}");
    };
    let role = "arn:aws:iam::000000000000:role/gateway";
    call_as(&gateway, "PET/methods/GET", role);
    deploy(&gateway);
    permit(&gateway, "", "API/*/GET/*");
    let only_others =
        r#"{"/": "GET", "/{id}": "DELETE HEAD OPTIONS PATCH PUT", "authorizer": "false"}"#;
    let with_role =
        r#"{"/": "GET", "/{id}": "DELETE GET HEAD OPTIONS PATCH PUT", "authorizer": "false"}"#;
    check(&gateway, only_others);
    let trust = |service: &str| {
        json!({ "Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": { "Service": service }, "Action": "sts:AssumeRole",
        }] })
        .to_string()
    };
    let policy = |resource: &str| {
        json!({ "Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": resource,
        }] })
        .to_string()
    };
    let other = trust("lambda.amazonaws.com");
    let create = [("Action", "CreateRole"), ("RoleName", "gateway")];
    iam(&[&create[..], &[("AssumeRolePolicyDocument", &other)]].concat());
    let put = [("Action", "PutRolePolicy"), ("RoleName", "gateway"), ("PolicyName", "p")];
    let every = policy("*");
    iam(&[&put[..], &[("PolicyDocument", &every)]].concat());
    check(&gateway, only_others);
    let update = [("Action", "UpdateAssumeRolePolicy"), ("RoleName", "gateway")];
    let own = trust("apigateway.amazonaws.com");
    iam(&[&update[..], &[("PolicyDocument", &own)]].concat());
    check(&gateway, with_role);
    let foreign = policy("arn:aws:lambda:us-east-1:000000000000:function:g");
    iam(&[&put[..], &[("PolicyDocument", &foreign)]].concat());
    check(&gateway, only_others);
}

/// Sets the `credentials` of the integration of a method of a resource.
fn call_as(gateway: &Gateway, method: &str, credentials: &str) {
    let patch = json!({ "patchOperations": [
        { "op": "replace", "path": "/credentials", "value": credentials },
    ] });
    let integration = format!("PATCH /restapis/API/resources/{method}/integration");
    gateway.ok(&integration, &patch.to_string());
}

#[test]
fn credentials_that_are_neither_a_role_nor_the_callers_are_refused() {
    let gateway = gateway(FUNCTION);
    call_as(&gateway, "PET/methods/GET", "arn:aws:iam::000000000000:user/ada");
    expect!["400 BadRequestException: Cannot be deployed: GET /{id} has the credentials arn:aws:iam::000000000000:user/ada, which are no role of IAM and not supported by this gateway"]
        .assert_eq(&gateway.answer("POST /restapis/API/deployments", "{}"));
    call_as(&gateway, "PET/methods/GET", CALLER_CREDENTIALS);
    expect!["400 BadRequestException: Cannot be deployed: GET /{id} passes the identity of its caller on, which needs the authorization AWS_IAM"]
        .assert_eq(&gateway.answer("POST /restapis/API/deployments", "{}"));
}

#[test]
fn nobody_signs_for_an_authorizer() {
    let gateway = gateway(FUNCTION);
    let patch = json!({ "patchOperations": [
        { "op": "replace", "path": "/authorizerCredentials", "value": CALLER_CREDENTIALS },
    ] });
    gateway.ok("PATCH /restapis/API/authorizers/AUTHORIZER", &patch.to_string());
    expect!["400 BadRequestException: Cannot be deployed: authorizer a has the credentials arn:aws:iam::*:user/*, which are no role of IAM and not supported by this gateway; ANY / has an authorizer that cannot be deployed; GET / has an authorizer that cannot be deployed; GET /{id} has an authorizer that cannot be deployed; POST /{id} has an authorizer that cannot be deployed"]
        .assert_eq(&gateway.answer("POST /restapis/API/deployments", "{}"));
}

#[test]
fn what_is_called_as_the_caller_needs_no_permission_and_tells_what_the_function_permits() {
    let gateway = gateway(FUNCTION);
    let iam = json!({ "patchOperations": [
        { "op": "replace", "path": "/authorizationType", "value": "AWS_IAM" },
    ] });
    gateway.ok("PATCH /restapis/API/resources/PET/methods/GET", &iam.to_string());
    deploy(&gateway);
    let stage = StageName::parse("prod").unwrap();
    let denials = || calls(&gateway).denials(&gateway.control.identity, &stage);
    assert_eq!(denials().permissions(FunctionIndex(0)), None);
    call_as(&gateway, "PET/methods/GET", CALLER_CREDENTIALS);
    deploy(&gateway);
    let before = calls(&gateway);
    // Which of its callers may call it, is not known here.
    check(
        &gateway,
        r#"{"/": "", "/{id}": "DELETE GET HEAD OPTIONS PATCH PUT", "authorizer": "false"}"#,
    );
    let known = denials();
    let permissions = known.permissions(FunctionIndex(0)).unwrap();
    assert_eq!(permissions.arn, "arn:aws:lambda:us-east-1:000000000000:function:f");
    assert_eq!(permissions.policy, None);
    let ada = "arn:aws:iam::000000000000:user/ada";
    let body = json!({ "StatementId": "ada", "Action": "lambda:InvokeFunction", "Principal": ada });
    gateway.ok(&f("POST", "/policy"), &body.to_string());
    assert!(!before.are_current(&*gateway.control.functions).unwrap());
    let known = denials();
    let policy = known.permissions(FunctionIndex(0)).unwrap().policy.as_ref().unwrap();
    let decide = |name: &str| {
        let principal = Caller::Aws { account: "000000000000", names: &[name] };
        policy.evaluate(&Request {
            action: "lambda:InvokeFunction",
            context: &Nothing,
            principal: Some(&principal),
            resource: "arn:aws:lambda:us-east-1:000000000000:function:f",
        })
    };
    assert_eq!(decide(ada), Decision::Allow);
    assert_eq!(decide("arn:aws:iam::000000000000:user/bob"), Decision::ImplicitDeny);
}

struct Nothing;

impl ConditionContext for Nothing {
    fn values(&self, _: &str) -> Values<'_> {
        Values::Missing
    }
}

#[test]
fn an_api_whose_function_is_deleted_is_loaded_without_it() {
    let gateway = gateway(FUNCTION);
    deploy(&gateway);
    gateway.ok(&f("DELETE", ""), "");
    let pointer = &crate::stages(&gateway.store).unwrap()[0].deployment;
    let (deployment, calls) = crate::load(
        &gateway.store,
        pointer,
        &*gateway.control.functions,
        &gateway.control.backends,
    )
    .unwrap();
    assert_eq!(deployment.plugins().count(), 0);
    assert!(deployment.route("/1", Verb::Get).is_some());
    assert!(calls.callees()[0].versions.is_empty());
}
