//! Tests of `pattern`.

use super::{LetterCase, Pattern, PatternSyntax, Variables, Wildcards};
use crate::context::{ConditionContext, Values};

struct Context;

impl ConditionContext for Context {
    fn values(&self, key: &str) -> Values<'_> {
        match key {
            "aws:username" => Values::One("ada"),
            "aws:useragent" => Values::One("*"),
            "aws:principaltag/team a" => Values::One("blue"),
            "aws:tagkeys" => Values::Many(&["one", "two"]),
            "aws:single" => Values::Many(&["one"]),
            "aws:empty" => Values::One(""),
            _ => Values::Missing,
        }
    }
}

#[track_caller]
fn check(pattern: &str, text: &str, expected: bool) {
    let syntax = PatternSyntax {
        letter_case: LetterCase::Significant,
        variables: Variables::Substituted,
        wildcards: Wildcards::Matched,
    };
    let pattern = Pattern::parse(pattern, syntax).unwrap();
    assert_eq!(pattern.matches(text, &Context), expected, "{pattern:?} {text}");
}

#[test]
fn variable_stands_for_the_value_of_its_key() {
    check("home/${aws:username}/x", "home/ada/x", true);
    check("home/${AWS:UserName}/x", "home/ada/x", true);
    check("home/${ aws:username }/x", "home/ada/x", true);
    check("home/${aws:username}/x", "home/bob/x", false);
    check("home/${aws:username}", "home/${aws:username}", false);
    check("*${aws:username}", "home/adada/ada", true);
    check("*/${aws:username}/*", "home/ad/ada/x", true);
    check("${aws:PrincipalTag/Team A}", "blue", true);
    check("a${aws:empty}b", "ab", true);
    check("*${aws:empty}", "ab", true);
    check("${aws:single}", "one", true);
}

#[test]
fn variable_without_one_value_matches_nothing_or_its_default() {
    check("home/${aws:missing}", "home/", false);
    check("*${aws:missing}*", "home/", false);
    check("${aws:tagkeys}", "one", false);
    check("${aws:missing, 'all, of } them'}/x", "all, of } them/x", true);
    check("${aws:missing,''}x", "x", true);
    check("${aws:username, 'nobody'}", "ada", true);
    check("${aws:missing,'*'}", "anything", false);
}

#[test]
fn value_of_a_variable_is_never_a_wildcard() {
    check("${aws:useragent}", "*", true);
    check("${aws:useragent}", "curl", false);
}

#[test]
fn special_characters_can_be_written_as_variables() {
    check("a${*}b", "a*b", true);
    check("a${*}b", "axb", false);
    check("a${?}", "a?", true);
    check("a${?}", "ab", false);
    check("${$}{aws:username}", "${aws:username}", true);
    check("/$default/*", "/$default/GET/", true);
    check("$", "$", true);
}

#[test]
fn variables_that_do_not_end_or_name_nothing_are_refused() {
    let syntax = PatternSyntax {
        letter_case: LetterCase::Significant,
        variables: Variables::Substituted,
        wildcards: Wildcards::Matched,
    };
    for text in [
        "${",
        "${}",
        "${ }",
        "${a",
        "x${a${b}}",
        "${a, b}",
        "${a, 'b}",
        "${a, 'b' c}",
        "${,'b'}",
        "${a*}",
        "${**}",
        "${a,}",
    ] {
        assert!(Pattern::parse(text, syntax).is_err(), "{text}");
        let before_2012 = PatternSyntax { variables: Variables::Literal, ..syntax };
        assert!(Pattern::parse(text, before_2012).is_ok(), "{text}");
    }
}
