//! The members of a call, read from wherever in the request they are, and checked against their
//! shapes: whoever holds an [`Input`] need not ask for types, required members or enums again.

use std::collections::BTreeMap;

use axum::http::HeaderMap;
use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::operation::{Location, Member, OPERATIONS, Operation, Shape};
use crate::refusal::{Refusal, RefusalKind};

/// The members of a call by their names in the API model.
pub(crate) struct Input(Map<String, Value>);

impl Input {
    /// Reads a request of `operation`.
    pub(crate) fn read(
        operation: &Operation,
        path: Vec<(&str, String)>,
        query: &[(String, String)],
        headers: &HeaderMap,
        body: &Bytes,
    ) -> Result<Self, Refusal> {
        let mut body = read_body(operation, body)?;
        let mut path: BTreeMap<&str, String> = path.into_iter().collect();
        let mut members = Map::new();
        for (name, member) in &operation.members {
            let wire_name = member.wire_name(name);
            let value = match member.location {
                Location::Body => body.shift_remove(wire_name),
                Location::Header => {
                    let value = headers.get(wire_name).and_then(|value| value.to_str().ok());
                    value.map(Value::from)
                }
                Location::Path => path.remove(wire_name).map(Value::from),
                Location::Query => from_query(member, wire_name, query),
            };
            if let Some(value) = value.filter(|value| !value.is_null()) {
                members.insert(name.clone(), value);
            }
        }
        if let Some((unknown, _)) = body.iter().next() {
            return Err(Refusal::serialization(format!("Unknown member: {}", shown(unknown))));
        }
        let mut checker = Checker::default();
        checker.structure("", &operation.members, &operation.required, &mut members)?;
        checker.finish()?;
        Ok(Self(members))
    }

    /// A member that is text, and was given.
    pub(crate) fn text(&self, member: &str) -> Option<&str> {
        self.0.get(member)?.as_str()
    }

    /// A member that the API model requires.
    pub(crate) fn required(&self, member: &str) -> &str {
        self.text(member).unwrap_or_default()
    }

    pub(crate) fn is_true(&self, member: &str) -> bool {
        self.0.get(member).and_then(Value::as_bool).unwrap_or_default()
    }

    pub(crate) fn has(&self, member: &str) -> bool {
        self.0.contains_key(member)
    }

    /// The texts of a list.
    pub(crate) fn texts(&self, member: &str) -> Vec<String> {
        let items = self.0.get(member).and_then(Value::as_array).into_iter().flatten();
        items.filter_map(Value::as_str).map(str::to_owned).collect()
    }

    /// All members as a type that has their names.
    pub(crate) fn parse<T: DeserializeOwned>(&self) -> Result<T, Refusal> {
        serde_json::from_value(Value::Object(self.0.clone()))
            .map_err(|error| Refusal::serialization(error.to_string()))
    }
}

fn read_body(operation: &Operation, body: &Bytes) -> Result<Map<String, Value>, Refusal> {
    let has_body = operation.members.values().any(|member| member.location == Location::Body);
    if let Some(payload) = &operation.payload {
        let text = String::from_utf8_lossy(body).into_owned();
        return Ok(Map::from_iter([(payload.clone(), Value::String(text))]));
    }
    if body.is_empty() || !has_body {
        return Ok(Map::new());
    }
    match serde_json::from_slice(body) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(_) => Err(Refusal::serialization("Expected a JSON object")),
        Err(error) => Err(Refusal::serialization(format!("Unable to parse the body: {error}"))),
    }
}

/// A member of the query in the type of its shape.
fn from_query(member: &Member, wire_name: &str, query: &[(String, String)]) -> Option<Value> {
    let mut values = query.iter().filter(|(name, _)| name == wire_name).map(|(_, value)| value);
    match OPERATIONS.shape(member) {
        Shape::List { .. } => {
            let values: Vec<Value> = values.map(|value| Value::from(value.as_str())).collect();
            (!values.is_empty()).then(|| values.into())
        }
        Shape::Map { .. } => {
            let entries = query.iter().map(|(name, value)| (name.clone(), value.as_str().into()));
            Some(Value::Object(entries.collect()))
        }
        Shape::Boolean => values.next().map(|value| value.eq_ignore_ascii_case("true").into()),
        // What is no number becomes one that no list has: see `page`.
        Shape::Integer => values.next().map(|value| value.parse::<i64>().unwrap_or(-1).into()),
        Shape::Blob | Shape::Double | Shape::String { .. } | Shape::Structure { .. } => {
            values.next().map(|value| Value::from(value.as_str()))
        }
    }
}

/// Checks values against shapes; what breaks a constraint is collected, a wrong type ends it.
#[derive(Default)]
struct Checker {
    broken: Vec<String>,
}

impl Checker {
    fn finish(self) -> Result<(), Refusal> {
        let message = match self.broken.len() {
            0 => return Ok(()),
            1 => format!("1 validation error detected: {}", self.broken[0]),
            count => format!("{count} validation errors detected: {}", self.broken.join("; ")),
        };
        Err(Refusal::new(RefusalKind::Validation, message))
    }

    fn structure(
        &mut self,
        place: &str,
        members: &BTreeMap<String, Member>,
        required: &[String],
        values: &mut Map<String, Value>,
    ) -> Result<(), Refusal> {
        values.retain(|_, value| !value.is_null());
        for name in required.iter().filter(|name| !values.contains_key(*name)) {
            self.broken.push(format!(
                "Value null at '{}' failed to satisfy constraint: Member must not be null",
                join(place, name)
            ));
        }
        for (name, value) in values {
            let Some(member) = members.get(name) else {
                return Err(Refusal::serialization(format!("Unknown member: {}", shown(name))));
            };
            self.value(&join(place, name), OPERATIONS.shape(member), value)?;
        }
        Ok(())
    }

    fn value(&mut self, place: &str, shape: &Shape, value: &mut Value) -> Result<(), Refusal> {
        match (shape, value) {
            (Shape::Blob, Value::String(_))
            | (Shape::Boolean, Value::Bool(_))
            | (Shape::Double, Value::Number(_)) => Ok(()),
            (Shape::Integer, Value::Number(number)) if is_int(number) => Ok(()),
            (Shape::String { .. }, Value::String(_)) if is_checked_later(place) => Ok(()),
            (Shape::String { choices, pattern }, Value::String(text)) => {
                if !choices.is_empty() && !choices.contains(text) {
                    self.broken.push(format!(
                        "Value '{}' at '{place}' failed to satisfy constraint: Member must satisfy \
                         enum value set: [{}]",
                        shown(text),
                        choices.join(", ")
                    ));
                }
                if let Some(pattern) = pattern.as_ref().filter(|p| !p.regex.is_match(text)) {
                    self.broken.push(format!(
                        "Value '{}' at '{place}' failed to satisfy constraint: Member must satisfy \
                         regular expression pattern: {}",
                        shown(text),
                        pattern.text
                    ));
                }
                Ok(())
            }
            (Shape::List { member }, Value::Array(items)) => {
                for (number, item) in items.iter_mut().enumerate() {
                    let place = format!("{place}.{}.member", number + 1);
                    self.value(&place, OPERATIONS.shape(member), item)?;
                }
                Ok(())
            }
            (Shape::Map { member }, Value::Object(entries)) => {
                for (key, value) in entries.iter_mut().filter(|(_, value)| !value.is_null()) {
                    self.value(&join(place, key), OPERATIONS.shape(member), value)?;
                }
                entries.retain(|_, value| !value.is_null());
                Ok(())
            }
            (Shape::Structure { members, required }, Value::Object(values)) => {
                self.structure(place, members, required, values)
            }
            (shape, value) => Err(mismatch(shape, value)),
        }
    }
}

/// What has an error of its own text instead (recorded): see `endpoint_configuration`.
fn is_checked_later(place: &str) -> bool {
    place.starts_with("endpointConfiguration.")
}

/// The API model's integers have 32 bits.
fn is_int(number: &serde_json::Number) -> bool {
    number.as_i64().is_some_and(|number| i32::try_from(number).is_ok())
}

/// As recorded from AWS, in the terms of what it is written in.
fn mismatch(shape: &Shape, value: &Value) -> Refusal {
    let expected = match shape {
        Shape::Blob | Shape::String { .. } => "String",
        Shape::Boolean => "Boolean",
        Shape::Double => "Double",
        Shape::Integer => "Integer",
        Shape::List { .. } => "List",
        Shape::Map { .. } | Shape::Structure { .. } => "Map",
    };
    let found = match value {
        Value::Null => "null",
        Value::Bool(_) => "class java.lang.Boolean",
        Value::Number(number) if is_int(number) => "class java.lang.Integer",
        Value::Number(number) if number.is_f64() => "class java.lang.Double",
        Value::Number(_) => "class java.lang.Long",
        Value::String(_) => "class java.lang.String",
        Value::Array(_) => return Refusal::serialization("Start of list found where not expected"),
        Value::Object(_) => {
            let message = "Start of structure or map found where not expected.";
            return Refusal::serialization(message);
        }
    };
    Refusal::serialization(format!("{found} can not be converted to an {expected}"))
}

fn join(place: &str, name: &str) -> String {
    let name = shown(name);
    if place.is_empty() { name } else { format!("{place}.{name}") }
}

/// A hostile text must not fill the answer.
pub(crate) fn shown(text: &str) -> String {
    const SHOWN_MAX: usize = 256;
    text.chars().take(SHOWN_MAX).collect()
}
