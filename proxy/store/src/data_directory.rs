//! The data directory: whose it is, and where in it things are.
//!
//! The lock is the kernel's: it goes when the process does, however it ends.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use crate::{SecretsKeyId, StoreError, inspect};

/// What is in it is for its owner alone: keys are among it.
const FILE_MODE: u32 = 0o600;
const DIRECTORY_MODE: u32 = 0o700;

/// A data directory that this process has: no other one does, until it ends or hands it over.
pub struct DataDirectory {
    path: PathBuf,
    /// Held for as long as it is open.
    lock: File,
}

impl DataDirectory {
    /// Takes a data directory, which is made if it is not there.
    ///
    /// # Errors
    /// When another process has it, or it cannot be made.
    pub fn lock(path: &Path) -> Result<Self, StoreError> {
        let made = fs::DirBuilder::new().recursive(true).mode(DIRECTORY_MODE).create(path);
        made.map_err(|error| StoreError::file(path, error))?;
        let lock = path.join("lock");
        let file = open(&lock)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { path: path.to_owned(), lock: file }),
            Err(TryLockError::WouldBlock) => Err(StoreError::InUse(path.to_owned())),
            Err(TryLockError::Error(error)) => Err(StoreError::file(lock, error)),
        }
    }

    /// Which key its secrets are sealed with; none if there are none yet, or they are in clear text.
    ///
    /// # Errors
    /// When its file is not ours, is damaged or is of a newer version.
    pub fn sealed_by(&self) -> Result<Option<SecretsKeyId>, StoreError> {
        let is_there = self.database().exists();
        if is_there { inspect::sealed_by_file(&self.database()) } else { Ok(None) }
    }

    /// Lets another process have it.
    pub(crate) fn unlock(&self) -> Result<(), StoreError> {
        self.lock.unlock().map_err(|error| StoreError::file(&self.path, error))
    }

    /// The one database.
    pub(crate) fn database(&self) -> PathBuf {
        database(&self.path)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// The database of a data directory.
pub(crate) fn database(directory: &Path) -> PathBuf {
    directory.join("edgeway.db")
}

/// Opens a file, or makes it, so that only its owner may read it.
pub(crate) fn open(file: &Path) -> Result<File, StoreError> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false).mode(FILE_MODE);
    options.open(file).map_err(|error| StoreError::file(file, error))
}

/// Makes sure that a file is in its folder after a loss of power.
pub(crate) fn sync_parent(file: &Path) -> Result<(), StoreError> {
    let parent = match file.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let synced = File::open(parent).and_then(|folder| folder.sync_all());
    synced.map_err(|error| StoreError::file(parent, error))
}
