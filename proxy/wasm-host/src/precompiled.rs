//! Compiled code in a file: sealed once this node's compiler has written it, verified before it is
//! mapped. Nothing else is ever mapped.
//!
//! Behind the code stands an HMAC of the file's name and of the code, under the key of this node:
//! a file that is damaged, foreign, renamed or older is told from what this node wrote.

use std::fs::{File, Permissions};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::{FileExt, PermissionsExt};
use std::path::Path;

use hmac::{Hmac, Mac};
use sha2::Sha256;
use wasmtime::Engine;
use wasmtime::component::Component;

use crate::node_key::NodeKey;
use crate::private;

/// Of HMAC-SHA256.
const SEAL_BYTES: u64 = 32;

/// Sealed code is read by its owner and written by nobody.
const FILE_MODE: u32 = 0o400;

/// What is read at once to compute the seal.
const CHUNK_BYTES: usize = 128 * 1024;

/// Where the operating system shows the files that this process has open.
const OPEN_FILES: &str = if cfg!(target_os = "linux") { "/proc/self/fd" } else { "/dev/fd" };

/// An open file of code whose seal this process has made or verified.
#[derive(Debug)]
pub(crate) struct Precompiled(File);

/// Why a file is not mapped.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OpenError {
    /// It was not written by this node for this name, or not like this.
    #[error("it is not what this node has written")]
    BrokenSeal,
    /// It cannot be read.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// Others can change it.
    #[error("{0}")]
    NotPrivate(String),
}

impl Precompiled {
    /// Seals what the compiler has written to a file that nobody else has open.
    pub(crate) fn seal(file: File, name: &str, key: &NodeKey) -> io::Result<Self> {
        let code_bytes = file.metadata()?.len();
        let seal = mac(&file, code_bytes, name, key)?.finalize().into_bytes();
        file.write_all_at(&seal, code_bytes)?;
        file.set_permissions(Permissions::from_mode(FILE_MODE))?;
        Ok(Self(file))
    }

    /// Opens a sealed file; none if there is no such file.
    pub(crate) fn open(path: &Path, name: &str, key: &NodeKey) -> Result<Option<Self>, OpenError> {
        let file = match File::open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            opened => opened?,
        };
        let metadata = file.metadata()?;
        if let Some(problem) = private::problem(path, &metadata) {
            return Err(OpenError::NotPrivate(problem));
        }
        let code_bytes = metadata.len().checked_sub(SEAL_BYTES).ok_or(OpenError::BrokenSeal)?;
        let mut seal = [0; SEAL_BYTES as usize];
        file.read_exact_at(&mut seal, code_bytes)?;
        let expected = mac(&file, code_bytes, name, key)?;
        expected.verify_slice(&seal).map_err(|_| OpenError::BrokenSeal)?;
        Ok(Some(Self(file)))
    }

    /// The file, to mark it as used.
    pub(crate) fn file(&self) -> &File {
        &self.0
    }

    /// Maps the code. It stays mapped if the file is removed.
    pub(crate) fn map(&self, engine: &Engine) -> wasmtime::Result<Component> {
        let path = format!("{OPEN_FILES}/{}", self.0.as_raw_fd());
        // SAFETY: `deserialize_file` trusts the file to be what `Engine::precompile_component`
        // returned, and not to change while it is mapped. `path` is the very file that is open, so
        // not one that was put in its place: its seal was made by `seal` after this node's
        // compiler ended, or compared by `open`, with a key that only this user can read. It lies in
        // a directory that is closed to everybody else, belongs to this user, may be written by
        // nobody (mode 0400), and this crate writes to no file again that it has sealed, but
        // replaces it whole or removes it. Wasmtime compares its version and settings itself.
        #[expect(unsafe_code, reason = "mapping compiled code is what makes a start fast")]
        let component = unsafe { Component::deserialize_file(engine, path) };
        component
    }
}

/// Of a file's name and of the code in it.
fn mac(file: &File, code_bytes: u64, name: &str, key: &NodeKey) -> io::Result<Hmac<Sha256>> {
    let mut mac = key.mac();
    mac.update(name.as_bytes());
    let mut chunk = vec![0; CHUNK_BYTES];
    let mut position = 0;
    while position < code_bytes {
        let left = usize::try_from(code_bytes - position).unwrap_or(CHUNK_BYTES);
        let chunk = &mut chunk[..left.min(CHUNK_BYTES)];
        file.read_exact_at(chunk, position)?;
        mac.update(chunk);
        position += chunk.len() as u64;
    }
    Ok(mac)
}
