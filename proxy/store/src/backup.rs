//! Copies of the whole state: made while it is in use, put back while it is not.

use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};

use crate::data_directory::{self, DataDirectory};
use crate::{SecretsKeyId, StoreError, inspect, migration, schema};

/// What a restore does with state that is there already.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Existing {
    /// It is left, and the restore refused.
    Keep,
    /// It is replaced.
    Replace,
}

/// Copies what `source` sees now to a new file, which is whole or not there.
fn write(source: &Connection, file: &Path) -> Result<(), StoreError> {
    if file.exists() {
        return Err(StoreError::FileExists(file.to_owned()));
    }
    let partial = partial(file);
    copy(source, &partial)?;
    fs::rename(&partial, file).map_err(|error| StoreError::file(file, error))?;
    data_directory::sync_parent(file)
}

/// Copies the state of a data directory to a new file, also while another process works with it.
///
/// # Errors
/// When the state is not there or not whole, and when the file is there already or cannot be written.
pub fn backup(directory: &Path, file: &Path) -> Result<(), StoreError> {
    write(&inspect::open(&data_directory::database(directory))?, file)
}

/// Which key the secrets in a backup are sealed with; none if they are in clear text.
///
/// # Errors
/// When the backup is not a whole database of a known version.
pub fn backup_sealed_by(backup: &Path) -> Result<Option<SecretsKeyId>, StoreError> {
    schema::sealed_by(&inspect::open(backup)?)
}

/// Makes a backup the state of a data directory, which no process may have open.
///
/// # Errors
/// When the backup is not a whole database of a known version; nothing is changed then.
pub fn restore(backup: &Path, directory: &Path, existing: Existing) -> Result<(), StoreError> {
    let source = inspect::open(backup)?;
    let directory = DataDirectory::lock(directory)?;
    let database = directory.database();
    if existing == Existing::Keep && database.exists() {
        return Err(StoreError::FileExists(database));
    }
    let partial = directory.path().join("restore.partial");
    copy(&source, &partial)?;
    // The old log must not be played into the new file. Opening and closing the old file plays it
    // into that, so that nothing is lost if this is interrupted; a damaged one has nothing to lose.
    drop(schema::open_as_it_is(&database));
    for log in ["edgeway.db-wal", "edgeway.db-shm"] {
        let log = directory.path().join(log);
        if log.exists() {
            fs::remove_file(&log).map_err(|error| StoreError::file(&log, error))?;
        }
    }
    fs::rename(&partial, &database).map_err(|error| StoreError::file(&database, error))?;
    data_directory::sync_parent(&database)
}

/// One step copies everything, so it is one moment; who writes meanwhile writes to the log.
fn copy(source: &Connection, file: &Path) -> Result<(), StoreError> {
    if file.exists() {
        fs::remove_file(file).map_err(|error| StoreError::file(file, error))?;
    }
    let handle = data_directory::open(file)?;
    let mut target = Connection::open(file)?;
    let step = Backup::new(source, &mut target)?.step(-1)?;
    if step != StepResult::Done {
        return Err(StoreError::Abandoned);
    }
    if migration::is_to_be_scrubbed(&target)? {
        // Its free pages have what was there before it was sealed.
        migration::scrub(&target)?;
    }
    drop(target);
    handle.sync_all().map_err(|error| StoreError::file(file, error))
}

fn partial(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".partial");
    name.into()
}
