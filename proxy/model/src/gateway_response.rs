//! Gateway responses: what a client gets in place of an answer, as the owner of the API wants it.
//!
//! Source: API Gateway Developer Guide, "Gateway responses for REST APIs in API Gateway". Templates
//! are no Velocity: variables are replaced, and nothing else.

mod response_type;
mod source;
mod template;

use http::{HeaderName, StatusCode};

use crate::MediaType;

pub use response_type::GatewayResponseType;
pub use source::{ErrorVariable, GatewayResponseSource, InvalidGatewayResponse};
pub use template::{GatewayTemplate, TemplatePiece};

/// What an API says of its gateway responses; nothing by default.
#[derive(Clone, Debug, Default)]
pub struct GatewayResponses(Vec<(GatewayResponseType, GatewayResponse)>);

/// What a client gets for one type.
#[derive(Clone, Debug, Default)]
pub struct GatewayResponse {
    /// None: the type's own.
    pub status: Option<StatusCode>,
    /// In place of those of the same name.
    pub headers: Vec<(HeaderName, GatewayResponseSource)>,
    /// By media type; none: the type's own bytes.
    pub templates: Vec<(MediaType, GatewayTemplate)>,
}

/// The template that AWS shows of a type that has none of its own. It stands for the type's own bytes,
/// which AWS sends also where they differ from it.
pub const DEFAULT_GATEWAY_TEMPLATE: &str = r#"{"message":$context.error.messageString}"#;

impl GatewayResponses {
    /// At most one for each type; of several the first.
    pub fn new(responses: Vec<(GatewayResponseType, GatewayResponse)>) -> Self {
        Self(responses)
    }

    /// What is said of a type or else, by its status, of `DEFAULT_4XX` or `DEFAULT_5XX`. Nothing can be
    /// said of `REQUEST_TOO_LARGE`: AWS takes it, and it has no effect.
    pub fn find(&self, kind: GatewayResponseType, status: StatusCode) -> Option<&GatewayResponse> {
        if kind == GatewayResponseType::RequestTooLarge {
            return None;
        }
        let general = if status.is_server_error() {
            GatewayResponseType::Default5xx
        } else {
            GatewayResponseType::Default4xx
        };
        let of = |wanted| self.0.iter().find(|(known, _)| *known == wanted);
        of(kind).or_else(|| of(general)).map(|(_, response)| response)
    }
}

impl GatewayResponse {
    /// The template for an `Accept` header: of its first media type, else of `application/json`, else
    /// the first there is.
    pub fn template(&self, accept: Option<&str>) -> Option<&(MediaType, GatewayTemplate)> {
        let first = accept.and_then(|accept| accept.split(',').next()).unwrap_or_default();
        let named = |wanted: &str| {
            self.templates.iter().find(|(media_type, _)| media_type.is_named_by(wanted))
        };
        named(first).or_else(|| named("application/json")).or_else(|| self.templates.first())
    }
}

#[cfg(test)]
mod tests;
