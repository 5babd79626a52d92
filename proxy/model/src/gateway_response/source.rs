//! Where the values of a gateway response come from.

use http::{HeaderName, HeaderValue};

use crate::ContextVariable;

/// What a header, or a variable of a template, takes its value from.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum GatewayResponseSource {
    /// `context.X`
    Context(ContextVariable),
    /// `context.error.X`
    Error(ErrorVariable),
    /// `method.request.header.X`: the last value.
    Header(HeaderName),
    /// `'text'`
    Literal(HeaderValue),
    /// `method.request.multivalueheader.X`: all values, joined with a comma.
    MultiValueHeader(HeaderName),
    /// `method.request.multivaluequerystring.X`: all values, joined with a comma.
    MultiValueQuery(String),
    /// `method.request.path.X`
    Path(String),
    /// `method.request.querystring.X`: the last value.
    Query(String),
    /// `stageVariables.X`
    StageVariable(String),
}

/// `context.error.X`: why there is no answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ErrorVariable {
    /// `message`
    Message,
    /// `messageString`: the message in quotes.
    MessageString,
    /// `responseType`
    ResponseType,
    /// `validationErrorString`
    ValidationErrorString,
}

/// What is no gateway response.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum InvalidGatewayResponse {
    /// Not the name of a header.
    #[error("has no such target as {0:?}; expected gatewayresponse.header.NAME")]
    Target(String),
    /// Not a source.
    #[error(
        "has no such source as {0:?}; expected 'text', \
         method.request.{{header|multivalueheader|querystring|multivaluequerystring|path}}.NAME, \
         context.NAME or stageVariables.NAME"
    )]
    Source(String),
    /// Not a variable.
    #[error("names the unknown variable ${0}")]
    Variable(String),
}

impl GatewayResponseSource {
    /// Reads one entry of `responseParameters`.
    ///
    /// # Errors
    /// If it does not name a header, or no source.
    pub fn parse_entry(
        target: &str,
        source: &str,
    ) -> Result<(HeaderName, Self), InvalidGatewayResponse> {
        let name = target.strip_prefix("gatewayresponse.header.");
        let name = name.and_then(|name| HeaderName::try_from(name).ok());
        let name = name.ok_or_else(|| InvalidGatewayResponse::Target(shown(target)))?;
        let literal = source.strip_prefix('\'').map(|rest| {
            let text = rest.strip_suffix('\'')?;
            HeaderValue::from_str(text).ok().map(Self::Literal)
        });
        let source = literal
            .unwrap_or_else(|| Self::parse_variable(source))
            .ok_or_else(|| InvalidGatewayResponse::Source(shown(source)))?;
        Ok((name, source))
    }

    /// Reads a source that is no text, as a template has it after a `$`.
    pub(super) fn parse_variable(text: &str) -> Option<Self> {
        if let Some(name) = text.strip_prefix("stageVariables.") {
            return parameter(name).map(Self::StageVariable);
        }
        if let Some(name) = text.strip_prefix("context.error.") {
            return ErrorVariable::parse(name).map(Self::Error);
        }
        if let Some(name) = text.strip_prefix("context.") {
            return ContextVariable::parse(name).map(Self::Context);
        }
        let (place, name) = text.strip_prefix("method.request.")?.split_once('.')?;
        let header = || HeaderName::try_from(name).ok();
        match place {
            "header" => header().map(Self::Header),
            "multivalueheader" => header().map(Self::MultiValueHeader),
            "multivaluequerystring" => parameter(name).map(Self::MultiValueQuery),
            "path" => parameter(name).map(Self::Path),
            "querystring" => parameter(name).map(Self::Query),
            _ => None,
        }
    }
}

impl ErrorVariable {
    fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "message" => Self::Message,
            "messageString" => Self::MessageString,
            "responseType" => Self::ResponseType,
            "validationErrorString" => Self::ValidationErrorString,
            _ => return None,
        })
    }
}

/// AWS: `[a-zA-Z0-9._$-]+`.
fn parameter(name: &str) -> Option<String> {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._$-".contains(&byte);
    (!name.is_empty() && name.bytes().all(is_allowed)).then(|| name.to_owned())
}

fn shown(text: &str) -> String {
    text.chars().take(200).collect()
}
