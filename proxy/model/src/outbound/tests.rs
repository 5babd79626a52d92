use super::*;

#[track_caller]
fn check(grant: &str, scheme: OutboundScheme, host: &str, port: u16, expected: bool) {
    let destination = OutboundDestination::parse(grant).unwrap();
    let host = OutboundHost::parse(host).unwrap();
    assert_eq!(destination.allows(scheme, &host, port), expected, "{grant} -> {host}:{port}");
}

#[test]
fn a_grant_covers_its_scheme_host_and_port_alone() {
    use OutboundScheme::{Http, Https};
    check("https://api.example.com", Https, "api.example.com", 443, true);
    check("https://api.example.com/", Https, "API.example.com", 443, true);
    check("https://api.example.com.", Https, "api.example.com", 443, true);
    check("https://api.example.com", Https, "api.example.com.", 443, true);
    check("https://api.example.com", Http, "api.example.com", 443, false);
    check("https://api.example.com", Https, "api.example.com", 8443, false);
    check("https://api.example.com", Https, "evil-api.example.com", 443, false);
    check("http://127.0.0.1:9000", Http, "127.0.0.1", 9000, true);
    check("http://127.0.0.1:9000", Http, "[::ffff:127.0.0.1]", 9000, true);
    check("http://127.0.0.1:9000", Http, "localhost", 9000, false);
    check("http://[::1]:9000", Http, "[::1]", 9000, true);
    check("http://[::1]:9000", Http, "[0:0:0:0:0:0:0:1]", 9000, true);
}

#[test]
fn a_wildcard_stands_for_whole_labels() {
    use OutboundScheme::Https;
    check("https://*.example.com", Https, "a.example.com", 443, true);
    check("https://*.example.com", Https, "a.b.EXAMPLE.com", 443, true);
    check("https://*.example.com", Https, "example.com", 443, false);
    check("https://*.example.com", Https, "badexample.com", 443, false);
    check("https://*.example.com", Https, "192.0.2.1", 443, false);
}

#[test]
fn what_is_no_destination_is_refused() {
    for text in [
        "",
        "api.example.com",
        "ftp://a",
        "https://",
        "https://a/path",
        "https://u@a",
        "https://*",
        "https://a:99999",
        "https://a.*.com",
        "https://*.127.0.0.1",
        "http://2130706433",
        "http://127.1",
        "http://0.0.0.0:80",
        "http://[::]:80",
        "http://224.0.0.1",
        "http://255.255.255.255",
    ] {
        assert!(OutboundDestination::parse(text).is_err(), "{text}");
    }
}

#[test]
fn a_host_is_read_in_one_way_only() {
    let cases = [
        ("example.com", Some("example.com")),
        ("EXAMPLE.com.", Some("example.com")),
        ("_a.b-c.example", Some("_a.b-c.example")),
        ("127.0.0.1", Some("127.0.0.1")),
        ("127.0.0.1.", Some("127.0.0.1")),
        ("[::1]", Some("[::1]")),
        ("[::FFFF:10.0.0.1]", Some("10.0.0.1")),
        ("[::127.0.0.1]", Some("[::7f00:1]")),
        ("", None),
        (".", None),
        ("..", None),
        ("a..b", None),
        (".example.com", None),
        ("example.com..", None),
        ("0x7f.1", None),
        ("0X7F000001", None),
        ("2130706433", None),
        ("0177.0.0.1", None),
        ("127.1", None),
        ("127.0.0.0x1", None),
        ("1.2.3.4.5", None),
        ("256.0.0.1", None),
        ("[fe80::1%eth0]", None),
        ("[fe80::1%25eth0]", None),
        ("::1", None),
        ("[127.0.0.1]", None),
        ("münchen.example", None),
        ("a b", None),
        ("a@b", None),
    ];
    for (text, expected) in cases {
        let host = OutboundHost::parse(text).map(|host| host.to_string());
        assert_eq!(host.as_deref(), expected, "{text}");
    }
    let label = "a".repeat(64);
    assert_eq!(OutboundHost::parse(&label), None);
    assert!(OutboundHost::parse(&label[1..]).is_some());
    let long = format!("{}a", "abc.".repeat(63));
    assert!(OutboundHost::parse(&long).is_some());
    assert_eq!(OutboundHost::parse(&format!("b{long}")), None);
}

#[test]
fn a_range_is_an_address_or_in_cidr_notation() {
    let range = |text| AddressRange::parse(text).unwrap();
    let address = |text: &str| text.parse().unwrap();
    assert!(range("10.0.0.0/8").contains(address("10.255.0.1")));
    assert!(range("10.0.0.0/8").contains(address("::ffff:10.255.0.1")));
    assert!(!range("10.0.0.0/8").contains(address("11.0.0.0")));
    assert!(range("10.1.2.3/8").contains(address("10.0.0.0")));
    assert!(range("::1").contains(address("::1")));
    assert!(!range("::1").contains(address("::2")));
    assert_eq!(range("fd00::/8").to_string(), "fd00::/8");
    for text in ["", "10.0.0.0/33", "10/8", "localhost", "::ffff:10.0.0.0/104", "[::1]"] {
        assert!(AddressRange::parse(text).is_err(), "{text}");
    }
}

#[test]
fn addresses_belong_to_a_name() {
    let ranges = || vec![AddressRange::parse("10.0.0.0/8").unwrap()];
    let name = OutboundDestination::parse("https://internal.example").unwrap();
    assert_eq!(name.with_addresses(ranges()).unwrap().addresses(), ranges());
    let address = OutboundDestination::parse("https://10.0.0.1").unwrap();
    assert_eq!(address.addresses(), [AddressRange::parse("10.0.0.1").unwrap()]);
    assert_eq!(address.with_addresses(ranges()), None);
}
