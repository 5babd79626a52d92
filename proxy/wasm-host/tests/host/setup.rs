//! A host, a function around a component, and calls whose answers are text.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;
use model::{
    AddressRange, AuthorizationRequest, CallContext, Concurrency, CpuTime, ErrorBudget, Function,
    FunctionName, FunctionSettings, FunctionTimeout, FunctionVersion, Invocation, InvocationError,
    MemorySize, Namespace, OutboundDestination, OutboundLimits, RequestHead, Reuse,
};
use wasm_host::{
    Compiler, FunctionSnapshot, Host, HostSettings, KeyValues, LoadError, LoadedPlugin,
    MemoryKeyValues, OutboundSettings,
};

use crate::components::component;

pub(crate) const ARN: &str = "arn:aws:lambda:us-east-1:000000000000:function:pets";

/// With a code cache that outlives the test: each guest is compiled once.
pub(crate) fn host() -> Host {
    host_with_outbound(OutboundSettings::default())
}

/// With other rules for outgoing requests.
pub(crate) fn host_with_outbound(outbound: OutboundSettings) -> Host {
    let cache_dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("wasm-host-code");
    host_with(HostSettings { outbound, ..settings(&cache_dir, 16) })
}

/// With another place for key-value namespaces.
pub(crate) fn host_with_key_values(key_values: Arc<dyn KeyValues>) -> Host {
    let cache_dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("wasm-host-code");
    host_with(HostSettings { key_values, ..settings(&cache_dir, 16) })
}

/// Of a host that compiles in this process: these components are trusted.
pub(crate) fn settings(cache_dir: &Path, instances_max: u32) -> HostSettings {
    HostSettings {
        cache_dir: cache_dir.to_owned(),
        instances_max,
        threads: 2,
        outbound: OutboundSettings::default(),
        compiler: Compiler::InProcess,
        key_values: Arc::new(MemoryKeyValues::default()),
    }
}

pub(crate) fn host_with(settings: HostSettings) -> Host {
    Host::new(settings).expect("a host")
}

/// A function to load.
pub(crate) struct Setup {
    name: &'static str,
    component: Bytes,
    settings: FunctionSettings,
}

impl Setup {
    /// Around a component of `tests/guests`.
    pub(crate) fn guest(name: &str) -> Self {
        Self::bytes(component(name))
    }

    pub(crate) fn bytes(component: impl Into<Bytes>) -> Self {
        Self { name: "pets", component: component.into(), settings: FunctionSettings::default() }
    }

    /// Other than the rest of the tests', for numbers of its own.
    pub(crate) fn named(mut self, name: &'static str) -> Self {
        self.name = name;
        self
    }

    pub(crate) fn cpu_time(mut self, milliseconds: u32) -> Self {
        let seconds = f64::from(milliseconds) / 1000.0;
        self.settings.cpu_time = Some(CpuTime::from_seconds(seconds).expect("a time"));
        self
    }

    pub(crate) fn concurrency(mut self, calls: u64) -> Self {
        self.settings.concurrency = Concurrency::new(calls).expect("a number");
        self
    }

    pub(crate) fn provisioned(mut self, instances: u32) -> Self {
        self.settings.provisioned = instances;
        self
    }

    pub(crate) fn error_budget(mut self, budget: ErrorBudget) -> Self {
        self.settings.error_budget = Some(budget);
        self
    }

    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.settings.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn timeout(mut self, milliseconds: u32) -> Self {
        let seconds = f64::from(milliseconds) / 1000.0;
        self.settings.timeout = FunctionTimeout::from_seconds(seconds).expect("a timeout");
        self
    }

    pub(crate) fn memory(mut self, megabytes: u64) -> Self {
        self.settings.memory_size = MemorySize::from_megabytes(megabytes).expect("a size");
        self
    }

    pub(crate) fn reuse(mut self, reuse: Reuse) -> Self {
        self.settings.reuse = reuse;
        self
    }

    pub(crate) fn namespace(mut self, name: &str) -> Self {
        self.settings.namespaces.push(Namespace::parse(name).expect("a namespace"));
        self
    }

    pub(crate) fn outbound(mut self, destination: &str) -> Self {
        let destination = OutboundDestination::parse(destination).expect("a destination");
        self.settings.outbound.push(destination);
        self
    }

    pub(crate) fn outbound_limits(mut self, limits: OutboundLimits) -> Self {
        self.settings.outbound_limits = limits;
        self
    }

    /// A name that may resolve to these addresses.
    pub(crate) fn outbound_at(mut self, destination: &str, addresses: &[&str]) -> Self {
        let range = |text: &&str| AddressRange::parse(text).expect("a range");
        let destination = OutboundDestination::parse(destination).expect("a destination");
        let destination = destination.with_addresses(addresses.iter().map(range).collect());
        self.settings.outbound.push(destination.expect("a name"));
        self
    }

    pub(crate) async fn try_load(self, host: &Host) -> Result<LoadedPlugin, LoadError> {
        let function = Function {
            name: FunctionName::parse(self.name).expect("a name"),
            version: FunctionVersion::Latest,
            component: PathBuf::new(),
            settings: self.settings,
        };
        host.load(&function, ARN.into(), self.component).await
    }

    pub(crate) async fn load(self, host: &Host) -> LoadedPlugin {
        self.try_load(host).await.unwrap_or_else(|error| panic!("{error}"))
    }

    /// Why it is refused.
    pub(crate) async fn refusal(self) -> String {
        match self.try_load(&host()).await {
            Ok(plugin) => panic!("loaded: {plugin:?}"),
            Err(error) => error.to_string(),
        }
    }
}

/// The numbers of the only function that is loaded.
pub(crate) fn numbers(host: &Host) -> FunctionSnapshot {
    let snapshots = host.functions().snapshots();
    assert_eq!(snapshots.len(), 1, "one function is loaded");
    snapshots.into_iter().next().expect("one")
}

/// A call that takes at most so long.
pub(crate) fn invocation(timeout: Duration) -> Invocation<'static> {
    Invocation {
        request_id: "8f5ee7fb-4d3c-4d3f-a5d0-f0a0e1f2a3b4",
        trace_id: Some("Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700"),
        timeout,
        log: None,
    }
}

/// The result of an event function, or `fault: ...`, or `error: ...`.
pub(crate) async fn invoke(plugin: &LoadedPlugin, event: &str) -> String {
    let invocation = invocation(Duration::from_secs(29));
    match plugin.invoke(event.as_bytes(), invocation).await {
        Ok(result) => String::from_utf8_lossy(&result).into_owned(),
        Err(InvocationError::Fault(fault)) => format!("fault: {fault}"),
        Err(InvocationError::Function(error)) => format!("error: {error}"),
    }
}

pub(crate) fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in lines {
        headers.append(*name, value.parse().expect("a value"));
    }
    headers
}

pub(crate) fn head(headers: &HeaderMap) -> RequestHead<'_> {
    RequestHead {
        method: "GET",
        path: "/pets/7%2F8",
        path_parameters: &[("id", "7%2F8")],
        query: &[],
        headers,
    }
}

pub(crate) fn context() -> CallContext<'static> {
    CallContext {
        account_id: "000000000000",
        api_id: "a1b2c3",
        stage: "prod",
        request_id: "0b2e9f1c-0000-4000-8000-000000000000",
        resource_path: "/pets/{id}",
        source_ip: "192.0.2.7",
        domain_name: "api.example.com",
        protocol: "HTTP/1.1",
        request_time_epoch: 1_700_000_000_000,
        stage_variables: &[],
        principal_id: None,
        authorizer_context: &[],
        log: None,
    }
}

pub(crate) fn authorization_request<'a>(
    token: Option<&'a str>,
    headers: &'a HeaderMap,
) -> AuthorizationRequest<'a> {
    AuthorizationRequest {
        token,
        method_arn: "arn:aws:execute-api:us-east-1:000000000000:a1b2c3/prod/GET/pets/7",
        head: head(headers),
        context: context(),
    }
}
