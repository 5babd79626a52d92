//! The binary under test: started on a folder of its own, killed at the end.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;

use tempfile::TempDir;

use crate::client::{Connection, Response};
use crate::document::Document;
use crate::log::Log;
use crate::patience::{PATIENCE, try_for, wait_for};
use crate::spawned::{Listening, spawn};

/// A folder to serve, with the data directory and the logs beside it.
pub(crate) struct Folder {
    root: TempDir,
}

impl Folder {
    /// A folder with a document and its components.
    pub(crate) fn new(document: &Document) -> Self {
        let folder = Self::of_text(&document.text());
        for (name, bytes) in document.components() {
            folder.write_component(name, &bytes);
        }
        folder
    }

    /// A folder with a document that may be none.
    pub(crate) fn of_text(text: &str) -> Self {
        let folder = Self { root: TempDir::new().unwrap() };
        fs::create_dir_all(folder.dir().join("components")).unwrap();
        fs::create_dir_all(folder.data_dir()).unwrap();
        fs::create_dir_all(shared_code_cache()).unwrap();
        fs::set_permissions(shared_code_cache(), Permissions::from_mode(0o700)).unwrap();
        std::os::unix::fs::symlink(shared_code_cache(), folder.code_cache()).unwrap();
        folder.write("openapi.yaml", text.as_bytes());
        folder
    }

    pub(crate) fn dir(&self) -> PathBuf {
        self.root.path().join("api")
    }

    pub(crate) fn data_dir(&self) -> PathBuf {
        self.root.path().join("data")
    }

    /// Where its gateway keeps compiled code.
    pub(crate) fn code_cache(&self) -> PathBuf {
        self.data_dir().join("compiled")
    }

    /// The gateway has to compile every component.
    pub(crate) fn with_empty_code_cache(self) -> Self {
        fs::remove_file(self.code_cache()).unwrap();
        self
    }

    pub(crate) fn access_log(&self) -> PathBuf {
        self.root.path().join("access.log")
    }

    pub(crate) fn write_document(&self, document: &Document) {
        self.write("openapi.yaml", document.text().as_bytes());
    }

    /// Puts bytes where the document has a component.
    pub(crate) fn write_component(&self, name: &str, bytes: &[u8]) {
        self.write(&format!("components/{name}.wasm"), bytes);
    }

    /// Replaces a file in one step, as most editors and compilers do.
    fn write(&self, name: &str, bytes: &[u8]) {
        let path = self.dir().join(name);
        let new = self.root.path().join("new");
        fs::write(&new, bytes).unwrap();
        fs::rename(new, path).unwrap();
    }
}

/// Compiled code by its digest: what one gateway compiled, the others of all runs find. Files of
/// the cache are replaced whole, so gateways may share it.
fn shared_code_cache() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("compiled")
}

/// A process that serves.
pub(crate) struct Gateway {
    child: Child,
    pub(crate) stderr: Log,
    pub(crate) http: u16,
    pub(crate) control: u16,
    pub(crate) folder: Folder,
}

impl Gateway {
    /// Serves a document.
    #[track_caller]
    pub(crate) fn start(document: &Document) -> Self {
        Self::start_with(Folder::new(document), &[])
    }

    /// Serves a folder, with more arguments.
    #[track_caller]
    pub(crate) fn start_with(folder: Folder, arguments: &[&str]) -> Self {
        let command = |http, control| command(&folder, http, control, arguments);
        let Listening { child, stderr, http, control } = Listening::start(command);
        Self { child, stderr, http, control, folder }
    }

    /// For another process to serve, after this one.
    pub(crate) fn take_folder(&mut self) -> Folder {
        let unused = Folder { root: TempDir::new().unwrap() };
        std::mem::replace(&mut self.folder, unused)
    }

    /// Another process on the same ports and data directory, that takes over.
    pub(crate) fn spawn_successor(&self) -> (Child, Log) {
        spawn(&mut command(&self.folder, self.http, self.control, &["--upgrade"]))
    }

    /// Connects to where APIs are served.
    #[track_caller]
    pub(crate) fn connect(&self) -> Connection {
        Connection::open(self.http)
    }

    /// `GET` at `localhost`, on a connection of its own.
    #[track_caller]
    pub(crate) fn get(&self, path: &str) -> Response {
        self.send(&format!("GET {path}"), &[], "")
    }

    /// Sends a request like `POST /pets`, on a connection of its own. Host and content length are
    /// added unless they are there.
    #[track_caller]
    pub(crate) fn send(
        &self,
        line: &str,
        headers: &[(&str, &str)],
        body: impl AsRef<[u8]>,
    ) -> Response {
        let mut connection = self.connect();
        connection.write(request(line, headers, body.as_ref()));
        if line.starts_with("HEAD ") { connection.read_head() } else { connection.read() }
    }

    /// Asks the control listener.
    #[track_caller]
    pub(crate) fn control(&self, path: &str) -> Response {
        let mut connection = Connection::open(self.control);
        connection.write(request(&format!("GET {path}"), &[], b""));
        connection.read()
    }

    /// The value of a metric as it is written: `name` or `name{labels}`.
    #[track_caller]
    pub(crate) fn metric(&self, name: &str) -> f64 {
        let metrics = self.control("/_edgeway/metrics");
        let lines = metrics.text().lines();
        let values = lines.filter_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        values.map(|value| value.parse().unwrap()).next().unwrap_or_default()
    }

    /// Lines of the access log, once there are so many.
    #[track_caller]
    pub(crate) fn access_log(&self, count: usize) -> Vec<serde_json::Value> {
        wait_for("a line of the access log", || {
            let text = fs::read_to_string(self.folder.access_log()).ok()?;
            let is_whole = text.ends_with('\n') && text.lines().count() >= count;
            is_whole.then(|| text.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
        })
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// `TERM`, `QUIT`
    pub(crate) fn signal(&self, name: &str) {
        signal(self.pid(), name);
    }

    /// Waits for the process to end by itself.
    #[track_caller]
    pub(crate) fn wait_until_exit(&mut self) -> ExitStatus {
        wait_for_exit(&mut self.child)
    }

    /// Fails if the process has ended.
    #[track_caller]
    pub(crate) fn assert_alive(&mut self) {
        assert_eq!(self.child.try_wait().unwrap(), None, "the process ended");
    }

    /// Sends a request beside whatever the test does next.
    pub(crate) fn send_beside(&self, line: &str) -> thread::JoinHandle<Response> {
        let mut connection = self.connect();
        connection.write(request(line, &[], b""));
        thread::spawn(move || connection.read())
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        end(&mut self.child);
        if thread::panicking() {
            eprintln!("stderr of the gateway:\n{}", self.stderr.text());
        }
    }
}

/// Runs the binary to its end: what it wrote to stderr, and its exit code.
pub(crate) fn run(folder: &Path, arguments: &[&str]) -> (String, Option<i32>) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_edgeway"))
        .arg("dev")
        .arg(folder)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let stderr = Log::read(child.stderr.take().unwrap());
    let status = try_for(PATIENCE, || child.try_wait().unwrap());
    end(&mut child);
    (stderr.whole(), status.and_then(|status| status.code()))
}

fn command(folder: &Folder, http: u16, control: u16, arguments: &[&str]) -> Command {
    let address = |port: u16| format!("127.0.0.1:{port}");
    let mut command = Command::new(env!("CARGO_BIN_EXE_edgeway"));
    command
        .arg("dev")
        .arg(folder.dir())
        .args(["--http", &address(http), "--control", &address(control)])
        .arg("--data-dir")
        .arg(folder.data_dir())
        .arg("--access-log")
        .arg(folder.access_log())
        .args(arguments);
    command
}

#[track_caller]
pub(crate) fn wait_for_exit(child: &mut Child) -> ExitStatus {
    wait_for("the end of the process", || child.try_wait().unwrap())
}

/// Whatever state it is in.
pub(crate) fn end(child: &mut Child) {
    let _ = child.kill();
    let _ = child.wait();
}

pub(crate) fn signal(pid: u32, name: &str) {
    let status = Command::new("sh").args(["-c", &format!("kill -{name} {pid}")]).status().unwrap();
    assert!(status.success());
}

/// A request in HTTP/1.1.
pub(crate) fn request(line: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let has = |name: &str| headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name));
    let mut head = format!("{line} HTTP/1.1\r\n");
    if !has("host") {
        head.push_str("Host: localhost\r\n");
    }
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    if !body.is_empty() && !has("content-length") && !has("transfer-encoding") {
        head.push_str(&format!("Content-Length: {}\r\n", body.len()));
    }
    head.push_str("\r\n");
    [head.as_bytes(), body].concat()
}
