//! `patchOperations`: what an update may change of a document, and how.
//!
//! Each family says in a table which paths it has, with which operations, and what a value is
//! (REST API Reference, "Patch Operations"). Values are always text. A list of operations is done as
//! a whole or not at all. What only stages and usage plans have is in their files.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::call::Call;
use crate::input::shown;
use crate::refusal::Refusal;
use crate::service::Service;

/// One operation as it was sent.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct PatchOperation {
    pub(crate) op: Option<Op>,
    path: Option<String>,
    pub(crate) value: Option<String>,
    pub(crate) from: Option<String>,
}

/// `op`; `move` and `test` are known, and nothing has them.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Op {
    Add,
    Copy,
    Move,
    Remove,
    Replace,
    Test,
}

pub(crate) const REPLACE: &[Op] = &[Op::Replace];
pub(crate) const ADD_REMOVE: &[Op] = &[Op::Add, Op::Remove];
pub(crate) const ADD_REPLACE: &[Op] = &[Op::Add, Op::Replace];
pub(crate) const ADD_REPLACE_REMOVE: &[Op] = &[Op::Add, Op::Replace, Op::Remove];

/// One path that can be changed.
pub(crate) struct Rule {
    /// As the reference writes it: `/variables/{name}`.
    pub(crate) path: &'static str,
    pub(crate) ops: &'static [Op],
    pub(crate) target: Target,
}

/// What a path leads to.
#[derive(Clone, Copy)]
pub(crate) enum Target {
    /// A member that is true or false. As recorded, what is neither is stored as false.
    Boolean,
    /// One of the texts that the shape of this name has in the API model.
    Choice(&'static str),
    /// An entry of a map, by the last part of the path; the text is what a missing one answers.
    Entry(EntryKind, &'static str),
    /// A whole number; an empty text removes it.
    Integer,
    /// An item of a list: the last part of the path if that is in braces, else the value.
    Item,
    /// A number.
    Number,
    /// An item of a list that stands at a position, or is the last part of the path.
    Position,
    /// A text; an empty one is kept.
    Text,
    /// A text; an empty one removes it.
    TextOrNone,
}

/// What a map has.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(crate) enum EntryKind {
    Boolean,
    /// A text that may not be empty.
    Filled,
    Text,
}

pub(crate) const fn rule(path: &'static str, ops: &'static [Op], target: Target) -> Rule {
    Rule { path, ops, target }
}

impl Op {
    fn as_str(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Copy => "copy",
            Self::Move => "move",
            Self::Remove => "remove",
            Self::Replace => "replace",
            Self::Test => "test",
        }
    }
}

impl PatchOperation {
    /// The operations of an update, in their order.
    pub(crate) fn read(call: &Call) -> Result<Vec<Self>, Refusal> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Members {
            #[serde(default)]
            patch_operations: Vec<PatchOperation>,
        }
        let members: Members = call.input.parse()?;
        Ok(members.patch_operations)
    }

    pub(crate) fn path(&self) -> Result<&str, Refusal> {
        self.path.as_deref().ok_or_else(|| Refusal::bad_request("Invalid patch path null"))
    }

    /// Whether it is about `mutualTlsAuthentication` of a domain name.
    pub(crate) fn is_of_mutual_tls(&self) -> bool {
        self.path.as_deref().is_some_and(|path| path.starts_with("/mutualTlsAuthentication"))
    }

    /// The parts of the path, unescaped (RFC 6901).
    pub(crate) fn parts(&self) -> Result<Vec<String>, Refusal> {
        let path = self.path()?;
        let rest = path
            .strip_prefix('/')
            .ok_or_else(|| Refusal::bad_request(format!("Invalid patch path {}", shown(path))))?;
        Ok(rest.split('/').map(unescape).collect())
    }

    pub(crate) fn text(&self) -> &str {
        self.value.as_deref().unwrap_or_default()
    }

    pub(crate) fn is_true(&self) -> bool {
        self.text().eq_ignore_ascii_case("true")
    }

    pub(crate) fn number<T: std::str::FromStr>(&self) -> Result<T, Refusal> {
        self.text().trim().parse().map_err(|_| self.invalid_value())
    }

    pub(crate) fn invalid_value(&self) -> Refusal {
        let path = self.path.as_deref().unwrap_or_default();
        Refusal::bad_request(format!(
            "Invalid value '{}' specified for path '{}'",
            shown(self.text()),
            shown(path)
        ))
    }

    /// The refusal of a path that nothing of `rules` has with this operation.
    pub(crate) fn unsupported(&self, rules: &[Rule]) -> Refusal {
        let path = shown(self.path.as_deref().unwrap_or_default());
        let op = self.op.map_or("null", Op::as_str);
        let paths: Vec<&str> = rules
            .iter()
            .filter(|rule| self.op.is_some_and(|op| rule.ops.contains(&op)))
            .map(|rule| rule.path)
            .collect();
        Refusal::bad_request(if paths.is_empty() {
            format!(
                "Invalid patch path  '{path}' specified for op '{op}'. Please choose supported \
                 operations"
            )
        } else {
            format!(
                "Invalid patch path  '{path}' specified for op '{op}'. Must be one of: [{}]",
                paths.join(", ")
            )
        })
    }

    /// The same as methods and what they have say it.
    fn unsupported_tersely(&self, rules: &[Rule]) -> Refusal {
        let path = self.path.as_deref().unwrap_or_default();
        let parts: Vec<String> = path.split('/').skip(1).map(unescape).collect();
        match rules.iter().find(|rule| rule.matches(&parts)) {
            Some(rule) => {
                let ops: Vec<&str> = rule.ops.iter().map(|op| op.as_str()).collect();
                Refusal::bad_request(format!(
                    "Invalid patch operation specified. Must be one of: [{}]",
                    ops.join(", ")
                ))
            }
            None => Refusal::bad_request(format!("Invalid patch path {}", shown(path))),
        }
    }
}

/// How a family says that a path is not one.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(crate) enum Wording {
    Listing,
    Terse,
}

/// The document after all operations of the call.
pub(crate) fn apply<D: Serialize + DeserializeOwned>(
    document: &D,
    operations: &[PatchOperation],
    rules: &[Rule],
    wording: Wording,
) -> Result<D, Refusal> {
    let unreadable = |error: serde_json::Error| Refusal::bad_request(error.to_string());
    let mut value = serde_json::to_value(document).map_err(unreadable)?;
    for operation in operations {
        let parts = operation.parts()?;
        let is_supported = |rule: &&Rule| {
            rule.matches(&parts) && operation.op.is_some_and(|op| rule.ops.contains(&op))
        };
        match rules.iter().find(is_supported) {
            Some(rule) => rule.apply(&mut value, &parts, operation)?,
            None if wording == Wording::Terse => return Err(operation.unsupported_tersely(rules)),
            None => return Err(operation.unsupported(rules)),
        }
    }
    serde_json::from_value(value).map_err(unreadable)
}

impl Rule {
    fn matches(&self, parts: &[String]) -> bool {
        let expected: Vec<&str> = self.path.split('/').skip(1).collect();
        expected.len() == parts.len()
            && expected.iter().zip(parts).all(|(expected, part)| {
                if expected.starts_with('{') { !part.is_empty() } else { expected == part }
            })
    }

    fn names_item(&self) -> bool {
        self.path.ends_with('}')
    }

    fn apply(
        &self,
        document: &mut Value,
        parts: &[String],
        operation: &PatchOperation,
    ) -> Result<(), Refusal> {
        let (last, before) = parts.split_last().ok_or_else(|| operation.invalid_value())?;
        match self.target {
            Target::Item if self.names_item() => {
                let (name, before) =
                    before.split_last().ok_or_else(|| operation.invalid_value())?;
                change_item(list(object(document, before)?, name)?, last, operation);
            }
            Target::Item => {
                let items = list(object(document, before)?, last)?;
                change_item(items, operation.text(), operation);
            }
            Target::Position => {
                let (name, before) =
                    before.split_last().ok_or_else(|| operation.invalid_value())?;
                change_position(list(object(document, before)?, name)?, last, operation)?;
            }
            Target::Entry(kind, missing) => {
                change_entry(object(document, before)?, last, kind, missing, operation, before)?;
            }
            Target::Boolean
            | Target::Choice(_)
            | Target::Integer
            | Target::Number
            | Target::Text
            | Target::TextOrNone => {
                let value = scalar(self.target, operation)?;
                let object = object(document, before)?;
                match value {
                    Some(value) => object.insert(last.clone(), value),
                    None => object.shift_remove(last),
                };
            }
        }
        Ok(())
    }
}

fn scalar(target: Target, operation: &PatchOperation) -> Result<Option<Value>, Refusal> {
    let text = operation.text();
    if operation.op == Some(Op::Remove) {
        return Ok(None);
    }
    Ok(match target {
        Target::Boolean => Some(operation.is_true().into()),
        Target::Choice(shape) => {
            let shape = Service::ApiGateway.table().named(shape);
            let is_one = shape.is_some_and(|shape| shape.holds(&text.into()));
            Some(if is_one { text.into() } else { return Err(operation.invalid_value()) })
        }
        Target::Integer if text.is_empty() || text == "null" => None,
        Target::Integer => Some(operation.number::<i32>()?.into()),
        Target::Number => {
            let number: f64 = operation.number()?;
            Some(
                serde_json::Number::from_f64(number)
                    .ok_or_else(|| operation.invalid_value())?
                    .into(),
            )
        }
        Target::TextOrNone if text.is_empty() => None,
        Target::Text | Target::TextOrNone => Some(text.into()),
        Target::Entry(..) | Target::Item | Target::Position => None,
    })
}

fn change_item(items: &mut Vec<Value>, item: &str, operation: &PatchOperation) {
    let place = items.iter().position(|found| found.as_str() == Some(item));
    match (operation.op, place) {
        (Some(Op::Remove), Some(place)) => drop(items.remove(place)),
        (Some(Op::Add), None) => items.push(item.into()),
        (Some(Op::Replace), Some(place)) => items[place] = operation.text().into(),
        _ => {}
    }
}

fn change_position(
    items: &mut [Value],
    part: &str,
    operation: &PatchOperation,
) -> Result<(), Refusal> {
    let named = items.iter().position(|found| found.as_str() == Some(part));
    let place = named.or_else(|| part.parse().ok().filter(|place| *place < items.len()));
    let item = items.get_mut(place.ok_or_else(|| operation.invalid_value())?);
    *item.ok_or_else(|| operation.invalid_value())? = operation.text().into();
    Ok(())
}

fn change_entry(
    map: &mut Map<String, Value>,
    key: &str,
    kind: EntryKind,
    missing: &str,
    operation: &PatchOperation,
    parents: &[String],
) -> Result<(), Refusal> {
    if operation.op != Some(Op::Add) && !map.contains_key(key) {
        return Err(Refusal::not_found(missing));
    }
    if operation.op == Some(Op::Remove) {
        map.shift_remove(key);
        return Ok(());
    }
    let text = operation.text();
    if kind == EntryKind::Filled && text.is_empty() {
        let parent = parents.last().map(String::as_str).unwrap_or_default();
        return Err(Refusal::bad_request(format!("Invalid null or empty value in {parent}")));
    }
    let value = match kind {
        EntryKind::Boolean => operation.is_true().into(),
        EntryKind::Filled | EntryKind::Text => text.into(),
    };
    map.insert(key.to_owned(), value);
    Ok(())
}

/// The object at a path; what is not there yet is made.
fn object<'a>(
    mut value: &'a mut Value,
    path: &[String],
) -> Result<&'a mut Map<String, Value>, Refusal> {
    for part in path {
        value = filled(value)?.entry(part.clone()).or_insert(Value::Null);
    }
    filled(value)
}

fn filled(value: &mut Value) -> Result<&mut Map<String, Value>, Refusal> {
    if value.is_null() {
        *value = Value::Object(Map::new());
    }
    value.as_object_mut().ok_or_else(|| Refusal::bad_request("Invalid patch path"))
}

fn list<'a>(object: &'a mut Map<String, Value>, name: &str) -> Result<&'a mut Vec<Value>, Refusal> {
    let value = object.entry(name.to_owned()).or_insert(Value::Null);
    if value.is_null() {
        *value = Value::Array(Vec::new());
    }
    value.as_array_mut().ok_or_else(|| Refusal::bad_request("Invalid patch path"))
}

fn unescape(part: &str) -> String {
    part.replace("~1", "/").replace("~0", "~")
}
