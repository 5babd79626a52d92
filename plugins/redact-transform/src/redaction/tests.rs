use proptest::prelude::*;
use serde_json::{Map, Value};

use super::*;

fn redaction(paths: &[&str], action: Action) -> Redaction {
    let paths = paths.iter().map(|path| Path::parse(path).unwrap());
    Redaction::new(paths.collect(), action)
}

fn mask() -> Action {
    Action::Mask("***".to_owned())
}

#[track_caller]
fn masks(paths: &[&str], text: &str, expected: &str) {
    let redacted = redaction(paths, mask()).apply(text).unwrap();
    assert_eq!(redacted.as_deref().unwrap_or("unchanged"), expected);
}

#[track_caller]
fn removes(paths: &[&str], text: &str, expected: &str) {
    let redacted = redaction(paths, Action::Remove).apply(text).unwrap();
    assert_eq!(redacted.as_deref().unwrap_or("unchanged"), expected);
}

#[test]
fn masked_value_leaves_every_other_byte_as_it_was() {
    masks(
        &["owner.email"],
        r#"{ "id": 1.50, "owner": {"email" : "a@b.c", "n": 12345678901234567890}, "id": 1e400 }"#,
        r#"{ "id": 1.50, "owner": {"email" : "***", "n": 12345678901234567890}, "id": 1e400 }"#,
    );
}

#[test]
fn values_of_every_type_are_masked() {
    masks(
        &["*.x"],
        r#"{"a":{"x":null},"b":{"x":[1,{"x":2}]},"c":{"x":{"y":1}},"d":[{"x":1}]}"#,
        r#"{"a":{"x":"***"},"b":{"x":"***"},"c":{"x":"***"},"d":[{"x":1}]}"#,
    );
}

#[test]
fn members_that_are_there_twice_are_masked_twice() {
    masks(&["a"], r#"{"a":1,"a":2}"#, r#"{"a":"***","a":"***"}"#);
}

#[test]
fn escaped_name_does_not_hide_a_field() {
    masks(&["email"], r#"{"\u0065mail":"a@b.c"}"#, r#"{"\u0065mail":"***"}"#);
}

#[test]
fn fields_are_found_at_any_depth() {
    masks(
        &["**.ssn"],
        r#"[{"ssn":1},{"a":[[{"ssn":2,"b":3}]]}]"#,
        r#"[{"ssn":"***"},{"a":[[{"ssn":"***","b":3}]]}]"#,
    );
}

#[test]
fn text_without_the_field_is_unchanged() {
    masks(&["a.b"], r#"{"a":[{"b":1}],"b":2}"#, "unchanged");
    masks(&["a"], r#""a""#, "unchanged");
    removes(&["a"], "{}", "unchanged");
}

#[test]
fn mask_is_written_as_json() {
    let redaction = redaction(&["a"], Action::Mask("\"\n".to_owned()));
    assert_eq!(redaction.apply(r#"{"a":1}"#).unwrap().unwrap(), r#"{"a":"\"\n"}"#);
}

#[test]
fn removed_member_takes_its_comma_along() {
    removes(&["a"], r#"{"a":1,"b":2,"c":3}"#, r#"{"b":2,"c":3}"#);
    removes(&["b"], r#"{"a":1, "b":2, "c":3}"#, r#"{"a":1, "c":3}"#);
    removes(&["c"], r#"{"a":1,"b":2 , "c":3 }"#, r#"{"a":1,"b":2 }"#);
    removes(&["a", "b"], r#"{ "a":1, "b":2, "c":3}"#, r#"{ "c":3}"#);
    removes(&["b", "c"], r#"{"a":1,"b":2,"c":3}"#, r#"{"a":1}"#);
    removes(&["a", "c"], r#"{"a":1,"b":2,"c":3}"#, r#"{"b":2}"#);
    removes(&["*"], r#"{ "a":1, "b":2 }"#, r#"{  }"#);
    removes(&["a[]"], r#"{"a":[1, 2, 3]}"#, r#"{"a":[]}"#);
    removes(&["*.x", "b"], r#"{"a":{"x":1,"y":2},"b":3}"#, r#"{"a":{"y":2}}"#);
}

#[test]
fn text_that_is_not_json_is_refused_even_after_the_field() {
    let error = redaction(&["a"], mask()).apply(r#"{"a":1} x"#).unwrap_err();
    assert_eq!(error.to_string(), "the body is not JSON: byte 8 comes after the end");
    assert!(redaction(&["a"], mask()).apply(r#"{"\ud800":1}"#).is_err());
}

/// The same on a parsed document, one path at a time: slow, and easy to believe.
fn expected(value: Value, path: &[&str], action: &Action) -> Value {
    let Some((first, rest)) = path.split_first() else {
        return value;
    };
    match value {
        Value::Object(members) => {
            let mut kept = Map::new();
            for (name, value) in members {
                match (*first == "*" || *first == name, rest.is_empty(), action) {
                    (true, true, Action::Remove) => {}
                    (true, true, Action::Mask(text)) => {
                        kept.insert(name, Value::String(text.clone()));
                    }
                    (true, false, _) => {
                        kept.insert(name, expected(value, rest, action));
                    }
                    (false, _, _) => {
                        kept.insert(name, value);
                    }
                }
            }
            Value::Object(kept)
        }
        Value::Array(elements) if *first == "[]" => match (rest.is_empty(), action) {
            (true, Action::Remove) => Value::Array(Vec::new()),
            (true, Action::Mask(text)) => {
                elements.iter().map(|_| Value::String(text.clone())).collect()
            }
            (false, _) => elements.into_iter().map(|e| expected(e, rest, action)).collect(),
        },
        other => other,
    }
}

fn document() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        "[ab\"\\\\é]{0,3}".prop_map(Value::from)
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec(("[abc]", inner), 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn result_is_that_of_a_parsed_document(
        document in document(),
        path in prop::collection::vec(prop::sample::select(vec!["a", "b", "*", "[]"]), 1..4),
        is_removing: bool,
        is_pretty: bool,
    ) {
        let action = if is_removing { Action::Remove } else { mask() };
        let text = if is_pretty {
            serde_json::to_string_pretty(&document).unwrap()
        } else {
            document.to_string()
        };
        let redacted = redaction(&[&path.join(".")], action.clone()).apply(&text).unwrap();
        let found: Value = serde_json::from_str(redacted.as_deref().unwrap_or(&text)).unwrap();
        prop_assert_eq!(found, expected(document, &path, &action));
    }
}
