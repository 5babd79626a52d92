//! What the API model asks of values beyond their types, in the words of AWS.

use std::fmt;

use serde_json::{Number, Value};

use crate::input::shown;
use crate::operation::{Pattern, Range, Shape};

/// One constraint of a shape.
pub(crate) enum Constraint<'a> {
    Choices(&'a [String]),
    LengthMax(&'a Number),
    LengthMin(&'a Number),
    Pattern(&'a Pattern),
    ValueMax(&'a Number),
    ValueMin(&'a Number),
}

impl Shape {
    /// Every constraint, in the order in which AWS names them.
    pub(crate) fn constraints(&self) -> Vec<Constraint<'_>> {
        match self {
            Self::Blob | Self::Boolean | Self::Map { .. } | Self::Structure { .. } => Vec::new(),
            Self::Double(range) | Self::Integer(range) => {
                let max = range.max.iter().map(Constraint::ValueMax);
                max.chain(range.min.iter().map(Constraint::ValueMin)).collect()
            }
            Self::List { length: range, .. } => length(range).collect(),
            Self::String { choices, length: range, pattern } => {
                let choices = (!choices.is_empty()).then_some(Constraint::Choices(choices));
                let pattern = pattern.as_ref().map(Constraint::Pattern);
                choices.into_iter().chain(length(range)).chain(pattern).collect()
            }
        }
    }

    /// Whether a value of this type keeps all of them.
    pub(crate) fn holds(&self, value: &Value) -> bool {
        self.constraints().iter().all(|constraint| constraint.holds(value))
    }

    pub(crate) fn is_scalar(&self) -> bool {
        match self {
            Self::Blob
            | Self::Boolean
            | Self::Double(_)
            | Self::Integer(_)
            | Self::String { .. } => true,
            Self::List { .. } | Self::Map { .. } | Self::Structure { .. } => false,
        }
    }

    /// All of them, as they are named for what is in a list or map.
    pub(crate) fn described(&self, opening: &str) -> String {
        let constraints = self.constraints();
        let mut texts: Vec<String> = constraints.iter().map(Constraint::to_string).collect();
        texts.push("Member must not be null".to_owned());
        format!("{opening}: [{}]", texts.join(", "))
    }
}

impl Constraint<'_> {
    /// Whether a value keeps it; the value is of the shape's type.
    pub(crate) fn holds(&self, value: &Value) -> bool {
        let text = value.as_str();
        let length = match value {
            Value::Array(items) => items.len(),
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::Object(_)
            | Value::String(_) => text.map_or(0, |text| text.chars().count()),
        };
        let at_most =
            |number: Option<f64>, max: &Number| number <= max.as_f64() && number.is_some();
        let at_least = |number: Option<f64>, min: &Number| min.as_f64() <= number;
        let length = Some(f64::from(u32::try_from(length).unwrap_or(u32::MAX)));
        match self {
            Self::Choices(choices) => text.is_some_and(|text| choices.iter().any(|it| it == text)),
            Self::LengthMax(max) => at_most(length, max),
            Self::LengthMin(min) => at_least(length, min),
            Self::Pattern(pattern) => text.is_some_and(|text| pattern.matches(text)),
            Self::ValueMax(max) => at_most(value.as_f64(), max),
            Self::ValueMin(min) => at_least(value.as_f64(), min),
        }
    }
}

impl fmt::Display for Constraint<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Choices(choices) => {
                write!(f, "Member must satisfy enum value set: [{}]", choices.join(", "))
            }
            Self::LengthMax(max) => {
                write!(f, "Member must have length less than or equal to {max}")
            }
            Self::LengthMin(min) => {
                write!(f, "Member must have length greater than or equal to {min}")
            }
            Self::Pattern(pattern) => {
                write!(f, "Member must satisfy regular expression pattern: {}", pattern.text)
            }
            Self::ValueMax(max) => write!(f, "Member must have value less than or equal to {max}"),
            Self::ValueMin(min) => {
                write!(f, "Member must have value greater than or equal to {min}")
            }
        }
    }
}

fn length(range: &Range) -> impl Iterator<Item = Constraint<'_>> {
    let max = range.max.iter().map(Constraint::LengthMax);
    max.chain(range.min.iter().map(Constraint::LengthMin))
}

/// A value as Java writes it, and not all of a hostile one.
pub(crate) fn displayed(value: &Value) -> String {
    let text = match value {
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(displayed).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(entries) => {
            let entries =
                entries.iter().map(|(name, value)| format!("{name}={}", displayed(value)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
        }
        Value::String(text) => text.clone(),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.to_string(),
    };
    shown(&text)
}
