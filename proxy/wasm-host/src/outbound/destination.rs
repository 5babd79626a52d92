//! The server that a request is for, and whether the function may talk to it.

use std::fmt;

use http::Uri;
use model::{AddressRange, OutboundDestination, OutboundHost, OutboundScheme};
use wasmtime_wasi_http::Error;

use crate::outbound::failure::Failure;

/// Connections are shared by requests with the same one.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(crate) struct Destination {
    pub(crate) scheme: OutboundScheme,
    pub(crate) host: OutboundHost,
    pub(crate) port: u16,
}

impl Destination {
    /// Where a request with this URI goes, read as the allow-list is.
    pub(crate) fn of(uri: &Uri) -> Result<Self, Failure> {
        let scheme = match uri.scheme_str() {
            Some("http") => OutboundScheme::Http,
            Some("https") => OutboundScheme::Https,
            _ => return Err(Error::HttpProtocolError.into()),
        };
        let authority = uri.authority().map_or("", |authority| authority.as_str());
        let invalid = || {
            // What precedes the last @ may be a password.
            let shown = authority.rsplit('@').next().unwrap_or_default();
            let shown: String = shown.chars().take(100).collect();
            Failure::refused(
                Error::HttpRequestUriInvalid,
                format!("{shown:?} is not the name or the usual form of the address of a server"),
            )
        };
        // A URI that has user information is meant for a reader, not for a server.
        let parsed = uri.authority().filter(|_| !authority.contains('@')).ok_or_else(invalid)?;
        let host = OutboundHost::parse(parsed.host()).ok_or_else(invalid)?;
        // What follows the host is nothing, or a port.
        let has_bad_port = parsed.host().len() < authority.len() && parsed.port_u16().is_none();
        if has_bad_port || parsed.port_u16() == Some(0) {
            return Err(invalid());
        }
        Ok(Self { scheme, host, port: parsed.port_u16().unwrap_or(scheme.default_port()) })
    }

    /// The addresses that are granted with this destination beside public ones; an error if it is
    /// not granted at all.
    pub(crate) fn granted<'a>(
        &self,
        destinations: &'a [OutboundDestination],
    ) -> Result<Vec<AddressRange>, Failure> {
        let allows =
            |granted: &&'a OutboundDestination| granted.allows(self.scheme, &self.host, self.port);
        let mut matching = destinations.iter().filter(allows).peekable();
        if matching.peek().is_none() {
            return Err(Failure::refused(
                Error::HttpRequestDenied,
                format!("the function is not granted {self}; add it to its setting outbound"),
            ));
        }
        Ok(matching.flat_map(OutboundDestination::addresses).copied().collect())
    }

    /// As a URI has it: without the port that the scheme means.
    pub(crate) fn authority(&self) -> String {
        if self.port == self.scheme.default_port() {
            self.host.to_string()
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme, self.authority())
    }
}

#[cfg(test)]
mod tests;
