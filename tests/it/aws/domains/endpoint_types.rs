//! Listeners for one endpoint type: which APIs and domain names answer there, as they are made and changed with the AWS
//! CLI while the node serves.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use super::super::Pets;
use super::super::node::Node;
use super::{FORBIDDEN, certificate, over_tls};
use crate::client::Connection;
use crate::gateway::request;
use crate::patience::wait_for;
use crate::ports;

const NAME: &str = "api.example.com";

fn get(port: u16, host: &str, path: &str) -> String {
    let mut connection = Connection::open(port);
    connection.write(request(&format!("GET {path}"), &[("Host", host)], b""));
    connection.read().brief()
}

#[test]
fn apis_and_domain_names_answer_at_the_listeners_of_their_type() {
    let [edge, regional] = [ports::free(), ports::free()];
    let listeners = [(edge, "EDGE"), (regional, "REGIONAL")]
        .map(|(port, endpoint_type)| format!("127.0.0.1:{port},endpointType={endpoint_type}"));
    let arguments = ["--listener", &listeners[0], "--listener", &listeners[1]];
    let pets = Pets::on(Node::start_with(TempDir::new().unwrap(), &arguments));
    let forbidden = format!("403 {FORBIDDEN}");
    let host = format!("{}.execute-api.us-east-1.amazonaws.com", pets.api);
    let api_at = |port| get(port, &host, "/prod/pets");
    let name_at = |port| get(port, NAME, "/pets");

    // An API is edge-optimized unless it is told otherwise; a domain name of the other type leads to it.
    pets.deploy("edge", &[]);
    wait_for("the API", || (api_at(edge) == "200 edge").then_some(()));
    assert_eq!(api_at(regional), forbidden);
    let domain = ["--domain-name", NAME, "--endpoint-configuration", "types=REGIONAL"];
    pets.node.aws("apigateway create-domain-name", &domain);
    pets.map(NAME, &["--stage", "prod"]);
    wait_for("the domain name", || (name_at(regional) == "200 edge").then_some(()));
    assert_eq!(name_at(edge), forbidden);

    // The type of a domain name changes at once.
    let change = "op=replace,path=/endpointConfiguration/types/REGIONAL,value=EDGE";
    let more = ["--domain-name", NAME, "--patch-operations", change];
    pets.node.aws("apigateway update-domain-name", &more);
    wait_for("the domain name", || (name_at(edge) == "200 edge").then_some(()));
    assert_eq!(name_at(regional), forbidden);

    // That of an API does with the next deployment, and leaves domain names where they are.
    let change = "op=replace,path=/endpointConfiguration/types/EDGE,value=REGIONAL";
    let more = ["--rest-api-id", &pets.api, "--patch-operations", change];
    pets.node.aws("apigateway update-rest-api", &more);
    assert_eq!((api_at(edge), api_at(regional)), ("200 edge".to_owned(), forbidden.clone()));
    pets.deploy("regional", &[]);
    wait_for("the deployment", || (api_at(regional) == "200 regional").then_some(()));
    assert_eq!(api_at(edge), forbidden);
    assert_eq!((name_at(edge), name_at(regional)), ("200 regional".to_owned(), forbidden));

    // Where nothing is said of a listener, both answer.
    assert_eq!(pets.served(), "regional");
    assert_eq!(pets.at(NAME, "/pets"), (200, "regional".to_owned()));
}

#[test]
fn a_listener_shows_the_certificates_of_its_type() {
    let data = TempDir::new().unwrap();
    let file = |name: &str| data.path().join(name).to_str().unwrap().to_owned();
    let [own_file, key_file, trusted] = ["own.pem", "own.key", "trusted.pem"].map(file);
    let own = certificate(NAME);
    fs::write(&own_file, &own[0]).unwrap();
    fs::write(&key_file, &own[1]).unwrap();
    let [edge, regional] = [ports::free(), ports::free()];
    let listeners = [(edge, "EDGE"), (regional, "REGIONAL")].map(|(port, endpoint_type)| {
        format!(
            "127.0.0.1:{port},endpointType={endpoint_type},tlsCertificate={own_file},tlsKey={key_file}"
        )
    });
    let arguments = ["--listener", &listeners[0], "--listener", &listeners[1]];
    let pets = Pets::on(Node::start_with(data, &arguments));
    pets.deploy("hello", &[]);
    let [body, key] = certificate(NAME);
    let domain = ["--domain-name", NAME, "--endpoint-configuration", "types=REGIONAL"];
    let given = ["--certificate-body", &body, "--certificate-private-key", &key];
    pets.node.aws("apigateway create-domain-name", &[&domain[..], &given].concat());
    pets.map(NAME, &["--stage", "prod"]);
    let trusted = Path::new(&trusted);
    fs::write(trusted, &body).unwrap();
    wait_for("the certificate of the name", || {
        over_tls(NAME, regional, trusted).ok().filter(|answer| answer == "hello")
    });
    over_tls(NAME, edge, trusted).unwrap_err();
    fs::write(trusted, &own[0]).unwrap();
    assert_eq!(over_tls(NAME, edge, trusted).unwrap(), FORBIDDEN);
}
