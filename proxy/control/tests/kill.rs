//! `kill -9` at random moments of concurrent create, update, deploy and delete: what was acknowledged
//! is there after a restart, and nothing by half.
//!
//! The test is its own child: with the name of a folder as its argument it calls the API until it
//! is killed, and prints each call that was acknowledged.

#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, reason = "the child says on stdout what was acknowledged")]
#![expect(clippy::unwrap_used, reason = "all of it is a test")]

mod client;

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::thread;

use axum::Router;
use axum::body::to_bytes;
use axum::http::StatusCode;
use serde_json::{Value, json};
use store::Store;
use tokio::runtime::{Builder, Runtime};
use tower::ServiceExt;

use client::Signed;

/// Times that the child is killed.
const ROUNDS: u64 = 100;

/// Threads of the child that call at once.
const CALLERS: u64 = 4;

/// Updates of an API before it is deleted.
const UPDATES: u64 = 4;

fn main() {
    let mut arguments = std::env::args().skip(1);
    match (arguments.next().as_deref(), arguments.next(), arguments.next()) {
        (Some("call"), Some(folder), Some(round)) => {
            call(Path::new(&folder), round.parse().unwrap())
        }
        (Some("--list"), ..) => println!("acknowledged_calls_survive_kill: test"),
        _ => acknowledged_calls_survive_kill(),
    }
}

/// The API over a folder.
struct Api {
    runtime: Runtime,
    router: Router,
    store: Arc<Store>,
}

impl Api {
    fn open(folder: &Path, seed: u64) -> Self {
        let store = client::open(folder);
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_time().build().unwrap();
        let router = control::router(client::control(&store, seed << 32));
        Self { runtime, router, store }
    }

    fn send(&self, verb: &str, path: &str, body: &Value) -> (StatusCode, Value) {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let line = format!("{verb} {path}");
        let request = Signed { line: &line, body: &body, ..Signed::default() }.request();
        self.runtime.block_on(async {
            let response = self.router.clone().oneshot(request).await.unwrap();
            let (head, body) = response.into_parts();
            let body = to_bytes(body, usize::MAX).await.unwrap();
            (head.status, serde_json::from_slice(&body).unwrap_or_default())
        })
    }

    fn done(&self, verb: &str, path: &str, body: &Value) -> Value {
        let (status, answer) = self.send(verb, path, body);
        assert!(status.is_success(), "{verb} {path}: {status} {answer}");
        answer
    }
}

/// Makes APIs, changes, deploys and deletes them, for ever.
fn call(folder: &Path, round: u64) {
    let api = Api::open(folder, round + 1);
    thread::scope(|scope| {
        for _ in 0..CALLERS {
            scope.spawn(|| while live(&api).is_some() {});
        }
    });
}

/// The life of one API; every other one is left.
fn live(api: &Api) -> Option<()> {
    let created = api.done("POST", "/restapis", &json!({ "name": "a" }));
    let id = created["id"].as_str()?;
    say(&format!("created {id}"));
    let root = created["rootResourceId"].as_str()?;
    let method = format!("/restapis/{id}/resources/{root}/methods/GET");
    api.done("PUT", &method, &json!({ "authorizationType": "NONE" }));
    api.done("PUT", &format!("{method}/integration"), &json!({ "type": "MOCK" }));
    for number in 1..=UPDATES {
        let update = json!({ "op": "replace", "path": "/name", "value": number.to_string() });
        let update = json!({ "patchOperations": [update] });
        api.done("PATCH", &format!("/restapis/{id}"), &update);
        say(&format!("named {id} {number}"));
        api.done("POST", &format!("/restapis/{id}/deployments"), &json!({ "stageName": "s" }));
        say(&format!("deployed {id} {number}"));
    }
    if id.ends_with(|last: char| last.is_ascii_lowercase()) {
        say(&format!("deleting {id}"));
        api.done("DELETE", &format!("/restapis/{id}"), &Value::Null);
        say(&format!("deleted {id}"));
    }
    Some(())
}

fn say(line: &str) {
    let mut output = std::io::stdout().lock();
    writeln!(output, "{line}").unwrap();
    output.flush().unwrap();
}

/// What was said of an API last.
#[derive(Clone, Copy, Default)]
struct Known {
    named: u64,
    deployed: u64,
    is_deleting: bool,
    is_deleted: bool,
}

fn acknowledged_calls_survive_kill() {
    let folder = tempfile::tempdir().unwrap();
    let mut apis: HashMap<String, Known> = HashMap::new();
    let mut calls = 0;
    for round in 0..ROUNDS {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["call", folder.path().to_str().unwrap(), &round.to_string()])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        // A different moment in each round.
        let count = 1 + usize::try_from(round * 13 % 60).unwrap();
        let before: Vec<String> = lines.by_ref().take(count).map_while(Result::ok).collect();
        child.kill().unwrap();
        child.wait().unwrap();
        // Each round has APIs of its own; all are looked at again in the end.
        let mut round_apis = HashMap::new();
        for line in before.into_iter().chain(lines.map_while(Result::ok)) {
            note(&mut round_apis, &line);
            calls += 1;
        }
        check(&Api::open(folder.path(), 0), &round_apis);
        apis.extend(round_apis);
    }
    let api = Api::open(folder.path(), 0);
    check(&api, &apis);
    // Whatever is served can be compiled.
    for stage in control::stages(&api.store).unwrap() {
        control::load(
            &api.store,
            &stage.deployment,
            &client::NoFunctions,
            &model::Backends::default(),
        )
        .unwrap();
    }
    assert!(calls > ROUNDS, "the child does not call");
    println!("{calls} acknowledged calls of {} APIs survived {ROUNDS} kills", apis.len());
}

fn note(apis: &mut HashMap<String, Known>, line: &str) {
    let words: Vec<&str> = line.split(' ').collect();
    let (what, id) = (words[0], words[1]);
    let number = words.get(2).and_then(|number| number.parse().ok()).unwrap_or_default();
    let known = apis.entry(id.to_owned()).or_default();
    match what {
        "named" => known.named = number,
        "deployed" => known.deployed = number,
        "deleting" => known.is_deleting = true,
        "deleted" => known.is_deleted = true,
        _ => {}
    }
}

fn check(api: &Api, apis: &HashMap<String, Known>) {
    for (id, known) in apis {
        let (status, found) = api.send("GET", &format!("/restapis/{id}"), &Value::Null);
        if known.is_deleted {
            assert_eq!(status, StatusCode::NOT_FOUND, "{id} was deleted and is there");
        }
        if status == StatusCode::NOT_FOUND {
            assert!(known.is_deleting, "{id} was created and is lost");
            continue;
        }
        let name: u64 = found["name"].as_str().unwrap().parse().unwrap_or_default();
        // The call that was under way when the child was killed may have been done.
        assert!((known.named..=known.named + 1).contains(&name), "{id}: {name}");
        let models = api.done("GET", &format!("/restapis/{id}/models"), &Value::Null);
        assert_eq!(models["item"].as_array().unwrap().len(), 2, "{id} is there by half");
        let deployments = format!("/restapis/{id}/deployments?limit=500");
        let deployments = api.done("GET", &deployments, &Value::Null);
        let count = deployments["item"].as_array().unwrap().len() as u64;
        assert!((known.deployed..=known.deployed + 1).contains(&count), "{id}: {count}");
        if count > 0 {
            let stage = api.done("GET", &format!("/restapis/{id}/stages/s"), &Value::Null);
            let last = deployments["item"].as_array().unwrap().last().unwrap();
            assert_eq!(
                stage["deploymentId"], last["id"],
                "{id}: its stage is of another deployment"
            );
        }
    }
}
