//! Where a function may send HTTP requests.
//!
//! What a grant says, and nothing of how it is enforced: which addresses are public is decided
//! where the connection is made.

mod address_range;
mod host;
mod limits;

use std::fmt;

pub use address_range::{AddressRange, InvalidAddressRange};
pub use host::OutboundHost;
pub use limits::OutboundLimits;

/// A granted destination: scheme, host and port. `https://api.example.com`, `http://127.0.0.1:9000`,
/// `https://*.example.com:8443`. There is no path: a grant is for the whole server.
///
/// A host that is an IP address is granted with that address, whatever it is. A name is granted with
/// what public addresses it resolves to, and with those of `addresses`.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct OutboundDestination {
    scheme: OutboundScheme,
    host: GrantedHost,
    port: u16,
    addresses: Vec<AddressRange>,
}

/// Whether the connection is encrypted.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum OutboundScheme {
    /// In clear text.
    Http,
    /// With TLS.
    Https,
}

#[derive(Clone, Debug, Eq, Hash, PartialEq)]
enum GrantedHost {
    One(OutboundHost),
    /// Names of one or more labels before this one.
    Below(String),
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
pub enum InvalidDestination {
    /// It has another form.
    #[error(
        "must be scheme://host or scheme://host:port with http or https and without a path, got \
         {0:?}; write for example https://api.example.com"
    )]
    Form(String),
    /// Its address is no server's.
    #[error(
        "must not be an unspecified, multicast or broadcast address, which is nobody's, got {0:?}; \
         write the address of the server"
    )]
    Nobody(String),
}

impl OutboundDestination {
    /// Reads one.
    pub fn parse(text: &str) -> Result<Self, InvalidDestination> {
        let shown = || text.chars().take(200).collect();
        let destination = Self::read(text).ok_or_else(|| InvalidDestination::Form(shown()))?;
        match destination.addresses.first() {
            Some(address) if address.is_nobodys() => Err(InvalidDestination::Nobody(shown())),
            _ => Ok(destination),
        }
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
        let has_bad_port = parsed.host().len() < concrete.len() && parsed.port_u16().is_none();
        if concrete.contains('@') || has_bad_port {
            return None;
        }
        let host = OutboundHost::parse(parsed.host())?;
        let addresses = match &host {
            OutboundHost::Address(address) => vec![AddressRange::from(*address)],
            OutboundHost::Name(_) => Vec::new(),
        };
        let host = match host {
            host if concrete.len() == authority.len() => GrantedHost::One(host),
            OutboundHost::Name(name) => GrantedHost::Below(name),
            OutboundHost::Address(_) => return None,
        };
        let port = parsed.port_u16().unwrap_or(scheme.default_port());
        Some(Self { scheme, host, port, addresses })
    }

    /// The same destination with addresses that its name may resolve to though they are not public.
    /// None if the host is an address: it is granted with itself.
    pub fn with_addresses(self, addresses: Vec<AddressRange>) -> Option<Self> {
        self.addresses.is_empty().then_some(Self { addresses, ..self })
    }

    /// Addresses that are not public and nevertheless granted.
    pub fn addresses(&self) -> &[AddressRange] {
        &self.addresses
    }

    /// Whether a request to this scheme, host and port is granted.
    pub fn allows(&self, scheme: OutboundScheme, host: &OutboundHost, port: u16) -> bool {
        let host_allowed = match (&self.host, host) {
            (GrantedHost::One(granted), host) => granted == host,
            (GrantedHost::Below(parent), OutboundHost::Name(name)) => name
                .strip_suffix(parent.as_str())
                .and_then(|labels| labels.strip_suffix('.'))
                .is_some_and(|labels| !labels.is_empty()),
            (GrantedHost::Below(_), OutboundHost::Address(_)) => false,
        };
        self.scheme == scheme && self.port == port && host_allowed
    }
}

impl fmt::Display for OutboundScheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Http => "http",
            Self::Https => "https",
        })
    }
}

impl fmt::Display for OutboundDestination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { scheme, host, port, .. } = self;
        match host {
            GrantedHost::One(host) => write!(f, "{scheme}://{host}:{port}"),
            GrantedHost::Below(parent) => write!(f, "{scheme}://*.{parent}:{port}"),
        }
    }
}

#[cfg(test)]
mod tests;
