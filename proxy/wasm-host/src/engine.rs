//! The one wasmtime engine: how code is compiled, and what all instances together may take.

use wasmtime::{Config, InstanceAllocationStrategy, OptLevel, PoolingAllocationConfig};

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

/// Linear memory that stays mapped in a free slot: zeroing it is cheaper than unmapping it.
const KEEP_RESIDENT_BYTES: usize = 64 * 1024;

/// An engine whose instances come from a pool of `instances_max`.
pub(crate) fn engine(instances_max: u32) -> wasmtime::Result<wasmtime::Engine> {
    let pool = InstanceAllocationStrategy::Pooling(pool(instances_max));
    wasmtime::Engine::new(config().allocation_strategy(pool))
}

/// An engine that compiles for the other one, and has no room for instances.
pub(crate) fn compiling_engine() -> wasmtime::Result<wasmtime::Engine> {
    wasmtime::Engine::new(&config())
}

/// What the code depends on, the same for both.
fn config() -> Config {
    let mut config = Config::new();
    config
        .wasm_component_model(true)
        // `wasi:http` 0.3.
        .wasm_component_model_async(true)
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
        .linear_memory_keep_resident(KEEP_RESIDENT_BYTES)
        .table_keep_resident(KEEP_RESIDENT_BYTES);
    pool
}

#[cfg(test)]
mod tests;
