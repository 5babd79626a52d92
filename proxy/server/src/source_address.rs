//! Who a request is from, where it came through proxies that are trusted to say so.
//!
//! Each proxy adds the address that it was called from to `X-Forwarded-For`: of so many proxies, the
//! client is as many places from its end. What stands before that, anybody may have written.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use http::HeaderMap;

const FORWARDED_FOR: &str = "x-forwarded-for";

/// The client's address; that of the peer where no proxy is trusted or none added one. Where fewer did
/// than are trusted, the first that did knows the client; what is no address is `0.0.0.0`.
pub(crate) fn source_ip(peer: IpAddr, headers: &HeaderMap, trusted_hops: usize) -> IpAddr {
    if trusted_hops == 0 {
        return peer;
    }
    let values = headers.get_all(FORWARDED_FOR).into_iter();
    // Bytes: what a client wrote before does not hide what a proxy added.
    let entries = values.flat_map(|value| value.as_bytes().split(|byte| *byte == b','));
    let entries: Vec<&[u8]> = entries.map(<[u8]>::trim_ascii).collect();
    let Some(client) = entries.get(entries.len().saturating_sub(trusted_hops)) else {
        return peer;
    };
    // Not the proxy's own, which policies may trust.
    let text = std::str::from_utf8(client).ok();
    text.and_then(address).unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED))
}

/// With or without a port, as proxies write it.
fn address(text: &str) -> Option<IpAddr> {
    let inside = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    let ip = inside.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|it| it.ip()));
    ip.map(|ip: IpAddr| ip.to_canonical())
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    const PEER: &str = "10.0.0.9";

    #[track_caller]
    fn check(trusted_hops: usize, headers: &[&'static str], expected: &str) {
        let mut map = HeaderMap::new();
        for value in headers {
            map.append(FORWARDED_FOR, HeaderValue::from_static(value));
        }
        let found = source_ip(PEER.parse().unwrap(), &map, trusted_hops);
        assert_eq!(found.to_string(), expected, "{trusted_hops} {headers:?}");
    }

    #[test]
    fn nobody_is_believed_who_is_not_trusted() {
        check(0, &["198.51.100.1"], PEER);
        check(1, &["198.51.100.1, 203.0.113.7"], "203.0.113.7");
        check(1, &["198.51.100.1", "203.0.113.7"], "203.0.113.7");
        check(2, &["192.0.2.1, 203.0.113.7,10.0.0.1"], "203.0.113.7");
    }

    #[test]
    fn what_is_no_address_or_too_short_is_not_taken_for_the_proxy() {
        check(1, &[], PEER);
        check(2, &["203.0.113.7"], "203.0.113.7");
        check(1, &["203.0.113.7, unknown"], "0.0.0.0");
        check(1, &["203.0.113.7,"], "0.0.0.0");
    }

    #[test]
    fn bytes_that_are_no_text_hide_nothing() {
        let mut map = HeaderMap::new();
        let value = HeaderValue::from_bytes(b"\xff, 203.0.113.7").unwrap();
        map.append(FORWARDED_FOR, value);
        assert_eq!(source_ip(PEER.parse().unwrap(), &map, 1).to_string(), "203.0.113.7");
    }

    #[test]
    fn addresses_are_read_as_proxies_write_them() {
        check(1, &["203.0.113.7:4711"], "203.0.113.7");
        check(1, &["[2001:db8::1]:4711"], "2001:db8::1");
        check(1, &["[2001:db8::1]"], "2001:db8::1");
        check(1, &["2001:db8::1"], "2001:db8::1");
        check(1, &["::ffff:203.0.113.7"], "203.0.113.7");
    }
}
