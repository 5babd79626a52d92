//! What must not take long, nor overflow the stack, whatever is asked.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{compiled, violations};

fn nested(depth: usize, begin: &str, inner: &str, end: &str) -> String {
    format!("{}{inner}{}", begin.repeat(depth), end.repeat(depth))
}

#[test]
fn alternatives_that_multiply_are_given_up() {
    let schema = compiled(
        r##"{"anyOf": [
            {"properties": {"x": {"$ref": "#"}}, "required": ["a"]},
            {"properties": {"x": {"$ref": "#"}}, "required": ["b"]},
            {"properties": {"x": {"$ref": "#"}, "y": {"not": {}}}}
        ]}"##,
    );
    let bomb = nested(120, r#"{"a": 1, "b": 1, "y": 1, "x": "#, r#"{"y": 1}"#, "}");
    let told = violations(&schema.unwrap(), &bomb);
    assert_eq!(told, "[instance takes too long to validate against the schema]");
}

#[test]
fn a_schema_that_is_within_itself_is_given_up() {
    let schema = compiled(r##"{"allOf": [{"$ref": "#"}]}"##).unwrap();
    assert_eq!(
        violations(&schema, "1"),
        "[instance takes too long to validate against the schema]"
    );
    let schema = compiled(r##"{"not": {"not": {"$ref": "#"}}}"##).unwrap();
    assert_eq!(
        violations(&schema, "1"),
        "[instance takes too long to validate against the schema]"
    );
}

#[test]
fn a_recursive_schema_follows_an_instance_as_deep_as_it_can_be_read() {
    let schema = r##"{"type": "array", "items": {"$ref": "#"}}"##;
    let schema = compiled(schema).unwrap();
    assert_eq!(violations(&schema, &nested(120, "[", "", "]")), "");
    assert_ne!(violations(&schema, &nested(120, "[", "1", "]")), "");
}

#[test]
fn a_deep_schema_and_many_messages_are_bounded() {
    let schema = nested(60, r#"{"items": {"allOf": ["#, "{}", "]}}");
    let schema: Result<Value, _> = serde_json::from_str(&schema);
    assert!(schema.is_err(), "deeper than is read");
    let schema = compiled(r#"{"items": {"type": "null"}}"#).unwrap();
    let told = violations(&schema, &json!(vec![1; 10_000]).to_string());
    assert_eq!(told.matches("instance type").count(), 100);
    let told = violations(
        &compiled(r#"{"maxLength": 1}"#).unwrap(),
        &json!("x".repeat(1_000_000)).to_string(),
    );
    assert!(told.len() < 2_000);
}

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[a-c]{0,3}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((KEYWORDS, inner), 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// Names of keywords, and of members.
const KEYWORDS: &str = "type|required|properties|items|allOf|anyOf|oneOf|not|enum|pattern|\\$ref|dependencies|minimum|multipleOf|uniqueItems|maxLength|additionalProperties|additionalItems|patternProperties|a|b";

proptest! {
    /// Schemas of anything, and instances of anything: whatever fits is not explained, and the rest is.
    #[test]
    fn nothing_panics_and_what_does_not_fit_is_told(schema in json_value(), instance in json_value()) {
        if let Ok(schema) = compiled(&schema.to_string()) {
            prop_assert_ne!(violations(&schema, &instance.to_string()), "[]");
        }
    }
}
