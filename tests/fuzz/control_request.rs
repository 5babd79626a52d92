//! Fuzz target: a request for any operation of the control API, signed with the root key, whose body
//! is whatever the fuzzer makes up. It must be answered, and not by a failure of ours.
//!
//! An input is two bytes that choose the operation, and the body.

#![no_main]

use std::cell::LazyCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::header::AUTHORIZATION;
use axum::http::{Request, StatusCode};
use control::{Ambient, Control, Credentials, Identity, NoHost, StoredFunctions, ensure_root_key};
use libfuzzer_sys::fuzz_target;
use model::{AccountId, Region};
use serde_json::Value;
use sigv4::{BodyDigest, Scope, Signer, SigningKey};
use store::Store;
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};
use tower::ServiceExt as _;

const KEY_ID: &str = "AKIAROOT";
const SECRET: &str = "root-secret";

/// The tables that the control API has its operations from.
const TABLES: [(&str, &str); 2] = [
    ("apigateway", include_str!("../../proxy/control/operations/apigateway.json")),
    ("lambda", include_str!("../../proxy/control/operations/lambda.json")),
];

thread_local!(static API: LazyCell<Api> = const { LazyCell::new(Api::new) });

fuzz_target!(|input: &[u8]| {
    let Some((choice, body)) = input.split_first_chunk::<2>() else { return };
    API.with(|api| {
        let operations = &api.operations;
        let operation = &operations[usize::from(u16::from_le_bytes(*choice)) % operations.len()];
        let (status, answer) = api.send(operation, body);
        // There are operations that are not implemented, and no host for what is tested.
        let is_known = matches!(status.as_u16(), 200..=499 | 501 | 503);
        assert!(is_known, "{} {}: {status} {answer}", operation.method, operation.path);
    });
});

struct Operation {
    service: &'static str,
    method: String,
    path: String,
}

/// The control API over a folder, with an API in it.
struct Api {
    runtime: Runtime,
    router: Router,
    operations: Vec<Operation>,
    _folder: TempDir,
}

impl Api {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let ambient = Arc::new(Counting(AtomicU64::new(0)));
        let root =
            Credentials { access_key_id: KEY_ID.to_owned(), secret_access_key: SECRET.to_owned() };
        ensure_root_key(&store, &*ambient, Some(root), |_| Ok(())).unwrap();
        let identity = Identity {
            account: AccountId::parse("000000000000").unwrap(),
            region: Region::parse("us-east-1").unwrap(),
        };
        let functions = StoredFunctions::new(Arc::clone(&store), identity.clone());
        let router = control::router(Control {
            store,
            ambient,
            functions: Arc::new(functions),
            lambda: Arc::default(),
            test_invoker: Arc::new(NoHost),
            identity,
        });
        let runtime = Builder::new_current_thread().build().unwrap();
        let mut api = Self { runtime, router, operations: Vec::new(), _folder: folder };
        let (api_id, root) = api.made();
        api.operations = operations(&api_id, &root);
        api
    }

    /// The ids of an API and its root resource.
    fn made(&self) -> (String, String) {
        let (method, path) = ("POST".to_owned(), "/restapis".to_owned());
        let create = Operation { service: "apigateway", method, path };
        let (_, answer) = self.send(&create, br#"{"name": "pets"}"#);
        let made: Value = serde_json::from_str(&answer).unwrap();
        let text = |member: &str| made[member].as_str().unwrap().to_owned();
        (text("id"), text("rootResourceId"))
    }

    fn send(&self, operation: &Operation, body: &[u8]) -> (StatusCode, String) {
        let request = signed(operation, body);
        self.runtime.block_on(async {
            let response = self.router.clone().oneshot(request).await.unwrap();
            let (head, body) = response.into_parts();
            let body = to_bytes(body, usize::MAX).await.unwrap();
            (head.status, String::from_utf8_lossy(&body).into_owned())
        })
    }
}

/// Every operation, on what is there where its path names something; the API itself stays.
fn operations(api: &str, root: &str) -> Vec<Operation> {
    let mut operations = Vec::new();
    for (service, table) in TABLES {
        let table: Value = serde_json::from_str(table).unwrap();
        for (name, operation) in table["operations"].as_object().unwrap() {
            let text = |member: &str| operation[member].as_str().unwrap().to_owned();
            let path = text("uri").replace("{restapi_id}", api).replace("{resource_id}", root);
            let path = path.replace("{http_method}", "GET").replace("{stage_name}", "prod");
            let segments = path.split('/');
            let segments =
                segments.map(|segment| if segment.starts_with('{') { "x" } else { segment });
            let path = segments.collect::<Vec<_>>().join("/");
            if name != "DeleteRestApi" {
                operations.push(Operation { service, method: text("method"), path });
            }
        }
    }
    operations
}

fn signed(operation: &Operation, body: &[u8]) -> Request<Body> {
    let Operation { service, method, path } = operation;
    let request = Request::builder().method(method.as_str()).uri(path);
    let request = request.header("host", "localhost").header("x-amz-date", "20231114T221320Z");
    let (mut head, ()) = request.body(()).unwrap().into_parts();
    let scope = Scope { date: "20231114", region: "us-east-1", service };
    let key = SigningKey::derive(SECRET, scope);
    let signer = Signer { access_key_id: KEY_ID, scope, key: &key };
    let signature = signer.sign(&(&head).into(), BodyDigest::of(body)).unwrap();
    head.headers.insert(AUTHORIZATION, signature.try_into().unwrap());
    Request::from_parts(head, Body::from(body.to_vec()))
}

/// A clock that stands still, and bytes that differ from call to call.
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
