//! Why a call of the Query protocol was not done, and what that is on its wire: the only place.

use axum::http::StatusCode;
use sigv4::{Protocol, SignatureError};
use store::StoreError;

use crate::authentication::Unauthorized;
use crate::refusal::Refusal;
use crate::request_body::BodyRefusal;

/// A call that was not done, and why.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{}: {message}", .kind.code())]
pub(crate) struct QueryRefusal {
    kind: QueryRefusalKind,
    message: String,
}

/// The errors of IAM and STS by their names on the wire.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum QueryRefusalKind {
    AccessDenied,
    /// It changed while the call was done.
    ConcurrentModification,
    /// Something else still needs it.
    DeleteConflict,
    EntityAlreadyExists,
    /// There is no such operation, or it is not here.
    InvalidAction,
    InvalidInput,
    LimitExceeded,
    MalformedPolicyDocument,
    MissingAction,
    NoSuchEntity,
    /// It failed for a reason of our own.
    ServiceFailure,
    /// It cannot be done now.
    ServiceUnavailable,
    /// The body did not come.
    RequestTimeout,
    Signature(Box<SignatureError>),
    /// There is no room for more.
    Throttling,
    TooLarge,
    /// What belongs to AWS cannot be changed.
    UnmodifiableEntity,
    Validation,
}

impl QueryRefusalKind {
    fn code(&self) -> &'static str {
        match self {
            Self::AccessDenied => "AccessDenied",
            Self::ConcurrentModification => "ConcurrentModification",
            Self::DeleteConflict => "DeleteConflict",
            Self::EntityAlreadyExists => "EntityAlreadyExists",
            Self::InvalidAction => "InvalidAction",
            Self::InvalidInput => "InvalidInput",
            Self::LimitExceeded => "LimitExceeded",
            Self::MalformedPolicyDocument => "MalformedPolicyDocument",
            Self::MissingAction => "MissingAction",
            Self::NoSuchEntity => "NoSuchEntity",
            Self::ServiceFailure => "ServiceFailure",
            Self::ServiceUnavailable => "ServiceUnavailable",
            Self::RequestTimeout => "RequestTimeout",
            Self::Signature(error) => error.error_type(Protocol::Query),
            Self::Throttling => "Throttling",
            Self::TooLarge => "RequestEntityTooLarge",
            Self::UnmodifiableEntity => "UnmodifiableEntity",
            Self::Validation => "ValidationError",
        }
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::AccessDenied => StatusCode::FORBIDDEN,
            Self::ConcurrentModification
            | Self::DeleteConflict
            | Self::EntityAlreadyExists
            | Self::LimitExceeded => StatusCode::CONFLICT,
            Self::InvalidAction
            | Self::InvalidInput
            | Self::MalformedPolicyDocument
            | Self::MissingAction
            | Self::Throttling
            | Self::UnmodifiableEntity
            | Self::Validation => StatusCode::BAD_REQUEST,
            Self::NoSuchEntity => StatusCode::NOT_FOUND,
            Self::ServiceFailure => StatusCode::INTERNAL_SERVER_ERROR,
            Self::ServiceUnavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::RequestTimeout => StatusCode::REQUEST_TIMEOUT,
            Self::Signature(error) => error.status(Protocol::Query),
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        }
    }
}

impl QueryRefusal {
    pub(crate) fn new(kind: QueryRefusalKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }

    pub(crate) fn already_exists(message: impl Into<String>) -> Self {
        Self::new(QueryRefusalKind::EntityAlreadyExists, message)
    }

    pub(crate) fn delete_conflict(message: impl Into<String>) -> Self {
        Self::new(QueryRefusalKind::DeleteConflict, message)
    }

    pub(crate) fn limit_exceeded(message: impl Into<String>) -> Self {
        Self::new(QueryRefusalKind::LimitExceeded, message)
    }

    pub(crate) fn malformed_policy(message: impl Into<String>) -> Self {
        Self::new(QueryRefusalKind::MalformedPolicyDocument, message)
    }

    pub(crate) fn no_such_entity(message: impl Into<String>) -> Self {
        Self::new(QueryRefusalKind::NoSuchEntity, message)
    }

    pub(crate) fn validation(message: impl Into<String>) -> Self {
        Self::new(QueryRefusalKind::Validation, message)
    }

    pub(crate) fn code(&self) -> &'static str {
        self.kind.code()
    }

    pub(crate) fn status(&self) -> StatusCode {
        self.kind.status()
    }

    pub(crate) fn message(&self) -> &str {
        &self.message
    }
}

impl From<BodyRefusal> for QueryRefusal {
    fn from(refusal: BodyRefusal) -> Self {
        let (kind, message) = match refusal {
            BodyRefusal::Broken => (QueryRefusalKind::RequestTimeout, "Request timed out"),
            BodyRefusal::NoRoom => (QueryRefusalKind::Throttling, "Rate exceeded"),
            BodyRefusal::TooLarge => (QueryRefusalKind::TooLarge, "Request entity too large"),
        };
        Self::new(kind, message)
    }
}

impl From<Unauthorized> for QueryRefusal {
    fn from(unauthorized: Unauthorized) -> Self {
        match unauthorized {
            Unauthorized::AccessDenied(text) => Self::new(QueryRefusalKind::AccessDenied, text),
            Unauthorized::Policy(error) => Self::new(
                QueryRefusalKind::ServiceFailure,
                Refusal::internal(&error.to_string()).message(),
            ),
            Unauthorized::Signature(error) => {
                let message = error.message(Protocol::Query);
                Self::new(QueryRefusalKind::Signature(Box::new(error)), message)
            }
            Unauthorized::Store(error) => error.into(),
        }
    }
}

impl From<StoreError> for QueryRefusal {
    fn from(error: StoreError) -> Self {
        let kind = match error {
            StoreError::AlreadyExists | StoreError::Conflict => {
                return Self::new(
                    QueryRefusalKind::ConcurrentModification,
                    "The request was rejected because multiple requests to change this object were submitted simultaneously. Wait a few minutes and submit your request again.",
                );
            }
            StoreError::Full
            | StoreError::HandedOver
            | StoreError::Locked
            | StoreError::ReadOnly => QueryRefusalKind::ServiceUnavailable,
            _ => QueryRefusalKind::ServiceFailure,
        };
        // What is known of it goes to the log there.
        Self::new(kind, Refusal::from(error).message())
    }
}
