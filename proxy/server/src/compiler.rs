//! Who compiles components for this node: this very program, in a process of its own.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use wasm_host::{CompileLimits, Compiler};

use crate::arguments::Node;

/// The hidden command of `arguments`.
const COMMAND: &str = "compile-component";

/// Memory is bounded as address space: the allocator would retain what it gave back of it, and take some for each thread.
const ALLOCATOR_SETTING: (&str, &str) =
    ("_RJEM_MALLOC_CONF", "retain:false,narenas:1,background_thread:false");

/// A process for each component, within what the node allows.
pub(crate) fn compiler(node: &Node) -> anyhow::Result<Compiler> {
    let limits = CompileLimits {
        cpu_time: Duration::from_secs(node.compile_seconds.into()),
        memory_bytes: u64::from(node.compile_memory) * 1024 * 1024,
    };
    let (name, value) = ALLOCATOR_SETTING;
    Ok(Compiler::Process {
        program: program()?,
        arguments: vec![COMMAND.to_owned()],
        environment: vec![(name.to_owned(), value.to_owned())],
        limits,
    })
}

/// The program that runs now, even if another was put in its place on disk.
fn program() -> anyhow::Result<PathBuf> {
    if cfg!(target_os = "linux") {
        return Ok(PathBuf::from("/proc/self/exe"));
    }
    std::env::current_exe().context("find the program that runs")
}
