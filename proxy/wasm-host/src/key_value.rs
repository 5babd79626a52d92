//! The key-value namespaces that instances share.
//!
//! In memory: values live as long as the [`crate::Host`], so they survive a reload of the plugins.
//! Bounds and semantics are those of `wit/host.wit`.

mod grants;
mod key_space;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use model::Namespace;

pub(crate) use grants::Grants;
use key_space::KeySpace;

/// Every namespace of one host.
#[derive(Debug, Default)]
pub(crate) struct KeyValues {
    spaces: Mutex<HashMap<Namespace, Arc<KeySpace>>>,
}

impl KeyValues {
    /// The namespaces of one function; new ones are empty.
    pub(crate) fn grant(&self, namespaces: &[Namespace]) -> Grants {
        let mut spaces = self.spaces.lock().unwrap_or_else(PoisonError::into_inner);
        Grants::new(
            namespaces
                .iter()
                .map(|namespace| {
                    (namespace.clone(), Arc::clone(spaces.entry(namespace.clone()).or_default()))
                })
                .collect(),
        )
    }
}
