//! Gateway responses: the gateway's own answers, byte for byte those of AWS. The only such table.
//!
//! Source: recorded answers of AWS. What is refused before a method runs has no space after the
//! colon, what goes wrong while it runs has one.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use sigv4::Protocol;

use crate::failure::{Failure, Fault, Rejection};
use crate::respond::Response;

const ERROR_TYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");

/// An answer of the gateway.
pub(crate) struct GatewayResponse {
    /// `$context.error.responseType`
    pub(crate) response_type: &'static str,
    /// `$context.error.message`
    pub(crate) message: String,
    pub(crate) response: Response,
}

/// One row of the table.
struct Row {
    status: StatusCode,
    response_type: &'static str,
    error_type: &'static str,
    body: Body,
}

/// The three shapes of AWS's bodies, and one for a null message.
enum Body {
    /// `{"Message":"..."}`
    CapitalMessage(&'static str),
    /// `{"message": "..."}`
    Executing(&'static str),
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
    let (body, message) = match row.body {
        Body::CapitalMessage(text) => (format!("{{\"Message\":\"{text}\"}}"), text.to_owned()),
        Body::Executing(text) => (format!("{{\"message\": \"{text}\"}}"), text.to_owned()),
        Body::Null => ("{\"message\":null}".to_owned(), String::new()),
        Body::Refused(text) => {
            let quoted = serde_json::Value::from(text.as_str());
            (format!("{{\"message\":{quoted}}}"), text)
        }
    };
    let mut headers = HeaderMap::with_capacity(6);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(ERROR_TYPE, HeaderValue::from_static(row.error_type));
    GatewayResponse {
        response_type: row.response_type,
        message,
        response: Response { status: row.status, headers, body: Bytes::from(body) },
    }
}

fn rejection_row(rejection: &Rejection) -> Row {
    let refused = |status, response_type, error_type, text: &str| Row {
        status,
        response_type,
        error_type,
        body: Body::Refused(text.to_owned()),
    };
    let forbidden =
        || refused(StatusCode::FORBIDDEN, "DEFAULT_4XX", "ForbiddenException", "Forbidden");
    let too_large = || {
        let status = StatusCode::PAYLOAD_TOO_LARGE;
        let error_type = "RequestEntityTooLargeException";
        refused(status, "REQUEST_TOO_LARGE", error_type, "Request Too Long")
    };
    match rejection {
        Rejection::AccessDenied { explicit } => Row {
            status: StatusCode::FORBIDDEN,
            response_type: "ACCESS_DENIED",
            error_type: "AccessDeniedException",
            body: Body::CapitalMessage(if *explicit {
                "User is not authorized to access this resource with an explicit deny in an identity-based policy"
            } else {
                "User is not authorized to access this resource"
            }),
        },
        Rejection::BodyTooLarge | Rejection::HeadersTooLarge { .. } => too_large(),
        Rejection::ClientGone | Rejection::Malformed(_) => {
            refused(StatusCode::BAD_REQUEST, "DEFAULT_4XX", "BadRequestException", "Bad Request")
        }
        Rejection::IncompleteSignature(error) => refused(
            error.status(Protocol::RestJson),
            "DEFAULT_4XX",
            error.error_type(Protocol::RestJson),
            &error.message(Protocol::RestJson),
        ),
        Rejection::InvalidJsonBody => Row {
            status: StatusCode::BAD_REQUEST,
            response_type: "BAD_REQUEST_BODY",
            error_type: "BadRequestException",
            body: Body::Executing("Invalid JSON in request body"),
        },
        Rejection::MissingAuthenticationToken => refused(
            StatusCode::FORBIDDEN,
            "MISSING_AUTHENTICATION_TOKEN",
            "MissingAuthenticationTokenException",
            "Missing Authentication Token",
        ),
        Rejection::Unauthorized => refused(
            StatusCode::UNAUTHORIZED,
            "UNAUTHORIZED",
            "UnauthorizedException",
            "Unauthorized",
        ),
        Rejection::UnknownApi { api } => refused(
            StatusCode::NOT_FOUND,
            "RESOURCE_NOT_FOUND",
            "NotFoundException",
            &format!("The API id '{api}' does not correspond to a deployed API Gateway API"),
        ),
        Rejection::DefaultEndpointDisabled
        | Rejection::UnknownBasePath
        | Rejection::UnknownDomain
        | Rejection::UnknownStage => forbidden(),
        Rejection::UnsupportedMediaType => Row {
            status: StatusCode::UNSUPPORTED_MEDIA_TYPE,
            response_type: "UNSUPPORTED_MEDIA_TYPE",
            error_type: "BadRequestException",
            body: Body::Executing("Unsupported Media Type"),
        },
        Rejection::UriTooLong => refused(
            StatusCode::URI_TOO_LONG,
            "DEFAULT_4XX",
            "RequestURITooLongException",
            "Request URI too long",
        ),
    }
}

fn fault_row(fault: &Fault) -> Row {
    let executing = |status, response_type, text| Row {
        status,
        response_type,
        error_type: "InternalServerErrorException",
        body: Body::Executing(text),
    };
    let internal =
        |status, response_type| executing(status, response_type, "Internal server error");
    match fault {
        Fault::Authorizer(_) => Row {
            status: StatusCode::INTERNAL_SERVER_ERROR,
            response_type: "AUTHORIZER_CONFIGURATION_ERROR",
            error_type: "AuthorizerConfigurationException",
            body: Body::Null,
        },
        Fault::Configuration(_) | Fault::FunctionUnavailable(_) | Fault::Template(_) => {
            internal(StatusCode::INTERNAL_SERVER_ERROR, "API_CONFIGURATION_ERROR")
        }
        Fault::Function(_) | Fault::MalformedProxyResponse(_) => {
            internal(StatusCode::BAD_GATEWAY, "INTEGRATION_FAILURE")
        }
        Fault::Network(_) => executing(
            StatusCode::GATEWAY_TIMEOUT,
            "INTEGRATION_FAILURE",
            "Network error communicating with endpoint",
        ),
        Fault::TimedOut => executing(
            StatusCode::GATEWAY_TIMEOUT,
            "INTEGRATION_TIMEOUT",
            "Endpoint request timed out",
        ),
        Fault::Transform(_) => internal(StatusCode::INTERNAL_SERVER_ERROR, "DEFAULT_5XX"),
    }
}
