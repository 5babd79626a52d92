//! Wasmtime's engines: how code is compiled, and what all instances together may take.
//!
//! There is one for each ABI of the component model: where no function is async, a call is a call,
//! and takes half the time.

use std::fmt;
use std::num::NonZero;
use std::thread;

use wasmtime::{
    Config, Enabled, Engine, InstanceAllocationStrategy, OptLevel, PoolingAllocationConfig,
};

use crate::abi::Abi;

/// Stack of guest code. JavaScript engines recurse deeply; Rust needs far less.
const WASM_STACK_BYTES: usize = 1024 * 1024;

/// Stack of a call: the guest's, and 1 MiB for the host functions that it calls.
const CALL_STACK_BYTES: usize = 2 * 1024 * 1024;

/// Core instances of one component. Rust has 4; componentize-py, which links libraries, 20.
const CORE_INSTANCES_PER_COMPONENT_MAX: u32 = 64;

/// Linear memories of one component. All known toolchains make 1, with an adapter 2.
const MEMORIES_PER_COMPONENT_MAX: u32 = 4;

/// Tables of one component. Rust has 2; componentize-py one for each library.
const TABLES_PER_COMPONENT_MAX: u32 = 64;

/// Core instances and tables that a component has on average, for the size of the pool.
const PARTS_PER_COMPONENT: u32 = 8;

/// Function pointers of one table. CPython has about 20,000.
const TABLE_ELEMENTS_MAX: usize = 64 * 1024;

/// What a component's and its core instances' bookkeeping may take.
const INSTANCE_METADATA_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Linear memory that stays mapped in a free slot: zeroing it is cheaper than unmapping it. Where the
/// kernel tells which pages were written (Linux 6.7), these are the ones; elsewhere it is the lowest.
const KEEP_RESIDENT_BYTES: usize = 64 * 1024;

/// Free memories, for each processor, that wait for the code that had them last: its next fresh
/// instance is made faster. Beyond, code that has none takes another's, not one that was never used:
/// each new version of a function would leave one behind, with what stays mapped of it.
const UNUSED_MEMORIES_PER_PROCESSOR: u32 = 8;

/// The engines of a process.
#[derive(Clone)]
pub(crate) struct Engines {
    asynchronous: Engine,
    synchronous: Engine,
}

impl Engines {
    /// Each has a pool of `instances_max` instances.
    pub(crate) fn new(instances_max: u32) -> wasmtime::Result<Self> {
        let engine = |abi| {
            let pool = InstanceAllocationStrategy::Pooling(pool(instances_max));
            Engine::new(config(abi).allocation_strategy(pool))
        };
        Ok(Self { asynchronous: engine(Abi::Async)?, synchronous: engine(Abi::Sync)? })
    }

    /// The one for components of an ABI.
    pub(crate) fn of(&self, abi: Abi) -> &Engine {
        match abi {
            Abi::Async => &self.asynchronous,
            Abi::Sync => &self.synchronous,
        }
    }

    /// Lets every guest that runs look at its deadline.
    pub(crate) fn increment_epoch(&self) {
        self.asynchronous.increment_epoch();
        self.synchronous.increment_epoch();
    }
}

impl fmt::Debug for Engines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engines").finish_non_exhaustive()
    }
}

/// An engine that compiles for the one of the same ABI, and has no room for instances.
pub(crate) fn compiling_engine(abi: Abi) -> wasmtime::Result<Engine> {
    Engine::new(&config(abi))
}

/// What the code depends on.
fn config(abi: Abi) -> Config {
    let mut config = Config::new();
    config
        .wasm_component_model(true)
        .concurrency_support(abi == Abi::Async)
        .wasm_component_model_async(abi == Abi::Async)
        .epoch_interruption(true)
        .cranelift_opt_level(OptLevel::Speed)
        .parallel_compilation(true)
        .memory_init_cow(true)
        .max_wasm_stack(WASM_STACK_BYTES)
        .async_stack_size(CALL_STACK_BYTES);
    config
}

fn pool(instances_max: u32) -> PoolingAllocationConfig {
    let parts = instances_max.saturating_mul(PARTS_PER_COMPONENT);
    let processors = thread::available_parallelism().map_or(1, NonZero::get);
    let processors = u32::try_from(processors).unwrap_or(1);
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(instances_max)
        .total_stacks(instances_max)
        .total_memories(instances_max)
        .total_core_instances(parts)
        .total_tables(parts)
        .max_core_instances_per_component(CORE_INSTANCES_PER_COMPONENT_MAX)
        .max_memories_per_component(MEMORIES_PER_COMPONENT_MAX)
        .max_tables_per_component(TABLES_PER_COMPONENT_MAX)
        .max_memories_per_module(MEMORIES_PER_COMPONENT_MAX)
        .max_tables_per_module(TABLES_PER_COMPONENT_MAX)
        .max_component_instance_size(INSTANCE_METADATA_BYTES_MAX)
        .max_core_instance_size(INSTANCE_METADATA_BYTES_MAX)
        .table_elements(TABLE_ELEMENTS_MAX)
        .pagemap_scan(Enabled::Auto)
        .max_unused_warm_slots(processors.saturating_mul(UNUSED_MEMORIES_PER_PROCESSOR))
        .linear_memory_keep_resident(KEEP_RESIDENT_BYTES)
        .table_keep_resident(KEEP_RESIDENT_BYTES);
    pool
}

#[cfg(test)]
mod tests;
