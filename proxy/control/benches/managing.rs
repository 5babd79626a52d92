//! How long calls of the control API take with the disk in it, and how long a node takes to read what it
//! serves.

#![forbid(unsafe_code)]
#![expect(clippy::unwrap_used, reason = "a call that fails has no figure")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use axum::http::header::AUTHORIZATION;
use control::{
    Ambient, Callee, Control, Credentials, Functions, Identity, Refusal, ensure_root_key,
};
use divan::{Bencher, black_box};
use model::{AccountId, Digest, FunctionName, Plugin, Region};
use serde_json::{Value, json};
use sigv4::{BodyDigest, Scope, Signer, SigningKey};
use store::Store;
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};
use tower::ServiceExt;

fn main() {
    divan::main();
}

/// The root key.
const KEY_ID: &str = "AKIAROOT";
const SECRET: &str = "root-secret";

/// A request signed with the root key.
fn signed(verb: &str, path: &str, body: String) -> Request<Body> {
    let request = Request::builder().method(verb).uri(path);
    let request = request.header("host", "localhost").header("x-amz-date", "20231114T221320Z");
    let (mut head, ()) = request.body(()).unwrap().into_parts();
    let scope = Scope { date: "20231114", region: "us-east-1", service: "apigateway" };
    let key = SigningKey::derive(SECRET, scope);
    let signer = Signer { access_key_id: KEY_ID, scope, key: &key };
    let signature = signer.sign(&(&head).into(), BodyDigest::of(body.as_bytes())).unwrap();
    head.headers.insert(AUTHORIZATION, signature.try_into().unwrap());
    Request::from_parts(head, Body::from(body))
}

/// Bytes that do not repeat.
struct Counting(AtomicU64);

impl Ambient for Counting {
    fn now(&self) -> i64 {
        1_700_000_000
    }

    fn fill(&self, bytes: &mut [u8]) {
        for byte in bytes {
            let mut x = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
            x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            *byte = (x ^ (x >> 31)).to_le_bytes()[0];
        }
    }
}

struct NoFunctions;

impl Functions for NoFunctions {
    fn find(&self, _: &FunctionName, _: Option<&str>) -> Option<Plugin> {
        None
    }

    fn callee(
        &self,
        _: &FunctionName,
        _: Option<&str>,
        _: Digest,
        _: &[&str],
    ) -> Result<Callee, Refusal> {
        Ok(Callee::default())
    }
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
        let ambient = Arc::new(Counting(AtomicU64::new(0)));
        let root =
            Credentials { access_key_id: KEY_ID.to_owned(), secret_access_key: SECRET.to_owned() };
        ensure_root_key(&store, &*ambient, Some(root), |_| Ok(())).unwrap();
        let control = Control {
            store: Arc::clone(&store),
            ambient,
            functions: Arc::new(NoFunctions),
            lambda: Arc::default(),
            identity: Identity {
                account: AccountId::parse("000000000000").unwrap(),
                region: Region::parse("us-east-1").unwrap(),
            },
        };
        let runtime = Builder::new_current_thread().build().unwrap();
        Self { runtime, router: control::router(control), store, _folder: folder }
    }

    fn call(&self, verb: &str, path: &str, body: &Value) -> Value {
        let request = signed(verb, path, body.to_string());
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
            black_box(control::load(&gateway.store, &stage.deployment, &NoFunctions).unwrap());
        }
    });
}
