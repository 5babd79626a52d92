//! Regular expressions of Java, as crate `regex` runs them: in time that is linear in the text. What
//! that cannot do (looking around, references to groups, possessive repetition) is refused.

#[cfg(test)]
mod tests;
mod translate;

use regex::{Captures, Regex, RegexBuilder};

/// Of a compiled pattern: repetitions within repetitions grow it.
const PROGRAM_BYTES_MAX: usize = 256 * 1024;

/// Of the text of a pattern.
const TEXT_BYTES_MAX: usize = 4 * 1024;

/// Groups within each other.
const NESTING_MAX: u32 = 50;

#[derive(Clone, Debug)]
pub(crate) struct Pattern {
    text: Box<str>,
    regex: Regex,
    /// The same, of a whole text: alternatives are tried in order, and the first may end early.
    whole: Regex,
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Pattern {
    /// The error says what is wrong with which pattern.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let fail = |message: &str| format!("the pattern `{}`: {message}", excerpt(text));
        if text.len() > TEXT_BYTES_MAX {
            return Err(fail(&format!("it has more than {TEXT_BYTES_MAX} bytes")));
        }
        let translated = translate::translate(text).map_err(|message| fail(&message))?;
        let build = |pattern: &str| {
            let mut builder = RegexBuilder::new(pattern);
            builder.size_limit(PROGRAM_BYTES_MAX).nest_limit(NESTING_MAX);
            builder.build().map_err(|error| fail(&last_line(&error.to_string())))
        };
        let regex = build(&translated)?;
        let whole = build(&format!(r"\A(?:{translated})\z"))?;
        Ok(Self { text: text.into(), regex, whole })
    }

    /// How much work it is to go through that much text.
    pub(crate) fn steps(&self, text: &str) -> u64 {
        (text.len() as u64 / 16 + 1) * (1 + self.text.len() as u64 / 8)
    }

    /// `String.matches`
    pub(crate) fn is_whole_match(&self, text: &str) -> bool {
        self.whole.is_match(text)
    }

    /// `String.replaceAll`, and `replaceFirst` with a limit of 1.
    pub(crate) fn replace(
        &self,
        text: &str,
        replacement: &str,
        limit: usize,
        bytes_max: usize,
    ) -> Result<String, String> {
        let replacement = self.replacement(replacement)?;
        let mut out = String::with_capacity(text.len());
        let mut last = 0;
        for captures in self.regex.captures_iter(text).take(limit) {
            let Some(found) = captures.get(0) else { continue };
            out.push_str(&text[last..found.start()]);
            push(&replacement, &captures, &mut out);
            last = found.end();
            if out.len() > bytes_max {
                return Err("the text becomes too long".to_owned());
            }
        }
        out.push_str(&text[last..]);
        Ok(out)
    }

    /// `$1`, `${name}`, and `\` before what is meant as it is.
    fn replacement(&self, text: &str) -> Result<Vec<Piece>, String> {
        let mut pieces = Vec::new();
        let mut characters = text.chars().peekable();
        while let Some(character) = characters.next() {
            match character {
                '\\' => {
                    let escaped = characters.next();
                    pieces.push(Piece::Text(escaped.ok_or("character to be escaped is missing")?));
                }
                '$' if characters.peek() == Some(&'{') => {
                    characters.next();
                    let name: String = characters.by_ref().take_while(|c| *c != '}').collect();
                    let mut names = self.regex.capture_names();
                    let index = names.position(|each| each == Some(&name));
                    let index = index.ok_or_else(|| format!("no group with name {{{name}}}"))?;
                    pieces.push(Piece::Group(index));
                }
                '$' => {
                    let digit = characters.next().and_then(|c| c.to_digit(10));
                    let mut group = digit.ok_or("illegal group reference")? as usize;
                    if group >= self.regex.captures_len() {
                        return Err(format!("no group {group}"));
                    }
                    // Further digits belong to it as long as there is such a group.
                    while let Some(digit) = characters.peek().and_then(|c| c.to_digit(10)) {
                        let next = group * 10 + digit as usize;
                        if next >= self.regex.captures_len() {
                            break;
                        }
                        group = next;
                        characters.next();
                    }
                    pieces.push(Piece::Group(group));
                }
                _ => pieces.push(Piece::Text(character)),
            }
        }
        Ok(pieces)
    }

    /// `String.split`: with no limit, empty texts at the end are dropped.
    pub(crate) fn split<'t>(&self, text: &'t str, limit: i64) -> Vec<&'t str> {
        let most = usize::try_from(limit).ok().filter(|most| *most > 0).unwrap_or(usize::MAX);
        let mut parts = Vec::new();
        let mut last = 0;
        for found in self.regex.find_iter(text) {
            if parts.len() + 1 >= most {
                break;
            }
            // Nothing at the very beginning is no separator, nor is nothing at the end.
            if found.end() == 0 || (found.is_empty() && found.start() == text.len()) {
                continue;
            }
            parts.push(&text[last..found.start()]);
            last = found.end();
        }
        let has_none = parts.is_empty();
        parts.push(&text[last..]);
        while limit == 0 && !has_none && parts.last().is_some_and(|part| part.is_empty()) {
            parts.pop();
        }
        parts
    }
}

enum Piece {
    Group(usize),
    Text(char),
}

fn push(replacement: &[Piece], captures: &Captures<'_>, out: &mut String) {
    for piece in replacement {
        match piece {
            Piece::Group(index) => {
                out.push_str(captures.get(*index).map_or("", |group| group.as_str()));
            }
            Piece::Text(character) => out.push(*character),
        }
    }
}

fn excerpt(text: &str) -> &str {
    text.char_indices().nth(60).map_or(text, |(end, _)| &text[..end])
}

/// Where crate `regex` says what is wrong.
fn last_line(message: &str) -> String {
    let line = message.lines().last().unwrap_or(message).trim();
    line.trim_start_matches("error: ").to_lowercase()
}
