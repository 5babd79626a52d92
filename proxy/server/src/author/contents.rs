//! What is in a component: its kinds and its imports, read without compiling it.

use anyhow::{Context as _, bail};
use wit_parser::decoding::{DecodedWasm, decode};

/// Exports that are kinds, as they begin.
const KINDS: [(&str, &str); 6] = [
    ("edgeway:plugin/authorizer@", "authorizer"),
    ("edgeway:plugin/event-function@", "event-function"),
    ("edgeway:plugin/request-transform@", "request-transform"),
    ("edgeway:plugin/response-transform@", "response-transform"),
    ("wasi:http/handler@0.3.", "http"),
    ("wasi:http/incoming-handler@0.2.", "http"),
];

/// Imports that need a grant, as they begin, and a setting that grants them.
const GRANTED: [(&str, &str); 3] = [
    ("edgeway:plugin/key-value@", "keyValueNamespaces: [NAMESPACE]"),
    ("wasi:http/client@", OUTBOUND),
    ("wasi:http/outgoing-handler@", OUTBOUND),
];

const OUTBOUND: &str = "outbound: [\"https://HOST\"]";

/// What matters of a component.
#[derive(Debug)]
pub(crate) struct Contents {
    pub(crate) kinds: Vec<&'static str>,
    /// Lines of the function's settings, without which it will not be deployed.
    pub(crate) grants: Vec<&'static str>,
}

impl Contents {
    /// # Errors
    /// If the bytes are no component, or one that is no plugin.
    pub(crate) fn of(component: &[u8]) -> anyhow::Result<Self> {
        let decoded = decode(component).context("read the component")?;
        let DecodedWasm::Component(resolve, world) = &decoded else {
            bail!("what was built is no component");
        };
        let world = &resolve.worlds[*world];
        let name = |key| resolve.name_world_key(key);
        let imports: Vec<String> = world.imports.keys().map(name).collect();
        let exports: Vec<String> = world.exports.keys().map(name).collect();
        let kinds = found(&KINDS, &exports);
        if kinds.is_empty() {
            bail!("what was built is no plugin: it exports {}", exports.join(", "));
        }
        Ok(Self { kinds, grants: found(&GRANTED, &imports) })
    }
}

fn found(table: &[(&'static str, &'static str)], names: &[String]) -> Vec<&'static str> {
    let is_there = |prefix: &str| names.iter().any(|name| name.starts_with(prefix));
    let mut found: Vec<_> =
        table.iter().filter(|(prefix, _)| is_there(prefix)).map(|(_, found)| *found).collect();
    found.dedup();
    found
}
