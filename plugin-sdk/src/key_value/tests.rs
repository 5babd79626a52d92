use super::*;

const PETS: Namespace = Namespace::open("pets");

#[test]
fn value_is_read_back_until_it_is_deleted() {
    PETS.set("a", b"1").unwrap();
    assert_eq!(PETS.get("a").unwrap().as_deref(), Some(&b"1"[..]));
    assert!(PETS.delete("a").unwrap());
    assert!(!PETS.delete("a").unwrap());
    assert_eq!(PETS.get("a").unwrap(), None);
}

#[test]
fn namespaces_do_not_see_each_other() {
    Namespace::open("owners").set("a", b"1").unwrap();
    assert_eq!(PETS.get("a").unwrap(), None);
    assert!(PETS.list_keys("", None, 10).unwrap().is_empty());
}

#[test]
fn keys_are_listed_in_pages() {
    for key in ["pet/2", "pet/1", "pet/3", "owner/1", "pex"] {
        PETS.set(key, b"").unwrap();
    }
    assert_eq!(PETS.list_keys("pet/", None, 2).unwrap(), ["pet/1", "pet/2"]);
    assert_eq!(PETS.list_keys("pet/", Some("pet/2"), 2).unwrap(), ["pet/3"]);
    assert_eq!(PETS.list_keys("pet/", Some("a"), 1).unwrap(), ["pet/1"]);
    assert!(PETS.list_keys("pet/", Some("z"), 1).unwrap().is_empty());
}

#[test]
fn update_starts_again_when_another_writer_was_faster() {
    PETS.set_json("count", &1).unwrap();
    let mut calls = 0;
    let sum = PETS.update("count", |count: Option<u32>| {
        calls += 1;
        if calls == 1 {
            PETS.set_json("count", &10)?;
        }
        Ok::<_, KeyValueError>(count.map(|count| count + 1))
    });
    assert_eq!((sum.unwrap(), calls), (Some(11), 2));
}

#[test]
fn update_gives_up_when_the_value_never_rests() {
    let mut calls = 0;
    let result = PETS.update("count", |_: Option<u32>| {
        calls += 1;
        PETS.set_json("count", &calls)?;
        Ok::<_, KeyValueError>(Some(0))
    });
    assert!(matches!(result, Err(KeyValueError::Contended { .. })));
    assert_eq!(calls, UPDATE_ATTEMPTS_MAX);
}

#[test]
fn update_to_none_removes_the_key() {
    PETS.set_json("count", &1).unwrap();
    PETS.update("count", |_: Option<u32>| Ok::<_, KeyValueError>(None)).unwrap();
    assert_eq!(PETS.get("count").unwrap(), None);
}

#[test]
fn increment_counts_from_zero_and_refuses_text() {
    assert_eq!(PETS.increment("id", 2).unwrap(), 2);
    assert_eq!(PETS.increment("id", -3).unwrap(), -1);
    PETS.set("id", b"one").unwrap();
    assert!(matches!(PETS.increment("id", 1), Err(KeyValueError::NotAnInteger { .. })));
}

#[test]
fn key_and_value_have_limits() {
    assert!(PETS.set(&"k".repeat(512), b"").is_ok());
    assert!(matches!(
        PETS.set(&"k".repeat(513), b""),
        Err(KeyValueError::InvalidKey { bytes: 513 })
    ));
    assert!(matches!(PETS.set("", b""), Err(KeyValueError::InvalidKey { bytes: 0 })));
    assert!(PETS.set("v", &vec![0; 1024 * 1024]).is_ok());
    assert!(matches!(
        PETS.set("v", &vec![0; 1024 * 1024 + 1]),
        Err(KeyValueError::ValueTooLarge { .. })
    ));
}

#[test]
fn value_that_is_not_the_expected_json_is_reported_with_its_key() {
    PETS.set("a", b"{").unwrap();
    let error = PETS.get_json::<u32>("a").unwrap_err();
    assert_eq!(error.to_string(), r#"cannot read or write the value of key "a" as JSON"#);
}
