//! Private APIs: they answer at the listeners that are endpoints of a VPC, and nowhere else.

use std::fs;
use std::process::Command;

use tempfile::TempDir;

use super::Pets;
use super::domains::certificate;
use super::node::{Node, edgeway};
use crate::client::Connection;
use crate::gateway::request;
use crate::patience::wait_for;
use crate::ports;

impl Pets {
    /// From the next deployment on.
    pub(super) fn make_private(&self, policy: &str) {
        let operations = serde_json::json!([
            {"op": "replace", "path": "/endpointConfiguration/types/EDGE", "value": "PRIVATE"},
            {"op": "replace", "path": "/policy", "value": policy},
        ]);
        let more = ["--rest-api-id", &self.api, "--patch-operations", &operations.to_string()];
        self.node.aws("apigateway update-rest-api", &more);
    }
}

#[test]
fn a_private_api_answers_at_the_endpoint_that_its_policy_names() {
    let data = TempDir::new().unwrap();
    let endpoints = [("vpce-1", ports::free()), ("vpce-2", ports::free())];
    let listeners = endpoints.map(|(id, port)| {
        format!("- {{address: '127.0.0.1:{port}', vpcEndpoint: {id}, vpc: vpc-1}}\n")
    });
    let config = data.path().join("edgeway.yaml");
    fs::write(&config, format!("listeners:\n{}", listeners.concat())).unwrap();
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
    pets.make_private(policy);
    pets.deploy("private", &[]);
    wait_for("the private API", || (at(first) == "200 private").then_some(()));
    let denied = at(second);
    assert!(denied.contains("because no resource-based policy allows"), "{denied}");
    assert_eq!(pets.node.get(&pets.api, "/prod/pets").brief(), forbidden);
}

#[test]
fn a_private_api_is_called_by_https() {
    let data = TempDir::new().unwrap();
    let name = "*.execute-api.us-east-1.amazonaws.com";
    let [chain, key] = certificate(name);
    let file = |name: &str| data.path().join(name).to_str().unwrap().to_owned();
    let (chain_file, key_file) = (file("c.pem"), file("k.pem"));
    fs::write(&chain_file, chain).unwrap();
    fs::write(&key_file, key).unwrap();
    let port = ports::free();
    let listener = format!(
        "127.0.0.1:{port},vpcEndpoint=vpce-1,vpc=vpc-1,tlsCertificate={chain_file},tlsKey={key_file}"
    );
    let pets = Pets::on(Node::start_with(data, &["--listener", &listener]));
    let policy = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*",
        "Action": "execute-api:Invoke", "Resource": "execute-api:/prod/*",
        "Condition": {"Bool": {"aws:SecureTransport": "true"}}}]}"#;
    pets.make_private(policy);
    pets.deploy("private at $context.identity.vpceId", &[]);
    let host = format!("{}.execute-api.us-east-1.amazonaws.com", pets.api);
    wait_for("the private API", || {
        let output = Command::new("curl")
            .args(["--silent", "--show-error", "--max-time", "30", "--cacert", &chain_file])
            .args(["--connect-to", &format!("::127.0.0.1:{port}")])
            .arg(format!("https://{host}/prod/pets"))
            .output()
            .unwrap();
        (output.stdout == b"private at vpce-1").then_some(())
    });
}

#[test]
fn the_policy_of_the_endpoint_must_allow_a_call_too() {
    let data = TempDir::new().unwrap();
    let file = data.path().join("endpoint.json");
    let policy = r#"{"Statement": [
        {"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "*"},
        {"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "arn:aws:execute-api:*:*:*/prod/*",
            "Condition": {"StringEquals": {"aws:UserAgent": "denied"}}}]}"#;
    fs::write(&file, policy).unwrap();
    let port = ports::free();
    let config = data.path().join("edgeway.yaml");
    let listener = format!(
        "listeners: [{{address: '127.0.0.1:{port}', vpcEndpoint: vpce-1, vpc: vpc-1, policy: '{}'}}]",
        file.display()
    );
    fs::write(&config, listener).unwrap();
    let pets = Pets::on(Node::start_with(data, &["--config", config.to_str().unwrap()]));
    pets.make_private(
        r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*",
            "Action": "execute-api:Invoke", "Resource": "execute-api:/prod/*"}]}"#,
    );
    pets.deploy("private", &[]);
    let as_agent = |agent: &str| {
        let mut connection = Connection::open(port);
        let host = format!("{}.execute-api.us-east-1.amazonaws.com", pets.api);
        let headers = [("Host", &*host), ("User-Agent", agent)];
        connection.write(request("GET /prod/pets", &headers, b""));
        connection.read().brief()
    };
    wait_for("the private API", || (as_agent("any") == "200 private").then_some(()));
    let denied = as_agent("denied");
    let reason = "with an explicit deny in a VPC endpoint policy";
    assert!(denied.starts_with("403 ") && denied.contains(reason), "{denied}");
}

#[test]
fn the_policy_of_an_endpoint_is_followed_as_its_file_changes() {
    let data = TempDir::new().unwrap();
    let file = data.path().join("endpoint.json");
    // At once, so that nobody sees a half of it.
    let written = data.path().join("written.json");
    let replace = |policy: &str| {
        fs::write(&written, policy).unwrap();
        fs::rename(&written, &file).unwrap();
    };
    let write = |effect: &str| {
        let policy = format!(
            r#"{{"Statement": [{{"Effect": "{effect}", "Principal": "*", "Action": "*", "Resource": "*"}}]}}"#
        );
        replace(&policy);
    };
    write("Allow");
    let port = ports::free();
    let listener =
        format!("127.0.0.1:{port},vpcEndpoint=vpce-1,vpc=vpc-1,policy={}", file.display());
    let pets = Pets::on(Node::start_with(data, &["--listener", &listener]));
    pets.make_private(
        r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*",
            "Action": "execute-api:Invoke", "Resource": "execute-api:/prod/*"}]}"#,
    );
    pets.deploy("private", &[]);
    let host = format!("{}.execute-api.us-east-1.amazonaws.com", pets.api);
    let get = |connection: &mut Connection| {
        connection.write(request("GET /prod/pets", &[("Host", &host)], b""));
        connection.read().brief()
    };
    wait_for("the private API", || {
        (get(&mut Connection::open(port)) == "200 private").then_some(())
    });
    // Of who stays connected, each request is asked anew.
    let mut kept = Connection::open(port);
    assert_eq!(get(&mut kept), "200 private");
    let metric = format!("edgeway_endpoint_policy_refused{{policy=\"{}\"}}", file.display());
    assert_eq!(pets.node.metric(&metric), 0.0);
    write("Deny");
    let denied = "with an explicit deny in a VPC endpoint policy";
    wait_for("the policy that denies", || get(&mut kept).contains(denied).then_some(()));
    // What is none, and no file at all, let nobody in: what was there holds on.
    replace(r#"{"Statement": [{"Effect": "Allow", "Action": "*"}]}"#);
    let reason = format!(
        "a changed policy is not used, what was there is: read the policy {} of an endpoint of a VPC: ",
        file.display()
    );
    pets.node.stderr.wait_for_count(&reason, 1);
    assert_eq!(pets.node.metric(&metric), 1.0);
    assert!(get(&mut kept).contains(denied));
    fs::remove_file(&file).unwrap();
    pets.node.stderr.wait_for_count(&reason, 2);
    assert!(get(&mut kept).contains(denied));
    write("Allow");
    wait_for("the policy that allows", || (get(&mut kept) == "200 private").then_some(()));
    wait_for("the metric", || (pets.node.metric(&metric) == 0.0).then_some(()));
}

#[test]
fn an_endpoint_whose_policy_cannot_be_read_is_not_served() {
    let data = TempDir::new().unwrap();
    let file = data.path().join("endpoint.json");
    fs::write(&file, r#"{"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}"#)
        .unwrap();
    let file = file.display();
    let listener =
        format!("127.0.0.1:{},vpcEndpoint=vpce-1,vpc=vpc-1,policy={file}", ports::free());
    let output = edgeway()
        .args(["serve", "--http", &format!("127.0.0.1:{}", ports::free())])
        .args(["--control", &format!("127.0.0.1:{}", ports::free()), "--listener", &listener])
        .args(["--data-dir", data.path().join("data").to_str().unwrap()])
        .output()
        .unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success());
    let reason = format!("read the policy {file} of an endpoint of a VPC: Statement[0]");
    assert!(complaint.contains(&reason), "{complaint}");
}
