//! An address or a range of addresses: `203.0.113.0/24`, `2001:db8::/32`, `198.51.100.7`.
//!
//! IAM User Guide, "IP address condition operators". Bits behind the prefix are ignored. An IPv4 address that a
//! dual-stack socket reports as `::ffff:203.0.113.5` is the IPv4 address, or it would slip past a Deny.

use std::net::IpAddr;

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Cidr {
    V4 { mask: u32, network: u32 },
    V6 { mask: u128, network: u128 },
}

/// A text that is no address and no range.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct InvalidCidr;

impl Cidr {
    pub(crate) fn parse(text: &str) -> Result<Self, InvalidCidr> {
        let (address, prefix) = match text.split_once('/') {
            None => (text, None),
            Some((address, prefix)) => (address, Some(parse_prefix(prefix)?)),
        };
        let address: IpAddr = address.parse().map_err(|_| InvalidCidr)?;
        match address {
            IpAddr::V4(address) => Self::v4(address.to_bits(), prefix.unwrap_or(32)),
            IpAddr::V6(address) => {
                let prefix = prefix.unwrap_or(128);
                match address.to_ipv4_mapped() {
                    Some(mapped) if 96 <= prefix => {
                        Self::v4(mapped.to_bits(), prefix.saturating_sub(96))
                    }
                    Some(_) | None => Self::v6(address.to_bits(), prefix),
                }
            }
        }
    }

    /// Whether `value` is an address of the range. A value that is no address is in no range.
    pub(crate) fn contains(&self, value: IpAddr) -> bool {
        match (self, value.to_canonical()) {
            (Self::V4 { mask, network }, IpAddr::V4(address)) => {
                address.to_bits() & mask == *network
            }
            (Self::V6 { mask, network }, IpAddr::V6(address)) => {
                address.to_bits() & mask == *network
            }
            (Self::V4 { .. }, IpAddr::V6(_)) | (Self::V6 { .. }, IpAddr::V4(_)) => false,
        }
    }

    fn v4(address: u32, prefix: u32) -> Result<Self, InvalidCidr> {
        let host_bits = 32_u32.checked_sub(prefix).ok_or(InvalidCidr)?;
        let mask = u32::MAX.checked_shl(host_bits).unwrap_or(0);
        Ok(Self::V4 { mask, network: address & mask })
    }

    fn v6(address: u128, prefix: u32) -> Result<Self, InvalidCidr> {
        let host_bits = 128_u32.checked_sub(prefix).ok_or(InvalidCidr)?;
        let mask = u128::MAX.checked_shl(host_bits).unwrap_or(0);
        Ok(Self::V6 { mask, network: address & mask })
    }
}

fn parse_prefix(text: &str) -> Result<u32, InvalidCidr> {
    if text.is_empty() || 3 < text.len() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(InvalidCidr);
    }
    text.parse().map_err(|_| InvalidCidr)
}

#[cfg(test)]
mod tests;
