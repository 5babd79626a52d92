//! One namespace: keys in order, values, and how many bytes they take.
//!
//! Each operation holds the lock from begin to end, so each is atomic. None of them waits.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::key_value::KeyValueError as Error;

/// Longest key (`wit/host.wit`).
const KEY_BYTES_MAX: usize = 512;

/// Largest value (`wit/host.wit`).
const VALUE_BYTES_MAX: usize = 1024 * 1024;

/// All entries of one namespace (`wit/host.wit`).
const NAMESPACE_BYTES_MAX: usize = 64 * 1024 * 1024;

/// What an entry counts for beside its bytes (`wit/host.wit`): its place in the map, and what the
/// allocator rounds up.
const ENTRY_BYTES: usize = 128;

/// Keys that one call of `list-keys` returns (`wit/host.wit`).
const LIST_KEYS_MAX: u32 = 1_000;

/// One namespace.
#[derive(Debug, Default)]
pub(crate) struct KeySpace(Mutex<Entries>);

#[derive(Debug, Default)]
struct Entries {
    values: BTreeMap<String, Vec<u8>>,
    /// Of all entries.
    bytes: usize,
}

impl KeySpace {
    pub(crate) fn get(&self, key: &str) -> Result<Option<Vec<u8>>, Error> {
        check_key(key)?;
        Ok(self.entries().values.get(key).cloned())
    }

    pub(crate) fn set(&self, key: String, value: Vec<u8>) -> Result<(), Error> {
        check_key(&key)?;
        self.entries().insert(key, value)
    }

    pub(crate) fn delete(&self, key: &str) -> Result<bool, Error> {
        check_key(key)?;
        Ok(self.entries().remove(key))
    }

    pub(crate) fn list_keys(&self, prefix: &str, after: Option<&str>, limit: u32) -> Vec<String> {
        let begin = match after {
            Some(after) if after >= prefix => Bound::Excluded(after),
            _ => Bound::Included(prefix),
        };
        let limit = usize::try_from(limit.min(LIST_KEYS_MAX)).unwrap_or(usize::MAX);
        self.entries()
            .values
            .range::<str, _>((begin, Bound::Unbounded))
            .map(|(key, _)| key)
            .take_while(|key| key.starts_with(prefix))
            .take(limit)
            .cloned()
            .collect()
    }

    pub(crate) fn compare_and_set(
        &self,
        key: String,
        expected: Option<&[u8]>,
        new: Option<Vec<u8>>,
    ) -> Result<bool, Error> {
        check_key(&key)?;
        let mut entries = self.entries();
        if entries.values.get(&key).map(Vec::as_slice) != expected {
            return Ok(false);
        }
        match new {
            Some(value) => entries.insert(key, value)?,
            None => {
                entries.remove(&key);
            }
        }
        Ok(true)
    }

    pub(crate) fn increment(&self, key: String, delta: i64) -> Result<i64, Error> {
        check_key(&key)?;
        let mut entries = self.entries();
        let value = match entries.values.get(&key) {
            Some(value) => decimal(value).ok_or(Error::NotAnInteger)?,
            None => 0,
        };
        let sum = value.checked_add(delta).ok_or(Error::NotAnInteger)?;
        entries.insert(key, sum.to_string().into_bytes())?;
        Ok(sum)
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entries {
    fn insert(&mut self, key: String, value: Vec<u8>) -> Result<(), Error> {
        if value.len() > VALUE_BYTES_MAX {
            return Err(Error::ValueTooLarge);
        }
        let replaced = self.values.get(&key).map_or(0, |old| entry_bytes(&key, old));
        let bytes = self.bytes - replaced + entry_bytes(&key, &value);
        if bytes > NAMESPACE_BYTES_MAX {
            return Err(Error::NamespaceFull);
        }
        self.bytes = bytes;
        self.values.insert(key, value);
        Ok(())
    }

    fn remove(&mut self, key: &str) -> bool {
        let removed = self.values.remove(key);
        self.bytes -= removed.as_ref().map_or(0, |value| entry_bytes(key, value));
        removed.is_some()
    }
}

fn entry_bytes(key: &str, value: &[u8]) -> usize {
    ENTRY_BYTES + key.len() + value.len()
}

fn check_key(key: &str) -> Result<(), Error> {
    if (1..=KEY_BYTES_MAX).contains(&key.len()) { Ok(()) } else { Err(Error::InvalidKey) }
}

fn decimal(value: &[u8]) -> Option<i64> {
    std::str::from_utf8(value).ok()?.parse().ok()
}

#[cfg(test)]
mod tests;
