use std::hash::{DefaultHasher, Hash, Hasher};

use super::{Engines, compiling_engine};
use crate::abi::Abi;

#[test]
fn code_of_the_compiling_engine_is_code_for_the_one_of_its_abi() {
    let hash = |engine: &wasmtime::Engine| {
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
