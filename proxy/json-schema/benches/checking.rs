//! How long it takes to check a body of 2 KB against a model of 30 properties, read and not yet read.

#![forbid(unsafe_code)]

use divan::{Bencher, black_box};
use json_schema::{Root, Schema, compile};
use serde_json::{Map, Value, json};

fn main() {
    divan::main();
}

/// Of 30 properties, of all types.
fn schema() -> Schema {
    let mut properties = Map::new();
    for number in 0..6 {
        let mut add =
            |name: &str, schema: Value| properties.insert(format!("{name}{number}"), schema);
        add("text", json!({"type": "string", "minLength": 1, "maxLength": 200}));
        add("code", json!({"type": "string", "pattern": "^[A-Z]{2}-\\d{4}$"}));
        add("count", json!({"type": "integer", "minimum": 0, "maximum": 1_000_000}));
        add("kind", json!({"enum": ["cat", "dog", "fish"]}));
        add("tags", json!({"type": "array", "items": {"type": "string"}, "maxItems": 10}));
    }
    let required: Vec<&String> = properties.keys().collect();
    let document = json!({"type": "object", "required": required, "properties": properties});
    let root = Root { document: 0, pointer: String::new() };
    let mut schemas = compile(&[(String::new(), &document)], &[root]).expect("it is a schema");
    schemas.remove(0)
}

/// Of 2 KB.
fn body() -> String {
    let mut members = Map::new();
    for number in 0..6 {
        let mut add = |name: &str, value: Value| members.insert(format!("{name}{number}"), value);
        add("text", json!("x".repeat(200)));
        add("code", json!("AB-1234"));
        add("count", json!(4_711));
        add("kind", json!("fish"));
        add("tags", json!(["one", "two", "three", "four", "five", "six", "seven", "eight"]));
    }
    Value::Object(members).to_string()
}

#[divan::bench]
fn body_of_2_kb_against_30_properties(bencher: Bencher<'_, '_>) {
    let (schema, body) = (schema(), body());
    assert!((1_900..2_300).contains(&body.len()), "{} bytes", body.len());
    bencher.bench_local(|| {
        let body: Value = serde_json::from_str(black_box(&body)).expect("it is JSON");
        schema.check(&body)
    });
    let body: Value = serde_json::from_str(&body).expect("it is JSON");
    assert!(schema.check(&body).is_ok(), "the body fits");
}

#[divan::bench]
fn check_alone(bencher: Bencher<'_, '_>) {
    let (schema, body) = (schema(), body());
    let body: Value = serde_json::from_str(&body).expect("it is JSON");
    bencher.bench_local(|| schema.check(black_box(&body)));
}
