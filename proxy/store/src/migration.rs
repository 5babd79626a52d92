//! What is in the file: its tables, version by version.
//!
//! Each step is done whole, with its version, so that one that is killed is done again from its beginning. What was
//! written over, and is still somewhere in the file or its log, is not a matter of versions: a mark says that it is to
//! be scrubbed, and stays until it is.

use rusqlite::{Connection, params};
use serde_json::Value;

use crate::sealed::{SealedRow, Secrets};
use crate::secrets_key::{Place, SecretsKey};
use crate::{StoreError, digest};

/// A step from the version of its position to the next.
enum Step {
    Tables(&'static str),
    /// Secrets that documents are found by have names that need the key.
    Name,
    /// What was secret and in clear text is sealed.
    Seal,
}

const STEPS: &[Step] = &[
    Step::Tables(
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
    ),
    Step::Tables(
        "
    CREATE TABLE usage (
        row INTEGER NOT NULL REFERENCES documents (row) ON DELETE CASCADE,
        day INTEGER NOT NULL,
        requests INTEGER NOT NULL,
        PRIMARY KEY (row, day)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX usage_by_day ON usage (day);
",
    ),
    Step::Seal,
    // It scrubbed, when that had no mark.
    Step::Tables(""),
    Step::Tables(
        "ALTER TABLE secrets_key ADD COLUMN is_scrubbed INTEGER NOT NULL DEFAULT 0 CHECK (is_scrubbed IN (0, 1));",
    ),
    Step::Name,
];

/// The version in which secrets are sealed, and that since which a mark says what is to be scrubbed.
pub(crate) const SEALED_SINCE: i64 = 3;
const MARKED_SINCE: i64 = 5;

/// The oldest version that is read as it is.
pub(crate) const READABLE_SINCE: i64 = SEALED_SINCE;

/// What was secret in the versions before, as it was then: kinds, and JSON pointers to their members.
const IN_CLEAR_TEXT: &[(&str, &[&str])] = &[
    ("access-key", &["/secret"]),
    ("api-key", &["/value"]),
    ("client-certificate", &["/privateKey"]),
    ("domain-name", &["/serverCertificate"]),
    ("function-version", &["/configuration/environment", "/running/configuration/environment"]),
    ("sts-session", &["/secret", "/token"]),
];

/// Documents that are read at once, of those that are written over.
pub(crate) const PAGE: u32 = 1_000;

/// Brings the file to the newest version, scrubbed if it is to be.
pub(crate) fn migrate(connection: &mut Connection, key: &SecretsKey) -> Result<(), StoreError> {
    let done = usize::try_from(version(connection)?).unwrap_or_default();
    for (step, version) in STEPS.iter().zip(1_i64..).skip(done) {
        let transaction = connection.transaction()?;
        match step {
            Step::Name => name(&transaction, key)?,
            Step::Tables(sql) => transaction.execute_batch(sql)?,
            Step::Seal => seal(&transaction, key)?,
        }
        transaction.pragma_update(None, "user_version", version)?;
        transaction.commit()?;
    }
    if is_to_be_scrubbed(connection)? { scrub(connection) } else { Ok(()) }
}

/// The version of a file.
pub(crate) fn version(connection: &Connection) -> Result<i64, StoreError> {
    Ok(connection.pragma_query_value(None, "user_version", |row| row.get(0))?)
}

/// Whether pages that are free may hold what was sealed since, or was sealed with another key.
pub(crate) fn is_to_be_scrubbed(connection: &Connection) -> Result<bool, StoreError> {
    let version = version(connection)?;
    if version < MARKED_SINCE {
        return Ok(SEALED_SINCE <= version);
    }
    let sql = "SELECT is_scrubbed FROM secrets_key";
    Ok(!connection.query_row(sql, [], |row| row.get::<_, bool>(0))?)
}

/// Says that all secrets are sealed with this key, and that what was there before is to be scrubbed.
pub(crate) fn set_key(connection: &Connection, key: &SecretsKey) -> Result<(), StoreError> {
    let sql = "UPDATE secrets_key SET id = ?, is_scrubbed = 0";
    connection.execute(sql, [key.id().as_bytes()])?;
    Ok(())
}

pub(crate) fn version_known() -> i64 {
    i64::try_from(STEPS.len()).unwrap_or(i64::MAX)
}

fn seal(connection: &Connection, key: &SecretsKey) -> Result<(), StoreError> {
    connection.execute_batch(
        "ALTER TABLE documents ADD COLUMN sealed BLOB;
         CREATE TABLE secrets_key (id BLOB NOT NULL) STRICT;",
    )?;
    connection.execute("INSERT INTO secrets_key VALUES (?)", [key.id().as_bytes()])?;
    for (kind, pointers) in IN_CLEAR_TEXT {
        each_row(
            |after| in_clear_text(connection, kind, after),
            |row, document| document.seal(connection, row, kind, (pointers, key)),
        )?;
    }
    Ok(())
}

/// What had the digest of a secret as its second name, as it was then: a kind, and the position of the secret. Who has the
/// file could try which secrets have these digests, so that they are to be scrubbed.
const BY_DIGEST: (&str, usize) = ("api-key", 0);

fn name(connection: &Connection, key: &SecretsKey) -> Result<(), StoreError> {
    let (kind, position) = BY_DIGEST;
    each_row(
        |after| SealedRow::page(connection, after),
        |row, sealed| {
            if sealed.kind != kind {
                return Ok(());
            }
            let secrets = Secrets::open(key, sealed.place(), &sealed.secrets)?;
            let sql = "UPDATE documents SET alias = ? WHERE row = ?";
            let mut statement = connection.prepare_cached(sql)?;
            statement.execute(params![secrets.name(key, kind, position), row])?;
            Ok(())
        },
    )?;
    connection.execute("UPDATE secrets_key SET is_scrubbed = 0", [])?;
    Ok(())
}

/// Changes rows in their order, of which there is a page at once: `page` reads those after a row.
pub(crate) fn each_row<T>(
    page: impl Fn(i64) -> Result<Vec<(i64, T)>, StoreError>,
    change: impl Fn(i64, T) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let mut after = 0;
    loop {
        let rows = page(after)?;
        let Some((last, _)) = rows.last() else { return Ok(()) };
        after = *last;
        for (row, value) in rows {
            change(row, value)?;
        }
    }
}

/// A document with secrets in clear text.
struct InClearText {
    owner: i64,
    id: String,
    alias: Option<String>,
    body: String,
}

fn in_clear_text(
    connection: &Connection,
    kind: &str,
    after: i64,
) -> Result<Vec<(i64, InClearText)>, StoreError> {
    let sql = "SELECT row, owner, id, alias, body FROM documents
               WHERE kind = ? AND row > ? ORDER BY row LIMIT ?";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map(params![kind, after, PAGE], |row| {
        let document = InClearText {
            owner: row.get(1)?,
            id: row.get(2)?,
            alias: row.get(3)?,
            body: row.get(4)?,
        };
        Ok((row.get(0)?, document))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

impl InClearText {
    fn seal(
        self,
        connection: &Connection,
        row: i64,
        kind: &'static str,
        (pointers, key): (&[&str], &SecretsKey),
    ) -> Result<(), StoreError> {
        let Self { owner, id, alias, body } = self;
        let document = serde_json::from_str(&body);
        let mut document: Value =
            document.map_err(|source| StoreError::Document { kind, source })?;
        let secrets = Secrets::take(&mut document, pointers);
        let secrets = secrets.seal(key, Place { owner, kind, id: &id })?;
        // The second name of an API key was its value.
        let alias = match alias {
            Some(value) if kind == "api-key" => Some(digest(value.as_bytes()).to_string()),
            alias => alias,
        };
        let sql = "UPDATE documents SET alias = ?, body = ?, sealed = ? WHERE row = ?";
        let mut statement = connection.prepare_cached(sql)?;
        statement.execute(params![alias, document.to_string(), secrets, row])?;
        Ok(())
    }
}

/// Writes the file anew, without what was deleted, and empties its log. No transaction can.
pub(crate) fn scrub(connection: &Connection) -> Result<(), StoreError> {
    connection.execute_batch("VACUUM")?;
    let is_busy: bool =
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
    if is_busy {
        return Err(StoreError::Locked);
    }
    if MARKED_SINCE <= version(connection)? {
        connection.execute("UPDATE secrets_key SET is_scrubbed = 1", [])?;
    }
    Ok(())
}
