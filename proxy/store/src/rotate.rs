//! Another key for the secrets of a data directory.

use rusqlite::{Connection, params};

use crate::data_directory::DataDirectory;
use crate::migration::{self, PAGE};
use crate::secrets_key::{Place, SecretsKey};
use crate::{StoreError, schema};

/// Seals all secrets of a data directory with another key, at once or not at all. What was sealed with
/// the key before is then gone from its file. One that is sealed with `to` already is left with it.
///
/// # Errors
/// When the secrets are sealed with neither key, or the file cannot be written.
pub fn rotate(
    directory: &DataDirectory,
    from: &SecretsKey,
    to: &SecretsKey,
) -> Result<(), StoreError> {
    let file = directory.database();
    let (connection, _) = schema::open_as_it_is(&file)?;
    let is_done = schema::sealed_by(&connection)? == Some(to.id());
    drop(connection);
    let mut connection = schema::open(&file, if is_done { to } else { from })?;
    if is_done {
        return Ok(());
    }
    let transaction = connection.transaction()?;
    seal_anew(&transaction, from, to)?;
    migration::set_key(&transaction, to)?;
    transaction.commit()?;
    migration::migrate(&mut connection, to)
}

fn seal_anew(
    connection: &Connection,
    from: &SecretsKey,
    to: &SecretsKey,
) -> Result<(), StoreError> {
    let seal = |row, Sealed { owner, kind, id, secrets }: Sealed| {
        let place = Place { owner, kind: &kind, id: &id };
        let opened = from.open(place, &secrets).map_err(|_| StoreError::sealed(place))?;
        let secrets = to.seal(place, opened).map_err(|_| StoreError::no_randomness())?;
        let sql = "UPDATE documents SET sealed = ? WHERE row = ?";
        connection.prepare_cached(sql)?.execute(params![secrets, row])?;
        Ok(())
    };
    migration::each_row(|after| sealed(connection, after), seal)
}

/// A document with secrets.
struct Sealed {
    owner: i64,
    kind: String,
    id: String,
    secrets: Vec<u8>,
}

fn sealed(connection: &Connection, after: i64) -> Result<Vec<(i64, Sealed)>, StoreError> {
    let sql = "SELECT row, owner, kind, id, sealed FROM documents
               WHERE sealed IS NOT NULL AND row > ? ORDER BY row LIMIT ?";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map(params![after, PAGE], |row| {
        let document =
            Sealed { owner: row.get(1)?, kind: row.get(2)?, id: row.get(3)?, secrets: row.get(4)? };
        Ok((row.get(0)?, document))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
