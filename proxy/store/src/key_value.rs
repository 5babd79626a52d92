//! The key-value namespaces of functions, durable.
//!
//! Bounds and semantics are those of `wit/host.wit`. Each operation is one transaction.

use model::Namespace;
use rusqlite::{OptionalExtension, params};

use crate::{ReadTransaction, Store, StoreError, WriteTransaction};

/// Longest key.
const KEY_BYTES_MAX: usize = 512;

/// Largest value.
const VALUE_BYTES_MAX: usize = 1024 * 1024;

/// All entries of one namespace.
const NAMESPACE_BYTES_MAX: i64 = 64 * 1024 * 1024;

/// What an entry counts for beside its bytes.
const ENTRY_BYTES: usize = 128;

/// Keys that one listing returns.
const LIST_KEYS_MAX: u32 = 1_000;

/// Why an operation on a namespace was refused.
#[derive(Debug, thiserror::Error)]
pub enum KeyValueError {
    /// A key has 1 to 512 bytes.
    #[error("a key has 1 to 512 bytes")]
    InvalidKey,
    /// The namespace holds as much as it may.
    #[error("the namespace is full")]
    NamespaceFull,
    /// The value is no decimal integer of 64 bits, or would leave that range.
    #[error("the value is not an integer of 64 bits")]
    NotAnInteger,
    /// The file failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A value has at most 1 MiB.
    #[error("a value has at most 1 MiB")]
    ValueTooLarge,
}

/// Every namespace.
#[derive(Clone, Copy)]
pub struct KeyValues<'a>(&'a Store);

impl<'a> KeyValues<'a> {
    pub(crate) fn new(store: &'a Store) -> Self {
        Self(store)
    }

    /// The value of a key.
    pub fn get(self, namespace: &Namespace, key: &str) -> Result<Option<Vec<u8>>, KeyValueError> {
        check_key(key)?;
        self.0.read(|transaction| Ok(value(transaction, namespace, key)?))
    }

    /// Writes a value, whatever was there.
    pub fn set(
        self,
        namespace: &Namespace,
        key: &str,
        value: Vec<u8>,
    ) -> Result<(), KeyValueError> {
        check_key(key)?;
        let (namespace, key) = (namespace.clone(), key.to_owned());
        self.0.writer.write(move |transaction| put(transaction, &namespace, &key, Some(&value)))
    }

    /// Removes a key; true if it was there.
    pub fn delete(self, namespace: &Namespace, key: &str) -> Result<bool, KeyValueError> {
        check_key(key)?;
        let (namespace, key) = (namespace.clone(), key.to_owned());
        self.0.writer.write(move |transaction| {
            let is_there = value(transaction, &namespace, &key)?.is_some();
            put(transaction, &namespace, &key, None)?;
            Ok(is_there)
        })
    }

    /// The keys that begin with `prefix` and come after `after`, in the order of their bytes.
    pub fn list_keys(
        self,
        namespace: &Namespace,
        prefix: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<String>, KeyValueError> {
        let keys = self.0.read(|transaction| {
            let sql = "SELECT key FROM key_values
                       WHERE namespace = ?1 AND key >= ?2 AND key > ?3
                       ORDER BY key LIMIT ?4";
            let mut statement = transaction.connection.prepare_cached(sql)?;
            // No key is empty, so that all come after the empty text.
            let after = after.unwrap_or_default();
            let limit = limit.min(LIST_KEYS_MAX);
            let params = params![namespace.as_str(), prefix, after, limit];
            let keys = statement.query_map(params, |row| row.get::<_, String>(0))?;
            Ok::<_, StoreError>(keys.collect::<Result<Vec<_>, _>>()?)
        })?;
        Ok(keys.into_iter().take_while(|key| key.starts_with(prefix)).collect())
    }

    /// Writes `new` (none: removes the key) if the value is `expected`; true if it did.
    pub fn compare_and_set(
        self,
        namespace: &Namespace,
        key: &str,
        expected: Option<Vec<u8>>,
        new: Option<Vec<u8>>,
    ) -> Result<bool, KeyValueError> {
        check_key(key)?;
        let (namespace, key) = (namespace.clone(), key.to_owned());
        self.0.writer.write(move |transaction| {
            let is_expected = value(transaction, &namespace, &key)? == expected;
            if is_expected {
                put(transaction, &namespace, &key, new.as_deref())?;
            }
            Ok(is_expected)
        })
    }

    /// Adds to the decimal integer of a key, 0 if there is none, and returns the sum.
    pub fn increment(
        self,
        namespace: &Namespace,
        key: &str,
        delta: i64,
    ) -> Result<i64, KeyValueError> {
        check_key(key)?;
        let (namespace, key) = (namespace.clone(), key.to_owned());
        self.0.writer.write(move |transaction| {
            let number = match value(transaction, &namespace, &key)? {
                Some(value) => decimal(&value).ok_or(KeyValueError::NotAnInteger)?,
                None => 0,
            };
            let sum = number.checked_add(delta).ok_or(KeyValueError::NotAnInteger)?;
            put(transaction, &namespace, &key, Some(sum.to_string().as_bytes()))?;
            Ok(sum)
        })
    }
}

fn check_key(key: &str) -> Result<(), KeyValueError> {
    let is_key = (1..=KEY_BYTES_MAX).contains(&key.len());
    if is_key { Ok(()) } else { Err(KeyValueError::InvalidKey) }
}

fn decimal(value: &[u8]) -> Option<i64> {
    std::str::from_utf8(value).ok()?.parse().ok()
}

fn value(
    transaction: &ReadTransaction<'_>,
    namespace: &Namespace,
    key: &str,
) -> Result<Option<Vec<u8>>, StoreError> {
    let sql = "SELECT value FROM key_values WHERE namespace = ? AND key = ?";
    let mut statement = transaction.connection.prepare_cached(sql)?;
    let read = statement.query_row(params![namespace.as_str(), key], |row| row.get(0));
    Ok(read.optional()?)
}

/// Writes or removes a value and keeps count of the namespace's bytes.
fn put(
    transaction: &WriteTransaction<'_>,
    namespace: &Namespace,
    key: &str,
    new: Option<&[u8]>,
) -> Result<(), KeyValueError> {
    if new.is_some_and(|new| new.len() > VALUE_BYTES_MAX) {
        return Err(KeyValueError::ValueTooLarge);
    }
    let name = namespace.as_str();
    let size =
        |value: &[u8]| i64::try_from(ENTRY_BYTES + key.len() + value.len()).unwrap_or(i64::MAX);
    let old = value(transaction, namespace, key)?;
    let grown = new.map_or(0, size) - old.as_deref().map_or(0, size);
    let execute = |sql: &str, params: &[&dyn rusqlite::ToSql]| {
        let mut statement = transaction.connection.prepare_cached(sql)?;
        statement.execute(params).map_err(StoreError::from)
    };
    execute("INSERT INTO namespaces VALUES (?, 0) ON CONFLICT DO NOTHING", &[&name])?;
    let grow = "UPDATE namespaces SET bytes = bytes + ?1 WHERE name = ?2 AND bytes + ?1 <= ?3";
    if execute(grow, &[&grown, &name, &NAMESPACE_BYTES_MAX])? == 0 {
        return Err(KeyValueError::NamespaceFull);
    }
    match new {
        Some(new) => execute("REPLACE INTO key_values VALUES (?, ?, ?)", &[&name, &key, &new])?,
        None => execute("DELETE FROM key_values WHERE namespace = ? AND key = ?", &[&name, &key])?,
    };
    Ok(())
}
