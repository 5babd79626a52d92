//! A tenant that writes secrets into its memory and its tables, and another one that looks for them in
//! the places that the first one left.
//!
//! An instance is made where another one was. So many of the first tenant are made that the allocator,
//! which prefers places that nobody has used, has to give them to the second one.

use serde_json::json;

use crate::document::{Document, function, mock};
use crate::event_text::EventText;
use crate::gateway::Gateway;

const SERVED: &str = "the change is served";
const REFUSED: &str = "the change is refused";

/// More than the hundred places of others that the allocator leaves alone.
const INSTANCES: usize = 200;

/// Of the first memory, two of which hold what the component itself puts there.
const PAGES: usize = 6;

const TABLE: &str = "(table $t 4096 8192 funcref) (elem declare func $start)";

/// Fills memory and tables, those there are at first and what they grow to.
fn write() -> String {
    let (begin, bytes) = (65_536, (PAGES - 1) * 65_536);
    format!(
        "(drop (memory.grow (i32.const {})))
        (memory.fill (i32.const {begin}) (i32.const 83) (i32.const {bytes}))
        (drop (table.grow $t (ref.func $start) (i32.const 4096)))
        (table.fill $t (i32.const 0) (ref.func $start) (i32.const 8192))",
        PAGES - 2
    )
}

/// Traps on anything that its own component did not put there.
fn search() -> String {
    let end = PAGES * 65_536;
    format!(
        "(local $at i32)
        (drop (memory.grow (i32.const {})))
        (drop (table.grow $t (ref.null func) (i32.const 4096)))
        (local.set $at (i32.const 65536))
        (loop $next
            (if (i64.ne (i64.load (local.get $at)) (i64.const 0)) (then unreachable))
            (local.set $at (i32.add (local.get $at) (i32.const 8)))
            (br_if $next (i32.lt_u (local.get $at) (i32.const {end}))))
        (local.set $at (i32.const 0))
        (loop $next
            (if (i32.eqz (ref.is_null (table.get $t (local.get $at)))) (then unreachable))
            (local.set $at (i32.add (local.get $at) (i32.const 1)))
            (br_if $next (i32.lt_u (local.get $at) (i32.const 8192))))",
        PAGES - 2
    )
}

fn component(start: &str) -> Vec<u8> {
    EventText { definitions: TABLE, start, ..EventText::default() }.component()
}

#[test]
fn what_one_tenant_leaves_behind_no_other_one_finds() {
    let settings = || json!({ "provisioned": INSTANCES });
    let writer = write();
    let text = EventText { definitions: TABLE, start: &writer, ..EventText::default() };
    let first = Document::new()
        .function_of("first", &text, settings())
        .route("GET /first", function("first"));
    let gateway = Gateway::start(&first);
    let second = Document::new()
        .function_of("second", &text, settings())
        .route("GET /second", function("second"));
    // The one that looks does find what there is: its own.
    let finds = search().replacen(
        "(local.set $at (i32.const 65536))",
        &format!("{writer} (local.set $at (i32.const 65536))"),
        1,
    );
    gateway.folder.write_component("second", &component(&finds));
    gateway.folder.write_document(&second);
    gateway.stderr.wait_for(REFUSED);
    gateway.stderr.wait_for("the plugin trapped: wasm `unreachable` instruction executed");
    // All instances of the first tenant go, and then those of the second one come.
    gateway.folder.write_document(&Document::new().route("GET /nobody", mock("nobody")));
    gateway.stderr.wait_for_count(SERVED, 1);
    gateway.folder.write_component("second", &component(&search()));
    gateway.folder.write_document(&second);
    gateway.stderr.wait_for_count(SERVED, 2);
    let labels = r#"{function="second",version="$LATEST",state="warm"}"#;
    let warm = gateway.metric(&format!("edgeway_function_instances{labels}"));
    assert_eq!(warm, INSTANCES as f64);
    assert!(!gateway.stderr.text().contains("panicked"));
}
