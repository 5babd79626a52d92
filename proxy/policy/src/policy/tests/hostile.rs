//! Documents made to break the reader: too long, too deep, of the wrong types, and arbitrary.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::{Policy, TEXT_BYTES_MAX};
use super::sample_request;
use crate::invalid_policy::PolicyProblem;

#[test]
fn text_is_accepted_up_to_its_limit() {
    let with_length = |length: usize| {
        let empty = r#"{"Id":"","Statement":[]}"#;
        format!(r#"{{"Id":"{}","Statement":[]}}"#, "x".repeat(length - empty.len()))
    };
    for (length, fits) in [(TEXT_BYTES_MAX, true), (TEXT_BYTES_MAX + 1, false), (1_000_000, false)]
    {
        let text = with_length(length);
        assert_eq!(text.len(), length);
        assert_eq!(Policy::parse(&text).is_ok(), fits);
        let value: Value = serde_json::from_str(&text).unwrap();
        let parsed = Policy::from_json(&value);
        assert_eq!(parsed.is_ok(), fits);
        if let Err(error) = parsed {
            assert_eq!(error.problem, PolicyProblem::TooLong { bytes_max: TEXT_BYTES_MAX });
        }
    }
}

#[test]
fn deep_nesting_is_refused() {
    for (open, close) in [("[", "]"), (r#"{"Statement":"#, "}")] {
        let deep = format!("{}1{}", open.repeat(1_000), close.repeat(1_000));
        let error = Policy::parse(&deep[..deep.len().min(TEXT_BYTES_MAX)]).unwrap_err();
        assert!(matches!(error.problem, PolicyProblem::MalformedJson { .. }), "{error}");
    }
}

#[test]
fn duplicate_keys_are_refused_at_every_depth() {
    let statement = r#""Effect": "Allow", "Action": "*", "Resource": "*""#;
    for text in [
        format!(r#"{{"Statement": [], "Statement": {{{statement}}}}}"#),
        format!(r#"{{"Statement": {{{statement}, "Condition": {{}}, "Condition": {{}}}}}}"#),
        format!(r#"{{"Statement": {{{statement}, "Condition": {{"Bool": {{}}, "Bool": {{}}}}}}}}"#),
        format!(
            r#"{{"Statement": {{{statement}, "Condition": {{"Bool": {{"a": "true", "\u0061": "true"}}}}}}}}"#
        ),
    ] {
        let error = Policy::parse(&text).unwrap_err();
        assert!(matches!(error.problem, PolicyProblem::MalformedJson { .. }), "{error}");
    }
}

#[test]
fn every_wrong_type_at_every_place_is_refused() {
    let sound = json!({
        "Version": "2012-10-17",
        "Id": "id",
        "Statement": [{
            "Sid": "sid", "Effect": "Deny", "Principal": {"AWS": ["123456789012"]}, "Action": ["a:b"],
            "Resource": ["*"], "Condition": {"StringLike": {"aws:UserAgent": ["*"]}, "Null": {"a": "true"}},
        }],
    });
    assert!(Policy::from_json(&sound).is_ok());
    for pointer in [
        "",
        "/Version",
        "/Id",
        "/Statement",
        "/Statement/0",
        "/Statement/0/Sid",
        "/Statement/0/Effect",
        "/Statement/0/Principal",
        "/Statement/0/Principal/AWS",
        "/Statement/0/Principal/AWS/0",
        "/Statement/0/Action",
        "/Statement/0/Action/0",
        "/Statement/0/Resource",
        "/Statement/0/Resource/0",
        "/Statement/0/Condition",
        "/Statement/0/Condition/StringLike",
        "/Statement/0/Condition/Null/a",
        "/Statement/0/Condition/StringLike/aws:UserAgent",
        "/Statement/0/Condition/StringLike/aws:UserAgent/0",
    ] {
        for wrong in [json!(null), json!([[]]), json!([{"a": 1}]), json!({"a": {"b": 1}})] {
            let mut document = sound.clone();
            *document.pointer_mut(pointer).unwrap() = wrong;
            assert!(Policy::from_json(&document).is_err(), "{pointer}: {document}");
        }
    }
}

#[test]
fn errors_quote_only_the_beginning_of_long_texts() {
    let effect = "ä".repeat(5_000);
    let text =
        format!(r#"{{"Statement": {{"Effect": "{effect}", "Action": "*", "Resource": "*"}}}}"#);
    assert!(Policy::parse(&text).unwrap_err().to_string().len() < 400);
    let text = format!(r#"{{"{effect}": 1}}"#);
    assert!(Policy::parse(&text).unwrap_err().to_string().len() < 400);
}

/// JSON made of the words of the policy language, so that it often gets far.
fn policy_like_json() -> impl Strategy<Value = Value> {
    let word = prop::sample::select(vec![
        "*",
        "?",
        "Allow",
        "Deny",
        "2012-10-17",
        "true",
        "10.0.0.0/8",
        "${a",
        "${a}",
        "${a, 'b'}",
        "arn:aws:iam::*:*",
        "123456789012",
        "a:b",
        "",
        "2020-01-01",
        "QQ==",
        "ä",
    ]);
    let key = prop::sample::select(vec![
        "Version",
        "Statement",
        "Effect",
        "Action",
        "NotAction",
        "Resource",
        "NotResource",
        "Principal",
        "AWS",
        "Condition",
        "StringLike",
        "ArnLike",
        "IpAddress",
        "Bool",
        "ForAllValues:DateLessThan",
        "Null",
    ]);
    let leaf = prop_oneof![
        6 => word.prop_map(Value::from),
        1 => any::<i64>().prop_map(Value::from),
        1 => any::<i32>().prop_map(|number| Value::from(f64::from(number) / 4.0)),
        1 => Just(Value::Null),
    ];
    leaf.prop_recursive(6, 40, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::vec((key.clone(), inner), 0..6).prop_map(|fields| {
                fields.into_iter().map(|(key, value)| (key.to_owned(), value)).collect::<Value>()
            }),
        ]
    })
}

proptest! {
    #[test]
    fn arbitrary_text_never_panics(text in ".{0,200}") {
        let _ = Policy::parse(&text);
        let statement = format!(r#"{{"Statement": {{"Effect": "Allow", "Action": "*", "Resource": {text:?}}}}}"#);
        let _ = Policy::parse(&statement).map(|policy| policy.evaluate(&sample_request(None)));
    }

    #[test]
    fn policy_like_json_never_panics(
        effect in policy_like_json(), resource in policy_like_json(), condition in policy_like_json(),
        principal in policy_like_json(), whole in policy_like_json(),
    ) {
        let statement = json!({"Effect": effect, "Action": "*", "Resource": resource, "Condition": condition, "Principal": principal});
        let sound = json!({"Effect": "Deny", "Action": "*", "Resource": resource, "Condition": {"StringNotLike": {"a": resource}}});
        for document in [whole, json!({"Version": "2012-10-17", "Statement": statement}), json!({"Version": "2012-10-17", "Statement": sound})] {
            let read = Policy::from_json(&document);
            prop_assert_eq!(&read, &Policy::parse(&document.to_string()));
            let _ = read.map(|policy| policy.evaluate(&sample_request(None)));
        }
    }
}
