//! `edgeway:plugin/key-value` for one function: which namespaces it may name.

use std::sync::Arc;

use model::Namespace;

use super::KeySpace;
use crate::bindings::edgeway::plugin::key_value::{Error, Host};
use crate::state::State;

/// The namespaces of one function, resolved once when it is loaded.
#[derive(Clone, Debug)]
pub(crate) struct Grants(Arc<[(Namespace, Arc<KeySpace>)]>);

impl Grants {
    pub(super) fn new(spaces: Vec<(Namespace, Arc<KeySpace>)>) -> Self {
        Self(spaces.into())
    }

    /// A linear search: a function has a handful.
    fn space(&self, namespace: &str) -> Result<&KeySpace, Error> {
        self.0
            .iter()
            .find(|(granted, _)| granted.as_str() == namespace)
            .map(|(_, space)| &**space)
            .ok_or(Error::AccessDenied)
    }
}

impl Host for State {
    fn get(&mut self, namespace: String, key: String) -> Result<Option<Vec<u8>>, Error> {
        self.key_values.space(&namespace)?.get(&key)
    }

    fn set(&mut self, namespace: String, key: String, value: Vec<u8>) -> Result<(), Error> {
        self.key_values.space(&namespace)?.set(key, value)
    }

    fn delete(&mut self, namespace: String, key: String) -> Result<bool, Error> {
        self.key_values.space(&namespace)?.delete(&key)
    }

    fn list_keys(
        &mut self,
        namespace: String,
        prefix: String,
        after: Option<String>,
        limit: u32,
    ) -> Result<Vec<String>, Error> {
        Ok(self.key_values.space(&namespace)?.list_keys(&prefix, after.as_deref(), limit))
    }

    fn compare_and_set(
        &mut self,
        namespace: String,
        key: String,
        expected: Option<Vec<u8>>,
        new: Option<Vec<u8>>,
    ) -> Result<bool, Error> {
        self.key_values.space(&namespace)?.compare_and_set(key, expected.as_deref(), new)
    }

    fn increment(&mut self, namespace: String, key: String, delta: i64) -> Result<i64, Error> {
        self.key_values.space(&namespace)?.increment(key, delta)
    }
}
