//! Which calls share an instance.

use std::sync::Arc;
use std::time::Duration;

use model::Reuse;

use crate::setup::{Setup, host, host_with, invoke, settings};

const CALLS: &str = r#""calls""#;

fn warm(calls_max: Option<u32>) -> Reuse {
    Reuse::Warm { idle_max: 4, idle_time_max: Duration::from_secs(60), calls_max }
}

#[tokio::test]
async fn warm_instance_serves_the_next_call() {
    let host = host();
    let plugin = Setup::guest("echo").load(&host).await;
    assert_eq!(invoke(&plugin, CALLS).await, "1");
    assert_eq!(invoke(&plugin, CALLS).await, "2");
}

#[tokio::test]
async fn instance_is_never_reused_when_so_configured() {
    let host = host();
    let plugin = Setup::guest("echo").reuse(Reuse::Never).load(&host).await;
    assert_eq!(invoke(&plugin, CALLS).await, "1");
    assert_eq!(invoke(&plugin, CALLS).await, "1");
}

#[tokio::test]
async fn instance_is_dropped_after_its_last_call() {
    let host = host();
    let plugin = Setup::guest("echo").reuse(warm(Some(2))).load(&host).await;
    let mut seen = Vec::new();
    for _ in 0..4 {
        seen.push(invoke(&plugin, CALLS).await);
    }
    assert_eq!(seen, ["1", "2", "1", "2"]);
}

#[tokio::test]
async fn instance_that_was_idle_for_too_long_is_not_used() {
    let host = host();
    let reuse = Reuse::Warm { idle_max: 4, idle_time_max: Duration::ZERO, calls_max: None };
    let plugin = Setup::guest("echo").reuse(reuse).load(&host).await;
    assert_eq!(invoke(&plugin, CALLS).await, "1");
    assert_eq!(invoke(&plugin, CALLS).await, "1");
}

#[tokio::test]
async fn instance_that_trapped_is_not_used_again() {
    let host = host();
    let plugin = Setup::guest("misbehave").load(&host).await;
    for _ in 0..50 {
        assert!(invoke(&plugin, r#""trap""#).await.starts_with("fault: the plugin trapped"));
        assert_eq!(invoke(&plugin, r#""ok""#).await, r#"{"statusCode":200,"body":"ok"}"#);
    }
}

#[tokio::test]
async fn calls_at_once_have_an_instance_each() {
    let host = host();
    let plugin = Setup::guest("misbehave").timeout(300).load(&host).await;
    let (first, second) = tokio::join!(invoke(&plugin, r#""sleep""#), invoke(&plugin, r#""ok""#));
    assert_eq!(first, "fault: the plugin did not answer within 300 ms");
    assert_eq!(second, r#"{"statusCode":200,"body":"ok"}"#);
}

#[tokio::test]
async fn idle_instances_of_other_plugins_make_room() {
    let directory = tempfile::tempdir().expect("a directory");
    let host = host_with(settings(&directory.path().join("code"), 1));
    let first = Setup::guest("echo").load(&host).await;
    assert_eq!(invoke(&first, CALLS).await, "1");
    let second = Setup::guest("echo").load(&host).await;
    assert_eq!(invoke(&first, CALLS).await, "1");
    assert_eq!(invoke(&second, CALLS).await, "1");
    assert_eq!(invoke(&first, CALLS).await, "1");
}

#[tokio::test]
async fn call_says_so_when_there_is_no_room() {
    let directory = tempfile::tempdir().expect("a directory");
    let host = host_with(settings(&directory.path().join("code"), 1));
    let plugin = Setup::guest("misbehave").timeout(300).load(&host).await;
    let (_, second) = tokio::join!(invoke(&plugin, r#""sleep""#), invoke(&plugin, r#""ok""#));
    assert!(second.starts_with("fault: no instance of the plugin is available"), "{second}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_on_many_threads_share_the_plugin() {
    let host = host();
    let plugin = Arc::new(Setup::guest("echo").load(&host).await);
    let mut calls = tokio::task::JoinSet::new();
    for number in 0..500 {
        let plugin = Arc::clone(&plugin);
        calls.spawn(async move { (number, invoke(&plugin, &number.to_string()).await) });
    }
    while let Some(call) = calls.join_next().await {
        let (number, answer) = call.expect("no panic");
        assert_eq!(answer, number.to_string());
    }
}
