//! Fuzz target: a template that the fuzzer makes up, rendered from a payload that it makes up. It ends
//! within its bounds, and what it prints as is the same template.
//!
//! An input is the template, a zero byte, and the payload.

#![no_main]

use libfuzzer_sys::fuzz_target;
use template::{Data, Inputs, Limits, Template};

const LIMITS: Limits = Limits {
    loop_iterations: 100,
    output_bytes: 100_000,
    steps: 200_000,
    depth: 20,
    memory_bytes: 10_000_000,
};

fuzz_target!(|input: &[u8]| {
    let text = String::from_utf8_lossy(input);
    let (text, body) = text.split_once('\0').unwrap_or((&text, r#"{"a":[1,{"k":"v"}]}"#));
    let Ok(template) = Template::parse(text) else { return };
    let inputs = Inputs {
        body,
        path: &[("id", "7")],
        query: &[("q", "a"), ("q", "b")],
        headers: &[("Accept", "*/*")],
        stage_variables: &[("url", "example.com")],
        limits: LIMITS,
    };
    if let Ok(rendered) = template.render(&inputs, &mut Data::Null) {
        assert!(rendered.len() <= LIMITS.output_bytes);
    }
    // What is printed has parentheses and quotes that were not needed, and may be too deep or long.
    if let Ok(again) = Template::parse(&template.to_string()) {
        assert!(again == template, "{template}");
    }
});
