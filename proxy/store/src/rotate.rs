//! Another key for the secrets of a data directory.

use rusqlite::{Connection, params};

use crate::data_directory::DataDirectory;
use crate::migration;
use crate::sealed::{SealedRow, Secrets};
use crate::secrets_key::SecretsKey;
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
    let seal = |row, mut sealed: SealedRow| {
        let alias = sealed.alias.take();
        let place = sealed.place();
        let secrets = Secrets::open(from, place, &sealed.secrets)?;
        let alias = alias.map(|alias| secrets.renamed(alias, place.kind, [from, to]));
        let sql = "UPDATE documents SET alias = ?, sealed = ? WHERE row = ?";
        let mut statement = connection.prepare_cached(sql)?;
        statement.execute(params![alias, secrets.seal(to, place)?, row])?;
        Ok(())
    };
    migration::each_row(|after| SealedRow::page(connection, after), seal)
}
