//! The members of a call, read from wherever in the request they are, and checked against their
//! shapes: whoever holds an [`Input`] need not ask for types, required members or enums again.

use std::collections::BTreeMap;

use axum::http::HeaderMap;
use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::constraint;
use crate::operation::{Location, Member, Operation, Shape, Table};
use crate::refusal::{Refusal, RefusalKind};

/// Longest text of a member, but for code: that of a model's schema (AWS). Where the API model says
/// nothing of a length, this holds.
const TEXT_LENGTH_MAX: usize = 400 * 1024;

/// The members of a call by their names in the API model.
pub(crate) struct Input {
    members: Map<String, Value>,
    /// The body of an operation that takes it as bytes.
    pub(crate) payload: Bytes,
}

impl Input {
    /// Reads a request of `operation`.
    pub(crate) fn read(
        operation: &Operation,
        path: Vec<(&str, String)>,
        query: &[(String, String)],
        headers: &HeaderMap,
        body: &Bytes,
    ) -> Result<Self, Refusal> {
        let table = operation.service.table();
        let (mut body, payload) = match &operation.payload {
            Some(_) => (Map::new(), body.clone()),
            None => (read_body(operation, body)?, Bytes::new()),
        };
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
                Location::Query => from_query(table.shape(member), wire_name, query),
            };
            if let Some(value) = value.filter(|value| !value.is_null()) {
                members.insert(name.clone(), value);
            }
        }
        if let Some((unknown, _)) = body.iter().next() {
            return Err(Refusal::serialization(format!("Unknown member: {}", shown(unknown))));
        }
        let is_member = |name: &&String| operation.payload.as_ref() != Some(*name);
        let required: Vec<String> = operation.required.iter().filter(is_member).cloned().collect();
        let mut checker = Checker { table, broken: Vec::new() };
        checker.structure("", &operation.members, &required, &mut members)?;
        checker.finish()?;
        Ok(Self { members, payload })
    }

    /// A member that is text, and was given.
    pub(crate) fn text(&self, member: &str) -> Option<&str> {
        self.members.get(member)?.as_str()
    }

    /// A member that the API model requires.
    pub(crate) fn required(&self, member: &str) -> &str {
        self.text(member).unwrap_or_default()
    }

    pub(crate) fn is_true(&self, member: &str) -> bool {
        self.members.get(member).and_then(Value::as_bool).unwrap_or_default()
    }

    pub(crate) fn has(&self, member: &str) -> bool {
        self.members.contains_key(member)
    }

    pub(crate) fn value(&self, member: &str) -> Option<&Value> {
        self.members.get(member)
    }

    /// The texts of a list.
    pub(crate) fn texts(&self, member: &str) -> Vec<String> {
        let items = self.members.get(member).and_then(Value::as_array).into_iter().flatten();
        items.filter_map(Value::as_str).map(str::to_owned).collect()
    }

    /// All members as a type that has their names.
    pub(crate) fn parse<T: DeserializeOwned>(&self) -> Result<T, Refusal> {
        T::deserialize(&self.members).map_err(|error| Refusal::serialization(error.to_string()))
    }
}

fn read_body(operation: &Operation, body: &Bytes) -> Result<Map<String, Value>, Refusal> {
    let has_body = operation.members.values().any(|member| member.location == Location::Body);
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
fn from_query(shape: &Shape, wire_name: &str, query: &[(String, String)]) -> Option<Value> {
    let mut values = query.iter().filter(|(name, _)| name == wire_name).map(|(_, value)| value);
    match shape {
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
        Shape::Integer(_) => values.next().map(|value| value.parse::<i64>().unwrap_or(-1).into()),
        Shape::Blob | Shape::Double(_) | Shape::String { .. } | Shape::Structure { .. } => {
            values.next().map(|value| Value::from(value.as_str()))
        }
    }
}

/// Checks values against shapes. What breaks a constraint is collected, a wrong type ends it.
struct Checker<'a> {
    table: &'a Table,
    broken: Vec<String>,
}

impl Checker<'_> {
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
            self.value(&join(place, name), self.table.shape(member), value)?;
        }
        Ok(())
    }

    fn value(&mut self, place: &str, shape: &Shape, value: &mut Value) -> Result<(), Refusal> {
        if let (Shape::String { .. }, Value::String(text)) = (shape, &*value)
            && text.len() > TEXT_LENGTH_MAX
        {
            self.add_too_long(place, text);
            return Ok(());
        }
        match (shape, &mut *value) {
            (Shape::String { .. }, Value::String(_)) if is_checked_later(place) => return Ok(()),
            (Shape::Blob | Shape::String { .. }, Value::String(_))
            | (Shape::Boolean, Value::Bool(_))
            | (Shape::Double(_), Value::Number(_)) => {}
            (Shape::Integer(_), Value::Number(number)) if is_int(number) => {}
            (Shape::List { member, .. }, Value::Array(items)) => {
                let shape = self.table.shape(member);
                let is_scalar = shape.is_scalar();
                let before = self.broken.len();
                for (number, item) in items.iter_mut().enumerate() {
                    self.value(&format!("{place}.{}.member", number + 1), shape, item)?;
                }
                if is_scalar && self.broken.len() > before && !is_checked_later(place) {
                    self.broken.truncate(before);
                    self.add(place, value, &shape.described("Member must satisfy constraint"));
                }
            }
            (Shape::Map { key, member }, Value::Object(entries)) => {
                entries.retain(|_, value| !value.is_null());
                if let Some(name) = entries.keys().find(|name| name.len() > TEXT_LENGTH_MAX) {
                    self.add_too_long(place, name);
                    return Ok(());
                }
                let (key, shape) = (self.table.shape(key), self.table.shape(member));
                let before = self.broken.len();
                for (name, value) in entries.iter_mut() {
                    self.value(&format!("{place}.{}", shown(name)), shape, value)?;
                }
                if shape.is_scalar() && self.broken.len() > before {
                    self.broken.truncate(before);
                    self.add(place, value, &shape.described("Map value must satisfy constraint"));
                }
                let names = value.as_object().into_iter().flat_map(Map::keys);
                if names.map(|name| Value::from(name.as_str())).any(|name| !key.holds(&name)) {
                    self.add(place, value, &key.described("Map keys must satisfy constraint"));
                }
            }
            (Shape::Structure { members, required }, Value::Object(values)) => {
                self.structure(place, members, required, values)?;
            }
            (shape, value) => return Err(mismatch(shape, value)),
        }
        for constraint in shape.constraints().into_iter().filter(|it| !it.holds(value)) {
            self.add(place, value, &constraint.to_string());
        }
        Ok(())
    }

    fn add_too_long(&mut self, place: &str, text: &str) {
        let constraint = format!("Member must have length less than or equal to {TEXT_LENGTH_MAX}");
        self.add(place, &shown(text).into(), &constraint);
    }

    fn add(&mut self, place: &str, value: &Value, constraint: &str) {
        let value = constraint::displayed(value);
        self.broken.push(format!(
            "Value '{value}' at '{place}' failed to satisfy constraint: {constraint}"
        ));
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
        Shape::Double(_) => "Double",
        Shape::Integer(_) => "Integer",
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

/// Members have their names in Java, whatever they are called on the wire.
fn join(place: &str, name: &str) -> String {
    let mut name = shown(name);
    if let Some(first) = name.get_mut(..1) {
        first.make_ascii_lowercase();
    }
    if place.is_empty() { name } else { format!("{place}.{name}") }
}

/// A hostile text must not fill the answer.
pub(crate) fn shown(text: &str) -> String {
    const SHOWN_MAX: usize = 256;
    text.chars().take(SHOWN_MAX).collect()
}
