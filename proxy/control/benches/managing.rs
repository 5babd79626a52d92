//! How long calls of the control API take with the disk in it, how long a node takes to read what it
//! serves and to switch to it, and what that holds of memory.

#![forbid(unsafe_code)]
#![expect(clippy::unwrap_used, reason = "a call that fails has no figure")]

#[path = "../tests/client.rs"]
mod client;

use std::sync::Arc;

use arc_swap::ArcSwap;
use axum::Router;
use axum::body::to_bytes;
use control::{FunctionCalls, Identity, ServedStage};
use divan::{AllocProfiler, Bencher};
use model::{Backends, Deployment, Snapshot, Stage};
use serde_json::{Value, json};
use store::Store;
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;
use tower::ServiceExt;

use client::Signed;

#[global_allocator]
static ALLOCATOR: AllocProfiler = AllocProfiler::system();

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
        let store = client::open(folder.path());
        let runtime = Builder::new_current_thread().enable_time().build().unwrap();
        let router = control::router(client::control(&store, 0));
        Self { runtime, router, store, _folder: folder }
    }

    fn call(&self, verb: &str, path: &str, body: &Value) -> Value {
        self.runtime.block_on(send(self.router.clone(), verb, path, body))
    }

    /// The path at which an API has its first resources made.
    fn root_of_new_api(&self) -> String {
        let api = self.call("POST", "/restapis", &json!({ "name": "a" }));
        format!("/restapis/{}/resources/{}", text(&api, "id"), text(&api, "rootResourceId"))
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

    /// All stages, compiled, as a node loads them.
    fn loaded(&self) -> Vec<(Deployment, FunctionCalls)> {
        let stages = control::stages(&self.store).unwrap();
        let load = |stage: &ServedStage| {
            control::load(
                &self.store,
                &stage.deployment,
                &client::NoFunctions,
                &Backends::default(),
            )
            .unwrap()
        };
        stages.iter().map(load).collect()
    }

    fn deploy(&self, api: &str) {
        let stage = json!({ "stageName": "prod" });
        self.call("POST", &format!("/restapis/{api}/deployments"), &stage);
    }
}

/// Does a call, which must go well, and reads its answer.
fn send(
    router: Router,
    verb: &str,
    path: &str,
    body: &Value,
) -> impl Future<Output = Value> + Send + 'static {
    let (line, body) = (format!("{verb} {path}"), body.to_string());
    let request = Signed { line: &line, body: &body, ..Signed::default() }.request();
    async move {
        let response = router.oneshot(request).await.unwrap();
        assert!(response.status().is_success(), "{line}: {}", response.status());
        let answer = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        serde_json::from_slice(&answer).unwrap_or_default()
    }
}

fn text(value: &Value, member: &str) -> String {
    value[member].as_str().unwrap().to_owned()
}

#[divan::bench]
fn create_resource(bencher: Bencher<'_, '_>) {
    let gateway = Gateway::new();
    let create = |path: String| gateway.call("POST", &path, &json!({ "pathPart": "pets" }));
    bencher.with_inputs(|| gateway.root_of_new_api()).bench_local_values(create);
}

/// As many callers: writes that wait at the same time are put on the disk together.
#[divan::bench]
fn create_64_resources_at_once(bencher: Bencher<'_, '_>) {
    let gateway = Gateway::new();
    bencher.with_inputs(|| gateway.root_of_new_api()).bench_local_values(|path| {
        gateway.runtime.block_on(async {
            let mut calls = JoinSet::new();
            for number in 0..64 {
                let part = json!({ "pathPart": format!("pets{number}") });
                calls.spawn(send(gateway.router.clone(), "POST", &path, &part));
            }
            calls.join_all().await
        })
    });
}

#[divan::bench]
fn create_deployment_of_300_resources_with_4_methods(bencher: Bencher<'_, '_>) {
    let gateway = Gateway::new();
    let api = gateway.api(300, &["GET", "PUT", "POST", "DELETE"]);
    bencher.bench_local(|| gateway.deploy(&api));
}

/// With a stage for each of 300 APIs of 50 methods.
fn gateway_with_300_stages() -> Gateway {
    let gateway = Gateway::new();
    let first = gateway.api(50, &["GET"]);
    gateway.deploy(&first);
    for _ in 1..300 {
        let clone = json!({ "name": "a", "cloneFrom": first });
        let clone = gateway.call("POST", "/restapis", &clone);
        gateway.deploy(&text(&clone, "id"));
    }
    gateway
}

/// What is allocated and not freed again is what the deployments hold.
#[divan::bench]
fn load_of_300_stages_with_50_methods(bencher: Bencher<'_, '_>) {
    let gateway = gateway_with_300_stages();
    bencher.bench_local(|| gateway.loaded());
}

#[divan::bench]
fn switch_of_a_snapshot_of_300_stages(bencher: Bencher<'_, '_>) {
    let gateway = gateway_with_300_stages();
    let loaded: Vec<_> = gateway.loaded().into_iter().map(|loaded| Arc::new(loaded.0)).collect();
    let Identity { account, region } = client::identity();
    let stages = control::stages(&gateway.store).unwrap();
    let snapshot = || {
        let mut snapshot = Snapshot::new(account.clone(), region.clone());
        for (stage, deployment) in stages.iter().zip(&loaded) {
            let variables = stage.variables.clone();
            let stage = Stage::new(stage.name.clone(), variables, Arc::clone(deployment), 0);
            snapshot.add(stage);
        }
        Arc::new(snapshot)
    };
    let live = ArcSwap::new(snapshot());
    bencher.bench_local(|| live.store(snapshot()));
}
