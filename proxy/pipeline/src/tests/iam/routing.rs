//! Signed calls of a domain name whose routing rules look at headers.

use model::{ApiId, Domain, HeaderCondition, RoutingRule, StageName};

use super::{ADA, REACHED, gateway, refusal};
use crate::tests::fixture::TestRequest;

#[test]
fn the_headers_that_choose_an_api_must_be_signed() {
    let mut gateway = gateway();
    let rule = |id: &str, glob: Option<&str>| RoutingRule {
        id: id.into(),
        headers: glob.iter().map(|it| HeaderCondition::parse("X-Version", it).unwrap()).collect(),
        base_path: None,
        api: ApiId::parse("abc").unwrap(),
        stage: StageName::parse("prod").unwrap(),
    };
    let domain = Domain::of_routing_rules(vec![rule("beta", Some("beta")), rule("rest", None)]);
    gateway.snapshot.add_domain("rules.example.com", domain);
    let get = || TestRequest::new("GET /pets/1").host("rules.example.com");
    assert_eq!(gateway.answer(&ADA.sign(get())), REACHED);
    for version in ["beta", "another"] {
        let signed = ADA.sign(get().header("X-Version", version));
        assert_eq!(gateway.answer(&signed), REACHED, "{version}");
        gateway.world.take_calls();
        let added = ADA.sign(get()).header("X-Version", version);
        assert_eq!(
            refusal(&gateway, &added),
            "InvalidSignatureException: 'x-version' must be a 'SignedHeader' in the AWS Authorization."
        );
    }
}
