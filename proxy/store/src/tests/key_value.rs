//! The namespaces of functions, after `wit/host.wit`.

use std::thread;

use model::Namespace;

use super::sample::{open, store};
use crate::KeyValueError;

fn namespace(name: &str) -> Namespace {
    Namespace::parse(name).unwrap()
}

#[test]
fn values_are_there_after_a_restart_and_namespaces_are_apart() {
    let (folder, store) = store();
    let (one, other) = (namespace("one"), namespace("other"));
    store.key_values().set(&one, "k", b"v".to_vec()).unwrap();
    drop(store);
    let store = open(folder.path()).unwrap();
    let values = store.key_values();
    assert_eq!(values.get(&one, "k").unwrap().as_deref(), Some(b"v".as_slice()));
    assert_eq!(values.get(&other, "k").unwrap(), None);
    assert!(values.delete(&one, "k").unwrap());
    assert!(!values.delete(&one, "k").unwrap());
}

#[test]
fn keys_are_listed_in_order_by_prefix_and_page() {
    let (_folder, store) = store();
    let (space, values) = (namespace("one"), store.key_values());
    for key in ["b/2", "a", "b/1", "b/3", "c"] {
        values.set(&space, key, Vec::new()).unwrap();
    }
    let list = |prefix: &str, after: Option<&str>, limit: u32| {
        values.list_keys(&space, prefix, after, limit).unwrap()
    };
    assert_eq!(list("", None, 9), ["a", "b/1", "b/2", "b/3", "c"]);
    assert_eq!(list("b/", None, 2), ["b/1", "b/2"]);
    assert_eq!(list("b/", Some("b/2"), 2), ["b/3"]);
    assert!(list("x", None, 9).is_empty());
}

#[test]
fn a_value_is_set_only_if_it_is_the_expected_one() {
    let (_folder, store) = store();
    let (space, values) = (namespace("one"), store.key_values());
    let swap = |expected: Option<&str>, new: Option<&str>| {
        let bytes = |text: Option<&str>| text.map(|text| text.as_bytes().to_vec());
        values.compare_and_set(&space, "k", bytes(expected), bytes(new)).unwrap()
    };
    assert!(!swap(Some("a"), Some("b")));
    assert!(swap(None, Some("a")));
    assert!(!swap(None, Some("b")));
    assert!(swap(Some("a"), None));
    assert_eq!(values.get(&space, "k").unwrap(), None);
}

#[test]
fn increments_at_once_are_all_counted() {
    let (_folder, store) = store();
    let space = namespace("one");
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..25 {
                    store.key_values().increment(&space, "n", 2).unwrap();
                }
            });
        }
    });
    let values = store.key_values();
    assert_eq!(values.increment(&space, "n", -400).unwrap(), 0);
    values.set(&space, "max", i64::MAX.to_string().into_bytes()).unwrap();
    let overflow = values.increment(&space, "max", 1);
    assert!(matches!(overflow, Err(KeyValueError::NotAnInteger)));
    values.set(&space, "text", b"x".to_vec()).unwrap();
    assert!(matches!(values.increment(&space, "text", 1), Err(KeyValueError::NotAnInteger)));
}

#[test]
fn bounds_hold_at_and_past_the_limit() {
    let (_folder, store) = store();
    let (space, values) = (namespace("one"), store.key_values());
    let mebibyte = 1024 * 1024;
    assert!(matches!(values.set(&space, "", vec![]), Err(KeyValueError::InvalidKey)));
    assert!(values.set(&space, &"k".repeat(512), vec![]).is_ok());
    assert!(matches!(values.set(&space, &"k".repeat(513), vec![]), Err(KeyValueError::InvalidKey)));
    let too_large = values.set(&space, "v", vec![0; mebibyte + 1]);
    assert!(matches!(too_large, Err(KeyValueError::ValueTooLarge)));
    let full = namespace("full");
    for number in 0..63 {
        values.set(&full, &format!("{number:03}"), vec![0; mebibyte]).unwrap();
    }
    // 63 keys of 3 bytes and one of 4, and 128 bytes for each: the largest value that still fits.
    let left = mebibyte - 63 * 3 - 4 - 64 * 128;
    values.set(&full, "last", vec![0; left]).unwrap();
    let past = values.set(&full, "last", vec![0; left + 1]);
    assert!(matches!(past, Err(KeyValueError::NamespaceFull)));
    values.set(&full, "last", vec![0; left]).unwrap();
}
