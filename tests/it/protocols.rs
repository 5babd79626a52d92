//! HTTP/1.1, HTTP/2 and TLS; how a process ends, and how another takes its place.

use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use expect_test::expect;
use serde_json::json;

use crate::client::Connection;
use crate::components::{ECHO, SCRIPTED};
use crate::curl::curl;
use crate::document::{Document, function, http_proxy, integrated, mock};
use crate::gateway::{Folder, Gateway, end, request, wait_for_exit};
use crate::patience::{Stopwatch, wait_for};
use crate::ports;
use crate::upstream::{LARGE_BYTES, Upstream};

/// What `curl` says of an answer: protocol, status, body.
const SUMMARY: &str = "%{http_version} %{http_code} ";

fn document(upstream: &Upstream) -> Document {
    Document::new()
        .function("echo", ECHO)
        .function_with("slow", SCRIPTED, json!({ "timeout": 20, "keyValueNamespaces": ["counts"] }))
        .route("GET /mock", mock("mock"))
        .route("ANY /forward", http_proxy(&upstream.uri("/x")))
        .route("GET /close", http_proxy(&upstream.uri("/close")))
        .route("GET /large", http_proxy(&upstream.uri("/large")))
        .route("POST /function", function("echo"))
        .route("GET /slow", function("slow"))
}

/// Every kind of answer, over one protocol.
#[track_caller]
fn check_protocol(base: &str, flags: &[&str], version: &str) {
    let send = |path: &str, more: &[&str]| {
        let url = format!("{base}{path}");
        let line = ["--write-out", &format!("\n{SUMMARY}"), &url];
        let output = curl(&[flags, more, &line].concat());
        let (body, summary) = output.rsplit_once('\n').unwrap();
        format!("{summary}{body}")
    };
    assert_eq!(send("/mock", &[]), format!("{version} 200 mock"));
    assert_eq!(send("/forward", &["--data", "hello"]), format!("{version} 200 5"));
    assert_eq!(
        send("/nope", &[]),
        format!(r#"{version} 403 {{"message":"Missing Authentication Token"}}"#)
    );
    assert_eq!(
        send("/mock", &["--header", &format!("x-filler: {}", "x".repeat(11_000))]),
        format!(r#"{version} 413 {{"message":"Request Too Long"}}"#)
    );
    assert_eq!(
        send("/close", &[]),
        format!(r#"{version} 504 {{"message": "Network error communicating with endpoint"}}"#)
    );
    let head = send("/mock", &["--head"]);
    assert!(head.starts_with(&format!("{version} 403 HTTP/{version}")), "{head}");
    let url = format!("{base}/large");
    let size = ["--output", "/dev/null", "--write-out", "%{size_download}", &url];
    assert_eq!(curl(&[flags, &size].concat()), LARGE_BYTES.to_string());
    let answer = send("/function", &["--data", "hello"]);
    let (summary, event) = answer.split_at(format!("{version} 200 ").len());
    assert_eq!(summary, format!("{version} 200 "));
    let event: serde_json::Value = serde_json::from_str(event).unwrap();
    assert_eq!(event["body"], "hello");
    // As AWS says of every request, whatever the client speaks.
    assert_eq!(event["requestContext"]["protocol"], "HTTP/1.1");
    assert_eq!(event["requestContext"]["domainName"], "localhost");
    let scheme = base.split(':').next().unwrap();
    let headers = event["headers"].as_object().unwrap();
    let proto = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("x-forwarded-proto"));
    assert_eq!(proto.unwrap().1, scheme);
}

#[test]
fn clear_text_is_served_over_http_1_and_2() {
    let upstream = Upstream::start();
    let gateway = Gateway::start(&document(&upstream));
    let base = format!("http://localhost:{}", gateway.http);
    check_protocol(&base, &["--http1.1"], "1.1");
    check_protocol(&base, &["--http2-prior-knowledge"], "2");
    assert!(upstream.take().iter().all(|request| request.head.contains(" HTTP/1.1\r\n")));
}

#[test]
fn tls_is_served_over_http_1_and_2() {
    let upstream = Upstream::start();
    let folder = Folder::new(&document(&upstream));
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let certificate = folder.data_dir().join("certificate.pem");
    let key = folder.data_dir().join("key.pem");
    std::fs::write(&certificate, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let [certificate, key] = [certificate, key].map(|path| path.to_str().unwrap().to_owned());
    let https = ports::free();
    let address = format!("127.0.0.1:{https}");
    let arguments = ["--https", &address, "--tls-certificate", &certificate, "--tls-key", &key];
    let gateway = Gateway::start_with(folder, &arguments);
    wait_for("the TLS listener", || Connection::try_open(https).ok());
    let base = format!("https://localhost:{https}");
    let trust = ["--cacert", certificate.as_str()];
    check_protocol(&base, &[&trust[..], &["--http1.1"]].concat(), "1.1");
    check_protocol(&base, &[&trust[..], &["--http2"]].concat(), "2");
    check_protocol(&format!("http://localhost:{}", gateway.http), &["--http1.1"], "1.1");
    // Many at once over a few connections. (Of clear text, curl 7.88 makes a mess by itself.)
    let urls = format!("{base}/forward?[1-200]");
    let many = ["--parallel", "--parallel-max", "20", "--output", "/dev/null", "--http2", &urls];
    let answers = curl(&[&trust[..], &many, &["--write-out", "%{http_code}\n"]].concat());
    assert_eq!(answers, "200\n".repeat(200));
    // Clear text on the TLS port is no request, and breaks nothing.
    let mut connection = Connection::open(https);
    connection.write(request("GET /mock", &[], b""));
    assert!(!matches!(connection.try_read(false), Ok(Some(response)) if response.status == 200));
    check_protocol(&base, &[&trust[..], &["--http2"]].concat(), "2");
}

#[test]
fn head_is_answered_without_a_body_by_an_integration_that_is_called_with_get() {
    let upstream = Upstream::start();
    let get = |path: &str| {
        let called = json!({ "httpMethod": "GET", "timeoutInMillis": 20_000 });
        integrated(http_proxy(&upstream.uri(path)), called)
    };
    let document = Document::new()
        .route("ANY /large", get("/large"))
        .route("ANY /chunked", get("/chunked"))
        .route("ANY /bodiless", get("/bodiless"));
    let gateway = Gateway::start(&document);
    for flags in [&["--http1.1"][..], &["--http2-prior-knowledge"]] {
        for (path, status, length) in [
            ("large", 200, Some(LARGE_BYTES.to_string())),
            ("chunked", 200, None),
            ("bodiless", 204, None),
        ] {
            let url = format!("http://127.0.0.1:{}/{path}", gateway.http);
            let line = ["--head", "--write-out", "%{http_code} %{size_download}", &url];
            let answer = curl(&[flags, &line].concat()).to_lowercase();
            assert!(answer.ends_with(&format!("{status} 0")), "{flags:?} {path}: {answer}");
            let length = length.map(|length| format!("content-length: {length}"));
            let told = answer.lines().find(|line| line.starts_with("content-length"));
            assert_eq!(told, length.as_deref(), "{flags:?} {path}: {answer}");
        }
    }
    assert!(upstream.take().iter().all(|request| request.head.starts_with("GET ")));
}

#[test]
fn a_process_that_is_told_to_end_answers_what_is_in_flight_first() {
    let upstream = Upstream::start();
    let mut gateway = Gateway::start(&document(&upstream));
    let port = gateway.http;
    assert_eq!(gateway.get("/mock").brief(), "200 mock");
    let slow = gateway.send_beside("GET /slow?log=under-way&sleepMillis=1500");
    gateway.stderr.wait_for("under-way on stdout");
    let stopwatch = Stopwatch::start();
    gateway.signal("TERM");
    assert_eq!(slow.join().unwrap().brief(), "200 done");
    let status = gateway.wait_until_exit();
    assert_eq!(status.code(), Some(0));
    let taken = stopwatch.elapsed();
    assert!(taken < Duration::from_secs(6), "it took {taken:?} to end");
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err(), "somebody listens still");
}

#[test]
fn an_idle_process_ends_at_once_whatever_connections_are_open() {
    let upstream = Upstream::start();
    let mut gateway = Gateway::start(&document(&upstream));
    let mut idle = gateway.connect();
    idle.write(request("GET /mock", &[], b""));
    assert_eq!(idle.read().status, 200);
    let _silent = gateway.connect();
    let stopwatch = Stopwatch::start();
    gateway.signal("TERM");
    assert_eq!(gateway.wait_until_exit().code(), Some(0));
    let taken = stopwatch.elapsed();
    assert!(taken < Duration::from_secs(5), "it took {taken:?} to end");
    assert!(idle.is_closed());
}

#[test]
fn a_process_that_is_interrupted_ends_at_once() {
    let upstream = Upstream::start();
    let mut gateway = Gateway::start(&document(&upstream));
    let slow = gateway.connect();
    drop(slow.write_beside(request("GET /slow?log=under-way&sleepMillis=15000", &[], b"")));
    gateway.stderr.wait_for("under-way on stdout");
    let stopwatch = Stopwatch::start();
    gateway.signal("INT");
    gateway.wait_until_exit();
    let taken = stopwatch.elapsed();
    assert!(taken < Duration::from_secs(5), "it took {taken:?} to end");
}

/// Sends requests on new connections, one after the other, until it is told to stop.
fn keep_asking(port: u16, stop: &Arc<AtomicBool>) -> thread::JoinHandle<Result<usize, String>> {
    let stop = Arc::clone(stop);
    thread::spawn(move || {
        let mut answered = 0;
        while !stop.load(Ordering::Relaxed) {
            let mut connection = Connection::try_open(port)
                .map_err(|error| format!("connect, after {answered}: {error}"))?;
            connection.write(request("GET /mock", &[("Connection", "close")], b""));
            match connection.try_read(false) {
                Ok(Some(response)) if response.brief() == "200 mock" => answered += 1,
                other => return Err(format!("read, after {answered}: {other:?}")),
            }
        }
        Ok(answered)
    })
}

#[test]
fn a_new_process_takes_the_sockets_over_and_no_connection_is_refused() {
    let upstream = Upstream::start();
    let mut gateway = Gateway::start(&document(&upstream));
    let stop = Arc::new(AtomicBool::new(false));
    let clients = [(); 2].map(|()| keep_asking(gateway.http, &stop));
    let slow = gateway.send_beside("GET /slow?log=under-way&sleepMillis=3000");
    gateway.stderr.wait_for("under-way on stdout");
    let (mut successor, stderr) = gateway.spawn_successor();
    stderr.wait_for("serving");
    let socket = gateway.folder.data_dir().join("upgrade.sock");
    wait_for("the socket of the take-over", || socket.exists().then_some(()));
    gateway.signal("QUIT");
    let status = gateway.wait_until_exit();
    let port = gateway.http;
    let after = [(); 20].map(|()| {
        let mut connection = Connection::open(port);
        connection.write(request("GET /mock", &[], b""));
        connection.read().brief()
    });
    stop.store(true, Ordering::Relaxed);
    let asked = clients.map(|client| client.join().unwrap());
    let is_alive = successor.try_wait().unwrap().is_none();
    crate::gateway::signal(successor.id(), "TERM");
    let ended = wait_for_exit(&mut successor);
    end(&mut successor);
    assert_eq!(status.code(), Some(0), "the first process");
    assert_eq!(slow.join().unwrap().brief(), "200 done", "what was in flight");
    assert!(after.iter().all(|answer| answer == "200 mock"), "{after:?}");
    assert!(is_alive, "the second process ended:\n{}", stderr.text());
    assert_eq!(ended.code(), Some(0), "the second process:\n{}", stderr.text());
    for outcome in asked {
        let answered = outcome.unwrap();
        assert!(answered > 100, "only {answered} requests were sent meanwhile");
    }
}

#[test]
fn the_control_listener_says_that_the_node_is_well() {
    let upstream = Upstream::start();
    let gateway = Gateway::start(&document(&upstream));
    assert_eq!(gateway.control("/_edgeway/health").brief(), "200 ok\n");
    assert_eq!(gateway.control("/nope").status, 404);
    expect![[r#"403 {"message":"Missing Authentication Token"}"#]]
        .assert_eq(&gateway.get("/_edgeway/health").brief());
}
