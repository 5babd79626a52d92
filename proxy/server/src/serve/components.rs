//! Components of the store, loaded.

use std::sync::Arc;

use anyhow::{Context as _, anyhow};
use model::Plugin;
use store::Store;
use wasm_host::Host;

use crate::live::Loaded;

/// Loads what the store has. Clones are the same.
#[derive(Clone)]
pub(crate) struct Components {
    pub(crate) store: Arc<Store>,
    pub(crate) host: Host,
}

impl Components {
    /// Loads a function with the component that it is to have.
    ///
    /// # Errors
    /// The component is not in the store, the store cannot be read, or the host refuses it.
    pub(crate) async fn load(&self, plugin: &Plugin) -> anyhow::Result<Arc<Loaded>> {
        let (store, digest) = (Arc::clone(&self.store), plugin.digest);
        let read = move || store.read(|transaction| transaction.blob(digest));
        let component = tokio::task::spawn_blocking(read).await??;
        let name = &plugin.function.name;
        let component = component.with_context(|| format!("the component of {name} is gone"))?;
        let loaded =
            self.host.load(&plugin.function, Arc::clone(&plugin.arn), component.into()).await;
        let loaded = loaded.map_err(|error| anyhow!("function {name} cannot be used: {error}"))?;
        Ok(Arc::new(Loaded {
            function: plugin.function.clone(),
            arn: Arc::clone(&plugin.arn),
            plugin: loaded,
        }))
    }
}
