//! A store in a folder of its own, and two kinds of documents.

use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tempfile::TempDir;

use crate::{Account, DataDirectory, Document, ReadTransaction, SecretsKey, Store, StoreError};

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub(super) struct Shelf {
    pub(super) id: String,
    pub(super) label: Option<String>,
}

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub(super) struct Book {
    pub(super) id: String,
}

impl Document for Shelf {
    type Owner = Account;
    const KIND: &'static str = "shelf";

    fn id(&self) -> &str {
        &self.id
    }

    fn alias(&self) -> Option<String> {
        self.label.clone()
    }
}

impl Document for Book {
    type Owner = Shelf;
    const KIND: &'static str = "book";

    fn id(&self) -> &str {
        &self.id
    }
}

pub(super) fn shelf(id: &str) -> Shelf {
    Shelf { id: id.to_owned(), label: None }
}

pub(super) fn book(id: &str) -> Book {
    Book { id: id.to_owned() }
}

pub(super) fn store() -> (TempDir, Arc<Store>) {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).unwrap();
    (folder, store)
}

pub(super) fn open(folder: &Path) -> Result<Arc<Store>, StoreError> {
    Store::open(DataDirectory::lock(folder)?, key(1))
}

/// One of many keys.
pub(super) fn key(number: u8) -> SecretsKey {
    SecretsKey::new(&[number; 32])
}

/// Adds a shelf with a book.
pub(super) fn fill(store: &Store, id: &str) {
    let id = id.to_owned();
    store
        .write(move |transaction| {
            let row = transaction.insert(Account::row(), &shelf(&id))?;
            transaction.insert(row, &book(&id))?;
            Ok::<_, StoreError>(())
        })
        .unwrap();
}

/// The ids of all shelves, oldest first.
pub(super) fn shelves(store: &Store) -> Vec<String> {
    store.read(shelves_of).unwrap()
}

pub(super) fn shelves_of(transaction: &ReadTransaction<'_>) -> Result<Vec<String>, StoreError> {
    let found = transaction.list::<Shelf>(Account::row())?;
    Ok(found.into_iter().map(|stored| stored.document.id).collect())
}
