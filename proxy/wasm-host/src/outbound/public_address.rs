//! Which IP addresses are public: the ones that a server on the internet can have.
//!
//! IPv4 is public unless it is in a table, IPv6 is not unless it is global unicast. The tables are
//! IANA's registries of special-purpose addresses (RFC 6890), with multicast and what is reserved.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A network and the number of its leading bits.
type V4 = (Ipv4Addr, u32);
type V6 = (Ipv6Addr, u32);

const V4_NOT_PUBLIC: [V4; 15] = [
    (Ipv4Addr::new(0, 0, 0, 0), 8),  // this host; Linux connects to itself
    (Ipv4Addr::new(10, 0, 0, 0), 8), // private
    (Ipv4Addr::new(100, 64, 0, 0), 10), // carrier-grade NAT
    (Ipv4Addr::new(127, 0, 0, 0), 8), // loopback
    (Ipv4Addr::new(169, 254, 0, 0), 16), // link-local, and clouds' metadata
    (Ipv4Addr::new(172, 16, 0, 0), 12), // private
    (Ipv4Addr::new(192, 0, 0, 0), 24), // protocol assignments
    (Ipv4Addr::new(192, 0, 2, 0), 24), // documentation
    (Ipv4Addr::new(192, 88, 99, 0), 24), // 6to4 relays
    (Ipv4Addr::new(192, 168, 0, 0), 16), // private
    (Ipv4Addr::new(198, 18, 0, 0), 15), // benchmarks
    (Ipv4Addr::new(198, 51, 100, 0), 24), // documentation
    (Ipv4Addr::new(203, 0, 113, 0), 24), // documentation
    (Ipv4Addr::new(224, 0, 0, 0), 4), // multicast
    (Ipv4Addr::new(240, 0, 0, 0), 4), // reserved, and broadcast
];

/// Global unicast: loopback, unspecified, IPv4-mapped and -compatible, link-local, unique local and
/// multicast are outside of it.
const V6_GLOBAL: V6 = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);

const V6_NOT_PUBLIC: [V6; 4] = [
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23), // Teredo, benchmarks, other assignments
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32), // documentation
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16), // 6to4: an IPv4 address inside
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20), // documentation
];

/// NAT64 (RFC 6052): how a network without IPv4 reaches an IPv4 address, which is the last 32 bits.
const V6_NAT64: V6 = (Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0), 96);

/// Whether it is not this machine's, its network's or nobody's.
pub(crate) fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) if is_in_v6(address, V6_NAT64) => {
            let [.., a, b, c, d] = address.octets();
            is_public_v4(Ipv4Addr::new(a, b, c, d))
        }
        IpAddr::V6(address) => {
            is_in_v6(address, V6_GLOBAL)
                && !V6_NOT_PUBLIC.iter().any(|network| is_in_v6(address, *network))
        }
    }
}

/// Whether no server has it, so that no grant means it: unspecified (which reaches the machine
/// itself), multicast and broadcast.
pub(crate) fn is_nobodys(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            address.octets()[0] == 0 || address.is_multicast() || address.is_broadcast()
        }
        IpAddr::V6(address) => address.is_unspecified() || address.is_multicast(),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let differing = |network: Ipv4Addr| address.to_bits() ^ network.to_bits();
    !V4_NOT_PUBLIC.iter().any(|(network, bits)| differing(*network).leading_zeros() >= *bits)
}

fn is_in_v6(address: Ipv6Addr, (network, bits): V6) -> bool {
    (address.to_bits() ^ network.to_bits()).leading_zeros() >= bits
}

#[cfg(test)]
mod tests;
