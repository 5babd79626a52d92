//! Drives the router in this process. A test is a list of calls and what they answer.
//!
//! Ids are random, so a test names them: `API` stands for the id of the API from then on, in
//! requests and in answers.

use std::cell::RefCell;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use expect_test::Expect;
use model::Backends;
use serde_json::Value;
use store::Store;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tower::ServiceExt;

use super::client::{self, Signed};
use super::host::FakeHost;
use crate::{Control, Functions, Head, Lambda, StoredFunctions, router};

pub(super) struct Gateway {
    pub(super) runtime: Runtime,
    pub(super) router: Router,
    pub(super) control: Control,
    pub(super) store: Arc<Store>,
    names: RefCell<Vec<(String, String)>>,
    _folder: TempDir,
}

impl Gateway {
    pub(super) fn new() -> Self {
        Self::with(|control| control)
    }

    pub(super) fn with_functions(functions: Arc<dyn Functions>) -> Self {
        Self::with(|control| Control { functions, ..control })
    }

    pub(super) fn with_backends(backends: Backends) -> Self {
        Self::with(|control| Control { backends: Arc::new(backends), ..control })
    }

    /// With the functions of its own store.
    pub(super) fn with_stored_functions() -> Self {
        Self::with(|control| {
            let (store, identity) = (Arc::clone(&control.store), control.identity.clone());
            Control { functions: Arc::new(StoredFunctions::new(store, identity)), ..control }
        })
    }

    pub(super) fn with(change: impl FnOnce(Control) -> Control) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = client::open(folder.path());
        let control = client::control(&store, 0);
        let lambda = Arc::new(Lambda::new(Arc::new(FakeHost), Arc::default()));
        let (test_invoker, explanations) = (Arc::new(FakeHost), Arc::new(FakeHost));
        let control = change(Control { lambda, test_invoker, explanations, ..control });
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_time().start_paused(true).build().unwrap();
        let names = RefCell::default();
        let router = router(control.clone());
        Self { runtime, router, control, store, names, _folder: folder }
    }

    /// With an API, which is `API`, and its root resource, which is `ROOT`.
    pub(super) fn with_api() -> Self {
        let gateway = Self::new();
        gateway.add_api();
        gateway
    }

    /// The same with a method of it, deployed to the stage `prod`.
    pub(super) fn with_stage() -> Self {
        const METHOD: &str = "PUT /restapis/API/resources/ROOT/methods/GET";
        let gateway = Self::with_api();
        gateway.ok(METHOD, r#"{"authorizationType": "NONE"}"#);
        gateway.ok(&format!("{METHOD}/integration"), r#"{"type": "MOCK"}"#);
        gateway.ok("POST /restapis/API/deployments", r#"{"stageName": "prod"}"#);
        gateway
    }

    pub(super) fn add_api(&self) {
        let api = self.create("API", "POST /restapis", r#"{"name": "pets"}"#);
        self.name("ROOT", api["rootResourceId"].as_str().unwrap());
    }

    pub(super) fn name(&self, name: &str, id: &str) {
        self.names.borrow_mut().push((name.to_owned(), id.to_owned()));
    }

    /// Creates something, whose `id` is called `name` from now on.
    pub(super) fn create(&self, name: &str, line: &str, body: &str) -> Value {
        let (status, _, answer) = self.send(line, body);
        assert!(status.is_success(), "{line}: {status} {answer}");
        let value: Value = serde_json::from_str(&answer).unwrap();
        self.name(name, value["id"].as_str().unwrap());
        value
    }

    /// Does a call that must go well.
    pub(super) fn ok(&self, line: &str, body: &str) {
        let (status, _, answer) = self.send(line, body);
        assert!(status.is_success(), "{line}: {status} {answer}");
    }

    /// Sends `METHOD /path`, with the names of ids in place of ids.
    pub(super) fn send(&self, line: &str, body: &str) -> (StatusCode, HeaderMap, String) {
        let (line, body) = (self.with_ids(line), self.with_ids(body));
        let service = service_of(&line);
        let signed = Signed { line: &line, body: &body, service, ..Signed::default() };
        self.send_request(signed.request())
    }

    /// A text with ids in place of their names.
    pub(super) fn with_ids(&self, text: &str) -> String {
        let names = self.names.borrow();
        names.iter().fold(text.to_owned(), |text, (name, id)| replace_word(&text, name, id))
    }

    /// A text with names in place of ids.
    pub(super) fn with_names(&self, text: &str) -> String {
        let names = self.names.borrow();
        names.iter().rev().fold(text.to_owned(), |text, (name, id)| replace_word(&text, id, name))
    }

    pub(super) fn send_request(&self, request: Request<Body>) -> (StatusCode, HeaderMap, String) {
        self.runtime.block_on(async {
            let response = self.router.clone().oneshot(request).await.unwrap();
            let (head, body) = response.into_parts();
            let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
            (head.status, head.headers, String::from_utf8(body.to_vec()).unwrap())
        })
    }

    /// What a call answers, in one line: ids by their names, errors by their type and text.
    pub(super) fn answer(&self, line: &str, body: &str) -> String {
        let (status, headers, answer) = self.send(line, body);
        let mut answer = match headers.get("x-amzn-errortype") {
            Some(error) => {
                let value: Value = serde_json::from_str(&answer).unwrap();
                let message = value.get("message").unwrap_or(&value["Message"]);
                let message = message.as_str().unwrap().to_owned();
                format!("{} {}: {message}", status.as_u16(), error.to_str().unwrap())
            }
            None => format!("{} {answer}", status.as_u16()),
        };
        answer = self.with_names(&answer);
        if answer.ends_with(": ") || answer.len() == "202 ".len() {
            answer.truncate(answer.trim_end().len());
        }
        answer
    }

    /// Does calls, each a line with its body after it, and compares what all of them answer.
    #[track_caller]
    pub(super) fn check(&self, calls: &[(&str, &str)], expected: Expect) {
        let answers = calls.iter().map(|(line, body)| format!("{}\n", self.answer(line, body)));
        expected.assert_eq(&answers.collect::<String>());
    }
}

/// What a client signs `METHOD /path` for.
pub(super) fn service_of(line: &str) -> &'static str {
    let (verb, uri) = line.split_once(' ').unwrap();
    let (parts, ()) = Request::builder().method(verb).uri(uri).body(()).unwrap().into_parts();
    Head::read(parts).service().signing_name()
}

/// Replaces a word, but not a part of one: `API` stands in `/API/`, not in `API_KEY`.
fn replace_word(text: &str, word: &str, replacement: &str) -> String {
    let is_inside = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut replaced = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(word) {
        let (before, after) = (&rest[..at], &rest[at + word.len()..]);
        let is_word = !before.ends_with(is_inside) && !after.starts_with(is_inside);
        replaced.push_str(before);
        replaced.push_str(if is_word { replacement } else { word });
        rest = after;
    }
    replaced + rest
}

/// An update of one path.
pub(super) fn patch(op: &str, path: &str, value: &str) -> String {
    let operation = serde_json::json!({ "op": op, "path": path, "value": value });
    serde_json::json!({ "patchOperations": [operation] }).to_string()
}
