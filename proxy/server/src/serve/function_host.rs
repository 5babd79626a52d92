//! The control API's port to functions, implemented with the plugin host: a component is checked
//! when it is deployed, and called by `Invoke`.
//!
//! A function that an API serves is called as that, within the same concurrency and error budget.
//! Of the others, the last that were called are kept ready.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use bytes::Bytes;
use control::{BoxFuture, CheckError, FunctionHost, Identity, Invoked};
use model::{
    CallFault, Digest, Function, FunctionSettings, Interface, Invocation, InvocationError, LogTail,
    Plugin,
};
use pipeline::Ambient as _;
use quick_cache::sync::Cache;
use wasm_host::LoadError;

use super::components::Components;
use crate::clock::Clock;
use crate::live::{Live, Loaded};

/// Functions that are kept ready and that no API serves.
const READY_MAX: usize = 16;

/// Checks and calls components of the store.
pub(crate) struct ComponentFunctions {
    components: Components,
    identity: Identity,
    live: Arc<ArcSwap<Live>>,
    ready: Cache<Key, Arc<Loaded>>,
}

/// What tells one loaded plugin from another; the name is in the ARN.
type Key = (Digest, Arc<str>, FunctionSettings);

impl ComponentFunctions {
    pub(crate) fn new(
        components: Components,
        identity: Identity,
        live: Arc<ArcSwap<Live>>,
    ) -> Self {
        Self { components, identity, live, ready: Cache::new(READY_MAX) }
    }

    /// As it would serve, but for the instances that would be made ahead.
    async fn check_component(
        &self,
        mut function: Function,
        component: Bytes,
    ) -> Result<Interface, CheckError> {
        function.settings.provisioned = 0;
        let Identity { account, region } = &self.identity;
        let arn = format!("arn:aws:lambda:{region}:{account}:function:{}", function.name);
        let loaded = self.components.host.load(&function, arn.into(), component).await;
        Ok(loaded.map_err(check_error)?.interface().clone())
    }

    async fn call(&self, plugin: &Plugin, event: &[u8], request_id: &str) -> Invoked {
        let loaded = match self.loaded(plugin).await {
            Ok(loaded) => loaded,
            Err(fault) => return Invoked { result: Err(fault.into()), log: Bytes::new() },
        };
        let (clock, tail) = (Clock::start(), LogTail::default());
        let timeout = plugin.function.settings.timeout.duration();
        let invocation = Invocation { request_id, trace_id: None, timeout, log: Some(&tail) };
        let result = loaded.plugin.invoke(event, invocation).await;
        let mut log =
            format!("START RequestId: {request_id} Version: {}\n", plugin.function.version)
                .into_bytes();
        log.extend(tail.bytes());
        if let Err(InvocationError::Fault(fault)) = &result {
            log.extend(format!("RequestId: {request_id} Error: {fault}\n").bytes());
        }
        let memory = loaded.plugin.memory_bytes_max();
        log.extend(report(plugin, request_id, clock.now(), memory).bytes());
        Invoked { result, log: log.into() }
    }

    /// The one that an API serves, or else one that is kept ready.
    pub(crate) async fn loaded(&self, plugin: &Plugin) -> Result<Arc<Loaded>, CallFault> {
        match self.served(plugin) {
            Some(loaded) => Ok(loaded),
            None => self.ready(plugin).await,
        }
    }

    /// The one that an API serves.
    fn served(&self, plugin: &Plugin) -> Option<Arc<Loaded>> {
        self.live.load().plugins().iter().find(|loaded| loaded.is(plugin)).cloned()
    }

    /// One that is kept ready, from now on if it was not.
    async fn ready(&self, plugin: &Plugin) -> Result<Arc<Loaded>, CallFault> {
        let key = (plugin.digest, Arc::clone(&plugin.arn), plugin.function.settings.clone());
        let loaded = self.ready.get_or_insert_async(&key, self.components.load(plugin)).await;
        loaded.map_err(|error| {
            tracing::error!("a function cannot be invoked: {error:#}");
            CallFault::NoInstance(format!("{error:#}"))
        })
    }
}

impl FunctionHost for ComponentFunctions {
    fn check(
        &self,
        function: Function,
        component: Bytes,
    ) -> BoxFuture<'_, Result<Interface, CheckError>> {
        Box::pin(self.check_component(function, component))
    }

    fn invoke(&self, plugin: Plugin, event: Bytes, request_id: String) -> BoxFuture<'_, Invoked> {
        Box::pin(async move { self.call(&plugin, &event, &request_id).await })
    }
}

/// The end of a call's log, as Lambda writes it. `memory_bytes` is the most that an instance had.
fn report(plugin: &Plugin, request_id: &str, took: Duration, memory_bytes: u64) -> String {
    let (millis, size) = (took.as_secs_f64() * 1e3, plugin.function.settings.memory_size);
    format!(
        "END RequestId: {request_id}\nREPORT RequestId: {request_id}\tDuration: {millis:.2} ms\t\
         Billed Duration: {:.0} ms\tMemory Size: {} MB\tMax Memory Used: {} MB\t\n",
        millis.ceil(),
        size.megabytes(),
        memory_bytes.div_ceil(1024 * 1024),
    )
}

/// Whose fault it is that a component was not loaded.
fn check_error(error: LoadError) -> CheckError {
    let text = error.to_string();
    match error {
        LoadError::CompilerFailed { .. } | LoadError::Start(CallFault::NoInstance(_)) => {
            CheckError::Host(text)
        }
        LoadError::Compile { .. }
        | LoadError::CompileLimit { .. }
        | LoadError::CoreModule
        | LoadError::Link { .. }
        | LoadError::MachineCode
        | LoadError::NotAPlugin { .. }
        | LoadError::NotGranted { .. }
        | LoadError::NotWebAssembly
        | LoadError::Start(_)
        | LoadError::TooLarge { .. }
        | LoadError::WrongType { .. } => CheckError::Component(text),
    }
}
