//! What it takes to make one more instance of a plugin, with all that can be done once done.

use model::Interface;
use wasmtime::component::InstancePre;

use crate::deadline::Deadline;
use crate::fault;
use crate::instance::Instance;
use crate::kind::Indices;
use crate::load_error::LoadError;
use crate::state::{State, StateTemplate};

/// A linked component whose exports have been found.
pub(crate) struct Blueprint {
    pub(crate) component: InstancePre<State>,
    pub(crate) indices: Indices,
    pub(crate) template: StateTemplate,
}

impl Blueprint {
    /// A fresh instance, and what it asks to be given.
    pub(crate) async fn instantiate(
        &self,
        deadline: Deadline,
    ) -> Result<(Instance, Interface), LoadError> {
        let mut store = self.template.store(self.component.engine(), deadline);
        let started = deadline.bound(self.component.instantiate_async(&mut store)).await;
        let instance = started.map_err(|stopped| {
            LoadError::Start(fault::call_fault(stopped, store.data(), deadline))
        })?;
        let guests = self.indices.load(&mut store, &instance)?;
        let mut instance = Instance { store, guests, calls: 0 };
        let interface = instance.interface(deadline).await.map_err(LoadError::Start)?;
        Ok((instance, interface))
    }
}

#[cfg(test)]
mod tests;
