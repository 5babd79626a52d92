//! Bodies that the control listener is sent and does not want.

use super::node::Node;
use crate::client::Connection;
use crate::gateway::request;
use crate::process::peak_kilobytes;

/// What the largest call brings, nearly.
const LARGE: usize = 60 * 1024 * 1024;

#[test]
fn a_large_body_of_nobody_is_refused_and_not_held() {
    let node = Node::start();
    let before = peak_kilobytes(node.pid());
    let body = vec![b'x'; LARGE];
    for (authorization, error) in [
        (None, "MissingAuthenticationTokenException"),
        (Some("Bearer token"), "IncompleteSignatureException"),
    ] {
        let mut connection = Connection::open(node.control);
        let headers = authorization.map(|value| ("Authorization", value));
        let headers: Vec<_> = headers.into_iter().collect();
        connection.write(request("POST /2015-03-31/functions", &headers, &body));
        let response = connection.read();
        assert_eq!(response.status, 403);
        assert_eq!(response.header("x-amzn-errortype"), Some(error));
    }
    let grown = peak_kilobytes(node.pid()) - before;
    assert!(grown < LARGE as u64 / 1024 / 2, "the node has grown by {grown} KB");
}
