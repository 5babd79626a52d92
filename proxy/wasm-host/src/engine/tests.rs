use std::hash::{DefaultHasher, Hash, Hasher};

use super::{compiling_engine, engine};

#[test]
fn code_of_the_compiling_engine_is_code_for_the_other() {
    let hash = |engine: wasmtime::Engine| {
        let mut hasher = DefaultHasher::new();
        engine.precompile_compatibility_hash().hash(&mut hasher);
        hasher.finish()
    };
    assert_eq!(hash(engine(4).expect("an engine")), hash(compiling_engine().expect("an engine")));
}
