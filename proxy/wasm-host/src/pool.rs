//! Instances of one plugin: a warm one if there is one, else a fresh one, and never too many.
//!
//! A [`Lease`] that is dropped takes its instance with it: after a trap, a timeout, an answer that
//! is not allowed, or when the caller went away. Only [`Lease::end`] gives an instance back.

use std::sync::Arc;
use std::time::Duration;

use model::{CallFault, Interface};
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::blueprint::Blueprint;
use crate::clock;
use crate::deadline::Deadline;
use crate::idle_instances::IdleInstances;
use crate::instance::Instance;
use crate::load_error::LoadError;

/// Calls of one plugin at once. Idle instances are taken first, so no more than this many live.
const LIVE_MAX: usize = 256;

/// The instances of one plugin.
pub(crate) struct Pool {
    blueprint: Blueprint,
    interface: Interface,
    idle: Arc<IdleInstances>,
    live: Semaphore,
}

/// An instance for one call.
pub(crate) struct Lease<'a> {
    pub(crate) instance: Instance,
    pub(crate) deadline: Deadline,
    idle: &'a IdleInstances,
    _live: SemaphorePermit<'a>,
}

impl Pool {
    pub(crate) fn new(blueprint: Blueprint, interface: Interface) -> Self {
        let idle = Arc::new(IdleInstances::new(blueprint.template.settings.reuse));
        blueprint.registry.add(&idle);
        Self { blueprint, interface, idle, live: Semaphore::new(LIVE_MAX) }
    }

    /// What the plugin can be used as.
    pub(crate) fn interface(&self) -> &Interface {
        &self.interface
    }

    /// What each instance is made from.
    pub(crate) fn blueprint(&self) -> &Blueprint {
        &self.blueprint
    }

    /// An instance that works for `request_id`, for at most the function's own timeout and `timeout`.
    pub(crate) async fn lease(
        &self,
        request_id: &str,
        timeout: Option<Duration>,
    ) -> Result<Lease<'_>, CallFault> {
        let own = self.blueprint.template.settings.timeout.duration();
        let deadline = Deadline::after(timeout.map_or(own, |timeout| timeout.min(own)));
        let live = self.permit(deadline).await?;
        let mut instance = match self.idle.take(clock::now()) {
            Some(instance) => instance,
            None => self.fresh(deadline).await?,
        };
        instance.begin_call(request_id, deadline);
        Ok(Lease { instance, deadline, idle: &self.idle, _live: live })
    }

    async fn permit(&self, deadline: Deadline) -> Result<SemaphorePermit<'_>, CallFault> {
        if let Ok(permit) = self.live.try_acquire() {
            return Ok(permit);
        }
        match tokio::time::timeout_at(deadline.at.into(), self.live.acquire()).await {
            Ok(Ok(permit)) => Ok(permit),
            _ => Err(CallFault::NoInstance(format!("all {LIVE_MAX} are busy"))),
        }
    }

    async fn fresh(&self, deadline: Deadline) -> Result<Instance, CallFault> {
        let instantiated = self.blueprint.instantiate(deadline).await;
        let (instance, interface) = instantiated.map_err(|error| match error {
            LoadError::Start(fault) => fault,
            // Not after the first instance, which was made from the same blueprint.
            other => CallFault::NoInstance(other.to_string()),
        })?;
        if interface != self.interface {
            return Err(CallFault::InvalidAnswer(
                "`needs` differs from one instance to the next".to_owned(),
            ));
        }
        Ok(instance)
    }
}

impl Lease<'_> {
    /// The call went well: the instance may serve another one.
    pub(crate) fn end(mut self) {
        self.instance.end_call();
        self.idle.put(self.instance, clock::now());
    }
}
