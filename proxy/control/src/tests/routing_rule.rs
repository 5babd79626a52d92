//! Routing rules of domain names, and the modes that they are looked at in.

use expect_test::expect;
use serde_json::json;

use super::harness::{Gateway, patch};
use crate::ServedRouting;

/// With a stage `prod` of `API`, and a domain name `a.b` that routes by rules, then by base paths.
fn gateway() -> Gateway {
    let gateway = Gateway::with_stage();
    let domain = r#"{"domainName": "a.b", "routingMode": "ROUTING_RULE_THEN_BASE_PATH_MAPPING"}"#;
    gateway.ok("POST /domainnames", domain);
    gateway
}

const ALL: &str = "/v2/domainnames/a.b/routingrules";

fn rule(priority: i32, conditions: &serde_json::Value) -> String {
    let action = json!({ "invokeApi": { "apiId": "API", "stage": "prod" } });
    json!({ "priority": priority, "conditions": conditions, "actions": [action] }).to_string()
}

fn path(path: &str) -> serde_json::Value {
    json!({ "matchBasePaths": { "anyOf": [path] } })
}

fn header(name: &str, glob: &str) -> serde_json::Value {
    json!({ "matchHeaders": { "anyOf": [{ "header": name, "valueGlob": glob }] } })
}

/// Makes a rule, whose id is called `name` from then on.
fn create(gateway: &Gateway, name: &str, body: &str) {
    let (status, _, answer) = gateway.send(&format!("POST {ALL}"), body);
    assert!(status.is_success(), "{answer}");
    let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
    gateway.name(name, answer["routingRuleId"].as_str().unwrap());
}

#[test]
fn rules_are_made_listed_changed_and_removed() {
    let gateway = gateway();
    create(&gateway, "LAST", &rule(1_000_000, &json!([])));
    let both = json!([header("X-Version", "beta*"), path("users")]);
    create(&gateway, "FIRST", &rule(1, &both));
    let one = |verb: &str, name: &str| format!("{verb} {ALL}/{name}");
    let strip = json!({
        "priority": 2,
        "conditions": [path("a/b")],
        "actions": [{ "invokeApi": { "apiId": "API", "stage": "prod", "stripBasePath": true } }],
    });
    gateway.check(
        &[
            (&one("GET", "FIRST"), ""),
            (&format!("POST {ALL}"), &rule(1, &json!([]))),
            (&one("PUT", "LAST"), &rule(1, &json!([]))),
            (&one("PUT", "LAST"), &rule(7, &json!([]))),
            (&one("PUT", "FIRST"), &strip.to_string()),
            (&one("PUT", "x"), &rule(9, &json!([]))),
            (&format!("GET {ALL}?maxResults=1"), ""),
            (&format!("GET {ALL}?maxResults=0"), ""),
            (&format!("GET {ALL}?maxResults=x"), ""),
            (&format!("GET {ALL}?nextToken=%21"), ""),
            ("GET /v2/domainnames/x.y/routingrules", ""),
            (&format!("GET {ALL}?domainNameId=x"), ""),
            ("DELETE /restapis/API", ""),
            (&one("DELETE", "FIRST"), ""),
            (&one("DELETE", "FIRST"), ""),
            (&one("GET", "FIRST"), ""),
            ("DELETE /domainnames/a.b", ""),
            (&format!("GET {ALL}"), ""),
            ("DELETE /restapis/API", ""),
        ],
        expect![[r#"
            200 {"actions":[{"invokeApi":{"apiId":"API","stage":"prod","stripBasePath":false}}],"conditions":[{"matchHeaders":{"anyOf":[{"header":"X-Version","valueGlob":"beta*"}]}},{"matchBasePaths":{"anyOf":["users"]}}],"priority":1,"routingRuleId":"FIRST","routingRuleArn":"arn:aws:apigateway:us-east-1:000000000000:/domainnames/a.b/routingrules/FIRST"}
            409 ConflictException: A routing rule with the priority 1 already exists for this domain name
            409 ConflictException: A routing rule with the priority 1 already exists for this domain name
            200 {"actions":[{"invokeApi":{"apiId":"API","stage":"prod","stripBasePath":false}}],"conditions":[],"priority":7,"routingRuleId":"LAST","routingRuleArn":"arn:aws:apigateway:us-east-1:000000000000:/domainnames/a.b/routingrules/LAST"}
            200 {"actions":[{"invokeApi":{"apiId":"API","stage":"prod","stripBasePath":true}}],"conditions":[{"matchBasePaths":{"anyOf":["a/b"]}}],"priority":2,"routingRuleId":"FIRST","routingRuleArn":"arn:aws:apigateway:us-east-1:000000000000:/domainnames/a.b/routingrules/FIRST"}
            404 NotFoundException: Invalid routing rule identifier specified
            200 {"routingRules":[{"actions":[{"invokeApi":{"apiId":"API","stage":"prod","stripBasePath":false}}],"conditions":[],"priority":7,"routingRuleId":"LAST","routingRuleArn":"arn:aws:apigateway:us-east-1:000000000000:/domainnames/a.b/routingrules/LAST"}],"nextToken":"b"}
            400 BadRequestException: 1 validation error detected: Value '0' at 'maxResults' failed to satisfy constraint: Member must have value greater than or equal to 1
            400 BadRequestException: 1 validation error detected: Value '-1' at 'maxResults' failed to satisfy constraint: Member must have value greater than or equal to 1
            400 BadRequestException: Invalid nextToken specified
            404 NotFoundException: Invalid domain name identifier specified
            404 NotFoundException: Invalid domain name identifier specified
            400 BadRequestException: Please remove all routing rules related to the API API: domain name a.b has one
            204
            404 NotFoundException: Invalid routing rule identifier specified
            404 NotFoundException: Invalid routing rule identifier specified
            202
            404 NotFoundException: Invalid domain name identifier specified
            202
        "#]],
    );
}

#[test]
fn what_cannot_be_a_rule_is_refused() {
    let gateway = gateway();
    let post = format!("POST {ALL}");
    let with = |conditions| rule(1, &conditions);
    let acting =
        |actions| json!({ "priority": 1, "conditions": [], "actions": actions }).to_string();
    let invoking =
        |api: &str, stage: &str| acting(json!([{ "invokeApi": { "apiId": api, "stage": stage } }]));
    let two = json!({ "matchHeaders": { "anyOf": [
        { "header": "a", "valueGlob": "x" }, { "header": "b", "valueGlob": "x" },
    ] } });
    let strip =
        json!([{ "invokeApi": { "apiId": "API", "stage": "prod", "stripBasePath": true } }]);
    gateway.check(
        &[
            (&post, "{}"),
            (&post, &rule(0, &json!([]))),
            (&post, &rule(1_000_001, &json!([]))),
            (&post, &acting(json!([]))),
            (&post, &acting(json!([{}]))),
            (&post, &invoking("nobody", "prod")),
            (&post, &invoking("API", "nobody")),
            (&post, &invoking("a/b", "prod")),
            (&post, &acting(strip)),
            (&post, &with(json!([{}]))),
            (&post, &with(json!([path("/a")]))),
            (&post, &with(json!([path("a"), path("b")]))),
            (&post, &with(json!([{ "matchBasePaths": { "anyOf": ["a", "b"] } }]))),
            (&post, &with(json!([{ "matchBasePaths": { "anyOf": [] } }]))),
            (&post, &with(json!([header("Authorization", "x")]))),
            (&post, &with(json!([header("a b", "x")]))),
            (&post, &with(json!([header("a", "x*y")]))),
            (&post, &with(json!([header("a", "x,y")]))),
            (&post, &with(json!([header("a", "x"), header("b", "x"), header("c", "x")]))),
            (&post, &with(json!([two]))),
            (&post, r#"{"priority": "1", "conditions": [], "actions": []}"#),
            (&format!("GET {ALL}"), ""),
        ],
        expect![[r#"
            400 BadRequestException: 3 validation errors detected: Value null at 'actions' failed to satisfy constraint: Member must not be null; Value null at 'priority' failed to satisfy constraint: Member must not be null; Value null at 'conditions' failed to satisfy constraint: Member must not be null
            400 BadRequestException: 1 validation error detected: Value '0' at 'priority' failed to satisfy constraint: Member must have value greater than or equal to 1
            400 BadRequestException: 1 validation error detected: Value '1000001' at 'priority' failed to satisfy constraint: Member must have value less than or equal to 1000000
            400 BadRequestException: A routing rule has one action
            400 BadRequestException: 1 validation error detected: Value null at 'actions.1.member.invokeApi' failed to satisfy constraint: Member must not be null
            400 BadRequestException: Invalid API identifier specified
            400 BadRequestException: Invalid stage identifier specified
            400 BadRequestException: Invalid API identifier specified
            400 BadRequestException: stripBasePath needs a condition matchBasePaths: there is no base path to strip
            400 BadRequestException: A condition has matchBasePaths, matchHeaders or both
            400 BadRequestException: Invalid condition /a: a base path has 1 to 127 of the characters a-z A-Z 0-9 $-_.+!*'()/, no slash at its ends and no empty segment
            400 BadRequestException: A routing rule has at most one condition matchBasePaths
            400 BadRequestException: anyOf of matchBasePaths has one value
            400 BadRequestException: anyOf of matchBasePaths has one value
            400 BadRequestException: Invalid condition Authorization: x: this header cannot be a condition
            400 BadRequestException: Invalid condition a b: x: the name of a header has 1 to 39 of the characters a-z A-Z 0-9 *-!#$%&'.^_`|~
            400 BadRequestException: Invalid condition a: x*y: a wildcard stands at the begin, at the end or at both of a header value: *x, x*, *x*
            400 BadRequestException: Invalid condition a: x,y: a header value has 1 to 127 of the characters a-z A-Z 0-9 *?-!#$%&'.^_`|~; 40 at most between two wildcards, which are counted
            400 BadRequestException: A routing rule has at most 2 conditions matchHeaders
            400 BadRequestException: anyOf of matchHeaders has one value
            400 BadRequestException: class java.lang.String can not be converted to an Integer
            200 {"routingRules":[]}
        "#]],
    );
}

#[test]
fn a_mode_takes_what_it_looks_at() {
    let gateway = gateway();
    let mode = |mode: &str| patch("replace", "/routingMode", mode);
    let update = "PATCH /domainnames/a.b";
    let mapping = ("POST /domainnames/a.b/basepathmappings", r#"{"restApiId": "API"}"#);
    let api_mapping =
        ("POST /v2/domainnames/a.b/apimappings", r#"{"apiId": "API", "stage": "prod"}"#);
    let rules = format!("POST {ALL}");
    let rule = rule(5, &json!([]));
    gateway.check(
        &[
            (update, &mode("BASE_PATH_MAPPING_ONLY")),
            (&rules, &rule),
            mapping,
            (update, &mode("ROUTING_RULE_ONLY")),
            mapping,
            api_mapping,
            (update, &mode("API_MAPPING_ONLY")),
            (update, &mode("")),
            ("PATCH /v2/domainnames/a.b", r#"{"routingMode": "BASE_PATH_MAPPING_ONLY"}"#),
            ("GET /v2/domainnames/a.b", ""),
        ],
        expect![[r#"
            200 {"domainName":"a.b","distributionDomainName":"dpyqkofrd01.cloudfront.net","distributionHostedZoneId":"Z2FDTNDATAQYW2","endpointConfiguration":{"types":["EDGE"],"ipAddressType":"ipv4"},"domainNameStatus":"AVAILABLE","securityPolicy":"TLS_1_2","routingMode":"BASE_PATH_MAPPING_ONLY"}
            400 BadRequestException: Routing rules cannot be created for the domain name a.b, whose routing mode is API_MAPPING_ONLY
            201 {"basePath":"(none)","restApiId":"API"}
            200 {"domainName":"a.b","distributionDomainName":"dpyqkofrd01.cloudfront.net","distributionHostedZoneId":"Z2FDTNDATAQYW2","endpointConfiguration":{"types":["EDGE"],"ipAddressType":"ipv4"},"domainNameStatus":"AVAILABLE","securityPolicy":"TLS_1_2","routingMode":"ROUTING_RULE_ONLY"}
            400 BadRequestException: Base path mappings cannot be created for the domain name a.b, whose routing mode is ROUTING_RULE_ONLY
            400 BadRequestException: Base path mappings cannot be created for the domain name a.b, whose routing mode is ROUTING_RULE_ONLY
            400 BadRequestException: Invalid value 'API_MAPPING_ONLY' specified for path '/routingMode'
            400 BadRequestException: Invalid value '' specified for path '/routingMode'
            400 BadRequestException: 1 validation error detected: Value 'BASE_PATH_MAPPING_ONLY' at 'routingMode' failed to satisfy constraint: Member must satisfy enum value set: [API_MAPPING_ONLY, ROUTING_RULE_ONLY, ROUTING_RULE_THEN_API_MAPPING]
            200 {"apiMappingSelectionExpression":"$request.basepath","domainName":"a.b","domainNameArn":"arn:aws:apigateway:us-east-1::/domainnames/a.b","domainNameConfigurations":[{"apiGatewayDomainName":"dpyqkofrd01.cloudfront.net","domainNameStatus":"AVAILABLE","endpointType":"EDGE","hostedZoneId":"Z2FDTNDATAQYW2","ipAddressType":"ipv4","securityPolicy":"TLS_1_2"}],"routingMode":"ROUTING_RULE_ONLY"}
        "#]],
    );
}

#[test]
fn rules_are_served_by_priority() {
    let gateway = gateway();
    for (name, priority) in [("B", 20), ("A", 3), ("C", 100)] {
        create(&gateway, name, &rule(priority, &json!([])));
    }
    gateway.ok("POST /domainnames/a.b/basepathmappings", r#"{"restApiId": "API"}"#);
    let routing = || {
        crate::domains(&gateway.store, &gateway.control.identity).unwrap().swap_remove(0).routing
    };
    let ServedRouting::RulesThenMappings(rules, mappings) = routing() else { panic!() };
    let ids: Vec<String> = rules.iter().map(|rule| gateway.with_names(&rule.id)).collect();
    assert_eq!((ids, mappings.len()), (vec!["A".to_owned(), "B".to_owned(), "C".to_owned()], 1));
    for (mode, has_rules) in [("ROUTING_RULE_ONLY", true), ("BASE_PATH_MAPPING_ONLY", false)] {
        gateway.ok("PATCH /domainnames/a.b", &patch("replace", "/routingMode", mode));
        match routing() {
            ServedRouting::Rules(rules) => assert!(has_rules && rules.len() == 3),
            ServedRouting::Mappings(mappings) => assert!(!has_rules && mappings.len() == 1),
            ServedRouting::RulesThenMappings(..) => panic!("{mode}"),
        }
    }
}

#[test]
fn a_domain_name_has_so_many_rules_and_no_more() {
    let gateway = gateway();
    for priority in 1..=100 {
        create(&gateway, "RULE", &rule(priority, &json!([])));
    }
    let answer = gateway.answer(&format!("POST {ALL}"), &rule(101, &json!([])));
    assert_eq!(answer, "400 BadRequestException: A domain name can have at most 100 routing rules");
}
