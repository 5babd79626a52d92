//! Calls of APIs that are signed, as AWS's own library signs them.

use super::node::Node;

#[test]
fn signed_calls_are_let_in_and_nothing_else_is() {
    let node = Node::start();
    let mut script = node.client("python3");
    script.args(["-c", include_str!("callers.py"), &node.http.to_string()]);
    let output = script.output().unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{complaint}");
}
