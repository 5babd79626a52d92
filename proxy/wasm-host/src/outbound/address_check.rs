//! Which addresses a function may connect to.

use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr, UdpSocket};

use model::AddressRange;

use crate::outbound::public_address::{is_nobodys, is_public};

/// Whether to connect to this address: it is public or granted, and not a listener of the node's own
/// that is `forbidden` in any case.
pub(crate) fn is_allowed(
    address: SocketAddr,
    granted: &[AddressRange],
    forbidden: &[SocketAddr],
) -> bool {
    let ip = address.ip().to_canonical();
    let is_granted = || granted.iter().any(|range| range.contains(ip));
    !is_nobodys(ip)
        && (is_public(ip) || is_granted())
        && !is_forbidden(ip, address.port(), forbidden)
}

fn is_forbidden(ip: IpAddr, port: u16, forbidden: &[SocketAddr]) -> bool {
    forbidden.iter().any(|listener| {
        let listens_at = listener.ip().to_canonical();
        listener.port() == port && (listens_at == ip || listens_at.is_unspecified() && is_own(ip))
    })
}

/// Whether it is an address of this machine: one that a socket can be bound to. Whatever else keeps a
/// socket from being bound counts as one.
fn is_own(ip: IpAddr) -> bool {
    let bound = UdpSocket::bind(SocketAddr::new(ip, 0));
    !matches!(bound, Err(error) if error.kind() == ErrorKind::AddrNotAvailable)
}

#[cfg(test)]
mod tests;
