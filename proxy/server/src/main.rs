//! The binary `edgeway`: reads its arguments, loads what it serves, and serves it.
//!
//! The shell around the pipeline: sockets, TLS, files, clock, signals and wiring live in this crate
//! and nowhere else. What a request goes through is in `pipeline`.

#![forbid(unsafe_code)]

mod access_log;
mod adapters;
mod admin;
mod arguments;
mod attend;
mod author;
mod client_body;
mod client_response;
mod clock;
mod compiler;
mod convert;
mod dev;
mod drain;
mod forward;
mod gateway;
mod live;
mod metrics;
mod node;
mod request_head;
mod resolver;
mod serve_function;
mod upload_time;
mod upstream;
mod watch;

use std::process::ExitCode;

use clap::Parser as _;
use mimalloc::MiMalloc;

use crate::arguments::{Arguments, Command};

/// A request allocates some tens of small values and frees them at once: the system's allocator took
/// a seventh of the time of a request that the gateway answers itself.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    // The allocator asks for huge pages: each thread that needs some kilobytes would take megabytes.
    // Without the right to refuse them it needs more memory, and works.
    #[cfg(target_os = "linux")]
    let _ = rustix::thread::disable_transparent_huge_pages(true);
    let arguments = Arguments::parse();
    let outcome = match arguments.command {
        Command::Build(build) => {
            start_log(&arguments.log);
            author::build(build)
        }
        Command::CompileComponent => return wasm_host::compile_component(),
        Command::Dev(dev) => {
            start_log(&arguments.log);
            dev::run(dev)
        }
        Command::New(new) => {
            start_log(&arguments.log);
            author::new(&new)
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Our own log goes to stderr; stdout belongs to the access log.
fn start_log(filter: &str) {
    let filter = tracing_subscriber::EnvFilter::new(filter);
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_target(false)
        .init();
}
