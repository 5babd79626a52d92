//! The idle instances of all plugins of a host, for as long as the plugins live.
//!
//! Holds them weakly and without the thread that sweeps them, which may be the last to let go.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Instant;

use crate::idle_instances::IdleInstances;

/// Of one host.
#[derive(Default)]
pub(crate) struct IdleRegistry(Mutex<Vec<Weak<IdleInstances>>>);

impl IdleRegistry {
    pub(crate) fn add(&self, idle: &Arc<IdleInstances>) {
        self.registered().push(Arc::downgrade(idle));
    }

    /// Drops the instances that were idle for too long.
    pub(crate) fn expire(&self, now: Instant) {
        for idle in self.living() {
            idle.expire(now);
        }
    }

    /// Drops every idle instance: a call needs the room.
    pub(crate) fn clear(&self) {
        for idle in self.living() {
            idle.clear();
        }
    }

    fn living(&self) -> Vec<Arc<IdleInstances>> {
        let mut registered = self.registered();
        registered.retain(|idle| idle.strong_count() > 0);
        registered.iter().filter_map(Weak::upgrade).collect()
    }

    fn registered(&self) -> MutexGuard<'_, Vec<Weak<IdleInstances>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
