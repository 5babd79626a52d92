//! The components that tests deploy, built once for each run.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// Of `plugins/` and `examples/`, as `make plugins` builds them.
const PACKAGES: [&str; 4] =
    ["bearer-token-authorizer", "header-transform", "redact-transform", "petstore-pets"];

/// A component by the name of its file: a package, or one of `tests/guests/examples`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Component(pub(crate) &'static str);

pub(crate) const BEARER_TOKEN_AUTHORIZER: Component = Component("bearer_token_authorizer");
pub(crate) const ECHO: Component = Component("echo");
pub(crate) const HEADER_TRANSFORM: Component = Component("header_transform");
pub(crate) const HTTP_HANDLER: Component = Component("http_handler");
pub(crate) const HTTP_INCOMING_HANDLER: Component = Component("http_incoming_handler");
pub(crate) const KEY_VALUE: Component = Component("key_value");
pub(crate) const LAMBDA_AUTHORIZER: Component = Component("lambda_authorizer");
pub(crate) const LATE_START: Component = Component("late_start");
pub(crate) const MISBEHAVE: Component = Component("misbehave");
pub(crate) const MISBEHAVE_AUTHORIZER: Component = Component("misbehave_authorizer");
pub(crate) const OUTBOUND: Component = Component("outbound");
pub(crate) const PETSTORE_PETS: Component = Component("petstore_pets");
pub(crate) const REDACT_TRANSFORM: Component = Component("redact_transform");
pub(crate) const SCRIPTED: Component = Component("scripted");
pub(crate) const TRANSFORM: Component = Component("transform");
pub(crate) const TYPED_AUTHORIZER: Component = Component("typed_authorizer");

impl Component {
    /// Where its file is, built.
    pub(crate) fn path(self) -> PathBuf {
        let folder = built();
        let candidates = [folder.join("examples"), folder.to_owned()];
        let files = candidates.iter().map(|folder| folder.join(self.0).with_extension("wasm"));
        files.into_iter().find(|file| file.is_file()).unwrap_or_else(|| {
            panic!("{} has no component {}", folder.display(), self.0);
        })
    }

    pub(crate) fn bytes(self) -> Vec<u8> {
        std::fs::read(self.path()).unwrap()
    }
}

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// Cargo's target directory: the binary under test is at `{target}/{profile}/edgeway`.
pub(crate) fn target_dir() -> PathBuf {
    Path::new(env!("CARGO_BIN_EXE_edgeway")).ancestors().nth(2).unwrap().to_owned()
}

/// Runs cargo in the workspace, in its own target directory.
pub(crate) fn cargo(arguments: &[&str]) {
    let output = Command::new(env!("CARGO"))
        .args(arguments)
        .arg("--target-dir")
        .arg(target_dir())
        .current_dir(root())
        .output()
        .unwrap();
    let log = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "cargo {}:\n{log}", arguments.join(" "));
}

/// Two builds, as `wasm-host`'s tests and `make plugins` do: one of all together would resolve
/// features anew and build everything twice.
fn built() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let build = ["build", "--profile", "component", "--target", "wasm32-wasip2"];
        let packages = PACKAGES.iter().flat_map(|package| ["-p", package]);
        cargo(&[&build[..], &["-p", "guests", "--examples"]].concat());
        cargo(&build.into_iter().chain(packages).collect::<Vec<_>>());
        target_dir().join("wasm32-wasip2/component")
    })
}
