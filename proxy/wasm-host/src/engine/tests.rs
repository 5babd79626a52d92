use std::hash::{DefaultHasher, Hash, Hasher};

use wasmtime::{Config, Engine, Instance, InstanceAllocationStrategy, Module, Store};

use super::{Engines, compiling_engine, pool};
use crate::abi::Abi;

#[test]
fn code_of_the_compiling_engine_is_code_for_the_one_of_its_abi() {
    let hash = |engine: &Engine| {
        let mut hasher = DefaultHasher::new();
        engine.precompile_compatibility_hash().hash(&mut hasher);
        hasher.finish()
    };
    let engines = Engines::new(4).expect("engines");
    for abi in [Abi::Async, Abi::Sync] {
        let compiling = compiling_engine(abi).expect("an engine");
        assert_eq!(hash(engines.of(abi)), hash(&compiling));
    }
    assert_ne!(hash(engines.of(Abi::Async)), hash(engines.of(Abi::Sync)));
}

#[test]
fn new_code_takes_the_memories_of_old_code() {
    const VERSIONS: u32 = 500;
    let mut config = Config::new();
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool(1_000)));
    let engine = Engine::new(&config).expect("an engine");
    let bytes = wat::parse_str("(module (memory 2))").expect("the text of a module");
    for _ in 0..VERSIONS {
        let module = Module::new(&engine, &bytes).expect("a module");
        Instance::new(Store::new(&engine, ()), &module, &[]).expect("an instance");
    }
    let unused = engine.pooling_allocator_metrics().expect("a pool").unused_warm_memories();
    assert!(unused <= VERSIONS / 10, "{unused} memories for {VERSIONS} versions");
}
