//! Escapes in the paths of updates.

use super::harness::{Gateway, patch};

#[test]
fn a_tilde_escapes_slashes_and_tildes() {
    let gateway = Gateway::with_api();
    gateway.ok("PATCH /restapis/API", &patch("add", "/binaryMediaTypes/a~1~0~01", ""));
    assert!(gateway.answer("GET /restapis/API", "").contains("\"binaryMediaTypes\":[\"a/~~1\"]"));
}
