//! The directory of compiled code: `.cwasm` files that this node wrote and sealed.
//!
//! A file is named by the digest of the component and by all that its code depends on (version
//! and settings of the engine, processor). One that is not usable is compiled again and replaced:
//! the cache can be slow, never wrong, and after the start it is never an error.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use model::Digest;
use wasmtime::Engine;
use wasmtime::component::Component;

use crate::abi::Abi;
use crate::clock;
use crate::engine::Engines;
use crate::host::HostError;
use crate::node_key::NodeKey;
use crate::precompiled::{OpenError, Precompiled};
use crate::private;

/// Only this user may read or write what this process maps as code.
const DIRECTORY_MODE: u32 = 0o700;

/// While the compiler writes to it.
const DRAFT_MODE: u32 = 0o600;

/// Code of all components together: of about 50 that bring a JavaScript engine each. What was not
/// used for the longest time goes first.
const CODE_BYTES_MAX: u64 = 2 * 1024 * 1024 * 1024;

/// No compiler works on a file for so long: whoever made it has died.
const DRAFT_AGE_MAX: Duration = Duration::from_secs(60 * 60);

const CODE_EXTENSION: &str = "cwasm";
const DRAFT_EXTENSION: &str = "tmp";

/// Of versions of Edgeway that kept a checksum beside each file.
const CHECKSUM_EXTENSION: &str = "sha256";

/// A directory of compiled code for the engines of a process.
#[derive(Debug)]
pub(crate) struct CodeCache {
    directory: PathBuf,
    key: NodeKey,
    engines: Engines,
    bytes_max: u64,
}

/// What code was compiled from, and for which engine.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CodeKey {
    /// Of the component's bytes.
    pub(crate) digest: Digest,
    pub(crate) abi: Abi,
}

/// A file for the compiler to write to. It is gone when it is dropped, unless it was kept.
#[derive(Debug)]
pub(crate) struct Draft {
    file: File,
    /// None if the file is in memory, as the directory cannot be written.
    path: Option<PathBuf>,
}

impl CodeCache {
    /// Makes the directory and its key if there are none, and removes what is of no use any more.
    pub(crate) fn open(directory: PathBuf, engines: Engines) -> Result<Self, HostError> {
        let failed = |source| HostError::CacheDirectory { path: directory.clone(), source };
        DirBuilder::new()
            .recursive(true)
            .mode(DIRECTORY_MODE)
            .create(&directory)
            .map_err(failed)?;
        let metadata = fs::metadata(&directory).map_err(failed)?;
        if let Some(problem) = private::problem(&directory, &metadata) {
            return Err(HostError::NotPrivate { path: directory, problem });
        }
        let key = NodeKey::open(&directory)?;
        let cache = Self { directory, key, engines, bytes_max: CODE_BYTES_MAX };
        cache.tidy();
        Ok(cache)
    }

    /// The code of a component, if it is here, mapped.
    pub(crate) fn find(&self, key: CodeKey) -> Option<Component> {
        let name = self.name(key);
        let path = self.directory.join(&name);
        let replaced = |problem: &dyn std::fmt::Display| {
            tracing::warn!(path = %path.display(), "compiled code is compiled anew: {problem}");
            let _ = fs::remove_file(&path);
        };
        let code = match Precompiled::open(&path, &name, &self.key) {
            Ok(code) => code?,
            // The file may be as good as it was: there may be no descriptor for it now.
            Err(OpenError::Io(error)) => {
                tracing::warn!(path = %path.display(), %error, "compiled code cannot be read");
                return None;
            }
            Err(error) => {
                replaced(&error);
                return None;
            }
        };
        let component =
            code.map(self.engines.of(key.abi)).inspect_err(|error| replaced(error)).ok()?;
        // So that it is not among the first to go.
        let _ = code.file().set_modified(clock::system_now());
        Some(component)
    }

    /// A file for the code of a component.
    pub(crate) fn draft(&self, key: CodeKey) -> io::Result<Draft> {
        /// Several hosts of one process may share a directory.
        static DRAFTS: AtomicU64 = AtomicU64::new(0);
        let number = DRAFTS.fetch_add(1, Ordering::Relaxed);
        let process = std::process::id();
        let name = format!("{}.{process}-{number}.{DRAFT_EXTENSION}", self.name(key));
        let path = self.directory.join(name);
        let file =
            OpenOptions::new().read(true).write(true).create_new(true).mode(DRAFT_MODE).open(&path);
        match file {
            Ok(file) => Ok(Draft { file, path: Some(path) }),
            Err(error) => {
                tracing::warn!(path = %path.display(), %error, "compiled code cannot be cached");
                Ok(Draft { file: in_memory()?, path: None })
            }
        }
    }

    /// Seals what the compiler wrote, maps it, and keeps it for the next time.
    pub(crate) fn keep(&self, key: CodeKey, mut draft: Draft) -> wasmtime::Result<Component> {
        let name = self.name(key);
        let code = Precompiled::seal(draft.file.try_clone()?, &name, &self.key)?;
        let component = code.map(self.engines.of(key.abi))?;
        if let Some(path) = draft.path.take()
            && let Err(error) = fs::rename(&path, self.directory.join(name))
        {
            tracing::warn!(path = %path.display(), %error, "compiled code cannot be cached");
            draft.path = Some(path);
        }
        self.tidy();
        Ok(component)
    }

    fn name(&self, key: CodeKey) -> String {
        let compatibility = compatibility(self.engines.of(key.abi));
        format!("{}-{compatibility}.{CODE_EXTENSION}", key.digest)
    }

    /// Removes what no engine like these can use, and then the least recently used.
    fn tidy(&self) {
        let Ok(entries) = fs::read_dir(&self.directory) else { return };
        let usable = [Abi::Async, Abi::Sync].map(|abi| compatibility(self.engines.of(abi)));
        let mut code = Vec::new();
        for entry in entries.flatten() {
            let path = entry.path();
            let Ok(metadata) = entry.metadata() else { continue };
            let modified = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
            match kind(&path, modified, &usable) {
                Kind::Code => code.push((modified, metadata.len(), path)),
                Kind::Refuse => remove(&path, "of no use any more"),
                Kind::Other => {}
            }
        }
        let mut total: u64 = code.iter().map(|(_, bytes, _)| bytes).sum();
        code.sort();
        for (_, bytes, path) in code {
            if total <= self.bytes_max {
                return;
            }
            remove(&path, "not used for the longest time");
            total -= bytes;
        }
    }
}

/// What a file of the directory is.
enum Kind {
    Code,
    /// Not ours to remove.
    Other,
    Refuse,
}

/// What a file is, which belongs to an engine by the end of its name.
fn kind(path: &Path, modified: SystemTime, usable: &[String]) -> Kind {
    let age = clock::system_now().duration_since(modified).unwrap_or_default();
    let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    match path.extension().and_then(|extension| extension.to_str()) {
        Some(CODE_EXTENSION) if usable.iter().any(|end| stem.ends_with(end)) => Kind::Code,
        Some(CODE_EXTENSION | CHECKSUM_EXTENSION) => Kind::Refuse,
        Some(DRAFT_EXTENSION) if age > DRAFT_AGE_MAX => Kind::Refuse,
        _ => Kind::Other,
    }
}

impl Draft {
    /// Where the compiler writes.
    pub(crate) fn file(&self) -> &File {
        &self.file
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if let Some(path) = &self.path {
            let _ = fs::remove_file(path);
        }
    }
}

/// What code depends on beside the component, in hexadecimal.
fn compatibility(engine: &Engine) -> String {
    let mut hasher = DefaultHasher::new();
    engine.precompile_compatibility_hash().hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

fn remove(path: &Path, why: &str) {
    match fs::remove_file(path) {
        Ok(()) => tracing::info!(path = %path.display(), "removed compiled code that is {why}"),
        Err(error) => tracing::debug!(path = %path.display(), %error, "not removed"),
    }
}

#[cfg(target_os = "linux")]
fn in_memory() -> io::Result<File> {
    let flags = rustix::fs::MemfdFlags::CLOEXEC;
    Ok(rustix::fs::memfd_create("edgeway-code", flags)?.into())
}

#[cfg(not(target_os = "linux"))]
fn in_memory() -> io::Result<File> {
    Err(io::Error::other("there is no other place for it"))
}

#[cfg(test)]
mod tests;
