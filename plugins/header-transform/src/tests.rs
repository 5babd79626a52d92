use edgeway_plugin_sdk::configuration::Configuration;

use super::*;

fn settings(variables: &[(&str, &str)]) -> Result<Settings, String> {
    let configuration = Configuration::from_iter(variables.iter().copied());
    Settings::parse(&configuration).map_err(|error| error.to_string())
}

#[test]
fn operations_apply_in_the_order_of_the_configuration() {
    let settings = settings(&[(
        "REQUEST_HEADERS",
        r#"[{"remove": "cookie"}, {"set": {"name": "x-tenant", "value": "a b"}}, {"append": {"name": "via", "value": "edge"}}]"#,
    )])
    .unwrap();
    let expected = RequestPatch::new()
        .remove_header("cookie")
        .set_header("x-tenant", "a b")
        .append_header("via", "edge");
    assert_eq!(request_outcome(&settings.request), expected.into());
}

#[test]
fn requests_and_responses_have_their_own_lists() {
    let settings = settings(&[
        ("REQUEST_HEADERS", r#"[{"remove": "cookie"}]"#),
        ("RESPONSE_HEADERS", r#"[{"remove": "server"}]"#),
    ])
    .unwrap();
    let response = ResponsePatch::new().remove_header("server");
    assert_eq!(response_outcome(&settings.response), response.into());
    assert_eq!(
        request_outcome(&settings.request),
        RequestPatch::new().remove_header("cookie").into()
    );
}

#[test]
fn side_without_a_list_is_unchanged() {
    let settings = settings(&[("RESPONSE_HEADERS", r#"[{"remove": "server"}]"#)]).unwrap();
    assert_eq!(request_outcome(&settings.request), RequestOutcome::Unchanged);
}

#[track_caller]
fn refused(text: &str, expected: &str) {
    let error = settings(&[("RESPONSE_HEADERS", text)]).unwrap_err();
    assert_eq!(error, format!("environment variable RESPONSE_HEADERS: {expected}"));
}

#[test]
fn every_wrong_operation_is_reported() {
    refused(
        r#"[{"remove": "a b"}, {"set": {"name": "Content-Length", "value": "1"}},
            {"append": {"name": "x", "value": "a\r\nb: c"}}, {"set": {"name": "", "value": ""}}]"#,
        "[0].remove: must be the name of a header, got \"a b\"; \
         [1].set.name: Content-Length belongs to the gateway and cannot be changed; leave it out; \
         [2].append.value: must hold no control characters, nor begin or end with space; \
         [3].set.name: must be the name of a header, got \"\"",
    );
}

#[test]
fn unknown_operation_is_reported_with_the_known_ones() {
    refused(
        r#"[{"replace": "x"}]"#,
        "invalid JSON: unknown variant `replace`, expected one of `append`, `remove`, `set` at line 1 column 11",
    );
}

#[test]
fn configuration_without_any_list_is_refused() {
    assert_eq!(
        settings(&[]).unwrap_err(),
        "environment variable REQUEST_HEADERS: is missing, as is RESPONSE_HEADERS; set one of them"
    );
}
