//! What can be done with documents, within one moment or one write.

use std::cell::Cell;
use std::ops::Deref;

use rusqlite::{Connection, OptionalExtension, Params, ffi, params};

use crate::{Account, Document, Row, StoreError, Stored};

const COLUMNS: &str = "SELECT row, change, body FROM documents";

/// One moment of the state.
pub struct ReadTransaction<'a> {
    pub(crate) connection: &'a Connection,
}

/// One write: it sees what it did itself.
pub struct WriteTransaction<'a> {
    read: ReadTransaction<'a>,
    /// The number of this write's change.
    change: i64,
    is_changed: Cell<bool>,
}

impl<'a> ReadTransaction<'a> {
    pub(crate) fn new(connection: &'a Connection) -> Self {
        Self { connection }
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
            found.push(stored(row)?);
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
        let found = statement.query_row(params, |row| Ok(stored(row))).optional()?;
        found.transpose()
    }
}

impl<'a> WriteTransaction<'a> {
    pub(crate) fn new(connection: &'a Connection, change: i64) -> Self {
        Self { read: ReadTransaction::new(connection), change, is_changed: Cell::new(false) }
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
        let sql = "INSERT INTO documents (owner, kind, id, alias, change, body)
                   VALUES (?, ?, ?, ?, ?, ?)";
        let mut statement = self.connection.prepare_cached(sql)?;
        let (id, alias, body) = (document.id(), document.alias(), body(document)?);
        let params = params![owner.0, D::KIND, id, alias, self.change, body];
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
        let sql = "UPDATE documents SET id = ?, alias = ?, change = ?, body = ?
                   WHERE row = ? AND change = ?";
        let mut statement = self.connection.prepare_cached(sql)?;
        let document = &stored.document;
        let (id, alias, body) = (document.id(), document.alias(), body(document)?);
        let params = params![id, alias, self.change, body, stored.row.0, stored.change];
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
}

impl<'a> Deref for WriteTransaction<'a> {
    type Target = ReadTransaction<'a>;

    fn deref(&self) -> &Self::Target {
        &self.read
    }
}

fn stored<D: Document>(row: &rusqlite::Row<'_>) -> Result<Stored<D>, StoreError> {
    let body = row.get_ref(2)?.as_str().map_err(rusqlite::Error::from)?;
    let document = serde_json::from_str(body)
        .map_err(|source| StoreError::Document { kind: D::KIND, source })?;
    Ok(Stored { row: Row::new(row.get(0)?), change: row.get(1)?, document })
}

fn body<D: Document>(document: &D) -> Result<String, StoreError> {
    serde_json::to_string(document).map_err(|source| StoreError::Document { kind: D::KIND, source })
}

fn taken(error: rusqlite::Error) -> StoreError {
    match error.sqlite_error() {
        Some(found) if found.extended_code == ffi::SQLITE_CONSTRAINT_UNIQUE => {
            StoreError::AlreadyExists
        }
        _ => error.into(),
    }
}
