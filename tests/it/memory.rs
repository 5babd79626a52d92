//! What guests took is given back: after traps without number, and after each way to break.
//!
//! Not for old versions (`swap`) nor for clients that leave (`leaving`).

use std::thread;

use serde_json::json;

use crate::components::{HTTP_HANDLER, HTTP_INCOMING_HANDLER, MISBEHAVE, MISBEHAVE_AUTHORIZER};
use crate::document::{Document, function, mock, secured};
use crate::gateway::{Gateway, request};
use crate::patience::wait_for;
use crate::process::resident_kilobytes;

/// Clients at once.
const CLIENTS: usize = 4;

/// A tenth more, as an allocator moves in steps.
fn bound(kilobytes: u64) -> u64 {
    kilobytes + kilobytes / 10
}

#[test]
fn a_hundred_thousand_traps_in_a_row_leave_nothing_behind() {
    const FIRST: usize = 4_000;
    const TRAPS: usize = 100_000;
    let document = Document::new()
        .function("breaks", MISBEHAVE)
        .route("GET /breaks/{mode}", function("breaks"));
    let mut gateway = Gateway::start(&document);
    let trap = |count: usize| {
        let client = || {
            let mut connection = gateway.connect();
            for mode in ["trap", "exit", "stack"].iter().cycle().take(count / CLIENTS) {
                connection.write(request(&format!("GET /breaks/{mode}"), &[], b""));
                assert_eq!(connection.read().status, 502);
            }
        };
        thread::scope(|scope| (0..CLIENTS).for_each(|_| drop(scope.spawn(client))));
        resident_kilobytes(gateway.pid())
    };
    let first = trap(FIRST);
    let last = trap(TRAPS - FIRST);
    eprintln!("after {FIRST} traps {first} KiB, after {TRAPS} traps {last} KiB");
    assert!(last <= bound(first), "it grew from {first} to {last} KiB");
    gateway.assert_alive();
    assert_eq!(gateway.get("/breaks/ok").brief(), "200 ok");
}

/// A request for each way to break, by itself or when its time is over.
fn hostile_requests() -> Vec<Vec<u8>> {
    const ENDLESS: [&str; 4] = ["loop", "loop-in-host-calls", "loop-in-waits", "sleep"];
    const BREAKING: [&str; 16] = [
        "error",
        "escape",
        "exit",
        "grow-until-refused",
        "huge",
        "large",
        "log-flood",
        "malformed",
        "memory",
        "not-json",
        "panic",
        "print-flood",
        "random-flood",
        "stack",
        "status",
        "trap",
    ];
    const OF_HANDLERS: [&str; 15] = [
        "drip",
        "endless",
        "error",
        "exit",
        "exit-midway",
        "loop",
        "loop-midway",
        "many-headers",
        "no-body",
        "sized?1073741824",
        "sleep",
        "sleep-midway",
        "tick",
        "trap",
        "trap-midway",
    ];
    const OF_THE_OLDER_HANDLER: [&str; 5] =
        ["abandon", "leak", "no-response", "trap-after", "trap-later"];
    const OF_AUTHORIZERS: [&str; 8] = [
        "empty-principal",
        "infinite-number",
        "large-document",
        "loop",
        "memory",
        "not-a-document",
        "reserved-name",
        "trap",
    ];
    let get = |function: &str, mode: &str| request(&format!("GET /{function}/{mode}"), &[], b"");
    let mut requests = Vec::new();
    requests.extend(ENDLESS.map(|mode| get("hasty", mode)));
    requests.extend(BREAKING.map(|mode| get("breaks", mode)));
    requests.extend(OF_HANDLERS.map(|mode| get("p2", mode)));
    requests.extend(OF_HANDLERS.map(|mode| get("p3", mode)));
    requests.extend(OF_THE_OLDER_HANDLER.map(|mode| get("p2", mode)));
    let secured = |token| request("GET /secured", &[("Authorization", token)], b"");
    requests.extend(OF_AUTHORIZERS.map(secured));
    requests
}

#[test]
fn memory_is_back_after_every_hostile_guest() {
    const ROUNDS: usize = 3;
    let hasty = json!({ "timeout": 0.1 });
    let document = Document::new()
        .function_with("breaks", MISBEHAVE, json!({ "timeout": 20 }))
        .function_with("hasty", MISBEHAVE, hasty.clone())
        .function_with("p2", HTTP_INCOMING_HANDLER, hasty.clone())
        .function_with("p3", HTTP_HANDLER, hasty.clone())
        .function_with("authorizer", MISBEHAVE_AUTHORIZER, json!({ "timeout": 0.5 }))
        .authorizer("token", "authorizer", json!({ "type": "token" }))
        .route("GET /breaks/{mode}", function("breaks"))
        .route("GET /hasty/{mode}", function("hasty"))
        .route("GET /p2/{mode}", function("p2"))
        .route("GET /p3/{mode}", function("p3"))
        .route("GET /secured", secured(mock("x"), "token"));
    let mut gateway = Gateway::start(&document);
    let at_once = |bytes: &[u8]| {
        let client = || {
            let mut connection = gateway.connect();
            connection.write(bytes);
            // Some are cut off.
            drop(connection.try_read(false));
        };
        thread::scope(|scope| (0..CLIENTS).for_each(|_| drop(scope.spawn(client))));
    };
    let requests = hostile_requests();
    // What so many at once need for good: stacks, threads, places of the allocator.
    requests.iter().for_each(|bytes| at_once(bytes));
    for bytes in &requests {
        let before = resident_kilobytes(gateway.pid());
        (0..ROUNDS).for_each(|_| at_once(bytes));
        let line = String::from_utf8_lossy(bytes).lines().next().unwrap().to_owned();
        wait_for(&format!("memory given back to {before} KiB after {line}"), || {
            // The allocator gives back what was free for some seconds, also while it is asked for more.
            assert_eq!(gateway.get("/breaks/ok").brief(), "200 ok");
            (resident_kilobytes(gateway.pid()) <= bound(before)).then_some(())
        });
    }
    gateway.assert_alive();
    assert_eq!(gateway.get("/breaks/ok").brief(), "200 ok");
}
