//! Tests of `condition`: each operator on a match, no match, a missing key, several values, and its variants.

use serde_json::{Value, json};

use super::Condition;
use crate::context::{ConditionContext, Values};
use crate::effect::Effect;
use crate::element::Element;
use crate::pattern::Variables;

struct Context;

impl ConditionContext for Context {
    fn values(&self, key: &str) -> Values<'_> {
        match key {
            "arn" => Values::One("arn:aws:iam::123456789012:role/a:b/Reader"),
            "binary" => Values::One("QUJD"),
            "date" => Values::One("2020-06-01T12:00:00Z"),
            "empty" => Values::Many(&[]),
            "epoch" => Values::One("1591012800"), // The same moment as "date".
            "ip" => Values::One("203.0.113.7"),
            "ip6" => Values::One("2001:db8::7"),
            "many" => Values::Many(&["red", "blue"]),
            "number" => Values::One("10"),
            "secure" => Values::One("true"),
            "star" => Values::One("*"),
            "text" => Values::One("Blue"),
            "user" => Values::One("ada"),
            _ => Values::Missing,
        }
    }
}

fn parse(condition: &Value) -> Condition {
    Condition::parse(&Element::document(condition), Variables::Substituted)
        .unwrap_or_else(|error| panic!("{condition}: {error}"))
}

/// Checks one clause in a statement that denies; see [`check_allow`] for where an Allow differs.
#[track_caller]
fn check(operator: &str, key: &str, operands: Value, expected: bool) {
    let condition = json!({ operator: { key: operands } });
    assert_eq!(parse(&condition).holds(Effect::Deny, &Context), expected, "{condition}");
}

#[track_caller]
fn check_allow(operator: &str, key: &str, operands: Value, expected: bool) {
    let condition = json!({ operator: { key: operands } });
    assert_eq!(parse(&condition).holds(Effect::Allow, &Context), expected, "{condition}");
}

/// Checks an operator and its negation on a key that is there, and both on a missing key, with each variant.
#[track_caller]
fn check_pair(operator: &str, negation: &str, key: &str, cases: &[(Value, bool)]) {
    for (operands, expected) in cases {
        check(operator, key, operands.clone(), *expected);
        check(negation, key, operands.clone(), !expected);
        check(&format!("{operator}IfExists"), key, operands.clone(), *expected);
        check(&format!("{negation}IfExists"), key, operands.clone(), !expected);
        check(&format!("ForAnyValue:{operator}"), key, operands.clone(), *expected);
        check(&format!("ForAnyValue:{negation}"), key, operands.clone(), !expected);
        check(&format!("ForAllValues:{operator}"), key, operands.clone(), *expected);
        check(&format!("ForAllValues:{negation}"), key, operands.clone(), !expected);
        for missing in ["missing", "empty"] {
            check(operator, missing, operands.clone(), false);
            check(negation, missing, operands.clone(), true);
        }
        check_missing(operator, operands);
        check_missing(negation, operands);
    }
}

/// The variants of every operator say the same of a missing key.
#[track_caller]
fn check_missing(operator: &str, operands: &Value) {
    for missing in ["missing", "empty"] {
        check(&format!("{operator}IfExists"), missing, operands.clone(), true);
        check(&format!("ForAllValues:{operator}"), missing, operands.clone(), true);
        check(&format!("ForAllValues:{operator}IfExists"), missing, operands.clone(), true);
        check(&format!("ForAnyValue:{operator}"), missing, operands.clone(), false);
        check(&format!("ForAnyValue:{operator}IfExists"), missing, operands.clone(), true);
    }
}

/// Checks an operator that has no negation.
#[track_caller]
fn check_sole(operator: &str, key: &str, cases: &[(Value, bool)]) {
    for (operands, expected) in cases {
        check(operator, key, operands.clone(), *expected);
        check(&format!("{operator}IfExists"), key, operands.clone(), *expected);
        check(operator, "missing", operands.clone(), false);
        check_missing(operator, operands);
    }
}

#[test]
fn string_equals() {
    let cases = [
        (json!("Blue"), true),
        (json!("blue"), false),
        (json!("B*"), false),
        (json!(["Red", "Blue"]), true),
        (json!(["Red", "Green"]), false),
        (json!(""), false),
    ];
    check_pair("StringEquals", "StringNotEquals", "text", &cases);
    check("StringEquals", "number", json!(10), true);
    check("StringEquals", "secure", json!(true), true);
    check("StringEquals", "star", json!("*"), true);
}

#[test]
fn string_equals_ignore_case() {
    let cases = [
        (json!("bLUE"), true),
        (json!(["red", "blue"]), true),
        (json!("blu"), false),
        (json!("bl*"), false),
    ];
    check_pair("StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", "text", &cases);
}

#[test]
fn string_like() {
    let cases = [
        (json!("Bl*"), true),
        (json!("?lue"), true),
        (json!("bl*"), false),
        (json!("Bl"), false),
        (json!(["x*", "*e"]), true),
    ];
    check_pair("StringLike", "StringNotLike", "text", &cases);
}

#[test]
fn numeric_equals() {
    let cases = [
        (json!("10"), true),
        (json!(10), true),
        (json!("10.0"), true),
        (json!([9, 10]), true),
        (json!("1"), false),
    ];
    check_pair("NumericEquals", "NumericNotEquals", "number", &cases);
    check("NumericEquals", "text", json!(10), false);
    check("NumericNotEquals", "text", json!(10), true);
}

#[test]
fn numeric_order() {
    check_sole(
        "NumericLessThan",
        "number",
        &[(json!(11), true), (json!("10"), false), (json!(9), false)],
    );
    check_sole(
        "NumericLessThanEquals",
        "number",
        &[(json!(11), true), (json!("10"), true), (json!(9.5), false)],
    );
    check_sole(
        "NumericGreaterThan",
        "number",
        &[(json!(11), false), (json!(10), false), (json!([20, 9]), true)],
    );
    check_sole(
        "NumericGreaterThanEquals",
        "number",
        &[(json!(11), false), (json!(10), true), (json!(-9), true)],
    );
}

#[test]
fn date_equals() {
    let cases = [
        (json!("2020-06-01T12:00:00Z"), true),
        (json!("2020-06-01T14:00+02:00"), true),
        (json!(1_591_012_800), true),
        (json!("2020-06-01"), false),
        (json!(["2020", "1591012800"]), true),
    ];
    check_pair("DateEquals", "DateNotEquals", "date", &cases);
    check_pair("DateEquals", "DateNotEquals", "epoch", &cases);
    check("DateEquals", "text", json!("2020"), false);
}

#[test]
fn date_order() {
    let now = json!("2020-06-01T12:00:00Z");
    let (before, after) = (json!("2020-06-01"), json!("2020-06-02"));
    let cases = |less, equal, greater| {
        [(before.clone(), greater), (now.clone(), equal), (after.clone(), less)]
    };
    check_sole("DateLessThan", "date", &cases(true, false, false));
    check_sole("DateLessThanEquals", "date", &cases(true, true, false));
    check_sole("DateGreaterThan", "epoch", &cases(false, false, true));
    check_sole("DateGreaterThanEquals", "epoch", &cases(false, true, true));
}

#[test]
fn bool_and_binary() {
    check_sole(
        "Bool",
        "secure",
        &[
            (json!("true"), true),
            (json!(true), true),
            (json!("True"), true),
            (json!(false), false),
            (json!(["false", "true"]), true),
        ],
    );
    check("Bool", "text", json!("true"), false);
    check("Bool", "secure", json!("${secure}"), true);
    check("Bool", "secure", json!("${missing}"), false);
    check_sole(
        "BinaryEquals",
        "binary",
        &[(json!("QUJD"), true), (json!("QUJE"), false), (json!(["QQ==", "QUJD"]), true)],
    );
}

#[test]
fn ip_address() {
    let cases = [
        (json!("203.0.113.0/24"), true),
        (json!("203.0.113.7"), true),
        (json!("203.0.114.0/24"), false),
        (json!(["2001:db8::/32", "203.0.113.0/24"]), true),
        (json!("2001:db8::/32"), false),
    ];
    check_pair("IpAddress", "NotIpAddress", "ip", &cases);
    check("IpAddress", "ip6", json!("2001:db8::/32"), true);
    check("IpAddress", "text", json!("0.0.0.0/0"), false);
    check("NotIpAddress", "text", json!("0.0.0.0/0"), true);
}

#[test]
fn arn_equals_and_arn_like_compare_part_by_part() {
    let cases = [
        (json!("arn:aws:iam::123456789012:role/a:b/Reader"), true),
        (json!("arn:aws:iam::*:role/*"), true),
        (json!("arn:*:*:*:*:*"), true),
        (json!("arn:aws:iam::12345678901?:role/a:*"), true),
        (json!("arn:aws:iam::12345678901?:role/a:B*"), false),
        (json!("arn:aws:*:role/a:b/Reader:x"), false), // A star does not reach into the next part.
        (json!("arn:*:123456789012:role/a:b:Reader"), false),
        (json!("arn:aws:iam::123456789012:user/*"), false),
        (json!(["arn:aws:s3:::x", "arn:aws:iam::*:*"]), true),
    ];
    check_pair("ArnLike", "ArnNotLike", "arn", &cases);
    check_pair("ArnEquals", "ArnNotEquals", "arn", &cases);
    check("ArnLike", "text", json!("*:*:*:*:*:*"), false);
    check("ArnEquals", "arn", json!("${arn}"), true);
    check("ArnEquals", "arn", json!("arn:aws:iam::${account, '123456789012'}:role/*"), true);
    check("ArnEquals", "arn", json!("${text}"), false);
    check("ArnEquals", "arn", json!("arn:aws:iam::${missing}:*"), false);
}

#[test]
fn null_asks_whether_the_key_is_missing() {
    for (missing, present) in [(json!("true"), json!("false")), (json!(true), json!([false]))] {
        check("Null", "missing", missing.clone(), true);
        check("Null", "empty", missing.clone(), true);
        check("Null", "text", missing, false);
        check("Null", "missing", present.clone(), false);
        check("Null", "empty", present.clone(), false);
        check("Null", "text", present, true);
    }
    check("Null", "text", json!(["true", "false"]), true);
    check("Null", "text", json!("False"), true);
}

#[test]
fn several_values_of_a_request() {
    check("StringEquals", "many", json!("red"), true);
    check("StringNotEquals", "many", json!("red"), false);
    check("StringNotEquals", "many", json!("green"), true);
    check("ForAnyValue:StringEquals", "many", json!(["red", "green"]), true);
    check("ForAnyValue:StringEquals", "many", json!(["yellow", "green"]), false);
    check("ForAnyValue:StringNotEquals", "many", json!("red"), true);
    check("ForAnyValue:StringNotEquals", "many", json!(["red", "blue"]), false);
    check("ForAllValues:StringEquals", "many", json!(["red", "blue", "green"]), true);
    check("ForAllValues:StringEquals", "many", json!(["red", "green"]), false);
    check("ForAllValues:StringLike", "many", json!(["*e*"]), true);
    check("ForAllValues:StringNotEquals", "many", json!(["green"]), true);
    check("ForAllValues:StringNotEquals", "many", json!(["red"]), false);
}

#[test]
fn operators_and_keys_are_joined_by_and_whatever_the_case_of_the_key() {
    let both = json!({"StringEquals": {"TEXT": "Blue", "User": "ada"}, "Bool": {"secure": true}});
    assert!(parse(&both).holds(Effect::Allow, &Context));
    let one_key = json!({"StringEquals": {"text": "Blue", "user": "bob"}});
    assert!(!parse(&one_key).holds(Effect::Allow, &Context));
    let one_operator = json!({"StringEquals": {"text": "Blue"}, "Bool": {"secure": false}});
    assert!(!parse(&one_operator).holds(Effect::Allow, &Context));
    assert!(parse(&json!({})).holds(Effect::Allow, &Context));
    assert!(parse(&json!({"StringEquals": {}})).holds(Effect::Allow, &Context));
}

#[test]
fn variable_without_value_never_allows_by_negation() {
    check("StringEquals", "user", json!("${user}"), true);
    check("StringLike", "user", json!("${user}*"), true);
    check("StringEquals", "user", json!("${missing}"), false);
    check("StringNotEquals", "user", json!("${missing}"), true);
    check_allow("StringNotEquals", "user", json!("${missing}"), false);
    check_allow("StringNotEquals", "user", json!("${text}"), true);
    check_allow("ArnNotLike", "arn", json!("arn:aws:iam::${missing}:*"), false);
    check_allow("ForAllValues:StringNotEquals", "missing", json!("${missing}"), false);
    check_allow("StringNotEqualsIfExists", "missing", json!("${missing}"), true);
}

#[track_caller]
fn check_refused(operator: &str, operands: Value) {
    let condition = json!({ operator: { "key": operands } });
    let parsed = Condition::parse(&Element::document(&condition), Variables::Substituted);
    assert!(parsed.is_err(), "{condition}");
}

#[test]
fn unknown_operators_are_refused() {
    for operator in [
        "",
        "stringEquals",
        "StringEqual",
        "StringEqualsIfexists",
        "IfExists",
        "NullIfExists",
        "ForAnyValue:Null",
        "ForAllValues:Null",
        "ForAnyValue:",
        "ForSomeValues:StringEquals",
        "ForAllValues:ForAnyValue:StringEquals",
        "StringEqualsIfExistsIfExists",
        "BinaryNotEquals",
        "NumericLike",
        "NotBool",
        "DateLike",
        "String",
    ] {
        check_refused(operator, json!("true"));
    }
}

#[test]
fn operands_that_do_not_parse_are_refused() {
    check_refused("NumericEquals", json!("ten"));
    check_refused("NumericEquals", json!(1e300));
    check_refused("NumericEquals", json!(true));
    check_refused("DateEquals", json!("yesterday"));
    check_refused("DateEquals", json!("${aws:CurrentTime}"));
    check_refused("IpAddress", json!("10.0.0.0/33"));
    check_refused("IpAddress", json!(["10.0.0.0/8", "*"]));
    check_refused("Bool", json!("yes"));
    check_refused("Bool", json!(1));
    check_refused("BinaryEquals", json!("???"));
    check_refused("ArnLike", json!("*"));
    check_refused("ArnLike", json!("arn:aws:iam::123456789012"));
    check_refused("ArnLike", json!("arn:aws:iam::${"));
    check_refused("Null", json!("maybe"));
    check_refused("StringLike", json!("${"));
    for operator in ["StringEquals", "Bool", "Null", "IpAddress"] {
        for operands in [json!(null), json!([]), json!([[]]), json!({}), json!([null])] {
            check_refused(operator, operands);
        }
    }
}
