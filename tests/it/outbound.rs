//! Functions that send requests: not to the node itself.

use serde_json::{Value, json};

use crate::components::OUTBOUND;
use crate::document::{Document, function, mock};
use crate::gateway::Gateway;

const PROHIBITED: &str = r#"{"error":"ErrorCode::DestinationIpProhibited"}"#;

#[test]
fn the_control_listener_is_out_of_reach_of_functions_and_the_gateway_is_not() {
    let sends = |outbound: Value| {
        Document::new()
            .function_with("sends", OUTBOUND, json!({ "outbound": outbound }))
            .route("POST /sends", function("sends"))
            .route("GET /", mock("here"))
    };
    let gateway = Gateway::start(&sends(json!(["https://elsewhere.example"])));
    let server = |host: &str, port: u16| format!("http://{host}:{port}");
    let control = server("127.0.0.1", gateway.control);
    let named = server("localhost", gateway.control);
    let addresses = ["127.0.0.1", "::1"];
    let outbound = json!([
        server("127.0.0.1", gateway.http),
        control,
        { "url": named, "addresses": addresses },
    ]);
    gateway.folder.write_document(&sends(outbound));
    gateway.stderr.wait_for("the change is served");
    let send = |url: String| {
        let body = json!({ "url": url }).to_string();
        gateway.send("POST /sends", &[("content-type", "application/json")], body).brief()
    };
    let here = r#"200 {"status":200,"body":"here"}"#;
    assert_eq!(send(server("127.0.0.1", gateway.http) + "/"), here);
    for url in [control + "/_edgeway/metrics", named + "/_edgeway/metrics"] {
        assert_eq!(send(url), format!("200 {PROHIBITED}"));
    }
    let log = gateway.stderr.text();
    assert!(log.contains("a listener of this node"), "{log}");
}
