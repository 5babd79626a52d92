//! The AWS CLI, loaded once for all tests of a run.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use serde::Deserialize;
use serde_json::json;

use super::node::client_program;

/// What a command came to.
#[derive(Debug, Deserialize)]
pub(crate) struct Output {
    status: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Output {
    pub(crate) fn is_success(&self) -> bool {
        self.status == 0
    }
}

/// Runs `aws` with the arguments and the environment of a command of it, which is not started itself.
#[track_caller]
pub(crate) fn run(aws: &Command) -> Output {
    let text = |value: &std::ffi::OsStr| value.to_str().unwrap().to_owned();
    let arguments: Vec<String> = aws.get_args().map(text).collect();
    let environment: serde_json::Map<_, _> = aws
        .get_envs()
        .filter_map(|(name, value)| Some((text(name), text(value?).into())))
        .collect();
    let mut connection = UnixStream::connect(loaded()).unwrap();
    let command = json!({"arguments": arguments, "environment": environment});
    writeln!(connection, "{command}").unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).unwrap();
    serde_json::from_str(&answer).unwrap_or_else(|error| panic!("{aws:?}: {error}: {answer}"))
}

/// The socket of the process that has the AWS CLI loaded. It ends with this process, which holds its standard input.
fn loaded() -> &'static str {
    static LOADED: OnceLock<(String, Child)> = OnceLock::new();
    let (socket, _) = LOADED.get_or_init(|| {
        let mut python = client_program("python3");
        python.args(["-c", include_str!("cli.py")]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = python.spawn().unwrap();
        let mut socket = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut socket).unwrap();
        (socket.trim_end().to_owned(), child)
    });
    socket
}
