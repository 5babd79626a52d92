//! Authorizers of type `COGNITO_USER_POOLS`, with tokens of an issuer that is a program of others: moto's
//! Cognito.

use std::path::Path;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use super::node::Node;
use super::services::Moto;

fn run(mut script: Command, node: u16, moto: u16, (step, file): (&str, &Path)) {
    script.args(["-c", include_str!("user_pools.py"), &node.to_string(), &moto.to_string(), step]);
    let output = script.arg(file).output().unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{step}: {complaint}");
}

#[test]
fn tokens_of_a_user_pool_let_in_also_when_its_issuer_is_gone() {
    let moto = Moto::start(super::node::client_program("moto_server"));
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("pool.json");
    let mut script = super::node::client_program("python3");
    script.env("AWS_DEFAULT_REGION", "us-east-1");
    run(script, 0, moto.port, ("make", &file));
    let made: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    let id = made["id"].as_str().unwrap();
    let pool = format!(
        "--user-pool={id}=https://cognito-idp.us-east-1.amazonaws.com/{id},\
         jwks-uri=http://127.0.0.1:{}/{id}/.well-known/jwks.json",
        moto.port
    );
    let node = Node::start_with(TempDir::new().unwrap(), &[&pool]);
    run(node.client("python3"), node.http, moto.port, ("call", &file));
    let port = moto.port;
    drop(moto);
    run(node.client("python3"), node.http, port, ("again", &file));
}
