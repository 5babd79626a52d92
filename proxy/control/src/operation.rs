//! The table of operations: what the API model that AWS publishes says of each.
//!
//! `operations/generate.py` makes the table from botocore's data; it is read once. What an
//! operation *does* is not in it: see [`crate::service`].

use std::collections::BTreeMap;
use std::sync::LazyLock;

use axum::http::{Method, StatusCode};
use regex::Regex;
use serde::Deserialize;

const TABLE: &str = include_str!("../operations/apigateway.json");

/// The table.
pub(crate) static OPERATIONS: LazyLock<Table> =
    LazyLock::new(|| Table::read(TABLE).expect("the table is checked in, and a test reads it"));

pub(crate) struct Table {
    /// Sorted by name.
    pub(crate) operations: Vec<Operation>,
    shapes: BTreeMap<String, Shape>,
}

/// One operation of the API.
pub(crate) struct Operation {
    pub(crate) name: String,
    pub(crate) verb: Method,
    pub(crate) path: Vec<Segment>,
    /// What the query must have, as `mode=import`.
    pub(crate) query: Option<(String, String)>,
    pub(crate) success: StatusCode,
    pub(crate) members: BTreeMap<String, Member>,
    pub(crate) required: Vec<String>,
    /// The member that is the whole body, as bytes.
    pub(crate) payload: Option<String>,
}

/// A part of an operation's path.
#[derive(Debug, Eq, PartialEq)]
pub(crate) enum Segment {
    Literal(String),
    /// The wire name of a member.
    Parameter(String),
    /// The rest of the path, slashes and all: an ARN.
    Rest(String),
}

/// One member of a structure.
#[derive(Deserialize)]
pub(crate) struct Member {
    pub(crate) shape: String,
    #[serde(rename = "in", default)]
    pub(crate) location: Location,
    /// On the wire, if it is another one than the member's.
    name: Option<String>,
}

impl Member {
    pub(crate) fn wire_name<'a>(&'a self, name: &'a str) -> &'a str {
        self.name.as_deref().unwrap_or(name)
    }
}

/// Where in a request a member is.
#[derive(Clone, Copy, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Location {
    #[default]
    Body,
    Header,
    Path,
    Query,
}

/// The type of a member.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub(crate) enum Shape {
    Blob,
    Boolean,
    Double,
    Integer,
    List {
        member: Member,
    },
    Map {
        member: Member,
    },
    String {
        #[serde(rename = "enum", default)]
        choices: Vec<String>,
        #[serde(default)]
        pattern: Option<Pattern>,
    },
    Structure {
        members: BTreeMap<String, Member>,
        #[serde(default)]
        required: Vec<String>,
    },
}

/// An expression that the whole text must match.
#[derive(Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Pattern {
    pub(crate) text: String,
    pub(crate) regex: Regex,
}

impl TryFrom<String> for Pattern {
    type Error = regex::Error;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let regex = Regex::new(&format!("^(?:{text})$"))?;
        Ok(Self { text, regex })
    }
}

#[derive(Deserialize)]
struct RawTable {
    operations: BTreeMap<String, RawOperation>,
    shapes: BTreeMap<String, Shape>,
}

#[derive(Deserialize)]
struct RawOperation {
    method: String,
    uri: String,
    success: u16,
    members: BTreeMap<String, Member>,
    #[serde(default)]
    required: Vec<String>,
    payload: Option<String>,
}

impl Table {
    fn read(text: &str) -> Result<Self, Box<dyn std::error::Error>> {
        let raw: RawTable = serde_json::from_str(text)?;
        let operations = raw.operations.into_iter().map(|(name, raw)| Operation::new(name, raw));
        Ok(Self { operations: operations.collect::<Result<_, _>>()?, shapes: raw.shapes })
    }

    /// The shape of a member of the table.
    pub(crate) fn shape(&self, member: &Member) -> &Shape {
        self.shapes.get(&member.shape).expect("the table has every shape that it names")
    }
}

impl Operation {
    fn new(name: String, raw: RawOperation) -> Result<Self, Box<dyn std::error::Error>> {
        let (path, query) = match raw.uri.split_once('?') {
            Some((path, query)) => (path, query.split_once('=')),
            None => (raw.uri.as_str(), None),
        };
        let segments = path.split('/').skip(1).map(|segment| {
            match segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
                Some("resource_arn") => Segment::Rest("resource_arn".to_owned()),
                Some(parameter) => Segment::Parameter(parameter.to_owned()),
                None => Segment::Literal(segment.to_owned()),
            }
        });
        Ok(Self {
            path: segments.collect(),
            query: query.map(|(name, value)| (name.to_owned(), value.to_owned())),
            verb: raw.method.parse()?,
            success: StatusCode::from_u16(raw.success)?,
            members: raw.members,
            required: raw.required,
            payload: raw.payload,
            name,
        })
    }
}
