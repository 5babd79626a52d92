//! Private domain names, made with the AWS CLI: which endpoints of VPCs lead to them, and whom their policies let in.

use tempfile::TempDir;

use super::super::node::Node;
use super::super::{Pets, text};
use super::FORBIDDEN;
use crate::client::Connection;
use crate::gateway::request;
use crate::patience::wait_for;
use crate::ports;

const NAME: &str = "pets.internal.example";

fn policy(condition: &str) -> String {
    format!(
        r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", "Principal": "*",
            "Action": "execute-api:Invoke", "Resource": "execute-api:/*", "Condition": {condition}}}]}}"#
    )
}

#[test]
fn a_private_domain_name_is_served_at_the_endpoints_that_are_associated_with_it() {
    let endpoints = [("vpce-1", ports::free()), ("vpce-2", ports::free())];
    let listeners =
        endpoints.map(|(id, port)| format!("127.0.0.1:{port},vpcEndpoint={id},vpc=vpc-1"));
    let arguments = ["--listener", &listeners[0], "--listener", &listeners[1]];
    let pets = Pets::on(Node::start_with(TempDir::new().unwrap(), &arguments));
    let via = format!(
        r#"{{"ArnLike": {{"execute-api:viaDomainArn": "arn:aws:execute-api:*:*:/domainnames/{NAME}+*"}}}}"#
    );
    let private = serde_json::json!([
        {"op": "replace", "path": "/endpointConfiguration/types/EDGE", "value": "PRIVATE"},
        {"op": "replace", "path": "/policy", "value": policy(&via)},
    ]);
    let more = ["--rest-api-id", &pets.api, "--patch-operations", &private.to_string()];
    pets.node.aws("apigateway update-rest-api", &more);
    pets.deploy("private", &[]);
    let endpoint = ["--domain-name", NAME, "--endpoint-configuration", "types=PRIVATE"];
    let of_endpoints = policy(r#"{"StringEquals": {"aws:SourceVpce": ["vpce-1", "vpce-2"]}}"#);
    let create = [&endpoint[..], &["--policy", &of_endpoints]].concat();
    let made = pets.node.aws("apigateway create-domain-name", &create);
    let (id, arn) = (text(&made["domainNameId"]), text(&made["domainNameArn"]));
    assert!(
        text(&made["policy"]).contains(&arn.replace(":apigateway:", ":execute-api:")),
        "{made}"
    );
    let one = ["--domain-name", NAME, "--domain-name-id", &id];
    let target = ["--rest-api-id", &pets.api, "--stage", "prod"];
    pets.node.aws("apigateway create-base-path-mapping", &[&one[..], &target].concat());
    let at = |port: u16| {
        let mut connection = Connection::open(port);
        connection.write(request("GET /pets", &[("Host", NAME)], b""));
        connection.read().brief()
    };
    let [(_, first), (_, second)] = endpoints;
    let forbidden = format!("403 {FORBIDDEN}");
    assert_eq!(at(first), forbidden, "it is not associated yet");

    let associate = |source: &str| {
        let source =
            ["--access-association-source-type", "VPCE", "--access-association-source", source];
        let more = [&["--domain-name-arn", &arn][..], &source].concat();
        let made = pets.node.aws("apigateway create-domain-name-access-association", &more);
        text(&made["domainNameAccessAssociationArn"])
    };
    let association = associate("vpce-1");
    wait_for("the association", || (at(first) == "200 private").then_some(()));
    assert_eq!(at(second), forbidden, "of another endpoint");
    assert_eq!(pets.at(NAME, "/pets"), (403, FORBIDDEN.to_owned()), "and nowhere else");
    let direct = {
        let mut connection = Connection::open(first);
        let host = format!("{}.execute-api.us-east-1.amazonaws.com", pets.api);
        connection.write(request("GET /prod/pets", &[("Host", &host)], b""));
        connection.read().brief()
    };
    assert!(direct.contains("because no resource-based policy allows"), "{direct}");

    associate("vpce-2");
    wait_for("the second association", || (at(second) == "200 private").then_some(()));
    let of_first = policy(r#"{"StringEquals": {"aws:SourceVpce": "vpce-1"}}"#);
    let patch = serde_json::json!([{"op": "replace", "path": "/policy", "value": of_first}]);
    let patch = patch.to_string();
    let update = [&one[..], &["--patch-operations", &patch]].concat();
    pets.node.aws("apigateway update-domain-name", &update);
    let denied = format!("/domainnames/{NAME}+{id} because no resource-based policy allows");
    wait_for("the policy", || at(second).contains(&denied).then_some(()));
    assert_eq!(at(first), "200 private");

    let reject = ["--domain-name-access-association-arn", &association, "--domain-name-arn", &arn];
    pets.node.aws("apigateway reject-domain-name-access-association", &reject);
    wait_for("the rejection", || (at(first) == forbidden).then_some(()));
    let associations = pets.node.aws("apigateway get-domain-name-access-associations", &[]);
    assert_eq!(associations["items"].as_array().unwrap().len(), 1, "{associations}");
}
