//! A folder that changes while it is served, and folders that cannot be served.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use serde_json::json;

use crate::components::{ECHO, MISBEHAVE, SCRIPTED, TYPED_AUTHORIZER};
use crate::document::{Document, function, mock};
use crate::gateway::{Folder, Gateway, request, run};
use crate::ports;

const SERVED: &str = "the change is served";
const REFUSED: &str = "the change is refused";

/// An error is its place and, on a line of its own, what is wrong there.
fn joined(log: &str) -> String {
    log.replace("\n  ", " ")
}

#[test]
fn a_changed_document_is_served_and_a_broken_one_is_not() {
    let document = Document::new().route("GET /old", mock("old"));
    let gateway = Gateway::start(&document);
    assert_eq!(gateway.get("/old").brief(), "200 old");
    gateway.folder.write_document(&Document::new().route("GET /new", mock("new")));
    gateway.stderr.wait_for(SERVED);
    assert_eq!(gateway.get("/new").brief(), "200 new");
    assert_eq!(gateway.get("/old").status, 403);
    assert_eq!(gateway.metric("edgeway_reloads_total"), 1.0);
    let broken = Document::new()
        .route("GET /new", function("nope"))
        .with("x-edgeway-stage", json!({ "name": "dev", "varables": {} }));
    gateway.folder.write_document(&broken);
    gateway.stderr.wait_for("errors in openapi.yaml");
    let log = joined(&gateway.stderr.text());
    for part in [
        REFUSED,
        "openapi.yaml: x-edgeway-stage.varables: ",
        "openapi.yaml: paths./new.get.x-amazon-apigateway-integration.uri: ",
        "2 errors in openapi.yaml",
    ] {
        assert!(log.contains(part), "no {part:?} in\n{log}");
    }
    assert_eq!(gateway.metric("edgeway_reloads_refused_total"), 1.0);
    assert_eq!(gateway.get("/new").brief(), "200 new", "what was there goes on");
    gateway.folder.write_document(&Document::new().route("GET /mended", mock("mended")));
    gateway.stderr.wait_for_count(SERVED, 2);
    assert_eq!(gateway.get("/mended").brief(), "200 mended");
    assert_eq!(gateway.metric("edgeway_reloads_total"), 2.0);
}

#[test]
fn a_file_that_is_written_in_place_or_replaced_is_seen() {
    let gateway = Gateway::start(&Document::new().route("GET /0", mock("0")));
    let path = gateway.folder.dir().join("openapi.yaml");
    for turn in 1..=4 {
        let text = Document::new().route(&format!("GET /{turn}"), mock("here")).text();
        if turn % 2 == 0 {
            fs::write(&path, text).unwrap();
        } else {
            fs::remove_file(&path).unwrap();
            fs::write(&path, text).unwrap();
        }
        gateway.stderr.wait_for_count(SERVED, turn);
        assert_eq!(gateway.get(&format!("/{turn}")).brief(), "200 here");
    }
}

#[test]
fn a_changed_component_is_served() {
    let document = Document::new().function("changes", ECHO).route("GET /", function("changes"));
    let gateway = Gateway::start(&document);
    assert!(gateway.get("/").header("x-calls").is_some());
    gateway.folder.write_component(ECHO.0, &MISBEHAVE.bytes());
    gateway.stderr.wait_for(SERVED);
    assert_eq!(gateway.get("/").brief(), "200 ok");
}

#[test]
fn a_component_that_is_not_what_it_should_be_is_refused_with_the_reason() {
    let document = Document::new().function("changes", ECHO).route("GET /", function("changes"));
    let gateway = Gateway::start(&document);
    let cases: [(Vec<u8>, &[&str]); 5] = [
        (
            TYPED_AUTHORIZER.bytes(),
            &["paths./.get.x-amazon-apigateway-integration.uri: must be a component that \
                 exports event-function or wasi:http, but function changes exports authorizer"],
        ),
        (
            SCRIPTED.bytes(),
            &["x-edgeway-functions.changes.component", "key-value", "keyValueNamespaces"],
        ),
        (b"no wasm".to_vec(), &["x-edgeway-functions.changes.component", "not WebAssembly"]),
        (b"\0asm\x01\0\0\0".to_vec(), &["core WebAssembly module", "wasm-tools component new"]),
        (b"\0asm\x0d\0\x01\0".to_vec(), &["it exports nothing"]),
    ];
    for (turn, (bytes, parts)) in cases.into_iter().enumerate() {
        let before = gateway.stderr.text().len();
        gateway.folder.write_component(ECHO.0, &bytes);
        gateway.stderr.wait_for_count("1 error in openapi.yaml", turn + 1);
        let log = joined(&gateway.stderr.text()[before..]);
        for part in parts {
            assert!(log.contains(part), "no {part:?} in\n{log}");
        }
        assert!(gateway.get("/").header("x-calls").is_some(), "the old one goes on serving");
    }
    fs::remove_file(gateway.folder.dir().join("components/echo.wasm")).unwrap();
    gateway.stderr.wait_for("cannot be read");
    assert!(gateway.get("/").header("x-calls").is_some(), "the old one goes on serving");
    gateway.folder.write_component(ECHO.0, &MISBEHAVE.bytes());
    gateway.stderr.wait_for(SERVED);
    assert_eq!(gateway.get("/").brief(), "200 ok");
}

#[test]
fn no_request_fails_while_the_folder_changes() {
    const TURNS: usize = 8;
    let settings = json!({ "timeout": 20, "keyValueNamespaces": ["counts"] });
    let version = |turn: usize| {
        Document::new()
            .function_with("slow", SCRIPTED, settings.clone())
            .function("echo", ECHO)
            .route("GET /mock", mock(&format!("version {turn}")))
            .route("GET /echo", function("echo"))
            .route("GET /slow", function("slow"))
    };
    let gateway = Gateway::start(&version(0));
    let slow = gateway.send_beside("GET /slow?log=under-way&sleepMillis=2000");
    gateway.stderr.wait_for("under-way on stdout");
    let stop = Arc::new(AtomicBool::new(false));
    let clients = ["GET /mock", "GET /echo"].map(|line| {
        let (stop, mut connection) = (Arc::clone(&stop), gateway.connect());
        thread::spawn(move || {
            let mut answered = 0;
            while !stop.load(Ordering::Relaxed) {
                connection.write(request(line, &[], b""));
                assert_eq!(connection.read().status, 200, "{line} after {answered}");
                answered += 1;
            }
            answered
        })
    });
    for turn in 1..=TURNS {
        gateway.folder.write_document(&version(turn));
        gateway.stderr.wait_for_count(SERVED, turn);
        assert_eq!(gateway.get("/mock").brief(), format!("200 version {turn}"));
    }
    stop.store(true, Ordering::Relaxed);
    for client in clients {
        assert!(client.join().unwrap() > TURNS);
    }
    assert_eq!(slow.join().unwrap().brief(), "200 done", "it ends on what it began with");
}

const FIVE_ERRORS: &str = r#"
openapi: 3.0.1
info: {title: Broken, version: "1"}
x-edgeway-functions:
  pets: {component: components/echo.wasm, memorySize: 0}
paths:
  /a:
    get:
      x-amazon-apigateway-integration: {type: http_proxy, httpMethod: GET, uri: "ftp://x/"}
  /b:
    get:
      x-amazon-apigateway-integration:
        {type: http_proxy, httpMethod: GET, uri: "http://x/", timeoutInMillis: 600000}
  /c:
    get:
      x-amazon-apigateway-integration: {type: aws_proxy, httpMethod: POST, uri: "arn:aws:lambda:us-east-1:000000000000:function:pest"}
  /d{x}:
    get:
      x-amazon-apigateway-integration: {type: mock}
"#;

#[test]
fn every_error_of_a_document_is_named_at_once_with_what_to_do() {
    let folder = Folder::of_text(FIVE_ERRORS);
    let (log, code) = run(&folder.dir(), &["--data-dir", folder.data_dir().to_str().unwrap()]);
    let log = joined(&log);
    assert_eq!(code, Some(1), "{log}");
    for part in [
        "openapi.yaml: x-edgeway-functions.pets.memorySize: must be 1-4096 (MB), got 0",
        "openapi.yaml: paths./a.get.x-amazon-apigateway-integration.uri: ",
        "openapi.yaml: paths./b.get.x-amazon-apigateway-integration.timeoutInMillis: \
         must be 50-300000, got 600000",
        "openapi.yaml: paths./c.get.x-amazon-apigateway-integration.uri: ",
        "\"pest\"",
        "pets",
        "openapi.yaml: paths./d{x}: ",
        "5 errors in openapi.yaml",
    ] {
        assert!(log.contains(part), "no {part:?} in\n{log}");
    }
}

/// Runs what cannot be served: what it says, and that it ends with exit code 1.
#[track_caller]
fn check_refused(folder: &Folder, arguments: &[&str], parts: &[&str]) {
    let (log, code) = run(&folder.dir(), arguments);
    let log = joined(&log);
    assert_eq!(code, Some(1), "{log}");
    for part in parts {
        assert!(log.contains(part), "no {part:?} in\n{log}");
    }
    assert!(!log.contains("panicked"), "{log}");
}

#[test]
fn a_start_that_cannot_be_says_why_and_ends() {
    let fine = Document::new().function("echo", ECHO).route("GET /", function("echo"));
    let folder = Folder::new(&fine);
    let data_dir = folder.data_dir();
    let data = ["--data-dir", data_dir.to_str().unwrap()];
    let free = format!("127.0.0.1:{}", ports::free());

    let gateway = Gateway::start(&Document::new().route("GET /", mock("")));
    let taken = format!("127.0.0.1:{}", gateway.http);
    let [http, control] = ["--http", "--control"];
    check_refused(
        &folder,
        &[&data[..], &[http, &taken, control, &free]].concat(),
        &[&format!("listen on {taken}"), "choose another address", "in use"],
    );
    check_refused(
        &folder,
        &[&data[..], &[http, &free, control, &taken]].concat(),
        &[&format!("listen on {taken}"), "in use"],
    );
    let tls = ["--https", &free, "--tls-certificate", "/nope.pem", "--tls-key", "/nope.key"];
    let other = format!("127.0.0.1:{}", ports::free());
    let third = format!("127.0.0.1:{}", ports::free());
    check_refused(
        &folder,
        &[&data[..], &[http, &other, control, &third], &tls].concat(),
        &["/nope.pem", "No such file"],
    );
    let [garbage, certificate, other_key] = ["garbage.pem", "certificate.pem", "other.pem"]
        .map(|name| data_dir.join(name).to_str().unwrap().to_owned());
    let make = || rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    fs::write(&garbage, "no certificate").unwrap();
    fs::write(&certificate, make().cert.pem()).unwrap();
    fs::write(&other_key, make().signing_key.serialize_pem()).unwrap();
    for (chain, key, part) in [
        (&garbage, &garbage, "both in PEM"),
        (&certificate, &certificate, "both in PEM"),
        (&certificate, &other_key, "with the key"),
    ] {
        let tls = ["--https", &free, "--tls-certificate", chain, "--tls-key", key];
        check_refused(
            &folder,
            &[&data[..], &[http, &other, control, &third], &tls].concat(),
            &[part, chain, key],
        );
    }

    fs::remove_file(folder.dir().join("components/echo.wasm")).unwrap();
    check_refused(
        &folder,
        &data,
        &["x-edgeway-functions.echo.component", "components/echo.wasm cannot be read", "1 error"],
    );
    fs::remove_file(folder.dir().join("openapi.yaml")).unwrap();
    check_refused(&folder, &data, &["has no document", "openapi.yaml", "swagger.json"]);
    fs::remove_dir_all(folder.dir()).unwrap();
    check_refused(&folder, &data, &["No such file or directory", folder.dir().to_str().unwrap()]);
}
