//! The functions that templates call: a table of rows, each with what it does and an example that is
//! its test. What is not in the table is no method: calling it comes to null, as do arguments of
//! other types.

mod format;
mod input;
mod iteration;
mod list;
mod map;
mod number;
#[cfg(test)]
mod tests;
mod text;
mod utf16;
mod utility;

use crate::machine::Machine;
use crate::pattern::Pattern;
use crate::syntax::Compiled;
use crate::value::{Outcome, Text, Value};

/// Methods whose first argument is a regular expression.
pub(crate) const TAKE_PATTERNS: [&str; 4] = ["matches", "replaceAll", "replaceFirst", "split"];

/// What has methods.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Kind {
    Boolean,
    Entry,
    Input,
    Iterator,
    List,
    Loop,
    Map,
    Number,
    Text,
    Util,
}

const KINDS: usize = 10;

const TABLE: [&[Function]; 8] = [
    input::ROWS,
    iteration::ROWS,
    list::ROWS,
    map::ROWS,
    number::ROWS,
    text::ROWS,
    text::REGULAR_ROWS,
    utility::ROWS,
];

/// A row of the table.
pub(crate) struct Function {
    on: Kind,
    name: &'static str,
    /// How few and how many.
    arguments: (usize, usize),
    call: Call,
    /// What it does, for who reads the table.
    #[cfg_attr(not(test), expect(dead_code, reason = "it is read in the table"))]
    doc: &'static str,
    /// A template, and what it renders to.
    #[cfg_attr(not(test), expect(dead_code, reason = "the tests run it"))]
    example: (&'static str, &'static str),
}

type Call = for<'a> fn(&mut Machine<'a>, &Value<'a>, &Arguments<'_, 'a>) -> Answer<'a>;

type Answer<'a> = Result<Value<'a>, Failure>;

pub(crate) enum Failure {
    /// No method of that name takes such arguments.
    Mismatch,
    /// The rendering ends.
    Fault(Box<str>),
}

impl Failure {
    fn fault(cause: impl Into<Box<str>>) -> Self {
        Self::Fault(cause.into())
    }
}

impl From<Box<str>> for Failure {
    fn from(cause: Box<str>) -> Self {
        Self::Fault(cause)
    }
}

const fn row(
    on: Kind,
    name: &'static str,
    arguments: (usize, usize),
    call: Call,
    doc: &'static str,
    example: (&'static str, &'static str),
) -> Function {
    Function { on, name, arguments, call, doc, example }
}

/// The rows of one name, for each kind of value that it may be called on.
#[derive(Clone, Copy)]
pub(crate) struct Rows([Option<&'static Function>; KINDS]);

impl std::fmt::Debug for Rows {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.iter().flatten().map(|row| row.name)).finish()
    }
}

impl Rows {
    pub(crate) fn method(name: &str, arguments: usize) -> Self {
        Self::of(|row| {
            let (few, many) = row.arguments;
            row.name == name && (few..=many).contains(&arguments)
        })
    }

    /// What `.name` calls: `getName()` or `isName()`.
    pub(crate) fn getter(name: &str) -> Self {
        let matches = |method: &str| {
            let stem = method.strip_prefix("get").or_else(|| method.strip_prefix("is"));
            stem.is_some_and(|stem| {
                stem.get(..1).is_some_and(|first| first.eq_ignore_ascii_case(&name[..1]))
                    && stem[1..] == name[1..]
            })
        };
        Self::of(|row| row.arguments.0 == 0 && (matches(row.name) || is_member(row, name)))
    }

    fn of(is_wanted: impl Fn(&Function) -> bool) -> Self {
        let mut rows = [None; KINDS];
        for row in TABLE.into_iter().flatten().filter(|row| is_wanted(row)) {
            rows[row.on as usize] = Some(row);
        }
        Self(rows)
    }

    /// Null, if the value has no such method.
    pub(crate) fn call<'a>(
        &self,
        machine: &mut Machine<'a>,
        value: &Value<'a>,
        arguments: &Arguments<'_, 'a>,
    ) -> Outcome<Value<'a>> {
        let kind = match value {
            Value::Block(_) | Value::Null => return Ok(Value::Null),
            Value::Boolean(_) => Kind::Boolean,
            Value::Decimal(_) | Value::Integer(_) | Value::Numeral(_) => Kind::Number,
            Value::Entry(_) => Kind::Entry,
            Value::Input => Kind::Input,
            Value::Iterator(_) => Kind::Iterator,
            Value::List(_) => Kind::List,
            Value::Loop(_) => Kind::Loop,
            Value::Map(_) => Kind::Map,
            Value::Text(_) => Kind::Text,
            Value::Util => Kind::Util,
        };
        let Some(function) = self.0[kind as usize] else { return Ok(Value::Null) };
        match (function.call)(machine, value, arguments) {
            Ok(value) => Ok(value),
            Err(Failure::Mismatch) => Ok(Value::Null),
            Err(Failure::Fault(cause)) => Err(format!("{}(): {cause}", function.name).into()),
        }
    }
}

/// The members of a loop and of an entry are not methods with another name.
fn is_member(row: &Function, name: &str) -> bool {
    row.on == Kind::Loop && row.name == name
}

pub(crate) struct Arguments<'c, 'a> {
    pub(crate) values: &'c [Value<'a>],
    pub(crate) compiled: &'c Compiled,
}

impl<'a> Arguments<'_, 'a> {
    fn value(&self, index: usize) -> Result<Value<'a>, Failure> {
        self.values.get(index).cloned().ok_or(Failure::Mismatch)
    }

    fn text(&self, index: usize) -> Result<Text<'a>, Failure> {
        match self.values.get(index) {
            Some(Value::Text(text)) => Ok(text.clone()),
            _ => Err(Failure::Mismatch),
        }
    }

    fn integer(&self, index: usize) -> Result<i64, Failure> {
        match self.values.get(index) {
            Some(Value::Integer(value)) => Ok(*value),
            _ => Err(Failure::Mismatch),
        }
    }

    /// The first, as a pattern: compiled, unless the template made it.
    fn with_pattern<T>(
        &self,
        machine: &mut Machine<'a>,
        text: &str,
        apply: impl FnOnce(&mut Machine<'a>, &Pattern) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        if let Compiled::Pattern(pattern) = self.compiled {
            machine.heap.meter.step(pattern.steps(text))?;
            return apply(machine, pattern);
        }
        let pattern = self.text(0)?;
        // Compiling is work, too.
        machine.heap.meter.step(5_000 + pattern.len() as u64 * 10)?;
        let pattern = Pattern::parse(&pattern).map_err(Failure::fault)?;
        machine.heap.meter.step(pattern.steps(text))?;
        apply(machine, &pattern)
    }
}

/// What a row's value is, as the table says.
fn text_of<'a>(value: &Value<'a>) -> Result<Text<'a>, Failure> {
    if let Value::Text(text) = value { Ok(text.clone()) } else { Err(Failure::Mismatch) }
}

/// An index that must be within `0..=most`.
fn within(index: i64, most: usize) -> Result<usize, Failure> {
    let found = usize::try_from(index).ok().filter(|index| *index <= most);
    found.ok_or_else(|| Failure::fault(format!("index {index} is out of range for length {most}")))
}
