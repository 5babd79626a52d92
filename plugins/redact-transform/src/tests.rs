use edgeway_plugin_sdk::configuration::Configuration;

use super::*;

fn redaction(variables: &[(&str, &str)]) -> Result<Redaction, String> {
    let configuration = Configuration::from_iter(variables.iter().copied());
    settings::parse(&configuration).map_err(|error| error.to_string())
}

#[track_caller]
fn check(variables: &[(&str, &str)], content_type: &str, body: &[u8], expected: &str) {
    let redaction = redaction(variables).unwrap();
    let found = match redacted(&redaction, [content_type].into_iter(), body) {
        Ok(Some(body)) => body,
        Ok(None) => "unchanged".to_owned(),
        Err(error) => format!("error: {}", error.reason()),
    };
    assert_eq!(found, expected);
}

const EMAIL: &[(&str, &str)] = &[("FIELDS", r#"["email"]"#)];

#[test]
fn json_body_is_masked() {
    check(EMAIL, "application/json", br#"{"email":"a@b.c"}"#, r#"{"email":"***"}"#);
    let mask = [("FIELDS", r#"["email"]"#), ("MASK", "")];
    check(&mask, "application/problem+json", br#"{"email":"a@b.c"}"#, r#"{"email":""}"#);
}

#[test]
fn field_is_removed_when_asked() {
    let remove = [("FIELDS", r#"["email"]"#), ("REMOVE", "true")];
    check(&remove, "application/json", br#"{"email":"a@b.c","id":1}"#, r#"{"id":1}"#);
}

#[test]
fn other_and_empty_bodies_are_unchanged() {
    check(EMAIL, "text/plain", b"{\"email\":1} \xff", "unchanged");
    check(EMAIL, "application/json", b"", "unchanged");
    check(EMAIL, "application/json", b"{\"id\":1}", "unchanged");
}

#[test]
fn body_that_claims_to_be_json_and_is_not_fails_the_call() {
    check(
        EMAIL,
        "application/json",
        br#"{"email":"a@b.c""#,
        "error: the body is not JSON: byte 16 should be a comma or the end",
    );
    check(
        EMAIL,
        "application/json",
        b"\x1f\x8b\x08",
        "error: the JSON body is not UTF-8; is it compressed?",
    );
}

#[track_caller]
fn refused(variables: &[(&str, &str)], expected: &str) {
    assert_eq!(redaction(variables).unwrap_err(), format!("environment variable {expected}"));
}

#[test]
fn wrong_configuration_is_refused() {
    refused(&[("FIELDS", "[]")], "FIELDS: must list 1 to 100 paths, got 0");
    refused(
        &[("FIELDS", r#"["a..b", "ok", "a[0]"]"#)],
        "FIELDS: [0]: \"a..b\" has an empty segment; remove a dot; \
         [2]: \"a[0]\" has [ without ]; write [] for every element, or \\[",
    );
    refused(
        &[("FIELDS", r#"["a"]"#), ("MASK", "x"), ("REMOVE", "true")],
        "MASK: has no use with REMOVE=true; remove one of them",
    );
    refused(
        &[("FIELDS", r#"["a"]"#), ("REMOVE", "yes")],
        "REMOVE: must be true or false, got \"yes\"",
    );
    assert!(redaction(&[]).is_err());
}
