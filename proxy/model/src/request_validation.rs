//! What of a request is checked before the integration: a method's request validator, compiled.
//!
//! Source: API Gateway Developer Guide, "Request validation for REST APIs".

use http::HeaderName;
use json_schema::Schema;

use crate::MediaType;

/// What a method asks of a request; nothing by default.
#[derive(Clone, Debug, Default)]
pub struct RequestValidation {
    /// Parameters that must be there, in the order in which AWS names those that are not: headers,
    /// path, query.
    pub required: Vec<RequiredParameter>,
    /// What bodies must fit; none: they are not looked at.
    pub body: Option<BodyModels>,
}

/// A parameter that must be there, and not blank.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum RequiredParameter {
    /// A header, with its name as it was declared.
    Header(HeaderName, String),
    /// A path parameter.
    Path(String),
    /// A query parameter.
    Query(String),
}

impl RequiredParameter {
    /// `header`, `path` or `querystring` with the name; none for a name that no header can have.
    pub fn new(place: &str, name: &str) -> Option<Self> {
        match place {
            "header" => Some(Self::Header(HeaderName::try_from(name).ok()?, name.to_owned())),
            "path" => Some(Self::Path(name.to_owned())),
            "querystring" => Some(Self::Query(name.to_owned())),
            _ => None,
        }
    }

    /// As it was declared.
    pub fn name(&self) -> &str {
        match self {
            Self::Header(_, name) | Self::Path(name) | Self::Query(name) => name,
        }
    }

    /// Headers, path, query.
    fn rank(&self) -> u8 {
        match self {
            Self::Header(..) => 0,
            Self::Path(_) => 1,
            Self::Query(_) => 2,
        }
    }
}

/// `requestModels`: what bodies must fit, by their media type.
#[derive(Clone, Debug, Default)]
pub struct BodyModels {
    /// At most one for each.
    pub models: Vec<(MediaType, Schema)>,
    /// `$default`: for the others.
    pub default: Option<Schema>,
}

impl RequestValidation {
    /// Parameters in any order.
    pub fn new(mut required: Vec<RequiredParameter>, body: Option<BodyModels>) -> Self {
        required.sort_by_key(RequiredParameter::rank);
        Self { required, body }
    }
}

impl BodyModels {
    /// What a body of this `Content-Type` must fit; none: anything. Without one it is JSON.
    pub fn choose(&self, content_type: Option<&str>) -> Option<&Schema> {
        let content_type = content_type.unwrap_or("application/json");
        let named = self.models.iter().find(|(known, _)| known.is_named_by(content_type));
        named.map(|(_, schema)| schema).or(self.default.as_ref())
    }
}
