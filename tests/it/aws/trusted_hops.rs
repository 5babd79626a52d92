//! Behind a load balancer that is trusted, the client is who it says that called.

use tempfile::TempDir;

use super::Pets;
use super::node::Node;
use crate::client::Connection;
use crate::gateway::request;

#[test]
fn the_client_is_who_a_trusted_proxy_says() {
    let pets = Pets::on(Node::start_with(TempDir::new().unwrap(), &["--trusted-hops=1"]));
    pets.deploy("$context.identity.sourceIp", &[]);
    pets.wait_for("127.0.0.1");
    let seen = |forwarded_for: &str| {
        let mut connection = Connection::open(pets.node.http);
        let host = format!("{}.execute-api.localhost", pets.api);
        let headers = [("Host", &*host), ("X-Forwarded-For", forwarded_for)];
        connection.write(request("GET /prod/pets", &headers, b""));
        connection.read().text().to_owned()
    };
    assert_eq!(seen("203.0.113.7"), "203.0.113.7");
    // What stands before it, the client wrote.
    assert_eq!(seen("198.51.100.1, 203.0.113.7"), "203.0.113.7");
    // Not the proxy, whom policies may trust.
    assert_eq!(seen("nobody"), "0.0.0.0");
}
