//! The file: its tables, its version, and how it is opened.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use crate::{StoreError, data_directory};

/// "EDGW": marks the file as ours.
const APPLICATION_ID: i64 = 0x4544_4757;

/// The row of the account, which the first migration makes.
pub(crate) const ACCOUNT_ROW: i64 = 1;

/// How long a connection waits for another one's lock. Ours never hold one for long.
const BUSY_TIME_MAX: Duration = Duration::from_secs(5);

/// Each brings the file from the version of its position to the next.
const MIGRATIONS: &[&str] = &[
    "
    CREATE TABLE documents (
        row INTEGER PRIMARY KEY AUTOINCREMENT,
        owner INTEGER NOT NULL REFERENCES documents (row) ON DELETE CASCADE,
        kind TEXT NOT NULL,
        id TEXT NOT NULL,
        alias TEXT,
        change INTEGER NOT NULL,
        body TEXT NOT NULL,
        UNIQUE (owner, kind, id),
        UNIQUE (owner, kind, alias)
    ) STRICT;
    CREATE INDEX documents_in_order ON documents (owner, kind, row);

    CREATE TABLE blobs (
        digest BLOB NOT NULL PRIMARY KEY,
        bytes BLOB NOT NULL
    ) STRICT;
    CREATE TABLE blob_uses (
        row INTEGER NOT NULL REFERENCES documents (row) ON DELETE CASCADE,
        digest BLOB NOT NULL REFERENCES blobs (digest),
        PRIMARY KEY (row, digest)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX blob_uses_by_digest ON blob_uses (digest);
    CREATE TRIGGER blobs_without_use AFTER DELETE ON blob_uses
        WHEN NOT EXISTS (SELECT 1 FROM blob_uses WHERE digest = OLD.digest)
    BEGIN
        DELETE FROM blobs WHERE digest = OLD.digest;
    END;

    CREATE TABLE namespaces (
        name TEXT NOT NULL PRIMARY KEY,
        bytes INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE key_values (
        namespace TEXT NOT NULL REFERENCES namespaces (name) ON DELETE CASCADE,
        key TEXT NOT NULL,
        value BLOB NOT NULL,
        PRIMARY KEY (namespace, key)
    ) STRICT;

    CREATE TABLE last_change (number INTEGER NOT NULL) STRICT;
    INSERT INTO last_change VALUES (0);
    INSERT INTO documents VALUES (1, 1, 'account', '', NULL, 0, '{}');
",
    "
    CREATE TABLE usage (
        row INTEGER NOT NULL REFERENCES documents (row) ON DELETE CASCADE,
        day INTEGER NOT NULL,
        requests INTEGER NOT NULL,
        PRIMARY KEY (row, day)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX usage_by_day ON usage (day);
",
];

/// Opens the database to write, or makes it, and brings it to the newest version.
pub(crate) fn open(file: &Path) -> Result<Connection, StoreError> {
    data_directory::open(file)?;
    let mut connection = Connection::open(file)?;
    let is_new = check(&connection, file)?;
    configure(&connection)?;
    migrate(&mut connection, is_new)?;
    if is_new {
        data_directory::sync_parent(file)?;
    }
    Ok(connection)
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
    let known = version_known();
    if version > known {
        return Err(StoreError::Newer { file: file.to_owned(), found: version, known });
    }
    let verdict: String = connection
        .pragma_query_value(None, "quick_check", |row| row.get(0))
        .map_err(|error| damaged(error.to_string()))?;
    if verdict == "ok" { Ok(false) } else { Err(damaged(verdict)) }
}

fn configure(connection: &Connection) -> Result<(), StoreError> {
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", "ON")?;
    Ok(())
}

/// Each step is done whole, with its version.
fn migrate(connection: &mut Connection, is_new: bool) -> Result<(), StoreError> {
    if is_new {
        connection.pragma_update(None, "application_id", APPLICATION_ID)?;
    }
    let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let done = usize::try_from(version).unwrap_or_default();
    for (migration, version) in MIGRATIONS.iter().zip(1_i64..).skip(done) {
        let transaction = connection.transaction()?;
        transaction.execute_batch(migration)?;
        transaction.pragma_update(None, "user_version", version)?;
        transaction.commit()?;
    }
    Ok(())
}

fn version_known() -> i64 {
    i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX)
}
