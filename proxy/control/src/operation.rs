//! The tables of operations: what the API models that AWS publishes say of each.
//!
//! `operations/generate.py` makes them from botocore's data; each is read once. What an
//! operation *does* is not in them: see [`crate::service`].

use std::collections::BTreeMap;
use std::sync::OnceLock;

use axum::http::{Method, StatusCode};
use regex::Regex;
use serde::Deserialize;
use serde_json::Number;

use crate::service::Service;

/// Largest body of most calls: documents of 6 MB for import, events of 6 MB, and less for all else
/// (AWS).
pub(crate) const BODY_BYTES_MAX: usize = 6 * 1024 * 1024;

/// Largest body of a call that brings code (AWS): 50 MB as base64.
const CODE_BODY_BYTES_MAX: usize = 70_167_211;

pub(crate) struct Table {
    /// Sorted by name.
    pub(crate) operations: Vec<Operation>,
    shapes: BTreeMap<String, Shape>,
}

/// One operation of the API.
pub(crate) struct Operation {
    pub(crate) service: Service,
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
    #[serde(alias = "timestamp")]
    Double(Range),
    #[serde(alias = "long")]
    Integer(Range),
    List {
        member: Member,
        #[serde(flatten)]
        length: Range,
    },
    Map {
        key: Member,
        member: Member,
    },
    String {
        #[serde(rename = "enum", default)]
        choices: Vec<String>,
        #[serde(flatten)]
        length: Range,
        #[serde(flatten)]
        pattern: Option<Pattern>,
    },
    Structure {
        members: BTreeMap<String, Member>,
        #[serde(default)]
        required: Vec<String>,
    },
}

/// How large or how long something may be.
#[derive(Default, Deserialize)]
pub(crate) struct Range {
    pub(crate) min: Option<Number>,
    pub(crate) max: Option<Number>,
}

/// An expression that the whole text must match.
#[derive(Deserialize)]
pub(crate) struct Pattern {
    #[serde(rename = "pattern")]
    pub(crate) text: String,
    /// The same without looking around.
    matches: Option<String>,
    #[serde(skip)]
    regex: OnceLock<Regex>,
}

impl Pattern {
    pub(crate) fn matches(&self, text: &str) -> bool {
        let regex = self.regex.get_or_init(|| {
            let pattern = self.matches.as_deref().unwrap_or(&self.text);
            Regex::new(&format!("^(?:{pattern})$"))
                .expect("a test compiles all that are checked in")
        });
        regex.is_match(text)
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
    pub(crate) fn read(service: Service, text: &str) -> Result<Self, Box<dyn std::error::Error>> {
        let raw: RawTable = serde_json::from_str(text)?;
        let operations =
            raw.operations.into_iter().map(|(name, raw)| Operation::new(service, name, raw));
        Ok(Self { operations: operations.collect::<Result<_, _>>()?, shapes: raw.shapes })
    }

    #[cfg(test)]
    pub(crate) fn shapes(&self) -> impl Iterator<Item = &Shape> {
        self.shapes.values()
    }

    pub(crate) fn named(&self, shape: &str) -> Option<&Shape> {
        self.shapes.get(shape)
    }

    /// The shape of a member of the table.
    pub(crate) fn shape(&self, member: &Member) -> &Shape {
        self.shapes.get(&member.shape).expect("the table has every shape that it names")
    }
}

impl Operation {
    pub(crate) fn body_bytes_max(&self) -> usize {
        match (self.service, self.name.as_str()) {
            (Service::Lambda, "CreateFunction" | "UpdateFunctionCode") => CODE_BODY_BYTES_MAX,
            _ => BODY_BYTES_MAX,
        }
    }

    fn new(
        service: Service,
        name: String,
        raw: RawOperation,
    ) -> Result<Self, Box<dyn std::error::Error>> {
        let (path, query) = match raw.uri.split_once('?') {
            Some((path, query)) => (path, query.split_once('=')),
            None => (raw.uri.as_str(), None),
        };
        let segments = path.split('/').skip(1).map(|segment| {
            match segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
                Some(arn @ ("resource-arn" | "resource_arn")) => Segment::Rest(arn.to_owned()),
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
            service,
            name,
        })
    }
}
