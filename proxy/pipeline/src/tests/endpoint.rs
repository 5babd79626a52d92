//! Which APIs and domain names answer where a request came in, by their endpoint types.

use std::sync::atomic::Ordering;

use model::EndpointType::{Edge, Private, Regional};
use model::{
    Domain, DomainEndpoint, Endpoint, EndpointType, PrivateDomain, PublicEndpoint, ResourcePolicy,
    TrafficPercent,
};

use super::fixture::{Gateway, TestRequest, target};
use super::private::{gateway, vpc_endpoint};

const FORBIDDEN: &str = r#"403 {"message":"Forbidden"}"#;
const REACHED: &str = "200 reached";
const ALL: &str = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "*"}]}"#;

fn endpoints() -> [Endpoint; 4] {
    [
        Endpoint::Public(PublicEndpoint::Any),
        Endpoint::Public(PublicEndpoint::Edge),
        Endpoint::Public(PublicEndpoint::Regional),
        vpc_endpoint("vpce-1", None),
    ]
}

/// With an API of this type, which a domain name of each type leads to.
fn with_domains(endpoint_type: EndpointType) -> Gateway {
    let mut gateway = gateway(endpoint_type, Some("{}"));
    let domain = || Domain::new([(String::new(), target(Some("prod")))]);
    for (name, endpoint) in
        [("edge.org", DomainEndpoint::Edge), ("regional.org", DomainEndpoint::Regional)]
    {
        gateway.snapshot.add_domain(name, domain().with_endpoint(endpoint));
    }
    let private = PrivateDomain {
        arn: "arn:aws:execute-api:eu-west-1:123456789012:/domainnames/private.org+x1".to_owned(),
        policy: Some(ResourcePolicy::parse(ALL).unwrap()),
    };
    let private = domain().with_endpoint(DomainEndpoint::Private(private));
    gateway.snapshot.add_private_domain("vpce-1", "private.org", private);
    gateway
}

/// At which of the endpoints a request is answered; at the others it reaches nothing.
fn answered(gateway: &Gateway, request: &TestRequest) -> [bool; 4] {
    endpoints().map(|endpoint| {
        gateway.world.take_calls();
        let answer = gateway.answer(&TestRequest { endpoint, ..request.clone() });
        let calls = gateway.world.take_calls().len();
        assert!([(REACHED, 1), (FORBIDDEN, 0)].contains(&(answer.as_str(), calls)), "{answer}");
        answer == REACHED
    })
}

#[test]
fn apis_answer_by_their_type_and_domain_names_by_theirs() {
    const NOWHERE: [bool; 4] = [false; 4];
    const AT_EDGE: [bool; 4] = [true, true, false, false];
    const AT_REGIONAL: [bool; 4] = [true, false, true, false];
    const IN_VPC: [bool; 4] = [false, false, false, true];
    for (api, itself, by_edge, by_regional, by_private) in [
        (Edge, AT_EDGE, AT_EDGE, AT_REGIONAL, NOWHERE),
        (Regional, AT_REGIONAL, AT_EDGE, AT_REGIONAL, NOWHERE),
        (Private, IN_VPC, NOWHERE, NOWHERE, IN_VPC),
    ] {
        let gateway = with_domains(api);
        let by_path = "GET /_aws/execute-api/abc/prod/pets/1";
        for (request, expected) in [
            (TestRequest::new("GET /prod/pets/1"), itself),
            (TestRequest::new(by_path).host("127.0.0.1"), itself),
            // The path names the API, whatever the host is.
            (TestRequest::new(by_path).host("regional.org"), itself),
            (TestRequest::new("GET /pets/1").host("edge.org"), by_edge),
            (TestRequest::new("GET /pets/1").host("Regional.org:8443"), by_regional),
            (TestRequest::new("GET /pets/1").host("private.org"), by_private),
        ] {
            let (path, host) = (&request.path, &request.authority);
            assert_eq!(answered(&gateway, &request), expected, "{api:?} {host} {path}");
        }
    }
}

#[test]
fn no_wildcard_takes_the_place_of_a_domain_name_of_another_type() {
    let mut gateway = gateway(Regional, Some("{}"));
    for (name, endpoint) in
        [("*.edge.org", DomainEndpoint::Regional), ("api.edge.org", DomainEndpoint::Edge)]
    {
        let domain = Domain::new([(String::new(), target(Some("prod")))]);
        gateway.snapshot.add_domain(name, domain.with_endpoint(endpoint));
    }
    let by = |host: &str| answered(&gateway, &TestRequest::new("GET /pets/1").host(host));
    assert_eq!(by("api.edge.org"), [true, true, false, false]);
    assert_eq!(by("other.edge.org"), [true, false, true, false]);
}

#[test]
fn a_canary_of_another_type_answers_where_the_stage_does_and_it_does() {
    let (mut gateway, canary) = (gateway(Regional, Some("{}")), gateway(Edge, Some("{}")));
    let half = TrafficPercent::parse(50.0).unwrap();
    let stage = gateway.stage("prod").with_canary(canary.stage("prod"), half);
    gateway.snapshot = gateway.with_stage(stage);
    for (percent, expected) in [(0, [true, false, false, false]), (99, [true, false, true, false])]
    {
        gateway.world.percent.store(percent, Ordering::Relaxed);
        let request = TestRequest::new("GET /prod/pets/1");
        assert_eq!(answered(&gateway, &request), expected, "{percent}");
    }
}
