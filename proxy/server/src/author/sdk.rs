//! What the binary carries of the repository: the contract, the adapters of all languages, the
//! templates. A project gets those that it needs into its `.edgeway/sdk`.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;

use anyhow::Context as _;

use crate::author::Language;

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
    "plugin-sdk/javascript/adapter/start.js",
    "plugin-sdk/javascript/adapter/transform.js",
    "plugin-sdk/javascript/build.mjs",
    "plugin-sdk/javascript/package-lock.json",
    "plugin-sdk/javascript/package.json",
    "plugin-sdk/javascript/unused/package.json",
];

const PYTHON: &[File] = files![
    "plugin-sdk/python/adapter/edgeway.py",
    "plugin-sdk/python/adapter/event_function.py",
    "plugin-sdk/python/adapter/outbound.py",
    "plugin-sdk/python/adapter/runtime.py",
    "plugin-sdk/python/adapter/transform.py",
    "plugin-sdk/python/build.py",
    "plugin-sdk/python/requirements.txt",
];

/// What the worlds of JavaScript and Python take of WASI.
const WASI: &[File] = files![
    "plugin-sdk/wasi/wasi-cli/cli.wit",
    "plugin-sdk/wasi/wasi-clocks/clocks.wit",
    "plugin-sdk/wasi/wasi-http/http.wit",
    "plugin-sdk/wasi/wasi-io/io.wit",
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

/// Writes the contract and a language's adapters into a folder, and leaves nothing else in it: not what
/// another version wrote, nor what somebody put beside it for a toolchain to find.
pub(crate) fn unpack(language: Language, folder: &Path) -> anyhow::Result<()> {
    let files = contents(language);
    keep_only(folder, Path::new(""), &files)
        .with_context(|| format!("clear {}", folder.display()))?;
    files.iter().try_for_each(|(path, text)| write(&folder.join(path), text))
}

/// By their paths in the folder.
fn contents(language: Language) -> Vec<File> {
    let named = |files: &[File], prefix: &str| -> Vec<File> {
        let name = |path: &'static str| path.strip_prefix(prefix).unwrap_or(path);
        files.iter().map(|(path, text)| (name(path), *text)).collect()
    };
    let adapters = match language {
        Language::C => named(C, "plugin-sdk/"),
        Language::JavaScript => named(&[JAVASCRIPT, WASI].concat(), "plugin-sdk/"),
        Language::Python => named(&[PYTHON, WASI].concat(), "plugin-sdk/"),
        Language::Rust => [&[("plugin-sdk/Cargo.toml", RUST_MANIFEST)], RUST].concat(),
    };
    [WIT, &adapters].concat()
}

/// Removes what is not among the files, links among it.
fn keep_only(root: &Path, below: &Path, files: &[File]) -> io::Result<()> {
    let folder = root.join(below);
    if !folder.is_dir() || folder.is_symlink() {
        return remove(&folder);
    }
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let (path, kind) = (below.join(entry.file_name()), entry.file_type()?);
        let is_file = kind.is_file() && files.iter().any(|(file, _)| Path::new(file) == path);
        let is_folder =
            kind.is_dir() && files.iter().any(|(file, _)| Path::new(file).starts_with(&path));
        if is_folder {
            keep_only(root, &path, files)?;
        } else if !is_file {
            remove(&entry.path())?;
        }
    }
    Ok(())
}

/// Whatever it is; if it is there.
fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() == ErrorKind::NotADirectory => fs::remove_file(path),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
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
