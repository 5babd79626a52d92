//! Values while a template is rendered. Lists, maps and what else has an identity live in the heap of
//! the rendering, as references in Java: who changes one, changes it for all.

mod compare;
mod heap;
mod meter;
mod print;

use std::ops::Deref;
use std::rc::Rc;

pub(crate) use heap::{Entries, Heap, ListKind, Loop};
pub(crate) use meter::Meter;

use crate::number;
use crate::syntax::Block;

/// What a function or an operator answers: the error says why the rendering ends.
pub(crate) type Outcome<T> = Result<T, Box<str>>;

/// A place in the heap.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) struct Id(pub(crate) u32);

#[derive(Clone, Debug)]
pub(crate) enum Value<'a> {
    /// What `#define` named: rendered when it is read.
    Block(&'a Block),
    Boolean(bool),
    Decimal(f64),
    /// A key with its value.
    Entry(Id),
    Input,
    Integer(i64),
    Iterator(Id),
    List(Id),
    /// `$foreach`
    Loop(Id),
    Map(Id),
    Null,
    /// A number that is none of the machine's: its digits.
    Numeral(Rc<str>),
    Text(Text<'a>),
    Util,
}

/// Text of the template or its inputs, or made while rendering.
#[derive(Clone, Debug)]
pub(crate) enum Text<'a> {
    Borrowed(&'a str),
    Shared(Rc<str>),
}

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        match self {
            Self::Borrowed(text) => text,
            Self::Shared(text) => text,
        }
    }
}

impl<'a> Value<'a> {
    pub(crate) fn text(text: &'a str) -> Self {
        Self::Text(Text::Borrowed(text))
    }

    /// Text that a function made: its memory counts.
    pub(crate) fn made(text: &str, meter: &mut Meter) -> Outcome<Self> {
        meter.allocate(text.len())?;
        Ok(Self::Text(Text::Shared(text.into())))
    }

    pub(crate) fn count(count: usize) -> Self {
        Self::Integer(i64::try_from(count).unwrap_or(i64::MAX))
    }

    /// A whole number; of one that is none of the machine's, its digits are kept.
    pub(crate) fn whole(value: i128) -> Self {
        i64::try_from(value).map_or_else(|_| Self::Numeral(value.to_string().into()), Self::Integer)
    }

    /// Only null and `false` are false.
    pub(crate) fn is_true(&self) -> bool {
        !matches!(self, Self::Null | Self::Boolean(false))
    }

    pub(crate) fn is_number(&self) -> bool {
        matches!(self, Self::Decimal(_) | Self::Integer(_) | Self::Numeral(_))
    }

    pub(crate) fn to_decimal(&self) -> Option<f64> {
        match self {
            #[expect(clippy::cast_precision_loss, reason = "as Java makes a double of a long")]
            Self::Integer(value) => Some(*value as f64),
            Self::Decimal(value) => Some(*value),
            Self::Numeral(digits) => digits.parse().ok(),
            _ => None,
        }
    }

    /// A whole number, also of more than 64 bits.
    pub(crate) fn to_whole(&self) -> Option<i128> {
        match self {
            Self::Integer(value) => Some((*value).into()),
            Self::Numeral(digits) => digits.parse().ok(),
            _ => None,
        }
    }

    /// What it prints, where that needs nothing of the heap.
    pub(crate) fn plain(&self) -> Option<Text<'a>> {
        Some(match self {
            Self::Boolean(value) => Text::Borrowed(if *value { "true" } else { "false" }),
            Self::Decimal(value) => Text::Shared(number::decimal(*value).into()),
            Self::Integer(value) => Text::Shared(value.to_string().into()),
            Self::Null => Text::Borrowed(""),
            Self::Numeral(digits) => Text::Shared(digits.clone()),
            Self::Text(text) => text.clone(),
            _ => return None,
        })
    }
}
