//! Requests that nobody sends by mistake: an error, never a panic, never a 500.

mod every_operation;

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::harness::{Gateway, patch};
use super::operation::{operations, request};
use crate::operation::Location;

#[test]
fn whatever_the_body_is_it_is_answered() {
    let gateway = Gateway::with_api();
    let deep = format!("{{\"name\": {}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    let deep_object = "{\"a\":".repeat(10_000) + "1" + &"}".repeat(10_000);
    let long = format!("{{\"name\": \"{}\"}}", "x".repeat(7 * 1024 * 1024));
    let wide = format!(
        "{{\"tags\": {{{}}}, \"name\": \"a\"}}",
        (0..1_000).map(|n| format!("\"{n}\": \"v\"")).collect::<Vec<_>>().join(",")
    );
    for (body, expected) in [
        (deep.as_str(), "400 SerializationException"),
        (&deep_object, "400 SerializationException"),
        (&long, "413 RequestTooLargeException"),
        (&wide, "400 BadRequestException"),
        ("\u{feff}{}", "400 SerializationException"),
        ("{\"name\": \"\\ud800\"}", "400 SerializationException"),
        ("{\"name\": 1e999}", "400 SerializationException"),
        ("null", "400 SerializationException"),
        ("{\"name\":\"a\",}", "400 SerializationException"),
    ] {
        let answer = gateway.answer("POST /restapis", body);
        assert!(answer.starts_with(expected), "{}: {answer}", &body[..body.len().min(40)]);
        assert!(answer.len() < 1_000, "the answer repeats what was sent");
    }
}

#[test]
fn whatever_the_path_is_it_is_answered() {
    let gateway = Gateway::with_api();
    for line in [
        "GET /",
        "GET //",
        "GET /restapis/",
        "GET /restapis/%ff",
        "GET /restapis/%00",
        "GET /restapis/%2e%2e",
        "GET /restapis/./API",
        "GET /restapis/.",
        "GET /restapis/x/../API",
        "GET //restapis/API",
        "GET /restapis/API/resources/%2F",
        "TRACE /restapis",
        "GET /tags/",
        "GET /tags/arn",
        "DELETE /tags/arn:aws:apigateway:us-east-1::/restapis/API",
    ] {
        let answer = gateway.answer(line, "");
        assert!(answer.starts_with("40"), "{line}: {answer}");
    }
}

#[test]
fn whatever_an_update_says_it_is_answered() {
    let gateway = Gateway::with_api();
    let long = "x".repeat(100_000);
    for path in ["", "/", "//", "name", "/name/x", "/~", "/~2", "/tags/x", "/id", "/é", &long] {
        for op in ["add", "remove", "replace", "move", "copy", "test"] {
            let answer = gateway.answer("PATCH /restapis/API", &patch(op, path, "v"));
            assert!(answer.starts_with("400 "), "{op} {path}: {answer}");
        }
    }
    let none = "{\"patchOperations\": [{\"op\": \"replace\"}]}";
    let answer = gateway.answer("PATCH /restapis/API", none);
    assert_eq!(answer, "400 BadRequestException: Invalid patch path null");
    let no_operation = "{\"patchOperations\": [{\"path\": \"/name\", \"value\": \"x\"}]}";
    assert!(gateway.answer("PATCH /restapis/API", no_operation).starts_with("400 "));
}

/// A value of any type, or of one that could be meant.
fn value() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        Just(String::new()),
        Just("NONE".to_owned()),
        Just("MOCK".to_owned()),
        Just("TOKEN".to_owned()),
        Just("true".to_owned()),
        Just("arn:aws:apigateway:us-east-1::/restapis/x".to_owned()),
        Just("method.request.header.x".to_owned()),
        "\\PC{0,12}",
        "[/~a-z*{}+:]{0,12}",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<i8>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        text.prop_map(Value::from),
    ];
    let operation = |op: &str, path: String, value: Value| json!({"op": op, "path": path, "value": value.as_str(), "from": path});
    let update =
        ("(add|remove|replace|copy|move|test)", "(/[a-zA-Z~1{}*:]{0,12}){0,5}", "\\PC{0,8}");
    let update = update.prop_map(move |(op, path, value)| operation(&op, path, value.into()));
    prop_oneof![8 => leaf, 2 => update.clone().prop_map(|update| json!([update])), 1 => update]
        .prop_recursive(3, 16, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map("[a-zA-Z/.]{0,8}", inner, 0..4)
                    .prop_map(|entries| Value::Object(entries.into_iter().collect())),
            ]
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn whatever_the_members_are_it_is_answered(
        number in 0..operations().count(),
        values in prop::collection::vec(value(), 16),
        is_api in any::<bool>(),
    ) {
        thread_local!(static GATEWAY: Gateway = Gateway::with_api());
        let operation = operations().nth(number).unwrap();
        let members = operation.members.iter().filter(|(_, member)| member.location == Location::Body);
        let body = members.zip(&values).map(|((name, member), value)| {
            (member.wire_name(name).to_owned(), value.clone())
        });
        let body = Value::Object(body.collect::<Map<_, _>>()).to_string();
        let mut line = request(operation);
        if is_api {
            line = line.replacen("/restapis/x", "/restapis/API", 1).replacen("/resources/x", "/resources/ROOT", 1);
        }
        // The API itself stays.
        prop_assume!(operation.name != "DeleteRestApi");
        let answer = GATEWAY.with(|gateway| gateway.answer(&line, &body));
        prop_assert!(!answer.starts_with("50") || answer.starts_with("501 "), "{line} {body}: {answer}");
    }
}
