//! Warm instances that wait for a call: a stack, so that the fewest possible stay warm.
//!
//! The lock is held for a push or a pop only; instances are dropped outside of it.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use model::Reuse;

use crate::instance::Instance;

/// Of one plugin.
pub(crate) struct IdleInstances {
    reuse: Reuse,
    /// Instances that stay, however long they are idle.
    provisioned: usize,
    /// Instances of the plugin that there are, idle or not.
    live: Arc<AtomicUsize>,
    /// The one that became idle last is at the end.
    stack: Mutex<Vec<Idle>>,
}

struct Idle {
    instance: Instance,
    since: Instant,
}

impl IdleInstances {
    /// None stays that is not reused.
    pub(crate) fn new(reuse: Reuse, provisioned: usize, live: Arc<AtomicUsize>) -> Self {
        let provisioned = if reuse == Reuse::Never { 0 } else { provisioned };
        Self { reuse, provisioned, live, stack: Mutex::default() }
    }

    /// The one that became idle last.
    pub(crate) fn take(&self, now: Instant) -> Option<Instance> {
        let idle = self.stack().pop()?;
        if self.provisioned == 0 && self.is_expired(idle.since, now) {
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
        let idle_max = usize::try_from(idle_max).unwrap_or(usize::MAX).max(self.provisioned);
        let mut stack = self.stack();
        if stack.len() < idle_max {
            stack.push(Idle { instance, since: now });
        }
    }

    /// Drops the instances that were idle for too long.
    pub(crate) fn expire(&self, now: Instant) {
        let mut stack = self.stack();
        let expired = stack.partition_point(|idle| self.is_expired(idle.since, now));
        let expired = expired.min(stack.len().saturating_sub(self.provisioned));
        let dropped: Vec<Idle> = stack.drain(..expired).collect();
        drop(stack);
        drop(dropped);
    }

    /// Drops every instance that is not provisioned.
    pub(crate) fn clear(&self) {
        let mut stack = self.stack();
        let spare = stack.len().saturating_sub(self.provisioned);
        let dropped: Vec<Idle> = stack.drain(..spare).collect();
        drop(stack);
        drop(dropped);
    }

    /// How many wait for a call.
    pub(crate) fn len(&self) -> usize {
        self.stack().len()
    }

    /// How many there are, idle or not.
    pub(crate) fn live(&self) -> usize {
        self.live.load(Ordering::Relaxed)
    }

    /// How many are missing of those that are provisioned.
    pub(crate) fn missing(&self) -> usize {
        self.provisioned.saturating_sub(self.live())
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

impl fmt::Debug for IdleInstances {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IdleInstances").field("live", &self.live).finish_non_exhaustive()
    }
}
