//! The state of a data directory, read beside the process that works with it.

use std::fs;
use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};

use crate::{ReadTransaction, SecretsKeyId, StoreError, data_directory, migration, schema};

/// Runs `read` on one moment of the state of a data directory, also while another process works
/// with it. Nothing is written, and secrets stay sealed.
///
/// # Errors
/// What `read` returns, and that the state is not there, not whole, or of an older version: by the name
/// of the file.
pub fn inspect<T, E: From<StoreError>>(
    directory: &Path,
    read: impl FnOnce(&ReadTransaction<'_>) -> Result<T, E>,
) -> Result<T, E> {
    let database = data_directory::database(directory);
    let mut connection = open(&database)?;
    let (found, needed) = (migration::version(&connection)?, migration::READABLE_SINCE);
    if found < needed {
        return Err(StoreError::Older { file: database, found, needed }.into());
    }
    let transaction = connection
        .transaction_with_behavior(TransactionBehavior::Deferred)
        .map_err(StoreError::from)?;
    read(&ReadTransaction::new(&transaction, None))
}

/// Which key the secrets of a data directory are sealed with, also while another process works with it;
/// none if they are in clear text.
///
/// # Errors
/// That the state is not there or not whole: by the name of the file.
pub fn sealed_by(directory: &Path) -> Result<Option<SecretsKeyId>, StoreError> {
    sealed_by_file(&data_directory::database(directory))
}

/// The same of a file.
pub(crate) fn sealed_by_file(database: &Path) -> Result<Option<SecretsKeyId>, StoreError> {
    fs::metadata(database).map_err(|error| StoreError::file(database, error))?;
    let connection = schema::open_to_read(database)?;
    let is_empty = schema::check(&connection, database)?;
    if is_empty { Ok(None) } else { schema::sealed_by(&connection) }
}

/// Opens a state to read, after a check that it is whole.
pub(crate) fn open(database: &Path) -> Result<Connection, StoreError> {
    fs::metadata(database).map_err(|error| StoreError::file(database, error))?;
    let connection = schema::open_to_read(database)?;
    if schema::check(&connection, database)? {
        return Err(StoreError::Foreign(database.to_owned()));
    }
    Ok(connection)
}
