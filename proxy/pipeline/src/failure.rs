//! Why a request gets no answer from its integration.

use model::CallFault;
use sigv4::SignatureError;

use crate::ports::UpstreamError;

/// A refusal or a breakage.
#[derive(Clone, Debug, PartialEq)]
pub enum Failure {
    /// Something broke: the upstream, a plugin, or the configuration.
    Fault(Fault),
    /// The request is refused.
    Rejection(Rejection),
}

/// A request that is refused.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Rejection {
    /// The authorizer's policy does not allow the method.
    AccessDenied {
        /// A statement denies it, as opposed to none allowing it.
        explicit: bool,
    },
    /// Policies do not let the caller call the method.
    ActionDenied {
        /// What the client is told.
        message: String,
    },
    /// The body is larger than 10 MB.
    BodyTooLarge,
    /// The client left before it was answered.
    ClientGone,
    /// The connection is none that the domain name takes: why, for the log alone.
    Connection(String),
    /// The API is reached at custom domain names alone.
    DefaultEndpointDisabled,
    /// The header block is larger than 10,240 bytes.
    HeadersTooLarge {
        /// As counted.
        bytes: usize,
    },
    /// The API is of a type that does not answer where the request came in.
    EndpointMismatch,
    /// No route, and an `Authorization` header that is no signature.
    IncompleteSignature(SignatureError),
    /// The method requires an API key, and the client has none that opens it.
    InvalidApiKey(ApiKeyFlaw),
    /// The body does not fit the model of the method: why, as AWS says it.
    InvalidBody(String),
    /// A mapping takes its value from the body, which begins as JSON does and is none.
    InvalidJsonBody,
    /// A token that is not believed: why not, for the log alone.
    InvalidToken(String),
    /// The request cannot be read.
    Malformed(&'static str),
    /// No route.
    MissingAuthenticationToken,
    /// Parameters that the method requires are not there, or blank.
    MissingParameters(Vec<String>),
    /// No routing rule of the domain name is for the request, and it has nothing else.
    NoRoutingRule,
    /// The quota of the API key is used up.
    QuotaExceeded,
    /// Too many requests at once.
    Throttled(ThrottledBy),
    /// A signature of AWS is missing, or is no good.
    Signature(SignatureError),
    /// A token whose time is over.
    TokenExpired,
    /// No identity, or one that the authorizer refused.
    Unauthorized,
    /// The host names an API that is not here.
    UnknownApi {
        /// As asked for, cut.
        api: String,
    },
    /// The domain name has no base path that this path begins with.
    UnknownBasePath,
    /// The host names nothing.
    UnknownDomain,
    /// The API has no such stage.
    UnknownStage,
    /// The body's media type has no template and may not pass.
    UnsupportedMediaType,
    /// The target is longer than 10,240 bytes, or the ARN of a method with an authorizer than 1,600.
    UriTooLong,
}

/// What is wrong with an API key: for the log alone.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ApiKeyFlaw {
    /// It is disabled.
    Disabled,
    /// There is none where it is looked for.
    Missing,
    /// It is in no usage plan that is for the stage.
    Unplanned,
    /// No key has this value.
    Unknown,
}

/// Whose tokens are spent.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ThrottledBy {
    /// Those of all APIs together.
    Account,
    /// Those of the API key.
    Key,
    /// Those of the API key for the method.
    KeyAndMethod,
    /// Those of the method of the stage, for all clients.
    Method,
}

/// Something that broke.
#[derive(Clone, Debug, PartialEq)]
pub enum Fault {
    /// The authorizer broke, or answered what is no decision.
    Authorizer(String),
    /// The API cannot do what it was told to: a mapping that leads nowhere.
    Configuration(String),
    /// A function broke, or returned an error.
    Function(String),
    /// The function could not be run now: Lambda's throttling.
    FunctionUnavailable(String),
    /// The function returned what is no proxy response.
    MalformedProxyResponse(String),
    /// The upstream could not be reached, or the connection broke.
    Network(String),
    /// A mapping template could not be rendered: where and why.
    Template(String),
    /// The integration took too long.
    TimedOut,
    /// A transform broke.
    Transform(CallFault),
}

/// What AWS's log says when a function does not let the API call it.
pub(crate) const INVALID_PERMISSIONS: &str = "Invalid permissions on Lambda function";

/// What is logged of a text: AWS repeats a request that is signed wrongly, with its session token.
pub(crate) fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

/// What AWS says of parameters that are not there.
pub(crate) fn missing_parameters(names: &[String]) -> String {
    format!("Missing required request parameters: [{}]", names.join(", "))
}

/// A function of the API is not there any more.
pub(crate) fn function_gone() -> Fault {
    let cause = "the function that is called was deleted, or its version or alias was";
    Fault::Configuration(cause.to_owned())
}

impl From<Rejection> for Failure {
    fn from(rejection: Rejection) -> Self {
        Self::Rejection(rejection)
    }
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<UpstreamError> for Fault {
    fn from(error: UpstreamError) -> Self {
        match error {
            UpstreamError::Network(cause) => Self::Network(cause),
            UpstreamError::TimedOut => Self::TimedOut,
            UpstreamError::TooLarge => {
                Self::Configuration("the endpoint's response is larger than 10485760 bytes".into())
            }
        }
    }
}

/// For the log: never shown to a client.
impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Fault(fault) => fault.fmt(f),
            Self::Rejection(rejection) => rejection.fmt(f),
        }
    }
}

impl std::fmt::Display for Rejection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::AccessDenied { explicit: true } => {
                f.write_str("the authorizer's policy denies it")
            }
            Self::AccessDenied { explicit: false } => {
                f.write_str("the authorizer's policy does not allow it")
            }
            Self::ActionDenied { message } => f.write_str(message),
            Self::BodyTooLarge => f.write_str("the body is larger than 10485760 bytes"),
            Self::ClientGone => f.write_str("the client left before it was answered"),
            Self::DefaultEndpointDisabled => {
                f.write_str("the default endpoint of the API is disabled")
            }
            Self::EndpointMismatch => {
                f.write_str("APIs of this endpoint type do not answer at this listener")
            }
            Self::HeadersTooLarge { bytes } => {
                write!(f, "the headers take {bytes} bytes, more than 10240")
            }
            Self::IncompleteSignature(_) | Self::MissingAuthenticationToken => {
                f.write_str("no resource has this path and method")
            }
            Self::InvalidApiKey(flaw) => write!(f, "the method requires an API key, and {flaw}"),
            Self::InvalidBody(violations) => write!(f, "the body is not valid: {violations}"),
            Self::InvalidJsonBody => f.write_str("Invalid JSON in request body"),
            Self::Connection(reason) | Self::InvalidToken(reason) => f.write_str(reason),
            Self::Malformed(what) => write!(f, "the request is malformed: {what}"),
            Self::MissingParameters(names) => f.write_str(&missing_parameters(names)),
            Self::NoRoutingRule => {
                f.write_str("no routing rule of the domain name is for this request")
            }
            Self::QuotaExceeded => f.write_str("the quota of the API key is used up"),
            Self::Throttled(by) => write!(f, "too many requests {by}"),
            Self::Signature(error) => f.write_str(first_line(&error.to_string())),
            Self::TokenExpired => f.write_str("the token has expired"),
            Self::Unauthorized => f.write_str("no identity, or one that the authorizer refused"),
            Self::UnknownApi { api } => write!(f, "no API has the id {api:?}"),
            Self::UnknownBasePath => {
                f.write_str("no base path of the domain name is for this path")
            }
            Self::UnknownDomain => f.write_str("no API is served at this host name"),
            Self::UnknownStage => f.write_str("the API has no such stage"),
            Self::UnsupportedMediaType => f.write_str("no template for the body's media type"),
            Self::UriTooLong => f.write_str("the path is too long"),
        }
    }
}

impl std::fmt::Display for ApiKeyFlaw {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Disabled => "the key is disabled",
            Self::Missing => "there is none",
            Self::Unknown => "no key has the value",
            Self::Unplanned => "the key is in no usage plan for the stage",
        })
    }
}

impl std::fmt::Display for ThrottledBy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Account => "for the node",
            Self::Key => "with the API key",
            Self::KeyAndMethod => "for the method with the API key",
            Self::Method => "for the method of the stage",
        })
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Authorizer(cause) => write!(f, "authorizer: {cause}"),
            Self::Configuration(cause) => {
                write!(f, "Execution failed due to configuration error: {cause}")
            }
            Self::Function(cause) => write!(f, "function: {cause}"),
            Self::FunctionUnavailable(cause) => write!(f, "function unavailable: {cause}"),
            Self::MalformedProxyResponse(cause) => write!(
                f,
                "Execution failed due to configuration error: Malformed Lambda proxy response: {cause}"
            ),
            Self::Network(cause) => write!(f, "upstream: {cause}"),
            Self::Template(cause) => {
                write!(
                    f,
                    "Execution failed due to configuration error: Unable to transform: {cause}"
                )
            }
            Self::TimedOut => f.write_str("Execution failed due to a timeout error"),
            Self::Transform(cause) => write!(f, "transform: {cause}"),
        }
    }
}
