//! Fuzz target: a JSONPath that the fuzzer makes up, in a document that it makes up.
//!
//! An input is the path, a zero byte, and the document.

#![no_main]

use libfuzzer_sys::fuzz_target;
use template::{Json, JsonPath};

const DOCUMENT: &str = r#"{"a":[{"b":1,"c":"x"},{"b":2.5,"c":null}],"d":{"e":[1,2,3],"a":true}}"#;

fuzz_target!(|input: &[u8]| {
    let text = String::from_utf8_lossy(input);
    let (path, document) = text.split_once('\0').unwrap_or((&text, DOCUMENT));
    let Ok(json) = Json::parse(document) else { return };
    // What is printed is JSON that prints the same.
    if let Some(printed) = JsonPath::parse("$.*").unwrap().text(&json) {
        let again = Json::parse(&printed).unwrap();
        assert_eq!(JsonPath::parse("$").unwrap().text(&again), Some(printed));
    }
    if let Ok(path) = JsonPath::parse(path) {
        let _ = path.text(&json);
    }
});
