//! Values that outlive a call and that all instances share: the only state that they do share.
//!
//! A function reaches the namespaces in `keyValueNamespaces` of its settings. Each operation is
//! atomic; [`Namespace::update`] builds larger ones from compare-and-set.
//!
//! ```
//! use edgeway_plugin_sdk::key_value::{KeyValueError, Namespace};
//!
//! let visits = Namespace::open("visits");
//! visits.set_json("last", &"10.0.0.1")?;
//! let count = visits.increment("count", 1)?;
//! visits.update("recent", |recent: Option<Vec<i64>>| {
//!     let mut recent = recent.unwrap_or_default();
//!     recent.push(count);
//!     Ok::<_, KeyValueError>(Some(recent))
//! })?;
//! # Ok::<_, KeyValueError>(())
//! ```

#[cfg(not(target_arch = "wasm32"))]
mod memory;

use serde::Serialize;
use serde::de::DeserializeOwned;

#[cfg(target_arch = "wasm32")]
use crate::bindings::host::edgeway::plugin::key_value as host;
use crate::bindings::host::edgeway::plugin::key_value::Error as HostError;
#[cfg(not(target_arch = "wasm32"))]
use memory as host;

/// How often [`Namespace::update`] tries: with so many writers of one key at once, another design
/// is needed, and a call must end.
const UPDATE_ATTEMPTS_MAX: u32 = 100;

/// Some keys and values, under a name. Opening one asks nothing of the gateway.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Namespace<'a> {
    name: &'a str,
}

/// Why an operation failed.
#[derive(Debug, thiserror::Error)]
pub enum KeyValueError {
    /// This function was not granted this namespace.
    #[error(
        "key-value namespace {namespace:?} is not granted; add it to `keyValueNamespaces` of the function's settings"
    )]
    AccessDenied {
        /// The namespace's name.
        namespace: String,
    },
    /// Others changed the value each time that this call was about to.
    #[error("key {key:?} changed during each of {UPDATE_ATTEMPTS_MAX} attempts to update it")]
    Contended {
        /// The key.
        key: String,
    },
    /// A key has 1 to 512 bytes.
    #[error("a key must have 1 to 512 bytes, got {bytes}")]
    InvalidKey {
        /// How long the key is.
        bytes: usize,
    },
    /// The value is not the JSON that it was read as.
    #[error("cannot read or write the value of key {key:?} as JSON")]
    Json {
        /// The key.
        key: String,
        /// What serde says.
        source: serde_json::Error,
    },
    /// The namespace holds as much as it may.
    #[error("key-value namespace {namespace:?} is full (64 MiB of keys and values)")]
    NamespaceFull {
        /// The namespace's name.
        namespace: String,
    },
    /// `increment` met something else than a decimal integer of 64 bits, or would leave that range.
    #[error("the value of key {key:?} is not an integer of 64 bits, or would leave that range")]
    NotAnInteger {
        /// The key.
        key: String,
    },
    /// A value has at most 1 MiB.
    #[error("the value of key {key:?} would have more than 1 MiB")]
    ValueTooLarge {
        /// The key.
        key: String,
    },
}

impl<'a> Namespace<'a> {
    /// The namespace called `name`.
    pub const fn open(name: &'a str) -> Self {
        Self { name }
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Result<Option<Vec<u8>>, KeyValueError> {
        host::get(self.name, key).map_err(|error| self.error(key, error))
    }

    /// The value of a key, read as JSON.
    pub fn get_json<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>, KeyValueError> {
        self.get(key)?.map(|value| from_json(key, &value)).transpose()
    }

    /// Writes a value, whatever was there.
    pub fn set(&self, key: &str, value: &[u8]) -> Result<(), KeyValueError> {
        host::set(self.name, key, value).map_err(|error| self.error(key, error))
    }

    /// Writes a value as JSON, whatever was there.
    pub fn set_json<T: Serialize + ?Sized>(
        &self,
        key: &str,
        value: &T,
    ) -> Result<(), KeyValueError> {
        self.set(key, &to_json(key, value)?)
    }

    /// Removes a key; true if it was there.
    pub fn delete(&self, key: &str) -> Result<bool, KeyValueError> {
        host::delete(self.name, key).map_err(|error| self.error(key, error))
    }

    /// The keys that begin with `prefix` and come after `after`, in order, at most `limit` and at
    /// most 1,000. For the next page, pass the last key as `after`.
    pub fn list_keys(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<String>, KeyValueError> {
        host::list_keys(self.name, prefix, after, limit).map_err(|error| self.error(prefix, error))
    }

    /// Writes `new` (none: removes the key) if the value is `expected` (none: if there is no such
    /// key); true if it did.
    pub fn compare_and_set(
        &self,
        key: &str,
        expected: Option<&[u8]>,
        new: Option<&[u8]>,
    ) -> Result<bool, KeyValueError> {
        host::compare_and_set(self.name, key, expected, new).map_err(|error| self.error(key, error))
    }

    /// Adds `delta` to the integer at `key` (0 if there is none) and returns the sum.
    pub fn increment(&self, key: &str, delta: i64) -> Result<i64, KeyValueError> {
        host::increment(self.name, key, delta).map_err(|error| self.error(key, error))
    }

    /// Changes a JSON value atomically: `change` turns the value there is into the one to be (none:
    /// no such key), and is called again if the value was changed meanwhile. Returns the new value.
    pub fn update<T, E>(
        &self,
        key: &str,
        mut change: impl FnMut(Option<T>) -> Result<Option<T>, E>,
    ) -> Result<Option<T>, E>
    where
        T: DeserializeOwned + Serialize,
        E: From<KeyValueError>,
    {
        for _ in 0..UPDATE_ATTEMPTS_MAX {
            let old = self.get(key)?;
            let new = change(old.as_deref().map(|value| from_json(key, value)).transpose()?)?;
            let bytes = new.as_ref().map(|value| to_json(key, value)).transpose()?;
            if self.compare_and_set(key, old.as_deref(), bytes.as_deref())? {
                return Ok(new);
            }
        }
        Err(KeyValueError::Contended { key: key.to_owned() }.into())
    }

    fn error(&self, key: &str, error: HostError) -> KeyValueError {
        let namespace = || self.name.to_owned();
        let key = || key.to_owned();
        match error {
            HostError::AccessDenied => KeyValueError::AccessDenied { namespace: namespace() },
            HostError::InvalidKey => KeyValueError::InvalidKey { bytes: key().len() },
            HostError::NamespaceFull => KeyValueError::NamespaceFull { namespace: namespace() },
            HostError::NotAnInteger => KeyValueError::NotAnInteger { key: key() },
            HostError::ValueTooLarge => KeyValueError::ValueTooLarge { key: key() },
        }
    }
}

fn from_json<T: DeserializeOwned>(key: &str, value: &[u8]) -> Result<T, KeyValueError> {
    serde_json::from_slice(value)
        .map_err(|source| KeyValueError::Json { key: key.to_owned(), source })
}

fn to_json<T: Serialize + ?Sized>(key: &str, value: &T) -> Result<Vec<u8>, KeyValueError> {
    serde_json::to_vec(value).map_err(|source| KeyValueError::Json { key: key.to_owned(), source })
}

#[cfg(test)]
mod tests;
