//! What happened to a request, asked for with a signature at the control listener.

use serde_json::Value;

use super::functions::Pets;
use super::node::{KEY_ID, Node, SECRET};
use crate::client::{Connection, Response};
use crate::components::MISBEHAVE;
use crate::curl::curl;
use crate::gateway::request;
use crate::patience::wait_for;
use crate::upstream::Upstream;

/// What the node says of a request: with curl, as the documentation does.
fn explained(node: &Node, request_id: &str, accept: &str) -> String {
    let url = format!("http://127.0.0.1:{}/_edgeway/explain/{request_id}", node.control);
    let (user, accept) = (format!("{KEY_ID}:{SECRET}"), format!("Accept: {accept}"));
    let sign = ["--aws-sigv4", "aws:amz:us-east-1:apigateway", "--user", &user];
    curl(&[&sign[..], &["--header", &accept, &url]].concat())
}

fn steps(explanation: &Value, phase: &str) -> Vec<String> {
    let phases = explanation["phases"].as_array().unwrap_or_else(|| panic!("{explanation}"));
    let phase = phases.iter().find(|one| one["phase"] == phase);
    let steps = phase.unwrap_or_else(|| panic!("{explanation}"))["steps"].as_array().unwrap();
    steps.iter().map(|step| format!("{}: {}", step["what"], step["value"])).collect()
}

fn set_data_trace(node: &Node, api: &str, value: &str) {
    let stage = ["--rest-api-id", api, "--stage-name", "prod", "--patch-operations"];
    let operation = format!("op=replace,path=/*/*/logging/dataTrace,value={value}");
    node.aws("apigateway update-stage", &[&stage[..], &[&operation]].concat());
}

/// With a secret in it.
fn get(node: &Node, api: &str) -> Response {
    let host = format!("{api}.execute-api.localhost");
    let headers = [("Host", &*host), ("Authorization", "Bearer open-sesame")];
    let mut connection = Connection::open(node.http);
    connection.write(request("GET /prod/", &headers, b""));
    connection.read()
}

/// The id of a request that is explained.
fn traced(node: &Node, api: &str) -> (String, Value) {
    wait_for("the setting to be served", || {
        let answer = get(node, api);
        let request_id = answer.header("x-amzn-requestid").unwrap().to_owned();
        let explanation = explained(node, &request_id, "application/json");
        let explanation: Value = serde_json::from_str(&explanation).unwrap();
        explanation["phases"].is_array().then_some((request_id, explanation))
    })
}

#[test]
fn a_request_of_a_stage_with_data_trace_is_explained_and_no_secret_is_in_it() {
    let pets = Pets::with(MISBEHAVE, &["--environment", "Variables={MODE=print}"]);
    let api = pets.add_api();
    pets.deploy(&api);
    pets.0.wait_for_body(&api, "/prod/", "ok");
    let before = get(&pets.0, &api);
    let request_id = before.header("x-amzn-requestid").unwrap();
    let refused = explained(&pets.0, request_id, "*/*");
    assert!(refused.contains("Nothing is kept of this request"), "{refused}");
    set_data_trace(&pets.0, &api, "true");
    let (request_id, explanation) = traced(&pets.0, &api);
    assert_eq!(explanation["status"], 200);
    assert_eq!(explanation["requestId"], *request_id);
    let integration = steps(&explanation, "integration").join("\n");
    for part in ["\"event\": ", "\"log\": \"first half, second half", "\"result\": "] {
        assert!(integration.contains(part), "{integration}");
    }
    assert!(steps(&explanation, "route").join("\n").contains("[CONCEALED]"));
    let text = explained(&pets.0, &request_id, "text/plain");
    assert!(text.starts_with("GET /prod/ -> 200 in "), "{text}");
    assert!(!text.contains("sesame") && !explanation.to_string().contains("sesame"), "{text}");
    set_data_trace(&pets.0, &api, "false");
    wait_for("the setting to be served", || {
        let answer = get(&pets.0, &api);
        let request_id = answer.header("x-amzn-requestid").unwrap();
        explained(&pets.0, request_id, "*/*").contains("Nothing is kept").then_some(())
    });
}

#[test]
fn a_response_that_streams_is_explained_as_far_as_its_head() {
    let upstream = Upstream::start();
    let pets = super::Pets::new();
    let uri = upstream.uri("/up");
    let proxy = ["--type", "HTTP_PROXY", "--integration-http-method", "GET", "--uri", &uri];
    pets.method("put-integration", &proxy);
    let stage = ["--rest-api-id", &pets.api, "--stage-name", "prod"];
    pets.node.aws("apigateway create-deployment", &stage);
    set_data_trace(&pets.node, &pets.api, "true");
    let explanation = wait_for("the setting to be served", || {
        let answer = pets.node.get(&pets.api, "/prod/pets");
        let request_id = answer.header("x-amzn-requestid")?;
        let explanation = explained(&pets.node, request_id, "application/json");
        let explanation: Value = serde_json::from_str(&explanation).unwrap();
        explanation["phases"].is_array().then_some(explanation)
    });
    let integration = steps(&explanation, "integration");
    let [sent, answered] = &integration[..] else { panic!("{integration:?}") };
    assert!(
        sent.starts_with("\"endpoint request\": {\"method\":\"GET\",\"uri\":\"http://127."),
        "{sent}"
    );
    assert!(answered.starts_with("\"endpoint response\": {\"status\":200"), "{answered}");
}
