use super::Json;

#[track_caller]
fn check(text: &str, expected: &str) {
    let printed = match Json::parse(text) {
        Ok(json) => {
            let mut out = String::new();
            json.write(Json::ROOT, &mut out);
            out
        }
        Err(error) => error.to_string(),
    };
    assert_eq!(printed, expected, "{text}");
}

#[test]
fn values_are_printed_without_spaces() {
    check(r#" { "a" : [ 1 , -2.50 , true , null , "x" ] , "b" : { } } "#, {
        r#"{"a":[1,-2.5,true,null,"x"],"b":{}}"#
    });
    check("[]", "[]");
    check(r#""\u00e9\n\"\\\/""#, r#""é\n\"\\/""#);
    check("\"\\u0001\"", r#""\u0001""#);
}

#[test]
fn of_equal_names_the_last_counts() {
    check(r#"{"a":1,"b":2,"a":[3]}"#, r#"{"b":2,"a":[3]}"#);
    check(r#"{"a":1,"\u0061":2,"":3,"":4}"#, r#"{"a":2,"":4}"#);
    // Their marks are the same.
    check(r#"{"axb":1,"axxb":2,"bxb":3,"axb":4}"#, r#"{"axxb":2,"bxb":3,"axb":4}"#);
    let many: Vec<String> = (0..20).map(|n| format!("\"k{}\":{n}", n % 10)).collect();
    let json = Json::parse(&format!("{{{}}}", many.join(","))).unwrap();
    assert_eq!(json.members(Json::ROOT).count(), 10);
    assert_eq!(json.member(Json::ROOT, "k3").and_then(|at| json.text(at)).as_deref(), Some("13"));
}

#[test]
fn numbers_that_the_machine_does_not_have_keep_their_digits() {
    check("123456789012345678901234567890", "123456789012345678901234567890");
    check("9223372036854775807", "9223372036854775807");
    check("1e999", "1e999");
    check("0.1234567890123456789", "0.1234567890123456789");
    check("1.0", "1.0");
    check("1E2", "100.0");
}

#[test]
fn half_a_surrogate_pair_is_a_question_mark() {
    check(r#""\ud83d\ude00""#, "\"\u{1f600}\"");
    check(r#""\ud83d""#, r#""?""#);
    check(r#""\ude00x""#, r#""?x""#);
    check(r#""\ud83d\u0041""#, r#""?A""#);
    check(r#""\ud83d\ud83d\ude00""#, "\"?\u{1f600}\"");
}

#[test]
fn what_is_no_json_is_refused() {
    for (text, error) in [
        ("", "invalid JSON at byte 0: the text ends early"),
        ("{", "invalid JSON at byte 1: expected a name"),
        ("[1,]", "invalid JSON at byte 3: expected a value"),
        ("[1 2]", "invalid JSON at byte 3: expected a comma or the end of a list or map"),
        ("01", "invalid JSON at byte 2: expected a number"),
        ("1.", "invalid JSON at byte 2: expected digits"),
        ("1 2", "invalid JSON at byte 2: text after the value"),
        ("'a'", "invalid JSON at byte 0: expected a value"),
        ("\"a", "invalid JSON at byte 2: a string is not closed"),
        ("\"a\n\"", "invalid JSON at byte 2: a control character in a string"),
        (r#""\x""#, "invalid JSON at byte 2: an unknown escape"),
        (r#""\u12""#, "invalid JSON at byte 3: expected four hexadecimal digits"),
        ("nul", "invalid JSON at byte 0: expected a value"),
    ] {
        check(text, error);
    }
}

#[test]
fn depth_is_bounded() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(Json::parse(&nested(512)).is_ok());
    check(&nested(513), "invalid JSON at byte 512: nested too deeply");
    check(&"[".repeat(1_000_000), "invalid JSON at byte 512: nested too deeply");
    check(&"{\"a\":".repeat(1_000_000), "invalid JSON at byte 2560: nested too deeply");
}

proptest::proptest! {
    #[test]
    fn names_that_come_again_are_found(names in proptest::collection::vec("[ab]{0,3}|[a-z]{1,2}|\\\\u006[1-3]", 0..12)) {
        let members: Vec<_> = names.iter().enumerate().map(|(n, name)| format!("\"{name}\":{n}")).collect();
        let text = format!("{{{}}}", members.join(","));
        let expected: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&text).unwrap();
        let json = Json::parse(&text).unwrap();
        let members = json.members(Json::ROOT);
        let mut found: Vec<_> = members.map(|(name, value)| (json.string(name).unwrap().to_owned(), json.text(value).unwrap())).collect();
        found.sort();
        let mut expected: Vec<_> = expected.iter().map(|(name, value)| (name.clone(), value.to_string())).collect();
        expected.sort();
        proptest::prop_assert_eq!(found, expected);
    }
}
