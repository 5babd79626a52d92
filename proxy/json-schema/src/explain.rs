//! What does not fit, in the words of AWS's validator: slower, for instances that are known not to.
//!
//! Source: `validation.properties` of the Java library `json-schema-validator`. As there, a value
//! that does not fit itself is not looked into, and members are in the order of their names.

use serde_json::{Map, Value};

use crate::evaluate::Run;
use crate::graph::{Dependency, Graph, Keyword, Node, NodeId, Type};
use crate::value_text::{json, json_list, shown};

/// Sentences of one answer; nobody reads more.
const MESSAGES_MAX: usize = 100;

impl Graph {
    /// Adds what is wrong with an instance.
    pub(crate) fn explain(
        &self,
        id: NodeId,
        instance: &Value,
        run: &mut Run,
        messages: &mut Vec<String>,
    ) {
        let node = self.node(id);
        if run.enter() && messages.len() < MESSAGES_MAX {
            let before = messages.len();
            for keyword in &node.keywords {
                if !self.holds(keyword, node, instance, run) && !run.is_exhausted() {
                    self.explain_keyword(keyword, node, instance, run, messages);
                }
            }
            if messages.len() == before {
                self.explain_children(node, instance, run, messages);
            }
        }
        run.leave();
    }

    fn explain_children(
        &self,
        node: &Node,
        instance: &Value,
        run: &mut Run,
        messages: &mut Vec<String>,
    ) {
        match instance {
            Value::Array(items) => {
                for (position, item) in items.iter().enumerate() {
                    if let Some(id) = node.of_item(position) {
                        self.explain(id, item, run, messages);
                    }
                }
            }
            Value::Object(members) => {
                let mut members: Vec<(&String, &Value)> = members.iter().collect();
                members.sort_unstable_by_key(|(name, _)| *name);
                for (name, member) in members {
                    node.all_of_member(name, |id| {
                        self.explain(id, member, run, messages);
                        true
                    });
                }
            }
            Value::Bool(_) | Value::Null | Value::Number(_) | Value::String(_) => {}
        }
    }

    fn explain_keyword(
        &self,
        keyword: &Keyword,
        node: &Node,
        instance: &Value,
        run: &mut Run,
        messages: &mut Vec<String>,
    ) {
        let message = match (keyword, instance) {
            (Keyword::AllOf(ids), _) => {
                let (matched, all) = (self.matched(ids, instance, run), ids.len());
                format!(
                    "instance failed to match all required schemas (matched only {matched} out of \
                     {all})"
                )
            }
            (Keyword::AnyOf(ids), _) => {
                let all = ids.len();
                format!("instance failed to match at least one required schema among {all}")
            }
            (Keyword::OneOf(ids), _) => {
                let (matched, all) = (self.matched(ids, instance, run), ids.len());
                format!(
                    "instance failed to match exactly one schema (matched {matched} out of {all})"
                )
            }
            (Keyword::Dependencies(dependencies), Value::Object(members)) => {
                for (name, dependency) in dependencies {
                    if members.contains_key(name) {
                        self.explain_dependency(name, dependency, instance, run, messages);
                    }
                }
                return;
            }
            (keyword, Value::Array(items)) => of_array(keyword, items.len(), instance),
            (keyword, Value::Object(members)) => of_object(keyword, node, members, instance),
            (keyword, Value::String(text)) => of_string(keyword, text, instance),
            (keyword, _) => of_any(keyword, instance),
        };
        messages.push(message);
    }

    fn explain_dependency(
        &self,
        name: &str,
        dependency: &Dependency,
        instance: &Value,
        run: &mut Run,
        messages: &mut Vec<String>,
    ) {
        match dependency {
            Dependency::Properties(names) => {
                let is_missing = |needed: &&String| instance.get(needed.as_str()).is_none();
                let missing = json_list(names.iter().filter(is_missing).map(String::as_str));
                if missing != "[]" {
                    let needed = json_list(names.iter().map(String::as_str));
                    messages.push(format!(
                        "property \"{name}\" of object has missing property dependencies (schema \
                         requires {needed}; missing: {missing})"
                    ));
                }
            }
            Dependency::Schema(id) => self.explain(*id, instance, run, messages),
        }
    }
}

fn of_array(keyword: &Keyword, found: usize, instance: &Value) -> String {
    match keyword {
        Keyword::AdditionalItems(max) => {
            format!("schema only allows {max} elements in array but instance has {found} elements")
        }
        Keyword::MaxItems(max) => format!(
            "array is too long: must have at most {max} elements but instance has {found} elements"
        ),
        Keyword::MinItems(min) => format!(
            "array is too short: must have at least {min} elements but instance has {found} \
             elements"
        ),
        Keyword::UniqueItems => "array must not contain duplicate elements".to_owned(),
        other => of_any(other, instance),
    }
}

fn of_object(
    keyword: &Keyword,
    node: &Node,
    members: &Map<String, Value>,
    instance: &Value,
) -> String {
    let found = members.len();
    match keyword {
        Keyword::AdditionalProperties => {
            let mut unknown: Vec<&str> = members.keys().map(String::as_str).collect();
            unknown.retain(|name| !node.is_known_property(name));
            unknown.sort_unstable();
            let unknown = json_list(unknown.into_iter());
            format!("object instance has properties which are not allowed by the schema: {unknown}")
        }
        Keyword::MaxProperties(max) => format!(
            "object has too many properties (found {found} but schema requires at most {max})"
        ),
        Keyword::MinProperties(min) => format!(
            "object has too few properties (found {found} but schema requires at least {min})"
        ),
        Keyword::Required(names) => {
            let missing = names.iter().map(String::as_str);
            let missing = json_list(missing.filter(|name| !members.contains_key(*name)));
            format!("object has missing required properties ({missing})")
        }
        other => of_any(other, instance),
    }
}

fn of_string(keyword: &Keyword, text: &str, instance: &Value) -> String {
    let length = || text.chars().count();
    let shown = shown(text);
    match keyword {
        Keyword::Format(format) => format.violation(&shown),
        Keyword::MaxLength(max) => {
            let length = length();
            format!("string \"{shown}\" is too long (length: {length}, maximum allowed: {max})")
        }
        Keyword::MinLength(min) => {
            let length = length();
            format!("string \"{shown}\" is too short (length: {length}, required minimum: {min})")
        }
        Keyword::Pattern { source, .. } => {
            format!("ECMA 262 regex \"{source}\" does not match input string \"{shown}\"")
        }
        other => of_any(other, instance),
    }
}

/// Of what can be said of any instance, and of numbers.
fn of_any(keyword: &Keyword, instance: &Value) -> String {
    let found = json(instance);
    match keyword {
        Keyword::Enum(values) => {
            let values = json(&Value::from(values.clone()));
            format!("instance value ({found}) not found in enum (possible values: {values})")
        }
        Keyword::Maximum(bound) if bound.is_exclusive && is(instance, &bound.limit) => {
            let limit = &bound.limit;
            format!("numeric instance is not strictly lower than the required maximum {limit}")
        }
        Keyword::Maximum(bound) => {
            let limit = &bound.limit;
            format!(
                "numeric instance is greater than the required maximum (maximum: {limit}, found: \
                 {found})"
            )
        }
        Keyword::Minimum(bound) if bound.is_exclusive && is(instance, &bound.limit) => {
            let limit = &bound.limit;
            format!("numeric instance is not strictly greater than the required minimum {limit}")
        }
        Keyword::Minimum(bound) => {
            let limit = &bound.limit;
            format!(
                "numeric instance is lower than the required minimum (minimum: {limit}, found: \
                 {found})"
            )
        }
        Keyword::MultipleOf(divisor) => {
            format!("remainder of division is not zero ({found} / {divisor})")
        }
        Keyword::Not(_) => "instance matched a schema which it should not have".to_owned(),
        Keyword::Type(types) => {
            let (found, allowed) = (Type::of(instance).name(), json_list(types.names()));
            format!(
                "instance type ({found}) does not match any allowed primitive type (allowed: \
                 {allowed})"
            )
        }
        _ => "instance does not match the schema".to_owned(),
    }
}

fn is(instance: &Value, limit: &serde_json::Number) -> bool {
    matches!(instance, Value::Number(number) if crate::number::compare(number, limit).is_eq())
}
