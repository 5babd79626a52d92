//! The process that compiles one component: from stdin to stdout, and it can reach nothing else.
//!
//! It bounds itself before it reads the component, so whatever the compiler does with it, this
//! process alone ends. Not for who starts it and reads what came of it: see `compiler`.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use rustix::process::{Resource, Rlimit};

use crate::abi::Abi;
use crate::compiler::CompileLimits;
use crate::component::COMPONENT_BYTES_MAX;
use crate::engine;

/// Machine code takes some times the bytes of its component, of which the largest has 64 MB.
pub(crate) const CODE_BYTES_MAX: u64 = 1024 * 1024 * 1024;

/// The lowest priority: whoever serves requests goes first.
const NICENESS: i32 = 19;

/// If memory is short on the machine, this process is ended first.
const OUT_OF_MEMORY_SCORE: &str = "1000";

/// What stands on stdin before the component.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) limits: CompileLimits,
    pub(crate) component_bytes: u64,
}

impl Job {
    const BYTES: usize = 24;

    pub(crate) fn to_bytes(&self) -> [u8; Self::BYTES] {
        let words =
            [self.limits.cpu_time.as_secs(), self.limits.memory_bytes, self.component_bytes];
        let mut bytes = [0; Self::BYTES];
        for (place, word) in bytes.chunks_exact_mut(8).zip(words) {
            place.copy_from_slice(&word.to_le_bytes());
        }
        bytes
    }

    fn read(mut input: impl Read) -> io::Result<Self> {
        let mut word = || {
            let mut bytes = [0; 8];
            input.read_exact(&mut bytes).map(|()| u64::from_le_bytes(bytes))
        };
        let cpu_time = Duration::from_secs(word()?);
        let limits = CompileLimits { cpu_time, memory_bytes: word()? };
        Ok(Self { limits, component_bytes: word()? })
    }
}

/// Compiles the component on stdin to stdout, as [`crate::Compiler::Process`] has it done, within the
/// limits that stand before it. What is wrong with the component is on stderr.
///
/// This is the whole work of a process: call it before anything else is open or running.
pub fn compile_component() -> ExitCode {
    match compile() {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            let _ = write!(io::stderr(), "{reason:#}");
            ExitCode::FAILURE
        }
    }
}

fn compile() -> wasmtime::Result<()> {
    let mut input = File::from(io::stdin().as_fd().try_clone_to_owned()?);
    let mut output = File::from(io::stdout().as_fd().try_clone_to_owned()?);
    let job = Job::read(&input)?;
    restrict(job.limits)?;
    let bytes_max = COMPONENT_BYTES_MAX as u64;
    let mut component = Vec::new();
    (&mut input).take(job.component_bytes.min(bytes_max)).read_to_end(&mut component)?;
    thread::Builder::new().spawn(|| end_with_parent(input))?;
    let code = engine::compiling_engine(Abi::of(&component))?.precompile_component(&component)?;
    output.write_all(&code)?;
    Ok(())
}

/// Nobody writes any more, so all that can be read is the end: whoever wanted the code is gone.
fn end_with_parent(mut input: File) {
    let _ = io::copy(&mut input, &mut io::sink());
    std::process::exit(1);
}

/// Bounds this process for good.
fn restrict(limits: CompileLimits) -> io::Result<()> {
    // Neither is a bound: without them others are only slower.
    let _ = fs::write("/proc/self/oom_score_adj", OUT_OF_MEMORY_SCORE);
    let _ = rustix::process::nice(NICENESS);
    #[cfg(target_os = "linux")]
    rustix::thread::set_no_new_privs(true)?;
    let cpu_seconds = limits.cpu_time.as_secs();
    for (resource, maximum) in [
        (Resource::As, limits.memory_bytes),
        (Resource::Core, 0),
        (Resource::Cpu, cpu_seconds),
        (Resource::Fsize, CODE_BYTES_MAX),
        // What is open stays open: stdin, stdout, stderr. Nothing else can be opened.
        (Resource::Nofile, 0),
    ] {
        lower(resource, maximum)?;
    }
    Ok(())
}

/// No limit is raised that somebody has set for all of the gateway.
fn lower(resource: Resource, maximum: u64) -> io::Result<()> {
    let known = rustix::process::getrlimit(resource);
    let current = known.current.map_or(maximum, |known| known.min(maximum));
    // Beyond the current limit on processor time comes a signal, at the maximum the end.
    let reserve = u64::from(resource == Resource::Cpu);
    let maximum = known.maximum.map_or(maximum + reserve, |known| known.min(maximum + reserve));
    let limit = Rlimit { current: Some(current), maximum: Some(maximum) };
    Ok(rustix::process::setrlimit(resource, limit)?)
}
