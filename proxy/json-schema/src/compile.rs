//! From documents to the graph: every schema that a root leads to, references followed.
//!
//! Schemas wait in a list and are compiled one after another: however deep they are or in whatever
//! circles they refer to each other, the stack does not grow.

use std::collections::HashMap;
use std::sync::Arc;

use percent_encoding::percent_decode_str;
use regex::Regex;
use serde_json::{Map, Number, Value};

use crate::Schema;
use crate::expression;
use crate::format::Format;
use crate::graph::{Bound, Dependency, Graph, Items, Keyword, Node, NodeId, Type, TypeSet};

/// Schemas compiled together. An API's models have 400 KB at most; this is where they are a mistake.
const NODES_MAX: usize = 100_000;

/// Different expressions compiled together. With the size of each, this bounds the memory.
const EXPRESSIONS_MAX: usize = 200;

/// Problems that are told; the rest would not be read.
const ERRORS_MAX: usize = 100;

/// References that lead to references.
const REFERENCES_MAX: usize = 100;

/// A schema to compile: the document it is in, and where, as a JSON pointer.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Root {
    /// Among the documents.
    pub document: usize,
    /// Empty for the document itself.
    pub pointer: String,
}

/// What is wrong with a schema.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{problem} (at {address}#{pointer})")]
pub struct InvalidSchema {
    /// Of the document.
    pub address: String,
    /// Where in the document.
    pub pointer: String,
    /// What must be, what was found: the end of a sentence about the schema.
    pub problem: String,
}

/// Compiles schemas of documents that refer to each other by their addresses: one for each root.
///
/// # Errors
/// What is wrong with them, or with what they refer to.
pub fn compile(
    documents: &[(String, &Value)],
    roots: &[Root],
) -> Result<Vec<Schema>, Vec<InvalidSchema>> {
    let mut compiler = Compiler {
        documents,
        nodes: Vec::new(),
        known: HashMap::new(),
        waiting: Vec::new(),
        expressions: HashMap::new(),
        errors: Vec::new(),
    };
    let roots: Vec<Option<NodeId>> = roots
        .iter()
        .map(|root| {
            compiler.node(&Place { document: root.document, pointer: root.pointer.clone() })
        })
        .collect();
    while let Some((id, place)) = compiler.waiting.pop() {
        let node = compiler.schema(&place);
        compiler.nodes[id.0] = node;
    }
    match roots.into_iter().collect::<Option<Vec<NodeId>>>() {
        Some(roots) if compiler.errors.is_empty() => {
            let graph = Arc::new(Graph { nodes: compiler.nodes });
            Ok(roots.into_iter().map(|root| Schema { graph: Arc::clone(&graph), root }).collect())
        }
        Some(_) | None => Err(compiler.errors),
    }
}

/// Where a schema is.
#[derive(Clone, Eq, Hash, PartialEq)]
struct Place {
    document: usize,
    pointer: String,
}

impl Place {
    fn child(&self, key: &str) -> Self {
        let key = key.replace('~', "~0").replace('/', "~1");
        Self { document: self.document, pointer: format!("{}/{key}", self.pointer) }
    }
}

struct Compiler<'d> {
    documents: &'d [(String, &'d Value)],
    nodes: Vec<Node>,
    known: HashMap<Place, NodeId>,
    waiting: Vec<(NodeId, Place)>,
    /// By the text: equal ones are compiled once.
    expressions: HashMap<String, Regex>,
    errors: Vec<InvalidSchema>,
}

impl<'d> Compiler<'d> {
    /// The schema at a place, to be compiled if it is not yet; None if there is none.
    fn node(&mut self, place: &Place) -> Option<NodeId> {
        let place = self.followed(place)?;
        if let Some(id) = self.known.get(&place) {
            return Some(*id);
        }
        if self.nodes.len() == NODES_MAX {
            return self.error(&place, format!("is one schema too many: {NODES_MAX} at most"));
        }
        let id = NodeId(self.nodes.len());
        self.nodes.push(Node::default());
        self.known.insert(place.clone(), id);
        self.waiting.push((id, place));
        Some(id)
    }

    /// Where the references of a place lead: to a map that is none.
    fn followed(&mut self, place: &Place) -> Option<Place> {
        let mut at = place.clone();
        for _ in 0..REFERENCES_MAX {
            let Some(value) = self.value(&at) else {
                let address = self.address(at.document);
                let problem = format!("refers to {address}#{}, which is not there", at.pointer);
                return self.error(place, problem);
            };
            let Value::Object(schema) = value else {
                return self.error(&at, "must be a map, as every schema of draft 4");
            };
            let Some(Value::String(reference)) = schema.get("$ref") else { return Some(at) };
            at = self.target(reference, &at)?;
        }
        self.error(place, "refers to itself and to nothing else")
    }

    fn target(&mut self, reference: &str, from: &Place) -> Option<Place> {
        let (address, fragment) = reference.split_once('#').unwrap_or((reference, ""));
        let document = match address {
            "" => Some(from.document),
            address => self.documents.iter().position(|(known, _)| known == address),
        };
        let Some(document) = document else {
            return self.error(from, format!("refers to {reference:?}, which is no model"));
        };
        let pointer = percent_decode_str(fragment).decode_utf8();
        match pointer {
            Ok(pointer) if pointer.is_empty() || pointer.starts_with('/') => {
                Some(Place { document, pointer: pointer.into_owned() })
            }
            Ok(_) | Err(_) => {
                let problem = format!("refers to {reference:?}, which is no JSON pointer");
                self.error(from, problem)
            }
        }
    }

    fn address(&self, document: usize) -> &'d str {
        self.documents.get(document).map_or("", |(address, _)| address.as_str())
    }

    fn value(&self, place: &Place) -> Option<&'d Value> {
        self.documents.get(place.document)?.1.pointer(&place.pointer)
    }

    /// Notes a problem; None, for the caller to hand on.
    fn error<T>(&mut self, place: &Place, problem: impl Into<String>) -> Option<T> {
        if self.errors.len() < ERRORS_MAX {
            self.errors.push(InvalidSchema {
                address: self.address(place.document).to_owned(),
                pointer: place.pointer.clone(),
                problem: problem.into(),
            });
        }
        None
    }

    fn schema(&mut self, place: &Place) -> Node {
        let mut node = Node::default();
        let Some(Value::Object(schema)) = self.value(place) else { return node };
        self.children(schema, place, &mut node);
        let mut keys: Vec<&String> = schema.keys().collect();
        keys.sort_unstable();
        for key in keys {
            let at = place.child(key);
            if let Some(keyword) = self.keyword(key, &schema[key], schema, &at) {
                node.keywords.push(keyword);
            }
        }
        node
    }

    /// What is asked of members and items.
    fn children(&mut self, schema: &Map<String, Value>, place: &Place, node: &mut Node) {
        for (name, at) in self.schemas_by_name(schema, "properties", place) {
            if let Some(id) = self.node(&at) {
                node.properties.insert(name, id);
            }
        }
        for (expression, at) in self.schemas_by_name(schema, "patternProperties", place) {
            if let (Some(regex), Some(id)) = (self.expression(&expression, &at), self.node(&at)) {
                node.pattern_properties.push((regex, id));
            }
        }
        let additional = |key: &str| schema.get(key).filter(|value| value.is_object());
        if additional("additionalProperties").is_some() {
            node.additional_properties = self.node(&place.child("additionalProperties"));
        }
        let at = place.child("items");
        node.items = match schema.get("items") {
            None => Items::Any,
            Some(Value::Array(_)) => {
                let rest = additional("additionalItems")
                    .and_then(|_| self.node(&place.child("additionalItems")));
                Items::Tuple(self.list(schema.get("items"), &at).unwrap_or_default(), rest)
            }
            Some(_) => self.node(&at).map_or(Items::Any, Items::Each),
        };
    }

    fn schemas_by_name(
        &mut self,
        schema: &Map<String, Value>,
        key: &str,
        place: &Place,
    ) -> Vec<(String, Place)> {
        let at = place.child(key);
        match schema.get(key) {
            None => Vec::new(),
            Some(Value::Object(schemas)) => {
                schemas.keys().map(|name| (name.clone(), at.child(name))).collect()
            }
            Some(_) => self.error(&at, "must be a map of schemas").unwrap_or_default(),
        }
    }

    /// What a keyword asks of the instance itself; None if nothing.
    fn keyword(
        &mut self,
        key: &str,
        value: &Value,
        schema: &Map<String, Value>,
        at: &Place,
    ) -> Option<Keyword> {
        Some(match key {
            "additionalItems" if *value == Value::Bool(false) => {
                Keyword::AdditionalItems(schema.get("items")?.as_array()?.len())
            }
            "additionalProperties" if *value == Value::Bool(false) => Keyword::AdditionalProperties,
            "additionalItems" | "additionalProperties" => {
                if !value.is_object() && !value.is_boolean() {
                    return self.error(at, "must be a boolean or a schema");
                }
                return None;
            }
            "allOf" => Keyword::AllOf(self.list(Some(value), at)?),
            "anyOf" => Keyword::AnyOf(self.list(Some(value), at)?),
            "dependencies" => Keyword::Dependencies(self.dependencies(value, at)?),
            "enum" => match value {
                Value::Array(values) if !values.is_empty() => Keyword::Enum(values.clone()),
                _ => return self.error(at, "must be a list of at least one value"),
            },
            "format" => Keyword::Format(Format::parse(value.as_str()?)?),
            "maxItems" => Keyword::MaxItems(self.count(value, at)?),
            "maxLength" => Keyword::MaxLength(self.count(value, at)?),
            "maxProperties" => Keyword::MaxProperties(self.count(value, at)?),
            "maximum" => Keyword::Maximum(self.bound(value, schema, "exclusiveMaximum", at)?),
            "minItems" => Keyword::MinItems(self.count(value, at)?),
            "minLength" => Keyword::MinLength(self.count(value, at)?),
            "minProperties" => Keyword::MinProperties(self.count(value, at)?),
            "minimum" => Keyword::Minimum(self.bound(value, schema, "exclusiveMinimum", at)?),
            "multipleOf" => match value {
                Value::Number(divisor) if divisor.as_f64().is_some_and(|divisor| 0.0 < divisor) => {
                    Keyword::MultipleOf(divisor.clone())
                }
                _ => return self.error(at, "must be a number above 0"),
            },
            "not" => Keyword::Not(self.node(at)?),
            "oneOf" => Keyword::OneOf(self.list(Some(value), at)?),
            "pattern" => {
                let source = self.text(value, at)?;
                Keyword::Pattern { regex: self.expression(&source, at)?, source }
            }
            "required" => Keyword::Required(self.names(value, at)?),
            "type" => Keyword::Type(self.types(value, at)?),
            "uniqueItems" => match value.as_bool() {
                Some(true) => Keyword::UniqueItems,
                Some(false) => return None,
                None => return self.error(at, "must be a boolean"),
            },
            _ => return None,
        })
    }

    fn list(&mut self, value: Option<&Value>, at: &Place) -> Option<Vec<NodeId>> {
        match value {
            Some(Value::Array(schemas)) if !schemas.is_empty() => (0..schemas.len())
                .map(|position| self.node(&at.child(&position.to_string())))
                .collect(),
            _ => self.error(at, "must be a list of at least one schema"),
        }
    }

    fn dependencies(&mut self, value: &Value, at: &Place) -> Option<Vec<(String, Dependency)>> {
        let Value::Object(dependencies) = value else {
            return self.error(at, "must be a map of lists of names, or of schemas");
        };
        let mut found = Vec::with_capacity(dependencies.len());
        for (name, value) in dependencies {
            let at = at.child(name);
            let dependency = match value {
                Value::Array(_) => Dependency::Properties(self.names(value, &at)?),
                Value::String(other) => Dependency::Properties(vec![other.clone()]),
                _ => Dependency::Schema(self.node(&at)?),
            };
            found.push((name.clone(), dependency));
        }
        found.sort_by(|(a, _), (b, _)| a.cmp(b));
        Some(found)
    }

    fn bound(
        &mut self,
        value: &Value,
        schema: &Map<String, Value>,
        exclusive: &str,
        at: &Place,
    ) -> Option<Bound> {
        let is_exclusive = match schema.get(exclusive) {
            None => false,
            Some(Value::Bool(is_exclusive)) => *is_exclusive,
            Some(_) => {
                return self.error(at, format!("must have a boolean beside it in {exclusive}"));
            }
        };
        match value {
            Value::Number(limit) => Some(Bound { limit: limit.clone(), is_exclusive }),
            _ => self.error(at, "must be a number"),
        }
    }

    fn count(&mut self, value: &Value, at: &Place) -> Option<usize> {
        let whole = |number: &Number| {
            let float = number.as_f64().filter(|float| float.fract() == 0.0 && 0.0 <= *float);
            number.as_u64().and_then(|count| usize::try_from(count).ok()).or_else(|| {
                // A whole number that is written with a fraction, or too large to be reached.
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "whole and not negative; what is too large becomes the largest"
                )]
                float.map(|float| float as usize)
            })
        };
        match value.as_number().and_then(whole) {
            Some(count) => Some(count),
            None => self.error(at, "must be a whole number of at least 0"),
        }
    }

    fn text(&mut self, value: &Value, at: &Place) -> Option<String> {
        match value.as_str() {
            Some(text) => Some(text.to_owned()),
            None => self.error(at, "must be text"),
        }
    }

    /// Sorted, each once.
    fn names(&mut self, value: &Value, at: &Place) -> Option<Vec<String>> {
        let names = value.as_array().and_then(|names| {
            names.iter().map(|name| name.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>()
        });
        match names {
            Some(mut names) => {
                names.sort_unstable();
                names.dedup();
                Some(names)
            }
            None => self.error(at, "must be a list of names"),
        }
    }

    fn types(&mut self, value: &Value, at: &Place) -> Option<TypeSet> {
        let names = match value {
            Value::Array(names) => names.iter().collect(),
            other => vec![other],
        };
        let mut types = TypeSet::default();
        for name in &names {
            let kind = Type::ALL.into_iter().find(|kind| name.as_str() == Some(kind.name()));
            let Some(kind) = kind else {
                return self.error(at, format!("must be a type of draft 4, got {name}"));
            };
            types.insert(kind);
        }
        if names.is_empty() {
            return self.error(at, "must name at least one type");
        }
        Some(types)
    }

    fn expression(&mut self, text: &str, at: &Place) -> Option<Regex> {
        if let Some(compiled) = self.expressions.get(text) {
            return Some(compiled.clone());
        }
        if self.expressions.len() == EXPRESSIONS_MAX {
            let problem = format!("has one expression too many: {EXPRESSIONS_MAX} at most");
            return self.error(at, problem);
        }
        match expression::compile(text) {
            Ok(compiled) => {
                self.expressions.insert(text.to_owned(), compiled.clone());
                Some(compiled)
            }
            Err(problem) => self.error(at, format!("has an expression that {problem}")),
        }
    }
}
