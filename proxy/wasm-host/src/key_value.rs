//! The key-value namespaces that instances share: the port to where they are kept, and which of them
//! a function may name.
//!
//! Bounds and semantics are those of `wit/host.wit`.

mod grants;
mod memory;

use std::future::Future;
use std::pin::Pin;

use model::Namespace;

pub(crate) use grants::Grants;
pub use memory::MemoryKeyValues;

/// What an operation comes to, once it did.
pub type KeyValueFuture<'a, T> =
    Pin<Box<dyn Future<Output = Result<T, KeyValueError>> + Send + 'a>>;

/// Every namespace. Each operation is atomic, and is done when its future ends; one that is dropped
/// may still be done.
pub trait KeyValues: Send + Sync {
    /// The value of a key.
    fn get<'a>(
        &'a self,
        namespace: &'a Namespace,
        key: String,
    ) -> KeyValueFuture<'a, Option<Vec<u8>>>;

    /// Writes a value, whatever was there.
    fn set<'a>(
        &'a self,
        namespace: &'a Namespace,
        key: String,
        value: Vec<u8>,
    ) -> KeyValueFuture<'a, ()>;

    /// Removes a key; true if it was there.
    fn delete<'a>(&'a self, namespace: &'a Namespace, key: String) -> KeyValueFuture<'a, bool>;

    /// The keys that begin with `prefix` and come after `after`, in the order of their bytes.
    fn list_keys<'a>(
        &'a self,
        namespace: &'a Namespace,
        prefix: String,
        after: Option<String>,
        limit: u32,
    ) -> KeyValueFuture<'a, Vec<String>>;

    /// Writes `new` (none: removes the key) if the value is `expected`; true if it did.
    fn compare_and_set<'a>(
        &'a self,
        namespace: &'a Namespace,
        key: String,
        expected: Option<Vec<u8>>,
        new: Option<Vec<u8>>,
    ) -> KeyValueFuture<'a, bool>;

    /// Adds to the decimal integer of a key, 0 if there is none, and returns the sum.
    fn increment<'a>(
        &'a self,
        namespace: &'a Namespace,
        key: String,
        delta: i64,
    ) -> KeyValueFuture<'a, i64>;
}

/// Why an operation on a namespace was not done.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
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
    /// Where the values are kept fails: nothing that the function could answer for.
    #[error("the key-value store cannot be used: {0}")]
    Unavailable(String),
    /// A value has at most 1 MiB.
    #[error("a value has at most 1 MiB")]
    ValueTooLarge,
}
