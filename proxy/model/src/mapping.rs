//! Parameter mappings of integrations: where a value comes from and where it goes.
//!
//! Source: API Gateway Developer Guide, "Parameter mapping for REST APIs".

use http::HeaderName;
use template::JsonPath;

use crate::ContextVariable;

/// `requestParameters` of an integration.
#[derive(Clone, Debug, Default)]
pub struct RequestMappings {
    entries: Vec<RequestMapping>,
    forbidden: Option<HeaderName>,
    reads_body: bool,
    reads_query: bool,
}

/// What is behind an integration: which request headers are not for a mapping to set.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Backend {
    /// `AWS` and `AWS_PROXY`: a service or a function.
    Aws,
    /// `HTTP`, `HTTP_PROXY` and `MOCK`.
    Http,
}

impl RequestMappings {
    /// In the order of the document.
    pub fn new(entries: Vec<RequestMapping>, backend: Backend) -> Self {
        let forbidden = entries.iter().find_map(|mapping| match &mapping.target {
            RequestTarget::Header(name) if backend.forbids(name) => Some(name.clone()),
            RequestTarget::Header(_) | RequestTarget::Path(_) | RequestTarget::Query(_) => None,
        });
        let reads_body =
            entries.iter().any(|mapping| matches!(mapping.source, RequestSource::Body(_)));
        let reads_query = entries.iter().any(|mapping| {
            matches!(mapping.source, RequestSource::MultiValueQuery(_) | RequestSource::Query(_))
        });
        Self { entries, forbidden, reads_body, reads_query }
    }

    /// In the order of the document.
    pub fn entries(&self) -> &[RequestMapping] {
        &self.entries
    }

    /// A header that is the gateway's to set: it makes every call fail on AWS.
    pub fn forbidden(&self) -> Option<&HeaderName> {
        self.forbidden.as_ref()
    }

    /// Whether one of them fills `{name}` of the integration's address.
    pub fn fills(&self, name: &str) -> bool {
        let fills = |mapping: &RequestMapping| matches!(&mapping.target, RequestTarget::Path(target) if target == name);
        self.entries.iter().any(fills)
    }

    /// Whether one of them takes its value from the body.
    pub fn reads_body(&self) -> bool {
        self.reads_body
    }

    /// Whether one of them takes its value from the query.
    pub fn reads_query(&self) -> bool {
        self.reads_query
    }
}

impl Backend {
    /// Recorded: 500 to each call with such a mapping.
    fn forbids(self, name: &HeaderName) -> bool {
        match name.as_str() {
            "content-length"
            | "transfer-encoding"
            | "x-amzn-apigateway-api-id"
            | "x-amzn-trace-id" => true,
            "authorization" | "connection" | "expect" | "proxy-authenticate" | "te" => {
                self == Self::Aws
            }
            _ => false,
        }
    }
}

/// One entry of an integration's `requestParameters`.
#[derive(Clone, Debug)]
pub struct RequestMapping {
    /// Where the value goes.
    pub target: RequestTarget,
    /// Where it comes from. A value that is not there is not set.
    pub source: RequestSource,
}

/// `integration.request.{header|querystring|path}.NAME`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum RequestTarget {
    /// A header of the request to the upstream.
    Header(HeaderName),
    /// A placeholder of the integration's address.
    Path(String),
    /// A query parameter.
    Query(String),
}

/// What a request mapping takes its value from.
#[derive(Clone, Debug)]
pub enum RequestSource {
    /// `method.request.body`, or a part of it by `method.request.body.JSONPATH`.
    Body(Option<JsonPath>),
    /// `context.X`
    Context(ContextVariable),
    /// `method.request.header.X`: the last value.
    Header(HeaderName),
    /// `'text'`
    Literal(String),
    /// `method.request.multivalueheader.X`: all values, joined with a comma.
    MultiValueHeader(HeaderName),
    /// `method.request.multivaluequerystring.X`: all values.
    MultiValueQuery(String),
    /// `method.request.path.X`
    Path(String),
    /// `method.request.querystring.X`: the last value.
    Query(String),
    /// `stageVariables.X`
    StageVariable(String),
}

/// One entry of an integration response's `responseParameters`: a header of the method response.
#[derive(Clone, Debug)]
pub struct ResponseMapping {
    /// `method.response.header.NAME`
    pub header: HeaderName,
    /// Where the value comes from. A value that is not there is not set.
    pub source: ResponseSource,
}

/// What a response mapping takes its value from.
#[derive(Clone, Debug)]
pub enum ResponseSource {
    /// `integration.response.body`, or a part of it by `integration.response.body.JSONPATH`.
    Body(Option<JsonPath>),
    /// `context.X`
    Context(ContextVariable),
    /// `integration.response.header.X`: the last value.
    Header(HeaderName),
    /// `'text'`
    Literal(String),
    /// `integration.response.multivalueheader.X`: all values, joined with a comma.
    MultiValueHeader(HeaderName),
    /// `stageVariables.X`
    StageVariable(String),
}

/// A mapping that is not one, or not yet.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum InvalidMapping {
    /// What follows `body.` is no JSONPath.
    #[error("takes its value from a part of the body by {path:?}, which is no JSONPath: {problem}")]
    JsonPath {
        /// As found.
        path: String,
        /// What is wrong with it.
        problem: String,
    },
    /// Not a source.
    #[error("has no such source as {found:?}; expected {expected}")]
    Source {
        /// What was found.
        found: String,
        /// The forms there are.
        expected: &'static str,
    },
    /// Not a target.
    #[error("has no such target as {found:?}; expected {expected}")]
    Target {
        /// What was found.
        found: String,
        /// The forms there are.
        expected: &'static str,
    },
}

const REQUEST_TARGETS: &str = "integration.request.header.NAME, .querystring.NAME or .path.NAME";
const REQUEST_SOURCES: &str = "method.request.{header|multivalueheader|querystring|multivaluequerystring|path}.NAME, \
     method.request.body, method.request.body.JSONPATH, context.NAME, stageVariables.NAME or 'text'";
const RESPONSE_TARGETS: &str = "method.response.header.NAME";
const RESPONSE_SOURCES: &str = "integration.response.{header|multivalueheader}.NAME, integration.response.body, \
     integration.response.body.JSONPATH, context.NAME, \
     stageVariables.NAME or 'text'";

impl RequestMapping {
    /// Reads `target: source` of `requestParameters`.
    pub fn parse(target: &str, source: &str) -> Result<Self, InvalidMapping> {
        Ok(Self { target: RequestTarget::parse(target)?, source: RequestSource::parse(source)? })
    }
}

impl RequestTarget {
    pub(crate) fn parse(text: &str) -> Result<Self, InvalidMapping> {
        let invalid = || InvalidMapping::Target { found: shown(text), expected: REQUEST_TARGETS };
        let rest = text.strip_prefix("integration.request.").ok_or_else(invalid)?;
        let (place, name) = rest.split_once('.').ok_or_else(invalid)?;
        match place {
            "header" => header(name).map(Self::Header).ok_or_else(invalid),
            "path" => parameter(name).map(Self::Path).ok_or_else(invalid),
            "querystring" => parameter(name).map(Self::Query).ok_or_else(invalid),
            _ => Err(invalid()),
        }
    }
}

impl RequestSource {
    /// Reads a mapping expression.
    pub fn parse(text: &str) -> Result<Self, InvalidMapping> {
        let invalid = || InvalidMapping::Source { found: shown(text), expected: REQUEST_SOURCES };
        let Some(rest) = text.strip_prefix("method.request.") else {
            return match shared_source(text).ok_or_else(invalid)? {
                SharedSource::Context(variable) => Ok(Self::Context(variable)),
                SharedSource::Literal(literal) => Ok(Self::Literal(literal)),
                SharedSource::StageVariable(name) => Ok(Self::StageVariable(name)),
            };
        };
        if let Some(part) = body(rest) {
            return part.map(Self::Body);
        }
        let (place, name) = rest.split_once('.').ok_or_else(invalid)?;
        match place {
            "header" => header(name).map(Self::Header),
            "multivalueheader" => header(name).map(Self::MultiValueHeader),
            "multivaluequerystring" => parameter(name).map(Self::MultiValueQuery),
            "path" => parameter(name).map(Self::Path),
            "querystring" => parameter(name).map(Self::Query),
            _ => None,
        }
        .ok_or_else(invalid)
    }
}

impl ResponseMapping {
    /// Reads `target: source` of `responseParameters`.
    pub fn parse(target: &str, source: &str) -> Result<Self, InvalidMapping> {
        let invalid =
            || InvalidMapping::Target { found: shown(target), expected: RESPONSE_TARGETS };
        let name = target.strip_prefix("method.response.header.").ok_or_else(invalid)?;
        let header = header(name).ok_or_else(invalid)?;
        Ok(Self { header, source: ResponseSource::parse(source)? })
    }
}

impl ResponseSource {
    fn parse(text: &str) -> Result<Self, InvalidMapping> {
        let invalid = || InvalidMapping::Source { found: shown(text), expected: RESPONSE_SOURCES };
        let Some(rest) = text.strip_prefix("integration.response.") else {
            return match shared_source(text).ok_or_else(invalid)? {
                SharedSource::Context(variable) => Ok(Self::Context(variable)),
                SharedSource::Literal(literal) => Ok(Self::Literal(literal)),
                SharedSource::StageVariable(name) => Ok(Self::StageVariable(name)),
            };
        };
        if let Some(part) = body(rest) {
            return part.map(Self::Body);
        }
        let (place, name) = rest.split_once('.').ok_or_else(invalid)?;
        match place {
            "header" => header(name).map(Self::Header),
            "multivalueheader" => header(name).map(Self::MultiValueHeader),
            _ => None,
        }
        .ok_or_else(invalid)
    }
}

/// What follows `request.` or `response.`, where it is the body or a part of it; the body itself without
/// a path.
fn body(text: &str) -> Option<Result<Option<JsonPath>, InvalidMapping>> {
    let part = text.strip_prefix("body")?;
    if part.is_empty() {
        return Some(Ok(None));
    }
    if !part.starts_with(['.', '[']) {
        return None;
    }
    let path = format!("${part}");
    Some(JsonPath::parse(&path).map(Some).map_err(|problem| InvalidMapping::JsonPath {
        path: shown(&path),
        problem: problem.to_string(),
    }))
}

/// The sources that both directions have.
enum SharedSource {
    Context(ContextVariable),
    Literal(String),
    StageVariable(String),
}

fn shared_source(text: &str) -> Option<SharedSource> {
    if let Some(inner) = text.strip_prefix('\'') {
        return Some(SharedSource::Literal(inner.strip_suffix('\'')?.to_owned()));
    }
    if let Some(name) = text.strip_prefix("stageVariables.") {
        return parameter(name).map(SharedSource::StageVariable);
    }
    ContextVariable::parse(text.strip_prefix("context.")?).map(SharedSource::Context)
}

/// AWS: `[a-zA-Z0-9._$-]+`.
fn parameter(name: &str) -> Option<String> {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._$-".contains(&byte);
    (!name.is_empty() && name.bytes().all(is_allowed)).then(|| name.to_owned())
}

fn header(name: &str) -> Option<HeaderName> {
    HeaderName::try_from(name).ok()
}

fn shown(text: &str) -> String {
    text.chars().take(200).collect()
}

#[cfg(test)]
mod tests;
