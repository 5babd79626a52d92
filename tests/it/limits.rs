//! What is too large, and what is no HTTP that can be understood in one way only.

use std::io;

use serde_json::json;

use crate::client::Connection;
use crate::components::{ECHO, TYPED_AUTHORIZER};
use crate::document::{Document, function, http_proxy, integrated, mock, secured};
use crate::gateway::{Gateway, request};
use crate::upstream::{Received, Upstream};

const BODY_BYTES_MAX: usize = 10 * 1024 * 1024;
const HEADER_BYTES_MAX: usize = 10_240;
const TOO_LARGE: &str = r#"413 {"message":"Request Too Long"}"#;
const PROBE: &str = "GET /step HTTP/1.1\r\nHost: localhost\r\n\r\n";

fn gateway(upstream: &Upstream) -> Gateway {
    let mapping = json!({ "integration.request.path.proxy": "method.request.path.proxy" });
    let forwarded =
        integrated(http_proxy(&upstream.uri("/{proxy}")), json!({ "requestParameters": mapping }));
    let document = Document::new()
        .function_with("echo", ECHO, json!({ "memorySize": 512, "timeout": 20 }))
        .route("POST /mock", mock("mock"))
        .route("POST /function", function("echo"))
        .route("ANY /forward/{proxy+}", forwarded)
        .route("GET /step", mock("in step"));
    Gateway::start(&document)
}

enum Framing {
    Chunked,
    Sized,
}

/// A request with a body of so many bytes.
fn post(path: &str, framing: &Framing, bytes: usize) -> Vec<u8> {
    let body = vec![b'x'; bytes];
    match framing {
        Framing::Sized => request(&format!("POST {path}"), &[], &body),
        Framing::Chunked => {
            let chunks = body.chunks(1024 * 1024);
            let chunks = chunks.map(|chunk| {
                [format!("{:x}\r\n", chunk.len()).as_bytes(), chunk, b"\r\n"].concat()
            });
            let body = [chunks.collect::<Vec<_>>().concat(), b"0\r\n\r\n".to_vec()].concat();
            request(&format!("POST {path}"), &[("Transfer-Encoding", "chunked")], &body)
        }
    }
}

#[test]
fn a_body_of_ten_megabytes_passes_and_one_byte_more_is_refused() {
    let upstream = Upstream::start();
    let gateway = gateway(&upstream);
    for path in ["/forward/x", "/mock", "/nope"] {
        for framing in [Framing::Sized, Framing::Chunked] {
            for (bytes, is_accepted) in [(BODY_BYTES_MAX, true), (BODY_BYTES_MAX + 1, false)] {
                let mut connection = gateway.connect();
                let writer = connection.write_beside(post(path, &framing, bytes));
                let response = connection.read();
                let is_chunked = matches!(framing, Framing::Chunked);
                let expected = match (path, is_accepted) {
                    // Nobody reads its body, and nobody counts it.
                    ("/nope", _) if is_accepted || is_chunked => 403,
                    (_, false) => 413,
                    _ => 200,
                };
                assert_eq!(response.status, expected, "{path} {bytes} chunked: {is_chunked}");
                if expected == 413 {
                    assert_eq!(response.brief(), TOO_LARGE);
                    assert_eq!(
                        response.header("x-amzn-ErrorType"),
                        Some("RequestEntityTooLargeException")
                    );
                }
                writer.join().unwrap();
                connection.assert_in_step(&response, PROBE);
            }
        }
    }
    let received = upstream.take();
    assert!(received.iter().all(|request| request.body.len() == BODY_BYTES_MAX));
}

#[test]
fn a_function_gets_what_fits_its_event_and_the_rest_is_refused() {
    let upstream = Upstream::start();
    let gateway = gateway(&upstream);
    for framing in [Framing::Sized, Framing::Chunked] {
        // The echo's answer is larger than a function may return: it was reached.
        for (bytes, expected) in [(100_000, 200), (BODY_BYTES_MAX, 502), (BODY_BYTES_MAX + 1, 413)]
        {
            let mut connection = gateway.connect();
            let writer = connection.write_beside(post("/function", &framing, bytes));
            assert_eq!(connection.read().status, expected, "{bytes}");
            writer.join().unwrap();
        }
    }
}

/// A request whose headers take so many bytes: names, values, and four for each line.
fn with_headers_of(bytes: usize) -> Vec<u8> {
    let host = "host".len() + "localhost".len() + 4;
    let name = "x-filler";
    let value = "x".repeat(bytes - host - name.len() - 4);
    request("GET /step", &[(name, &value)], b"")
}

#[test]
fn headers_of_10240_bytes_pass_and_one_byte_more_is_refused() {
    let upstream = Upstream::start();
    let gateway = gateway(&upstream);
    for (bytes, expected) in
        [(HEADER_BYTES_MAX, "200 in step"), (HEADER_BYTES_MAX + 1, TOO_LARGE), (60_000, TOO_LARGE)]
    {
        let mut connection = gateway.connect();
        connection.write(with_headers_of(bytes));
        let response = connection.read();
        assert_eq!(response.brief(), expected, "{bytes}");
        connection.assert_in_step(&response, PROBE);
    }
}

#[test]
fn a_flood_of_headers_is_answered_or_cut_off() {
    let upstream = Upstream::start();
    let mut gateway = gateway(&upstream);
    let many = "a: b\r\n".repeat(1_000);
    let long = format!("a: {}\r\n", "x".repeat(4 * 1024 * 1024));
    for headers in [many, long] {
        let mut connection = gateway.connect();
        let bytes = format!("GET /step HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n");
        let writer = connection.write_beside(bytes.into_bytes());
        match connection.try_read(false) {
            Ok(Some(response)) => assert!((400..500).contains(&response.status), "{response:?}"),
            Ok(None) => {}
            Err(error) => assert_eq!(error.kind(), io::ErrorKind::ConnectionReset, "{error}"),
        }
        writer.join().unwrap();
        gateway.assert_alive();
        assert_eq!(gateway.get("/step").brief(), "200 in step");
    }
}

#[test]
fn a_target_beyond_its_limit_is_refused() {
    // Of what an authorizer is told; a target is bounded for everybody.
    const ARN_BYTES_MAX: usize = 1_600;
    const ARN_PREFIX: &str = "arn:aws:execute-api:us-east-1:000000000000:test/dev/GET/guarded/";
    const TARGET_BYTES_MAX: usize = 10_240;
    let upstream = Upstream::start();
    let settings =
        json!({ "type": "token", "identitySource": "method.request.header.Authorization" });
    let document = Document::new()
        .function("tokens", TYPED_AUTHORIZER)
        .authorizer("guard", "tokens", settings)
        .route("GET /guarded/{proxy+}", secured(http_proxy(&upstream.uri("/x")), "guard"))
        .route("GET /forward/{proxy+}", http_proxy(&upstream.uri("/x")))
        .route("GET /step", mock("in step"));
    let gateway = Gateway::start(&document);
    let refused = r#"414 {"message":"Request URI too long"}"#;
    for (prefix, bytes, expected) in [
        ("/guarded/", ARN_BYTES_MAX - ARN_PREFIX.len(), "200 0"),
        ("/guarded/", ARN_BYTES_MAX + 1 - ARN_PREFIX.len(), refused),
        ("/forward/", TARGET_BYTES_MAX - "/forward/".len(), "200 0"),
        ("/forward/", TARGET_BYTES_MAX + 1 - "/forward/".len(), refused),
        ("/forward/x?", TARGET_BYTES_MAX - "/forward/x".len(), "200 0"),
        ("/forward/x?", TARGET_BYTES_MAX + 1 - "/forward/x".len(), refused),
    ] {
        let mut connection = gateway.connect();
        let line = format!("GET {prefix}{}", "x".repeat(bytes));
        connection.write(request(&line, &[("Authorization", "allow")], b""));
        let response = connection.read();
        assert_eq!(response.brief(), expected, "{prefix} {bytes}");
        connection.assert_in_step(&response, PROBE);
    }
}

/// What a malformed request leads to.
#[derive(Clone, Copy, Debug)]
enum Outcome {
    /// It is refused, and whatever comes after it is not looked at: it may be its body.
    Closed,
    /// It is refused. Where it ends is clear, so that another request may follow.
    Refused,
    /// It is served, in the only way it can be understood.
    Served,
}

/// What comes after a request that is refused: forwarded only if that is clear.
const NEXT: &str = "GET /forward/next HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

const MALFORMED: &[(&str, Outcome)] = &[
    ("GET /forward/x HTTP/1.1\r\nHost: localhost\r\nHost: other\r\n\r\n", Outcome::Refused),
    ("GET /forward/x HTTP/1.1\r\n\r\n", Outcome::Refused),
    ("GET /forward/x HTTP/1.0\r\n\r\n", Outcome::Refused),
    ("GET http://localhost/forward/x HTTP/1.1\r\nHost: localhost\r\n\r\n", Outcome::Served),
    ("GET http://localhost/forward/x HTTP/1.1\r\nHost: other.example\r\n\r\n", Outcome::Refused),
    ("GET forward/x HTTP/1.1\r\nHost: localhost\r\n\r\n", Outcome::Refused),
    ("GET * HTTP/1.1\r\nHost: localhost\r\n\r\n", Outcome::Refused),
    ("OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n", Outcome::Refused),
    ("CONNECT localhost:80 HTTP/1.1\r\nHost: localhost\r\n\r\n", Outcome::Closed),
    ("G ET /forward/x HTTP/1.1\r\nHost: localhost\r\n\r\n", Outcome::Refused),
    ("G\u{1}T /forward/x HTTP/1.1\r\nHost: localhost\r\n\r\n", Outcome::Closed),
    // As AWS takes it: encoded, for the route and for the upstream.
    ("GET /forward/x y HTTP/1.1\r\nHost: localhost\r\n\r\n", Outcome::Served),
    ("GET /forward/../x HTTP/1.1\r\nHost: localhost\r\n\r\n", Outcome::Refused),
    ("GET /forward/%2e%2E/x HTTP/1.1\r\nHost: localhost\r\n\r\n", Outcome::Refused),
    ("GET /forward/a%2F..%2Fx HTTP/1.1\r\nHost: localhost\r\n\r\n", Outcome::Refused),
    ("GET /forward/a\\..\\x HTTP/1.1\r\nHost: localhost\r\n\r\n", Outcome::Refused),
    ("GET /forward/x HTTP/3.7\r\nHost: localhost\r\n\r\n", Outcome::Closed),
    ("GET /forward/x\r\n\r\n", Outcome::Closed),
    ("GET /forward/x HTTP/1.1\r\nHost: localhost\r\nX Y: 1\r\n\r\n", Outcome::Closed),
    ("GET /forward/x HTTP/1.1\r\nHost: localhost\r\nX-Y : 1\r\n\r\n", Outcome::Closed),
    ("GET /forward/x HTTP/1.1\r\nHost: localhost\r\nno colon\r\n\r\n", Outcome::Closed),
    ("GET /forward/x HTTP/1.1\r\nHost: localhost\r\nX: 1\r\n folded\r\n\r\n", Outcome::Closed),
    ("GET /forward/x HTTP/1.1\r\nHost: localhost\r\nX: a\0b\r\n\r\n", Outcome::Closed),
    ("GET /forward/x HTTP/1.1\nHost: localhost\n\n", Outcome::Served),
    (
        "POST /forward/x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\
             Content-Length: 6\r\n\r\nhello!",
        Outcome::Closed,
    ),
    (
        "POST /forward/x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5, 6\r\n\r\nhello!",
        Outcome::Closed,
    ),
    (
        "POST /forward/x HTTP/1.1\r\nHost: localhost\r\nContent-Length: +5\r\n\r\nhello",
        Outcome::Closed,
    ),
    (
        "POST /forward/x HTTP/1.1\r\nHost: localhost\r\nContent-Length: -5\r\n\r\nhello",
        Outcome::Closed,
    ),
    (
        "POST /forward/x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0x5\r\n\r\nhello",
        Outcome::Closed,
    ),
    (
        "POST /forward/x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\
             Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        Outcome::Served,
    ),
    (
        "POST /forward/x HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip\r\n\r\nhello",
        Outcome::Closed,
    ),
    (
        "POST /forward/x HTTP/1.1\r\nHost: localhost\r\n\
             Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        Outcome::Closed,
    ),
    (
        "POST /forward/x HTTP/1.0\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n\
             0\r\n\r\n",
        Outcome::Closed,
    ),
    (
        "POST /forward/x HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n\
             zz\r\nhello\r\n0\r\n\r\n",
        Outcome::Closed,
    ),
    (
        "POST /forward/x HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n\
             5\r\nhello!!\r\n0\r\n\r\n",
        Outcome::Closed,
    ),
    (
        "POST /forward/x HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n\
             fffffffffffffffff\r\nhello\r\n0\r\n\r\n",
        Outcome::Closed,
    ),
];

#[test]
fn what_can_be_understood_in_two_ways_is_not_forwarded() {
    let upstream = Upstream::start();
    let mut gateway = gateway(&upstream);
    let mut wrong = Vec::new();
    for (bytes, expected) in MALFORMED {
        let mut connection = gateway.connect();
        connection.write(format!("{bytes}{NEXT}"));
        let answers = answers(&mut connection);
        let received = upstream.take();
        let is_next = |received: &Received| received.head.starts_with("GET /next ");
        let first = answers.first().copied().unwrap_or(400);
        let is_fine = match expected {
            Outcome::Closed => (400..500).contains(&first) && received.is_empty(),
            Outcome::Refused => (400..500).contains(&first) && received.iter().all(is_next),
            Outcome::Served => first == 200 && !is_next(&received[0]),
        };
        if !is_fine {
            wrong.push(format!("{bytes:?}: answered {answers:?}, forwarded {received:#?}"));
        }
        gateway.assert_alive();
        assert_eq!(gateway.get("/step").brief(), "200 in step", "after {bytes:?}");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// The statuses of all answers until the connection ends.
fn answers(connection: &mut Connection) -> Vec<u16> {
    let mut statuses = Vec::new();
    while let Ok(Some(response)) = connection.try_read(false) {
        statuses.push(response.status);
    }
    statuses
}

#[test]
fn bytes_that_are_no_text_are_refused() {
    let upstream = Upstream::start();
    let mut gateway = gateway(&upstream);
    let cases: &[&[u8]] = &[
        b"GET /forward/\xff\xfe HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET /forward/x HTTP/1.1\r\nHost: \xff\xfe\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"\0\0\0\0\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
    ];
    for bytes in cases {
        let mut connection = gateway.connect();
        connection.write(bytes);
        connection.end_writing();
        let outcome = connection.try_read(false);
        if let Ok(Some(response)) = &outcome {
            assert!((400..500).contains(&response.status), "{bytes:?}: {response:?}");
        }
        assert_eq!(upstream.take().len(), 0, "{bytes:?}");
        gateway.assert_alive();
        assert_eq!(gateway.get("/step").brief(), "200 in step", "after {bytes:?}");
    }
}
