//! The cache of compiled code: `.cwasm` files that this process, or one like it, wrote.
//!
//! A file is named by the digest of the component and by all that its code depends on (version
//! and settings of the engine, processor). A checksum beside it tells a damaged file, which is
//! compiled again and replaced: the cache can be slow, never wrong, and is never an error.

use std::fs::{self, DirBuilder, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use model::Digest;
use sha2::{Digest as _, Sha256};
use wasmtime::Engine;
use wasmtime::component::Component;

/// Only this user may read or write what this process maps as code.
const DIRECTORY_MODE: u32 = 0o700;

/// A directory of compiled code for one engine.
#[derive(Debug)]
pub(crate) struct CodeCache {
    directory: PathBuf,
    compatibility: u64,
}

impl CodeCache {
    /// Makes the directory if there is none.
    pub(crate) fn new(directory: PathBuf, engine: &Engine) -> io::Result<Self> {
        DirBuilder::new().recursive(true).mode(DIRECTORY_MODE).create(&directory)?;
        let mut hasher = DefaultHasher::new();
        engine.precompile_compatibility_hash().hash(&mut hasher);
        Ok(Self { directory, compatibility: hasher.finish() })
    }

    /// The compiled component: from its file, or else from the compiler. Takes seconds.
    pub(crate) fn component(
        &self,
        engine: &Engine,
        digest: Digest,
        bytes: &[u8],
    ) -> wasmtime::Result<Component> {
        let path = self.directory.join(format!("{digest}-{:016x}.cwasm", self.compatibility));
        if let Some(component) = read(engine, &path) {
            return Ok(component);
        }
        let component = Component::from_binary(engine, bytes)?;
        let code = component.serialize()?;
        if let Err(error) = write(&path, &code) {
            tracing::warn!(path = %path.display(), %error, "compiled code could not be cached");
        }
        Ok(component)
    }
}

/// None if there is no file, or not the one that was written.
fn read(engine: &Engine, path: &Path) -> Option<Component> {
    let checksum = fs::read(checksum_path(path)).ok()?;
    let code = fs::read(path).ok()?;
    if *Sha256::digest(&code) != *checksum {
        tracing::warn!(path = %path.display(), "cached code is damaged and will be replaced");
        return None;
    }
    // SAFETY: `deserialize_file` trusts the file to be what `Component::serialize` returned, and
    // not to change while it is mapped. It was written by `write` below, which only ever replaces
    // whole files: the checksum that was just compared says that these are the bytes. Only this
    // user can write to the directory (mode 0700). The engine's version and settings are part of
    // the name, and wasmtime compares them again with what the file says.
    #[expect(unsafe_code, reason = "mapping compiled code is what makes a start fast")]
    let component = unsafe { Component::deserialize_file(engine, path) };
    component
        .inspect_err(|error| {
            tracing::warn!(path = %path.display(), %error, "cached code is not usable");
        })
        .ok()
}

/// First the code and then its checksum, so that a crash in between leaves no valid pair.
fn write(path: &Path, code: &[u8]) -> io::Result<()> {
    replace(path, code)?;
    replace(&checksum_path(path), &Sha256::digest(code))
}

/// Writes a file whole or not at all, also if the machine stops meanwhile.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    /// Several hosts of one process may share a directory.
    static WRITTEN: AtomicU64 = AtomicU64::new(0);
    let number = WRITTEN.fetch_add(1, Ordering::Relaxed);
    let temporary = path.with_added_extension(format!("{}-{number}.tmp", std::process::id()));
    let mut file = File::create(&temporary)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&temporary, path)
}

fn checksum_path(path: &Path) -> PathBuf {
    path.with_extension("sha256")
}
