//! The secret of this node, under which it seals the code that it compiled.
//!
//! It is made at the first start and lies beside the code. Whoever loses it loses nothing but the
//! time to compile anew.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::host::HostError;
use crate::private;

/// In the directory of compiled code.
const FILE_NAME: &str = "key";

/// As many as SHA-256 yields: more would be hashed to these.
const KEY_BYTES: usize = 32;

/// Only this user may know it.
const FILE_MODE: u32 = 0o600;

/// Where the operating system gives randomness.
const RANDOM_DEVICE: &str = "/dev/urandom";

/// A key that never leaves this node.
pub(crate) struct NodeKey([u8; KEY_BYTES]);

impl NodeKey {
    /// The key in a directory; one is made if there is none, or if it is damaged.
    pub(crate) fn open(directory: &Path) -> Result<Self, HostError> {
        let path = directory.join(FILE_NAME);
        let failed = |source| HostError::Key { path: path.clone(), source };
        if let Some(key) = read(&path)? {
            return Ok(key);
        }
        write(directory, &path).map_err(failed)?;
        read(&path)?.ok_or_else(|| failed(io::Error::other("it is damaged again at once")))
    }

    /// An authentication code that has seen nothing yet.
    pub(crate) fn mac(&self) -> Hmac<Sha256> {
        Hmac::new_from_slice(&self.0).expect("HMAC takes keys of any length")
    }
}

impl fmt::Debug for NodeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NodeKey")
    }
}

/// None if there is no key, or not a whole one.
fn read(path: &Path) -> Result<Option<NodeKey>, HostError> {
    let failed = |source| HostError::Key { path: path.to_owned(), source };
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    let metadata = file.metadata().map_err(failed)?;
    if let Some(problem) = private::problem(path, &metadata) {
        return Err(HostError::NotPrivate { path: path.to_owned(), problem });
    }
    let mut bytes = Vec::with_capacity(KEY_BYTES + 1);
    file.take(KEY_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(failed)?;
    let key = <[u8; KEY_BYTES]>::try_from(bytes).ok();
    if key.is_none() {
        tracing::warn!(path = %path.display(), "the key of compiled code is damaged: a new one is made");
        fs::remove_file(path).map_err(failed)?;
    }
    Ok(key.map(NodeKey))
}

/// Whole or not at all; if another process or thread is faster, its key stays.
fn write(directory: &Path, path: &Path) -> io::Result<()> {
    let (mut key, mut name) = ([0; KEY_BYTES], [0; 8]);
    let mut random = File::open(RANDOM_DEVICE)?;
    random.read_exact(&mut key)?;
    random.read_exact(&mut name)?;
    let name = format!("{FILE_NAME}-{:016x}.tmp", u64::from_le_bytes(name));
    let temporary = Temporary(directory.join(name));
    let mut file =
        OpenOptions::new().write(true).create_new(true).mode(FILE_MODE).open(&temporary.0)?;
    file.write_all(&key)?;
    file.sync_all()?;
    match fs::hard_link(&temporary.0, path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => File::open(directory)?.sync_all(),
    }
}

/// A file that is gone in the end.
struct Temporary(PathBuf);

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::thread;

    use super::*;

    #[test]
    fn whoever_is_first_makes_the_key_of_all() {
        const THREADS: usize = 8;
        for _ in 0..20 {
            let directory = tempfile::tempdir().unwrap();
            let barrier = Barrier::new(THREADS);
            let open = || {
                barrier.wait();
                NodeKey::open(directory.path()).unwrap().0
            };
            let keys: Vec<_> = thread::scope(|scope| {
                let opening = [(); THREADS].map(|()| scope.spawn(open));
                opening.into_iter().map(|thread| thread.join().unwrap()).collect()
            });
            assert!(keys.iter().all(|key| *key == keys[0]));
            assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
        }
    }
}
