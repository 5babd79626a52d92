//! Instances of one plugin: a warm one if there is one, else a fresh one, and never too many.
//!
//! A [`Lease`] that is dropped takes its instance with it: after a trap, a timeout, an answer that
//! is not allowed, or when the caller went away. Only [`Lease::end`] gives an instance back.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use model::{CallFault, Interface, LogTail};
use tokio::runtime::Handle;
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::blueprint::{Blueprint, Room};
use crate::clock;
use crate::deadline::Deadline;
use crate::idle_instances::IdleInstances;
use crate::instance::Instance;
use crate::load_error::LoadError;

/// What an instance that nobody waits for may take to start, as in Lambda's init phase.
pub(crate) const START_TIME_MAX: Duration = Duration::from_secs(10);

/// Between attempts to replace a provisioned instance that cannot be made.
const REPLACE_INTERVAL: Duration = Duration::from_secs(5);

/// The instances of one plugin.
pub(crate) struct Pool {
    blueprint: Blueprint,
    interface: Interface,
    idle: Arc<IdleInstances>,
    /// Calls at once. Idle instances are taken first, so no more than this many live, or than are
    /// provisioned.
    live: Semaphore,
    /// For the task that replaces provisioned instances; it must not keep an old version alive.
    this: Weak<Self>,
    is_replacing: AtomicBool,
}

/// An instance for one call.
pub(crate) struct Lease<'a> {
    pub(crate) instance: Instance,
    pub(crate) deadline: Deadline,
    pool: &'a Pool,
    _live: SemaphorePermit<'a>,
    /// After the instance, which it counts.
    _provisioned: Provisioned<'a>,
}

/// Sees to it that the provisioned instances are there.
struct Provisioned<'a>(&'a Pool);

impl Pool {
    /// With a first instance, which shows that there can be any.
    pub(crate) fn new(blueprint: Blueprint, interface: Interface, first: Instance) -> Arc<Self> {
        let template = &blueprint.template;
        let settings = &template.settings;
        let provisioned = usize::try_from(settings.provisioned).unwrap_or(usize::MAX);
        let idle = IdleInstances::new(settings.reuse, provisioned, Arc::clone(&template.live));
        let idle = Arc::new(idle);
        idle.put(first, clock::now());
        blueprint.registry.add(&idle);
        template.facts.stats.show(&idle);
        let calls = usize::try_from(settings.concurrency.get()).unwrap_or(usize::MAX);
        Arc::new_cyclic(|this| Self {
            blueprint,
            interface,
            idle,
            live: Semaphore::new(calls.min(Semaphore::MAX_PERMITS)),
            this: Weak::clone(this),
            is_replacing: AtomicBool::new(false),
        })
    }

    /// What the plugin can be used as.
    pub(crate) fn interface(&self) -> &Interface {
        &self.interface
    }

    /// What each instance is made from.
    pub(crate) fn blueprint(&self) -> &Blueprint {
        &self.blueprint
    }

    /// An instance that works for a request id, for at most the function's own timeout and `timeout`. What it
    /// logs meanwhile goes to a tail as well.
    pub(crate) async fn lease(
        &self,
        call: (&str, Option<&LogTail>),
        timeout: Option<Duration>,
    ) -> Result<Lease<'_>, CallFault> {
        let settings = &self.blueprint.template.settings;
        let own = settings.timeout.duration();
        let now = clock::now();
        let deadline = Deadline::since(now, timeout.map_or(own, |timeout| timeout.min(own)));
        let live = self.permit(deadline).await?;
        let mut instance = match self.idle.take(now) {
            Some(instance) => instance,
            None => {
                self.blueprint.template.facts.stats.cold_start();
                self.fresh(deadline, Room::MadeByEviction).await?
            }
        };
        let cpu_time_max = settings.cpu_time.map(model::CpuTime::duration);
        instance.begin_call(call, deadline, cpu_time_max);
        let provisioned = Provisioned(self);
        Ok(Lease { instance, deadline, pool: self, _live: live, _provisioned: provisioned })
    }

    /// Makes the provisioned instances that are missing.
    pub(crate) async fn provision(&self, room: Room) -> Result<(), CallFault> {
        while self.idle.missing() > 0 {
            let instance = self.fresh(Deadline::after(START_TIME_MAX), room).await?;
            self.idle.put(instance, clock::now());
        }
        Ok(())
    }

    async fn permit(&self, deadline: Deadline) -> Result<SemaphorePermit<'_>, CallFault> {
        if let Ok(permit) = self.live.try_acquire() {
            return Ok(permit);
        }
        match tokio::time::timeout_at(deadline.at.into(), self.live.acquire()).await {
            Ok(Ok(permit)) => Ok(permit),
            _ => {
                let calls = self.blueprint.template.settings.concurrency.get();
                Err(CallFault::NoInstance(format!("all {calls} are busy")))
            }
        }
    }

    async fn fresh(&self, deadline: Deadline, room: Room) -> Result<Instance, CallFault> {
        let instantiated = self.blueprint.instantiate(deadline, room).await;
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

    /// Replaces provisioned instances that are gone, beside whatever is going on.
    fn replace(&self) {
        if self.idle.missing() == 0 || self.is_replacing.swap(true, Ordering::AcqRel) {
            return;
        }
        match Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn(replace(Weak::clone(&self.this)))),
            Err(_) => self.is_replacing.store(false, Ordering::Release),
        }
    }
}

/// Until every provisioned instance is there, or the version is dropped.
async fn replace(pool: Weak<Pool>) {
    while let Some(pool) = pool.upgrade() {
        if let Err(fault) = pool.provision(Room::AsItIs).await {
            let function = pool.blueprint.template.facts.name.as_str();
            tracing::warn!(function, %fault, "a provisioned instance cannot be replaced now");
        } else {
            pool.is_replacing.store(false, Ordering::Release);
            // One that died just before this was told that it is being replaced.
            if pool.idle.missing() == 0 || pool.is_replacing.swap(true, Ordering::AcqRel) {
                return;
            }
            continue;
        }
        drop(pool);
        tokio::time::sleep(REPLACE_INTERVAL).await;
    }
}

impl Lease<'_> {
    /// The call went well: the instance may serve another one.
    pub(crate) fn end(mut self) {
        self.instance.end_call();
        self.pool.idle.put(self.instance, clock::now());
    }
}

impl Drop for Provisioned<'_> {
    fn drop(&mut self) {
        self.0.replace();
    }
}
