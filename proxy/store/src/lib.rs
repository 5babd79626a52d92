//! The durable state of the control plane: one SQLite file in the data directory.
//!
//! What is kept is a tree of typed [`Document`]s whose root is the account: an API is owned by the
//! account, a resource by its API, and what an owner owns goes with it. Beside the tree are
//! blobs, found by their digest, the [`KeyValues`] of functions, and the [`Usage`] of documents. What a document *means* is
//! not known here; see `control`. What of it is secret is sealed with a [`SecretsKey`], which is not kept here.
//!
//! Invariants:
//! - What [`Store::write`] returned is on the disk (`synchronous=FULL`), whole or not at all.
//! - A read sees one moment, and neither waits for a write nor makes one wait.
//! - One process has a data directory at a time; one that handed it over keeps reading, key-values and counting.

#![forbid(unsafe_code)]

mod backup;
mod blob;
mod data_directory;
mod document;
mod inspect;
mod key_value;
mod migration;
mod rotate;
mod schema;
mod sealed;
mod secrets_key;
mod store_error;
mod transaction;
mod usage;
mod writer;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, TransactionBehavior};

pub use backup::{Existing, backup, backup_sealed_by, restore};
pub use blob::digest;
pub use data_directory::DataDirectory;
pub use document::{Account, Document, Row, Stored};
pub use inspect::{inspect, sealed_by};
pub use key_value::{KeyValueError, KeyValues};
pub use rotate::rotate;
pub use secrets_key::{InvalidSecretsKey, SecretsKey, SecretsKeyId};
pub use store_error::StoreError;
pub use transaction::{ReadTransaction, WriteTransaction};
pub use usage::{DayRequests, Usage};

use writer::Writer;

/// Connections for reading that are kept open: more readers than that at once open their own.
const IDLE_READERS_MAX: usize = 8;

/// The state of one data directory, open.
pub struct Store {
    writer: Writer,
    idle_readers: Mutex<Vec<Connection>>,
    /// Written and read by the thread that writes.
    is_handed_over: Arc<AtomicBool>,
    key: Arc<SecretsKey>,
    // Last, so that the lock goes when nothing is open any more.
    directory: DataDirectory,
}

impl Store {
    /// Opens the state of a data directory, which is made if it is not there. What is secret in it is
    /// sealed with the key; where it is not yet, it is from now on.
    ///
    /// # Errors
    /// When its file is not ours, is damaged, is of a newer version, or has secrets that are sealed with
    /// another key: each by the name of the file.
    pub fn open(directory: DataDirectory, key: SecretsKey) -> Result<Arc<Self>, StoreError> {
        let connection = schema::open(&directory.database(), &key)?;
        let key = Arc::new(key);
        let writer = Writer::start(connection, Arc::clone(&key))?;
        let idle_readers = Mutex::new(Vec::new());
        let is_handed_over = Arc::default();
        Ok(Arc::new(Self { writer, idle_readers, is_handed_over, key, directory }))
    }

    /// Runs `read` on one moment of the state.
    ///
    /// # Errors
    /// What `read` returns, and that the file cannot be read.
    pub fn read<T, E: From<StoreError>>(
        &self,
        read: impl FnOnce(&ReadTransaction<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut connection = self.reader()?;
        let transaction = connection
            .transaction_with_behavior(TransactionBehavior::Deferred)
            .map_err(StoreError::from)?;
        let result = read(&ReadTransaction::new(&transaction, Some(&self.key)));
        drop(transaction);
        let mut idle = self.idle_readers.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < IDLE_READERS_MAX {
            idle.push(connection);
        }
        result
    }

    /// Runs `write` alone, and returns when what it did is on the disk. An error of `write` undoes
    /// what it did. Writes that wait at the same time are put on the disk together.
    ///
    /// # Errors
    /// What `write` returns, and that the file cannot be written.
    pub fn write<T, E>(
        &self,
        write: impl FnOnce(&WriteTransaction<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let is_handed_over = Arc::clone(&self.is_handed_over);
        // Where the writes are in order.
        self.writer.write(move |transaction| {
            if is_handed_over.load(Ordering::Relaxed) {
                return Err(StoreError::HandedOver.into());
            }
            write(transaction)
        })
    }

    /// The number of the last change; each write that changed a document or blob counts one.
    pub fn change(&self) -> u64 {
        self.writer.change()
    }

    /// Calls `listener` with the number of the last change after each write that made one. It is
    /// called on the thread that writes, so it must only pass the number on.
    pub fn on_change(&self, listener: impl Fn(u64) + Send + Sync + 'static) {
        self.writer.on_change(Box::new(listener));
    }

    /// Lets another process have the data directory, once what waits to be written is. From then on
    /// writes are refused with [`StoreError::HandedOver`]. Reads go on, and so do key-values: a
    /// function that is still called works to its end.
    ///
    /// # Errors
    /// That the lock cannot be given up.
    pub fn hand_over(&self) -> Result<(), StoreError> {
        let is_handed_over = Arc::clone(&self.is_handed_over);
        self.writer.write(move |_| {
            is_handed_over.store(true, Ordering::Relaxed);
            Ok::<_, StoreError>(())
        })?;
        self.directory.unlock()
    }

    /// The key-value namespaces of functions.
    pub fn key_values(&self) -> KeyValues<'_> {
        KeyValues::new(self)
    }

    /// What documents were used, day by day.
    pub fn usage(&self) -> Usage<'_> {
        Usage::new(self)
    }

    fn reader(&self) -> Result<Connection, StoreError> {
        let idle = self.idle_readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
        match idle {
            Some(connection) => Ok(connection),
            None => schema::open_to_read(&self.directory.database()),
        }
    }
}

#[cfg(test)]
mod tests;
