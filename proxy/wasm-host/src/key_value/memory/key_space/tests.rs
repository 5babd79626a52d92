//! One namespace at its bounds. Every other operation is tested through a guest.

use super::{ENTRY_BYTES, Error, KEY_BYTES_MAX, KeySpace, LIST_KEYS_MAX, NAMESPACE_BYTES_MAX};

fn space(keys: &[&str]) -> KeySpace {
    let space = KeySpace::default();
    for key in keys {
        assert!(space.set((*key).to_owned(), Vec::new()).is_ok());
    }
    space
}

#[track_caller]
fn check_list(prefix: &str, after: Option<&str>, limit: u32, expected: &[&str]) {
    let space = space(&["a", "b", "b/1", "b/2", "b/3", "c", "ü"]);
    assert_eq!(space.list_keys(prefix, after, limit), expected);
}

#[test]
fn listed_keys_have_the_prefix_and_come_after() {
    check_list("", None, 10, &["a", "b", "b/1", "b/2", "b/3", "c", "ü"]);
    check_list("b/", None, 10, &["b/1", "b/2", "b/3"]);
    check_list("b/", Some("b/1"), 10, &["b/2", "b/3"]);
    check_list("b/", Some("b/15"), 10, &["b/2", "b/3"]);
    check_list("b/", Some("a"), 10, &["b/1", "b/2", "b/3"]);
    check_list("b/", Some("c"), 10, &[]);
    check_list("b", None, 2, &["b", "b/1"]);
    check_list("b", None, 0, &[]);
    check_list("x", None, 10, &[]);
}

#[test]
fn listed_keys_have_a_maximum() {
    let space = KeySpace::default();
    for number in 0..=LIST_KEYS_MAX {
        assert!(space.set(format!("{number:04}"), Vec::new()).is_ok());
    }
    assert_eq!(space.list_keys("", None, u32::MAX).len(), 1_000);
}

#[test]
fn keys_have_a_maximum_length() {
    let space = KeySpace::default();
    assert!(space.set("x".repeat(KEY_BYTES_MAX), Vec::new()).is_ok());
    let refused = space.set("x".repeat(KEY_BYTES_MAX + 1), Vec::new());
    assert!(matches!(refused, Err(Error::InvalidKey)));
}

#[test]
fn removed_bytes_can_be_used_again() {
    let space = KeySpace::default();
    let mebibyte = || vec![0; 1024 * 1024];
    for round in 0..3 {
        for number in 0..63 {
            assert!(space.set(format!("{number}"), mebibyte()).is_ok(), "{round}: {number}");
        }
        assert!(matches!(space.set("63".to_owned(), mebibyte()), Err(Error::NamespaceFull)));
        let replaced = space.set("0".to_owned(), vec![1]);
        assert!(replaced.is_ok());
        for number in 0..63 {
            assert!(matches!(space.delete(&number.to_string()), Ok(true)));
        }
    }
}

#[test]
fn small_entries_fill_the_namespace_as_well() {
    let space = KeySpace::default();
    let written = (0..1_000_000)
        .take_while(|number| space.set(format!("{number:06}"), Vec::new()).is_ok())
        .count();
    assert_eq!(written, NAMESPACE_BYTES_MAX / (ENTRY_BYTES + 6));
    let refused = space.increment("n".to_owned(), 1);
    assert!(matches!(refused, Err(Error::NamespaceFull)));
}

#[test]
fn increment_stays_in_range() {
    let space = KeySpace::default();
    assert!(matches!(space.increment("n".to_owned(), i64::MAX), Ok(i64::MAX)));
    assert!(matches!(space.increment("n".to_owned(), 1), Err(Error::NotAnInteger)));
    assert!(matches!(space.get("n"), Ok(Some(value)) if value == i64::MAX.to_string().as_bytes()));
}

#[test]
fn refused_write_changes_nothing() {
    let space = space(&["a"]);
    let too_large = vec![0; 1024 * 1024 + 1];
    let refused = space.compare_and_set("a".to_owned(), Some(b""), Some(too_large));
    assert!(matches!(refused, Err(Error::ValueTooLarge)));
    assert!(matches!(space.get("a"), Ok(Some(value)) if value.is_empty()));
}

#[test]
fn increments_of_many_threads_are_all_counted() {
    let space = KeySpace::default();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..1_000 {
                    assert!(space.increment("n".to_owned(), 1).is_ok());
                }
            });
        }
    });
    assert!(matches!(space.increment("n".to_owned(), 0), Ok(4_000)));
}
