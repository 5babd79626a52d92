//! The address of an HTTP integration: `https://example.com/pets/{id}`, compiled.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use http::uri::PathAndQuery;
use http::{HeaderValue, Uri};

/// An absolute `http` or `https` address with placeholders.
///
/// `{name}` is filled from `integration.request.path.name`, `${stageVariables.name}` from the
/// stage. Host and port may not have placeholders: the upstream is known when the API is deployed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct UriTemplate {
    target: Arc<UpstreamTarget>,
    host_header: HeaderValue,
    /// Path, and query if there is one: begins with a slash.
    path_and_query: Vec<UriPiece>,
    /// The same, if there is no placeholder in it.
    literal: Option<PathAndQuery>,
}

/// The server of an HTTP integration.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct UpstreamTarget {
    /// Whether TLS is used.
    pub scheme: Scheme,
    /// Name or address; IPv6 in brackets.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// The address, if the host is one: nothing is left to resolve.
    pub address: Option<SocketAddr>,
}

impl UpstreamTarget {
    /// Reads `http://host:port` or `https://host:port`; the scheme has a port of its own.
    pub fn parse(text: &str) -> Option<Self> {
        let (scheme, authority) = scheme(text)?;
        Self::of_authority(scheme, authority.strip_suffix('/').unwrap_or(authority))
    }

    fn of_authority(scheme: Scheme, authority: &str) -> Option<Self> {
        let parsed: http::uri::Authority = authority.parse().ok()?;
        let (host, port) = (parsed.host(), parsed.port_u16());
        let has_bad_port = host.len() < authority.len() && port.is_none();
        if host.is_empty() || authority.contains('@') || has_bad_port {
            return None;
        }
        let port = port.unwrap_or(match scheme {
            Scheme::Http => 80,
            Scheme::Https => 443,
        });
        let unbracketed = host.trim_start_matches('[').trim_end_matches(']');
        let address = unbracketed.parse::<IpAddr>().ok();
        Some(Self {
            scheme,
            host: host.to_owned(),
            port,
            address: address.map(|address| SocketAddr::new(address, port)),
        })
    }

    /// The host without the brackets of IPv6.
    pub fn unbracketed_host(&self) -> &str {
        self.host.trim_start_matches('[').trim_end_matches(']')
    }
}

/// How an upstream is reached.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Scheme {
    /// HTTP/1.1 in clear text.
    Http,
    /// HTTP/1.1 over TLS.
    Https,
}

/// A part of a path.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum UriPiece {
    /// Text as it is.
    Literal(String),
    /// `{name}`
    PathParameter(String),
    /// `${stageVariables.name}`
    StageVariable(String),
}

/// A text that is not the address of an upstream.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum InvalidUri {
    /// Braces that do not pair, or a placeholder without a name.
    #[error(
        "has a placeholder that is not {{name}} or ${{stageVariables.name}} in {0:?}; close the brace or name it"
    )]
    Placeholder(String),
    /// A placeholder before the path.
    #[error("must name its host and port in full, got {0:?}; placeholders are for path and query")]
    PlaceholderInHost(String),
    /// AWS allows 80, 443 and ports above 1024.
    #[error("must have port 80, 443 or one above 1024, got {0}")]
    Port(u16),
    /// Not an absolute address.
    #[error("must be http://host/path or https://host/path, got {0:?}")]
    Shape(String),
}

impl UriTemplate {
    /// Reads one.
    pub fn parse(text: &str) -> Result<Self, InvalidUri> {
        let shown = || text.chars().take(200).collect::<String>();
        let (scheme, rest) = scheme(text).ok_or_else(|| InvalidUri::Shape(shown()))?;
        let path_begin = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, path_and_query) = rest.split_at(path_begin);
        if authority.contains(['{', '}', '$']) {
            return Err(InvalidUri::PlaceholderInHost(shown()));
        }
        let target = UpstreamTarget::of_authority(scheme, authority);
        let target = target.ok_or_else(|| InvalidUri::Shape(shown()))?;
        let UpstreamTarget { ref host, port, .. } = target;
        if port <= 1024 && port != 80 && port != 443 {
            return Err(InvalidUri::Port(port));
        }
        let absolute = if path_and_query.starts_with('/') {
            path_and_query.to_owned()
        } else {
            format!("/{path_and_query}")
        };
        let pieces = pieces(&absolute).ok_or_else(|| InvalidUri::Placeholder(shown()))?;
        let literals = pieces.iter().map(|piece| match piece {
            UriPiece::Literal(text) => text.as_str(),
            UriPiece::PathParameter(_) | UriPiece::StageVariable(_) => "x",
        });
        if literals.collect::<String>().parse::<Uri>().is_err() {
            return Err(InvalidUri::Shape(shown()));
        }
        let literal = match pieces.as_slice() {
            [UriPiece::Literal(text)] => text.parse().ok(),
            _ => None,
        };
        let host_header = HeaderValue::try_from(host_header(scheme, host, port))
            .map_err(|_| InvalidUri::Shape(shown()))?;
        Ok(Self { target: Arc::new(target), host_header, path_and_query: pieces, literal })
    }

    /// The server.
    pub fn target(&self) -> &Arc<UpstreamTarget> {
        &self.target
    }

    /// Path and query, if there is no placeholder in them.
    pub fn literal(&self) -> Option<&PathAndQuery> {
        self.literal.as_ref()
    }

    /// What the `Host` header says: the port only if it is not the scheme's own.
    pub fn host_header(&self) -> &HeaderValue {
        &self.host_header
    }

    /// Path and query, in pieces.
    pub fn path_and_query(&self) -> &[UriPiece] {
        &self.path_and_query
    }

    /// The path parameters that must be mapped.
    pub fn path_parameters(&self) -> impl Iterator<Item = &str> {
        self.path_and_query.iter().filter_map(|piece| match piece {
            UriPiece::PathParameter(name) => Some(name.as_str()),
            UriPiece::Literal(_) | UriPiece::StageVariable(_) => None,
        })
    }
}

fn scheme(text: &str) -> Option<(Scheme, &str)> {
    match text.split_once("://")? {
        ("http", rest) => Some((Scheme::Http, rest)),
        ("https", rest) => Some((Scheme::Https, rest)),
        _ => None,
    }
}

fn host_header(scheme: Scheme, host: &str, port: u16) -> String {
    match (scheme, port) {
        (Scheme::Http, 80) | (Scheme::Https, 443) => host.to_owned(),
        _ => format!("{host}:{port}"),
    }
}

/// None if a brace is left open or a placeholder has no name.
fn pieces(text: &str) -> Option<Vec<UriPiece>> {
    const STAGE_VARIABLE: &str = "${stageVariables.";
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        let is_stage_variable =
            rest[..open].ends_with('$') && rest[open - 1..].starts_with(STAGE_VARIABLE);
        let literal_end = if is_stage_variable { open - 1 } else { open };
        let close = open + rest[open..].find('}')?;
        if literal_end > 0 {
            pieces.push(UriPiece::Literal(rest[..literal_end].to_owned()));
        }
        let inner = &rest[open + 1..close];
        pieces.push(match inner.strip_prefix("stageVariables.").filter(|_| is_stage_variable) {
            Some(name) => UriPiece::StageVariable(variable_name(name)?),
            None => {
                UriPiece::PathParameter(variable_name(inner.strip_suffix('+').unwrap_or(inner))?)
            }
        });
        rest = &rest[close + 1..];
    }
    if rest.contains('}') {
        return None;
    }
    if !rest.is_empty() {
        pieces.push(UriPiece::Literal(rest.to_owned()));
    }
    Some(pieces)
}

fn variable_name(name: &str) -> Option<String> {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._$-".contains(&byte);
    (!name.is_empty() && name.bytes().all(is_allowed)).then(|| name.to_owned())
}

#[cfg(test)]
mod tests;
