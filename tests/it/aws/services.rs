//! Integrations with services of AWS, on a server that has them: moto's.

use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use super::node::Node;
use crate::client::Connection;
use crate::gateway::end;
use crate::patience::wait_for;
use crate::ports;

/// `moto_server`, ended with the test.
pub(super) struct Moto {
    child: Child,
    pub(super) port: u16,
}

impl Moto {
    pub(super) fn start(mut command: Command) -> Self {
        let port = ports::free();
        command.args(["-H", "127.0.0.1", "-p", &port.to_string()]);
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let moto = Self { child, port };
        wait_for("moto_server to listen", || Connection::try_open(port).ok().map(drop));
        moto
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        end(&mut self.child);
    }
}

#[test]
fn services_are_called_by_path_and_by_action_as_a_role() {
    let moto = Moto::start(super::node::client_program("moto_server"));
    let data = TempDir::new().unwrap();
    let services: Vec<String> = ["dynamodb", "kinesis", "s3", "sns", "sqs"]
        .iter()
        .map(|name| format!("--service={name}=http://127.0.0.1:{}", moto.port))
        .collect();
    let services: Vec<&str> = services.iter().map(String::as_str).collect();
    let node = Node::start_with(data, &services);
    let mut script = node.client("python3");
    script.args(["-c", include_str!("services.py")]);
    script.args([node.http.to_string(), moto.port.to_string()]);
    let output = script.output().unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{complaint}");
}
