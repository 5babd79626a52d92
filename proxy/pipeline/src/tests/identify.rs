//! Which requests reach a method, and what the others are told.

use expect_test::{Expect, expect};
use model::{
    ApiId, BasePathCondition, BasePathStripping, Domain, HeaderCondition, RoutingRule, StageName,
};

use super::fixture::{Description, Gateway, TestRequest, target};
use crate::{CustomDomainMatch, Record};

#[track_caller]
fn check(request: TestRequest, expected: Expect) {
    let gateway = Gateway::new(Description::default());
    *gateway.world.result.lock().unwrap() = Some(Ok(r#"{"body":"reached"}"#.into()));
    expected.assert_eq(&gateway.answer(&request));
}

#[test]
fn each_way_in_reaches_the_method() {
    check(TestRequest::new("GET /prod/pets/1"), expect!["200 reached"]);
    check(TestRequest::new("GET //prod//pets/1"), expect!["200 reached"]);
    check(
        TestRequest::new("GET /prod/pets/1").host("abc.EXECUTE-API.localhost:8080"),
        expect!["200 reached"],
    );
    check(TestRequest::new("GET /pets/1").host("API.example.com:443"), expect!["200 reached"]);
    check(
        TestRequest::new("GET /_aws/execute-api/abc/prod/pets/1").host("anything"),
        expect!["200 reached"],
    );
}

#[test]
fn what_is_not_there_is_refused_as_aws_does() {
    check(TestRequest::new("GET /other/pets/1"), expect![[r#"403 {"message":"Forbidden"}"#]]);
    check(TestRequest::new("GET /"), expect![[r#"403 {"message":"Forbidden"}"#]]);
    check(
        TestRequest::new("GET /prod/pets/1").host("example.org"),
        expect![[r#"403 {"message":"Forbidden"}"#]],
    );
    check(
        TestRequest::new("GET /prod/pets/1").host("nope.execute-api.localhost"),
        expect![[
            r#"404 {"message":"The API id 'nope' does not correspond to a deployed API Gateway API"}"#
        ]],
    );
    for line in ["GET /prod/cats", "POST /prod/pets/1", "TRACE /prod/pets/1", "GET /prod"] {
        check(
            TestRequest::new(line),
            expect![[r#"403 {"message":"Missing Authentication Token"}"#]],
        );
    }
}

#[test]
fn an_unmatched_path_with_a_bearer_token_is_an_incomplete_signature() {
    check(
        TestRequest::new("GET /prod/cats").header("Authorization", "Bearer x"),
        expect![[
            r#"403 {"message":"Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and encoded with Base64): 'uTem/WB082UJMN2ajD6lH6UChGpTAddMJSx2iu923No='."}"#
        ]],
    );
    check(
        TestRequest::new("GET /prod/cats").header("Authorization", "AWS4-HMAC-SHA256 x"),
        expect![[r#"403 {"message":"Missing Authentication Token"}"#]],
    );
}

#[test]
fn a_refusal_has_the_headers_of_aws() {
    let gateway = Gateway::new(Description::default());
    expect![[r#"
        403
        content-type: application/json
        x-amz-apigw-id: AAAAAAAAAAAAAAA=
        x-amzn-errortype: MissingAuthenticationTokenException
        x-amzn-requestid: c0ffee00-0000-4000-8000-000000000000

        {"message":"Missing Authentication Token"}"#]]
    .assert_eq(&gateway.send(&TestRequest::new("GET /prod/cats")));
}

#[test]
fn sizes_are_bounded_at_the_limit_and_not_before() {
    // "host"-less request: one header of name 1, value n and 4 bytes for the line.
    let header =
        |bytes: usize| TestRequest::new("GET /prod/pets/1").header("a", &"b".repeat(bytes));
    check(header(10_240 - 5), expect!["200 reached"]);
    check(header(10_240 - 4), expect![[r#"413 {"message":"Request Too Long"}"#]]);
    let announced =
        |bytes: &str| TestRequest::new("GET /prod/pets/1").header("content-length", bytes);
    check(announced("10485760"), expect!["200 reached"]);
    check(announced("10485761"), expect![[r#"413 {"message":"Request Too Long"}"#]]);
    let body = |bytes: usize| TestRequest::new("GET /prod/pets/1").body(vec![b'x'; bytes]);
    check(body(10_485_760), expect!["200 reached"]);
    check(body(10_485_761), expect![[r#"413 {"message":"Request Too Long"}"#]]);
    let target = |bytes: usize| {
        TestRequest::new(&format!("GET /prod/pets/{}?{}", "x".repeat(100), "q".repeat(bytes - 111)))
    };
    check(target(10_240), expect!["200 reached"]);
    check(target(10_241), expect![[r#"414 {"message":"Request URI too long"}"#]]);
}

#[test]
fn a_method_override_is_the_method() {
    check(
        TestRequest::new("POST /prod/pets/1").header("X-HTTP-Method-Override", "get"),
        expect!["200 reached"],
    );
    for other in ["POST", "TRACE", ""] {
        check(
            TestRequest::new("GET /prod/pets/1").header("X-HTTP-Method-Override", other),
            expect![[r#"403 {"message":"Missing Authentication Token"}"#]],
        );
    }
}

#[test]
fn a_domain_name_leads_to_stages_by_base_path() {
    // Only `GET /pets/{id}` is there: what reaches it shows what was stripped.
    for (host, path) in [
        ("a.example.net", "/pets/pets/1"),
        ("A.Example.NET:8080", "/pets/v1/pets/1"),
        ("b.example.net", "/any/prod/pets/1"),
        ("b.example.net", "//any/test/pets/1"),
    ] {
        check(TestRequest::new(&format!("GET {path}")).host(host), expect!["200 reached"]);
    }
    for (host, path) in [
        ("a.example.net", "/cats/pets/1"),
        ("a.example.net", "/Pets/pets/1"),
        ("a.example.net", "/any/nope/pets/1"),
        ("a.example.net", "/any"),
        ("a.b.example.net", "/pets/pets/1"),
        ("example.net", "/pets/pets/1"),
    ] {
        check(
            TestRequest::new(&format!("GET {path}")).host(host),
            expect![[r#"403 {"message":"Forbidden"}"#]],
        );
    }
    check(
        TestRequest::new("GET /pets/1").host("a.example.net"),
        expect![[r#"403 {"message":"Missing Authentication Token"}"#]],
    );
}

#[test]
fn an_event_has_the_base_path_and_no_stage() {
    let gateway = Gateway::new(Description::default());
    *gateway.world.result.lock().unwrap() = Some(Ok(r#"{"body":"reached"}"#.into()));
    for (path, stage) in [("/pets/v1/pets/1", "test"), ("/any/prod/pets/1", "prod")] {
        gateway.send(&TestRequest::new(&format!("GET {path}")).host("a.example.net:80"));
        let event: serde_json::Value =
            serde_json::from_str(&gateway.world.take_calls()[0]).unwrap();
        let context = &event["requestContext"];
        assert_eq!([&event["path"], &context["path"]], [path; 2]);
        assert_eq!(event["resource"], "/pets/{id}");
        assert_eq!(context["stage"], stage);
        assert_eq!(context["domainName"], "a.example.net");
        assert_eq!(context["domainPrefix"], "a");
    }
}

#[test]
fn a_disabled_default_endpoint_is_forbidden_and_domain_names_are_not() {
    let description = Description { is_default_endpoint_disabled: true, ..Default::default() };
    let gateway = Gateway::new(description);
    *gateway.world.result.lock().unwrap() = Some(Ok(r#"{"body":"reached"}"#.into()));
    for path in ["/prod/pets/1", "/prod/nope", "/_aws/execute-api/abc/prod/pets/1"] {
        let answer = gateway.answer(&TestRequest::new(&format!("GET {path}")));
        assert_eq!(answer, r#"403 {"message":"Forbidden"}"#, "{path}");
    }
    let request = TestRequest::new("GET /pets/1").host("api.example.com");
    assert_eq!(gateway.answer(&request), "200 reached");
}

fn rule(id: &str, header: Option<(&str, &str)>, stage: &str, path: Option<&str>) -> RoutingRule {
    let header = header.map(|(name, glob)| HeaderCondition::parse(name, glob).unwrap());
    let strip = BasePathStripping::Strip;
    RoutingRule {
        id: id.into(),
        headers: header.into_iter().collect(),
        base_path: path.map(|path| BasePathCondition::parse(path, strip).unwrap()),
        api: ApiId::parse("abc").unwrap(),
        stage: StageName::parse(stage).unwrap(),
    }
}

#[test]
fn routing_rules_lead_to_stages_before_base_paths_do() {
    let mut gateway = Gateway::new(Description::default());
    *gateway.world.result.lock().unwrap() = Some(Ok(r#"{"body":"reached"}"#.into()));
    let rules = || {
        vec![
            rule("beta", Some(("X-Version", "beta*")), "test", None),
            rule("shop", None, "prod", Some("shop/v1")),
            rule("gone", Some(("x-version", "gone")), "gone", None),
        ]
    };
    let mapped = Domain::new([("own".to_owned(), target(Some("prod")))]);
    gateway.snapshot.add_domain("both.example.com", mapped.with_routing_rules(rules()));
    gateway.snapshot.add_domain("rules.example.com", Domain::of_routing_rules(rules()));
    let matched = |host: &str, path: &str, version: &str| {
        let request = TestRequest::new(&format!("GET {path}")).host(host);
        let mut record = Record::default();
        let request = request.header("X-Version", version);
        gateway.recorded(&request, &mut record);
        (
            gateway.answer(&request),
            record.custom_domain,
            record.stage.map(|stage| stage.name.to_string()),
        )
    };
    let by_rule = |id: &str| Some(CustomDomainMatch::RoutingRule(id.into()));
    for host in ["both.example.com", "rules.example.com"] {
        for (path, version, id, stage) in [
            ("/pets/1", "beta2", "beta", "test"),
            ("/shop/v1/pets/1", "1", "shop", "prod"),
            ("/shop/v1/pets/1", "gone", "shop", "prod"),
        ] {
            let (answer, by, found) = matched(host, path, version);
            assert_eq!(answer, "200 reached", "{host} {path} {version}");
            assert_eq!((by, found.as_deref()), (by_rule(id), Some(stage)));
        }
        // A rule that leads nowhere is not passed over.
        assert_eq!(matched(host, "/own/pets/1", "gone").0, r#"403 {"message":"Forbidden"}"#);
        assert_eq!(
            matched(host, "/shop/v1/pets/1", "beta").0,
            r#"403 {"message":"Missing Authentication Token"}"#
        );
    }
    let (answer, by, _) = matched("both.example.com", "/own/pets/1", "1");
    let own = Some(CustomDomainMatch::BasePath("own".into()));
    assert_eq!((answer.as_str(), by), ("200 reached", own));
    assert_eq!(matched("both.example.com", "/pets/1", "1").0, r#"403 {"message":"Forbidden"}"#);
    assert_eq!(
        matched("rules.example.com", "/own/pets/1", "1").0,
        r#"404 {"message":"Not Found"}"#
    );
}
