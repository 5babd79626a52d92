//! Functions that break or run wild cost themselves, and nobody else.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use serde_json::json;

use crate::components::{ECHO, MISBEHAVE, MISBEHAVE_AUTHORIZER, TRANSFORM};
use crate::document::{Document, function, merged, mock, secured};
use crate::gateway::{Folder, Gateway, request};
use crate::patience::{Stopwatch, wait_for};

/// How late a guest may be stopped, on a machine that is busy with other tests.
const LATE: Duration = Duration::from_millis(700);

/// Asks for these in turn until it is told to stop: how long each answer took, sorted.
fn times(gateway: &Gateway, paths: &[&str], stop: &AtomicBool) -> Vec<Duration> {
    let mut connection = gateway.connect();
    let mut times = Vec::new();
    for path in paths.iter().cycle() {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let stopwatch = Stopwatch::start();
        connection.write(request(&format!("GET {path}"), &[], b""));
        assert_eq!(connection.read().status, 200);
        times.push(stopwatch.elapsed());
    }
    times.sort();
    times
}

#[test]
fn loops_on_every_core_do_not_stop_other_routes() {
    const LIMIT: Duration = Duration::from_secs(1);
    let document = Document::new()
        .function("echo", ECHO)
        .function_with("loops", MISBEHAVE, json!({ "timeout": 10, "cpuTime": 1 }))
        .route("GET /mock", mock("mock"))
        .route("GET /echo", function("echo"))
        .route("GET /loops/{mode}", function("loops"));
    let gateway = Gateway::start_with(Folder::new(&document), &["--threads", "2"]);
    gateway.get("/echo");
    let stop = Arc::new(AtomicBool::new(false));
    let times = thread::scope(|scope| {
        let others = scope.spawn(|| times(&gateway, &["/mock", "/echo"], &stop));
        let loops = [(); 2].map(|()| {
            let stopwatch = Stopwatch::start();
            let answer = gateway.send_beside("GET /loops/loop");
            scope.spawn(move || (answer.join().unwrap().status, stopwatch.elapsed()))
        });
        for answer in loops {
            let (status, took) = answer.join().unwrap();
            assert_eq!(status, 502);
            // Both take turns on one of the two threads: each has used up its own processor time.
            assert!(took >= LIMIT && took < 2 * LIMIT + LATE, "{took:?}");
        }
        stop.store(true, Ordering::Relaxed);
        others.join().unwrap()
    });
    let at = |part: usize| times[times.len() * part / 100];
    eprintln!("beside two loops: {} answers, median {:?}, p99 {:?}", times.len(), at(50), at(99));
    assert!(times.len() > 50, "{}", times.len());
    assert!(at(99) < Duration::from_millis(200), "{:?}", at(99));
    let labels = r#"{function="loops",version="$LATEST",cause="cpu_time"}"#;
    assert_eq!(gateway.metric(&format!("aws_lambda_errors_total{labels}")), 2.0);
}

/// What half of so many answers took at most.
fn median(gateway: &Gateway, path: &str) -> Duration {
    const ANSWERS: usize = 200;
    let mut connection = gateway.connect();
    let mut times = [(); ANSWERS].map(|()| {
        let stopwatch = Stopwatch::start();
        connection.write(request(&format!("GET {path}"), &[], b""));
        assert_eq!(connection.read().status, 200);
        stopwatch.elapsed()
    });
    times.sort();
    times[ANSWERS / 2]
}

/// Medians of rounds that alternate: the 99th of 100 answers is the machine's on two cores, which
/// gateway, client and other tests share. A guest that kept every thread busy would cost each answer
/// a millisecond, five times what it takes.
#[test]
fn loops_on_every_core_leave_a_thread_to_other_routes() {
    const ROUNDS: usize = 5;
    let document = Document::new()
        .function("echo", ECHO)
        .function_with("loops", MISBEHAVE, json!({ "timeout": 1 }))
        .route("GET /mock", mock("mock"))
        .route("GET /echo", function("echo"))
        .route("GET /loops/{mode}", function("loops"));
    let gateway = Gateway::start_with(Folder::new(&document), &["--threads", "2"]);
    for path in ["/mock", "/echo"] {
        gateway.get(path);
        let (mut quiet, mut beside) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            quiet.push(median(&gateway, path));
            let stop = AtomicBool::new(false);
            thread::scope(|scope| {
                for _ in 0..4 {
                    scope.spawn(|| {
                        while !stop.load(Ordering::Relaxed) {
                            gateway.get("/loops/loop");
                        }
                    });
                }
                let labels = r#"{function="loops",version="$LATEST",state="busy"}"#;
                wait_for("busy guests", || {
                    let busy = gateway.metric(&format!("edgeway_function_instances{labels}"));
                    (busy >= 4.0).then_some(())
                });
                beside.push(median(&gateway, path));
                stop.store(true, Ordering::Relaxed);
            });
        }
        quiet.sort();
        beside.sort();
        eprintln!("{path}: {quiet:?}, beside four loops {beside:?}");
        let (quiet, beside) = (quiet[ROUNDS / 2], beside[ROUNDS / 2]);
        assert!(beside < 2 * quiet + Duration::from_micros(300), "{quiet:?} and {beside:?}");
    }
}

#[test]
fn function_in_quarantine_answers_as_one_that_breaks() {
    let budget = json!({ "errorBudget": { "errors": 2 } });
    let document = Document::new()
        .function_with("breaks", MISBEHAVE, budget.clone())
        .function_with("guards", MISBEHAVE_AUTHORIZER, budget)
        .authorizer(
            "guard",
            "guards",
            json!({
                "type": "token",
                "identitySource": "method.request.header.Authorization",
                "authorizerResultTtlInSeconds": 0,
            }),
        )
        .route("GET /breaks/{mode}", function("breaks"))
        .route("GET /guarded", secured(mock("inside"), "guard"));
    let gateway = Gateway::start(&document);
    for mode in ["error", "error", "error", "trap", "trap", "trap", "ok"] {
        assert_eq!(
            gateway.get(&format!("/breaks/{mode}")).brief(),
            if mode == "ok" || mode == "trap" || mode == "error" {
                r#"502 {"message": "Internal server error"}"#
            } else {
                "200 ok"
            }
        );
    }
    let metric = |name: &str, function: &str| {
        gateway.metric(&format!(r#"{name}{{function="{function}",version="$LATEST"}}"#))
    };
    assert_eq!(metric("edgeway_function_quarantined", "breaks"), 1.0);
    assert_eq!(metric("edgeway_function_quarantine_refusals_total", "breaks"), 1.0);
    assert_eq!(metric("aws_lambda_invocations_total", "breaks"), 6.0);
    let asked = |token: &str| gateway.send("GET /guarded", &[("Authorization", token)], "").status;
    assert_eq!(asked("allow"), 200);
    for _ in 0..3 {
        assert_eq!(asked("trap"), 500);
    }
    assert_eq!(asked("allow"), 500, "nobody is let through");
    assert_eq!(metric("edgeway_function_quarantined", "guards"), 1.0);
    gateway.stderr.wait_for_count("is in quarantine", 2);
}

#[test]
fn transform_in_quarantine_fails_or_is_skipped_as_declared() {
    for (policy, expected) in [("fail", "500"), ("skip", "200")] {
        let settings = json!({
            "environment": { "MODE": "trap" },
            "errorBudget": { "errors": 1, "policy": policy },
        });
        let operation = merged(mock("here"), json!({ "x-edgeway-request-transform": "changes" }));
        let document =
            Document::new().function_with("changes", TRANSFORM, settings).route("GET /", operation);
        let gateway = Gateway::start(&document);
        let statuses: Vec<_> = (0..3).map(|_| gateway.get("/").status.to_string()).collect();
        assert_eq!(statuses, ["500", "500", expected], "{policy}");
    }
}

#[test]
fn function_that_is_no_transform_cannot_be_skipped() {
    let document = Document::new().function("echo", ECHO).route("GET /", function("echo"));
    let gateway = Gateway::start(&document);
    let skip = json!({ "errorBudget": { "errors": 1, "policy": "skip" } });
    let wrong = Document::new().function_with("echo", ECHO, skip).route("GET /", function("echo"));
    gateway.folder.write_document(&wrong);
    gateway.stderr.wait_for("x-edgeway-functions.echo.errorBudget.policy");
    assert_eq!(gateway.get("/").status, 200, "the old one goes on serving");
}
