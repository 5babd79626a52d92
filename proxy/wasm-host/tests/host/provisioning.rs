//! Provisioned instances: there before the first call, there for as long as the function is.

use std::time::Duration;

use model::Reuse;
use wasm_host::Host;

use crate::setup::{Setup, host, host_with, invoke, numbers, settings};

/// Expires at once, unless it is provisioned.
const SHORT: Reuse = Reuse::Warm { idle_max: 1, idle_time_max: Duration::ZERO, calls_max: None };

/// Waits until there are so many warm instances.
async fn warm(host: &Host, name: &str, instances: usize) {
    let wait = async {
        loop {
            let snapshots = host.functions().snapshots();
            let found = snapshots.iter().find(|snapshot| snapshot.name.as_str() == name);
            if found.expect("it is loaded").instances_warm == instances {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), wait).await.expect("they are there in time");
}

#[tokio::test]
async fn provisioned_instances_serve_the_first_calls() {
    let host = host();
    let plugin = Setup::guest("echo").provisioned(3).load(&host).await;
    assert_eq!(numbers(&host).instances_warm, 3);
    let calls = || invoke(&plugin, r#""calls""#);
    let answers = tokio::join!(calls(), calls(), calls());
    assert_eq!(answers, ("1".to_owned(), "2".to_owned(), "3".to_owned()));
    assert_eq!(numbers(&host).cold_starts, 0);
}

#[tokio::test]
async fn provisioned_instance_that_dies_is_replaced() {
    let host = host();
    let plugin = Setup::guest("misbehave").provisioned(2).load(&host).await;
    for _ in 0..5 {
        invoke(&plugin, r#""trap""#).await;
        warm(&host, "pets", 2).await;
    }
    let used_up = Reuse::Warm { idle_max: 9, idle_time_max: Duration::MAX, calls_max: Some(1) };
    let plugin =
        Setup::guest("echo").named("used-up").reuse(used_up).provisioned(2).load(&host).await;
    for _ in 0..5 {
        assert_eq!(invoke(&plugin, r#""calls""#).await, "1");
        warm(&host, "used-up", 2).await;
    }
}

#[tokio::test]
async fn provisioned_instances_are_never_idle_for_too_long() {
    let host = host();
    let _kept = Setup::guest("echo").reuse(SHORT).provisioned(2).load(&host).await;
    let _swept = Setup::guest("echo").named("swept").reuse(SHORT).load(&host).await;
    warm(&host, "swept", 0).await;
    warm(&host, "pets", 2).await;
}

#[tokio::test]
async fn provisioned_instances_make_no_room_for_others() {
    let directory = tempfile::tempdir().expect("a directory");
    let host = host_with(settings(&directory.path().join("code"), 2));
    let error = Setup::guest("echo").provisioned(3).try_load(&host).await.expect_err("too many");
    let refusal = error.to_string();
    assert!(refusal.starts_with("the component does not start: no instance"), "{refusal}");
    let _kept = Setup::guest("echo").provisioned(2).load(&host).await;
    let error = Setup::guest("echo").named("other").try_load(&host).await.expect_err("no room");
    assert!(error.to_string().contains("no instance"), "{error}");
    warm(&host, "pets", 2).await;
}

#[tokio::test]
async fn provisioned_instances_end_with_their_version() {
    let host = host();
    let old = Setup::guest("misbehave").provisioned(4).load(&host).await;
    let new = Setup::guest("echo").provisioned(1).load(&host).await;
    assert_eq!(numbers(&host).instances_warm, 5);
    // Its replacement is under way when the version ends.
    invoke(&old, r#""trap""#).await;
    drop(old);
    warm(&host, "pets", 1).await;
    assert_eq!(numbers(&host).instances_busy, 0);
    drop(new);
}
