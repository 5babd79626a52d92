//! What is said of instances that do not fit.

use expect_test::{Expect, expect};

use super::{compiled, violations};

#[track_caller]
fn check(schema: &str, instance: &str, expected: Expect) {
    expected.assert_eq(&violations(&compiled(schema).unwrap(), instance));
}

#[test]
fn each_keyword_has_the_words_of_aws() {
    check(
        r#"{"required": ["b", "a", "c"]}"#,
        r#"{"c": 1}"#,
        expect![[r#"[object has missing required properties (["a","b"])]"#]],
    );
    check(
        r#"{"type": "integer"}"#,
        r#""x""#,
        expect![[
            r#"[instance type (string) does not match any allowed primitive type (allowed: ["integer"])]"#
        ]],
    );
    check(
        r#"{"type": "number"}"#,
        r#""x""#,
        expect![[
            r#"[instance type (string) does not match any allowed primitive type (allowed: ["integer","number"])]"#
        ]],
    );
    check(
        r#"{"enum": ["dog", 1, null]}"#,
        r#""cat""#,
        expect![[
            r#"[instance value ("cat") not found in enum (possible values: ["dog",1,null])]"#
        ]],
    );
    check(
        r#"{"minLength": 3, "pattern": "^z"}"#,
        r#""ab""#,
        expect![[
            r#"[string "ab" is too short (length: 2, required minimum: 3), ECMA 262 regex "^z" does not match input string "ab"]"#
        ]],
    );
    check(
        r#"{"maxLength": 1}"#,
        r#""äö""#,
        expect![[r#"[string "äö" is too long (length: 2, maximum allowed: 1)]"#]],
    );
    check(
        r#"{"properties": {"a": {}}, "additionalProperties": false, "maxProperties": 1}"#,
        r#"{"z": 1, "a": 1, "b": 1}"#,
        expect![[
            r#"[object instance has properties which are not allowed by the schema: ["b","z"], object has too many properties (found 3 but schema requires at most 1)]"#
        ]],
    );
    check(
        r#"{"minProperties": 1}"#,
        "{}",
        expect!["[object has too few properties (found 0 but schema requires at least 1)]"],
    );
    check(
        r#"{"dependencies": {"a": ["c", "b"]}}"#,
        r#"{"a": 1, "b": 1}"#,
        expect![[
            r#"[property "a" of object has missing property dependencies (schema requires ["b","c"]; missing: ["c"])]"#
        ]],
    );
    check(r#"{"not": {}}"#, "1", expect!["[instance matched a schema which it should not have]"]);
}

#[test]
fn numbers_and_arrays_are_told_with_their_limits() {
    check(
        r#"{"minimum": 25}"#,
        "20.5",
        expect!["[numeric instance is lower than the required minimum (minimum: 25, found: 20.5)]"],
    );
    check(
        r#"{"maximum": 25, "exclusiveMaximum": true}"#,
        "25.0",
        expect!["[numeric instance is not strictly lower than the required maximum 25]"],
    );
    check(r#"{"multipleOf": 2}"#, "7", expect!["[remainder of division is not zero (7 / 2)]"]);
    check(
        r#"{"minItems": 3, "uniqueItems": true}"#,
        "[1, 1.0]",
        expect![
            "[array is too short: must have at least 3 elements but instance has 2 elements, array must not contain duplicate elements]"
        ],
    );
    check(
        r#"{"items": [{}], "additionalItems": false}"#,
        "[1, 2]",
        expect!["[schema only allows 1 elements in array but instance has 2 elements]"],
    );
}

#[test]
fn combinations_count_what_fits() {
    let some = r#"[{"type": "string"}, {"type": "integer"}, {"minimum": 3}]"#;
    check(
        &format!(r#"{{"allOf": {some}}}"#),
        "1",
        expect!["[instance failed to match all required schemas (matched only 1 out of 3)]"],
    );
    check(
        &format!(r#"{{"oneOf": {some}}}"#),
        "5",
        expect!["[instance failed to match exactly one schema (matched 2 out of 3)]"],
    );
    check(
        r#"{"anyOf": [{"type": "string"}, {"type": "null"}]}"#,
        "5",
        expect!["[instance failed to match at least one required schema among 2]"],
    );
}

#[test]
fn formats_are_told_by_name() {
    check(
        r#"{"format": "date-time"}"#,
        r#""today""#,
        expect![[
            r#"[string "today" is invalid against requested date format(s) [yyyy-MM-dd'T'HH:mm:ssZ, yyyy-MM-dd'T'HH:mm:ss.[0-9]{1,12}Z]]"#
        ]],
    );
    check(
        r#"{"format": "email"}"#,
        r#""ada""#,
        expect![[r#"[string "ada" is not a valid email address]"#]],
    );
}

#[test]
fn members_come_by_name_and_only_of_what_fits_itself() {
    let schema = r#"{
        "required": ["id"],
        "properties": {
            "b": {"type": "string"},
            "a": {"type": "array", "items": {"type": "boolean"}},
            "c": {"properties": {"d": {"type": "null"}}}
        }
    }"#;
    check(
        schema,
        r#"{"c": {"d": 1}, "b": 1, "a": [true, 2], "id": 1}"#,
        expect![[
            r#"[instance type (integer) does not match any allowed primitive type (allowed: ["boolean"]), instance type (integer) does not match any allowed primitive type (allowed: ["string"]), instance type (integer) does not match any allowed primitive type (allowed: ["null"])]"#
        ]],
    );
    check(schema, r#"{"b": 1}"#, expect![[r#"[object has missing required properties (["id"])]"#]]);
}
