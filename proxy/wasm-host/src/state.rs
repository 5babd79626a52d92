//! What the host keeps for one instance, and what the instance reaches the host by.
//!
//! The WASI view: the function's environment, clocks, random numbers, and output that becomes log
//! records. No directory is open, no address may be connected to, and stdin is at its end.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use model::{FunctionSettings, LogTail};
use wasmtime::component::ResourceTable;
use wasmtime::{Store, UpdateDeadline};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

use crate::bindings::edgeway::plugin::log;
use crate::bindings::edgeway::plugin::types;
use crate::call_log::CallLog;
use crate::clock;
use crate::cpu_meter::CpuMeter;
use crate::deadline::{CallDeadline, Deadline};
use crate::fault::HOSTCALL_BYTES_MAX;
use crate::function_facts::FunctionFacts;
use crate::key_value::Grants;
use crate::limiter::Limiter;
use crate::log_stream::{LogStream, Stream};
use crate::long_runs::LongRuns;
use crate::outbound::{Client, Outbound};

/// What one call of `wasi:random` may ask for.
const RANDOM_BYTES_MAX: u64 = 64 * 1024;

/// Handles that one instance may have: of resources, and of the streams, futures and tasks of 0.3. What
/// is lent to the host for a call, as a list of pollables is, counts as well.
const HANDLES_MAX: usize = 4_096;

/// Streams, pollables, requests and so on that one instance may hold: with what each may take, the
/// host's memory for it is bounded as its own is.
const RESOURCES_MAX: usize = 1_024;

/// Headers of one request or response: 64 KiB and 256 of them, as they are kept.
const HEADER_BYTES_MAX: usize = 88 * 1024;

/// Data of one [`Store`].
pub(crate) struct State {
    pub(crate) facts: Arc<FunctionFacts>,
    pub(crate) limiter: Limiter,
    pub(crate) key_values: Grants,
    deadline: CallDeadline,
    meter: Arc<CpuMeter>,
    /// Of a call; none while the instance starts, which has its deadline alone.
    cpu_time_max: Option<Duration>,
    cpu_time_exceeded: bool,
    /// Instances of this version that there are.
    live: Arc<AtomicUsize>,
    log: Arc<CallLog>,
    wasi: WasiCtx,
    http: WasiHttpCtx,
    /// Dropped before the resources: bodies that the guest was writing break then, and do not end.
    pub(crate) outbound: Outbound,
    resources: ResourceTable,
}

/// What the states of one function's instances have in common.
pub(crate) struct StateTemplate {
    pub(crate) facts: Arc<FunctionFacts>,
    pub(crate) settings: FunctionSettings,
    pub(crate) key_values: Grants,
    pub(crate) client: Arc<Client>,
    /// Instances that there are.
    pub(crate) live: Arc<AtomicUsize>,
    pub(crate) long_runs: Arc<LongRuns>,
}

impl StateTemplate {
    /// A store for one instance, whose start has to be over at `deadline`.
    pub(crate) fn store(
        &self,
        engine: &wasmtime::Engine,
        meter: Arc<CpuMeter>,
        deadline: Deadline,
    ) -> Store<State> {
        let mut store = Store::new(engine, self.state(meter, deadline));
        store.limiter(|state| &mut state.limiter);
        store.set_hostcall_fuel(HOSTCALL_BYTES_MAX);
        store.set_max_component_handles(HANDLES_MAX);
        store.set_epoch_deadline(1);
        let long_runs = Arc::clone(&self.long_runs);
        store.epoch_deadline_callback(move |mut context| {
            long_runs.notice();
            let state = context.data_mut();
            Ok(if state.may_run_on(clock::now()) {
                UpdateDeadline::YieldCustom(1, Box::pin(Arc::clone(&state.meter).yield_now()))
            } else {
                UpdateDeadline::Interrupt
            })
        });
        store
    }

    fn state(&self, meter: Arc<CpuMeter>, deadline: Deadline) -> State {
        self.live.fetch_add(1, Ordering::Relaxed);
        let log = Arc::new(CallLog::new(Arc::clone(&self.facts)));
        let stream = |stream| LogStream { log: Arc::clone(&log), stream };
        let wasi = WasiCtx::builder()
            .envs(&self.settings.environment)
            .stdout(stream(Stream::Stdout))
            .stderr(stream(Stream::Stderr))
            .max_random_size(RANDOM_BYTES_MAX)
            .allow_tcp(false)
            .allow_udp(false)
            .build();
        let mut http = WasiHttpCtx::new();
        http.set_field_size_limit(HEADER_BYTES_MAX);
        let mut resources = ResourceTable::new();
        resources.set_max_capacity(RESOURCES_MAX);
        State {
            facts: Arc::clone(&self.facts),
            limiter: Limiter::new(self.settings.memory_size.bytes(), Arc::clone(&self.facts.stats)),
            key_values: self.key_values.clone(),
            deadline: deadline.into(),
            meter,
            cpu_time_max: None,
            cpu_time_exceeded: false,
            live: Arc::clone(&self.live),
            outbound: Outbound::new(Arc::clone(&self.client), Arc::clone(&log), deadline),
            log,
            wasi,
            http,
            resources,
        }
    }
}

impl State {
    /// From now on the instance works for this request.
    pub(crate) fn begin_call(
        &mut self,
        (request_id, tail): (&str, Option<&LogTail>),
        deadline: Deadline,
        cpu_time_max: Option<Duration>,
    ) {
        self.count_cpu_time();
        self.set_deadline(&deadline.into());
        self.cpu_time_max = cpu_time_max;
        self.limiter.begin_call();
        self.outbound.begin_call();
        self.log.begin_call(request_id, tail);
    }

    /// When the call has to be over.
    pub(crate) fn set_deadline(&mut self, deadline: &CallDeadline) {
        self.deadline = deadline.clone();
        self.outbound.set_deadline(deadline);
    }

    /// The call is over.
    pub(crate) fn end_call(&mut self) {
        self.count_cpu_time();
        self.log.end_call();
    }

    /// The limit of processor time, if it was met.
    pub(crate) fn cpu_time_exceeded(&self) -> Option<Duration> {
        self.cpu_time_max.filter(|_| self.cpu_time_exceeded)
    }

    fn may_run_on(&mut self, now: Instant) -> bool {
        if now >= self.deadline.at(now) {
            return false;
        }
        let is_exceeded = |limit| self.meter.running(now) >= limit;
        self.cpu_time_exceeded = self.cpu_time_max.is_some_and(is_exceeded);
        !self.cpu_time_exceeded
    }

    fn count_cpu_time(&self) {
        let spent = self.meter.take();
        if !spent.is_zero() {
            self.facts.stats.cpu_time(spent);
        }
    }
}

impl Drop for State {
    /// What a guest wrote before it trapped matters most.
    fn drop(&mut self) {
        self.end_call();
        self.live.fetch_sub(1, Ordering::Relaxed);
    }
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.resources }
    }
}

impl WasiHttpView for State {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView {
            hooks: &mut self.outbound,
            table: &mut self.resources,
            ctx: &mut self.http,
        }
    }
}

impl log::Host for State {
    fn log(&mut self, level: log::Level, message: String) {
        self.log.log(level, &message);
    }
}

impl types::Host for State {}
