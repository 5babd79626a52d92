//! The binary `edgeway`: reads its arguments, loads what it serves, and serves it.
//!
//! The shell around the pipeline: sockets, TLS, files, clock, signals and wiring live in this crate
//! and nowhere else. What a request goes through is in `pipeline`.

#![forbid(unsafe_code)]

mod access_log;
mod adapters;
mod admin;
mod arguments;
mod arrival;
mod attend;
mod author;
mod backends;
mod backup;
mod beneath_traffic;
mod certificates;
mod client_authentication;
mod client_body;
mod client_response;
mod clock;
mod compiler;
mod config_file;
mod convert;
mod cors;
mod dev;
mod drain;
mod endpoint_policy_file;
mod entrance;
mod explanations;
mod file_certificate;
mod followed_file;
mod forward;
mod gateway;
mod issuer_keys;
mod listener;
mod listing;
mod live;
mod metrics;
mod node;
mod plugin_host;
mod private_file;
mod proxy_header;
mod request_head;
mod resolver;
mod secrets_key;
mod serve;
mod serve_function;
mod source_address;
mod table;
mod tls;
mod tls_stream;
mod upload_time;
mod upstream;
mod watch;

use std::process::ExitCode;

use clap::CommandFactory as _;
use tikv_jemallocator::Jemalloc;

use crate::arguments::{Arguments, Command};

/// A request allocates some tens of small values and frees them at once: the system's allocator took
/// a seventh of the time of a request that the gateway answers itself.
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

fn main() -> ExitCode {
    // Where the system gives huge pages unasked, each thread that needs some kilobytes would take megabytes.
    // Without the right to refuse them it needs more memory, and works.
    #[cfg(target_os = "linux")]
    let _ = rustix::thread::disable_transparent_huge_pages(true);
    let arguments = match config_file::arguments(std::env::args_os().collect()) {
        Ok(arguments) => arguments,
        Err(error) => error.exit(),
    };
    let outcome = match arguments.command {
        // Before anything else is open or running.
        Command::CompileComponent => return wasm_host::compile_component(),
        command => {
            start_log(&arguments.log);
            run(command)
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

fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Apis(arguments) => listing::apis(&arguments),
        Command::Backup(arguments) => backup::backup(&arguments),
        Command::Build(build) => author::build(build),
        Command::CompileComponent => Ok(()),
        Command::Completions { shell } => {
            clap_complete::generate(
                shell,
                &mut Arguments::command(),
                "edgeway",
                &mut std::io::stdout(),
            );
            Ok(())
        }
        Command::Cors(arguments) => cors::print_calls(&arguments),
        Command::Dev(dev) => dev::run(dev),
        Command::Functions(arguments) => listing::functions(&arguments),
        Command::New(new) => author::new(&new),
        Command::Restore(arguments) => backup::restore(&arguments),
        Command::RotateSecretsKey(arguments) => secrets_key::rotate(&arguments),
        Command::Serve(arguments) => serve::run(arguments),
        Command::Usage(arguments) => listing::usage(&arguments),
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
