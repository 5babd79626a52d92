//! Requests that nobody sends by mistake: an error, never a panic, never a 500.

use super::harness::{Gateway, patch};

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
