use proptest::prelude::*;
use serde::de::IgnoredAny;

use super::*;

fn scan(text: &str) -> Result<(), InvalidJson> {
    let mut scanner = Scanner::new(text);
    scanner.skip_value()?;
    scanner.end()
}

#[track_caller]
fn refused(text: &str, at: usize, problem: &'static str) {
    assert_eq!(scan(text), Err(InvalidJson { at, problem }), "{text:?}");
}

#[test]
fn texts_that_are_json_are_accepted() {
    for text in [
        "null",
        " true ",
        "false",
        "0",
        "-0",
        "-1.5e+10",
        "1E400",
        "123456789012345678901234567890",
        r#""""#,
        r#""\"\\\/\b\f\n\r\té\ud800""#,
        "[]",
        "[ ]",
        "{}",
        "{ }",
        "\t[1 , 2]\r\n",
        r#"{"a":{"b":[{}, []]}, "a" : 1}"#,
    ] {
        assert_eq!(scan(text), Ok(()), "{text:?}");
    }
}

#[test]
fn other_texts_are_refused_with_the_place() {
    refused("", 0, "should be a value");
    refused("nul", 0, "should be a value");
    refused("\u{feff}{}", 0, "should be a value");
    refused("{} {}", 3, "comes after the end");
    refused("[1,]", 3, "should be a value");
    refused("[1 2]", 3, "should be a comma or the end");
    refused("[1}", 2, "should be a comma or the end");
    refused("{1:2}", 1, "should be the name of a member");
    refused(r#"{"a":1,}"#, 7, "should be the name of a member");
    refused(r#"{"a" 1}"#, 5, "should be a colon");
    refused(r#""abc"#, 4, "should be the end of a string");
    refused("\"a\nb\"", 2, "is a control character in a string");
    refused(r#""\x""#, 2, "should be an escaped character");
    refused(r#""\u12g4""#, 5, "should be a hexadecimal digit");
    refused("01", 1, "comes after the end");
    refused("-", 1, "should be a digit");
    refused("1.", 2, "should be a digit");
    refused("1e", 2, "should be a digit");
    refused(".5", 0, "should be a value");
    refused("NaN", 0, "should be a value");
    refused("[1] // two", 4, "comes after the end");
}

#[test]
fn nesting_has_a_limit() {
    let nested = |depth| "[".repeat(depth) + &"]".repeat(depth);
    assert_eq!(scan(&nested(DEPTH_MAX)), Ok(()));
    refused(&nested(DEPTH_MAX + 1), DEPTH_MAX, "is nested more than 128 deep");
    assert_eq!(scan(&format!("[{}]", vec!["[[]]"; 1_000].join(","))), Ok(()));
}

proptest! {
    #[test]
    fn what_it_accepts_is_what_serde_json_accepts(
        text in r#"([\[\]{},:"0-9.eE+ -]|\\u00e9|true|null|"a":|"b"|\n){0,24}"#
    ) {
        let expected = serde_json::from_str::<IgnoredAny>(&text).is_ok();
        prop_assert_eq!(scan(&text).is_ok(), expected);
    }
}
