//! API keys and the throttle of the node, with a folder.

use crate::gateway::{Folder, Gateway};
use crate::patience::Stopwatch;

const DOCUMENT: &str = r#"
openapi: 3.0.1
info: {title: Test, version: "1"}
x-edgeway-rate-limit-headers: true
components: {securitySchemes: {key: {type: apiKey, name: x-api-key, in: header}}}
paths:
  /keyed:
    get:
      security: [{key: []}]
      x-amazon-apigateway-integration: {type: mock, requestTemplates: {application/json: '{"statusCode": 200}'}, responses: {default: {statusCode: 200}}}
      responses: {}
  /open:
    get:
      x-amazon-apigateway-integration: {type: mock, requestTemplates: {application/json: '{"statusCode": 200}'}, responses: {default: {statusCode: 200}}}
      responses: {}
"#;

#[test]
fn a_folder_is_served_with_keys_and_within_the_throttle_of_the_node() {
    let arguments = ["--api-key", "one", "--api-key", "two", "--account-rate", "0.01"];
    let arguments = [&arguments[..], &["--account-burst", "3"]].concat();
    let gateway = Gateway::start_with(Folder::of_text(DOCUMENT), &arguments);
    let get =
        |path: &str, key: &str| gateway.send(&format!("GET {path}"), &[("X-Api-Key", key)], b"");
    assert_eq!(get("/keyed", "three").brief(), r#"403 {"message":"Forbidden"}"#);
    let began = Stopwatch::start();
    assert_eq!(get("/keyed", "one").status, 200);
    assert_eq!(get("/keyed", "two").status, 200);
    assert_eq!(get("/open", "").status, 200);
    let refused = get("/open", "");
    assert_eq!(refused.brief(), r#"429 {"message":"Too Many Requests"}"#);
    let policy = refused.header("ratelimit-policy");
    assert_eq!(policy, Some(r#""account";q=3;w=300"#));
    let wait: u64 = refused.header("retry-after").unwrap().parse().unwrap();
    // A token comes back every 100 s, from the first request on.
    let shortest = 99_u64.saturating_sub(began.elapsed().as_secs());
    assert!((shortest..=100).contains(&wait), "{wait}");
    // A request is counted once its answer is sent.
    gateway.access_log(5);
    let labels = r#"{api_id="test",api_name="Test",stage="dev"}"#;
    assert_eq!(gateway.metric(&format!("edgeway_throttled_total{labels}")), 1.0);
}
