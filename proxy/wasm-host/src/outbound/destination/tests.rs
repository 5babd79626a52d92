//! Which URIs the allow-list lets through.

use super::*;

#[track_caller]
fn check(granted: &[&str], uri: &str, expected: &str) {
    let destinations: Vec<_> =
        granted.iter().map(|text| OutboundDestination::parse(text).expect(text)).collect();
    let destination = Destination::of(&uri.parse().expect(uri));
    let granted = destination.and_then(|found| found.granted(&destinations).map(|_| found));
    let outcome = match granted {
        Ok(destination) => destination.to_string(),
        Err(failure) => format!("{:?}", failure.error),
    };
    assert_eq!(outcome, expected, "{uri}");
}

#[test]
fn scheme_host_and_port_all_count() {
    let granted = ["https://api.example.com", "http://[::1]:9000"];
    check(&granted, "https://api.example.com/pets", "https://api.example.com");
    check(&granted, "https://API.example.com.:443/", "https://api.example.com");
    check(&granted, "http://[::1]:9000/", "http://[::1]:9000");
    check(&granted, "http://api.example.com/", "HttpRequestDenied");
    check(&granted, "https://api.example.com:8443/", "HttpRequestDenied");
    check(&granted, "https://example.com/", "HttpRequestDenied");
    check(&granted, "http://[::2]:9000/", "HttpRequestDenied");
    check(&granted, "ftp://api.example.com/", "HttpProtocolError");
}

#[test]
fn what_could_be_read_in_two_ways_is_refused() {
    let granted = ["https://api.example.com", "https://127.0.0.1"];
    for uri in [
        "https://me@api.example.com/",
        "https://api.example.com@evil.example/",
        "https://@api.example.com/",
        "https://api.example.com:/",
        "https://api.example.com:0/",
        "https://127.1/",
        "https://0x7f.1/",
        "https://2130706433/",
        "https://[fe80::1%25eth0]/",
        "/pets",
    ] {
        let expected = if uri == "/pets" { "HttpProtocolError" } else { "HttpRequestUriInvalid" };
        check(&granted, uri, expected);
    }
}

#[test]
fn nothing_is_allowed_when_nothing_is_granted() {
    check(&[], "https://api.example.com/", "HttpRequestDenied");
}
