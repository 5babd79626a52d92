//! Tests of `principal`.

use serde_json::{Value, json};

use super::{Principal, Principals};
use crate::caller::Caller;
use crate::element::Element;

const SESSION: Caller<'_> = Caller::Aws {
    account: "123456789012",
    names: &[
        "arn:aws:sts::123456789012:assumed-role/Reader/ada",
        "arn:aws:iam::123456789012:role/Reader",
        "AROAEXAMPLEEXAMPLE123",
    ],
};

/// Checks `Principal` and, as its opposite, `NotPrincipal`.
#[track_caller]
fn check(element: Value, caller: Option<&Caller<'_>>, expected: bool) {
    let principals = Principal::parse_all(&Element::document(&element)).unwrap();
    assert_eq!(Principals::Only(principals.clone()).include(caller), expected, "{element}");
    assert_eq!(Principals::AllBut(principals).include(caller), !expected, "not {element}");
}

#[test]
fn star_is_everybody() {
    check(json!("*"), None, true);
    check(json!({"AWS": "*"}), None, true);
    check(json!({"AWS": ["*"]}), Some(&SESSION), true);
    check(json!("*"), Some(&Caller::Service("lambda.amazonaws.com")), true);
}

#[test]
fn caller_is_found_by_account_arn_or_id() {
    check(json!({"AWS": "123456789012"}), Some(&SESSION), true);
    check(json!({"AWS": "arn:aws:iam::123456789012:root"}), Some(&SESSION), true);
    check(json!({"AWS": "arn:aws:iam::123456789012:role/Reader"}), Some(&SESSION), true);
    check(
        json!({"AWS": "arn:aws:sts::123456789012:assumed-role/Reader/ada"}),
        Some(&SESSION),
        true,
    );
    check(json!({"AWS": "AROAEXAMPLEEXAMPLE123"}), Some(&SESSION), true);
    check(json!({"AWS": ["210987654321", "123456789012"]}), Some(&SESSION), true);
    check(json!({"AWS": "210987654321"}), Some(&SESSION), false);
    check(json!({"AWS": "arn:aws:iam::123456789012:role/reader"}), Some(&SESSION), false);
    check(json!({"AWS": "123456789012"}), None, false);
    check(json!({"AWS": []}), Some(&SESSION), false);
}

#[test]
fn kinds_of_principals_do_not_mix() {
    let service = Caller::Service("lambda.amazonaws.com");
    check(json!({"Service": "lambda.amazonaws.com"}), Some(&service), true);
    check(json!({"Service": "lambda.amazonaws.com"}), None, false);
    check(json!({"Federated": "lambda.amazonaws.com"}), Some(&service), false);
    check(
        json!({"AWS": "123456789012", "Service": ["lambda.amazonaws.com"]}),
        Some(&service),
        true,
    );
    let provider = Caller::Federated("cognito-identity.amazonaws.com");
    check(json!({"Federated": "cognito-identity.amazonaws.com"}), Some(&provider), true);
    check(json!({"CanonicalUser": "79a5"}), Some(&Caller::CanonicalUser("79a5")), true);
    check(json!({"CanonicalUser": "79a5"}), Some(&SESSION), false);
}

#[test]
fn statement_without_principal_is_about_every_caller() {
    assert!(Principals::Every.include(None));
    assert!(Principals::Every.include(Some(&SESSION)));
}

#[test]
fn what_is_no_principal_is_refused() {
    for element in [
        json!("123456789012"),
        json!(["*"]),
        json!(null),
        json!(1),
        json!({"aws": "*"}),
        json!({"AWS": 1}),
        json!({"AWS": null}),
        json!({"AWS": {"a": "b"}}),
        json!({"AWS": ""}),
        json!({"AWS": "12345678901"}),
        json!({"AWS": "arn:aws:iam::123456789012:user/*"}),
        json!({"AWS": "arn:aws:s3:::bucket"}),
        json!({"AWS": "arn:aws:iam"}),
        json!({"AWS": "ada"}),
        json!({"Service": "*"}),
        json!({"Service": ""}),
        json!({"Federated": "a?"}),
    ] {
        assert!(Principal::parse_all(&Element::document(&element)).is_err(), "{element}");
    }
}
