//! JSON values as text: as messages show them, and so that equal ones are equal texts.

use std::fmt::Write as _;

use serde_json::{Number, Value};

use crate::number;

/// Characters of one value that a message shows; a client may send ten million.
const SHOWN_CHARS_MAX: usize = 1_000;

/// As much of a text as a message shows.
pub(crate) fn shown(text: &str) -> String {
    match text.char_indices().nth(SHOWN_CHARS_MAX) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}

/// Of a whole value, in JSON.
pub(crate) fn json(value: &Value) -> String {
    shown(&value.to_string())
}

/// `["a","b"]`
pub(crate) fn json_list<'n>(names: impl Iterator<Item = &'n str>) -> String {
    let names: Vec<Value> = names.map(Value::from).collect();
    json(&Value::from(names))
}

/// Whether two values are the same: numbers by their value, objects in any order.
pub(crate) fn equal(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(a, b))
        }
        (Value::Number(a), Value::Number(b)) => number::compare(a, b).is_eq(),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(name, a)| b.get(name).is_some_and(|b| equal(a, b)))
        }
        (Value::Bool(_) | Value::Null | Value::String(_), _) => a == b,
        (Value::Array(_) | Value::Number(_) | Value::Object(_), _) => false,
    }
}

/// A text that equal values share, and no others.
pub(crate) fn canonical(value: &Value, text: &mut String) {
    match value {
        Value::Array(items) => {
            text.push('[');
            for item in items {
                canonical(item, text);
                text.push(',');
            }
            text.push(']');
        }
        Value::Number(number) => text.push_str(&canonical_number(number)),
        Value::Object(members) => {
            let mut members: Vec<(&String, &Value)> = members.iter().collect();
            members.sort_unstable_by_key(|(name, _)| *name);
            text.push('{');
            for (name, member) in members {
                let _ = write!(text, "{name:?}:");
                canonical(member, text);
                text.push(',');
            }
            text.push('}');
        }
        Value::Bool(_) | Value::Null | Value::String(_) => {
            let _ = write!(text, "{value}");
        }
    }
}

fn canonical_number(number: &Number) -> String {
    const WHOLE_MAX: f64 = 9.0e15;
    match number.as_f64().filter(|_| number.is_f64()) {
        Some(float) if float.fract() == 0.0 && float.abs() < WHOLE_MAX => format!("{float:.0}"),
        Some(_) | None => number.to_string(),
    }
}
