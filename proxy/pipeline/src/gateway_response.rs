//! Gateway responses: the gateway's own answers, byte for byte those of AWS. The only such table.
//!
//! Source: recorded answers of AWS. What is refused before a method runs has no space after the
//! colon, what goes wrong while it runs has one.

mod customised;

use std::borrow::Cow;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use model::GatewayResponseType;
use sigv4::{ErrorKind, Protocol, SignatureError};

use crate::failure::{Failure, Fault, Rejection, first_line, missing_parameters};
use crate::record::RecordedError;
use crate::respond::Response;

pub(crate) use customised::customise;

use GatewayResponseType as Kind;

const ERROR_TYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");

/// An answer of the gateway.
pub(crate) struct GatewayResponse {
    /// `$context.error.responseType`
    pub(crate) kind: GatewayResponseType,
    /// `$context.error.message`
    pub(crate) message: Option<String>,
    /// `$context.error.validationErrorString`
    pub(crate) validation_errors: Option<String>,
    pub(crate) response: Response,
}

impl GatewayResponse {
    /// What the log says of it.
    pub(crate) fn recorded(&self, failure: &Failure) -> RecordedError {
        RecordedError {
            response_type: self.kind.as_str(),
            message: first_line(self.message.as_deref().unwrap_or_default()).to_owned(),
            validation_errors: self.validation_errors.clone(),
            cause: failure.to_string(),
            is_of_connection: matches!(failure, Failure::Rejection(Rejection::Connection(_))),
        }
    }
}

/// One row of the table.
struct Row {
    status: StatusCode,
    kind: GatewayResponseType,
    error_type: &'static str,
    body: Body,
}

/// The three shapes of AWS's bodies, and one for a null message.
enum Body {
    /// `{"Message":"..."}`
    CapitalMessage(Cow<'static, str>),
    /// `{"message": "..."}`
    Executing(Cow<'static, str>),
    /// `{"message":null}`
    Null,
    /// `{"message":"..."}`
    Refused(String),
}

pub(crate) fn gateway_response(failure: &Failure) -> GatewayResponse {
    let row = match failure {
        Failure::Fault(fault) => fault_row(fault),
        Failure::Rejection(rejection) => rejection_row(rejection),
    };
    let quoted = |text: &str| serde_json::Value::from(text);
    let (body, message) = match row.body {
        Body::CapitalMessage(text) => {
            (format!("{{\"Message\":{}}}", quoted(&text)), Some(text.into_owned()))
        }
        Body::Executing(text) => {
            (format!("{{\"message\": {}}}", quoted(&text)), Some(text.into_owned()))
        }
        Body::Null => ("{\"message\":null}".to_owned(), None),
        Body::Refused(text) => (format!("{{\"message\":{}}}", quoted(&text)), Some(text)),
    };
    let validation_errors = match failure {
        Failure::Rejection(Rejection::InvalidBody(violations)) => Some(violations.clone()),
        Failure::Rejection(Rejection::MissingParameters(names)) => Some(missing_parameters(names)),
        Failure::Fault(_) | Failure::Rejection(_) => None,
    };
    let mut headers = HeaderMap::with_capacity(6);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(ERROR_TYPE, HeaderValue::from_static(row.error_type));
    GatewayResponse {
        kind: row.kind,
        message,
        validation_errors,
        response: Response { status: row.status, headers, body: Bytes::from(body) },
    }
}

impl Row {
    fn access_denied(text: impl Into<Cow<'static, str>>) -> Self {
        Self {
            status: StatusCode::FORBIDDEN,
            kind: Kind::AccessDenied,
            error_type: "AccessDeniedException",
            body: Body::CapitalMessage(text.into()),
        }
    }

    fn bad_request(kind: GatewayResponseType, text: Cow<'static, str>) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            kind,
            error_type: "BadRequestException",
            body: Body::Executing(text),
        }
    }

    fn forbidden(kind: GatewayResponseType) -> Self {
        Self::refused(StatusCode::FORBIDDEN, kind, "ForbiddenException", "Forbidden")
    }

    fn quota_exceeded() -> Self {
        let (status, kind) = (StatusCode::TOO_MANY_REQUESTS, Kind::QuotaExceeded);
        Self::refused(status, kind, "LimitExceededException", "Limit Exceeded")
    }

    fn throttled() -> Self {
        let (status, kind) = (StatusCode::TOO_MANY_REQUESTS, Kind::Throttled);
        Self::refused(status, kind, "TooManyRequestsException", "Too Many Requests")
    }

    fn unauthorized(text: &str) -> Self {
        let status = StatusCode::UNAUTHORIZED;
        Self::refused(status, Kind::Unauthorized, "UnauthorizedException", text)
    }

    fn refused(
        status: StatusCode,
        kind: GatewayResponseType,
        error_type: &'static str,
        text: &str,
    ) -> Self {
        Self { status, kind, error_type, body: Body::Refused(text.to_owned()) }
    }
}

fn rejection_row(rejection: &Rejection) -> Row {
    match rejection {
        Rejection::AccessDenied { explicit: true } => Row::access_denied(
            "User is not authorized to access this resource with an explicit deny in an identity-based policy",
        ),
        Rejection::AccessDenied { explicit: false } => {
            Row::access_denied("User is not authorized to access this resource")
        }
        Rejection::ActionDenied { message } => Row::access_denied(message.clone()),
        Rejection::BodyTooLarge | Rejection::HeadersTooLarge { .. } => Row::refused(
            StatusCode::PAYLOAD_TOO_LARGE,
            Kind::RequestTooLarge,
            "RequestEntityTooLargeException",
            "Request Too Long",
        ),
        Rejection::ClientGone | Rejection::Malformed(_) => Row::refused(
            StatusCode::BAD_REQUEST,
            Kind::Default4xx,
            "BadRequestException",
            "Bad Request",
        ),
        Rejection::IncompleteSignature(error) | Rejection::Signature(error) => signature_row(error),
        Rejection::InvalidApiKey(_) => Row::forbidden(Kind::InvalidApiKey),
        Rejection::InvalidJsonBody => {
            Row::bad_request(Kind::BadRequestBody, "Invalid JSON in request body".into())
        }
        Rejection::InvalidBody(_) => {
            Row::bad_request(Kind::BadRequestBody, "Invalid request body".into())
        }
        Rejection::MissingParameters(names) => {
            Row::bad_request(Kind::BadRequestParameters, missing_parameters(names).into())
        }
        Rejection::MissingAuthenticationToken => Row::refused(
            StatusCode::FORBIDDEN,
            Kind::MissingAuthenticationToken,
            "MissingAuthenticationTokenException",
            "Missing Authentication Token",
        ),
        Rejection::NoRoutingRule => Row::refused(
            StatusCode::NOT_FOUND,
            Kind::ResourceNotFound,
            "NotFoundException",
            "Not Found",
        ),
        Rejection::QuotaExceeded => Row::quota_exceeded(),
        Rejection::Throttled(_) => Row::throttled(),
        Rejection::InvalidToken(_) | Rejection::Unauthorized => Row::unauthorized("Unauthorized"),
        Rejection::TokenExpired => Row::unauthorized("The incoming token has expired"),
        Rejection::UnknownApi { api } => Row::refused(
            StatusCode::NOT_FOUND,
            Kind::ResourceNotFound,
            "NotFoundException",
            &format!("The API id '{api}' does not correspond to a deployed API Gateway API"),
        ),
        Rejection::Connection(_)
        | Rejection::DefaultEndpointDisabled
        | Rejection::EndpointMismatch
        | Rejection::UnknownBasePath
        | Rejection::UnknownDomain
        | Rejection::UnknownStage => Row::forbidden(Kind::Default4xx),
        Rejection::UnsupportedMediaType => Row {
            status: StatusCode::UNSUPPORTED_MEDIA_TYPE,
            ..Row::bad_request(Kind::UnsupportedMediaType, "Unsupported Media Type".into())
        },
        Rejection::UriTooLong => Row::refused(
            StatusCode::URI_TOO_LONG,
            Kind::Default4xx,
            "RequestURITooLongException",
            "Request URI too long",
        ),
    }
}

fn signature_row(error: &SignatureError) -> Row {
    let kind = match error.kind() {
        ErrorKind::ExpiredToken => Kind::ExpiredToken,
        ErrorKind::IncompleteSignature | ErrorKind::InvalidToken => Kind::Default4xx,
        ErrorKind::InvalidSignature => Kind::InvalidSignature,
        ErrorKind::MissingToken => Kind::MissingAuthenticationToken,
    };
    Row::refused(
        error.status(Protocol::RestJson),
        kind,
        error.error_type(Protocol::RestJson),
        &error.message(Protocol::RestJson),
    )
}

fn fault_row(fault: &Fault) -> Row {
    let executing = |status, kind, text: &'static str| Row {
        status,
        kind,
        error_type: "InternalServerErrorException",
        body: Body::Executing(text.into()),
    };
    let internal = |status, kind| executing(status, kind, "Internal server error");
    match fault {
        Fault::Authorizer(_) => Row {
            status: StatusCode::INTERNAL_SERVER_ERROR,
            kind: Kind::AuthorizerConfigurationError,
            error_type: "AuthorizerConfigurationException",
            body: Body::Null,
        },
        Fault::Configuration(_) | Fault::FunctionUnavailable(_) | Fault::Template(_) => {
            internal(StatusCode::INTERNAL_SERVER_ERROR, Kind::ApiConfigurationError)
        }
        Fault::Function(_) | Fault::MalformedProxyResponse(_) => {
            internal(StatusCode::BAD_GATEWAY, Kind::IntegrationFailure)
        }
        Fault::Network(_) => executing(
            StatusCode::GATEWAY_TIMEOUT,
            Kind::IntegrationFailure,
            "Network error communicating with endpoint",
        ),
        Fault::TimedOut => executing(
            StatusCode::GATEWAY_TIMEOUT,
            Kind::IntegrationTimeout,
            "Endpoint request timed out",
        ),
        Fault::Transform(_) => internal(StatusCode::INTERNAL_SERVER_ERROR, Kind::Default5xx),
    }
}
