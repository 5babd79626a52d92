//! The components of `tests/guests`, built once for each run.

use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

use bytes::Bytes;

const TARGET: &str = "wasm32-wasip2";

/// The bytes of one.
pub(crate) fn component(name: &str) -> Bytes {
    static DIRECTORY: OnceLock<PathBuf> = OnceLock::new();
    let path = DIRECTORY.get_or_init(build).join(format!("{name}.wasm"));
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())).into()
}

/// A component in the text format.
pub(crate) fn component_text(text: &str) -> Bytes {
    wat::parse_str(text).expect("the text of a component").into()
}

fn build() -> PathBuf {
    let status = Command::new(env!("CARGO"))
        .args(["build", "--package", "guests", "--examples", "--profile", "component"])
        .args(["--target", TARGET])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .status()
        .expect("cargo runs");
    assert!(
        status.success(),
        "the guests of tests/guests do not build; is the target there? `rustup target add {TARGET}`"
    );
    target_directory().join(TARGET).join("component").join("examples")
}

/// Cargo's `target`: the parent of the directory for temporary files of tests.
fn target_directory() -> PathBuf {
    let temporary = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    temporary.parent().expect("target/tmp has a parent").to_owned()
}
