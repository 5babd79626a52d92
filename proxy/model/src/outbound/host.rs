//! The host of an outgoing request, read in one way only.
//!
//! `0x7f.1`, `2130706433` and `127.1` are addresses to the C library and names to a list of names:
//! what reads as a number and is not an IPv4 address in its usual form is not a host at all.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Longest name (RFC 1035, 2.3.4).
const NAME_BYTES_MAX: usize = 253;

/// Longest part of a name between dots (RFC 1035, 2.3.4).
const LABEL_BYTES_MAX: usize = 63;

/// A server, by its name or its address.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub enum OutboundHost {
    /// An IPv4-mapped IPv6 address is the IPv4 address.
    Address(IpAddr),
    /// In lower case, without a dot at the end.
    Name(String),
}

impl OutboundHost {
    /// Reads the host of a URI. None for what is no name and no address in its usual form, as an
    /// address with a zone or a number that only some resolvers take for an address.
    pub fn parse(text: &str) -> Option<Self> {
        if let Some(bracketed) = text.strip_prefix('[') {
            let address: Ipv6Addr = bracketed.strip_suffix(']')?.parse().ok()?;
            return Some(Self::Address(IpAddr::V6(address).to_canonical()));
        }
        let name = text.strip_suffix('.').unwrap_or(text);
        let labels = || name.split('.');
        if labels().next_back().is_some_and(is_number) {
            return Some(Self::Address(IpAddr::V4(name.parse::<Ipv4Addr>().ok()?)));
        }
        let is_name = name.len() <= NAME_BYTES_MAX && labels().all(is_label);
        is_name.then(|| Self::Name(name.to_ascii_lowercase()))
    }
}

/// As the C library and browsers read it: a name whose last label is a number is an address.
fn is_number(label: &str) -> bool {
    let is_hexadecimal = label.strip_prefix("0x").or(label.strip_prefix("0X"));
    let decimal = !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_digit());
    decimal || is_hexadecimal.is_some_and(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()))
}

fn is_label(label: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    (1..=LABEL_BYTES_MAX).contains(&label.len()) && label.bytes().all(is_allowed)
}

impl fmt::Display for OutboundHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(IpAddr::V4(address)) => write!(f, "{address}"),
            Self::Address(IpAddr::V6(address)) => write!(f, "[{address}]"),
            Self::Name(name) => f.write_str(name),
        }
    }
}
