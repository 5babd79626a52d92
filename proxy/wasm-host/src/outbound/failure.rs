//! Why an outgoing request failed: the error that the guest is told, and what to do about it.
//!
//! From the errors of tokio, rustls and hyper to those of `wasi:http`, in one place.

use std::error::Error as StdError;
use std::io::{self, ErrorKind};

use wasmtime_wasi_http::Error;

/// What a guest is told, and what its function's log says where the error alone does not tell.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) error: Error,
    pub(crate) explanation: Option<String>,
}

impl Failure {
    /// A request that is not allowed.
    pub(crate) fn refused(error: Error, explanation: impl Into<String>) -> Self {
        Self { error, explanation: Some(explanation.into()) }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self { error, explanation: None }
    }
}

/// A name that has no address, or whose resolver failed.
pub(crate) fn from_lookup(error: &io::Error) -> Error {
    match error.kind() {
        ErrorKind::TimedOut => Error::DnsTimeout,
        _ => Error::DnsError { rcode: None, info_code: None },
    }
}

/// A server that cannot be connected to.
pub(crate) fn from_connect(error: &io::Error) -> Error {
    match error.kind() {
        ErrorKind::ConnectionRefused => Error::ConnectionRefused,
        ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted => Error::ConnectionTerminated,
        ErrorKind::TimedOut => Error::ConnectionTimeout,
        ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable => {
            Error::DestinationIpUnroutable
        }
        _ => Error::DestinationUnavailable,
    }
}

/// A TLS handshake that failed.
pub(crate) fn from_tls(error: &io::Error) -> Error {
    let cause = error.get_ref().and_then(|cause| cause.downcast_ref::<rustls::Error>());
    match cause {
        Some(rustls::Error::InvalidCertificate(_) | rustls::Error::NoCertificatesPresented) => {
            Error::TlsCertificateError
        }
        Some(rustls::Error::AlertReceived(alert)) => Error::TlsAlertReceived {
            alert_id: Some(u8::from(*alert)),
            alert_message: Some(format!("{alert:?}")),
        },
        Some(_) => Error::TlsProtocolError,
        None => match error.kind() {
            ErrorKind::ConnectionReset | ErrorKind::UnexpectedEof => Error::ConnectionTerminated,
            _ => Error::TlsProtocolError,
        },
    }
}

/// A request that was sent, or was about to be, and whose response is not whole.
pub(crate) fn from_hyper(error: &hyper::Error) -> Error {
    if error.is_timeout() {
        return Error::HttpResponseTimeout;
    }
    if error.is_parse_too_large() {
        return Error::HttpResponseHeaderSectionSize(None);
    }
    let cause = error.source().and_then(|cause| cause.downcast_ref::<io::Error>());
    let is_cut = cause.is_some_and(|cause| cause.kind() == ErrorKind::UnexpectedEof);
    if error.is_incomplete_message() || is_cut {
        return Error::HttpResponseIncomplete;
    }
    if error.is_canceled() || error.is_closed() || cause.is_some() {
        return Error::ConnectionTerminated;
    }
    Error::HttpProtocolError
}
