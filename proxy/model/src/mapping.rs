//! Parameter mappings of integrations: where a value comes from and where it goes.
//!
//! Source: API Gateway Developer Guide, "Parameter mapping for REST APIs".

use http::HeaderName;

use crate::ContextVariable;

/// One entry of an integration's `requestParameters`.
#[derive(Clone, Debug, Eq, PartialEq)]
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
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum RequestSource {
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
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ResponseMapping {
    /// `method.response.header.NAME`
    pub header: HeaderName,
    /// Where the value comes from. A value that is not there is not set.
    pub source: ResponseSource,
}

/// What a response mapping takes its value from.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum ResponseSource {
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
    /// The body is not a source yet.
    #[error(
        "takes its value from the body ({0:?}), which is not supported yet; use an AWS_PROXY function or a transform plugin"
    )]
    Body(String),
    /// Setting this header fails every call on AWS.
    #[error("cannot set the header {0}, which belongs to the gateway; remove the mapping")]
    ForbiddenHeader(HeaderName),
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
     context.NAME, stageVariables.NAME or 'text'";
const RESPONSE_TARGETS: &str = "method.response.header.NAME";
const RESPONSE_SOURCES: &str = "integration.response.{header|multivalueheader}.NAME, context.NAME, \
     stageVariables.NAME or 'text'";

/// Request headers that AWS refuses to map for every integration type (recorded: 500 on each call).
const FORBIDDEN_REQUEST_HEADERS: [&str; 4] =
    ["content-length", "transfer-encoding", "x-amzn-trace-id", "x-amzn-apigateway-api-id"];

impl RequestMapping {
    /// Reads `target: source` of `requestParameters`.
    pub fn parse(target: &str, source: &str) -> Result<Self, InvalidMapping> {
        Ok(Self { target: RequestTarget::parse(target)?, source: RequestSource::parse(source)? })
    }
}

impl RequestTarget {
    fn parse(text: &str) -> Result<Self, InvalidMapping> {
        let invalid = || InvalidMapping::Target { found: shown(text), expected: REQUEST_TARGETS };
        let rest = text.strip_prefix("integration.request.").ok_or_else(invalid)?;
        let (place, name) = rest.split_once('.').ok_or_else(invalid)?;
        match place {
            "header" => {
                let header = header(name).ok_or_else(invalid)?;
                if FORBIDDEN_REQUEST_HEADERS.contains(&header.as_str()) {
                    return Err(InvalidMapping::ForbiddenHeader(header));
                }
                Ok(Self::Header(header))
            }
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
        if rest == "body" || rest.starts_with("body.") {
            return Err(InvalidMapping::Body(shown(text)));
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
        if rest == "body" || rest.starts_with("body.") {
            return Err(InvalidMapping::Body(shown(text)));
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
