//! `key-value`: what instances share.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use model::Namespace;
use serde_json::json;
use wasm_host::{KeyValueError, KeyValueFuture, KeyValues};

use crate::setup::{Setup, host, host_with_key_values, invoke};

#[tokio::test]
async fn value_outlives_the_instance_and_the_plugin() {
    let host = host();
    let first = Setup::guest("key_value").namespace("sessions").load(&host).await;
    let set = json!({"operation": "set", "namespace": "sessions", "key": "a", "value": "1"});
    assert_eq!(invoke(&first, &set.to_string()).await, "null");
    drop(first);
    let second = Setup::guest("key_value").namespace("sessions").load(&host).await;
    let get = json!({"operation": "get", "namespace": "sessions", "key": "a"});
    assert_eq!(invoke(&second, &get.to_string()).await, r#""1""#);
}

#[tokio::test]
async fn namespace_that_was_not_granted_is_denied() {
    let host = host();
    let plugin = Setup::guest("key_value").namespace("mine").load(&host).await;
    let get = json!({"operation": "get", "namespace": "yours", "key": "a"});
    assert_eq!(invoke(&plugin, &get.to_string()).await, r#"{"error":"access-denied"}"#);
}

#[tokio::test]
async fn each_operation_answers_as_the_contract_says() {
    let host = host();
    let plugin = Setup::guest("key_value").namespace("n").load(&host).await;
    let steps = [
        (json!({"operation": "get", "key": "a"}), "null"),
        (json!({"operation": "compare-and-set", "key": "a", "new": "1"}), "true"),
        (json!({"operation": "compare-and-set", "key": "a", "new": "2"}), "false"),
        (json!({"operation": "increment", "key": "a", "delta": -3}), "-2"),
        (json!({"operation": "set", "key": "b", "value": "x"}), "null"),
        (json!({"operation": "increment", "key": "b"}), r#"{"error":"not-an-integer"}"#),
        (json!({"operation": "list"}), r#"["a","b"]"#),
        (json!({"operation": "list", "after": "a"}), r#"["b"]"#),
        (json!({"operation": "delete", "key": "a"}), "true"),
        (json!({"operation": "delete", "key": "a"}), "false"),
        (json!({"operation": "set", "key": "", "value": "x"}), r#"{"error":"invalid-key"}"#),
        (json!({"operation": "fill", "key": "f", "bytes": 1_048_576}), "null"),
        (
            json!({"operation": "fill", "key": "f", "bytes": 1_048_577}),
            r#"{"error":"value-too-large"}"#,
        ),
    ];
    for (mut event, expected) in steps {
        event["namespace"] = "n".into();
        assert_eq!(invoke(&plugin, &event.to_string()).await, expected, "{event}");
    }
}

#[tokio::test]
async fn full_namespace_says_so() {
    let host = host();
    let plugin = Setup::guest("key_value").namespace("n").load(&host).await;
    let mut refused = None;
    for number in 0..65 {
        let key = format!("key-{number}");
        let fill = json!({"operation": "fill", "namespace": "n", "key": key, "bytes": 1_048_576});
        let answer = invoke(&plugin, &fill.to_string()).await;
        if answer != "null" {
            refused = Some((number, answer));
            break;
        }
    }
    assert_eq!(refused, Some((63, r#"{"error":"namespace-full"}"#.to_owned())));
}

/// Counts, slowly, and can do nothing else: a disk that is full.
#[derive(Default)]
struct SlowCounter(AtomicI64);

fn full<'a, T>() -> KeyValueFuture<'a, T> {
    Box::pin(async { Err(KeyValueError::Unavailable("the disk is full".to_owned())) })
}

impl KeyValues for SlowCounter {
    fn get<'a>(&'a self, _: &'a Namespace, _: String) -> KeyValueFuture<'a, Option<Vec<u8>>> {
        full()
    }

    fn set<'a>(&'a self, _: &'a Namespace, _: String, _: Vec<u8>) -> KeyValueFuture<'a, ()> {
        full()
    }

    fn delete<'a>(&'a self, _: &'a Namespace, _: String) -> KeyValueFuture<'a, bool> {
        full()
    }

    fn list_keys<'a>(
        &'a self,
        _: &'a Namespace,
        _: String,
        _: Option<String>,
        _: u32,
    ) -> KeyValueFuture<'a, Vec<String>> {
        full()
    }

    fn compare_and_set<'a>(
        &'a self,
        _: &'a Namespace,
        _: String,
        _: Option<Vec<u8>>,
        _: Option<Vec<u8>>,
    ) -> KeyValueFuture<'a, bool> {
        full()
    }

    fn increment<'a>(&'a self, _: &'a Namespace, _: String, by: i64) -> KeyValueFuture<'a, i64> {
        Box::pin(async move {
            tokio::time::sleep(Duration::from_millis(20)).await;
            Ok(self.0.fetch_add(by, Ordering::Relaxed) + by)
        })
    }
}

#[tokio::test]
async fn call_waits_for_the_store_and_no_thread_does() {
    let host = host_with_key_values(Arc::new(SlowCounter::default()));
    let plugin = Setup::guest("key_value").namespace("n").load(&host).await;
    let event = json!({"operation": "increment", "namespace": "n", "key": "k"}).to_string();
    // All on the one thread of this test.
    let call = || invoke(&plugin, &event);
    let mut sums = <[String; 4]>::from(tokio::join!(call(), call(), call(), call()));
    sums.sort();
    assert_eq!(sums, ["1", "2", "3", "4"]);
}

#[tokio::test]
async fn store_that_fails_breaks_the_call() {
    let host = host_with_key_values(Arc::new(SlowCounter::default()));
    let plugin = Setup::guest("key_value").namespace("n").load(&host).await;
    let event = json!({"operation": "set", "namespace": "n", "key": "k"}).to_string();
    let answer = invoke(&plugin, &event).await;
    assert_eq!(
        answer,
        "fault: the plugin trapped: the key-value store cannot be used: the disk is full"
    );
    let next = json!({"operation": "increment", "namespace": "n", "key": "k"}).to_string();
    assert_eq!(invoke(&plugin, &next).await, "1");
}
