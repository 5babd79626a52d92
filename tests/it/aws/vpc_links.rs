//! VPC links of the control API: names for what the configuration says the place of.

use super::node::Node;
use super::{Pets, text};
use crate::upstream::Upstream;
use tempfile::TempDir;

#[test]
fn a_link_is_found_in_the_configuration_by_the_name_that_it_was_made_with() {
    let upstream = Upstream::start();
    let data = TempDir::new().unwrap();
    let config = data.path().join("edgeway.yaml");
    std::fs::write(&config, format!("vpc-links: {{internal: '{}'}}", upstream.uri(""))).unwrap();
    let node = Node::start_with(data, &["--config", config.to_str().unwrap()]);
    let pets = Pets::on(node);
    let create = |name: &str| {
        let arn = "arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer/net/a/b";
        let more = ["--name", name, "--target-arns", arn];
        text(&pets.node.aws("apigateway create-vpc-link", &more)["id"])
    };
    let put = |link: &str| {
        let kind = ["--type", "HTTP_PROXY", "--integration-http-method", "GET"];
        let link = ["--connection-type", "VPC_LINK", "--connection-id", link];
        let uri = ["--uri", "http://pets.internal/up"];
        pets.method("put-integration", &[&kind[..], &link, &uri].concat());
    };
    let deploy = ["--rest-api-id", &pets.api, "--stage-name", "prod"];
    put(&create("elsewhere"));
    let refused = pets.node.aws_refused("apigateway create-deployment", &deploy);
    assert!(refused.contains("which this node does not know"), "{refused}");
    for link in [&create("internal"), "internal"] {
        put(link);
        pets.node.aws("apigateway create-deployment", &deploy);
        pets.wait_for("0");
        let received = upstream.take();
        assert!(received.last().unwrap().head.contains("Host: pets.internal"), "{received:?}");
    }
}
