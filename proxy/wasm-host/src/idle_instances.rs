//! Warm instances that wait for a call: a stack, so that the fewest possible stay warm.
//!
//! The lock is held for a push or a pop only; instances are dropped outside of it.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use model::Reuse;

use crate::instance::Instance;

/// Of one plugin.
pub(crate) struct IdleInstances {
    reuse: Reuse,
    /// The one that became idle last is at the end.
    stack: Mutex<Vec<Idle>>,
}

struct Idle {
    instance: Instance,
    since: Instant,
}

impl IdleInstances {
    pub(crate) fn new(reuse: Reuse) -> Self {
        Self { reuse, stack: Mutex::default() }
    }

    /// The one that became idle last.
    pub(crate) fn take(&self, now: Instant) -> Option<Instance> {
        let idle = self.stack().pop()?;
        if self.is_expired(idle.since, now) {
            // Those below it have been idle for even longer.
            self.clear();
            return None;
        }
        Some(idle.instance)
    }

    /// Keeps an instance for a later call, or drops it.
    pub(crate) fn put(&self, instance: Instance, now: Instant) {
        let Reuse::Warm { idle_max, calls_max, .. } = self.reuse else {
            return;
        };
        if calls_max.is_some_and(|calls_max| instance.calls >= calls_max) {
            return;
        }
        let mut stack = self.stack();
        if stack.len() < usize::try_from(idle_max).unwrap_or(usize::MAX) {
            stack.push(Idle { instance, since: now });
        }
    }

    /// Drops the instances that were idle for too long.
    pub(crate) fn expire(&self, now: Instant) {
        let mut stack = self.stack();
        let expired = stack.partition_point(|idle| self.is_expired(idle.since, now));
        let dropped: Vec<Idle> = stack.drain(..expired).collect();
        drop(stack);
        drop(dropped);
    }

    /// Drops every instance.
    pub(crate) fn clear(&self) {
        let dropped = std::mem::take(&mut *self.stack());
        drop(dropped);
    }

    fn is_expired(&self, since: Instant, now: Instant) -> bool {
        match self.reuse {
            Reuse::Never => true,
            Reuse::Warm { idle_time_max, .. } => {
                now.saturating_duration_since(since) > idle_time_max
            }
        }
    }

    fn stack(&self) -> MutexGuard<'_, Vec<Idle>> {
        self.stack.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
