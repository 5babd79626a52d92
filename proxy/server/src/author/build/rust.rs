//! Rust: cargo does it all.

use std::path::Path;

use anyhow::{Context as _, bail};
use serde_json::Value;

use super::Task;
use crate::author::toolchain::{Program, messages, output};

const CARGO: Program =
    Program { name: "cargo", install: "install Rust 1.95 or newer from https://rustup.rs" };
const RUSTC: Program =
    Program { name: "rustc", install: "install Rust 1.95 or newer from https://rustup.rs" };

const TARGET: &str = "wasm32-wasip2";

pub(super) fn build(task: &Task) -> anyhow::Result<Vec<u8>> {
    let mut rustc = task.path.command(&RUSTC)?;
    // The folder may choose its toolchain: rust-toolchain.toml.
    rustc.args(["--print", "sysroot"]).current_dir(&task.project.dir);
    let sysroot = output(&mut rustc)?;
    if !Path::new(sysroot.trim()).join("lib/rustlib").join(TARGET).is_dir() {
        bail!("the Rust target {TARGET} is missing; run: rustup target add {TARGET}");
    }
    let mut cargo = task.path.command(&CARGO)?;
    cargo.args(["build", "--release", "--target", TARGET]);
    cargo.args(["--message-format", "json-render-diagnostics"]);
    let Some(messages) = messages(cargo.current_dir(&task.project.dir))? else {
        bail!("{} was not built: see above", task.project.settings.name);
    };
    let component = component(&messages, &task.project.dir).context(
        "cargo built no component; the crate needs crate-type = [\"cdylib\"], or a main.rs",
    )?;
    std::fs::read(&component).with_context(|| format!("read {component}"))
}

/// The file that the project's own package became.
fn component(messages: &str, project: &Path) -> Option<String> {
    let manifest = project.join("Cargo.toml");
    let artifacts = messages.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let own = artifacts.filter(|artifact| {
        artifact["manifest_path"].as_str().is_some_and(|path| Path::new(path) == manifest)
    });
    let files = own.filter_map(|artifact| artifact["filenames"].as_array().cloned()).flatten();
    let mut names = files.filter_map(|file| file.as_str().map(str::to_owned));
    names.rfind(|name| name.ends_with(".wasm"))
}
