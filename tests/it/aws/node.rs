//! `edgeway serve` on a data directory of its own, and AWS's own clients on it.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use serde_json::Value;
use tempfile::TempDir;

use super::cli;
use crate::client::{Connection, Response};
use crate::gateway::{end, request};
use crate::log::Log;
use crate::patience::wait_for;
use crate::spawned::{Listening, spawn};

/// The root key of every test: examples of AWS's documentation.
pub(crate) const KEY_ID: &str = "AKIAIOSFODNN7EXAMPLE";
pub(crate) const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

/// A node that is told what to serve.
pub(crate) struct Node {
    child: Child,
    pub(crate) stderr: Log,
    pub(crate) http: u16,
    pub(crate) control: u16,
    pub(crate) data: TempDir,
}

impl Node {
    #[track_caller]
    pub(crate) fn start() -> Self {
        Self::start_on(TempDir::new().unwrap())
    }

    /// On a data directory that another one may have left.
    #[track_caller]
    pub(crate) fn start_on(data: TempDir) -> Self {
        Self::start_with(data, &[])
    }

    /// With more arguments.
    #[track_caller]
    pub(crate) fn start_with(data: TempDir, more: &[&str]) -> Self {
        Self::start_by(edgeway(), data, more)
    }

    /// By a program that runs the binary.
    #[track_caller]
    pub(crate) fn start_by(program: Command, data: TempDir, more: &[&str]) -> Self {
        let command = |http, control| serve(&program, data.path(), (http, control), more);
        let Listening { child, stderr, http, control } = Listening::start(command);
        Self { child, stderr, http, control, data }
    }

    /// Another process on the same ports and data directory, that takes over.
    pub(crate) fn spawn_successor(&self) -> (Child, Log) {
        let ports = (self.http, self.control);
        spawn(&mut serve(&edgeway(), self.data.path(), ports, &["--upgrade"]))
    }

    /// From now on this node is the process that took over.
    pub(crate) fn succeeded_by(&mut self, (child, stderr): (Child, Log)) -> (Child, Log) {
        (std::mem::replace(&mut self.child, child), std::mem::replace(&mut self.stderr, stderr))
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    #[track_caller]
    pub(crate) fn assert_runs(&mut self) {
        assert_eq!(self.child.try_wait().unwrap(), None, "{}", self.stderr.text());
    }

    /// Ends it without a warning, as a power cut does: what it leaves.
    pub(crate) fn killed(mut self) -> TempDir {
        end(&mut self.child);
        std::mem::replace(&mut self.data, TempDir::new().unwrap())
    }

    /// The same, and starts it anew.
    #[track_caller]
    pub(crate) fn killed_and_started(self) -> Self {
        Self::start_on(self.killed())
    }

    /// `aws ...` on this node: what it printed, as JSON; null for nothing.
    #[track_caller]
    pub(crate) fn aws(&self, command: &str, more: &[&str]) -> Value {
        let output = self.run_aws(command, more);
        let cli::Output { stdout, stderr, .. } = &output;
        assert!(output.is_success(), "aws {command} {more:?}: {stdout}{stderr}");
        if stdout.trim().is_empty() { Value::Null } else { serde_json::from_str(stdout).unwrap() }
    }

    /// The same for a call that fails: what the client says of it.
    #[track_caller]
    pub(crate) fn aws_refused(&self, command: &str, more: &[&str]) -> String {
        let output = self.run_aws(command, more);
        assert!(!output.is_success(), "aws {command} {more:?} was done");
        output.stderr.trim().to_owned()
    }

    #[track_caller]
    fn run_aws(&self, command: &str, more: &[&str]) -> cli::Output {
        let mut aws = self.client("aws");
        cli::run(aws.args(command.split_whitespace()).args(more))
    }

    /// A program of the clients, told where this node is and with which key to sign.
    pub(crate) fn client(&self, program: &str) -> Command {
        let mut client = client_program(program);
        client
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.data.path())
            .env("AWS_ACCESS_KEY_ID", KEY_ID)
            .env("AWS_SECRET_ACCESS_KEY", SECRET)
            .env("AWS_REGION", "us-east-1")
            .env("AWS_DEFAULT_REGION", "us-east-1")
            .env("AWS_ENDPOINT_URL", format!("http://127.0.0.1:{}", self.control))
            .env("AWS_MAX_ATTEMPTS", "1")
            .env("AWS_PAGER", "")
            .stdin(Stdio::null());
        client
    }

    /// `GET` of a stage's path where APIs are served.
    #[track_caller]
    pub(crate) fn get(&self, api: &str, path: &str) -> Response {
        self.send(api, &format!("GET {path}"))
    }

    /// The same for any method: `POST /prod/pets`.
    #[track_caller]
    pub(crate) fn send(&self, api: &str, line: &str) -> Response {
        self.send_to(&format!("{api}.execute-api.localhost"), line)
    }

    /// `GET` of a path at a host name.
    #[track_caller]
    pub(crate) fn get_at(&self, host: &str, path: &str) -> Response {
        self.send_to(host, &format!("GET {path}"))
    }

    #[track_caller]
    fn send_to(&self, host: &str, line: &str) -> Response {
        self.send_with(line, &[("Host", host)])
    }

    /// The same with any headers.
    #[track_caller]
    pub(crate) fn send_with(&self, line: &str, headers: &[(&str, &str)]) -> Response {
        let mut connection = Connection::open(self.http);
        connection.write(request(line, headers, b""));
        connection.read()
    }

    /// The value of a metric, by its name with its labels.
    #[track_caller]
    pub(crate) fn metric(&self, name: &str) -> f64 {
        let mut connection = Connection::open(self.control);
        connection.write(request("GET /_edgeway/metrics", &[("Host", "localhost")], b""));
        let metrics = connection.read();
        let lines = metrics.text().lines();
        let values = lines.filter_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        values.map(|value| value.parse().unwrap()).next().unwrap_or_default()
    }

    /// Waits until a path answers this body: what was changed is served within moments.
    #[track_caller]
    pub(crate) fn wait_for_body(&self, api: &str, path: &str, body: &str) {
        wait_for("the change to be served", || (self.get(api, path).text() == body).then_some(()));
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        end(&mut self.child);
        if std::thread::panicking() {
            eprintln!("stderr of the node:\n{}", self.stderr.text());
        }
    }
}

pub(crate) fn edgeway() -> Command {
    Command::new(env!("CARGO_BIN_EXE_edgeway"))
}

/// A node's command, by a program that runs the binary.
fn serve(program: &Command, data: &Path, (http, control): (u16, u16), more: &[&str]) -> Command {
    let address = |port: u16| format!("127.0.0.1:{port}");
    let mut command = Command::new(program.get_program());
    command
        .args(program.get_args())
        .envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))))
        .args(["serve", "--http", &address(http), "--control", &address(control)])
        .arg("--data-dir")
        .arg(data)
        .args(more)
        .args(if more.contains(&"--access-log") { &[][..] } else { &["--access-log", "off"] })
        .env("EDGEWAY_ROOT_ACCESS_KEY_ID", KEY_ID)
        .env("EDGEWAY_ROOT_SECRET_ACCESS_KEY", SECRET);
    command
}

/// A program of the clients, told nothing.
pub(crate) fn client_program(program: &str) -> Command {
    Command::new(clients().join("bin").join(program))
}

/// A virtual environment with the clients: made once, for all runs.
fn clients() -> &'static Path {
    static CLIENTS: OnceLock<PathBuf> = OnceLock::new();
    CLIENTS.get_or_init(|| {
        let requirements = include_str!("requirements.txt");
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("aws-clients");
        let stamp = folder.join("requirements.txt");
        if std::fs::read_to_string(&stamp).ok().as_deref() != Some(requirements) {
            let _ = std::fs::remove_dir_all(&folder);
            succeed(Command::new("python3").args(["-m", "venv"]).arg(&folder));
            let wanted = folder.join("wanted.txt");
            std::fs::write(&wanted, requirements).unwrap();
            let mut pip = Command::new(folder.join("bin/pip"));
            succeed(
                pip.args(["install", "--quiet", "--disable-pip-version-check", "-r"]).arg(wanted),
            );
            std::fs::write(stamp, requirements).unwrap();
        }
        folder
    })
}

#[track_caller]
fn succeed(command: &mut Command) {
    let output = command.stdin(Stdio::null()).output().unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {complaint}");
}
