//! Calls of APIs that are signed, as AWS's own library signs them.

use super::functions::Pets as PetsFunction;
use super::node::Node;
use crate::components::ECHO;

const SIGNING: &str = include_str!("signing.py");

/// Runs a script that signs calls.
#[track_caller]
fn run(node: &Node, script: &str) {
    let mut python = node.client("python3");
    python.args(["-c", &[SIGNING, script].concat(), &node.http.to_string()]);
    let output = python.output().unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{complaint}");
}

#[test]
fn signed_calls_are_let_in_and_nothing_else_is() {
    run(&Node::start(), include_str!("callers.py"));
}

#[test]
fn a_function_is_called_as_who_signed_the_call() {
    run(&PetsFunction::new(ECHO).0, include_str!("function_callers.py"));
}
