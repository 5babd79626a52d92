//! How long calls of the control API take with the disk in it, and how long a node takes to read what it
//! serves.

#![forbid(unsafe_code)]
#![expect(clippy::unwrap_used, reason = "a call that fails has no figure")]

#[path = "../tests/client/mod.rs"]
mod client;

use std::sync::Arc;

use axum::Router;
use axum::body::to_bytes;
use divan::{Bencher, black_box};
use serde_json::{Value, json};
use store::Store;
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};
use tower::ServiceExt;

use client::Signed;

fn main() {
    divan::main();
}

struct Gateway {
    runtime: Runtime,
    router: Router,
    store: Arc<Store>,
    _folder: TempDir,
}

impl Gateway {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let runtime = Builder::new_current_thread().build().unwrap();
        let router = control::router(client::control(&store, 0));
        Self { runtime, router, store, _folder: folder }
    }

    fn call(&self, verb: &str, path: &str, body: &Value) -> Value {
        let (line, body) = (format!("{verb} {path}"), body.to_string());
        let request = Signed { line: &line, body: &body, ..Signed::default() }.request();
        let answer = self.runtime.block_on(async {
            let response = self.router.clone().oneshot(request).await.unwrap();
            assert!(response.status().is_success(), "{verb} {path}: {}", response.status());
            to_bytes(response.into_body(), usize::MAX).await.unwrap()
        });
        serde_json::from_slice(&answer).unwrap_or_default()
    }

    /// An API of so many resources, each with these methods; its id.
    fn api(&self, resources: usize, verbs: &[&str]) -> String {
        let api = self.call("POST", "/restapis", &json!({ "name": "a" }));
        let (id, root) = (text(&api, "id"), text(&api, "rootResourceId"));
        let integration = json!({
            "type": "HTTP_PROXY", "httpMethod": "GET", "uri": "https://example.com/pets",
        });
        for number in 0..resources {
            let part = json!({ "pathPart": format!("pets{number}") });
            let resource = self.call("POST", &format!("/restapis/{id}/resources/{root}"), &part);
            for verb in verbs {
                let resource = text(&resource, "id");
                let method = format!("/restapis/{id}/resources/{resource}/methods/{verb}");
                self.call("PUT", &method, &json!({ "authorizationType": "NONE" }));
                self.call("PUT", &format!("{method}/integration"), &integration);
            }
        }
        id
    }

    fn deploy(&self, api: &str) {
        let stage = json!({ "stageName": "prod" });
        self.call("POST", &format!("/restapis/{api}/deployments"), &stage);
    }
}

fn text(value: &Value, member: &str) -> String {
    value[member].as_str().unwrap().to_owned()
}

#[divan::bench]
fn create_resource(bencher: Bencher<'_, '_>) {
    let gateway = Gateway::new();
    let api = gateway.call("POST", "/restapis", &json!({ "name": "a" }));
    let path = format!("/restapis/{}/resources/{}", text(&api, "id"), text(&api, "rootResourceId"));
    bencher.bench_local(|| {
        let resource = gateway.call("POST", &path, &json!({ "pathPart": "pets" }));
        let resource =
            format!("/restapis/{}/resources/{}", text(&api, "id"), text(&resource, "id"));
        gateway.call("DELETE", &resource, &Value::Null)
    });
}

#[divan::bench]
fn create_deployment_of_300_resources_with_4_methods(bencher: Bencher<'_, '_>) {
    let gateway = Gateway::new();
    let api = gateway.api(300, &["GET", "PUT", "POST", "DELETE"]);
    bencher.bench_local(|| gateway.deploy(&api));
}

#[divan::bench]
fn load_of_300_stages_with_50_methods(bencher: Bencher<'_, '_>) {
    let gateway = Gateway::new();
    let first = gateway.api(50, &["GET"]);
    gateway.deploy(&first);
    for _ in 1..300 {
        let clone = json!({ "name": "a", "cloneFrom": first });
        let clone = gateway.call("POST", "/restapis", &clone);
        gateway.deploy(&text(&clone, "id"));
    }
    bencher.bench_local(|| {
        for stage in control::stages(&gateway.store).unwrap() {
            black_box(
                control::load(&gateway.store, &stage.deployment, &client::NoFunctions).unwrap(),
            );
        }
    });
}
