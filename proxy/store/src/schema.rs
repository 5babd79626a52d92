//! The file: whether it is ours, and how it is opened. What is in it: see `migration`.

use std::path::Path;
use std::time::Duration;

use rusqlite::types::Type;
use rusqlite::{Connection, OpenFlags};

use crate::migration::{self, SEALED_SINCE};
use crate::{SecretsKey, SecretsKeyId, StoreError, data_directory};

/// "EDGW": marks the file as ours.
const APPLICATION_ID: i64 = 0x4544_4757;

/// The row of the account, which the first migration makes.
pub(crate) const ACCOUNT_ROW: i64 = 1;

/// How long a connection waits for another one's lock. Ours never hold one for long.
const BUSY_TIME_MAX: Duration = Duration::from_secs(5);

/// Opens the database to write, or makes it, and brings it to the newest version.
pub(crate) fn open(file: &Path, key: &SecretsKey) -> Result<Connection, StoreError> {
    let (mut connection, is_new) = open_as_it_is(file)?;
    match sealed_by(&connection)? {
        Some(wanted) if wanted != key.id() => {
            let (file, given) = (file.to_owned(), key.id());
            return Err(StoreError::WrongKey { file, wanted, given });
        }
        Some(_) | None => {}
    }
    if is_new {
        connection.pragma_update(None, "application_id", APPLICATION_ID)?;
    }
    migration::migrate(&mut connection, key)?;
    if is_new {
        data_directory::sync_parent(file)?;
    }
    Ok(connection)
}

/// Opens the database to write, or makes it, in the version that it has; true if it is empty.
pub(crate) fn open_as_it_is(file: &Path) -> Result<(Connection, bool), StoreError> {
    data_directory::open(file)?;
    let connection = Connection::open(file)?;
    let is_new = check(&connection, file)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", "ON")?;
    Ok((connection, is_new))
}

/// Which key the secrets are sealed with; none if they are not yet.
pub(crate) fn sealed_by(connection: &Connection) -> Result<Option<SecretsKeyId>, StoreError> {
    if migration::version(connection)? < SEALED_SINCE {
        return Ok(None);
    }
    // That it says none is no reason to take another key: it is damaged.
    let id = connection.query_row("SELECT id FROM secrets_key", [], |row| {
        let id = SecretsKeyId::from_bytes(row.get_ref(0)?.as_blob()?);
        id.ok_or_else(|| rusqlite::Error::InvalidColumnType(0, "id".to_owned(), Type::Blob))
    })?;
    Ok(Some(id))
}

/// Opens the database to read; it was opened to write before.
pub(crate) fn open_to_read(file: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags)?;
    connection.busy_timeout(BUSY_TIME_MAX)?;
    Ok(connection)
}

/// Refuses what is not a whole database of ours in a version that is known. True if it is empty.
pub(crate) fn check(connection: &Connection, file: &Path) -> Result<bool, StoreError> {
    let damaged = |reason: String| StoreError::Damaged { file: file.to_owned(), reason };
    let number = |pragma: &str| {
        let read = connection.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0));
        read.map_err(|error| damaged(error.to_string()))
    };
    connection.busy_timeout(BUSY_TIME_MAX)?;
    let application = number("application_id")?;
    let version = number("user_version")?;
    let tables: i64 = connection
        .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
        .map_err(|error| damaged(error.to_string()))?;
    if tables == 0 && application == 0 {
        return Ok(true);
    }
    if application != APPLICATION_ID {
        return Err(StoreError::Foreign(file.to_owned()));
    }
    let known = migration::version_known();
    if version > known {
        return Err(StoreError::Newer { file: file.to_owned(), found: version, known });
    }
    let verdict: String = connection
        .pragma_query_value(None, "quick_check", |row| row.get(0))
        .map_err(|error| damaged(error.to_string()))?;
    if verdict == "ok" { Ok(false) } else { Err(damaged(verdict)) }
}
