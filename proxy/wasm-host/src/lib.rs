//! Loads and runs WebAssembly components within limits.
//!
//! A [`Host`] turns a component's bytes into a [`LoadedPlugin`], which answers calls in the words of
//! `model`; wasmtime is not visible from outside. Not for what an answer *means*: see `pipeline`.
//!
//! Four layers, each on the one before:
//! - code: `abi`, `engine`, `ticker`, `compilation`, `component` (bytes to checked, linked code);
//! - instances: `state`, `limiter`, `blueprint`, `instance`, `pool` (one call at a time each);
//! - what instances reach: `key_value`, `outbound` (HTTP within grants, addresses and limits);
//! - calls: `kind/*`, one module for each WIT interface (convert in, call, convert out); `calls`
//!   counts them and weighs them against the function's error budget (`quarantine`).

mod abi;
mod bindings;
mod blueprint;
mod call_log;
mod calls;
mod client_wait;
mod clock;
mod code_cache;
mod compilation;
mod compile_process;
mod compiler;
mod component;
mod cpu_meter;
mod deadline;
mod engine;
mod error_cause;
mod fault;
mod function_facts;
mod function_stats;
mod host;
mod idle_instances;
mod idle_registry;
mod instance;
mod key_value;
mod kind;
mod limiter;
mod linker;
mod load_error;
mod load_thread;
mod loaded_plugin;
mod log_rate;
mod log_stream;
mod long_runs;
mod node_key;
mod outbound;
mod pool;
mod precompiled;
mod private;
mod quarantine;
mod state;
mod ticker;

pub use compile_process::compile_component;
pub use compiler::{CompileLimits, Compiler};
pub use component::COMPONENT_BYTES_MAX;
pub use error_cause::ErrorCause;
pub use function_stats::{FunctionSnapshot, Functions};
pub use host::{Host, HostError, HostSettings};
pub use key_value::{KeyValueError, KeyValueFuture, KeyValues, MemoryKeyValues};
pub use kind::http_handler::{RequestBody, RequestBodySender, Serving};
pub use load_error::LoadError;
pub use loaded_plugin::LoadedPlugin;
pub use outbound::{OutboundSettings, Resolve};
