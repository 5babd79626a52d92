//! The plugin host's port to key-value namespaces, implemented with the store: what a function was
//! told is written is on the disk.

use std::sync::Arc;

use model::Namespace;
use store::Store;
use tokio::sync::Semaphore;
use wasm_host::{KeyValueError, KeyValueFuture, KeyValues};

/// Operations at once, each on a thread that may wait for the disk: enough to fill what goes to the
/// disk together, few enough to leave threads to others.
const OPERATIONS_MAX: usize = 64;

/// Namespaces of the data directory.
pub(crate) struct StoredKeyValues {
    store: Arc<Store>,
    operations: Semaphore,
}

impl StoredKeyValues {
    pub(crate) fn new(store: Arc<Store>) -> Self {
        Self { store, operations: Semaphore::new(OPERATIONS_MAX) }
    }

    fn run<'a, T: Send + 'static>(
        &'a self,
        namespace: &'a Namespace,
        operation: impl FnOnce(store::KeyValues<'_>, &Namespace) -> Result<T, store::KeyValueError>
        + Send
        + 'static,
    ) -> KeyValueFuture<'a, T> {
        Box::pin(async move {
            let unavailable = |error: &dyn std::fmt::Display| {
                tracing::error!("a key-value operation failed: {error}");
                KeyValueError::Unavailable(error.to_string())
            };
            let _permit = self.operations.acquire().await.map_err(|error| unavailable(&error))?;
            let (store, namespace) = (Arc::clone(&self.store), namespace.clone());
            let run = move || operation(store.key_values(), &namespace);
            let done = tokio::task::spawn_blocking(run).await;
            done.map_err(|error| unavailable(&error))?.map_err(|error| match error {
                store::KeyValueError::InvalidKey => KeyValueError::InvalidKey,
                store::KeyValueError::NamespaceFull => KeyValueError::NamespaceFull,
                store::KeyValueError::NotAnInteger => KeyValueError::NotAnInteger,
                store::KeyValueError::Store(error) => unavailable(&error),
                store::KeyValueError::ValueTooLarge => KeyValueError::ValueTooLarge,
            })
        })
    }
}

impl KeyValues for StoredKeyValues {
    fn get<'a>(
        &'a self,
        namespace: &'a Namespace,
        key: String,
    ) -> KeyValueFuture<'a, Option<Vec<u8>>> {
        self.run(namespace, move |values, namespace| values.get(namespace, &key))
    }

    fn set<'a>(
        &'a self,
        namespace: &'a Namespace,
        key: String,
        value: Vec<u8>,
    ) -> KeyValueFuture<'a, ()> {
        self.run(namespace, move |values, namespace| values.set(namespace, &key, value))
    }

    fn delete<'a>(&'a self, namespace: &'a Namespace, key: String) -> KeyValueFuture<'a, bool> {
        self.run(namespace, move |values, namespace| values.delete(namespace, &key))
    }

    fn list_keys<'a>(
        &'a self,
        namespace: &'a Namespace,
        prefix: String,
        after: Option<String>,
        limit: u32,
    ) -> KeyValueFuture<'a, Vec<String>> {
        self.run(namespace, move |values, namespace| {
            values.list_keys(namespace, &prefix, after.as_deref(), limit)
        })
    }

    fn compare_and_set<'a>(
        &'a self,
        namespace: &'a Namespace,
        key: String,
        expected: Option<Vec<u8>>,
        new: Option<Vec<u8>>,
    ) -> KeyValueFuture<'a, bool> {
        self.run(namespace, move |values, namespace| {
            values.compare_and_set(namespace, &key, expected, new)
        })
    }

    fn increment<'a>(
        &'a self,
        namespace: &'a Namespace,
        key: String,
        delta: i64,
    ) -> KeyValueFuture<'a, i64> {
        self.run(namespace, move |values, namespace| values.increment(namespace, &key, delta))
    }
}
