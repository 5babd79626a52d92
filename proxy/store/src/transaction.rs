//! What can be done with documents, within one moment or one write.

use std::cell::Cell;
use std::ops::Deref;

use rusqlite::{Connection, OptionalExtension, Params, ffi, params};

use crate::sealed::{self, Written};
use crate::secrets_key::{Place, SecretsKey};
use crate::{Account, Document, Row, StoreError, Stored};

const COLUMNS: &str = "SELECT row, change, owner, id, body, sealed FROM documents";

/// One moment of the state.
pub struct ReadTransaction<'a> {
    pub(crate) connection: &'a Connection,
    /// None: secrets stay sealed.
    key: Option<&'a SecretsKey>,
}

/// One write: it sees what it did itself.
pub struct WriteTransaction<'a> {
    read: ReadTransaction<'a>,
    key: &'a SecretsKey,
    /// The number of this write's change.
    change: i64,
    is_changed: Cell<bool>,
}

impl<'a> ReadTransaction<'a> {
    pub(crate) fn new(connection: &'a Connection, key: Option<&'a SecretsKey>) -> Self {
        Self { connection, key }
    }

    /// The root of all documents.
    pub fn account(&self) -> Result<Stored<Account>, StoreError> {
        self.get(Account::row(), "")?.ok_or(StoreError::Abandoned)
    }

    /// The document of this id.
    pub fn get<D: Document>(
        &self,
        owner: Row<D::Owner>,
        id: &str,
    ) -> Result<Option<Stored<D>>, StoreError> {
        self.one("WHERE owner = ? AND kind = ? AND id = ?", params![owner.0, D::KIND, id])
    }

    /// The document of this second name.
    pub fn get_by_alias<D: Document>(
        &self,
        owner: Row<D::Owner>,
        alias: &str,
    ) -> Result<Option<Stored<D>>, StoreError> {
        self.one("WHERE owner = ? AND kind = ? AND alias = ?", params![owner.0, D::KIND, alias])
    }

    /// The document that has this secret as its second name ([`Document::SECRET_NAME`]). None is found where secrets stay
    /// sealed.
    pub fn get_by_secret<D: Document>(
        &self,
        owner: Row<D::Owner>,
        secret: &str,
    ) -> Result<Option<Stored<D>>, StoreError> {
        match self.key.filter(|_| D::SECRET_NAME.is_some()) {
            Some(key) => self.get_by_alias(owner, &key.name(D::KIND, secret)),
            None => Ok(None),
        }
    }

    /// All that an owner has of a kind, oldest first.
    pub fn list<D: Document>(&self, owner: Row<D::Owner>) -> Result<Vec<Stored<D>>, StoreError> {
        self.page(owner, 0, u32::MAX)
    }

    /// At most `count` of them, made after the one whose row has the number `after`.
    pub fn page<D: Document>(
        &self,
        owner: Row<D::Owner>,
        after: i64,
        count: u32,
    ) -> Result<Vec<Stored<D>>, StoreError> {
        let sql =
            format!("{COLUMNS} WHERE owner = ? AND kind = ? AND row > ? ORDER BY row LIMIT ?");
        let mut statement = self.connection.prepare_cached(&sql)?;
        let mut rows = statement.query(params![owner.0, D::KIND, after, count])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(self.stored(row)?);
        }
        Ok(found)
    }

    /// How many an owner has of a kind.
    pub fn count<D: Document>(&self, owner: Row<D::Owner>) -> Result<usize, StoreError> {
        let sql = "SELECT count(*) FROM documents WHERE owner = ? AND kind = ?";
        let mut statement = self.connection.prepare_cached(sql)?;
        let count: i64 = statement.query_row(params![owner.0, D::KIND], |row| row.get(0))?;
        Ok(usize::try_from(count).unwrap_or_default())
    }

    fn one<D: Document>(
        &self,
        condition: &str,
        params: impl Params,
    ) -> Result<Option<Stored<D>>, StoreError> {
        let mut statement = self.connection.prepare_cached(&format!("{COLUMNS} {condition}"))?;
        let found = statement.query_row(params, |row| Ok(self.stored(row))).optional()?;
        found.transpose()
    }

    fn stored<D: Document>(&self, row: &rusqlite::Row<'_>) -> Result<Stored<D>, StoreError> {
        let text = |column| row.get_ref(column)?.as_str().map_err(rusqlite::Error::from);
        let (id, body) = (text(3)?, text(4)?);
        let sealed = || row.get_ref(5)?.as_blob_or_null().map_err(rusqlite::Error::from);
        let document = match self.key {
            Some(key) if !D::SEALED.is_empty() => {
                let place = Place { owner: row.get(2)?, kind: D::KIND, id };
                sealed::read(key, place, body, sealed()?)?
            }
            _ => serde_json::from_str(body).map_err(|source| StoreError::document::<D>(source))?,
        };
        Ok(Stored { row: Row::new(row.get(0)?), change: row.get(1)?, document })
    }
}

impl<'a> WriteTransaction<'a> {
    pub(crate) fn new(connection: &'a Connection, key: &'a SecretsKey, change: i64) -> Self {
        let read = ReadTransaction::new(connection, Some(key));
        Self { read, key, change, is_changed: Cell::new(false) }
    }

    pub(crate) fn is_changed(&self) -> bool {
        self.is_changed.get()
    }

    pub(crate) fn mark_changed(&self) {
        self.is_changed.set(true);
    }

    /// Adds a document.
    ///
    /// # Errors
    /// [`StoreError::AlreadyExists`] if its id or its second name is taken.
    pub fn insert<D: Document>(
        &self,
        owner: Row<D::Owner>,
        document: &D,
    ) -> Result<Row<D>, StoreError> {
        self.mark_changed();
        let sql = "INSERT INTO documents (owner, kind, id, alias, change, body, sealed)
                   VALUES (?, ?, ?, ?, ?, ?, ?)";
        let mut statement = self.connection.prepare_cached(sql)?;
        let id = document.id();
        let Written { body, secrets, alias } = sealed::write(self.key, owner.0, document)?;
        let params = params![owner.0, D::KIND, id, alias, self.change, body, secrets];
        let row = statement.insert(params).map_err(taken)?;
        Ok(Row::new(row))
    }

    /// Replaces a document as it was read.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if it changed since, or is gone; [`StoreError::AlreadyExists`] if
    /// its new id or second name is taken.
    pub fn update<D: Document>(&self, stored: &Stored<D>) -> Result<(), StoreError> {
        self.mark_changed();
        let sql = "UPDATE documents SET id = ?, alias = ?, change = ?, body = ?, sealed = ?
                   WHERE row = ? AND change = ?";
        let mut statement = self.connection.prepare_cached(sql)?;
        let document = &stored.document;
        let id = document.id();
        let owner = self.owner(stored.row)?.ok_or(StoreError::Conflict)?;
        let Written { body, secrets, alias } = sealed::write(self.key, owner, document)?;
        let params = params![id, alias, self.change, body, secrets, stored.row.0, stored.change];
        match statement.execute(params).map_err(taken)? {
            0 => Err(StoreError::Conflict),
            _ => Ok(()),
        }
    }

    /// Removes a document with all that it owns.
    pub fn delete<D: Document>(&self, row: Row<D>) -> Result<(), StoreError> {
        self.mark_changed();
        let mut statement =
            self.connection.prepare_cached("DELETE FROM documents WHERE row = ? AND row != 1")?;
        statement.execute(params![row.0])?;
        Ok(())
    }

    /// The row that owns a document; none if that is gone.
    fn owner<D: Document>(&self, row: Row<D>) -> Result<Option<i64>, StoreError> {
        let sql = "SELECT owner FROM documents WHERE row = ?";
        let mut statement = self.connection.prepare_cached(sql)?;
        Ok(statement.query_row(params![row.0], |row| row.get(0)).optional()?)
    }
}

impl<'a> Deref for WriteTransaction<'a> {
    type Target = ReadTransaction<'a>;

    fn deref(&self) -> &Self::Target {
        &self.read
    }
}

fn taken(error: rusqlite::Error) -> StoreError {
    match error.sqlite_error() {
        Some(found) if found.extended_code == ffi::SQLITE_CONSTRAINT_UNIQUE => {
            StoreError::AlreadyExists
        }
        _ => error.into(),
    }
}
