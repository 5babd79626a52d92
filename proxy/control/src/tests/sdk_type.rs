//! SDK types.

use super::harness::Gateway;

#[test]
fn sdk_types_are_listed() {
    let gateway = Gateway::new();
    let (_, _, all) = gateway.send("GET /sdktypes", "");
    let all: serde_json::Value = serde_json::from_str(&all).unwrap();
    assert_eq!(all["item"].as_array().unwrap().len(), 6);
    let ruby = gateway.answer("GET /sdktypes/ruby", "");
    assert!(ruby.starts_with("200 {\"id\":\"ruby\",\"friendlyName\":\"Ruby\""), "{ruby}");
    assert!(gateway.answer("GET /sdktypes/cobol", "").starts_with("404 NotFoundException"));
}
