//! Fuzz target: a request for any operation of the control API, signed with the root key, whose body
//! is whatever the fuzzer makes up. It must be answered, and not by a failure of ours.
//!
//! An input is two bytes that choose the operation, and the body.

#![no_main]

#[path = "../../proxy/control/tests/client.rs"]
mod client;

use std::cell::LazyCell;

use axum::Router;
use axum::body::to_bytes;
use axum::http::StatusCode;
use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};
use tower::ServiceExt as _;

use client::Signed;

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
        let store = client::open(folder.path());
        let router = control::router(client::control(&store, 0));
        let runtime = Builder::new_current_thread().enable_time().build().unwrap();
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
        let line = format!("{} {}", operation.method, operation.path);
        // What is no text is no JSON: there is nothing more to find with it.
        let body = String::from_utf8_lossy(body);
        let signed =
            Signed { line: &line, body: &body, service: operation.service, ..Signed::default() };
        let request = signed.request();
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
