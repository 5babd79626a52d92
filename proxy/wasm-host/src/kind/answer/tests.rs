//! Answers at the edge of what is allowed.

use model::{BODY_BYTES_MAX, HEADER_BYTES_MAX, HEADER_LINE_OVERHEAD_BYTES};

use super::{HOST_HEADERS, body, header_operations, headers, query_operations, status};
use crate::bindings::edgeway::plugin::types as wit;

fn header(name: &str, value: &str) -> wit::HeaderResult {
    wit::HeaderResult { name: name.to_owned(), value: value.to_owned() }
}

fn is_allowed(name: &str, value: &str) -> bool {
    let set = header_operations(vec![wit::HeaderOperation::Set(header(name, value))]);
    let responded = headers(vec![header(name, value)]);
    assert_eq!(set.is_ok(), responded.is_ok());
    set.is_ok()
}

#[test]
fn values_are_free_of_control_characters() {
    for value in ["", "a b", "a\tb", "ü", "\"quoted\""] {
        assert!(is_allowed("x-a", value), "{value:?}");
    }
    for value in ["a\r\nb: c", "a\nb", "a\rb", "a\0b", "\u{7f}", "\u{1b}[31m"] {
        assert!(!is_allowed("x-a", value), "{value:?}");
    }
}

#[test]
fn names_are_tokens_in_any_case() {
    for name in ["X-A", "x_a", "content-type", "x.a"] {
        assert!(is_allowed(name, "1"), "{name:?}");
    }
    for name in ["", "x a", "x:a", "x\r\na", "ü", ":status"] {
        assert!(!is_allowed(name, "1"), "{name:?}");
    }
}

#[test]
fn headers_of_the_host_are_refused_in_any_case() {
    for name in HOST_HEADERS {
        assert!(!is_allowed(name.as_str(), "1"), "{name}");
        assert!(!is_allowed(&name.as_str().to_ascii_uppercase(), "1"), "{name}");
        let remove = wit::HeaderOperation::Remove(name.as_str().to_owned());
        assert!(header_operations(vec![remove]).is_err(), "{name}");
    }
}

#[test]
fn headers_of_one_name_stay_beside_each_other() {
    let map = headers(vec![header("Set-Cookie", "a=1"), header("set-cookie", "b=2")]);
    let map = map.expect("both are allowed");
    let cookies: Vec<_> = map.get_all("set-cookie").iter().collect();
    assert_eq!(cookies, ["a=1", "b=2"]);
}

#[test]
fn headers_have_a_total_size() {
    let value = "x".repeat(HEADER_BYTES_MAX - HEADER_LINE_OVERHEAD_BYTES - 1);
    assert!(is_allowed("a", &value));
    assert!(!is_allowed("a", &format!("{value}x")));
}

#[test]
fn query_has_a_total_size() {
    let set = |value: &str| {
        let parameter = wit::ParameterResult { name: "a".to_owned(), value: value.to_owned() };
        query_operations(vec![wit::QueryOperation::Set(parameter)])
    };
    let value = "x".repeat(HEADER_BYTES_MAX - HEADER_LINE_OVERHEAD_BYTES - 1);
    assert!(set(&value).is_ok());
    assert!(set(&format!("{value}x")).is_err());
}

#[test]
fn status_is_final() {
    for allowed in [200, 299, 418, 599] {
        assert!(status(allowed).is_ok(), "{allowed}");
    }
    for refused in [0, 99, 100, 101, 199, 600, 999, 1_000, u16::MAX] {
        assert!(status(refused).is_err(), "{refused}");
    }
}

#[test]
fn body_has_a_size() {
    assert!(body(vec![0; BODY_BYTES_MAX]).is_ok());
    assert!(body(vec![0; BODY_BYTES_MAX + 1]).is_err());
}
