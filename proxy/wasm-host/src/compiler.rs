//! Who turns components into machine code: a process for each component, which is bounded and whose
//! end harms nobody. Not for what the process does: see `compile_process`.

use std::fs::File;
use std::io::Write;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use bytes::Bytes;
use rustix::process::Signal;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStderr, ChildStdin, Command};
use wasmtime::Engine;

use crate::compile_process::{CODE_BYTES_MAX, Job};
use crate::load_error::LoadError;

/// Between busy gateways and at the lowest priority, a second of processor time takes longer.
const WALL_TIME_PER_CPU_TIME: u32 = 5;

/// What a compiler may say about a component; the rest is not read.
const REASON_BYTES_MAX: u64 = 4 * 1024;

/// Who compiles.
#[derive(Clone, Debug)]
pub enum Compiler {
    /// A thread of this process: nothing bounds it. For components that one trusts, as in tests.
    InProcess,
    /// A process for each component, one at a time.
    Process {
        /// A program that calls [`crate::compile_component`]. It must be of the same build.
        program: PathBuf,
        /// What makes it do so.
        arguments: Vec<String>,
        /// All of its environment.
        environment: Vec<(String, String)>,
        /// What it may take.
        limits: CompileLimits,
    },
}

/// What compiling one component may take.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct CompileLimits {
    /// Processor time of all its threads. Five times as much may pass on the clock.
    pub cpu_time: Duration,
    /// Address space of the process.
    pub memory_bytes: u64,
}

impl Compiler {
    /// Compiles a component into a file.
    pub(crate) async fn compile(
        &self,
        engine: &Engine,
        component: Bytes,
        code: &File,
    ) -> Result<(), LoadError> {
        let code = code.try_clone().map_err(|error| failed(&error))?;
        match self {
            Self::InProcess => compile_here(engine.clone(), component, code).await,
            Self::Process { program, arguments, environment, limits } => {
                let mut command = Command::new(program);
                command.args(arguments).env_clear().envs(environment.iter().cloned());
                let child = command
                    .stdin(Stdio::piped())
                    .stdout(code)
                    .stderr(Stdio::piped())
                    .kill_on_drop(true)
                    .spawn();
                let child = child.map_err(|error| {
                    let program = program.display();
                    failed(&format_args!("the compiler {program} does not start: {error}"))
                })?;
                compile_there(child, *limits, &component).await
            }
        }
    }
}

async fn compile_here(engine: Engine, component: Bytes, mut code: File) -> Result<(), LoadError> {
    let compile = move || {
        let compiled = engine.precompile_component(&component);
        let compiled =
            compiled.map_err(|error| LoadError::Compile { reason: format!("{error:#}") })?;
        code.write_all(&compiled).map_err(|error| failed(&error))
    };
    tokio::task::spawn_blocking(compile).await.unwrap_or_else(|panic| Err(failed(&panic)))
}

/// The process ends with the future, however that ends.
async fn compile_there(
    mut child: Child,
    limits: CompileLimits,
    component: &[u8],
) -> Result<(), LoadError> {
    let (stdin, stderr) = (child.stdin.take(), child.stderr.take());
    let wall_time_max = limits.cpu_time * WALL_TIME_PER_CPU_TIME;
    let run = async {
        // The process reads stdin to see that this one lives: it is open until the end.
        tokio::join!(feed(stdin, limits, component), reason(stderr), child.wait())
    };
    let Ok((_stdin, reason, status)) = tokio::time::timeout(wall_time_max, run).await else {
        let seconds = wall_time_max.as_secs();
        return Err(LoadError::CompileLimit { limit: format!("{seconds} s on the clock") });
    };
    outcome(status.map_err(|error| failed(&error))?, &reason, limits)
}

/// What cannot be written was not read, and the exit status says why.
async fn feed(
    stdin: Option<ChildStdin>,
    limits: CompileLimits,
    component: &[u8],
) -> Option<ChildStdin> {
    let mut stdin = stdin?;
    let job = Job { limits, component_bytes: component.len() as u64 };
    if stdin.write_all(&job.to_bytes()).await.is_ok() {
        let _ = stdin.write_all(component).await;
    }
    Some(stdin)
}

async fn reason(stderr: Option<ChildStderr>) -> String {
    let mut reason = Vec::new();
    if let Some(mut stderr) = stderr {
        let _ = (&mut stderr).take(REASON_BYTES_MAX).read_to_end(&mut reason).await;
        let _ = tokio::io::copy(&mut stderr, &mut tokio::io::sink()).await;
    }
    String::from_utf8_lossy(&reason).trim().to_owned()
}

/// What the end of the process means for the component.
fn outcome(status: ExitStatus, reason: &str, limits: CompileLimits) -> Result<(), LoadError> {
    /// How Rust's runtime ends without memory, and how the operating system refuses it.
    const NO_MEMORY: [&str; 3] = ["memory allocation of ", "os error 12", "Cannot allocate memory"];
    const NO_STACK: &str = "has overflowed its stack";
    if status.success() {
        return Ok(());
    }
    let signal = status.signal().and_then(Signal::from_named_raw);
    let limit = match signal {
        Some(Signal::XCPU) => {
            format!("{} s of processor time", limits.cpu_time.as_secs())
        }
        Some(Signal::XFSZ) => format!("{} MB of code", CODE_BYTES_MAX / 1024 / 1024),
        _ if reason.contains(NO_STACK) => {
            let reason = "its types or modules are nested too deeply".to_owned();
            return Err(LoadError::Compile { reason });
        }
        _ if NO_MEMORY.iter().any(|text| reason.contains(text)) => {
            format!("{} MB of memory", limits.memory_bytes / 1024 / 1024)
        }
        Some(Signal::KILL) => {
            let reason = "the compiler was killed, maybe because the machine ran out of memory";
            return Err(failed(&reason));
        }
        _ if status.code() == Some(1) => {
            return Err(LoadError::Compile { reason: reason.to_owned() });
        }
        _ if reason.is_empty() => {
            return Err(failed(&format_args!("the compiler ended with {status}")));
        }
        _ => return Err(failed(&format_args!("the compiler ended with {status}: {reason}"))),
    };
    Err(LoadError::CompileLimit { limit })
}

fn failed(reason: &dyn std::fmt::Display) -> LoadError {
    LoadError::CompilerFailed { reason: reason.to_string() }
}

#[cfg(test)]
mod tests;
