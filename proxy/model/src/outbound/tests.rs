use super::*;

#[track_caller]
fn check(grant: &str, scheme: OutboundScheme, host: &str, port: u16, expected: bool) {
    let destination = OutboundDestination::parse(grant).unwrap();
    assert_eq!(destination.allows(scheme, host, port), expected, "{grant} -> {host}:{port}");
}

#[test]
fn a_grant_covers_its_scheme_host_and_port_alone() {
    use OutboundScheme::{Http, Https};
    check("https://api.example.com", Https, "api.example.com", 443, true);
    check("https://api.example.com/", Https, "API.example.com", 443, true);
    check("https://api.example.com", Http, "api.example.com", 443, false);
    check("https://api.example.com", Https, "api.example.com", 8443, false);
    check("https://api.example.com", Https, "evil-api.example.com", 443, false);
    check("http://127.0.0.1:9000", Http, "127.0.0.1", 9000, true);
    check("http://[::1]:9000", Http, "[::1]", 9000, true);
}

#[test]
fn a_wildcard_stands_for_whole_labels() {
    use OutboundScheme::Https;
    check("https://*.example.com", Https, "a.example.com", 443, true);
    check("https://*.example.com", Https, "a.b.example.com", 443, true);
    check("https://*.example.com", Https, "example.com", 443, false);
    check("https://*.example.com", Https, ".example.com", 443, false);
    check("https://*.example.com", Https, "badexample.com", 443, false);
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
    ] {
        assert!(OutboundDestination::parse(text).is_err(), "{text}");
    }
}
