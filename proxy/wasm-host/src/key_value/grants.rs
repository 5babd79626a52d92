//! `edgeway:plugin/key-value` for one function: which namespaces it may name.
//!
//! A store that fails is not the function's to answer for: its call traps.

use std::fmt;
use std::sync::Arc;

use model::Namespace;

use super::{KeyValueError, KeyValues};
use crate::bindings::edgeway::plugin::key_value::{Error, Host};
use crate::state::State;

/// The namespaces of one function.
#[derive(Clone)]
pub(crate) struct Grants {
    key_values: Arc<dyn KeyValues>,
    namespaces: Arc<[Namespace]>,
}

impl Grants {
    pub(crate) fn new(key_values: Arc<dyn KeyValues>, namespaces: &[Namespace]) -> Self {
        Self { key_values, namespaces: namespaces.into() }
    }

    /// A linear search: a function has a handful.
    fn granted(&self, name: &str) -> Option<(&dyn KeyValues, &Namespace)> {
        let namespace = self.namespaces.iter().find(|granted| granted.as_str() == name)?;
        Some((&*self.key_values, namespace))
    }
}

impl fmt::Debug for Grants {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Grants").field(&self.namespaces).finish()
    }
}

fn answer<T>(result: Result<T, KeyValueError>) -> wasmtime::Result<Result<T, Error>> {
    Ok(Err(match result {
        Ok(value) => return Ok(Ok(value)),
        Err(KeyValueError::InvalidKey) => Error::InvalidKey,
        Err(KeyValueError::NamespaceFull) => Error::NamespaceFull,
        Err(KeyValueError::NotAnInteger) => Error::NotAnInteger,
        Err(KeyValueError::ValueTooLarge) => Error::ValueTooLarge,
        Err(error @ KeyValueError::Unavailable(_)) => return Err(error.into()),
    }))
}

impl Host for State {
    async fn get(
        &mut self,
        namespace: String,
        key: String,
    ) -> wasmtime::Result<Result<Option<Vec<u8>>, Error>> {
        let Some((values, namespace)) = self.key_values.granted(&namespace) else {
            return Ok(Err(Error::AccessDenied));
        };
        answer(values.get(namespace, key).await)
    }

    async fn set(
        &mut self,
        namespace: String,
        key: String,
        value: Vec<u8>,
    ) -> wasmtime::Result<Result<(), Error>> {
        let Some((values, namespace)) = self.key_values.granted(&namespace) else {
            return Ok(Err(Error::AccessDenied));
        };
        answer(values.set(namespace, key, value).await)
    }

    async fn delete(
        &mut self,
        namespace: String,
        key: String,
    ) -> wasmtime::Result<Result<bool, Error>> {
        let Some((values, namespace)) = self.key_values.granted(&namespace) else {
            return Ok(Err(Error::AccessDenied));
        };
        answer(values.delete(namespace, key).await)
    }

    async fn list_keys(
        &mut self,
        namespace: String,
        prefix: String,
        after: Option<String>,
        limit: u32,
    ) -> wasmtime::Result<Result<Vec<String>, Error>> {
        let Some((values, namespace)) = self.key_values.granted(&namespace) else {
            return Ok(Err(Error::AccessDenied));
        };
        answer(values.list_keys(namespace, prefix, after, limit).await)
    }

    async fn compare_and_set(
        &mut self,
        namespace: String,
        key: String,
        expected: Option<Vec<u8>>,
        new: Option<Vec<u8>>,
    ) -> wasmtime::Result<Result<bool, Error>> {
        let Some((values, namespace)) = self.key_values.granted(&namespace) else {
            return Ok(Err(Error::AccessDenied));
        };
        answer(values.compare_and_set(namespace, key, expected, new).await)
    }

    async fn increment(
        &mut self,
        namespace: String,
        key: String,
        delta: i64,
    ) -> wasmtime::Result<Result<i64, Error>> {
        let Some((values, namespace)) = self.key_values.granted(&namespace) else {
            return Ok(Err(Error::AccessDenied));
        };
        answer(values.increment(namespace, key, delta).await)
    }
}
