//! The state of a data directory, read beside the process that works with it.

use std::fs;
use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};

use crate::{ReadTransaction, StoreError, data_directory, schema};

/// Runs `read` on one moment of the state of a data directory, also while another process works
/// with it. Nothing is written.
///
/// # Errors
/// What `read` returns, and that the state is not there or not whole: by the name of the file.
pub fn inspect<T, E: From<StoreError>>(
    directory: &Path,
    read: impl FnOnce(&ReadTransaction<'_>) -> Result<T, E>,
) -> Result<T, E> {
    let mut connection = open(directory)?;
    let transaction = connection
        .transaction_with_behavior(TransactionBehavior::Deferred)
        .map_err(StoreError::from)?;
    read(&ReadTransaction::new(&transaction))
}

/// Opens the state to read, after a check that it is whole.
pub(crate) fn open(directory: &Path) -> Result<Connection, StoreError> {
    let database = data_directory::database(directory);
    fs::metadata(&database).map_err(|error| StoreError::file(&database, error))?;
    let connection = schema::open_to_read(&database)?;
    if schema::check(&connection, &database)? {
        return Err(StoreError::Foreign(database));
    }
    Ok(connection)
}
