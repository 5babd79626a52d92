//! Hostile guests that no compiler would make: what breaks beside the call itself, and what looks for
//! the traces of others.

use std::time::Duration;

use model::Reuse;

use crate::event_text::EventText;
use crate::setup::{Setup, host, host_with, invoke, numbers, settings};

/// How late a guest may be stopped in a test, on a machine that is busy with other tests.
const LATE: Duration = Duration::from_millis(700);

const LOOP: &str = "(loop $l (br $l))";
const TIMED_OUT: &str = "fault: the plugin did not answer within 200 ms";

async fn check_endless(text: EventText<'_>) {
    let host = host();
    let plugin = Setup::bytes(text.component()).timeout(200).load(&host).await;
    let began = tokio::time::Instant::now();
    assert_eq!(invoke(&plugin, "{}").await, TIMED_OUT);
    let took = began.elapsed();
    assert!(took < Duration::from_millis(200) + LATE, "{took:?}");
    assert_eq!(numbers(&host).instances_warm, 0, "it is gone");
}

#[tokio::test]
async fn text_that_is_not_hostile_answers() {
    let host = host();
    let plugin = Setup::bytes(EventText::default().component()).load(&host).await;
    for _ in 0..3 {
        assert_eq!(invoke(&plugin, "{}").await, "ok");
    }
}

#[tokio::test]
async fn endless_realloc_is_stopped() {
    check_endless(EventText { realloc: LOOP, ..EventText::default() }).await;
}

#[tokio::test]
async fn endless_post_return_is_stopped() {
    check_endless(EventText { post_return: LOOP, ..EventText::default() }).await;
}

#[tokio::test]
async fn endless_loop_after_growth_is_stopped() {
    let handle = "(drop (memory.grow (i32.const 1500)))
        (memory.fill (i32.const 131072) (i32.const 1) (i32.const 90000000))
        (loop $l (br $l)) unreachable";
    check_endless(EventText { handle, ..EventText::default() }).await;
}

#[tokio::test]
async fn memory_is_granted_to_its_limit_and_not_a_page_further() {
    // 1 MB is 16 pages, of which two are there at first.
    for (pages, expected) in [(14, "ok"), (15, "fault: the plugin exceeded its memory of 1 MB")] {
        let handle = format!(
            "(if (i32.eq (memory.grow (i32.const {pages})) (i32.const -1)) (then unreachable))
            (i32.const 1024)"
        );
        let text = EventText { handle: &handle, ..EventText::default() };
        let plugin_host = host();
        let plugin = Setup::bytes(text.component()).memory(1).load(&plugin_host).await;
        assert_eq!(invoke(&plugin, "{}").await, expected, "{pages}");
    }
}

#[tokio::test]
async fn growth_beyond_a_declared_maximum_takes_nothing() {
    let handle = "(drop (memory.grow (i32.const 15))) (drop (memory.grow (i32.const 15)))
        (if (i32.eq (memory.grow (i32.const 10)) (i32.const -1)) (then unreachable))
        (i32.const 1024)";
    let text = EventText { memory: "2 12", handle, ..EventText::default() };
    let host = host();
    let plugin = Setup::bytes(text.component()).memory(1).load(&host).await;
    assert_eq!(invoke(&plugin, "{}").await, "ok");
}

#[tokio::test]
async fn instance_finds_nothing_of_another_function() {
    const PAGES: u32 = 256;
    let directory = tempfile::tempdir().expect("a directory");
    // With room for one instance, each is made where the other was.
    let host = host_with(settings(&directory.path().join("code"), 1));
    let grow = format!("(drop (memory.grow (i32.const {})))", PAGES - 2);
    let end = PAGES * 65_536;
    let write = format!(
        "{grow} (memory.fill (i32.const 65536) (i32.const 83) (i32.const {}))
        (i32.const 1024)",
        end - 65_536
    );
    // Everything above its own data must be zero, in the memory it begins with and in what it grows.
    let search = format!(
        "{grow} (local.set $at (i32.const 65536)) (local.set $end (i32.const {end}))
        (loop $next
            (if (i64.ne (i64.load (local.get $at)) (i64.const 0)) (then unreachable))
            (local.set $at (i32.add (local.get $at) (i32.const 8)))
            (br_if $next (i32.lt_u (local.get $at) (local.get $end))))
        (i32.const 1024)"
    );
    let load = async |name, handle: &str| {
        let text = EventText { handle, ..EventText::default() };
        let setup = Setup::bytes(text.component()).named(name).reuse(Reuse::Never);
        setup.timeout(20_000).load(&host).await
    };
    let finds = load("finds", &format!("{write} drop {search}")).await;
    let answer = invoke(&finds, "{}").await;
    assert!(answer.starts_with("fault: the plugin trapped"), "it does not search: {answer}");
    let writer = load("writer", &write).await;
    let searcher = load("searcher", &search).await;
    for _ in 0..3 {
        assert_eq!(invoke(&writer, "{}").await, "ok");
        assert_eq!(invoke(&searcher, "{}").await, "ok", "it found something");
    }
}

#[tokio::test]
async fn instance_finds_no_table_of_another_function() {
    /// As many as a pool for one instance has, so that each is made where another was.
    const TABLES: usize = 8;
    let directory = tempfile::tempdir().expect("a directory");
    let host = host_with(settings(&directory.path().join("code"), 1));
    let definitions: String = (0..TABLES)
        .map(|number| format!("(table $t{number} 8000 16000 funcref)"))
        .chain(["(elem declare func $start)".to_owned()])
        .collect();
    let each = |code: &str| -> String {
        (0..TABLES).map(|number| code.replace("$t", &format!("$t{number}"))).collect()
    };
    let write = each(
        "(drop (table.grow $t (ref.func $start) (i32.const 8000)))
        (table.fill $t (i32.const 0) (ref.func $start) (i32.const 16000))",
    );
    let search = each(
        "(drop (table.grow $t (ref.null func) (i32.const 8000)))
        (local.set $at (i32.const 0))
        (loop $next
            (if (i32.eqz (ref.is_null (table.get $t (local.get $at)))) (then unreachable))
            (local.set $at (i32.add (local.get $at) (i32.const 1)))
            (br_if $next (i32.lt_u (local.get $at) (table.size $t))))",
    );
    let load = async |name, handle: &str| {
        let handle = format!("{handle} (i32.const 1024)");
        let text = EventText { definitions: &definitions, handle: &handle, ..EventText::default() };
        let setup = Setup::bytes(text.component()).named(name).reuse(Reuse::Never);
        setup.timeout(20_000).load(&host).await
    };
    let finds = load("finds", &format!("{write} {search}")).await;
    let answer = invoke(&finds, "{}").await;
    assert!(answer.starts_with("fault: the plugin trapped"), "it does not search: {answer}");
    let writer = load("writer", &write).await;
    let searcher = load("searcher", &search).await;
    for _ in 0..3 {
        assert_eq!(invoke(&writer, "{}").await, "ok");
        assert_eq!(invoke(&searcher, "{}").await, "ok", "it found something");
    }
}

#[tokio::test]
async fn result_and_what_passes_to_the_host_have_their_sizes() {
    const RESULT: u32 = 6 * 1024 * 1024;
    const PASSED: u32 = 16 * 1024 * 1024;
    let refused = |bytes| {
        format!(
            "fault: the plugin answered what is not allowed: a result of {bytes} bytes, above {RESULT}"
        )
    };
    let stopped = format!(
        "fault: the plugin answered what is not allowed: it passed more than {PASSED} bytes to the \
         host at once"
    );
    let cases = [
        (RESULT, None),
        (RESULT + 1, Some(refused(RESULT + 1))),
        (PASSED, Some(refused(PASSED))),
        (PASSED + 1, Some(stopped)),
    ];
    for (bytes, fault) in cases {
        let handle = format!(
            "(drop (memory.grow (i32.const 300)))
            (i32.store (i32.const 1028) (i32.const 0)) (i32.store (i32.const 1032) (i32.const {bytes}))
            (i32.const 1024)"
        );
        let text = EventText { handle: &handle, ..EventText::default() };
        let host = host();
        let plugin = Setup::bytes(text.component()).load(&host).await;
        let answer = invoke(&plugin, "{}").await;
        match fault {
            Some(fault) => assert_eq!(answer, fault),
            None => assert_eq!(answer.len(), bytes as usize),
        }
    }
}

#[tokio::test]
async fn tables_are_limited_in_total() {
    // Each grows to the most that one table may have; together they may have the double.
    for (tables, expected) in [(2, "ok"), (3, "fault: the plugin trapped")] {
        let definitions: String =
            (0..tables).map(|number| format!("(table $t{number} 1 funcref)")).collect();
        let grow: String = (0..tables)
            .map(|number| {
                format!(
                    "(if (i32.eq (table.grow $t{number} (ref.null func) (i32.const 65535))
                        (i32.const -1)) (then unreachable))"
                )
            })
            .collect();
        let handle = format!("{grow} (i32.const 1024)");
        let text = EventText { definitions: &definitions, handle: &handle, ..EventText::default() };
        let host = host();
        let plugin = Setup::bytes(text.component()).load(&host).await;
        let answer = invoke(&plugin, "{}").await;
        assert!(answer.starts_with(expected), "{tables}: {answer}");
    }
}

#[tokio::test]
async fn traps_leave_nothing_behind() {
    const TRAPS: u64 = 1_000;
    let host = host();
    let text = EventText { handle: "unreachable", ..EventText::default() };
    let plugin = Setup::bytes(text.component()).load(&host).await;
    for _ in 0..TRAPS {
        let answer = invoke(&plugin, "{}").await;
        assert!(answer.starts_with("fault: the plugin trapped"), "{answer}");
    }
    let numbers = numbers(&host);
    assert_eq!((numbers.instances_warm, numbers.instances_busy), (0, 0));
    assert_eq!(numbers.invocations, TRAPS);
}
