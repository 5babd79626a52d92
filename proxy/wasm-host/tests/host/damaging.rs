//! Components whose bytes were damaged: each is refused, or works within its limits. Nothing panics.

use std::cell::Cell;

use proptest::prelude::{Strategy, any, prop};
use proptest::prop_assert;
use proptest::test_runner::{Config, TestRunner};

use crate::components::component;
use crate::event_text::EventText;
use crate::setup::{Setup, host_with, invoke, settings};

/// What happens to bytes.
#[derive(Clone, Debug)]
enum Damage {
    /// The rest is missing.
    Cut(prop::sample::Index),
    /// Some have other bits.
    Flipped(Vec<(prop::sample::Index, u8)>),
}

impl Damage {
    fn done_to(&self, sound: &[u8]) -> Vec<u8> {
        match self {
            Self::Cut(at) => sound[..at.index(sound.len())].to_vec(),
            Self::Flipped(flips) => {
                let mut bytes = sound.to_vec();
                for (at, bits) in flips {
                    bytes[at.index(sound.len())] ^= bits;
                }
                bytes
            }
        }
    }
}

fn damage() -> impl Strategy<Value = Damage> {
    let index = any::<prop::sample::Index>;
    let flips = prop::collection::vec((index(), 1..=u8::MAX), 1..4);
    // Most that is cut ends where it is looked at first.
    prop::strategy::Union::new_weighted(vec![
        (1, index().prop_map(Damage::Cut).boxed()),
        (9, flips.prop_map(Damage::Flipped).boxed()),
    ])
}

/// How many of so many damaged components are loaded.
fn check(sound: &[u8], cases: u32) -> u32 {
    let directory = tempfile::tempdir().expect("a directory");
    let host = host_with(settings(&directory.path().join("code"), 4));
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_all().build().expect("a runtime");
    let loaded = Cell::new(0);
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let outcome = TestRunner::new(config).run(&damage(), |damage| {
        let setup = Setup::bytes(damage.done_to(sound)).timeout(100);
        let said = runtime.block_on(async {
            match setup.try_load(&host).await {
                Ok(plugin) => {
                    loaded.set(loaded.get() + 1);
                    invoke(&plugin, "{}").await
                }
                Err(refusal) => refusal.to_string(),
            }
        });
        prop_assert!(!said.contains("panic"), "{said}");
        Ok(())
    });
    outcome.expect("no panic");
    loaded.get()
}

#[test]
fn small_component_that_is_damaged_is_refused_or_works() {
    const CASES: u32 = 600;
    let loaded = check(&EventText::default().component(), CASES);
    assert!((1..CASES).contains(&loaded), "{loaded} of {CASES} were loaded");
}

#[test]
fn large_component_that_is_damaged_is_refused_or_works() {
    check(&component("echo"), 24);
}
