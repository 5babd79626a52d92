//! The plugin host of a node.

use std::sync::Arc;

use wasm_host::{Host, HostSettings, KeyValues, OutboundSettings};

use crate::arguments::Node;
use crate::compiler;

/// Instances of all functions together, warm and busy: what the pooling allocator lays out address
/// space for. Memory is used only as instances touch it.
const INSTANCES_MAX: u32 = 1_000;

/// One for each process.
///
/// # Errors
/// If the directory for compiled code cannot be used, or there is no address space.
pub(crate) fn start(node: &Node, key_values: Arc<dyn KeyValues>) -> anyhow::Result<Host> {
    Ok(Host::new(HostSettings {
        cache_dir: node.data_dir.join("compiled"),
        instances_max: INSTANCES_MAX,
        threads: node.threads(),
        outbound: OutboundSettings {
            // What it tells and does is for those who run the node.
            forbidden_addresses: vec![node.control],
            ..OutboundSettings::default()
        },
        compiler: compiler::compiler(node)?,
        key_values,
    })?)
}
