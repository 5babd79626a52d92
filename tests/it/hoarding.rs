//! Guests that take what there is: each gets what it may have, and what it took is given back.

use serde_json::json;

use crate::components::{HTTP_HANDLER, HTTP_INCOMING_HANDLER, MISBEHAVE};
use crate::document::{Document, function, mock};
use crate::event_text::EventText;
use crate::gateway::Gateway;
use crate::patience::wait_for;
use crate::process::{forget_peak, peak_kilobytes, resident_kilobytes};

const BAD_GATEWAY: &str = r#"502 {"message": "Internal server error"}"#;

/// What a function has that says nothing of its memory, and what the host may hold for it: as much.
const TAKEN_KILOBYTES_MAX: u64 = 2 * 128 * 1024;

#[test]
fn what_the_host_holds_for_a_guest_is_bounded_and_given_back() {
    let document = Document::new()
        .function_with("event", MISBEHAVE, json!({ "timeout": 20 }))
        .function_with("p2", HTTP_INCOMING_HANDLER, json!({ "timeout": 20 }))
        .function_with("p3", HTTP_HANDLER, json!({ "timeout": 20 }))
        .route("GET /event/{mode}", function("event"))
        .route("GET /p2/{mode}", function("p2"))
        .route("GET /p3/{mode}", function("p3"));
    let mut gateway = Gateway::start(&document);
    let pid = gateway.pid();
    let paths = [
        "/event/hoard",
        "/event/many-lines",
        "/event/huge",
        "/event/memory",
        "/p2/hoard-fields?1000000",
        "/p2/hoard-responses?1000000",
        "/p3/hoard-streams?1000000",
        "/p3/hoard-waits?1000000",
    ];
    let serve = || {
        for path in ["/event/ok", "/p2/ok", "/p3/ok"] {
            assert_eq!(gateway.get(path).brief(), "200 ok", "{path}");
        }
    };
    serve();
    let before = resident_kilobytes(pid);
    // What is needed for good: stacks, threads, places of the allocator.
    let bound = before + before / 4;
    // Twice: what a call leaves behind must not add up.
    for path in paths.into_iter().chain(paths) {
        forget_peak(pid);
        assert_eq!(gateway.get(path).brief(), BAD_GATEWAY, "{path}");
        let peak = peak_kilobytes(pid);
        eprintln!("{path}: {before} KiB before, {peak} KiB at most");
        assert!(peak < before + TAKEN_KILOBYTES_MAX, "{path}: {before} KiB, then {peak} KiB");
        wait_for(&format!("memory given back after {path}"), || {
            // The allocator gives back what was free for some seconds, also while it is asked for more.
            serve();
            (resident_kilobytes(pid) <= bound).then_some(())
        });
    }
    gateway.assert_alive();
}

#[test]
fn tables_and_stacks_have_their_limits() {
    let grow = |tables: usize| -> (String, String) {
        let definitions = (0..tables).map(|number| format!("(table $t{number} 1 funcref)"));
        let growth = (0..tables).map(|number| {
            format!(
                "(if (i32.eq (table.grow $t{number} (ref.null func) (i32.const 65535))
                    (i32.const -1)) (then unreachable))"
            )
        });
        (definitions.collect(), growth.chain(["(i32.const 1024)".to_owned()]).collect())
    };
    let (two, grow_two) = grow(2);
    let (three, grow_three) = grow(3);
    let text = |definitions, handle| EventText { definitions, handle, ..EventText::default() };
    let deep = "(func $deep (call $deep) (call $deep))";
    let document = Document::new()
        .function_of("two", &text(&two, &grow_two), json!({}))
        .function_of("three", &text(&three, &grow_three), json!({}))
        .function_of("deep", &text(deep, "(call $deep) (i32.const 1024)"), json!({}))
        .route("GET /two", function("two"))
        .route("GET /three", function("three"))
        .route("GET /deep", function("deep"))
        .route("GET /other", mock("fine"));
    let mut gateway = Gateway::start(&document);
    let cause = |path: &str, line: usize| {
        assert_eq!(gateway.get(path).brief(), BAD_GATEWAY, "{path}");
        gateway.access_log(line)[line - 1]["error"]["cause"].as_str().unwrap().to_owned()
    };
    assert!(!cause("/two", 1).contains("trapped"), "it answers `ok`, which is no JSON");
    assert!(cause("/three", 2).contains("`unreachable` instruction executed"));
    assert!(cause("/deep", 3).contains("call stack exhausted"));
    assert_eq!(gateway.get("/other").brief(), "200 fine");
    gateway.assert_alive();
}

#[test]
fn a_flood_of_messages_is_cut_for_each_call_and_for_all_of_them() {
    const CALL_LINES_MAX: usize = 1_024;
    let document = Document::new()
        .function_with("floods", MISBEHAVE, json!({ "timeout": 20 }))
        .function_with("logs", MISBEHAVE, json!({ "timeout": 20 }))
        .route("GET /floods/{mode}", function("floods"))
        .route("GET /logs/{mode}", function("logs"));
    let gateway = Gateway::start(&document);
    for (call, mode) in ["log-flood", "print-flood"].into_iter().enumerate() {
        assert_eq!(gateway.get(&format!("/floods/{mode}")).brief(), "200 ok");
        gateway.stderr.wait_for_count("logs too much in one call", call + 1);
    }
    let lines =
        gateway.stderr.text().lines().filter(|line| line.contains("text=\"flood\"")).count();
    assert_eq!(lines, 2 * CALL_LINES_MAX);
    let dropped = r#"edgeway_function_log_dropped_bytes_total{function="logs",version="$LATEST"}"#;
    wait_for("a message that is dropped", || {
        assert_eq!(gateway.get("/logs/log-large").brief(), "200 ok");
        (gateway.metric(dropped) > 0.0).then_some(())
    });
    gateway.stderr.wait_for("logs too much in all its calls");
    assert_eq!(gateway.metric(&dropped.replace("logs", "floods")), 0.0);
}
