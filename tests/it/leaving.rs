//! Clients that leave: in every phase, the guest is stopped and its instance dropped.

use std::fs;
use std::thread;
use std::time::Duration;

use serde_json::json;

use crate::components::{
    ECHO, HTTP_HANDLER, HTTP_INCOMING_HANDLER, MISBEHAVE, MISBEHAVE_AUTHORIZER, TRANSFORM,
};
use crate::curl::curl_fails;
use crate::document::{Document, function, merged, mock, secured};
use crate::gateway::{Folder, Gateway, request};
use crate::patience::{Stopwatch, try_for, wait_for};
use crate::process::resident_kilobytes;

/// More than one function may have instances: were they kept, none would be left.
const LEAVERS: usize = 300;

fn document() -> Document {
    let patient = json!({ "timeout": 60 });
    let looping = json!({ "timeout": 60, "environment": { "MODE": "loop" } });
    let needy = json!({ "timeout": 60, "environment": { "MODE": "loop", "NEEDS": "body" } });
    let transformed = |kind: &str| merged(mock("x"), json!({ kind: ["transform"] }));
    Document::new()
        .function_with("breaks", MISBEHAVE, patient.clone())
        .function_with("authorizer", MISBEHAVE_AUTHORIZER, looping)
        .function_with("transform", TRANSFORM, needy)
        .function_with("p2", HTTP_INCOMING_HANDLER, patient.clone())
        .function_with("p3", HTTP_HANDLER, patient)
        .function("echo", ECHO)
        .authorizer("token", "authorizer", json!({ "type": "token" }))
        .route("ANY /breaks/{mode}", function("breaks"))
        .route("ANY /p2/{mode}", function("p2"))
        .route("ANY /p3/{mode}", function("p3"))
        .route("ANY /secured", secured(mock("x"), "token"))
        .route("ANY /request-transform", transformed("x-edgeway-request-transform"))
        .route("ANY /response-transform", transformed("x-edgeway-response-transform"))
        .route("POST /echo", function("echo"))
        .route("GET /step", mock("in step"))
}

/// Time for which the process ran, in ticks of 10 ms.
fn processor_ticks(pid: u32) -> u64 {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let fields: Vec<&str> = stat.rsplit(") ").next().unwrap().split(' ').collect();
    fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
}

fn threads(pid: u32) -> usize {
    fs::read_dir(format!("/proc/{pid}/task")).unwrap().count()
}

/// Waits until nothing runs: less than a tenth of a processor for a moment.
#[track_caller]
fn wait_until_idle(pid: u32) {
    wait_for("the end of every guest", || {
        let before = processor_ticks(pid);
        // Nothing is waited for: this is how long is looked.
        thread::park_timeout(Duration::from_millis(200));
        (processor_ticks(pid) - before <= 2).then_some(())
    });
}

/// A request that is never answered, sent up to where the guest works on it.
fn endless_requests() -> Vec<(&'static str, Vec<u8>)> {
    let mut requests = vec![
        ("an authorizer loops", request("GET /secured", &[("Authorization", "x")], b"")),
        ("a request transform loops", request("GET /request-transform", &[], b"")),
        ("a response transform loops", request("GET /response-transform", &[], b"")),
        ("the body is not complete", request("POST /echo", &[("Content-Length", "9")], b"half")),
        (
            "the authorizer loops and a body waits",
            request("POST /secured", &[("Authorization", "x")], b"a body"),
        ),
    ];
    for mode in ["loop", "sleep", "loop-in-host-calls"] {
        requests
            .push(("a function does not end", request(&format!("GET /breaks/{mode}"), &[], b"")));
    }
    for handler in ["p2", "p3"] {
        for mode in ["loop", "sleep", "loop-midway", "sleep-midway", "endless", "tick"] {
            let line = format!("GET /{handler}/{mode}");
            requests.push(("a handler does not end", request(&line, &[], b"")));
        }
        for mode in ["late", "echo"] {
            let line = format!("POST /{handler}/{mode}");
            let half = request(&line, &[("Content-Length", "9")], b"half");
            requests.push(("a handler reads", half));
        }
    }
    requests
}

#[test]
fn a_client_that_leaves_stops_what_works_for_it() {
    let mut gateway = Gateway::start_with(Folder::new(&document()), &["--threads", "1"]);
    for (phase, bytes) in endless_requests() {
        let shown = String::from_utf8_lossy(&bytes).lines().next().unwrap().to_owned();
        let mut connection = gateway.connect();
        connection.write(&bytes);
        // The guest has begun when the next request was answered, as there is one thread.
        assert_eq!(gateway.get("/step").brief(), "200 in step", "{shown}");
        drop(connection);
        wait_until_idle(gateway.pid());
        gateway.assert_alive();
        assert_eq!(gateway.get("/step").brief(), "200 in step", "{phase}: {shown}");
    }
}

#[test]
fn ten_thousand_clients_that_leave_leave_nothing_behind() {
    const FIRST: usize = 4_000;
    const ALL: usize = 10_000;
    const CLIENTS: usize = 4;
    // What is kept for the busiest moment is kept for good, so first there is one that is busier than
    // all that come, however loaded the machine is then.
    const CLIENTS_FIRST: usize = 32;
    let mut gateway = Gateway::start(&document());
    let requests = endless_requests();
    let leave = |count: usize, clients: usize| {
        let client = |first: usize| {
            for number in (first..count).step_by(clients) {
                let (_, bytes) = &requests[number % requests.len()];
                let mut connection = gateway.connect();
                connection.write(bytes);
                // At every moment: before the guest begins, while it does, and after.
                thread::park_timeout(Duration::from_millis(u64::try_from(number).unwrap() % 7));
            }
        };
        thread::scope(|scope| {
            for first in 0..clients {
                scope.spawn(move || client(first));
            }
        });
        wait_until_idle(gateway.pid());
        (threads(gateway.pid()), resident_kilobytes(gateway.pid()))
    };
    let (threads_before, memory_before) = leave(FIRST, CLIENTS_FIRST);
    let (threads_after, memory_after) = leave(ALL, CLIENTS);
    eprintln!("{memory_before} KiB, after {ALL} clients more {memory_after} KiB");
    assert!(threads_after <= threads_before, "{threads_before} threads, then {threads_after}");
    assert!(
        memory_after < memory_before + memory_before / 10,
        "{memory_before} KiB, then {memory_after} KiB"
    );
    for path in ["/breaks/ok", "/p2/ok", "/p3/ok"] {
        assert!(gateway.get(path).brief().starts_with("200 "), "{path}");
    }
    gateway.assert_alive();
}

#[test]
fn instances_of_clients_that_left_are_free_at_once() {
    let gateway = Gateway::start(&document());
    for path in ["/breaks/sleep", "/p2/sleep", "/p3/sleep", "/p3/sleep-midway"] {
        for _ in 0..LEAVERS {
            let mut connection = gateway.connect();
            connection.write(request(&format!("GET {path}"), &[], b""));
        }
        let stopwatch = Stopwatch::start();
        let ok = path.rsplit_once('/').unwrap().0.to_owned() + "/ok";
        assert!(gateway.get(&ok).brief().starts_with("200 "), "{ok}");
        assert!(stopwatch.elapsed() < Duration::from_secs(20), "{:?}", stopwatch.elapsed());
    }
}

#[test]
fn a_stream_that_is_reset_stops_its_guest() {
    let gateway = Gateway::start_with(Folder::new(&document()), &["--threads", "1"]);
    for path in ["/breaks/loop", "/secured", "/p2/loop-midway", "/p3/loop-midway", "/p3/tick"] {
        let url = format!("http://127.0.0.1:{}{path}", gateway.http);
        let flags = ["--http2-prior-knowledge", "--header", "Authorization: x", "--no-buffer"];
        let error = curl_fails(&[&flags[..], &["--max-time", "0.3", &url]].concat());
        assert!(error.contains("timed out"), "{path}: {error}");
        wait_until_idle(gateway.pid());
    }
}

#[test]
fn a_client_that_sends_its_next_request_has_not_left() {
    let gateway = Gateway::start(&document());
    for path in ["/p2/work-after", "/p3/work-after", "/breaks/ok"] {
        let mut connection = gateway.connect();
        let first = request(&format!("GET {path}"), &[], b"");
        let next = request("GET /step", &[], b"");
        connection.write([first, next.clone(), next].concat());
        assert_eq!(connection.read().status, 200, "{path}");
        assert_eq!(connection.read().brief(), "200 in step", "{path}");
        assert_eq!(connection.read().brief(), "200 in step", "{path}");
    }
    // The next request comes while the function waits.
    let mut connection = gateway.connect();
    connection.write(request("GET /p2/trap-later", &[], b""));
    connection.write("GET /st");
    assert_eq!(connection.read().brief(), "200 done");
    connection.write("ep HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assert_eq!(connection.read().brief(), "200 in step");
}

#[test]
fn a_client_that_closes_its_half_of_the_connection_has_left() {
    let gateway = Gateway::start(&document());
    let mut connection = gateway.connect();
    connection.write(request("GET /breaks/sleep", &[], b""));
    connection.end_writing();
    let closed = try_for(Duration::from_secs(10), || connection.is_closed().then_some(()));
    assert!(closed.is_some(), "the connection is still open");
    let line = &gateway.access_log(1)[0];
    assert_eq!(line["error"]["cause"], "the client left before it was answered");
    // What needs no waiting is answered all the same.
    let mut connection = gateway.connect();
    connection.write(request("GET /step", &[], b""));
    connection.end_writing();
    assert_eq!(connection.read().brief(), "200 in step");
}

#[test]
fn a_client_that_has_its_answer_may_leave() {
    let gateway = Gateway::start(&document());
    for handler in ["p2", "p3"] {
        let mut connection = gateway.connect();
        connection.write(request(&format!("GET /{handler}/work-after"), &[], b""));
        assert_eq!(connection.read().brief(), "200 done");
        drop(connection);
    }
    gateway.stderr.wait_for_count("worked after the response", 2);
}
