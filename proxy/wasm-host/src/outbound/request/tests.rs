use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use model::{OutboundHost, OutboundScheme};

use super::*;

fn request(method: &str, uri: &str, headers: &[(&'static str, &str)]) -> Request<WasiBody> {
    let body = Full::new(Bytes::from_static(b"hello")).map_err(|never| match never {});
    let mut request = Request::builder().method(method).uri(uri);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(body.boxed_unsync()).expect("a request")
}

/// The headers that are sent, or the error.
fn headers_of(request: Request<WasiBody>) -> String {
    match checked(request, 100, Arc::default()) {
        Ok(request) => format!("{:?}", request.headers()),
        Err(error) => format!("{error:?}"),
    }
}

#[test]
fn headers_of_the_connection_are_taken_out() {
    let hop_by_hop = [
        ("connection", "close, x-secret"),
        ("expect", "100-continue"),
        ("host", "evil.example"),
        ("http2-settings", "AAMAAABkAAQAAP__"),
        ("keep-alive", "timeout=5"),
        ("proxy-authorization", "Basic QQ=="),
        ("proxy-connection", "keep-alive"),
        ("te", "trailers"),
        ("transfer-encoding", "chunked"),
        ("upgrade", "websocket"),
        ("x-other", "1"),
    ];
    let request = request("POST", "http://a.example/", &hop_by_hop);
    assert_eq!(headers_of(request), r#"{"x-other": "1"}"#);
}

#[test]
fn a_length_is_one_number_within_the_limit() {
    let length = |values: &[&str]| {
        let headers: Vec<_> = values.iter().map(|value| ("content-length", *value)).collect();
        headers_of(request("POST", "http://a.example/", &headers))
    };
    assert_eq!(length(&["100"]), r#"{"content-length": "100"}"#);
    assert_eq!(length(&["101"]), "HttpRequestBodySize(Some(101))");
    for values in [&["5", "5"][..], &["5", "6"], &["+5"], &["5, 5"], &["-1"], &[""], &["0x5"]] {
        assert_eq!(length(values), "HttpProtocolError", "{values:?}");
    }
}

#[test]
fn method_target_and_head_are_bounded() {
    let uri = |bytes: usize| format!("http://a.example/{}", "a".repeat(bytes - 1));
    assert_eq!(headers_of(request("CONNECT", "a.example:443", &[])), "HttpRequestMethodInvalid");
    assert_eq!(headers_of(request(&"A".repeat(32), &uri(1), &[])), "{}");
    assert_eq!(headers_of(request(&"A".repeat(33), &uri(1), &[])), "HttpRequestMethodInvalid");
    assert_eq!(headers_of(request("GET", &uri(URI_BYTES_MAX), &[])), "{}");
    assert_eq!(headers_of(request("GET", &uri(URI_BYTES_MAX + 1), &[])), "HttpRequestUriTooLong");
    let many = vec![("x", "1"); HEADERS_MAX + 1];
    assert!(headers_of(request("GET", &uri(1), &many[1..])).starts_with('{'));
    assert_eq!(
        headers_of(request("GET", &uri(1), &many)),
        "HttpRequestHeaderSectionSize(Some(514))"
    );
    let large = "a".repeat(HEADER_BYTES_MAX);
    assert!(headers_of(request("GET", &uri(1), &[("x", &large[1..])])).starts_with('{'));
    assert!(headers_of(request("GET", &uri(1), &[("x", &large)])).starts_with("HttpRequestHeader"));
}

#[test]
fn the_host_is_where_the_request_goes() {
    let host = OutboundHost::parse("API.example.com.").expect("a host");
    let destination = Destination { scheme: OutboundScheme::Https, host, port: 8443 };
    let mut request = request("GET", "https://API.example.com.:8443?page=1", &[("host", "evil")]);
    shape_for_http1(&mut request, &destination).expect("a request");
    assert_eq!(*request.uri(), "/?page=1");
    assert_eq!(request.headers()["host"], "api.example.com:8443");
    shape_for_http2(&mut request, &destination).expect("a request");
    assert_eq!(*request.uri(), "https://api.example.com:8443/?page=1");
    assert_eq!(request.headers().get("host"), None);
}
