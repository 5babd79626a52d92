//! The only place where it is decided what a refused call looks like on the wire.
//!
//! A kind of refusal has a name of its own in each service.
//!
//! Source: the service's error shapes, and texts as recorded from AWS.

use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};
use serde_json::{Map, Value};
use store::StoreError;

use crate::request_body::BodyRefusal;
use crate::service::Service;

/// Seconds after which a client should try again what failed for a reason that passes.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("1");

/// A call that was not done, and why.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{kind:?}: {message}")]
pub struct Refusal {
    kind: RefusalKind,
    message: String,
    /// Why there are too many requests, in one word.
    reason: Option<&'static str>,
}

/// The errors of the API by their names on the wire.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum RefusalKind {
    /// The caller may not do this.
    AccessDenied,
    /// The request means nothing, or something that cannot be.
    BadRequest,
    /// What is there stands against it.
    Conflict,
    /// The signature is of another time.
    ExpiredToken,
    /// The header that holds the signature cannot be read.
    IncompleteSignature,
    /// It failed for a reason of our own.
    InternalFailure,
    /// The signature is not of this request and this key.
    InvalidSignature,
    /// There are as many as there may be.
    LimitExceeded,
    /// There is no signature.
    MissingAuthenticationToken,
    /// What it names is not there.
    NotFound,
    /// The operation exists on AWS, and not here yet.
    NotImplemented,
    /// The body does not come, or came broken.
    RequestTimeout,
    /// The body is too large.
    RequestTooLarge,
    /// The body is not JSON, or of other types.
    Serialization,
    /// It cannot be done now.
    ServiceUnavailable,
    /// The key is not known.
    UnrecognizedClient,
    /// The body is no event.
    InvalidRequestContent,
    /// The policy of a function is too long.
    PolicyLengthExceeded,
    /// It changed since the client saw it.
    PreconditionFailed,
    /// As many calls as may be are under way.
    TooManyRequests,
    /// A member breaks a constraint of the API model.
    Validation,
}

impl RefusalKind {
    fn status(self) -> StatusCode {
        match self {
            Self::AccessDenied
            | Self::ExpiredToken
            | Self::IncompleteSignature
            | Self::InvalidSignature
            | Self::MissingAuthenticationToken
            | Self::UnrecognizedClient => StatusCode::FORBIDDEN,
            Self::BadRequest
            | Self::InvalidRequestContent
            | Self::PolicyLengthExceeded
            | Self::Serialization
            | Self::Validation => StatusCode::BAD_REQUEST,
            Self::Conflict => StatusCode::CONFLICT,
            Self::InternalFailure => StatusCode::INTERNAL_SERVER_ERROR,
            Self::LimitExceeded | Self::TooManyRequests => StatusCode::TOO_MANY_REQUESTS,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::NotImplemented => StatusCode::NOT_IMPLEMENTED,
            Self::PreconditionFailed => StatusCode::PRECONDITION_FAILED,
            Self::RequestTimeout => StatusCode::REQUEST_TIMEOUT,
            Self::RequestTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::ServiceUnavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// `x-amzn-ErrorType`
    fn error_type(self, service: Service) -> &'static str {
        match (self, service) {
            (Self::BadRequest, Service::Lambda) => "InvalidParameterValueException",
            (Self::Conflict, Service::Lambda) => "ResourceConflictException",
            (Self::InternalFailure, Service::Lambda) => "ServiceException",
            (Self::NotFound, Service::Lambda) => "ResourceNotFoundException",
            (Self::AccessDenied, _) => "AccessDeniedException",
            // The API model of the second API has no other name for what is malformed.
            (Self::BadRequest, _)
            | (Self::Serialization | Self::Validation, Service::ApiGatewayV2) => {
                "BadRequestException"
            }
            (Self::Conflict, _) => "ConflictException",
            (Self::ExpiredToken, _) => "ExpiredTokenException",
            (Self::IncompleteSignature, _) => "IncompleteSignatureException",
            (Self::InternalFailure, _) => "InternalFailure",
            (Self::InvalidRequestContent, _) => "InvalidRequestContentException",
            (Self::InvalidSignature, _) => "InvalidSignatureException",
            (Self::LimitExceeded, _) => "LimitExceededException",
            (Self::MissingAuthenticationToken, _) => "MissingAuthenticationTokenException",
            (Self::NotFound, _) => "NotFoundException",
            (Self::NotImplemented, _) => "NotImplementedException",
            (Self::PolicyLengthExceeded, _) => "PolicyLengthExceededException",
            (Self::PreconditionFailed, _) => "PreconditionFailedException",
            (Self::RequestTimeout, _) => "RequestTimeoutException",
            (Self::RequestTooLarge, _) => "RequestTooLargeException",
            (Self::Serialization, _) => "SerializationException",
            (Self::ServiceUnavailable, _) => "ServiceUnavailableException",
            (Self::TooManyRequests, _) => "TooManyRequestsException",
            (Self::UnrecognizedClient, _) => "UnrecognizedClientException",
            (Self::Validation, _) => "ValidationException",
        }
    }

    /// What Lambda's own errors say beside their message: whose fault it is.
    fn fault(self, service: Service) -> Option<&'static str> {
        match (service, self) {
            (Service::ApiGateway | Service::ApiGatewayV2, _)
            | (
                Service::Lambda,
                Self::AccessDenied
                | Self::ExpiredToken
                | Self::IncompleteSignature
                | Self::InvalidSignature
                | Self::MissingAuthenticationToken
                | Self::UnrecognizedClient
                | Self::Validation,
            ) => None,
            (
                Service::Lambda,
                Self::InternalFailure | Self::NotImplemented | Self::ServiceUnavailable,
            ) => Some("Service"),
            (Service::Lambda, _) => Some("User"),
        }
    }

    /// The member that the message is in: it differs from error to error.
    fn message_member(self, service: Service) -> &'static str {
        match (service, self) {
            (Service::Lambda, Self::AccessDenied | Self::InternalFailure | Self::NotFound) => {
                "Message"
            }
            _ => "message",
        }
    }
}

impl Refusal {
    /// A refusal with the text that the client sees.
    pub fn new(kind: RefusalKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), reason: None }
    }

    /// Too many calls of a function at once.
    pub(crate) fn throttled(reason: &'static str) -> Self {
        Self { reason: Some(reason), ..Self::new(RefusalKind::TooManyRequests, "Rate Exceeded.") }
    }

    /// What a request gets that is not signed: nothing is said of what there is.
    pub fn unsigned() -> Self {
        Self::new(RefusalKind::MissingAuthenticationToken, "Missing Authentication Token")
    }

    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(RefusalKind::BadRequest, message)
    }

    pub(crate) fn conflict(message: impl Into<String>) -> Self {
        Self::new(RefusalKind::Conflict, message)
    }

    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self::new(RefusalKind::NotFound, message)
    }

    pub(crate) fn limit_exceeded(message: impl Into<String>) -> Self {
        Self::new(RefusalKind::LimitExceeded, message)
    }

    pub(crate) fn serialization(message: impl Into<String>) -> Self {
        Self::new(RefusalKind::Serialization, message)
    }

    /// A fault of our own: what is known of it goes to the log.
    pub(crate) fn internal(reason: &str) -> Self {
        tracing::error!(reason, "the state is not as it should be");
        Self::new(RefusalKind::InternalFailure, "Internal failure")
    }

    pub(crate) fn concurrent_modification() -> Self {
        Self::conflict(
            "Unable to complete operation due to concurrent modification. Please try again later.",
        )
    }

    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// Whether it is for this reason.
    pub fn is(&self, kind: RefusalKind) -> bool {
        self.kind == kind
    }

    pub(crate) fn to_response(&self, service: Service) -> Response<Body> {
        let mut body = Map::new();
        if let Some(fault) = self.kind.fault(service) {
            body.insert("Type".to_owned(), fault.into());
        }
        if let Some(reason) = self.reason {
            body.insert("Reason".to_owned(), reason.into());
        }
        body.insert(self.kind.message_member(service).to_owned(), self.message.as_str().into());
        let mut response = Response::new(Body::from(Value::Object(body).to_string()));
        *response.status_mut() = self.kind.status();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let error_type = HeaderValue::from_static(self.kind.error_type(service));
        headers.insert("x-amzn-errortype", error_type);
        if matches!(self.kind, RefusalKind::ServiceUnavailable | RefusalKind::TooManyRequests) {
            headers.insert(header::RETRY_AFTER, RETRY_AFTER);
        }
        response
    }
}

impl From<BodyRefusal> for Refusal {
    fn from(refusal: BodyRefusal) -> Self {
        match refusal {
            BodyRefusal::Broken => Self::new(RefusalKind::RequestTimeout, "Request timed out"),
            BodyRefusal::NoRoom => Self::throttled("CallerRateLimitExceeded"),
            BodyRefusal::TooLarge => {
                Self::new(RefusalKind::RequestTooLarge, "Request entity too large")
            }
        }
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict | StoreError::AlreadyExists => Self::concurrent_modification(),
            StoreError::Full
            | StoreError::HandedOver
            | StoreError::Locked
            | StoreError::ReadOnly => {
                tracing::error!(error = chain(&error), "the state cannot be written");
                Self::new(RefusalKind::ServiceUnavailable, format!("Unable to save: {error}"))
            }
            error => {
                tracing::error!(error = chain(&error), "the state cannot be used");
                Self::new(RefusalKind::InternalFailure, "Internal failure")
            }
        }
    }
}

/// An error with its causes.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
