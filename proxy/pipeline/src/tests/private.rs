//! Private APIs: where they answer, and whom.

use std::slice;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use model::{
    Domain, DomainEndpoint, Endpoint, EndpointPolicy, EndpointType, PrivateDomain, ResourcePolicy,
    TrafficPercent, VpcEndpoint,
};

use super::fixture::{Description, Gateway, TestRequest, target};

const FORBIDDEN: &str = r#"403 {"message":"Forbidden"}"#;
const REACHED: &str = "200 reached";

/// With an API of this type, and a policy with this condition.
pub(super) fn gateway(endpoint_type: EndpointType, condition: Option<&str>) -> Gateway {
    let policy = condition.map(|condition| {
        let text = format!(
            r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "*", "Condition": {condition}}}]}}"#
        );
        ResourcePolicy::parse(&text).unwrap()
    });
    let gateway = Gateway::new(Description { endpoint_type, policy, ..Description::default() });
    *gateway.world.result.lock().unwrap() = Some(Ok(r#"{"body":"reached"}"#.into()));
    gateway
}

/// An endpoint of a VPC, whose policy this is.
pub(super) fn vpc_endpoint(id: &str, policy: Option<&str>) -> Endpoint {
    let policy = policy.map(|text| Arc::new(EndpointPolicy::parse(text).unwrap()));
    Endpoint::Vpc { endpoint: Arc::new(VpcEndpoint::parse(id, Some("vpc-1")).unwrap()), policy }
}

fn at_endpoint(request: TestRequest) -> TestRequest {
    TestRequest { endpoint: vpc_endpoint("vpce-0a1b", None), ..request }
}

fn get() -> TestRequest {
    TestRequest::new("GET /prod/pets/1")
}

#[test]
fn private_apis_answer_at_endpoints_and_others_elsewhere() {
    let private = gateway(EndpointType::Private, Some("{}"));
    assert_eq!(private.answer(&at_endpoint(get())), REACHED);
    let by_domain = || TestRequest::new("GET /pets/1").host("api.example.com");
    let by_path = || TestRequest::new("GET /_aws/execute-api/abc/prod/pets/1").host("127.0.0.1");
    private.world.take_calls();
    for request in [get(), by_domain(), by_path()] {
        assert_eq!(private.answer(&request), FORBIDDEN);
    }
    assert_eq!(private.world.take_calls(), Vec::<String>::new());
    let public = gateway(EndpointType::Regional, None);
    assert_eq!(public.answer(&get()), REACHED);
    for request in [get(), by_domain(), by_path()] {
        assert_eq!(public.answer(&at_endpoint(request)), FORBIDDEN);
    }
}

#[test]
fn an_endpoint_is_asked_for_an_api_in_three_ways() {
    let gateway = gateway(EndpointType::Private, Some("{}"));
    for host in ["abc.execute-api.eu-west-1.amazonaws.com", "abc-vpce-0a1b.execute-api.localhost"] {
        assert_eq!(gateway.answer(&at_endpoint(get().host(host))), REACHED);
    }
    for host in ["vpce-0a1b-x7.execute-api.eu-west-1.vpce.amazonaws.com", "10.0.0.1"] {
        let by_header = get().host(host).header("x-apigw-api-id", "abc");
        assert_eq!(gateway.answer(&at_endpoint(by_header)), REACHED);
    }
    // Another endpoint's name, and the header elsewhere.
    let other = gateway.answer(&at_endpoint(get().host("abc-vpce-2.execute-api.localhost")));
    assert!(other.starts_with("404 "), "{other}");
    let elsewhere = get().host("10.0.0.1").header("x-apigw-api-id", "abc");
    assert_eq!(gateway.answer(&elsewhere), FORBIDDEN);
}

#[test]
fn policies_see_the_endpoint_and_not_the_address() {
    for condition in [
        r#"{"StringEquals": {"aws:SourceVpce": "vpce-0a1b", "aws:SourceVpc": "vpc-1"}}"#,
        r#"{"IpAddress": {"aws:VpcSourceIp": "192.0.2.0/24"}, "Null": {"aws:SourceIp": "true"}}"#,
    ] {
        assert_eq!(
            gateway(EndpointType::Private, Some(condition)).answer(&at_endpoint(get())),
            REACHED
        );
    }
    for condition in [
        r#"{"StringEquals": {"aws:SourceVpce": "vpce-2"}}"#,
        r#"{"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}"#,
    ] {
        let answer = gateway(EndpointType::Private, Some(condition)).answer(&at_endpoint(get()));
        assert!(answer.starts_with("403 {\"Message\":\"User: anonymous "), "{answer}");
    }
    // Elsewhere there is none.
    let null = r#"{"Null": {"aws:SourceVpc": "true", "aws:SourceVpce": "true", "aws:VpcSourceIp": "true"}}"#;
    assert_eq!(gateway(EndpointType::Regional, Some(null)).answer(&get()), REACHED);
}

#[test]
fn a_private_api_without_a_policy_lets_nobody_call() {
    let gateway = gateway(EndpointType::Private, None);
    let answer = gateway.answer(&at_endpoint(get()));
    assert!(answer.contains("because no resource-based policy allows"), "{answer}");
    assert_eq!(gateway.world.take_calls(), Vec::<String>::new());
}

#[test]
fn the_backend_is_told_the_endpoint() {
    let gateway = gateway(EndpointType::Private, Some("{}"));
    gateway.answer(&at_endpoint(get()));
    let event: serde_json::Value = serde_json::from_str(&gateway.world.take_calls()[0]).unwrap();
    let identity = &event["requestContext"]["identity"];
    assert_eq!((&identity["vpcId"], &identity["vpceId"]), (&"vpc-1".into(), &"vpce-0a1b".into()));
}

#[test]
fn a_canary_makes_no_private_api_public_and_no_public_one_private() {
    for types in [
        [EndpointType::Private, EndpointType::Regional],
        [EndpointType::Regional, EndpointType::Private],
    ] {
        let [mut gateway, other] = types.map(|it| gateway(it, Some("{}")));
        let of = |gateway: &Gateway| gateway.stage("prod");
        let canary = of(&gateway).with_canary(of(&other), TrafficPercent::parse(50.0).unwrap());
        gateway.snapshot = gateway.with_stage(canary);
        // What the stage itself serves is where it was, and the canary is nowhere.
        for (percent, is_served) in [(0, false), (99, true)] {
            gateway.world.percent.store(percent, Ordering::Relaxed);
            let (at_endpoint, elsewhere) =
                (gateway.answer(&at_endpoint(get())), gateway.answer(&get()));
            let (own, other) = match types[0] {
                EndpointType::Private => (at_endpoint, elsewhere),
                EndpointType::Edge | EndpointType::Regional => (elsewhere, at_endpoint),
            };
            assert_eq!(own, if is_served { REACHED } else { FORBIDDEN }, "{types:?} {percent}");
            assert_eq!(other, FORBIDDEN, "{types:?} {percent}");
        }
    }
}

const DOMAIN_ARN: &str = "arn:aws:execute-api:eu-west-1:123456789012:/domainnames/p.example.com+x1";

fn statement(effect: &str, resource: &str, condition: &str) -> String {
    format!(
        r#"{{"Effect": "{effect}", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "{resource}", "Condition": {condition}}}"#
    )
}

/// With a private domain name at the endpoint `vpce-0a1b`, which leads to the API.
fn with_domain(mut gateway: Gateway, statements: Option<&[String]>) -> Gateway {
    let policy = statements.map(|statements| {
        let statements = statements.join(", ");
        let text = format!(r#"{{"Version": "2012-10-17", "Statement": [{statements}]}}"#);
        ResourcePolicy::parse(&text).unwrap()
    });
    let private = PrivateDomain { arn: DOMAIN_ARN.to_owned(), policy };
    let domain = Domain::new([(String::new(), target(Some("prod")))]);
    let domain = domain.with_endpoint(DomainEndpoint::Private(private));
    gateway.snapshot.add_private_domain("vpce-0a1b", "p.example.com", domain);
    gateway
}

fn by_name() -> TestRequest {
    TestRequest::new("GET /pets/1").host("P.example.com:8080")
}

#[test]
fn a_private_domain_name_is_there_at_its_endpoints_alone() {
    let allow = [statement("Allow", DOMAIN_ARN, "{}")];
    let gateway = with_domain(gateway(EndpointType::Private, Some("{}")), Some(&allow));
    assert_eq!(gateway.answer(&at_endpoint(by_name())), REACHED);
    gateway.world.take_calls();
    let elsewhere = TestRequest { endpoint: vpc_endpoint("vpce-2", None), ..by_name() };
    assert_eq!(gateway.answer(&elsewhere), FORBIDDEN);
    assert_eq!(gateway.answer(&by_name()), FORBIDDEN);
    // Nor is a public one there.
    let public = TestRequest::new("GET /pets/1").host("api.example.com");
    assert_eq!(gateway.answer(&at_endpoint(public)), FORBIDDEN);
    assert_eq!(gateway.world.take_calls(), Vec::<String>::new());
}

#[test]
fn a_private_domain_name_leads_to_no_public_api() {
    let gateway =
        with_domain(gateway(EndpointType::Regional, None), Some(&[statement("Allow", "*", "{}")]));
    assert_eq!(gateway.answer(&at_endpoint(by_name())), FORBIDDEN);
}

#[test]
fn the_policy_of_a_private_domain_name_comes_before_that_of_the_api() {
    let domain = |statements: Option<&[String]>, api: &str| {
        let gateway = with_domain(gateway(EndpointType::Private, Some(api)), statements);
        let answer = gateway.answer(&at_endpoint(by_name()));
        assert_eq!(gateway.world.take_calls().is_empty(), answer != REACHED);
        answer
    };
    let all = statement("Allow", "*", "{}");
    let here = r#"{"StringEquals": {"aws:SourceVpce": "vpce-0a1b"}}"#;
    let there = r#"{"StringEquals": {"aws:SourceVpce": "vpce-2"}}"#;
    let not_there = r#"{"StringNotEquals": {"aws:SourceVpce": "vpce-2"}}"#;
    assert_eq!(domain(Some(&[statement("Allow", DOMAIN_ARN, here)]), "{}"), REACHED);
    for statements in [
        None,
        Some(vec![statement("Allow", DOMAIN_ARN, there)]),
        Some(vec![statement("Allow", &DOMAIN_ARN.replace("x1", "x2"), "{}")]),
        Some(vec![all.clone(), statement("Deny", DOMAIN_ARN, not_there)]),
    ] {
        let answer = domain(statements.as_deref(), "{}");
        let masked = DOMAIN_ARN.replace("123456789012", "********9012");
        assert!(answer.starts_with("403 {\"Message\":\"User: anonymous "), "{answer}");
        assert!(answer.contains(&masked), "{answer}");
    }
    // Then the API is asked.
    let denied = domain(Some(slice::from_ref(&all)), there);
    assert!(denied.contains(":abc/prod/GET/pets/1"), "{denied}");
    let via = |arn: &str| format!(r#"{{"ArnEquals": {{"execute-api:viaDomainArn": "{arn}"}}}}"#);
    assert_eq!(domain(Some(slice::from_ref(&all)), &via(DOMAIN_ARN)), REACHED);
    assert!(domain(Some(&[all]), &via("arn:aws:execute-api:*:*:/domainnames/q+1")) != REACHED);
    let direct = gateway(EndpointType::Private, Some(&via(DOMAIN_ARN)));
    assert!(direct.answer(&at_endpoint(get())) != REACHED, "not through the domain name");
}

#[test]
fn who_is_not_let_to_a_private_domain_name_learns_nothing_of_its_apis() {
    let gateway = with_domain(gateway(EndpointType::Private, Some("{}")), None);
    let line = |line| TestRequest::new(line).host("p.example.com");
    let answers = ["GET /pets/1", "GET /nothing", "POST /pets/1"]
        .map(|it| gateway.answer(&at_endpoint(line(it))));
    assert!(answers.iter().all(|answer| answer == &answers[0]), "{answers:?}");
}

/// At an endpoint whose policy has these statements.
fn at_policy(request: TestRequest, statements: &str) -> TestRequest {
    let text = format!(r#"{{"Statement": [{statements}]}}"#);
    TestRequest { endpoint: vpc_endpoint("vpce-0a1b", Some(&text)), ..request }
}

const ALL: &str = r#"{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}"#;

#[test]
fn both_the_policy_of_the_endpoint_and_that_of_the_api_must_allow_a_call() {
    let open = gateway(EndpointType::Private, Some("{}"));
    let shut =
        gateway(EndpointType::Private, Some(r#"{"StringEquals": {"aws:SourceVpce": "vpce-2"}}"#));
    let of_api = "because no resource-based policy allows the execute-api:Invoke action";
    let of_endpoint = "because no VPC endpoint policy allows the execute-api:Invoke action";
    let statement = |effect: &str, resource: &str, condition: &str| {
        format!(
            r#"{{"Effect": "{effect}", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "arn:aws:execute-api:*:*:{resource}", "Condition": {condition}}}"#
        )
    };
    let this = statement("Allow", "abc/prod/GET/pets/*", "{}");
    let other = statement("Allow", "xyz/*", "{}");
    let elsewhere =
        statement("Allow", "*", r#"{"NotIpAddress": {"aws:VpcSourceIp": "192.0.2.0/24"}}"#);
    let denied = statement("Deny", "abc/*", "{}");
    for (gateway, statements, expected) in [
        (&open, ALL, REACHED),
        (&open, &this, REACHED),
        (&open, &other, of_endpoint),
        (&open, &elsewhere, of_endpoint),
        (&open, &format!("{ALL}, {denied}"), "with an explicit deny in a VPC endpoint policy"),
        (&shut, ALL, of_api),
        (&shut, &other, of_endpoint),
    ] {
        gateway.world.take_calls();
        let answer = gateway.answer(&at_policy(get(), statements));
        assert!(answer.contains(expected), "{statements}: {answer}");
        assert_eq!(gateway.world.take_calls().is_empty(), expected != REACHED, "{statements}");
    }
    // Whoever does not sign is nobody that a policy could name.
    let named = ALL
        .replace(r#""*", "Action""#, r#"{"AWS": "arn:aws:iam::123456789012:user/ada"}, "Action""#);
    let answer = open.answer(&at_policy(get(), &named));
    assert!(
        answer.starts_with("403 {\"Message\":\"User: anonymous ") && answer.contains(of_endpoint),
        "{answer}"
    );
}
