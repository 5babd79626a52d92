//! Namespaces in memory: values live as long as this, so they survive a reload of the plugins.

mod key_space;

use std::collections::HashMap;
use std::future::ready;
use std::sync::{Arc, Mutex, PoisonError};

use model::Namespace;

use super::{KeyValueFuture, KeyValues};
use key_space::KeySpace;

/// Every namespace of one process.
#[derive(Debug, Default)]
pub struct MemoryKeyValues {
    spaces: Mutex<HashMap<Namespace, Arc<KeySpace>>>,
}

impl MemoryKeyValues {
    /// A namespace; a new one is empty.
    fn space(&self, namespace: &Namespace) -> Arc<KeySpace> {
        let mut spaces = self.spaces.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(space) = spaces.get(namespace) {
            return Arc::clone(space);
        }
        Arc::clone(spaces.entry(namespace.clone()).or_default())
    }
}

impl KeyValues for MemoryKeyValues {
    fn get<'a>(
        &'a self,
        namespace: &'a Namespace,
        key: String,
    ) -> KeyValueFuture<'a, Option<Vec<u8>>> {
        Box::pin(ready(self.space(namespace).get(&key)))
    }

    fn set<'a>(
        &'a self,
        namespace: &'a Namespace,
        key: String,
        value: Vec<u8>,
    ) -> KeyValueFuture<'a, ()> {
        Box::pin(ready(self.space(namespace).set(key, value)))
    }

    fn delete<'a>(&'a self, namespace: &'a Namespace, key: String) -> KeyValueFuture<'a, bool> {
        Box::pin(ready(self.space(namespace).delete(&key)))
    }

    fn list_keys<'a>(
        &'a self,
        namespace: &'a Namespace,
        prefix: String,
        after: Option<String>,
        limit: u32,
    ) -> KeyValueFuture<'a, Vec<String>> {
        Box::pin(ready(Ok(self.space(namespace).list_keys(&prefix, after.as_deref(), limit))))
    }

    fn compare_and_set<'a>(
        &'a self,
        namespace: &'a Namespace,
        key: String,
        expected: Option<Vec<u8>>,
        new: Option<Vec<u8>>,
    ) -> KeyValueFuture<'a, bool> {
        Box::pin(ready(self.space(namespace).compare_and_set(key, expected.as_deref(), new)))
    }

    fn increment<'a>(
        &'a self,
        namespace: &'a Namespace,
        key: String,
        delta: i64,
    ) -> KeyValueFuture<'a, i64> {
        Box::pin(ready(self.space(namespace).increment(key, delta)))
    }
}
