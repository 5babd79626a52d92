//! API mappings of several levels and routing rules, made with the AWS CLI and boto3, and served.

use tempfile::TempDir;

use super::super::node::Node;
use super::super::{Pets, text};
use super::FORBIDDEN;
use crate::patience::wait_for;

/// `GET /pets` of a host with a header: status and body.
fn get(pets: &Pets, host: &str, path: &str, version: &str) -> (u16, String) {
    let headers = [("Host", host), ("X-Version", version)];
    let response = pets.node.send_with(&format!("GET {path}"), &headers);
    (response.status, response.text().to_owned())
}

#[test]
fn an_api_mapping_has_several_levels() {
    let pets = Pets::new();
    pets.deploy("hello", &[]);
    let name = ["--domain-name", "api.example.com"];
    let made = pets.node.aws("apigatewayv2 create-domain-name", &name);
    assert_eq!(made["DomainNameConfigurations"][0]["EndpointType"], "REGIONAL", "{made}");
    let target = ["--api-id", &pets.api, "--stage", "prod"];
    let mapping = |key: &str| {
        let more = [&name[..], &target, &["--api-mapping-key", key]].concat();
        pets.node.aws("apigatewayv2 create-api-mapping", &more)
    };
    mapping("orders");
    let items = mapping("orders/v1/items");
    pets.wait_at("api.example.com", "/orders/v1/items/pets", 200, "hello");
    assert_eq!(pets.at("api.example.com", "/orders/pets"), (200, "hello".to_owned()));
    // What the longer one leaves is `/v1/pets` to the other.
    let nothing = r#"{"message":"Missing Authentication Token"}"#;
    assert_eq!(pets.at("api.example.com", "/orders/v1/pets"), (403, nothing.to_owned()));
    let id = text(&items["ApiMappingId"]);
    let one = [&name[..], &["--api-mapping-id", &id]].concat();
    pets.node.aws("apigatewayv2 delete-api-mapping", &one);
    pets.wait_at("api.example.com", "/orders/v1/items/pets", 403, nothing);
    let left = pets.node.aws("apigatewayv2 get-api-mappings", &name);
    assert_eq!(left["Items"].as_array().unwrap().len(), 1, "{left}");
}

#[test]
fn routing_rules_lead_to_stages_by_header_and_path() {
    let data = TempDir::new().unwrap();
    let log = data.path().join("access.log");
    let log = log.to_str().unwrap().to_owned();
    let mut pets = Pets::on(Node::start_with(data, &["--access-log", &log]));
    pets.deploy("old", &[]);
    let stage = ["--rest-api-id", &pets.api, "--stage-name", "beta"];
    let templates = r#"{"application/json": "new"}"#;
    let response = ["--status-code", "200", "--response-templates", templates];
    pets.method("put-integration-response", &response);
    pets.node.aws("apigateway create-deployment", &stage);
    let mode = ["--routing-mode", "ROUTING_RULE_THEN_BASE_PATH_MAPPING"];
    let name = ["--domain-name", "api.example.com"];
    pets.node.aws("apigateway create-domain-name", &[&name[..], &mode].concat());
    pets.map("api.example.com", &["--stage", "prod"]);
    let script = format!(
        r#"
import boto3, botocore
client = boto3.client("apigatewayv2")
def rule(priority, stage, conditions, strip=False):
    return dict(DomainName="api.example.com", Priority=priority, Conditions=conditions, Actions=[
        dict(InvokeApi=dict(ApiId="{api}", Stage=stage, StripBasePath=strip))])
header = dict(MatchHeaders=dict(AnyOf=[dict(Header="x-version", ValueGlob="beta*")]))
path = dict(MatchBasePaths=dict(AnyOf=["shop/v1"]))
made = client.create_routing_rule(**rule(10, "beta", [header]))
client.create_routing_rule(**rule(20, "prod", [path], True))
try:
    client.create_routing_rule(**rule(10, "prod", []))
    raise SystemExit("two rules have one priority")
except client.exceptions.ConflictException:
    pass
try:
    client.create_routing_rule(**rule(30, "nobody", []))
    raise SystemExit("a stage is not there")
except client.exceptions.BadRequestException:
    pass
pages = client.get_paginator("list_routing_rules").paginate(
    DomainName="api.example.com", PaginationConfig=dict(PageSize=1))
assert [it["Priority"] for page in pages for it in page["RoutingRules"]] == [10, 20]
print(made["RoutingRuleId"])
"#,
        api = pets.api,
    );
    let output = pets.node.client("python3").args(["-c", &script]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let id = String::from_utf8(output.stdout).unwrap().trim().to_owned();
    let host = "api.example.com";
    let answers = |path: &str, version: &str| get(&pets, host, path, version);
    wait_for("the rules", || (answers("/pets", "beta2").1 == "new").then_some(()));
    assert_eq!(answers("/pets", "1"), (200, "old".to_owned()), "by the base path");
    assert_eq!(answers("/shop/v1/pets", "1"), (200, "old".to_owned()), "by the rule's path");
    let logged = || std::fs::read_to_string(&log).unwrap();
    let matched = format!(r#""customDomain":{{"routingRuleIdMatched":"{id}"}}"#);
    wait_for("the log", || logged().contains(&matched).then_some(()));

    let only = ["--routing-mode", "ROUTING_RULE_ONLY"];
    pets.node.aws("apigatewayv2 update-domain-name", &[&name[..], &only].concat());
    let not_found = (404, r#"{"message":"Not Found"}"#.to_owned());
    wait_for("the mode", || (answers("/pets", "1") == not_found).then_some(()));
    pets.node = pets.node.killed_and_started();
    assert_eq!(get(&pets, host, "/pets", "beta"), (200, "new".to_owned()), "rules are durable");
    // A rule whose stage is gone is for its requests still.
    pets.node.aws("apigateway delete-stage", &stage);
    let forbidden = (403, FORBIDDEN.to_owned());
    wait_for("the stage to go", || (get(&pets, host, "/pets", "beta") == forbidden).then_some(()));
    let one = [&name[..], &["--routing-rule-id", &id]].concat();
    pets.node.aws("apigatewayv2 delete-routing-rule", &one);
    wait_for("the rule to go", || (get(&pets, host, "/pets", "beta") == not_found).then_some(()));
}
