//! References between documents, and within one.

use expect_test::{Expect, expect};
use serde_json::{Value, json};

use super::{compiled, violations};
use crate::{Root, compile};

const MODELS: &str = "https://apigateway.amazonaws.com/restapis/abc/models";

fn models() -> Vec<(String, Value)> {
    let pet = json!({
        "type": "object",
        "required": ["name"],
        "properties": {"owner": {"$ref": format!("{MODELS}/Owner")}},
    });
    let owner = json!({
        "definitions": {"List": {"type": "array", "items": {"$ref": format!("{MODELS}/Pet#")}}},
        "properties": {"pets": {"$ref": "#/definitions/List"}},
    });
    vec![(format!("{MODELS}/Pet"), pet), (format!("{MODELS}/Owner"), owner)]
}

#[test]
fn models_that_refer_to_each_other_are_one_schema() {
    let models = models();
    let documents: Vec<_> =
        models.iter().map(|(address, model)| (address.clone(), model)).collect();
    let root = |document| Root { document, pointer: String::new() };
    let schemas = compile(&documents, &[root(0), root(1)]).unwrap();
    let fits = r#"{"name": 1, "owner": {"pets": [{"name": 2}]}}"#;
    assert_eq!(violations(&schemas[0], fits), "");
    let missing = r#"{"name": 1, "owner": {"pets": [{"name": 2, "owner": {"pets": [{}]}}]}}"#;
    let expected = r#"[object has missing required properties (["name"])]"#;
    assert_eq!(violations(&schemas[0], missing), expected);
    assert_eq!(violations(&schemas[1], r#"{"pets": [{}]}"#), expected);
}

#[test]
fn a_pointer_of_a_reference_is_decoded() {
    let schema =
        r##"{"definitions": {"a/b %": {"type": "null"}}, "$ref": "#/definitions/a~1b%20%25"}"##;
    assert_ne!(violations(&compiled(schema).unwrap(), "1"), "");
    assert_eq!(violations(&compiled(schema).unwrap(), "null"), "");
}

#[track_caller]
fn check(schema: &str, expected: Expect) {
    let errors = compiled(schema).unwrap_err();
    let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
    expected.assert_eq(&lines.join("\n"));
}

#[test]
fn what_cannot_be_compiled_is_told_with_its_place() {
    check(r##"{"$ref": "#"}"##, expect!["refers to itself and to nothing else (at #)"]);
    check(
        r##"{"properties": {"a": {"$ref": "#/definitions/A"}}}"##,
        expect!["refers to #/definitions/A, which is not there (at #/properties/a)"],
    );
    check(
        r#"{"items": {"$ref": "https://example.com/a"}}"#,
        expect![[r#"refers to "https://example.com/a", which is no model (at #/items)"#]],
    );
    check(
        r##"{"items": {"$ref": "#name"}}"##,
        expect![[r##"refers to "#name", which is no JSON pointer (at #/items)"##]],
    );
    check(
        r#"{"type": "text", "minimum": "1", "pattern": "(?=a)", "allOf": []}"#,
        expect![[r#"
            must be a list of at least one schema (at #/allOf)
            must be a number (at #/minimum)
            has an expression that cannot be used: look-around, including look-ahead and look-behind, is not supported; write it without look-around and back-references, which take unbounded time (at #/pattern)
            must be a type of draft 4, got "text" (at #/type)"#]],
    );
    check(
        r#"{"properties": {"a": true}, "enum": [], "minimum": 1, "exclusiveMinimum": 1}"#,
        expect![[r#"
            must be a map, as every schema of draft 4 (at #/properties/a)
            must be a list of at least one value (at #/enum)
            must have a boolean beside it in exclusiveMinimum (at #/minimum)"#]],
    );
}
