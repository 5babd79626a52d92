//! For every operation of the tables: bodies that are no JSON, of other types, too large, too deep, with
//! what nobody knows. An error of AWS, never a panic, never a 500, and soon.

use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};

use super::super::client::Signed;
use super::super::harness::{Gateway, patch, service_of};
use super::super::operation::{operations, request};
use crate::operation::{Location, Member, Operation, Segment, Shape};

/// Longest that a call may take, in a build for tests on a machine that has other things to do.
const TIME_MAX: Duration = Duration::from_secs(5);

/// Longest answer of what is refused, whatever was sent.
const ERROR_BYTES_MAX: usize = 20_000;

const MEGABYTE: usize = 1024 * 1024;

/// With something for each parameter of a path to name.
fn furnished() -> Gateway {
    const METHOD: &str = "PUT /restapis/API/resources/ROOT/methods/GET";
    const ARN: &str = "arn:aws:lambda:us-east-1:000000000000:function:f";
    let gateway = Gateway::with_api();
    gateway.ok(METHOD, r#"{"authorizationType": "NONE"}"#);
    gateway.ok(&format!("{METHOD}/responses/200"), "{}");
    gateway.ok(&format!("{METHOD}/integration"), r#"{"type": "MOCK"}"#);
    gateway.ok(&format!("{METHOD}/integration/responses/200"), "{}");
    gateway.create("DEPLOYMENT", "POST /restapis/API/deployments", r#"{"stageName": "prod"}"#);
    let uri =
        format!("arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{ARN}/invocations");
    let authorizer = json!({ "name": "a", "type": "TOKEN", "identitySource": "method.request.header.A", "authorizerUri": uri });
    gateway.create("AUTHORIZER", "POST /restapis/API/authorizers", &authorizer.to_string());
    gateway.create("VALIDATOR", "POST /restapis/API/requestvalidators", r#"{"name": "v"}"#);
    let part = r#"{"location": {"type": "MODEL", "name": "Empty"}, "properties": "{}"}"#;
    gateway.create("PART", "POST /restapis/API/documentation/parts", part);
    let version = r#"{"documentationVersion": "v1"}"#;
    gateway.ok("POST /restapis/API/documentation/versions", version);
    gateway.ok("PUT /restapis/API/gatewayresponses/THROTTLED", "{}");
    gateway.create("KEY", "POST /apikeys", r#"{"name": "k"}"#);
    let plan = r#"{"name": "p", "quota": {"limit": 1, "period": "DAY"}, "apiStages": [{"apiId": "API", "stage": "prod"}]}"#;
    gateway.create("PLAN", "POST /usageplans", plan);
    gateway.ok("POST /usageplans/PLAN/keys", r#"{"keyId": "KEY", "keyType": "API_KEY"}"#);
    let mode = "ROUTING_RULE_THEN_BASE_PATH_MAPPING";
    let domain = json!({ "domainName": "a.b", "routingMode": mode });
    gateway.ok("POST /domainnames", &domain.to_string());
    gateway.ok("POST /domainnames/a.b/basepathmappings", r#"{"restApiId": "API"}"#);
    let rule = json!({
        "priority": 1, "conditions": [],
        "actions": [{ "invokeApi": { "apiId": "API", "stage": "prod" } }],
    });
    let rule = rule.to_string();
    let mapping = r#"{"apiId": "API", "stage": "prod", "apiMappingKey": "a"}"#;
    for (name, path, body, id) in [
        ("MAPPING", "apimappings", mapping, "apiMappingId"),
        ("RULE", "routingrules", &rule, "routingRuleId"),
    ] {
        let (_, _, made) = gateway.send(&format!("POST /v2/domainnames/a.b/{path}"), body);
        let made: Value = serde_json::from_str(&made).unwrap();
        gateway.name(name, made[id].as_str().unwrap());
    }
    gateway.create("LINK", "POST /vpclinks", r#"{"name": "l", "targetArns": []}"#);
    let (_, _, certificate) = gateway.send("POST /clientcertificates", "{}");
    let certificate: Value = serde_json::from_str(&certificate).unwrap();
    gateway.name("CERTIFICATE", certificate["clientCertificateId"].as_str().unwrap());
    let function = json!({
        "FunctionName": "f", "Runtime": "provided.al2023", "Handler": "h", "Publish": true,
        "Role": "arn:aws:iam::000000000000:role/r", "Code": { "ZipFile": "AGFzbQ0AAQA=" },
    });
    gateway.ok("POST /2015-03-31/functions", &function.to_string());
    gateway.settle();
    let alias = r#"{"Name": "live", "FunctionVersion": "1"}"#;
    gateway.ok("POST /2015-03-31/functions/f/aliases", alias);
    gateway
}

/// What a parameter names in a furnished gateway.
fn named(parameter: &str) -> &'static str {
    match parameter {
        "restapi_id" => "API",
        "resource_id" | "parent_id" => "ROOT",
        "http_method" => "GET",
        "status_code" => "200",
        "stage_name" => "prod",
        "deployment_id" => "DEPLOYMENT",
        "authorizer_id" => "AUTHORIZER",
        "model_name" => "Empty",
        "requestvalidator_id" => "VALIDATOR",
        "part_id" => "PART",
        "doc_version" => "v1",
        "response_type" => "THROTTLED",
        "api_Key" | "keyId" => "KEY",
        "usageplanId" => "PLAN",
        "domainName" | "domain_name" => "a.b",
        "apiMappingId" => "MAPPING",
        "routingRuleId" => "RULE",
        "base_path" => "%28none%29",
        "vpclink_id" => "LINK",
        "clientcertificate_id" => "CERTIFICATE",
        "resource-arn" | "resource_arn" => "arn:aws:apigateway:us-east-1::/restapis/API",
        "FunctionName" => "f",
        "Name" => "live",
        "Resource" => "arn:aws:lambda:us-east-1:000000000000:function:f",
        _ => "x",
    }
}

/// A request for something that is there; what is deleted is not, as it is to stay.
fn line(operation: &Operation) -> String {
    if operation.verb == "DELETE" {
        return request(operation);
    }
    let segments = operation.path.iter().map(|segment| match segment {
        Segment::Literal(text) => format!("/{text}"),
        Segment::Parameter(name) | Segment::Rest(name) => format!("/{}", named(name)),
    });
    let query = operation.query.as_ref().map(|(name, value)| format!("?{name}={value}"));
    format!("{} {}{}", operation.verb, segments.collect::<String>(), query.unwrap_or_default())
}

/// The members of a body.
fn members(operation: &Operation) -> impl Iterator<Item = (&str, &Member)> {
    let is_body = |member: &Member| member.location == Location::Body;
    let members = operation.members.iter().filter(move |(_, member)| is_body(member));
    members.map(|(name, member)| (member.wire_name(name), member))
}

/// What the API model takes, as small as it can be.
fn sample(operation: &Operation, member: &Member) -> Value {
    let table = operation.service.table();
    match table.shape(member) {
        Shape::Blob => "".into(),
        Shape::Boolean => true.into(),
        Shape::Double(_) | Shape::Integer(_) => 1.into(),
        Shape::List { .. } => json!([]),
        Shape::Map { .. } => json!({}),
        Shape::String { choices, .. } => {
            choices.first().map_or_else(|| "x".into(), |choice| choice.as_str().into())
        }
        Shape::Structure { members, required } => {
            let members = members.iter().filter(|(name, _)| required.contains(name));
            let members =
                members.map(|(name, it)| (it.wire_name(name).to_owned(), sample(operation, it)));
            Value::Object(members.collect())
        }
    }
}

/// A body that is as it should be, but for one member.
fn body_with(operation: &Operation, name: &str, value: Value) -> String {
    let required =
        members(operation).filter(|(name, _)| operation.required.iter().any(|it| it == name));
    let mut body: Map<String, Value> =
        required.map(|(name, member)| (name.to_owned(), sample(operation, member))).collect();
    body.insert(name.to_owned(), value);
    Value::Object(body).to_string()
}

/// Sends a request, looks at what is answered and how soon, and tells whether it was done.
#[track_caller]
fn check(gateway: &Gateway, line: &str, body: &str) -> bool {
    let (line, body) = (&gateway.with_ids(line), &gateway.with_ids(body));
    let signed = Signed { line, body, service: service_of(line), ..Signed::default() };
    check_signed(gateway, &signed)
}

#[track_caller]
fn check_signed(gateway: &Gateway, signed: &Signed<'_>) -> bool {
    #[expect(clippy::disallowed_methods, reason = "how long a call takes is what is tested")]
    let now = Instant::now;
    let request = signed.request();
    let begin = now();
    let (status, headers, answer) = gateway.send_request(request);
    let time = now() - begin;
    let Signed { line, body, .. } = signed;
    let shown: String = body.chars().take(100).collect();
    assert!(status.as_u16() < 500 || status == 501, "{line} {shown}: {status} {answer}");
    assert!(time < TIME_MAX, "{line} {shown}: {time:?}");
    if !status.is_success() {
        assert!(headers.contains_key("x-amzn-errortype"), "{line} {shown}: {status}");
        assert!(answer.len() < ERROR_BYTES_MAX, "{line} {shown}: {} bytes", answer.len());
    }
    status.is_success()
}

/// A request whose parameters, of the path and of the query, all have one value.
fn line_with(operation: &Operation, value: &str) -> String {
    let segments = operation.path.iter().map(|segment| match segment {
        Segment::Literal(text) => format!("/{text}"),
        Segment::Parameter(_) | Segment::Rest(_) => format!("/{value}"),
    });
    let mut line = format!("{} {}", operation.verb, segments.collect::<String>());
    let query = operation.members.iter().filter(|(_, it)| it.location == Location::Query);
    let query = query.map(|(name, member)| format!("{}={value}", member.wire_name(name)));
    let wanted = operation.query.iter().map(|(name, value)| format!("{name}={value}"));
    let query: Vec<String> = wanted.chain(query).collect();
    line += &format!("?{}", query.join("&"));
    line
}

#[test]
fn parameters_of_any_value_are_answered() {
    let gateway = furnished();
    let long = "x".repeat(4_000);
    let hostile =
        ["%00", "%F0%9F%92%A9", "%ff", "..%2F..", "%22%27;--", "-1", "9999999999999999999"];
    for operation in operations() {
        for value in hostile.into_iter().chain([&long[..]]) {
            check(&gateway, &line_with(operation, value), "");
            check(
                &gateway,
                &line_with(operation, value),
                &body_with(operation, "name", "x".into()),
            );
        }
    }
}

#[test]
fn what_is_no_json_is_answered() {
    let gateway = furnished();
    let arrays = "[".repeat(100_000) + &"]".repeat(100_000);
    let objects = "{\"a\":".repeat(100_000) + "1" + &"}".repeat(100_000);
    let open = "[".repeat(100_000);
    for operation in operations() {
        let line = line(operation);
        let texts = [
            "{",
            "}",
            "{\"a\"",
            "{\"a\": 1,}",
            "\"",
            "nul",
            "\0",
            "\u{feff}{}",
            "{\"a\": 1}{\"b\": 2}",
        ];
        for body in texts.into_iter().chain([&arrays[..], &objects, &open]) {
            check(&gateway, &line, body);
        }
    }
}

#[test]
fn members_of_other_types_are_answered() {
    let gateway = furnished();
    let nested = |depth| (0..depth).fold(json!("x"), |value, _| json!([value]));
    let values = [
        Value::Null,
        true.into(),
        0.into(),
        (-1).into(),
        i64::MAX.into(),
        1.5.into(),
        f64::MAX.into(),
        "".into(),
        "x".into(),
        "$\u{0}\u{202e}é".into(),
        json!([]),
        json!([null, 1, "x", {}]),
        json!({}),
        json!({ "": { "": [] } }),
        json!({ "op": "replace", "path": "/" }),
        nested(100),
    ];
    let mut done = 0;
    for operation in operations() {
        let line = line(operation);
        for (name, _) in members(operation) {
            for value in &values {
                let body = body_with(operation, name, value.clone());
                done += usize::from(check(&gateway, &line, &body));
            }
        }
        check(&gateway, &line, &body_with(operation, "nobodyKnowsThis", 1.into()));
        check(&gateway, &line, "[]");
        check(&gateway, &line, "1");
    }
    assert!(done > 100, "{done} were done: the bodies are not near to what is taken");
}

#[test]
fn names_of_a_megabyte_are_answered() {
    let gateway = furnished();
    let long = "x".repeat(MEGABYTE);
    for operation in operations() {
        let line = line(operation);
        for (name, member) in members(operation) {
            let value = match operation.service.table().shape(member) {
                Shape::Blob | Shape::String { .. } => long.as_str().into(),
                Shape::List { .. } => json!([long]),
                Shape::Map { .. } | Shape::Structure { .. } => json!({ long.as_str(): "x" }),
                Shape::Boolean | Shape::Double(_) | Shape::Integer(_) => continue,
            };
            let is_done = check(&gateway, &line, &body_with(operation, name, value));
            let is_bytes = matches!(operation.service.table().shape(member), Shape::Blob);
            assert!(!is_done || is_bytes, "{line} {name}: a megabyte is taken");
        }
        check(&gateway, &line, &body_with(operation, &long, 1.into()));
    }
}

#[test]
fn bodies_of_ten_megabytes_are_answered() {
    let gateway = furnished();
    let long = format!("{{\"name\": \"{}\"}}", "x".repeat(10 * MEGABYTE));
    let items = format!("{{\"tags\": [{}1]}}", "1,".repeat(5 * MEGABYTE));
    for operation in operations() {
        let line = line(operation);
        let line = &gateway.with_ids(&line);
        for body in [&long, &items] {
            // It is too large whatever it says: so it need not be signed, which takes a while.
            let signed_body = Some("");
            let service = service_of(line);
            let signed = Signed { line, body, signed_body, service, ..Signed::default() };
            check_signed(&gateway, &signed);
        }
    }
}

/// Each path that an update says it has, with each operation.
#[test]
fn updates_with_hostile_values_are_answered() {
    let gateway = furnished();
    let long = "x".repeat(MEGABYTE);
    let parts = "/a".repeat(100_000);
    let values =
        ["", "null", "-1", "1e999", "NaN", "99999999999999999999", "[", "{}", "a:b", "~2", "\u{0}"];
    let updates = operations().filter(|operation| operation.verb == "PATCH");
    let long_path = format!("/{long}");
    let mut done = 0;
    for operation in updates {
        let line = line(operation);
        for op in ["add", "remove", "replace", "copy", "move", "test"] {
            let (_, _, answer) = gateway.send(&line, &patch(op, "/nothing", ""));
            let answer: Value = serde_json::from_str(&answer).unwrap_or_default();
            let listed = answer["message"].as_str().and_then(|it| it.split_once("one of: ["));
            let listed = listed.map_or("", |(_, listed)| listed.trim_end_matches(']'));
            let paths = listed.split(", ").map(|path| path.replace(['{', '}'], ""));
            for path in paths {
                let long = (op == "replace").then_some(&long[..]);
                for value in values.into_iter().chain(long) {
                    done += usize::from(check(&gateway, &line, &patch(op, &path, value)));
                }
            }
        }
        check(&gateway, &line, &patch("replace", &parts, ""));
        check(&gateway, &line, &patch("remove", &long_path, ""));
    }
    assert!(done > 100, "{done} were done: the paths are not found");
}
