//! Ranges of IP addresses, in CIDR notation.

use std::fmt;
use std::net::IpAddr;

use ipnet::IpNet;

/// `10.0.0.0/8`, `fd00::/8`, or one address.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct AddressRange(IpNet);

/// A text that is not a range.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "must be an IP address or a range in CIDR notation, IPv4 not within IPv6, got {0:?}; write for \
     example 10.0.0.0/8, 127.0.0.1 or fd00::/8"
)]
pub struct InvalidAddressRange(String);

impl AddressRange {
    /// Reads one.
    pub fn parse(text: &str) -> Result<Self, InvalidAddressRange> {
        let invalid = || InvalidAddressRange(text.chars().take(200).collect());
        let range = match text.parse::<IpAddr>() {
            Ok(address) => IpNet::from(address),
            Err(_) => text.parse::<IpNet>().map_err(|_| invalid())?.trunc(),
        };
        // Addresses are compared in their canonical form: such a range would contain none.
        if range.addr() != range.addr().to_canonical() {
            return Err(invalid());
        }
        Ok(Self(range))
    }

    /// Whether the address, in its canonical form, is one of the range.
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.contains(&address.to_canonical())
    }

    /// Whether it is one address that no server has.
    pub(crate) fn is_nobodys(&self) -> bool {
        let address = self.0.addr();
        let is_broadcast = matches!(address, IpAddr::V4(address) if address.is_broadcast());
        is_broadcast || address.is_unspecified() || address.is_multicast()
    }
}

impl From<IpAddr> for AddressRange {
    fn from(address: IpAddr) -> Self {
        Self(IpNet::from(address.to_canonical()))
    }
}

impl fmt::Display for AddressRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}
