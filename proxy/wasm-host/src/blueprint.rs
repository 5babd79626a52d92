//! What it takes to make one more instance of a plugin, with all that can be done once done.

use std::pin::pin;
use std::sync::Arc;

use model::{CallFault, Interface};
use wasmtime::component::InstancePre;

use crate::cpu_meter::CpuMeter;
use crate::deadline::Deadline;
use crate::fault;
use crate::idle_registry::IdleRegistry;
use crate::instance::Instance;
use crate::kind::Indices;
use crate::load_error::LoadError;
use crate::long_runs::Turn;
use crate::state::{State, StateTemplate};

/// A linked component whose exports have been found.
pub(crate) struct Blueprint {
    pub(crate) component: InstancePre<State>,
    pub(crate) indices: Indices,
    pub(crate) template: StateTemplate,
    /// What may be dropped to make room.
    pub(crate) registry: Arc<IdleRegistry>,
}

/// What becomes of a fresh instance when all places for instances are taken.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Room {
    /// There is none: what is only wished for takes nothing from the traffic of others.
    AsItIs,
    /// Idle instances of every plugin make room.
    MadeByEviction,
}

impl Blueprint {
    /// A fresh instance, and what it asks to be given.
    pub(crate) async fn instantiate(
        &self,
        deadline: Deadline,
        room: Room,
    ) -> Result<(Instance, Interface), LoadError> {
        match (self.try_instantiate(deadline).await, room) {
            // The engine's pool is full, maybe of instances that wait for other plugins' calls.
            (Err(LoadError::Start(CallFault::NoInstance(_))), Room::MadeByEviction) => {
                self.registry.clear();
                self.try_instantiate(deadline).await
            }
            (instantiated, _) => instantiated,
        }
    }

    async fn try_instantiate(
        &self,
        deadline: Deadline,
    ) -> Result<(Instance, Interface), LoadError> {
        let turn = Turn::new(Arc::clone(&self.template.long_runs));
        let meter = Arc::new(CpuMeter::start(turn));
        let mut store = self.template.store(self.component.engine(), Arc::clone(&meter), deadline);
        let started =
            deadline.bound(&meter, pin!(self.component.instantiate_async(&mut store))).await;
        let instance = started.map_err(|stopped| {
            LoadError::Start(fault::call_fault(stopped, store.data(), deadline))
        })?;
        let guests = self.indices.load(&mut store, &instance)?;
        let mut instance = Instance { store, guests, meter, calls: 0 };
        let interface = instance.interface(deadline).await.map_err(LoadError::Start)?;
        Ok((instance, interface))
    }
}

#[cfg(test)]
mod tests;
