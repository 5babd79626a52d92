//! Functions, deployed and called with Lambda's API and called by an API.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::node::Node;
use super::text;
use crate::components::{Component, ECHO, KEY_VALUE, MISBEHAVE};
use crate::patience::wait_for;

const ROLE: &str = "arn:aws:iam::000000000000:role/pets";

/// A node with the function `pets`, which is ready.
pub(super) struct Pets(pub(super) Node);

impl Pets {
    pub(super) fn new(component: Component) -> Self {
        Self::with(component, &[])
    }

    pub(super) fn with(component: Component, more: &[&str]) -> Self {
        Self::on(Node::start(), component, more)
    }

    pub(super) fn on(node: Node, component: Component, more: &[&str]) -> Self {
        let pets = Self(node);
        let package = pets.zipped(component);
        pets.create(&package, more);
        pets.0.aws("lambda wait function-active-v2 --function-name pets", &[]);
        pets
    }

    fn create(&self, package: &Path, settings: &[&str]) {
        let package = format!("fileb://{}", package.display());
        let more = ["--runtime", "provided.al2023", "--handler", "pets", "--role", ROLE];
        let more = [&["--zip-file", &package], &more[..], settings].concat();
        self.0.aws("lambda create-function --function-name pets", &more);
    }

    /// A zip with a component in it.
    fn zipped(&self, component: Component) -> PathBuf {
        self.zip(&component.path())
    }

    fn zip(&self, component: &Path) -> PathBuf {
        let name = component.file_name().unwrap();
        let package = self.0.data.path().join(name).with_extension("zip");
        let mut zip = self.0.client("python3");
        zip.args(["-m", "zipfile", "-c"]).arg(&package).arg(component);
        let output = zip.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        package
    }

    fn update(&self, component: Component) {
        let package = format!("fileb://{}", self.zipped(component).display());
        let more = ["--zip-file", &*package];
        self.0.aws("lambda update-function-code --function-name pets", &more);
        self.0.aws("lambda wait function-updated-v2 --function-name pets", &[]);
    }

    /// What the function answers to an event, and what is said of it.
    fn invoke(&self, event: &Value) -> (Value, Value) {
        let file = self.0.data.path().join("answer.json");
        let more = ["--payload", &event.to_string(), "--log-type", "Tail"];
        let more = [&more[..], &[file.to_str().unwrap()]].concat();
        let said = self.0.aws("lambda invoke --function-name pets", &more);
        let answer = std::fs::read(file).unwrap();
        (serde_json::from_slice(&answer).unwrap(), said)
    }

    /// An API whose `GET /` the function answers.
    pub(super) fn add_api(&self) -> String {
        let api = self.add_api_of("pets");
        self.permit(&api, &[]);
        api
    }

    /// An API whose `GET /` a function answers that does not let it call yet.
    pub(super) fn add_api_of(&self, function: &str) -> String {
        let api = text(&self.0.aws("apigateway create-rest-api --name pets", &[])["id"]);
        let resources = self.0.aws("apigateway get-resources --rest-api-id", &[&api]);
        let root = text(&resources["items"][0]["id"]);
        let method = ["--rest-api-id", &api, "--resource-id", &root, "--http-method", "GET"];
        let open = ["--authorization-type", "NONE"];
        self.0.aws("apigateway put-method", &[&method[..], &open].concat());
        let uri = format!(
            "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/\
             arn:aws:lambda:us-east-1:000000000000:function:{function}/invocations"
        );
        let proxy = ["--type", "AWS_PROXY", "--integration-http-method", "POST", "--uri", &uri];
        self.0.aws("apigateway put-integration", &[&method[..], &proxy].concat());
        api
    }

    /// Lets every stage of an API call the function, or its alias.
    fn permit(&self, api: &str, more: &[&str]) {
        self.permit_at(&format!("{api}/*/GET/"), more);
    }

    /// Lets a method or an authorizer call the function, or its alias.
    pub(super) fn permit_at(&self, place: &str, more: &[&str]) {
        let source = format!("arn:aws:execute-api:us-east-1:000000000000:{place}");
        let permission = ["--function-name", "pets", "--statement-id", "api"];
        let principal = ["--principal", "apigateway.amazonaws.com", "--source-arn", &source];
        let action = ["--action", "lambda:InvokeFunction"];
        let more = [&permission[..], &principal, &action, more].concat();
        self.0.aws("lambda add-permission", &more);
    }

    pub(super) fn deploy(&self, api: &str) {
        let stage = ["--rest-api-id", api, "--stage-name", "prod"];
        self.0.aws("apigateway create-deployment", &stage);
    }
}

#[test]
fn a_function_is_deployed_called_and_replaced_with_the_aws_cli() {
    let pets = Pets::new(MISBEHAVE);
    let api = pets.add_api();
    pets.deploy(&api);
    pets.0.wait_for_body(&api, "/prod/", "ok");
    pets.update(ECHO);
    assert_eq!(pets.0.get(&api, "/prod/").text(), "ok", "a deployment keeps its components");
    pets.deploy(&api);
    wait_for("the new code to be served", || {
        let served = pets.0.get(&api, "/prod/");
        served.text().contains(r#""requestContext""#).then_some(())
    });
}

#[test]
fn a_function_is_invoked_with_the_aws_cli() {
    let pets = Pets::new(ECHO);
    let event = json!({ "id": 1 });
    let (answer, said) = pets.invoke(&event);
    assert_eq!(answer, event);
    assert_eq!(said["StatusCode"], 200);
    assert_eq!(said["ExecutedVersion"], "$LATEST");
    // It stays ready, so the next call finds its instance.
    assert_eq!(pets.invoke(&json!("calls")).0, json!(2));
}

#[test]
fn the_end_of_what_a_call_logs_is_answered_to_who_asks_for_it() {
    let pets = Pets::new(MISBEHAVE);
    let log = |mode: &str| {
        let (_, said) = pets.invoke(&json!(mode));
        let tail = STANDARD.decode(text(&said["LogResult"])).unwrap();
        String::from_utf8_lossy(&tail).into_owned()
    };
    let printed = log("print");
    let lines: Vec<&str> = printed.lines().collect();
    assert!(lines[0].starts_with("START RequestId: "), "{printed}");
    assert!(lines[0].ends_with(" Version: $LATEST"), "{printed}");
    assert!(lines.len() > 4, "what the function printed: {printed}");
    let [.., end, report] = &lines[..] else { panic!("{printed}") };
    assert!(end.starts_with("END RequestId: "), "{printed}");
    assert!(report.contains("\tMemory Size: 128 MB\tMax Memory Used: "), "{printed}");
    assert!(log("trap").contains(" Error: "), "it says what went wrong");
    let flood = log("print-flood");
    assert_eq!(flood.len(), 4_096);
    assert!(flood.lines().next_back().unwrap().starts_with("REPORT RequestId: "));
    assert!(!log("ok").contains("print"), "a log is that of one call");
}

#[test]
fn a_component_that_cannot_serve_says_why() {
    let pets = Pets(Node::start());
    let broken = pets.0.data.path().join("broken.wasm");
    // A module, not a component.
    std::fs::write(&broken, b"\0asm\x01\0\0\0").unwrap();
    let package = format!("fileb://{}", pets.zip(&broken).display());
    let more = ["--runtime", "provided.al2023", "--handler", "pets", "--role", ROLE];
    let more = [&["--zip-file", &package], &more[..]].concat();
    let refused = pets.0.aws_refused("lambda create-function --function-name pets", &more);
    assert!(refused.contains("(InvalidParameterValueException)"), "{refused}");
    // A component that exports nothing.
    std::fs::write(&broken, b"\0asm\x0d\0\x01\0").unwrap();
    pets.create(&pets.zip(&broken), &[]);
    wait_for("the check", || {
        let more = ["--function-name", "pets"];
        let function = pets.0.aws("lambda get-function-configuration", &more);
        (function["State"] == "Failed").then(|| {
            let reason = text(&function["StateReason"]);
            assert!(reason.contains("the component is not a plugin"), "{reason}");
        })
    });
}

const INTERNAL_ERROR: &str = r#"{"message": "Internal server error"}"#;

#[test]
fn a_function_that_does_not_let_an_api_call_it_is_an_error_until_it_does() {
    let mut pets = Pets::new(MISBEHAVE);
    let api = pets.add_api_of("pets");
    pets.deploy(&api);
    pets.0.wait_for_body(&api, "/prod/", INTERNAL_ERROR);
    assert_eq!(pets.0.get(&api, "/prod/").status, 500);
    pets.permit(&api, &[]);
    pets.0.wait_for_body(&api, "/prod/", "ok");
    pets.0 = pets.0.killed_and_started();
    assert_eq!(pets.0.get(&api, "/prod/").text(), "ok", "the permission is kept");
    pets.0.aws("lambda remove-permission --function-name pets --statement-id api", &[]);
    pets.0.wait_for_body(&api, "/prod/", INTERNAL_ERROR);
}

#[test]
fn an_alias_shifts_traffic_between_versions_without_a_deployment() {
    let pets = Pets::new(MISBEHAVE);
    let publish = || pets.0.aws("lambda publish-version --function-name pets", &[]);
    assert_eq!(publish()["Version"], "1");
    pets.update(ECHO);
    assert_eq!(publish()["Version"], "2");
    let alias = |command: &str, version: &str, weights: &str| {
        let more = ["--name", "live", "--function-version", version, "--routing-config", weights];
        pets.0.aws(&format!("lambda {command} --function-name pets"), &more);
    };
    alias("create-alias", "1", "{}");
    let api = pets.add_api_of("pets:live");
    pets.permit(&api, &["--qualifier", "live"]);
    pets.deploy(&api);
    pets.0.wait_for_body(&api, "/prod/", "ok");
    alias("update-alias", "1", "AdditionalVersionWeights={2=0.5}");
    let is_old = || {
        let served = pets.0.get(&api, "/prod/");
        assert_eq!(served.status, 200);
        served.text() == "ok"
    };
    wait_for("the shift", || (!is_old()).then_some(()));
    // A fair coin falls on one side 60 times in a row once in 10^18.
    let sides: Vec<bool> = (0..60).map(|_| is_old()).collect();
    assert!(sides.contains(&true) && sides.contains(&false));
    alias("update-alias", "2", "{}");
    wait_for("the end of the shift", || (0..20).all(|_| !is_old()).then_some(()));
}

#[test]
fn a_deleted_function_fails_its_calls_alone() {
    let mut pets = Pets::new(MISBEHAVE);
    let api = pets.add_api();
    let mock = [
        "--type",
        "MOCK",
        "--request-templates",
        r#"{"application/json": "{\"statusCode\": 200}"}"#,
    ];
    let resources = pets.0.aws("apigateway get-resources --rest-api-id", &[&api]);
    let root = text(&resources["items"][0]["id"]);
    let method = ["--rest-api-id", &api, "--resource-id", &root, "--http-method", "POST"];
    let open = ["--authorization-type", "NONE"];
    pets.0.aws("apigateway put-method", &[&method[..], &open].concat());
    pets.0.aws("apigateway put-integration", &[&method[..], &mock].concat());
    let ok = ["--status-code", "200"];
    pets.0.aws("apigateway put-method-response", &[&method[..], &ok].concat());
    pets.0.aws("apigateway put-integration-response", &[&method[..], &ok].concat());
    pets.deploy(&api);
    pets.0.wait_for_body(&api, "/prod/", "ok");
    pets.0.aws("lambda delete-function --function-name pets", &[]);
    pets.0.wait_for_body(&api, "/prod/", INTERNAL_ERROR);
    for _ in 0..2 {
        assert_eq!(pets.0.get(&api, "/prod/").text(), INTERNAL_ERROR);
        assert_eq!(pets.0.send(&api, "POST /prod/").status, 200);
        pets.0 = pets.0.killed_and_started();
    }
}

#[test]
fn what_a_function_wrote_is_there_after_a_kill() {
    let variables = "Variables={EDGEWAY_KEY_VALUE_NAMESPACES=sessions}";
    let mut pets = Pets::with(KEY_VALUE, &["--environment", variables]);
    let call = |pets: &Pets, mut event: Value| {
        event["namespace"] = "sessions".into();
        pets.invoke(&event).0
    };
    let set = json!({ "operation": "set", "key": "a", "value": "kept" });
    assert_eq!(call(&pets, set), Value::Null);
    for count in 1..=3 {
        let increment = json!({ "operation": "increment", "key": "n" });
        assert_eq!(call(&pets, increment), json!(count));
        pets.0 = pets.0.killed_and_started();
        assert_eq!(call(&pets, json!({ "operation": "get", "key": "a" })), json!("kept"));
    }
    let foreign = json!({ "operation": "get", "namespace": "others", "key": "a" });
    assert_eq!(pets.invoke(&foreign).0, json!({ "error": "access-denied" }));
}
