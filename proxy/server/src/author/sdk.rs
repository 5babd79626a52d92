//! What the binary carries of the repository: the contract, the adapters of all languages, the
//! templates. A project gets those that it needs into its `.edgeway/sdk`.

use std::fs;
use std::path::Path;

use anyhow::Context as _;

/// A file by its path below the repository's root.
type File = (&'static str, &'static str);

macro_rules! files {
    ($($path:literal),* $(,)?) => {
        &[$(($path, include_str!(concat!("../../../../", $path)))),*]
    };
}

/// The contract.
const WIT: &[File] = files![
    "wit/authorizer.wit",
    "wit/function.wit",
    "wit/host.wit",
    "wit/transform.wit",
    "wit/types.wit"
];

const JAVASCRIPT: &[File] = files![
    "plugin-sdk/javascript/adapter/buffer.js",
    "plugin-sdk/javascript/adapter/buffer_global.js",
    "plugin-sdk/javascript/adapter/event_function.js",
    "plugin-sdk/javascript/adapter/fetch.js",
    "plugin-sdk/javascript/adapter/format.js",
    "plugin-sdk/javascript/adapter/node_globals.js",
    "plugin-sdk/javascript/build.mjs",
    "plugin-sdk/javascript/package-lock.json",
    "plugin-sdk/javascript/package.json",
    "plugin-sdk/javascript/unused/package.json",
    "plugin-sdk/javascript/wit/wasi-cli/environment.wit",
    "plugin-sdk/javascript/wit/wasi-clocks/clocks.wit",
    "plugin-sdk/javascript/wit/wasi-http/http.wit",
    "plugin-sdk/javascript/wit/wasi-io/io.wit",
];

const PYTHON: &[File] = files![
    "plugin-sdk/python/adapter.py",
    "plugin-sdk/python/build.py",
    "plugin-sdk/python/requirements.txt",
];

const C: &[File] = files![
    "plugin-sdk/c/bindings/event_function_plugin.c",
    "plugin-sdk/c/bindings/event_function_plugin.h",
    "plugin-sdk/c/edgeway.c",
    "plugin-sdk/c/edgeway.h",
];

const RUST: &[File] = files![
    "plugin-sdk/src/authorizer.rs",
    "plugin-sdk/src/bindings.rs",
    "plugin-sdk/src/configuration.rs",
    "plugin-sdk/src/error_chain.rs",
    "plugin-sdk/src/event_function.rs",
    "plugin-sdk/src/header.rs",
    "plugin-sdk/src/key_value.rs",
    "plugin-sdk/src/key_value/memory.rs",
    "plugin-sdk/src/lib.rs",
    "plugin-sdk/src/log.rs",
    "plugin-sdk/src/patch.rs",
    "plugin-sdk/src/plugin_needs.rs",
    "plugin-sdk/src/proxy_request.rs",
    "plugin-sdk/src/proxy_response.rs",
    "plugin-sdk/src/request_context.rs",
    "plugin-sdk/src/request_head.rs",
    "plugin-sdk/src/request_transform.rs",
    "plugin-sdk/src/response_transform.rs",
    "plugin-sdk/src/transform_error.rs",
];

/// `plugin-sdk/Cargo.toml` for a place outside of the workspace.
const RUST_MANIFEST: &str = include_str!("../../../../plugin-sdk/outside.toml");

/// Writes the contract and a language's adapters into a folder.
pub(crate) fn unpack(language: super::Language, folder: &Path) -> anyhow::Result<()> {
    use super::Language;
    write_all(WIT, "", folder)?;
    match language {
        Language::C => write_all(C, "plugin-sdk/", folder),
        Language::JavaScript => write_all(JAVASCRIPT, "plugin-sdk/", folder),
        Language::Python => write_all(PYTHON, "plugin-sdk/", folder),
        Language::Rust => {
            write(&folder.join("plugin-sdk/Cargo.toml"), RUST_MANIFEST)?;
            write_all(RUST, "", folder)
        }
    }
}

fn write_all(files: &[File], without: &str, folder: &Path) -> anyhow::Result<()> {
    for (path, text) in files {
        write(&folder.join(path.strip_prefix(without).unwrap_or(path)), text)?;
    }
    Ok(())
}

/// Writes a file that is not like this yet: what is unchanged need not be built again.
pub(crate) fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    if fs::read(path).is_ok_and(|found| found == text.as_bytes()) {
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(|| format!("make {}", folder.display()))?;
    }
    fs::write(path, text).with_context(|| format!("write {}", path.display()))
}

#[cfg(test)]
mod tests;
