//! Expressions of schemas: ECMA 262's, in the terms of the `regex` crate, which takes time in
//! proportion to the text. What means the same in both is kept, what ECMA understands otherwise is
//! translated (its classes are ASCII), and what the crate does not have is refused.

use regex::{Regex, RegexBuilder};

/// The compiled size of one expression.
const COMPILED_BYTES_MAX: usize = 256 * 1024;

/// The text of one expression.
const EXPRESSION_BYTES_MAX: usize = 4 * 1024;

/// Compiles an expression, which may match any part of a text.
///
/// # Errors
/// Why it cannot be used, as the end of a sentence about it.
pub(crate) fn compile(expression: &str) -> Result<Regex, String> {
    let found = expression.len();
    if found > EXPRESSION_BYTES_MAX {
        return Err(format!("must have at most {EXPRESSION_BYTES_MAX} bytes, got {found}"));
    }
    let built = RegexBuilder::new(&translate(expression))
        .size_limit(COMPILED_BYTES_MAX)
        .dfa_size_limit(COMPILED_BYTES_MAX)
        .build();
    built.map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => {
            "takes too much memory; use smaller repetitions".to_owned()
        }
        error => {
            let text = error.to_string();
            let reason = text.lines().last().unwrap_or_default();
            let reason = reason.strip_prefix("error: ").unwrap_or(reason);
            format!(
                "cannot be used: {reason}; write it without look-around and back-references, which \
                 take unbounded time"
            )
        }
    })
}

/// From ECMA's syntax to the crate's.
fn translate(ecma: &str) -> String {
    let mut translated = String::with_capacity(ecma.len());
    let mut is_in_class = false;
    let mut rest = ecma.chars();
    while let Some(character) = rest.next() {
        match character {
            '\\' => {
                let escaped = rest.next();
                match escaped.and_then(|escaped| ascii_class(escaped, is_in_class)) {
                    Some(class) => translated.push_str(class),
                    None => {
                        translated.push('\\');
                        translated.extend(escaped);
                    }
                }
            }
            // Within a class, only these three mean something: the crate has more.
            '[' | '&' | '~' if is_in_class => {
                translated.push('\\');
                translated.push(character);
            }
            '[' => {
                is_in_class = true;
                translated.push(character);
            }
            ']' => {
                is_in_class = false;
                translated.push(character);
            }
            _ => translated.push(character),
        }
    }
    translated
}

fn ascii_class(escaped: char, is_in_class: bool) -> Option<&'static str> {
    Some(match (escaped, is_in_class) {
        ('d', false) => "[0-9]",
        ('d', true) => "0-9",
        ('D', _) => "[^0-9]",
        ('w', false) => "[0-9A-Za-z_]",
        ('w', true) => "0-9A-Za-z_",
        ('W', _) => "[^0-9A-Za-z_]",
        ('b', false) => r"(?-u:\b)",
        ('b', true) => r"\x08",
        ('B', false) => r"(?-u:\B)",
        ('/', _) => "/",
        ('"', _) => "\"",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(expression: &str, matching: &[&str], other: &[&str]) {
        let regex = compile(expression).unwrap();
        for text in matching {
            assert!(regex.is_match(text), "{expression} {text}");
        }
        for text in other {
            assert!(!regex.is_match(text), "{expression} {text}");
        }
    }

    #[test]
    fn expressions_mean_what_they_mean_in_ecma_262() {
        check("^\\d{3}$", &["123"], &["1234", "٣٣٣"]);
        check("^[\\w-]+$", &["a-1_"], &["ä"]);
        check("a\\/b", &["a/b"], &["ab"]);
        check("^[[&~]+$", &["[&~"], &["]"]);
        check("^\\S+@\\S+$", &["a@b"], &["a b"]);
        check("^[^\\W]+$", &["abc"], &["a-b"]);
        check("^\\u0041$", &["A"], &["B"]);
        check("es", &["yes, indeed", "es"], &["no"]);
    }

    #[test]
    fn what_takes_unbounded_time_is_refused() {
        for expression in ["(?=a)", "(?!a)b", r"(a)\1", "(", "(a{99}){99}{99}", &"a".repeat(5_000)]
        {
            assert!(compile(expression).is_err(), "{expression}");
        }
    }
}
