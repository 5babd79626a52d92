//! Where a function may send HTTP requests.

use std::fmt;

/// A granted destination: scheme, host and port. `https://api.example.com`, `http://127.0.0.1:9000`,
/// `https://*.example.com:8443`. There is no path: a grant is for the whole server.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct OutboundDestination {
    scheme: OutboundScheme,
    /// Lower case; `*.` in front stands for one or more labels.
    host: String,
    port: u16,
}

/// Whether the connection is encrypted.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum OutboundScheme {
    /// In clear text.
    Http,
    /// With TLS.
    Https,
}

impl OutboundScheme {
    /// 80 or 443.
    pub fn default_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

/// A text that is not a destination.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "must be scheme://host or scheme://host:port with http or https and without a path, got {0:?}; \
     write for example https://api.example.com"
)]
pub struct InvalidDestination(String);

impl OutboundDestination {
    /// Reads one.
    pub fn parse(text: &str) -> Result<Self, InvalidDestination> {
        Self::read(text).ok_or_else(|| InvalidDestination(text.chars().take(200).collect()))
    }

    fn read(text: &str) -> Option<Self> {
        let (scheme, rest) = match text.split_once("://")? {
            ("http", rest) => (OutboundScheme::Http, rest),
            ("https", rest) => (OutboundScheme::Https, rest),
            _ => return None,
        };
        let authority = rest.strip_suffix('/').unwrap_or(rest);
        let concrete = authority.strip_prefix("*.").unwrap_or(authority);
        let parsed: http::uri::Authority = concrete.parse().ok()?;
        let has_userinfo = concrete.contains('@');
        let has_bad_port = parsed.host().len() < concrete.len() && parsed.port_u16().is_none();
        if parsed.host().is_empty() || parsed.host().contains('*') || has_userinfo || has_bad_port {
            return None;
        }
        let wildcard = if authority.starts_with("*.") { "*." } else { "" };
        Some(Self {
            scheme,
            host: format!("{wildcard}{}", parsed.host().to_ascii_lowercase()),
            port: parsed.port_u16().unwrap_or(scheme.default_port()),
        })
    }

    /// Whether a request to this scheme, host and port is granted. Host names compare without case.
    pub fn allows(&self, scheme: OutboundScheme, host: &str, port: u16) -> bool {
        let host_allowed = match self.host.strip_prefix('*') {
            Some(suffix) => {
                let begin = host.len().checked_sub(suffix.len());
                begin.is_some_and(|begin| {
                    begin > 0
                        && host.get(begin..).is_some_and(|tail| tail.eq_ignore_ascii_case(suffix))
                })
            }
            None => self.host.eq_ignore_ascii_case(host),
        };
        self.scheme == scheme && self.port == port && host_allowed
    }
}

impl fmt::Display for OutboundDestination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = match self.scheme {
            OutboundScheme::Http => "http",
            OutboundScheme::Https => "https",
        };
        write!(f, "{scheme}://{}:{}", self.host, self.port)
    }
}

#[cfg(test)]
mod tests;
