//! From text to a path.

use super::filter::{Comparison, Filter, Operand};
use super::{Function, InvalidJsonPath, JsonPath, Step};
use crate::pattern::Pattern;

/// Filters and lists within each other.
const DEPTH_MAX: u32 = 32;

const FUNCTIONS: [(&str, Function); 10] = [
    ("avg", Function::Average),
    ("first", Function::First),
    ("keys", Function::Keys),
    ("last", Function::Last),
    ("length", Function::Length),
    ("max", Function::Maximum),
    ("min", Function::Minimum),
    ("size", Function::Length),
    ("stddev", Function::Deviation),
    ("sum", Function::Sum),
];

pub(super) fn parse(text: &str) -> Result<JsonPath, InvalidJsonPath> {
    let mut parser = Parser { text, at: 0, depth: 0 };
    parser.skip_space();
    let path = if parser.skip("$") || parser.skip("@") || parser.rest().starts_with('[') {
        parser.path(Place::Alone)?
    } else {
        parser.member_and_path()?
    };
    parser.skip_space();
    if parser.at < text.len() {
        return Err(parser.error("expected `.` or `[`"));
    }
    Ok(path)
}

/// Where a path stands: what ends a name there.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Place {
    Alone,
    Filter,
}

struct Parser<'t> {
    text: &'t str,
    at: usize,
    depth: u32,
}

impl<'t> Parser<'t> {
    fn error(&self, message: impl Into<String>) -> InvalidJsonPath {
        InvalidJsonPath { offset: self.at, message: message.into() }
    }

    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn skip(&mut self, text: &str) -> bool {
        let does = self.rest().starts_with(text);
        if does {
            self.at += text.len();
        }
        does
    }

    fn expect(&mut self, text: &str) -> Result<(), InvalidJsonPath> {
        self.skip_space();
        if self.skip(text) { Ok(()) } else { Err(self.error(format!("expected `{text}`"))) }
    }

    fn skip_space(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
    }

    fn take_while(&mut self, belongs: impl Fn(char) -> bool) -> &'t str {
        let rest = self.rest();
        let taken = &rest[..rest.find(|c| !belongs(c)).unwrap_or(rest.len())];
        self.at += taken.len();
        taken
    }

    fn nested<T>(
        &mut self,
        parse: impl FnOnce(&mut Self) -> Result<T, InvalidJsonPath>,
    ) -> Result<T, InvalidJsonPath> {
        if self.depth == DEPTH_MAX {
            return Err(self.error(format!("nested more than {DEPTH_MAX} deep")));
        }
        self.depth += 1;
        let parsed = parse(self);
        self.depth -= 1;
        parsed
    }

    fn member_and_path(&mut self) -> Result<JsonPath, InvalidJsonPath> {
        let name = self.name(Place::Alone)?;
        let path = self.path(Place::Alone)?;
        let steps = std::iter::once(Step::Member(name.into())).chain(path.steps).collect();
        Ok(JsonPath { steps, function: path.function })
    }

    fn name(&mut self, place: Place) -> Result<&'t str, InvalidJsonPath> {
        let name = self.take_while(|c| match c {
            '.' | '[' | '(' => false,
            _ if c.is_whitespace() => false,
            '=' | '!' | '<' | '>' | '&' | '|' | ')' | ',' | ']' => place == Place::Alone,
            _ => true,
        });
        if name.is_empty() { Err(self.error("expected a name")) } else { Ok(name) }
    }

    /// What follows `$` or `@`.
    fn path(&mut self, place: Place) -> Result<JsonPath, InvalidJsonPath> {
        let mut steps = Vec::new();
        loop {
            if self.skip("..") {
                steps.push(Step::Descend);
                if self.rest().starts_with('[') {
                    continue;
                }
            } else if self.rest().starts_with('[') {
                steps.push(self.nested(Self::bracket)?);
                continue;
            } else if !self.skip(".") {
                return Ok(JsonPath { steps: steps.into(), function: None });
            }
            if self.skip("*") {
                steps.push(Step::Every);
                continue;
            }
            let start = self.at;
            let name = self.name(place)?;
            if !self.skip("(") {
                steps.push(Step::Member(name.into()));
                continue;
            }
            let function = FUNCTIONS.iter().find(|(each, _)| *each == name);
            let Some((_, function)) = function else {
                self.at = start;
                return Err(self.error(format!("there is no function {name}()")));
            };
            self.expect(")")?;
            return Ok(JsonPath { steps: steps.into(), function: Some(*function) });
        }
    }

    fn bracket(&mut self) -> Result<Step, InvalidJsonPath> {
        self.expect("[")?;
        self.skip_space();
        let step = match self.rest().chars().next() {
            Some('*') => {
                self.skip("*");
                Step::Every
            }
            Some('?') => {
                self.skip("?");
                self.expect("(")?;
                let filter = self.any()?;
                self.expect(")")?;
                Step::Filter(filter)
            }
            Some('\'' | '"') => self.quoted_names()?,
            Some('-' | ':' | '0'..='9') => self.indexes()?,
            _ => return Err(self.error("expected an index, a quoted name, `*` or `?(`")),
        };
        self.expect("]")?;
        Ok(step)
    }

    fn quoted_names(&mut self) -> Result<Step, InvalidJsonPath> {
        let mut names: Vec<Box<str>> = Vec::new();
        loop {
            self.skip_space();
            names.push(self.quoted()?.into());
            self.skip_space();
            if !self.skip(",") {
                break;
            }
        }
        Ok(match (names.pop(), names.is_empty()) {
            (Some(name), true) => Step::Member(name),
            (last, _) => {
                names.extend(last);
                Step::Members(names.into())
            }
        })
    }

    /// In either quotes; a backslash escapes what follows.
    fn quoted(&mut self) -> Result<String, InvalidJsonPath> {
        let start = self.at;
        let mut characters = self.rest().char_indices();
        let quote = characters.next().map(|(_, quote)| quote);
        if !matches!(quote, Some('\'' | '"')) {
            return Err(self.error("expected a quoted name"));
        }
        let mut text = String::new();
        while let Some((index, character)) = characters.next() {
            if Some(character) == quote {
                self.at = start + index + 1;
                return Ok(text);
            }
            let escaped = if character == '\\' { characters.next() } else { None };
            text.push(escaped.map_or(character, |(_, escaped)| escaped));
        }
        Err(self.error("a quote is not closed"))
    }

    fn integer(&mut self) -> Result<i64, InvalidJsonPath> {
        let start = self.at;
        self.skip("-");
        self.take_while(|c| c.is_ascii_digit());
        self.text[start..self.at].parse().map_err(|_| self.error("expected an index"))
    }

    fn optional_integer(&mut self) -> Result<Option<i64>, InvalidJsonPath> {
        self.skip_space();
        let is_there = self.rest().starts_with(|c: char| c.is_ascii_digit() || c == '-');
        if is_there { self.integer().map(Some) } else { Ok(None) }
    }

    fn indexes(&mut self) -> Result<Step, InvalidJsonPath> {
        let first = self.optional_integer()?;
        self.skip_space();
        if self.skip(":") {
            let to = self.optional_integer()?;
            return Ok(Step::Slice { from: first, to });
        }
        let first = first.ok_or_else(|| self.error("expected an index"))?;
        let mut indexes = vec![first];
        while self.skip(",") {
            self.skip_space();
            indexes.push(self.integer()?);
            self.skip_space();
        }
        Ok(if indexes.len() == 1 { Step::Index(first) } else { Step::Indexes(indexes.into()) })
    }

    fn any(&mut self) -> Result<Filter, InvalidJsonPath> {
        let mut filters = vec![self.all()?];
        while self.operator("||") {
            filters.push(self.all()?);
        }
        Ok(one_or(filters, Filter::Any))
    }

    fn all(&mut self) -> Result<Filter, InvalidJsonPath> {
        let mut filters = vec![self.nested(Self::condition)?];
        while self.operator("&&") {
            filters.push(self.nested(Self::condition)?);
        }
        Ok(one_or(filters, Filter::All))
    }

    fn operator(&mut self, text: &str) -> bool {
        self.skip_space();
        self.skip(text)
    }

    fn condition(&mut self) -> Result<Filter, InvalidJsonPath> {
        self.skip_space();
        if self.skip("!") {
            return Ok(Filter::Not(Box::new(self.nested(Self::condition)?)));
        }
        if self.skip("(") {
            let inside = self.any()?;
            self.expect(")")?;
            return Ok(inside);
        }
        let left = self.operand()?;
        self.skip_space();
        let rest = self.rest();
        let lower = rest.get(..8).unwrap_or(rest).to_ascii_lowercase();
        let found = Comparison::SPELLINGS.iter().find(|(text, _)| lower.starts_with(text));
        let Some((text, comparison)) = found else {
            let is_path = matches!(left, Operand::Path(_) | Operand::RootPath(_));
            return if is_path {
                Ok(Filter::Exists(left))
            } else {
                Err(self.error("expected an operator"))
            };
        };
        self.at += text.len();
        let right = self.operand()?;
        Ok(Filter::Compare(Box::new((left, *comparison, right))))
    }

    fn operand(&mut self) -> Result<Operand, InvalidJsonPath> {
        self.skip_space();
        match self.rest().chars().next() {
            Some('@') => {
                self.skip("@");
                Ok(Operand::Path(self.path(Place::Filter)?))
            }
            Some('$') => {
                self.skip("$");
                Ok(Operand::RootPath(self.path(Place::Filter)?))
            }
            Some('\'' | '"') => Ok(Operand::Text(self.quoted()?.into())),
            Some('/') => self.pattern(),
            Some('[') => self.nested(Self::list),
            Some('-' | '0'..='9') => {
                let start = self.at;
                let text = self
                    .take_while(|c| c.is_ascii_digit() || matches!(c, '-' | '+' | '.' | 'e' | 'E'));
                let number = text.parse().ok();
                number.map(Operand::Number).ok_or_else(|| InvalidJsonPath {
                    offset: start,
                    message: "expected a number".to_owned(),
                })
            }
            _ => {
                let start = self.at;
                match self.take_while(|c| c.is_ascii_alphabetic()) {
                    "true" => Ok(Operand::Boolean(true)),
                    "false" => Ok(Operand::Boolean(false)),
                    "null" => Ok(Operand::Null),
                    _ => {
                        self.at = start;
                        Err(self.error("expected a value or a path"))
                    }
                }
            }
        }
    }

    fn list(&mut self) -> Result<Operand, InvalidJsonPath> {
        self.expect("[")?;
        let mut items = Vec::new();
        if !self.operator("]") {
            loop {
                items.push(self.operand()?);
                if self.operator("]") {
                    break;
                }
                self.expect(",")?;
            }
        }
        Ok(Operand::List(items.into()))
    }

    /// `/pattern/i`
    fn pattern(&mut self) -> Result<Operand, InvalidJsonPath> {
        let start = self.at;
        self.skip("/");
        let mut is_escaped = false;
        let end = self.rest().find(|c| {
            let ends = c == '/' && !is_escaped;
            is_escaped = c == '\\' && !is_escaped;
            ends
        });
        let Some(end) = end else { return Err(self.error("a pattern is not closed")) };
        let text = &self.rest()[..end];
        self.at += end + 1;
        let flags = self.take_while(|c| c.is_ascii_alphabetic());
        let text = if flags.is_empty() { text.to_owned() } else { format!("(?{flags}){text}") };
        let pattern = Pattern::parse(&text);
        pattern.map(Operand::Pattern).map_err(|message| InvalidJsonPath { offset: start, message })
    }
}

fn one_or(mut filters: Vec<Filter>, many: fn(Box<[Filter]>) -> Filter) -> Filter {
    match filters.pop() {
        Some(only) if filters.is_empty() => only,
        last => {
            filters.extend(last);
            many(filters.into())
        }
    }
}
