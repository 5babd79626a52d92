//! Tests of `wildcard`: tables, and a naive recursive matcher as the oracle.

use proptest::prelude::*;

use crate::context::{ConditionContext, Values};
use crate::pattern::{LetterCase, Pattern, PatternSyntax, Variables, Wildcards};

struct NoKeys;

impl ConditionContext for NoKeys {
    fn values(&self, _key: &str) -> Values<'_> {
        Values::Missing
    }
}

fn matches(pattern: &str, text: &str, letter_case: LetterCase) -> bool {
    let syntax =
        PatternSyntax { letter_case, variables: Variables::Literal, wildcards: Wildcards::Matched };
    Pattern::parse(pattern, syntax).unwrap().matches(text, &NoKeys)
}

#[track_caller]
fn check(pattern: &str, text: &str, expected: bool) {
    assert_eq!(matches(pattern, text, LetterCase::Significant), expected, "{pattern} {text}");
}

#[test]
fn star_is_any_run_and_crosses_slashes_and_colons() {
    check("", "", true);
    check("", "a", false);
    check("*", "", true);
    check("*", "arn:aws:x/y", true);
    check("a*", "a", true);
    check("*a", "ba", true);
    check("*a", "ab", false);
    check("a*a", "a", false);
    check("a*b*c", "a/b:b/c", true);
    check("a*b*c", "a/c/b", false);
    check("a**b", "ab", true);
    check("*ab*ab", "ab", false);
    check("*ab*ab", "abab", true);
    check(
        "arn:aws:execute-api:*:*:a1/prod/GET/*",
        "arn:aws:execute-api:eu-1:12:a1/prod/GET/x/y",
        true,
    );
    check("arn:aws:execute-api:*", "arn:aws:execute-api:eu-1:12:a1/prod/GET/", true);
}

#[test]
fn question_mark_is_exactly_one_character() {
    check("?", "", false);
    check("?", "a", true);
    check("?", "ä", true);
    check("?", "ab", false);
    check("a?c", "a/c", true);
    check("*?", "", false);
    check("*?*?", "ab", true);
    check("*?*?", "a", false);
    check("?*b?", "abbb", true);
}

#[test]
fn case_matters_only_where_it_should() {
    check("GET", "get", false);
    assert!(matches("execute-API:*", "EXECUTE-api:Invoke", LetterCase::Ignored));
    assert!(matches("*Ä?", "xäY", LetterCase::Ignored));
    assert!(!matches("execute-api:Invoke", "execute-api:Invok", LetterCase::Ignored));
}

#[test]
fn hostile_patterns_take_no_exponential_time() {
    let text = "a".repeat(10_000);
    check(&format!("{}b", "*a".repeat(200)), &text, false);
    check(&format!("{}b", "*a?".repeat(200)), &text, false);
    check(&format!("{}*b", "*?".repeat(200)), &text, false);
    assert!(!matches(&format!("{}b", "*a".repeat(200)), &text, LetterCase::Ignored));
}

fn matches_naively(pattern: &[char], text: &[char]) -> bool {
    match (pattern, text) {
        ([], []) => true,
        (['*', pattern_rest @ ..], _) => {
            (0..=text.len()).any(|skipped| matches_naively(pattern_rest, &text[skipped..]))
        }
        (['?', pattern_rest @ ..], [_, text_rest @ ..]) => matches_naively(pattern_rest, text_rest),
        ([expected, pattern_rest @ ..], [found, text_rest @ ..]) => {
            expected == found && matches_naively(pattern_rest, text_rest)
        }
        ([_, ..], []) | ([], [_, ..]) => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn agrees_with_the_naive_matcher(pattern in "[ab/*?ä]{0,8}", text in "[ab/ä]{0,10}") {
        let characters = |text: &str| text.chars().collect::<Vec<_>>();
        let expected = matches_naively(&characters(&pattern), &characters(&text));
        prop_assert_eq!(matches(&pattern, &text, LetterCase::Significant), expected);
        prop_assert_eq!(matches(&pattern, &text.to_uppercase(), LetterCase::Ignored), expected);
    }
}
