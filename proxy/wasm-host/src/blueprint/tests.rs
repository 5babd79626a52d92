//! Hostile start code: it runs before anything of the contract does, under the same limits.

use std::sync::Arc;
use std::time::Duration;

use expect_test::{Expect, expect};
use model::{Digest, Function, FunctionName, FunctionSettings, FunctionVersion, MemorySize};
use wasmtime::component::Component;

use super::{Blueprint, Room};
use crate::abi::Abi;
use crate::compilation::Code;
use crate::deadline::Deadline;
use crate::engine::Engines;
use crate::function_facts::FunctionFacts;
use crate::function_stats::Functions;
use crate::key_value::{Grants, MemoryKeyValues};
use crate::kind::Indices;
use crate::linker;
use crate::load_error::LoadError;
use crate::long_runs::LongRuns;
use crate::outbound::{Client, Network, OutboundSettings};
use crate::state::StateTemplate;
use crate::ticker::Ticker;

/// Compiles a component, and starts an instance of it with 2 MB of memory.
async fn start(component: &str) -> Result<(), LoadError> {
    let engines = Engines::new(2).expect("engines");
    let long_runs = Arc::new(LongRuns::new(1));
    let _ticker = Ticker::start(engines.clone(), Arc::default(), Arc::clone(&long_runs));
    let bytes = wat::parse_str(component).expect("the text of a component");
    let component = Component::from_binary(engines.of(Abi::Sync), &bytes)
        .map_err(|error| LoadError::Compile { reason: format!("{error:#}") })?;
    let code = Code { component, abi: Abi::Sync, digest: Digest::new([0; 32]), compile_time: None };
    let settings = FunctionSettings {
        memory_size: MemorySize::from_megabytes(2).expect("a size"),
        ..FunctionSettings::default()
    };
    let name = FunctionName::parse("pets").expect("a name");
    let function = Function {
        name,
        version: FunctionVersion::Latest,
        component: "pets.wasm".into(),
        settings,
    };
    let network = Arc::new(Network::new(OutboundSettings::default()));
    let blueprint = Blueprint {
        component: linker::link(&code, &function.settings)?,
        indices: Indices::default(),
        template: StateTemplate {
            facts: Arc::new(FunctionFacts::new(&function, "arn".into(), &Functions::default())),
            key_values: Grants::new(Arc::new(MemoryKeyValues::default()), &[]),
            client: Arc::new(Client::new(network, &function.settings)),
            settings: function.settings,
            live: Arc::default(),
            long_runs,
        },
        registry: Arc::default(),
    };
    blueprint.instantiate(Deadline::after(Duration::from_millis(100)), Room::AsItIs).await.map(drop)
}

async fn check(component: &str, expected: Expect) {
    expected.assert_eq(&match start(component).await {
        Ok(()) => "started".to_owned(),
        Err(error) => error.to_string(),
    });
}

/// Of one core module, whose start function this is.
async fn check_start(definitions: &str, code: &str, expected: Expect) {
    let component = format!(
        "(component
            (core module $m {definitions} (func $start {code}) (start $start))
            (core instance (instantiate $m)))"
    );
    check(&component, expected).await;
}

#[tokio::test]
async fn start_code_that_ends_is_fine() {
    check_start("(memory 1)", "nop", expect!["started"]).await;
}

#[tokio::test]
async fn endless_start_code_is_stopped() {
    check_start(
        "",
        "(loop $l (br $l))",
        expect!["the component does not start: the plugin did not answer within 100 ms"],
    )
    .await;
}

#[tokio::test]
async fn endless_recursion_is_a_trap() {
    check_start(
        "",
        "(call $start)",
        expect!["the component does not start: the plugin trapped: call stack exhausted in start"],
    )
    .await;
}

#[tokio::test]
async fn memory_that_is_asked_for_at_once_is_limited() {
    check_start("(memory 32)", "nop", expect!["started"]).await;
    check_start(
        "(memory 33)",
        "nop",
        expect!["the component does not start: the plugin exceeded its memory of 2 MB"],
    )
    .await;
}

#[tokio::test]
async fn memory_that_grows_is_limited() {
    let grow =
        "(loop $l (br_if $l (i32.ne (memory.grow (i32.const 1)) (i32.const -1)))) unreachable";
    check_start(
        "(memory 1)",
        grow,
        expect!["the component does not start: the plugin exceeded its memory of 2 MB"],
    )
    .await;
}

#[tokio::test]
async fn memories_are_limited_in_total() {
    let component = "
        (component
            (core module $m (memory 20))
            (core instance (instantiate $m))
            (core instance (instantiate $m)))";
    check(
        component,
        expect!["the component does not start: the plugin exceeded its memory of 2 MB"],
    )
    .await;
}

#[tokio::test]
async fn table_is_limited() {
    check_start("(table 65537 funcref)", "nop", expect!["the component does not compile: module table does not fit in pooling allocator requirements: table index 0 has a minimum element size of 65537 which exceeds the limit of 65536"]).await;
    let grow = "(if (i32.ne (table.grow (ref.null func) (i32.const 65537)) (i32.const -1))
        (then unreachable))";
    check_start("(table 1 funcref)", grow, expect!["started"]).await;
}

#[tokio::test]
async fn memories_and_tables_are_limited_in_number() {
    check_start(&"(memory 0)".repeat(5), "nop", expect!["the component does not compile: module memory does not fit in pooling allocator requirements: defined memories count of 5 exceeds the per-instance limit of 4"]).await;
    check_start(&"(table 0 funcref)".repeat(65), "nop", expect!["the component does not compile: module table does not fit in pooling allocator requirements: defined tables count of 65 exceeds the per-instance limit of 64"]).await;
}

#[tokio::test]
async fn core_instances_are_limited() {
    let instances = "(core instance (instantiate $m))".repeat(65);
    check(&format!("(component (core module $m) {instances})"), expect!["the component does not compile: The component transitively contains 65 core module instances, which exceeds the configured maximum of 64 in the pooling allocator"]).await;
}
