use super::Pattern;

#[track_caller]
fn replaced(pattern: &str, text: &str, replacement: &str) -> String {
    match Pattern::parse(pattern) {
        Ok(pattern) => pattern
            .replace(text, replacement, usize::MAX, usize::MAX)
            .unwrap_or_else(|error| format!("error: {error}")),
        Err(error) => format!("error: {error}"),
    }
}

#[test]
fn patterns_mean_what_they_mean_in_java() {
    for (pattern, text, replacement, expected) in [
        (r"[aeiou]", "text", "*", "t*xt"),
        (r"(t)e(x)", "text", "$2$1", "xtt"),
        (r"(?<x>t)", "text", "<${x}>", "<t>ex<t>"),
        (r"(t)", "tet", "$10", "t0et0"),
        (r"\d", "1\u{661}", "n", "n\u{661}"),
        (r"\\'", r"it\'s", "'", "it's"),
        (r"\Q.+\E", "a.+b", "-", "a-b"),
        (r".", "a\r\u{85}b", "x", "x\r\u{85}x"),
        (r"(?s).", "a\n", "x", "xx"),
        (r"[a-c&&[^b]]", "abcd", "x", "xbxd"),
        (r"\p{Upper}+", "aBCd", "x", "axd"),
        (r"\p{Lu}", "É", "x", "x"),
        (r"\P{Alpha}", "a1", "x", "ax"),
        (r"[\w-]", "a-b ", "x", "xxx "),
        (r"A", "aA", "x", "ax"),
        (r"\x41", "A", "x", "x"),
        (r"\/", "a/b", r"\\/", r"a\/b"),
        (r"", "ab", "-", "-a-b-"),
        (r"\$", "a$", r"\$\$", "a$$"),
        (r"a{2}?", "aaa", "x", "xa"),
        (r"(?iu)a", "A", "x", "x"),
        (r"(?u)a", "a", "x", "x"),
    ] {
        assert_eq!(replaced(pattern, text, replacement), expected, "{pattern}");
    }
}

#[test]
fn what_takes_more_than_linear_time_is_refused() {
    for (pattern, what) in [
        (r"(?=t)", "looking ahead"),
        (r"(?!t)", "looking ahead"),
        (r"(?<=t)", "looking behind"),
        (r"(?<!t)", "looking behind"),
        (r"(?>t)", "an atomic group"),
        (r"t++", "possessive repetition"),
        (r"(t)\1", "a reference to a group"),
    ] {
        let expected = format!(
            "the pattern `{pattern}`: {what} is not supported: matching takes time in proportion to the text"
        );
        assert_eq!(Pattern::parse(pattern).unwrap_err(), expected);
    }
    assert!(Pattern::parse(&"(".repeat(5_000)).is_err());
    assert!(Pattern::parse(&format!("{}a{}", "(".repeat(1_000), ")".repeat(1_000))).is_err());
    assert!(Pattern::parse("((a{1000}){1000}){1000}").is_err());
    assert!(Pattern::parse("(").is_err());
    assert!(Pattern::parse("\\").is_err());
    assert!(Pattern::parse("\\y").is_err());
}

#[test]
fn illegal_replacements_are_errors() {
    assert_eq!(replaced("t", "t", "$"), "error: illegal group reference");
    assert_eq!(replaced("t", "t", "$1"), "error: no group 1");
    assert_eq!(replaced("t", "t", "${x}"), "error: no group with name {x}");
    assert_eq!(replaced("t", "t", "\\"), "error: character to be escaped is missing");
}

#[test]
fn texts_are_split_as_in_java() {
    for (pattern, text, limit, parts) in [
        (",", "a,b,,c,,", 0, vec!["a", "b", "", "c"]),
        (",", "a,b,,c,,", -1, vec!["a", "b", "", "c", "", ""]),
        (",", "a,b,,c,,", 2, vec!["a", "b,,c,,"]),
        (",", ",a", 0, vec!["", "a"]),
        (",", "", 0, vec![""]),
        (",", ",", 0, vec![]),
        ("", "abc", 0, vec!["a", "b", "c"]),
        ("", "abc", 2, vec!["a", "bc"]),
        ("x", "abc", 0, vec!["abc"]),
    ] {
        assert_eq!(Pattern::parse(pattern).unwrap().split(text, limit), parts, "{pattern} {text}");
    }
}

#[test]
fn a_whole_match_tries_all_alternatives() {
    assert!(Pattern::parse("a|ab").unwrap().is_whole_match("ab"));
    assert!(!Pattern::parse("a").unwrap().is_whole_match("ab"));
    assert!(!Pattern::parse("b").unwrap().is_whole_match("ab"));
}
