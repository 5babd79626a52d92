//! `wasi:http` components as functions: unmodified, streaming, and breaking in every way.

use std::thread;
use std::time::Duration;

use serde_json::json;

use crate::client::Connection;
use crate::components::{
    Component, HTTP_HANDLER, HTTP_INCOMING_HANDLER, TRANSFORM, TYPED_AUTHORIZER,
};
use crate::curl::{curl, curl_fails};
use crate::document::{Document, function, integrated, merged, mock, secured};
use crate::gateway::{Folder, Gateway, request, run};
use crate::patience::{Stopwatch, wait_for};

const BAD_GATEWAY: &str = r#"502 {"message": "Internal server error"}"#;
const TIMED_OUT: &str = r#"504 {"message": "Endpoint request timed out"}"#;
const TOO_LARGE: &str = r#"413 {"message":"Request Too Long"}"#;
const PROBE: &str = "GET /step HTTP/1.1\r\nHost: localhost\r\n\r\n";
const BODY_BYTES_MAX: usize = 10 * 1024 * 1024;

/// Both interfaces: what is tested holds for either.
const HANDLERS: [Component; 2] = [HTTP_INCOMING_HANDLER, HTTP_HANDLER];

fn document(handler: Component) -> Document {
    Document::new()
        .function_with("handler", handler, json!({ "timeout": 20 }))
        .function_with("hasty", handler, json!({ "timeout": 0.5 }))
        .route("ANY /h/{mode}", function("handler"))
        .route("ANY /hasty/{mode}", function("hasty"))
        .route(
            "ANY /bounded/{mode}",
            integrated(function("handler"), json!({ "timeoutInMillis": 200 })),
        )
        .route("GET /step", mock("in step"))
}

/// Sends one chunk of a body in chunks; an empty one is the last.
fn write_chunk(connection: &mut Connection, chunk: &str) {
    connection.write(format!("{:x}\r\n{chunk}\r\n", chunk.len()));
}

/// Reads one chunk of a body in chunks.
#[track_caller]
fn read_chunk(connection: &mut Connection) -> String {
    let size = usize::from_str_radix(&connection.read_line(), 16).unwrap();
    let chunk = connection.read_bytes(size);
    assert_eq!(connection.read_line(), "");
    String::from_utf8(chunk).unwrap()
}

/// Reads a head up to its empty line.
#[track_caller]
fn read_head(connection: &mut Connection) -> Vec<String> {
    std::iter::repeat_with(|| connection.read_line()).take_while(|line| !line.is_empty()).collect()
}

#[test]
fn a_handler_gets_the_request_and_its_response_reaches_the_client() {
    for handler in HANDLERS {
        let gateway = Gateway::start(&document(handler));
        let response = gateway.send("POST /h/head?a=1&a=%20", &[("X-A", "b")], "hello");
        assert_eq!(response.status, 200);
        assert_eq!(response.header("content-type"), Some("text/plain"));
        assert_eq!(response.header("x-one"), Some("1"));
        assert_eq!(response.header("transfer-encoding"), None, "it was there at once");
        assert!(response.header("x-amzn-requestid").is_some());
        assert!(response.header("x-amzn-trace-id").is_some());
        let text = response.text();
        let expected = "method Method::Post\nscheme Some(Scheme::Http)\n\
            authority Some(\"localhost\")\npath Some(\"/h/head?a=1&a=%20\")\n";
        assert!(text.starts_with(expected), "{text}");
        for line in ["x-a: b", "content-length: 5", "x-forwarded-for: 127.0.0.1"] {
            assert!(text.lines().any(|known| known == line), "{line} in {text}");
        }
        assert_eq!(gateway.send("POST /h/echo", &[], "hello").brief(), "200 hello");
        assert_eq!(gateway.get("/h/echo").brief(), "200 ");
        assert_eq!(gateway.get("/h/status?204").brief(), "204 ");
        assert_eq!(gateway.get("/h/status?404").brief(), "404 ");
        let line = &gateway.access_log(5)[0];
        assert_eq!(line["status"], 200);
        assert_eq!(line["integrationStatus"], 200);
        assert!(line["integrationLatency"].as_f64().unwrap() > 0.0);
    }
}

#[test]
fn bodies_stream_both_ways_at_once() {
    for handler in HANDLERS {
        let gateway = Gateway::start(&document(handler));
        let mut connection = gateway.connect();
        connection.write(request("POST /h/echo", &[("Transfer-Encoding", "chunked")], b""));
        write_chunk(&mut connection, "first");
        let head = read_head(&mut connection);
        assert_eq!(head[0], "HTTP/1.1 200 OK");
        assert!(head.iter().any(|line| line.eq_ignore_ascii_case("transfer-encoding: chunked")));
        assert_eq!(read_chunk(&mut connection), "first");
        for number in 0..50 {
            write_chunk(&mut connection, &format!("chunk {number}"));
            assert_eq!(read_chunk(&mut connection), format!("chunk {number}"));
        }
        write_chunk(&mut connection, "");
        assert_eq!(read_chunk(&mut connection), "");
        connection.write(PROBE);
        assert_eq!(connection.read().brief(), "200 in step", "on the same connection");
    }
}

#[test]
fn a_handler_that_answers_before_it_reads_gets_the_body_all_the_same() {
    for handler in HANDLERS {
        let gateway = Gateway::start(&document(handler));
        let mut connection = gateway.connect();
        connection.write(request("POST /h/early", &[("Content-Length", "8")], b""));
        assert_eq!(read_head(&mut connection)[0], "HTTP/1.1 200 OK");
        assert_eq!(read_chunk(&mut connection), "early");
        connection.write("a late b");
        assert_eq!(read_chunk(&mut connection), "8");
        assert_eq!(read_chunk(&mut connection), "");
        connection.write(PROBE);
        assert_eq!(connection.read().brief(), "200 in step", "on the same connection");
        let line = &gateway.access_log(1)[0];
        assert_eq!((&line["status"], &line["responseLength"]), (&json!(200), &json!(6)), "{line}");
        // One that leaves instead breaks nothing.
        let mut connection = gateway.connect();
        connection.write(request("POST /h/early", &[("Content-Length", "8")], b"half"));
        read_head(&mut connection);
        drop(connection);
        let line = &gateway.access_log(3)[2];
        assert!(line["error"]["cause"].as_str().unwrap().contains("client left"), "{line}");
        assert_eq!(gateway.get("/h/ok").brief(), "200 ok");
    }
}

#[test]
fn large_bodies_pass_both_ways_over_http_1_and_2() {
    for handler in HANDLERS {
        let gateway = Gateway::start(&document(handler));
        let body = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(body.path(), vec![b'x'; 5_000_000]).unwrap();
        let data = format!("@{}", body.path().display());
        for flags in [&["--http1.1"][..], &["--http2-prior-knowledge"]] {
            let url = format!("http://127.0.0.1:{}/h/echo", gateway.http);
            let line = ["--data-binary", &data, "--output", "/dev/null", "--write-out"];
            let size = curl(&[flags, &line, &["%{http_code} %{size_download}", &url]].concat());
            assert_eq!(size, "200 5000000", "{flags:?}");
        }
    }
}

#[test]
fn a_handler_that_breaks_before_its_head_costs_one_request() {
    for handler in HANDLERS {
        let mut gateway = Gateway::start(&document(handler));
        let modes = [
            ("trap", BAD_GATEWAY),
            ("exit", BAD_GATEWAY),
            ("error", BAD_GATEWAY),
            ("status?101", BAD_GATEWAY),
            ("status?0", "200 0 is none"),
            ("status?99", "200 99 is none"),
            ("status?1000", "200 1000 is none"),
            ("length?10,5", BAD_GATEWAY),
            ("length?10,10", "200 xxxxxxxxxx"),
            ("length?10485761,5", BAD_GATEWAY),
        ];
        for (mode, expected) in modes {
            let mut connection = gateway.connect();
            connection.write(request(&format!("GET /h/{mode}"), &[], b""));
            assert_eq!(connection.read().brief(), expected, "{mode}");
            connection.write(PROBE);
            assert_eq!(connection.read().brief(), "200 in step", "on the connection after {mode}");
            assert_eq!(gateway.get("/h/ok").brief(), "200 ok", "after {mode}");
            gateway.assert_alive();
        }
        for mode in ["loop", "sleep"] {
            let stopwatch = Stopwatch::start();
            assert_eq!(gateway.get(&format!("/hasty/{mode}")).brief(), BAD_GATEWAY, "{mode}");
            assert_eq!(gateway.get(&format!("/bounded/{mode}")).brief(), TIMED_OUT, "{mode}");
            assert!(stopwatch.elapsed() < Duration::from_secs(5), "{:?}", stopwatch.elapsed());
        }
    }
}

#[test]
fn what_the_older_interface_alone_can_break() {
    let mut gateway = Gateway::start(&document(HTTP_INCOMING_HANDLER));
    let modes = [
        ("no-response", BAD_GATEWAY),
        ("abandon", BAD_GATEWAY),
        ("leak", BAD_GATEWAY),
        ("trap-after", BAD_GATEWAY),
        ("length?10,20", BAD_GATEWAY),
        ("trap-later", "200 done"),
        ("ok", "200 ok"),
    ];
    for (mode, expected) in modes {
        assert_eq!(gateway.get(&format!("/h/{mode}")).brief(), expected, "{mode}");
        gateway.assert_alive();
    }
}

#[test]
fn headers_that_could_be_taken_for_others_reach_nobody() {
    for handler in HANDLERS {
        let mut gateway = Gateway::start(&document(handler));
        for (which, expected) in [
            ("cr", "InvalidSyntax"),
            ("lf", "InvalidSyntax"),
            ("nul", "InvalidSyntax"),
            ("name", "InvalidSyntax"),
            ("connection", "Forbidden"),
            ("transfer-encoding", "Forbidden"),
            ("upgrade", "Forbidden"),
            ("host", "Forbidden"),
        ] {
            let told = gateway.get(&format!("/h/header?{which}")).brief();
            assert_eq!(told, format!("200 Err(HeaderError::{expected})"), "{which}");
        }
        // Beyond the host's bound, a guest of 0.3 is told, and goes on with what it has; one of 0.2, which
        // cannot be told, is stopped.
        let many = gateway.get("/h/many-headers");
        let expected = if handler.0 == HTTP_HANDLER.0 { 200 } else { 502 };
        assert_eq!(many.status, expected);
        assert!(many.headers.len() < 2_000, "{}", many.headers.len());
        let mut connection = gateway.connect();
        connection.write(request("GET /h/trailers", &[], b""));
        let response = connection.read();
        assert_eq!(response.brief(), "200 done");
        assert_eq!(response.header("content-length"), Some("4"));
        assert_eq!(response.header("x-trailer"), None);
        connection.assert_in_step(&response, PROBE);
        gateway.assert_alive();
    }
}

#[test]
fn a_response_that_breaks_off_is_seen_to_be_cut() {
    for handler in HANDLERS {
        let mut gateway = Gateway::start(&document(handler));
        for path in [
            "/h/trap-midway",
            "/h/exit-midway",
            "/hasty/loop-midway",
            "/hasty/sleep-midway",
            "/hasty/drip",
        ] {
            let mut connection = gateway.connect();
            connection.write(request(&format!("GET {path}"), &[], b""));
            let head = read_head(&mut connection);
            assert_eq!(head[0], "HTTP/1.1 200 OK", "{path}");
            assert!(["half", "."].contains(&&*read_chunk(&mut connection)), "{path}");
            assert!(connection.is_closed(), "{path}: without the last chunk");
            let url = format!("http://127.0.0.1:{}{path}", gateway.http);
            let error = curl_fails(&["--http2-prior-knowledge", &url]);
            assert!(
                error.contains("INTERNAL_ERROR") || error.contains("CANCEL"),
                "{path}: {error}"
            );
            gateway.assert_alive();
            assert_eq!(gateway.get("/h/ok").brief(), "200 ok", "after {path}");
        }
        let line = &gateway.access_log(1)[0];
        assert_eq!(line["status"], 200);
        assert!(line["error"]["cause"].as_str().unwrap().contains("trapped"), "{line}");
    }
}

#[test]
fn responses_are_bounded_in_size_and_time() {
    for handler in HANDLERS {
        let mut gateway = Gateway::start(&document(handler));
        // A body of any size is cut at the limit, and one without end as well.
        for path in ["/h/sized?1073741824", "/h/endless"] {
            let mut connection = gateway.connect();
            connection.write(request(&format!("GET {path}"), &[], b""));
            assert_eq!(read_head(&mut connection)[0], "HTTP/1.1 200 OK");
            let mut bytes = 0;
            while let Ok(Some(chunk)) = connection.try_read_chunk() {
                bytes += chunk.len();
            }
            assert!(bytes <= BODY_BYTES_MAX, "{path}: {bytes}");
            gateway.assert_alive();
        }
        assert_eq!(gateway.get("/h/sized?10485760").body.len(), BODY_BYTES_MAX);
        let stopwatch = Stopwatch::start();
        let mut connection = gateway.connect();
        connection.write(request("GET /hasty/tick", &[], b""));
        read_head(&mut connection);
        while let Ok(Some(_)) = connection.try_read_chunk() {}
        let taken = stopwatch.elapsed();
        assert!(taken > Duration::from_millis(400) && taken < Duration::from_secs(5), "{taken:?}");
    }
}

#[test]
fn a_client_that_reads_nothing_holds_an_instance_no_longer_than_the_timeout() {
    for handler in HANDLERS {
        let gateway = Gateway::start(&document(handler));
        let connections: Vec<_> = (0..20)
            .map(|_| {
                let mut connection = gateway.connect();
                connection.write(request("GET /hasty/endless", &[], b""));
                connection
            })
            .collect();
        assert_eq!(gateway.get("/h/ok").brief(), "200 ok");
        gateway.access_log(21);
        drop(connections);
    }
}

#[test]
fn a_client_that_sends_slowly_takes_nothing_from_the_function() {
    let budget = json!({ "errors": 1, "seconds": 60, "quarantineSeconds": 60 });
    for handler in HANDLERS {
        let settings = json!({ "timeout": 0.3, "errorBudget": budget });
        let document = Document::new().function_with("budgeted", handler, settings).route(
            "POST /b/{mode}",
            integrated(function("budgeted"), json!({ "timeoutInMillis": 300 })),
        );
        let gateway = Gateway::start(&document);
        for call in 1..=3 {
            let mut connection = gateway.connect();
            connection.write(request("POST /b/late", &[("Transfer-Encoding", "chunked")], b""));
            for _ in 0..4 {
                // Nothing is waited for: this is how slow the client is.
                thread::park_timeout(Duration::from_millis(150));
                write_chunk(&mut connection, "part");
            }
            write_chunk(&mut connection, "");
            assert_eq!(connection.read().brief(), "200 16", "call {call}");
        }
        // A guest that does not wait for its client is bounded as ever.
        let mut connection = gateway.connect();
        let stopwatch = Stopwatch::start();
        connection.write(request("POST /b/ask-and-loop", &[("Content-Length", "5")], b"half"));
        assert!(connection.read().status >= 502);
        assert!(stopwatch.elapsed() < Duration::from_secs(5), "{:?}", stopwatch.elapsed());
        let metric = |name: &str, more: &str| {
            gateway.metric(&format!(r#"{name}{{function="budgeted",version="$LATEST"{more}}}"#))
        };
        assert_eq!(metric("aws_lambda_errors_total", r#",cause="timeout""#), 1.0);
        assert_eq!(metric("edgeway_function_quarantined", ""), 0.0);
    }
}

#[test]
fn request_bodies_are_bounded() {
    for handler in HANDLERS {
        let gateway = Gateway::start(&document(handler));
        let body = vec![b'x'; BODY_BYTES_MAX + 1];
        let mut connection = gateway.connect();
        let writer = connection.write_beside(request("POST /h/late", &[], &body));
        assert_eq!(connection.read().brief(), TOO_LARGE, "announced");
        writer.join().unwrap();
        let chunk = [b"a00001\r\n", &body[..], b"\r\n0\r\n\r\n"].concat();
        let chunked = [("Transfer-Encoding", "chunked")];
        let mut connection = gateway.connect();
        let writer = connection.write_beside(request("POST /h/late", &chunked, &chunk));
        assert_eq!(connection.read().brief(), TOO_LARGE, "in chunks");
        writer.join().unwrap();
        let response = gateway.send("POST /h/late", &[], &body[..BODY_BYTES_MAX]);
        assert_eq!(response.brief(), format!("200 {BODY_BYTES_MAX}"));
    }
}

#[test]
fn a_handler_that_writes_on_and_on_delays_nobody() {
    let gateway =
        Gateway::start_with(Folder::new(&document(HTTP_INCOMING_HANDLER)), &["--threads", "1"]);
    let mut busy = gateway.connect();
    busy.write(request("GET /h/loop-in-retries", &[], b""));
    assert_eq!(read_head(&mut busy)[0], "HTTP/1.1 200 OK", "before its time is over");
    for _ in 0..20 {
        let stopwatch = Stopwatch::start();
        assert_eq!(gateway.get("/step").brief(), "200 in step");
        assert!(stopwatch.elapsed() < Duration::from_secs(1), "{:?}", stopwatch.elapsed());
    }
    assert!(busy.try_read_chunk().unwrap().is_some(), "it is still at work");
    drop(busy);
    wait_for("the end of the call", || {
        let labels = r#"{function="handler",version="$LATEST",state="busy"}"#;
        let busy = gateway.metric(&format!("edgeway_function_instances{labels}"));
        (busy == 0.0).then_some(())
    });
}

#[test]
fn a_body_that_the_handler_does_not_want_is_no_obstacle() {
    for handler in HANDLERS {
        let gateway = Gateway::start(&document(handler));
        let mut connection = gateway.connect();
        let writer =
            connection.write_beside(request("POST /h/ok", &[], &vec![b'x'; 3 * 1024 * 1024]));
        let response = connection.read();
        assert_eq!(response.brief(), "200 ok");
        writer.join().unwrap();
        connection.assert_in_step(&response, PROBE);
    }
}

#[test]
fn a_client_that_waits_to_go_on_is_told_to() {
    for handler in HANDLERS {
        let gateway = Gateway::start(&document(handler));
        let mut connection = gateway.connect();
        let headers = [("Expect", "100-continue"), ("Content-Length", "5")];
        connection.write(request("POST /h/late", &headers, b""));
        assert_eq!(connection.read().status, 100);
        connection.write("hello");
        assert_eq!(connection.read().brief(), "200 5");
    }
}

#[test]
fn a_head_request_is_answered_without_a_body() {
    for handler in HANDLERS {
        let gateway = Gateway::start(&document(handler));
        for (path, length) in [("/h/length?10,10", Some("10")), ("/h/ok", None)] {
            let mut connection = gateway.connect();
            connection.write(request(&format!("HEAD {path}"), &[], b""));
            let response = connection.read_head();
            assert_eq!(response.status, 200, "{path}");
            assert_eq!(response.header("content-length"), length, "{path}");
            connection.write(PROBE);
            assert_eq!(connection.read().brief(), "200 in step", "after {path}");
        }
    }
}

#[test]
fn an_old_client_gets_a_response_that_it_can_tell_the_end_of() {
    for handler in HANDLERS {
        let gateway = Gateway::start(&document(handler));
        let mut connection = gateway.connect();
        connection.write("GET /h/sized?200000 HTTP/1.0\r\nHost: localhost\r\n\r\n");
        let response = connection.read();
        assert_eq!(response.header("content-length"), Some("200000"));
        assert_eq!(response.body.len(), 200_000);
    }
}

#[test]
fn a_handler_works_behind_an_authorizer_and_between_transforms() {
    for handler in HANDLERS {
        let plain = json!({
            "x-edgeway-request-transform": ["transform"],
            "x-edgeway-response-transform": ["transform"],
        });
        let environment = json!({ "MODE": "upper-case", "NEEDS": "body" });
        let document = document(handler)
            .function("authorizer", TYPED_AUTHORIZER)
            .authorizer("token", "authorizer", json!({ "type": "token" }))
            .function_with("transform", TRANSFORM, json!({ "environment": environment }))
            .route("POST /secured/{mode}", secured(function("handler"), "token"))
            .route("POST /between/{mode}", merged(function("handler"), plain));
        let gateway = Gateway::start(&document);
        let token = [("Authorization", "allow")];
        let text = gateway.send("POST /secured/head", &token, "").text().to_owned();
        let context = text.lines().find_map(|line| line.strip_prefix("x-amzn-request-context: "));
        let context: serde_json::Value = serde_json::from_str(context.unwrap()).unwrap();
        assert_eq!(context["authorizer"]["principalId"], "user-1");
        assert_eq!(gateway.send("POST /secured/head", &[], "").status, 401);
        assert_eq!(gateway.send("POST /between/echo", &[], "hello").brief(), "200 HELLO");
        assert_eq!(gateway.send("POST /between/trap-midway", &[], "").brief(), BAD_GATEWAY);
    }
}

#[test]
fn a_handler_is_nothing_but_an_integration() {
    let document = document(HTTP_HANDLER)
        .authorizer("token", "handler", json!({ "type": "token" }))
        .route("GET /secured", secured(mock("x"), "token"))
        .route("GET /x", merged(mock("x"), json!({ "x-edgeway-request-transform": ["handler"] })));
    let folder = Folder::new(&document);
    let (log, code) = run(&folder.dir(), &[]);
    assert_eq!(code, Some(1), "{log}");
    for kinds in ["authorizer or event-function", "request-transform"] {
        let expected = format!(
            "must be a component that exports {kinds}, but function handler exports wasi:http; \
             name another function"
        );
        assert!(log.contains(&expected), "{expected} in {log}");
    }
}
