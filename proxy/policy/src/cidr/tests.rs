//! Tests of `cidr`.

use super::Cidr;

#[track_caller]
fn check(range: &str, address: &str, expected: bool) {
    let range = Cidr::parse(range).unwrap();
    assert_eq!(range.contains(address.parse().unwrap()), expected, "{range:?} {address}");
}

#[test]
fn range_contains_the_addresses_with_its_prefix() {
    check("203.0.113.0/24", "203.0.113.0", true);
    check("203.0.113.0/24", "203.0.113.255", true);
    check("203.0.113.0/24", "203.0.114.0", false);
    check("203.0.113.77/24", "203.0.113.1", true);
    check("203.0.113.7", "203.0.113.7", true);
    check("203.0.113.7", "203.0.113.6", false);
    check("0.0.0.0/0", "255.255.255.255", true);
    check("255.255.255.255/32", "255.255.255.255", true);
    check("2001:DB8:1234:5678::/64", "2001:db8:1234:5678:ffff::1", true);
    check("2001:DB8:1234:5678::/64", "2001:db8:1234:5679::1", false);
    check("::/0", "ffff::1", true);
    check("::1", "::1", true);
    check("::1", "::2", false);
}

#[test]
fn families_do_not_mix_but_mapped_addresses_are_ipv4() {
    check("0.0.0.0/0", "::1", false);
    check("::/0", "10.0.0.1", false);
    check("10.0.0.0/8", "::ffff:10.1.2.3", true);
    check("::ffff:10.0.0.0/104", "10.1.2.3", true);
    check("::ffff:10.0.0.0/104", "11.1.2.3", false);
    check("::ffff:10.0.0.1", "10.0.0.1", true);
}

#[test]
fn what_is_no_range_is_refused() {
    for text in [
        "",
        "/",
        "*",
        "10.0.0.0/",
        "10.0.0.0/33",
        "10.0.0.0/-1",
        "10.0.0.0/+8",
        "10.0.0.0/ 8",
        "10.0.0/8",
        "10.0.0.0.0",
        "10.0.0.*",
        "256.0.0.0",
        "::/129",
        "::/0000",
        "::1%eth0",
        "10.0.0.0/8/8",
        "${aws:SourceIp}",
        " 10.0.0.1",
    ] {
        assert!(Cidr::parse(text).is_err(), "{text}");
    }
}
