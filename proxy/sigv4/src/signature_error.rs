//! Why a signature is refused, in AWS's words: error type, status and message.
//!
//! `Display` prints the text of JSON services; [`SignatureError::message`] also knows where Query services word it
//! otherwise. Texts for which AWS has no equivalent are marked as ours.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::StatusCode;
use sha2::{Digest as _, Sha256};
use thiserror::Error;

use crate::protocol::Protocol;

const MISMATCH: &str = "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.";

/// `ExpiredToken` and `UnknownToken` are the caller's to answer, who knows the keys, as is what says so; all others come from here.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum SignatureError {
    #[error(
        "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header."
    )]
    Ambiguous,
    /// The caller's to answer, who routes: other targets that it reads otherwise are signed alike. Our own text.
    #[error(
        "The signature cannot be verified: the path must have no empty segments, and the query no semicolons that are not encoded."
    )]
    AmbiguousTarget,
    /// Our own text.
    #[error("'{name}' must not be given more than once.")]
    Duplicate { name: &'static str },
    #[error("Signature expired: {date} is now earlier than {earliest} ({now} - {lifetime})")]
    Expired { date: String, earliest: String, now: String, lifetime: String },
    /// The session of a temporary access key is over.
    #[error("The security token included in the request is expired")]
    ExpiredToken,
    #[error("{} must be a 'SignedHeader' in the AWS Authorization.", quoted(.name))]
    HeaderNotSigned { name: String },
    #[error(
        "{}(Hashed with SHA-256 and encoded with Base64) Authorization={header_hash}",
        sentences("Authorization header requires ", .missing)
    )]
    IncompleteHeader { missing: Vec<&'static str>, header_hash: String },
    #[error(
        "{}Re-examine the query-string parameters.",
        sentences("AWS query-string parameters must include ", &.missing.iter().map(|name| format!("'{name}'")).collect::<Vec<_>>())
    )]
    IncompleteQuery { missing: Vec<&'static str> },
    #[error(
        "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '{found}'"
    )]
    MalformedCredential { found: String },
    #[error(
        "Date must be in ISO-8601 'basic format'. Got '{found}'. See http://en.wikipedia.org/wiki/ISO_8601"
    )]
    MalformedDate { found: String },
    /// Our own text.
    #[error("X-Amz-Expires must be a number of seconds from 1 to 604800. Got '{found}'.")]
    MalformedExpires { found: String },
    /// Our own text.
    #[error("SignedHeaders must be names of headers, separated by semicolons. Got '{found}'.")]
    MalformedSignedHeaders { found: String },
    #[error(
        "{MISMATCH}\n\nThe Canonical String for this request should have been\n'{canonical_request}'\n\nThe String-to-Sign should have been\n'{string_to_sign}'\n"
    )]
    Mismatch { canonical_request: String, string_to_sign: String },
    /// The request is not signed.
    #[error("Missing Authentication Token")]
    MissingToken,
    #[error(
        "Authorization header must begin with the algorithm name, which cannot include an equal-sign"
    )]
    NoAlgorithm,
    #[error(
        "Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and encoded with Base64): '{header_hash}'."
    )]
    NoEqualSign { header_hash: String },
    #[error("Signature not yet current: {date} is still later than {latest} ({now} + {skew})")]
    NotYetCurrent { date: String, latest: String, now: String, skew: String },
    #[error("{mistakes}")]
    OutOfScope { mistakes: String },
    /// Our own text.
    #[error("The signature cannot be verified: {part} must not be more than {max}.")]
    TooLarge { part: &'static str, max: usize },
    /// The access key does not exist, or its session token is another.
    #[error("The security token included in the request is invalid.")]
    UnknownToken,
    #[error("Unsupported AWS 'algorithm': '{found}' (only AWS4-HMAC-SHA256 for now). ")]
    UnsupportedAlgorithm { found: String },
    /// Our own text.
    #[error(
        "The payload form '{found}' in X-Amz-Content-Sha256 is not supported: send the SHA-256 of the whole body in hexadecimal digits, or leave it out."
    )]
    UnsupportedPayload { found: String },
}

/// What AWS tells apart: one error type each, one status, and in API Gateway one gateway response.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ErrorKind {
    ExpiredToken,
    IncompleteSignature,
    InvalidSignature,
    InvalidToken,
    MissingToken,
}

impl SignatureError {
    /// What is said of an `Authorization` header that is no signature at all.
    pub fn no_equal_sign(header: &[u8]) -> Self {
        Self::NoEqualSign { header_hash: hash(header) }
    }

    /// `x-amzn-ErrorType` of JSON services, `Code` of Query services.
    pub fn error_type(&self, protocol: Protocol) -> &'static str {
        match (self.kind(), protocol) {
            (ErrorKind::ExpiredToken, Protocol::Query) => "ExpiredToken",
            (ErrorKind::ExpiredToken, Protocol::RestJson) => "ExpiredTokenException",
            (ErrorKind::IncompleteSignature, Protocol::Query) => "IncompleteSignature",
            (ErrorKind::IncompleteSignature, Protocol::RestJson) => "IncompleteSignatureException",
            (ErrorKind::InvalidSignature, Protocol::Query) => "SignatureDoesNotMatch",
            (ErrorKind::InvalidSignature, Protocol::RestJson) => "InvalidSignatureException",
            (ErrorKind::InvalidToken, Protocol::Query) => "InvalidClientTokenId",
            (ErrorKind::InvalidToken, Protocol::RestJson) => "UnrecognizedClientException",
            (ErrorKind::MissingToken, Protocol::Query) => "MissingAuthenticationToken",
            (ErrorKind::MissingToken, Protocol::RestJson) => "MissingAuthenticationTokenException",
        }
    }

    pub fn status(&self, protocol: Protocol) -> StatusCode {
        match (self.kind(), protocol) {
            (ErrorKind::IncompleteSignature, Protocol::Query) => StatusCode::BAD_REQUEST,
            (
                ErrorKind::ExpiredToken
                | ErrorKind::IncompleteSignature
                | ErrorKind::InvalidSignature
                | ErrorKind::InvalidToken
                | ErrorKind::MissingToken,
                Protocol::Query | Protocol::RestJson,
            ) => StatusCode::FORBIDDEN,
        }
    }

    pub fn message(&self, protocol: Protocol) -> String {
        match (self, protocol) {
            (Self::Mismatch { .. }, Protocol::Query) => MISMATCH.to_owned(),
            (Self::MissingToken, Protocol::Query) => {
                "Request is missing Authentication Token".to_owned()
            }
            (error, Protocol::Query | Protocol::RestJson) => error.to_string(),
        }
    }

    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::ExpiredToken => ErrorKind::ExpiredToken,
            Self::Duplicate { .. }
            | Self::IncompleteHeader { .. }
            | Self::IncompleteQuery { .. }
            | Self::MalformedCredential { .. }
            | Self::MalformedDate { .. }
            | Self::MalformedExpires { .. }
            | Self::MalformedSignedHeaders { .. }
            | Self::NoAlgorithm
            | Self::NoEqualSign { .. }
            | Self::TooLarge { .. }
            | Self::UnsupportedAlgorithm { .. } => ErrorKind::IncompleteSignature,
            Self::Ambiguous
            | Self::AmbiguousTarget
            | Self::Expired { .. }
            | Self::HeaderNotSigned { .. }
            | Self::Mismatch { .. }
            | Self::NotYetCurrent { .. }
            | Self::OutOfScope { .. }
            | Self::UnsupportedPayload { .. } => ErrorKind::InvalidSignature,
            Self::UnknownToken => ErrorKind::InvalidToken,
            Self::MissingToken => ErrorKind::MissingToken,
        }
    }
}

/// What AWS shows of a header instead of its text, which may be a secret sent to the wrong place.
pub(crate) fn hash(header: &[u8]) -> String {
    STANDARD.encode(Sha256::digest(header))
}

fn sentences(beginning: &str, ends: &[impl AsRef<str>]) -> String {
    ends.iter().map(|end| format!("{beginning}{}. ", end.as_ref())).collect()
}

fn quoted(name: &str) -> String {
    match name {
        "host" => "'Host' or ':authority'".to_owned(),
        name => format!("'{name}'"),
    }
}
