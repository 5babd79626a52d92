//! `edgeway apis`, `edgeway functions` and `edgeway usage` beside a running node, and its file of arguments.

use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use super::cli;
use super::functions::Pets as PetsFunction;
use super::node::Node;
use super::{Pets, text};
use crate::components::ECHO;

/// What a command prints of a node's data directory.
#[track_caller]
pub(super) fn listed(command: &[&str], node: &Node) -> Value {
    let mut edgeway = Command::new(env!("CARGO_BIN_EXE_edgeway"));
    let output = edgeway.args(command).arg("--data-dir").arg(node.data.path()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn apis_are_listed_beside_the_node_that_serves_them() {
    let pets = Pets::new();
    let deployment = pets.deploy("one", &[]);
    let listed = listed(&["apis"], &pets.node);
    assert_eq!(listed[0]["id"], *pets.api);
    assert_eq!(listed[0]["stages"][0]["deploymentId"], *deployment);
    let url = text(&listed[0]["stages"][0]["invokeUrl"]);
    let path = url.strip_prefix("http://127.0.0.1:8080").unwrap();
    assert_eq!(path, format!("/_aws/execute-api/{}/prod/", pets.api));
    pets.wait_for("one");
}

#[test]
fn functions_are_listed_and_compiling_them_is_told() {
    let pets = PetsFunction::new(ECHO);
    let listed = listed(&["functions"], &pets.0);
    assert_eq!(listed[0]["name"], "pets");
    assert_eq!(listed[0]["versions"][0]["version"], "$LATEST");
    assert_eq!(listed[0]["versions"][0]["state"], "Active");
    let said = pets.0.stderr.text();
    assert!(said.contains(r#"compiled the component function="pets" seconds="#), "{said}");
}

#[test]
fn what_is_not_there_is_told_by_name() {
    let folder = TempDir::new().unwrap();
    let mut edgeway = Command::new(env!("CARGO_BIN_EXE_edgeway"));
    let output = edgeway.args(["apis", "--data-dir"]).arg(folder.path()).output().unwrap();
    assert!(!output.status.success());
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(complaint.contains("edgeway.db cannot be used: No such file"), "{complaint}");
}

#[test]
fn a_file_gives_the_arguments_that_the_command_line_and_the_environment_do_not() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("edgeway.yaml");
    // Tests give the ports as arguments and the key in the environment.
    let text = "http: 127.0.0.1:1\nregion: eu-west-1\nroot-access-key-id: AKIAFILE\n";
    std::fs::write(&file, format!("{text}root-secret-access-key: of-the-file\n")).unwrap();
    let data = TempDir::new().unwrap();
    let node = Node::start_with(data, &["--config", file.to_str().unwrap()]);
    let mut aws = node.client("aws");
    let aws = aws.env("AWS_DEFAULT_REGION", "eu-west-1").args(["lambda", "list-functions"]);
    let output = cli::run(aws);
    assert!(output.is_success(), "{}", output.stderr);
}
