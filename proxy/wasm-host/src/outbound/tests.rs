//! Which URIs the allow-list lets through.

use model::OutboundDestination;

use super::Outbound;

#[track_caller]
fn check(granted: &[&str], uri: &str, expected: bool) {
    let destinations: Vec<_> =
        granted.iter().map(|text| OutboundDestination::parse(text).expect(text)).collect();
    let uri: http::Uri = uri.parse().expect(uri);
    assert_eq!(Outbound::new(&destinations).allows(&uri), expected, "{uri}");
}

#[test]
fn scheme_host_and_port_all_count() {
    let granted = ["https://api.example.com", "http://[::1]:9000"];
    check(&granted, "https://api.example.com/pets", true);
    check(&granted, "https://API.example.com:443/", true);
    check(&granted, "http://[::1]:9000/", true);
    check(&granted, "http://api.example.com/", false);
    check(&granted, "https://api.example.com:8443/", false);
    check(&granted, "https://example.com/", false);
    check(&granted, "http://[::2]:9000/", false);
}

#[test]
fn user_information_is_refused() {
    check(&["https://api.example.com"], "https://me@api.example.com/", false);
    check(&["https://api.example.com"], "https://api.example.com@evil.example/", false);
}

#[test]
fn uri_without_a_host_is_refused() {
    check(&["https://api.example.com"], "/pets", false);
}

#[test]
fn nothing_is_allowed_when_nothing_is_granted() {
    check(&[], "https://api.example.com/", false);
}
