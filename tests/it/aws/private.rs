//! Private APIs: they answer at the listeners that are endpoints of a VPC, and nowhere else.

use tempfile::TempDir;

use super::Pets;
use super::node::Node;
use crate::client::Connection;
use crate::gateway::request;
use crate::patience::wait_for;
use crate::ports;

#[test]
fn a_private_api_answers_at_the_endpoint_that_its_policy_names() {
    let data = TempDir::new().unwrap();
    let endpoints = [("vpce-1", ports::free()), ("vpce-2", ports::free())];
    let listeners = endpoints.map(|(id, port)| {
        format!("- {{address: '127.0.0.1:{port}', vpcEndpoint: {id}, vpc: vpc-1}}\n")
    });
    let config = data.path().join("edgeway.yaml");
    std::fs::write(&config, format!("listeners:\n{}", listeners.concat())).unwrap();
    let node = Node::start_with(data, &["--config", config.to_str().unwrap()]);
    let pets = Pets::on(node);
    pets.deploy("public", &[]);
    pets.wait_for("public");
    let at = |port: u16| {
        let mut connection = Connection::open(port);
        let host = format!("{}.execute-api.us-east-1.amazonaws.com", pets.api);
        connection.write(request("GET /prod/pets", &[("Host", &host)], b""));
        connection.read().brief()
    };
    let [(_, first), (_, second)] = endpoints;
    let forbidden = r#"403 {"message":"Forbidden"}"#;
    assert_eq!(at(first), forbidden, "it is not private yet");

    let policy = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*",
        "Action": "execute-api:Invoke", "Resource": "execute-api:/prod/*",
        "Condition": {"StringEquals": {"aws:SourceVpce": "vpce-1"}}}]}"#;
    let operations = serde_json::json!([
        {"op": "replace", "path": "/endpointConfiguration/types/EDGE", "value": "PRIVATE"},
        {"op": "replace", "path": "/policy", "value": policy},
    ]);
    let more = ["--rest-api-id", &pets.api, "--patch-operations", &operations.to_string()];
    pets.node.aws("apigateway update-rest-api", &more);
    pets.deploy("private", &[]);
    wait_for("the private API", || (at(first) == "200 private").then_some(()));
    let denied = at(second);
    assert!(denied.contains("because no resource-based policy allows"), "{denied}");
    assert_eq!(pets.node.get(&pets.api, "/prod/pets").brief(), forbidden);
}
