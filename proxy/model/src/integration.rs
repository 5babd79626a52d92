//! What answers a method.
//!
//! Source: API Gateway REST API Reference, "Integration".

use std::sync::Arc;
use std::time::Duration;

use http::{HeaderName, StatusCode};
use regex::Regex;
use template::Template;

use crate::{
    Connection, EDGE_STREAM_SILENCE_MAX, EndpointType, FunctionIndex, INTEGRATION_TIMEOUT_DEFAULT,
    INTEGRATION_TIMEOUT_MAX, INTEGRATION_TIMEOUT_MIN, MediaType, RequestMappings, ResponseMapping,
    STREAM_SILENCE_MAX, STREAM_TIME_MAX, ServerTrust, ServiceCredentials, ServiceSignature,
    UriTemplate, Verb,
};

/// What answers a method: the integration types of AWS that this gateway has.
#[derive(Clone, Debug)]
pub enum Integration {
    /// `AWS` with a function: it gets what a template makes of the request, and what it returns is mapped.
    CustomFunction(CustomFunctionIntegration),
    /// `AWS_PROXY`: a function that gets the whole request as an event.
    Function(FunctionIntegration),
    /// `HTTP`, and `AWS` of a service: an upstream, with mapping both ways.
    Http(HttpIntegration),
    /// `HTTP_PROXY`: an upstream that gets the request and whose response is passed on.
    HttpProxy(HttpEndpoint),
    /// `MOCK`: the gateway answers.
    Mock(MockIntegration),
}

impl Integration {
    /// Whether its response comes as it goes, so that nobody has the whole of it.
    pub fn streams(&self) -> bool {
        let transfer = match self {
            Self::Function(integration) => integration.transfer,
            Self::HttpProxy(endpoint) => endpoint.transfer,
            Self::CustomFunction(_) | Self::Http(_) | Self::Mock(_) => return false,
        };
        matches!(transfer, ResponseTransfer::Stream { .. })
    }

    /// Whether a function or service answers it as the one who signed the call, so that its response is theirs.
    pub fn is_called_as_caller(&self) -> bool {
        let signature = match self {
            Self::CustomFunction(CustomFunctionIntegration { credentials, .. })
            | Self::Function(FunctionIntegration { credentials, .. }) => {
                return *credentials == FunctionCredentials::Caller;
            }
            Self::Http(integration) => &integration.endpoint.signature,
            Self::HttpProxy(endpoint) => &endpoint.signature,
            Self::Mock(_) => return false,
        };
        let credentials = signature.as_ref().map(|signature| &signature.credentials);
        credentials == Some(&ServiceCredentials::Caller)
    }

    /// How it answers by what the client accepts: the templates of its responses.
    pub fn chooses_by_accept(&self) -> bool {
        let responses = match self {
            Self::CustomFunction(integration) => &integration.responses,
            Self::Http(integration) => &integration.responses,
            Self::Mock(integration) => &integration.responses,
            Self::Function(_) | Self::HttpProxy(_) => return false,
        };
        let patterns = responses.patterns.iter().map(|(_, response)| response);
        patterns.chain(&responses.default).any(|response| 1 < response.templates.len())
    }
}

/// `timeoutInMillis`: at least 50 ms, and at most what endpoint and transfer mode allow.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct IntegrationTimeout(Duration);

impl IntegrationTimeout {
    /// What AWS uses when nothing is said.
    pub const DEFAULT: Self = Self(INTEGRATION_TIMEOUT_DEFAULT);

    /// None outside the limits.
    pub fn from_millis(millis: u64, max: Duration) -> Option<Self> {
        let timeout = Duration::from_millis(millis);
        (INTEGRATION_TIMEOUT_MIN..=max).contains(&timeout).then_some(Self(timeout))
    }

    /// As a duration.
    pub fn duration(self) -> Duration {
        self.0
    }
}

/// `responseTransferMode`: how the response of a proxy integration comes back.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum ResponseTransfer {
    /// `BUFFERED`: whole, as far as its size and time go.
    #[default]
    Buffered,
    /// `STREAM`: as it comes, of any size.
    Stream {
        /// How long it may be silent.
        silence_max: Duration,
    },
}

impl ResponseTransfer {
    /// `STREAM`
    pub fn stream(endpoint: EndpointType) -> Self {
        let silence_max = match endpoint {
            EndpointType::Edge => EDGE_STREAM_SILENCE_MAX,
            EndpointType::Private | EndpointType::Regional => STREAM_SILENCE_MAX,
        };
        Self::Stream { silence_max }
    }

    /// The longest `timeoutInMillis`.
    pub fn timeout_max(self, endpoint: EndpointType) -> Duration {
        match (self, endpoint) {
            (Self::Stream { .. }, _) => STREAM_TIME_MAX,
            (Self::Buffered, EndpointType::Edge) => INTEGRATION_TIMEOUT_DEFAULT,
            (Self::Buffered, EndpointType::Private | EndpointType::Regional) => {
                INTEGRATION_TIMEOUT_MAX
            }
        }
    }
}

/// What stands for the caller in `credentials`, whoever that is.
pub const CALLER_CREDENTIALS: &str = "arn:aws:iam::*:user/*";

/// `credentials` of an integration with a function.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum FunctionCredentials {
    /// [`CALLER_CREDENTIALS`]: whoever signed the call must be let call the function themselves.
    Caller,
    /// None, or a role: what the function lets so is known before it is called ([`Denials`](crate::Denials)).
    #[default]
    Gateway,
}

/// A function behind `AWS_PROXY`.
#[derive(Clone, Debug)]
pub struct FunctionIntegration {
    /// An `event-function`, which gets payload format 1.0, or a `wasi:http` handler, which gets the
    /// request.
    pub function: FunctionIndex,
    /// Who is said to call it.
    pub credentials: FunctionCredentials,
    /// Of the whole call.
    pub timeout: IntegrationTimeout,
    /// `responseTransferMode`
    pub transfer: ResponseTransfer,
    /// A header that a mapping sets and may not: it makes every call fail. Nothing else of the mappings
    /// has an effect on an event.
    pub forbidden_header: Option<HeaderName>,
}

/// A function behind `AWS`, with mapping both ways: Lambda's custom integration.
#[derive(Clone, Debug)]
pub struct CustomFunctionIntegration {
    /// An `event-function`.
    pub function: FunctionIndex,
    /// Who is said to call it.
    pub credentials: FunctionCredentials,
    /// Of the whole call.
    pub timeout: IntegrationTimeout,
    /// The header `X-Amz-Invocation-Type` alone has an effect.
    pub mappings: RequestMappings,
    /// `contentHandling` of the request.
    pub content_handling: Option<ContentHandling>,
    /// What the event is made from.
    pub templates: RequestTemplates,
    /// What the result becomes, chosen by its `errorMessage`.
    pub responses: IntegrationResponses,
}

/// An HTTP upstream and how a request for it is made.
#[derive(Clone, Debug)]
pub struct HttpEndpoint {
    /// Where it is, and what it is called.
    pub uri: UriTemplate,
    /// The way there.
    pub connection: Connection,
    /// `integrationHttpMethod`
    pub verb: HttpVerb,
    /// `requestParameters`
    pub mappings: RequestMappings,
    /// `contentHandling` of the request. A body that a template makes is not converted.
    pub content_handling: Option<ContentHandling>,
    /// Until the response is complete.
    pub timeout: IntegrationTimeout,
    /// `tlsConfig`
    pub trust: ServerTrust,
    /// `responseTransferMode`, of `HTTP_PROXY`.
    pub transfer: ResponseTransfer,
    /// Of a request for a service of AWS.
    pub signature: Option<Arc<ServiceSignature>>,
}

/// `integrationHttpMethod` of an HTTP integration.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum HttpVerb {
    /// `ANY`: the client's method.
    Client,
    /// This one.
    Fixed(Verb),
}

/// An HTTP upstream with mapping both ways.
#[derive(Clone, Debug)]
pub struct HttpIntegration {
    /// Where the request goes.
    pub endpoint: HttpEndpoint,
    /// What its body becomes.
    pub templates: RequestTemplates,
    /// What the response becomes.
    pub responses: IntegrationResponses,
}

/// An integration that the gateway answers itself: the request template's `statusCode` chooses the
/// integration response.
#[derive(Clone, Debug)]
pub struct MockIntegration {
    /// `requestParameters`, which templates do not see: only that one of them may make each call fail.
    pub mappings: RequestMappings,
    /// What the body becomes that holds the `statusCode`.
    pub templates: RequestTemplates,
    /// What the response becomes.
    pub responses: IntegrationResponses,
}

/// `contentHandling`: what a payload becomes before it is mapped or goes on. Nothing said, it stays what it
/// is, but for a response whose client accepts the other kind.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ContentHandling {
    /// `CONVERT_TO_BINARY`: text is base64 and decoded.
    ConvertToBinary,
    /// `CONVERT_TO_TEXT`: what is binary is encoded in base64.
    ConvertToText,
}

/// `requestTemplates` and `passthroughBehavior`.
#[derive(Clone, Debug)]
pub struct RequestTemplates {
    /// By media type; at most one for each. An empty one lets the body pass.
    pub templates: Vec<(MediaType, Template)>,
    /// `$default`: for every other media type.
    pub default: Option<Template>,
    /// For a request that no template is for.
    pub passthrough: Passthrough,
}

/// `passthroughBehavior`: which bodies go on without a template.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Passthrough {
    /// `NEVER`: a request without a matching template is refused with 415.
    Never,
    /// `WHEN_NO_MATCH`: every body that no template matches.
    WhenNoMatch,
    /// `WHEN_NO_TEMPLATES`: only if there is no template at all; else 415.
    WhenNoTemplates,
}

impl RequestTemplates {
    /// The template for a `Content-Type`; `Ok(None)` when the body goes on as it is.
    pub fn choose(
        &self,
        content_type: Option<&str>,
    ) -> Result<Option<&Template>, UnsupportedMediaType> {
        let content_type = content_type.unwrap_or("application/json");
        let matching =
            self.templates.iter().find(|(media_type, _)| media_type.is_named_by(content_type));
        let matching = matching.map(|(_, template)| template).or(self.default.as_ref());
        if let Some(template) = matching {
            return Ok(Some(template).filter(|template| !is_empty(template)));
        }
        match self.passthrough {
            Passthrough::WhenNoMatch => Ok(None),
            Passthrough::WhenNoTemplates if self.templates.is_empty() => Ok(None),
            Passthrough::WhenNoTemplates | Passthrough::Never => Err(UnsupportedMediaType),
        }
    }
}

/// AWS: an empty template lets the body pass as it is.
fn is_empty(template: &Template) -> bool {
    template.literal() == Some("")
}

/// The request's media type has no template and may not pass: 415.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct UnsupportedMediaType;

/// The integration responses of a method: those with a pattern, and the default.
#[derive(Clone, Debug, Default)]
pub struct IntegrationResponses {
    /// Tried in order; each must match the whole text.
    pub patterns: Vec<(Regex, IntegrationResponse)>,
    /// For what no pattern matches.
    pub default: Option<IntegrationResponse>,
}

impl IntegrationResponses {
    /// The response for a status code's text, or a function's error message.
    pub fn choose(&self, selection: &str) -> Option<&IntegrationResponse> {
        let matching = self.patterns.iter().find(|(pattern, _)| pattern.is_match(selection));
        matching.map(|(_, response)| response).or(self.default.as_ref())
    }
}

/// What a response of the integration becomes.
#[derive(Clone, Debug)]
pub struct IntegrationResponse {
    /// The status the client gets.
    pub status: StatusCode,
    /// Whether the method has a response of that status: without, every call that comes to it fails.
    pub is_declared: bool,
    /// `responseParameters`: the headers the client gets.
    pub mappings: Vec<ResponseMapping>,
    /// `contentHandling`
    pub content_handling: Option<ContentHandling>,
    /// `responseTemplates` by media type; none, or an empty one: the body passes.
    pub templates: Vec<(MediaType, Template)>,
}

impl IntegrationResponse {
    /// The template for an `Accept` header: its first media type, else `application/json`, else the
    /// first there is.
    pub fn template(&self, accept: Option<&str>) -> Option<&(MediaType, Template)> {
        let first = accept.and_then(|accept| accept.split(',').next()).unwrap_or_default();
        let named = |wanted: &str| {
            self.templates.iter().find(|(media_type, _)| media_type.is_named_by(wanted))
        };
        let chosen = named(first).or_else(|| named("application/json"));
        chosen.or_else(|| self.templates.first()).filter(|(_, template)| !is_empty(template))
    }
}
