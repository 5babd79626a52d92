//! Compiled schemas: nodes that refer to each other by number, as references may go in circles.

use std::collections::HashMap;

use regex::Regex;
use serde_json::{Number, Value};

use crate::format::Format;

/// Position of a node in its graph.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) struct NodeId(pub(crate) usize);

/// Every schema that was compiled together.
#[derive(Debug, Default)]
pub(crate) struct Graph {
    pub(crate) nodes: Vec<Node>,
}

/// One schema. References are followed already.
#[derive(Debug, Default)]
pub(crate) struct Node {
    /// What is asked of the instance itself, by name.
    pub(crate) keywords: Vec<Keyword>,
    /// What is asked of the members of an object.
    pub(crate) properties: HashMap<String, NodeId>,
    pub(crate) pattern_properties: Vec<(Regex, NodeId)>,
    /// Of members that the two above are not for.
    pub(crate) additional_properties: Option<NodeId>,
    /// What is asked of the items of an array.
    pub(crate) items: Items,
}

#[derive(Debug, Default)]
pub(crate) enum Items {
    #[default]
    Any,
    Each(NodeId),
    /// By position, and of those that follow.
    Tuple(Vec<NodeId>, Option<NodeId>),
}

/// What is asked of an instance itself. In the order in which AWS's validator reports it: by name,
/// capital letters first.
#[derive(Debug)]
pub(crate) enum Keyword {
    /// `additionalItems: false`: this many at most.
    AdditionalItems(usize),
    /// `additionalProperties: false`
    AdditionalProperties,
    AllOf(Vec<NodeId>),
    AnyOf(Vec<NodeId>),
    Dependencies(Vec<(String, Dependency)>),
    Enum(Vec<Value>),
    Format(Format),
    MaxItems(usize),
    MaxLength(usize),
    MaxProperties(usize),
    Maximum(Bound),
    MinItems(usize),
    MinLength(usize),
    MinProperties(usize),
    Minimum(Bound),
    MultipleOf(Number),
    Not(NodeId),
    OneOf(Vec<NodeId>),
    Pattern {
        source: String,
        regex: Regex,
    },
    /// Sorted.
    Required(Vec<String>),
    Type(TypeSet),
    UniqueItems,
}

/// `minimum` with `exclusiveMinimum`, or `maximum` with its own.
#[derive(Debug)]
pub(crate) struct Bound {
    pub(crate) limit: Number,
    pub(crate) is_exclusive: bool,
}

/// What a member of an object demands.
#[derive(Debug)]
pub(crate) enum Dependency {
    /// Other members. Sorted.
    Properties(Vec<String>),
    /// Of the object.
    Schema(NodeId),
}

/// The types of draft 4, in the order of AWS's messages.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Type {
    Array,
    Boolean,
    Integer,
    Null,
    Number,
    Object,
    String,
}

impl Type {
    pub(crate) const ALL: [Self; 7] = [
        Self::Array,
        Self::Boolean,
        Self::Integer,
        Self::Null,
        Self::Number,
        Self::Object,
        Self::String,
    ];

    /// A number without a fraction is an integer by how it is written: `1.0` is none.
    pub(crate) fn of(value: &Value) -> Self {
        match value {
            Value::Array(_) => Self::Array,
            Value::Bool(_) => Self::Boolean,
            Value::Null => Self::Null,
            Value::Number(number) if number.is_f64() => Self::Number,
            Value::Number(_) => Self::Integer,
            Value::Object(_) => Self::Object,
            Value::String(_) => Self::String,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Array => "array",
            Self::Boolean => "boolean",
            Self::Integer => "integer",
            Self::Null => "null",
            Self::Number => "number",
            Self::Object => "object",
            Self::String => "string",
        }
    }
}

/// Several types; a number may be an integer.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct TypeSet(u8);

impl TypeSet {
    pub(crate) fn insert(&mut self, kind: Type) {
        self.0 |= 1 << kind as u8;
        if kind == Type::Number {
            self.insert(Type::Integer);
        }
    }

    pub(crate) fn contains(self, kind: Type) -> bool {
        self.0 & (1 << kind as u8) != 0
    }

    pub(crate) fn names(self) -> impl Iterator<Item = &'static str> {
        Type::ALL.into_iter().filter(move |kind| self.contains(*kind)).map(Type::name)
    }
}
