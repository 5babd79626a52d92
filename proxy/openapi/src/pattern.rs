//! Regular expressions of the document: Java's, as AWS takes them, in the `regex` crate's terms.
//!
//! What means the same in both is kept, what Java understands otherwise is translated (its classes
//! are ASCII), and what the crate does not have is refused.

use std::cell::RefCell;
use std::collections::HashMap;

use regex::{Regex, RegexBuilder};

use crate::node::Node;

/// The compiled size of one expression.
const COMPILED_BYTES_MAX: usize = 256 * 1024;

/// The text of one expression.
const EXPRESSION_BYTES_MAX: usize = 4 * 1024;

/// Different expressions in one document. With the size of each, this bounds the memory.
const EXPRESSIONS_MAX: usize = 200;

/// The expressions of a document; equal ones are compiled once.
#[derive(Debug, Default)]
pub(crate) struct Patterns {
    /// By the text, with the reason if it cannot be used.
    compiled: RefCell<HashMap<String, Result<Regex, String>>>,
}

impl Patterns {
    /// Compiles an expression so that it matches only the whole of a text, as Java's `matches()`.
    /// What is wrong with it is reported at `node`.
    pub(crate) fn full_match(&self, node: &Node<'_>, expression: &str) -> Option<Regex> {
        let mut compiled = self.compiled.borrow_mut();
        if !compiled.contains_key(expression) {
            if compiled.len() == EXPRESSIONS_MAX {
                node.report(format!(
                    "is one expression too many: a document has at most {EXPRESSIONS_MAX} \
                     different ones; use the same in more places"
                ));
                return None;
            }
            compiled.insert(expression.to_owned(), full_match(expression));
        }
        match compiled.get(expression)? {
            Ok(regex) => Some(regex.clone()),
            Err(reason) => {
                node.report(reason);
                None
            }
        }
    }
}

/// Compiles an expression of Java's so that it matches only the whole of a text.
///
/// # Errors
/// Why it cannot be used, as the end of a sentence about it.
pub fn full_match(expression: &str) -> Result<Regex, String> {
    if expression.is_empty() {
        return Err("must not be an empty expression; write one, or remove it".to_owned());
    }
    let found = expression.len();
    if found > EXPRESSION_BYTES_MAX {
        return Err(format!(
            "must be an expression of at most {EXPRESSION_BYTES_MAX} bytes, got {found}; shorten it"
        ));
    }
    let translated = translate(expression)?;
    // First alone: `a)|(?:b` is no expression, but would become one between the brackets.
    compile(&translated)?;
    compile(&format!("^(?:{translated})$"))
}

fn compile(expression: &str) -> Result<Regex, String> {
    let built = RegexBuilder::new(expression)
        .size_limit(COMPILED_BYTES_MAX)
        .dfa_size_limit(COMPILED_BYTES_MAX)
        .build();
    built.map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => {
            "is an expression that takes too much memory; use smaller repetitions".to_owned()
        }
        error => {
            let text = error.to_string();
            let reason = text.lines().last().unwrap_or_default();
            let reason = reason.strip_prefix("error: ").unwrap_or(reason);
            format!(
                "is not an expression that can be used: {reason}; mend it, and write it without \
                 what only Java has (look-around, back-references, atomic groups)"
            )
        }
    })
}

/// From Java's syntax to the crate's, where one text means two things.
fn translate(java: &str) -> Result<String, String> {
    let mut translated = String::with_capacity(java.len());
    let mut class_depth = 0_usize;
    let mut is_after_quantifier = false;
    let mut rest = java.chars();
    while let Some(character) = rest.next() {
        if character == '+' && is_after_quantifier && class_depth == 0 {
            return Err("has a possessive quantifier (such as *+), which is not supported; \
                        remove the second +"
                .to_owned());
        }
        is_after_quantifier = class_depth == 0 && matches!(character, '*' | '+' | '?' | '}');
        match character {
            '\\' => {
                let escaped = rest.next();
                match escaped.and_then(|escaped| ascii_class(escaped, class_depth)) {
                    Some(class) => translated.push_str(class),
                    None => {
                        translated.push('\\');
                        translated.extend(escaped);
                    }
                }
                // The brace that ends `\p{L}` is no quantifier.
                if matches!(escaped, Some('p' | 'P' | 'x' | 'u')) && rest.as_str().starts_with('{')
                {
                    let name_end = rest.as_str().find('}').map_or(rest.as_str().len(), |at| at + 1);
                    translated.extend(rest.by_ref().take(name_end));
                }
                continue;
            }
            '[' => class_depth += 1,
            ']' => class_depth = class_depth.saturating_sub(1),
            '(' if class_depth == 0 && has_unicode_flag(rest.as_str()) => {
                return Err("has the flag U, which is not supported; name the characters in a \
                            class"
                    .to_owned());
            }
            _ => {}
        }
        translated.push(character);
    }
    Ok(translated)
}

/// What a predefined class of Java stands for (`java.util.regex.Pattern`); inside brackets, too.
fn ascii_class(escaped: char, class_depth: usize) -> Option<&'static str> {
    Some(match (escaped, class_depth) {
        ('d', 0) => "[0-9]",
        ('d', _) => "0-9",
        ('D', _) => "[^0-9]",
        ('s', 0) => r"[ \t\n\x0B\f\r]",
        ('s', _) => r"\ \t\n\x0B\f\r",
        ('S', _) => r"[^ \t\n\x0B\f\r]",
        ('w', 0) => "[0-9A-Za-z_]",
        ('w', _) => "0-9A-Za-z_",
        ('W', _) => "[^0-9A-Za-z_]",
        ('b', 0) => r"(?-u:\b)",
        _ => return None,
    })
}

/// Java's flag U makes classes Unicode's; the crate's swaps greediness.
fn has_unicode_flag(after_bracket: &str) -> bool {
    let Some(flags) = after_bracket.strip_prefix('?') else {
        return false;
    };
    flags.chars().take_while(|flag| flag.is_ascii_alphabetic() || *flag == '-').any(|f| f == 'U')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_text_must_match() {
        let matches = |expression: &str, text: &str| full_match(expression).unwrap().is_match(text);
        assert!(matches("4\\d{2}", "404"));
        assert!(!matches("4\\d{2}", "4040"));
        assert!(!matches("a|b", "ab"));
        assert!(!matches("4\\d", "4٣"));
        assert!(matches("[\\w-]+", "a-1_"));
        assert!(matches("[^\\s]+", "ab"));
        assert!(!matches("[^\\s]+", "a b"));
        assert!(matches("(?s).*bad.*", "a\nbad\n"));
        assert!(!matches("$", "\n"));
        assert!(matches("Bearer [\\W\\d]+", "Bearer 1.2"));
        assert!(matches("\\\\d", "\\d"));
        assert!(matches("a\\b.c", "a-c"));
    }

    #[test]
    fn what_only_java_has_is_refused() {
        for expression in [
            "a*+",
            "a++b",
            "a?+",
            "a{2}+",
            r"\\*+",
            "[+]*+",
            "(?=a)",
            "(?<!a)b",
            r"(a)\1",
            "(?>a)",
            r"\Qa\E",
            "(?U)a",
            "(?iU:a)",
            "",
            "(",
            "a)|(?:b",
            "[",
            "\\",
            "\\p{",
            "(?x)a #",
            "(a{99}){99}",
        ] {
            assert!(full_match(expression).is_err(), "{expression}");
        }
    }

    #[test]
    fn a_plus_that_is_not_possessive_is_kept() {
        for expression in ["a+", r"\++", r"\*+", "[*+]", r"\p{L}+", "(a+)+", "a+?", ".+", r"[\d+]+"]
        {
            assert!(full_match(expression).is_ok(), "{expression}");
        }
    }
}
