//! What is in the file: its tables, version by version.
//!
//! Each step is done whole, with its version, so that one that is killed is done again from its beginning.

use rusqlite::{Connection, params};
use serde_json::Value;

use crate::secrets_key::{Place, SecretsKey};
use crate::{StoreError, digest, sealed};

/// A step from the version of its position to the next.
enum Step {
    Tables(&'static str),
    /// What was secret and in clear text is sealed.
    Seal,
    /// What was written over, and is still somewhere in the file or its log, is gone.
    Scrub,
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
    Step::Scrub,
];

/// The version that the step after is to scrub: one with another key goes back to it.
pub(crate) const SEALED_SINCE: i64 = 3;

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

/// Brings the file to the newest version.
pub(crate) fn migrate(connection: &mut Connection, key: &SecretsKey) -> Result<(), StoreError> {
    let done = usize::try_from(version(connection)?).unwrap_or_default();
    for (step, version) in STEPS.iter().zip(1_i64..).skip(done) {
        if matches!(step, Step::Scrub) {
            scrub(connection)?;
        }
        let transaction = connection.transaction()?;
        match step {
            Step::Tables(sql) => transaction.execute_batch(sql)?,
            Step::Seal => seal(&transaction, key)?,
            // No transaction can.
            Step::Scrub => {}
        }
        transaction.pragma_update(None, "user_version", version)?;
        transaction.commit()?;
    }
    Ok(())
}

/// The version of a file.
pub(crate) fn version(connection: &Connection) -> Result<i64, StoreError> {
    Ok(connection.pragma_query_value(None, "user_version", |row| row.get(0))?)
}

/// Whether pages that are free may hold what was sealed since, or was sealed with another key.
pub(crate) fn is_to_be_scrubbed(connection: &Connection) -> Result<bool, StoreError> {
    Ok(version(connection)? == SEALED_SINCE)
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
        let mut last = 0;
        loop {
            let page = in_clear_text(connection, kind, last)?;
            let Some(row) = page.last() else { break };
            last = row.row;
            for document in page {
                document.seal(connection, kind, pointers, key)?;
            }
        }
    }
    Ok(())
}

/// A document with secrets in clear text.
struct InClearText {
    row: i64,
    owner: i64,
    id: String,
    alias: Option<String>,
    body: String,
}

fn in_clear_text(
    connection: &Connection,
    kind: &str,
    after: i64,
) -> Result<Vec<InClearText>, StoreError> {
    let sql = "SELECT row, owner, id, alias, body FROM documents
               WHERE kind = ? AND row > ? ORDER BY row LIMIT ?";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map(params![kind, after, PAGE], |row| {
        Ok(InClearText {
            row: row.get(0)?,
            owner: row.get(1)?,
            id: row.get(2)?,
            alias: row.get(3)?,
            body: row.get(4)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

impl InClearText {
    fn seal(
        self,
        connection: &Connection,
        kind: &'static str,
        pointers: &[&str],
        key: &SecretsKey,
    ) -> Result<(), StoreError> {
        let Self { row, owner, id, alias, body } = self;
        let document = serde_json::from_str(&body);
        let mut document: Value =
            document.map_err(|source| StoreError::Document { kind, source })?;
        let secrets = sealed::seal(key, Place { owner, kind, id: &id }, &mut document, pointers)?;
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

/// Writes the file anew, without what was deleted, and empties its log.
fn scrub(connection: &Connection) -> Result<(), StoreError> {
    connection.execute_batch("VACUUM")?;
    let is_busy: bool =
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
    if is_busy { Err(StoreError::Locked) } else { Ok(()) }
}
