//! From text to the tape, by RFC 8259.

use std::collections::HashSet;

use super::{Json, JsonError, Node};

/// Lists and maps within each other: what follows them needs that much stack.
const DEPTH_MAX: u32 = 512;

/// Up to so many names are compared with each other; more are put into a set.
const NAMES_COMPARED_MAX: usize = 8;

/// Most documents have more text than this for each node: the tape does not grow step by step.
const BYTES_PER_NODE: usize = 6;

/// Digits that a decimal of the machine keeps.
const DECIMAL_BYTES_MAX: usize = 18;

pub(super) fn parse(text: &str) -> Result<Json, JsonError> {
    if u32::try_from(text.len()).is_err() {
        return Err(JsonError { offset: 0, message: "the text is too long" });
    }
    let json = Json { text: text.into(), nodes: Vec::new(), unescaped: Vec::new() };
    let mut parser = Parser { text, at: 0, depth: 0, json, names: Vec::new() };
    parser.json.nodes.reserve(text.len() / BYTES_PER_NODE);
    parser.skip_space();
    parser.value()?;
    parser.skip_space();
    if parser.at < text.len() {
        return Err(parser.error("text after the value"));
    }
    Ok(parser.json)
}

/// Of the names of a map, that they differ, where a mark of each does: then none is compared with another.
#[derive(Default)]
struct Marks(u64);

impl Marks {
    /// Whether a name's mark is there already.
    fn has(&mut self, name: &[u8]) -> bool {
        let (first, last) = match name {
            [] => (0, 0),
            [first, ..] => (*first, name[name.len() - 1]),
        };
        let middle = name.get(name.len() / 2).copied().unwrap_or(0);
        let sum = usize::from(first) + 5 * usize::from(middle) + 11 * usize::from(last);
        let mark = 1 << ((sum + 23 * name.len()) % 64);
        let is_there = self.0 & mark != 0;
        self.0 |= mark;
        is_there
    }
}

struct Parser<'t> {
    text: &'t str,
    at: usize,
    depth: u32,
    json: Json,
    /// The names of all maps that are open, each by its place.
    names: Vec<u32>,
}

impl Parser<'_> {
    fn error(&self, message: &'static str) -> JsonError {
        JsonError { offset: self.at, message }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }

    fn skip(&mut self, byte: u8) -> bool {
        let does = self.peek() == Some(byte);
        self.at += usize::from(does);
        does
    }

    /// The next place on the tape: there are fewer than bytes of text.
    fn place(&self) -> u32 {
        u32::try_from(self.json.nodes.len()).unwrap_or(u32::MAX)
    }

    fn offset(at: usize) -> u32 {
        u32::try_from(at).unwrap_or(u32::MAX)
    }

    fn value(&mut self) -> Result<(), JsonError> {
        let node = match self.peek() {
            Some(b'"') => self.string()?,
            Some(b'{') => return self.nested(Self::map),
            Some(b'[') => return self.nested(Self::list),
            Some(b'-' | b'0'..=b'9') => self.number()?,
            Some(b't') => self.word("true", Node::Boolean(true))?,
            Some(b'f') => self.word("false", Node::Boolean(false))?,
            Some(b'n') => self.word("null", Node::Null)?,
            Some(_) => return Err(self.error("expected a value")),
            None => return Err(self.error("the text ends early")),
        };
        self.json.nodes.push(node);
        Ok(())
    }

    fn word(&mut self, word: &str, node: Node) -> Result<Node, JsonError> {
        if !self.text[self.at..].starts_with(word) {
            return Err(self.error("expected a value"));
        }
        self.at += word.len();
        Ok(node)
    }

    fn nested(
        &mut self,
        parse: impl FnOnce(&mut Self) -> Result<(), JsonError>,
    ) -> Result<(), JsonError> {
        if self.depth == DEPTH_MAX {
            return Err(self.error("nested too deeply"));
        }
        self.depth += 1;
        self.at += 1;
        self.skip_space();
        parse(self)?;
        self.depth -= 1;
        Ok(())
    }

    fn list(&mut self) -> Result<(), JsonError> {
        let place = self.place() as usize;
        self.json.nodes.push(Node::Null);
        if !self.skip(b']') {
            loop {
                self.value()?;
                self.skip_space();
                if self.skip(b']') {
                    break;
                }
                self.comma()?;
            }
        }
        self.json.nodes[place] = Node::List { end: self.place() };
        Ok(())
    }

    fn comma(&mut self) -> Result<(), JsonError> {
        if !self.skip(b',') {
            return Err(self.error("expected a comma or the end of a list or map"));
        }
        self.skip_space();
        Ok(())
    }

    fn map(&mut self) -> Result<(), JsonError> {
        let place = self.place() as usize;
        self.json.nodes.push(Node::Null);
        let first = self.names.len();
        let mut marks = Marks::default();
        let mut may_repeat = false;
        if !self.skip(b'}') {
            loop {
                if self.peek() != Some(b'"') {
                    return Err(self.error("expected a name"));
                }
                let start = self.at + 1;
                let name = self.string()?;
                may_repeat |= match name {
                    Node::Text { .. } => marks.has(&self.text.as_bytes()[start..self.at - 1]),
                    _ => true,
                };
                self.names.push(self.place());
                self.json.nodes.push(name);
                self.skip_space();
                if !self.skip(b':') {
                    return Err(self.error("expected a colon"));
                }
                self.skip_space();
                self.value()?;
                self.skip_space();
                if self.skip(b'}') {
                    break;
                }
                self.comma()?;
            }
        }
        if may_repeat {
            self.hide_repeated(first);
        }
        self.names.truncate(first);
        self.json.nodes[place] = Node::Map { end: self.place() };
        Ok(())
    }

    /// Of the names from `first` on, those that come again.
    fn hide_repeated(&mut self, first: usize) {
        let names = &self.names[first..];
        let text = |place: &u32| self.json.string(*place).unwrap_or_default();
        let mut hidden = Vec::new();
        if names.len() <= NAMES_COMPARED_MAX {
            for (index, name) in names.iter().enumerate() {
                if names[index + 1..].iter().any(|later| text(later) == text(name)) {
                    hidden.push(*name);
                }
            }
        } else {
            let mut seen = HashSet::with_capacity(names.len());
            hidden.extend(names.iter().rev().filter(|name| !seen.insert(text(name))));
        }
        for name in hidden {
            let end = self.json.after(name + 1);
            self.json.nodes[name as usize] = Node::Hidden { end };
        }
    }

    fn number(&mut self) -> Result<Node, JsonError> {
        let start = self.at;
        self.skip(b'-');
        let whole = self.digits();
        if whole == 0 || (whole > 1 && self.text.as_bytes()[self.at - whole] == b'0') {
            return Err(self.error("expected a number"));
        }
        let mut is_decimal = false;
        if self.skip(b'.') {
            is_decimal = true;
            if self.digits() == 0 {
                return Err(self.error("expected digits"));
            }
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            is_decimal = true;
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            if self.digits() == 0 {
                return Err(self.error("expected digits"));
            }
        }
        let digits = &self.text[start..self.at];
        let kept = Node::Number { start: Self::offset(start), end: Self::offset(self.at) };
        if !is_decimal {
            return Ok(digits.parse().map_or(kept, Node::Integer));
        }
        let value = digits.parse().ok().filter(|value: &f64| value.is_finite());
        let value = value.filter(|_| digits.len() <= DECIMAL_BYTES_MAX);
        Ok(value.map_or(kept, Node::Decimal))
    }

    fn digits(&mut self) -> usize {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        self.at - start
    }

    fn string(&mut self) -> Result<Node, JsonError> {
        self.at += 1;
        let start = self.at;
        let rest = &self.text.as_bytes()[start..];
        let end = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20));
        self.at = end.map_or(self.text.len(), |length| start + length);
        match self.peek() {
            Some(b'"') => {
                let node = Node::Text { start: Self::offset(start), end: Self::offset(self.at) };
                self.at += 1;
                Ok(node)
            }
            Some(b'\\') => self.escaped(start),
            Some(_) => Err(self.error("a control character in a string")),
            None => Err(self.error("a string is not closed")),
        }
    }

    fn escaped(&mut self, start: usize) -> Result<Node, JsonError> {
        let mut text = self.text[start..self.at].to_owned();
        loop {
            let from = self.at;
            while !matches!(self.peek(), None | Some(b'"' | b'\\' | 0..0x20)) {
                self.at += 1;
            }
            text.push_str(&self.text[from..self.at]);
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => {
                    self.at += 1;
                    text.push(self.escape()?);
                }
                Some(_) => return Err(self.error("a control character in a string")),
                None => return Err(self.error("a string is not closed")),
            }
        }
        self.at += 1;
        self.json.unescaped.push(text.into());
        Ok(Node::Escaped(Self::offset(self.json.unescaped.len() - 1)))
    }

    /// What follows a backslash.
    fn escape(&mut self) -> Result<char, JsonError> {
        let byte = self.peek();
        self.at += 1;
        Ok(match byte {
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(byte @ (b'"' | b'\\' | b'/')) => char::from(byte),
            Some(b'u') => {
                let high = self.unit()?;
                let at = self.at;
                let low = if self.text[at..].starts_with("\\u") && (0xd800..0xdc00).contains(&high)
                {
                    self.at += 2;
                    Some(self.unit()?)
                } else {
                    None
                };
                let units = [Some(high), low].into_iter().flatten();
                match char::decode_utf16(units).next() {
                    Some(Ok(c)) => c,
                    _ => {
                        // The second may be the first of another pair.
                        self.at = at;
                        '?'
                    }
                }
            }
            _ => {
                self.at -= 1;
                return Err(self.error("an unknown escape"));
            }
        })
    }

    fn unit(&mut self) -> Result<u16, JsonError> {
        let digits = self.text.as_bytes().get(self.at..self.at + 4);
        let digits = digits.filter(|digits| digits.iter().all(u8::is_ascii_hexdigit));
        let unit = digits.and_then(|digits| std::str::from_utf8(digits).ok());
        let unit = unit.and_then(|digits| u16::from_str_radix(digits, 16).ok());
        let unit = unit.ok_or_else(|| self.error("expected four hexadecimal digits"))?;
        self.at += 4;
        Ok(unit)
    }
}
