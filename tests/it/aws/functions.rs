//! Functions, deployed and called with Lambda's API and called by an API.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::node::Node;
use super::text;
use crate::components::{Component, ECHO, MISBEHAVE};

const ROLE: &str = "arn:aws:iam::000000000000:role/pets";

/// A node with the function `pets`, which is ready.
pub(super) struct Pets(pub(super) Node);

impl Pets {
    pub(super) fn new(component: Component) -> Self {
        let pets = Self(Node::start());
        let package = pets.zipped(component);
        pets.create(&package);
        pets.0.aws("lambda wait function-active-v2 --function-name pets", &[]);
        pets
    }

    fn create(&self, package: &Path) {
        let package = format!("fileb://{}", package.display());
        let more = ["--runtime", "provided.al2023", "--handler", "pets", "--role", ROLE];
        let more = [&["--zip-file", &package], &more[..]].concat();
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
        let api = text(&self.0.aws("apigateway create-rest-api --name pets", &[])["id"]);
        let resources = self.0.aws("apigateway get-resources --rest-api-id", &[&api]);
        let root = text(&resources["items"][0]["id"]);
        let method = ["--rest-api-id", &api, "--resource-id", &root, "--http-method", "GET"];
        let open = ["--authorization-type", "NONE"];
        self.0.aws("apigateway put-method", &[&method[..], &open].concat());
        let uri = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/\
                   arn:aws:lambda:us-east-1:000000000000:function:pets/invocations";
        let proxy = ["--type", "AWS_PROXY", "--integration-http-method", "POST", "--uri", uri];
        self.0.aws("apigateway put-integration", &[&method[..], &proxy].concat());
        api
    }

    fn deploy(&self, api: &str) {
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
    crate::patience::wait_for("the new code to be served", || {
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
    pets.create(&pets.zip(&broken));
    crate::patience::wait_for("the check", || {
        let more = ["--function-name", "pets"];
        let function = pets.0.aws("lambda get-function-configuration", &more);
        (function["State"] == "Failed").then(|| {
            let reason = text(&function["StateReason"]);
            assert!(reason.contains("the component is not a plugin"), "{reason}");
        })
    });
}
