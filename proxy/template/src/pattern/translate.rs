//! The syntax of `java.util.regex.Pattern` in that of crate `regex`.

use std::iter::Peekable;
use std::str::Chars;

/// What `.` matches: anything but an end of line.
const DOT: &str = r"[^\n\r\x{85}\x{2028}\x{2029}]";

/// Java's names for classes of ASCII.
const POSIX: [(&str, &str); 13] = [
    ("ASCII", r"\x00-\x7F"),
    ("Alnum", "[:alnum:]"),
    ("Alpha", "[:alpha:]"),
    ("Blank", "[:blank:]"),
    ("Cntrl", "[:cntrl:]"),
    ("Digit", "[:digit:]"),
    ("Graph", "[:graph:]"),
    ("Lower", "[:lower:]"),
    ("Print", "[:print:]"),
    ("Punct", "[:punct:]"),
    ("Space", r" \t\n\x0B\f\r"),
    ("Upper", "[:upper:]"),
    ("XDigit", "[:xdigit:]"),
];

pub(super) fn translate(text: &str) -> Result<String, String> {
    let mut translation = Translation {
        rest: text.chars().peekable(),
        out: String::with_capacity(text.len() + 16),
        class_depth: 0,
        is_dot_all: false,
    };
    while let Some(character) = translation.rest.next() {
        translation.character(character)?;
    }
    Ok(translation.out)
}

struct Translation<'t> {
    rest: Peekable<Chars<'t>>,
    out: String,
    /// Of brackets.
    class_depth: u32,
    /// After `(?s)`.
    is_dot_all: bool,
}

fn unsupported(what: &str) -> String {
    format!("{what} is not supported: matching takes time in proportion to the text")
}

impl Translation<'_> {
    fn character(&mut self, character: char) -> Result<(), String> {
        match character {
            '\\' => self.escape()?,
            '[' => {
                self.class_depth += 1;
                self.out.push('[');
            }
            ']' if self.class_depth > 0 => {
                self.class_depth -= 1;
                self.out.push(']');
            }
            // Set operations of crate `regex`, and nothing special in Java.
            '-' | '~' if self.class_depth > 0 && self.rest.peek() == Some(&character) => {
                self.out.push('\\');
                self.out.push(character);
            }
            _ if self.class_depth > 0 => self.out.push(character),
            '.' if !self.is_dot_all => self.out.push_str(DOT),
            '(' => self.group()?,
            '*' | '+' | '?' | '}' => {
                self.out.push(character);
                self.repetition(character)?;
            }
            _ => self.out.push(character),
        }
        Ok(())
    }

    fn repetition(&mut self, character: char) -> Result<(), String> {
        if self.rest.peek() == Some(&'+') {
            return Err(unsupported("possessive repetition"));
        }
        if character != '?' && self.rest.next_if_eq(&'?').is_some() {
            self.out.push('?');
        }
        Ok(())
    }

    fn group(&mut self) -> Result<(), String> {
        self.out.push('(');
        if self.rest.next_if_eq(&'?').is_none() {
            return Ok(());
        }
        self.out.push('?');
        match self.rest.peek() {
            Some('=' | '!') => return Err(unsupported("looking ahead")),
            Some('>') => return Err(unsupported("an atomic group")),
            Some('<') => {
                self.rest.next();
                if matches!(self.rest.peek(), Some('=' | '!')) {
                    return Err(unsupported("looking behind"));
                }
                self.out.push('<');
            }
            _ => {
                let mut is_on = true;
                while let Some(flag) = self.rest.next_if(|c| c.is_ascii_alphabetic() || *c == '-') {
                    match flag {
                        '-' => is_on = false,
                        's' => self.is_dot_all = is_on,
                        'i' | 'm' | 'x' => {}
                        // It is so without being asked for.
                        'u' => continue,
                        _ => return Err(format!("the flag {flag} is not supported")),
                    }
                    self.out.push(flag);
                }
                // Flags of which none is left.
                if self.out.ends_with("(?") && self.rest.next_if_eq(&')').is_some() {
                    self.out.push_str(":)");
                }
            }
        }
        Ok(())
    }

    /// A class of characters, which may stand in brackets.
    fn class(&mut self, class: &str) {
        self.out.push('[');
        self.out.push_str(class);
        self.out.push(']');
    }

    fn escape(&mut self) -> Result<(), String> {
        let Some(character) = self.rest.next() else {
            return Err("it ends with a backslash".to_owned());
        };
        let is_inside = self.class_depth > 0;
        match character {
            'd' => self.class("0-9"),
            'D' => self.class("^0-9"),
            's' => self.class(r" \t\n\x0B\f\r"),
            'S' => self.class(r"^ \t\n\x0B\f\r"),
            'w' => self.class("a-zA-Z_0-9"),
            'W' => self.class("^a-zA-Z_0-9"),
            'h' => self.class(r" \t\xA0\x{1680}\x{180e}\x{2000}-\x{200a}\x{202f}\x{205f}\x{3000}"),
            'v' => self.class(r"\n\x0B\f\r\x{85}\x{2028}\x{2029}"),
            'R' if !is_inside => self.out.push_str(r"(?:\r\n|[\n\x0B\f\r\x{85}\x{2028}\x{2029}])"),
            'b' | 'B' if !is_inside => self.out.extend(['\\', character]),
            'A' if !is_inside => self.out.push_str(r"\A"),
            'z' if !is_inside => self.out.push_str(r"\z"),
            't' | 'n' | 'r' | 'f' => self.out.extend(['\\', character]),
            'a' => self.out.push_str(r"\x07"),
            'e' => self.out.push_str(r"\x1B"),
            '0' => self.octal()?,
            'x' => self.hexadecimal(2)?,
            'u' => self.hexadecimal(4)?,
            'p' | 'P' => self.property(character)?,
            'Q' => self.quotation(),
            '1'..='9' | 'k' => return Err(unsupported("a reference to a group")),
            'G' | 'Z' => return Err(format!("\\{character} is not supported")),
            _ if character.is_ascii_alphabetic() => {
                return Err(format!("illegal escape \\{character}"));
            }
            _ => self.literal(character),
        }
        Ok(())
    }

    fn literal(&mut self, character: char) {
        if character.is_ascii_punctuation() && !matches!(character, '<' | '>') {
            self.out.push('\\');
        }
        self.out.push(character);
    }

    /// `\Q..\E`
    fn quotation(&mut self) {
        while let Some(character) = self.rest.next() {
            if character == '\\' && self.rest.next_if_eq(&'E').is_some() {
                return;
            }
            self.literal(character);
        }
    }

    fn octal(&mut self) -> Result<(), String> {
        let mut value = None;
        while let Some(digit) = self.rest.peek().and_then(|c| c.to_digit(8))
            && value.unwrap_or(0) <= 0o37
        {
            self.rest.next();
            value = Some(value.unwrap_or(0) * 8 + digit);
        }
        self.out.push_str(&format!("\\x{{{:x}}}", value.ok_or("illegal octal escape")?));
        Ok(())
    }

    fn hexadecimal(&mut self, digits: usize) -> Result<(), String> {
        let code: String = if self.rest.next_if_eq(&'{').is_some() {
            self.rest.by_ref().take_while(|c| *c != '}').collect()
        } else {
            self.rest.by_ref().take(digits).collect()
        };
        if code.is_empty() || !code.chars().all(|c| c.is_ascii_hexdigit()) {
            return Err("illegal hexadecimal escape".to_owned());
        }
        self.out.push_str(&format!("\\x{{{code}}}"));
        Ok(())
    }

    fn property(&mut self, sign: char) -> Result<(), String> {
        let name: String = if self.rest.next_if_eq(&'{').is_some() {
            self.rest.by_ref().take_while(|c| *c != '}').collect()
        } else {
            self.rest.next().into_iter().collect()
        };
        let not = if sign == 'P' { "^" } else { "" };
        if let Some((_, class)) = POSIX.iter().find(|(each, _)| *each == name) {
            self.class(&format!("{not}{class}"));
            return Ok(());
        }
        let name = name.strip_prefix("Is").unwrap_or(&name);
        if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
            return Err("illegal property".to_owned());
        }
        self.out.push_str(&format!("\\{sign}{{{name}}}"));
        Ok(())
    }
}
