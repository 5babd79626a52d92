//! Cached responses, as AWS's client sets them up and clients of the API meet them.

use std::thread::{self, JoinHandle};

use serde_json::Value;
use tempfile::TempDir;

use super::node::Node;
use super::text;
use crate::client::Connection;
use crate::gateway::request;
use crate::patience::wait_for;
use crate::upstream::Upstream;

/// `GET /{proxy+}` of an upstream, keyed by the path, in a stage `prod` that caches.
struct Shop {
    node: Node,
    upstream: Upstream,
    api: String,
}

impl Shop {
    fn new() -> Self {
        Self::on(Node::start())
    }

    fn on(node: Node) -> Self {
        let upstream = Upstream::start();
        let api = text(&node.aws("apigateway create-rest-api --name shop", &[])["id"]);
        let resources = node.aws("apigateway get-resources --rest-api-id", &[&api]);
        let root = text(&resources["items"][0]["id"]);
        let more = [&api, "--parent-id", &root];
        let create = "apigateway create-resource --path-part {proxy+} --rest-api-id";
        let resource = text(&node.aws(create, &more)["id"]);
        let method = |command: &str, more: &[&str]| {
            let of = ["--rest-api-id", &api, "--resource-id", &resource, "--http-method", "GET"];
            node.aws(&format!("apigateway {command}"), &[&of[..], more].concat());
        };
        let declared = "method.request.path.proxy=true";
        method("put-method", &["--authorization-type", "NONE", "--request-parameters", declared]);
        let uri = upstream.uri("/{proxy}");
        let mapped = "integration.request.path.proxy=method.request.path.proxy";
        let integration = ["--type", "HTTP_PROXY", "--integration-http-method", "GET"];
        let more = ["--uri", &uri, "--request-parameters", mapped];
        let key = ["--cache-key-parameters", "method.request.path.proxy"];
        method("put-integration", &[&integration[..], &more, &key].concat());
        let stage =
            ["--stage-name", "prod", "--cache-cluster-enabled", "--cache-cluster-size", "0.5"];
        let deploy = "apigateway create-deployment --rest-api-id";
        node.aws(deploy, &[&[&*api][..], &stage].concat());
        let shop = Self { node, upstream, api };
        shop.patch(&["op=replace,path=/*/*/caching/enabled,value=true"]);
        wait_for("the cache", || {
            shop.get("ready");
            shop.get("ready");
            (shop.upstream.take().len() < 2).then_some(())
        });
        shop
    }

    fn patch(&self, operations: &[&str]) {
        let stage = ["--rest-api-id", &self.api, "--stage-name", "prod", "--patch-operations"];
        self.node.aws("apigateway update-stage", &[&stage[..], operations].concat());
    }

    fn flush(&self) {
        let more = [&self.api, "--stage-name", "prod"];
        self.node.aws("apigateway flush-stage-cache --rest-api-id", &more);
    }

    /// `GET /prod/{path}`: what the client reads.
    fn get(&self, path: &str) -> String {
        self.node.get(&self.api, &format!("/prod/{path}")).brief()
    }

    /// A request whose response nobody reads yet.
    fn begin(&self, path: &str, body: &[u8]) -> Connection {
        let host = format!("{}.execute-api.localhost", self.api);
        let mut connection = Connection::open(self.node.http);
        let line = format!("GET /prod/{path}");
        connection.write(request(&line, &[("Host", &host)], body));
        connection
    }

    fn wait_for_calls(&self, count: usize) {
        let mut calls = 0;
        wait_for("the upstream to be called", || {
            calls += self.upstream.take().len();
            (count <= calls).then_some(())
        });
        assert_eq!(calls, count);
    }
}

#[test]
fn the_access_log_says_what_was_a_hit() {
    let folder = TempDir::new().unwrap();
    let log = folder.path().join("access.log");
    let arguments = ["--access-log", log.to_str().unwrap()];
    let shop = Shop::on(Node::start_with(TempDir::new().unwrap(), &arguments));
    for path in ["first", "first"] {
        assert_eq!(shop.get(path), "200 0");
    }
    let results = wait_for("both lines", || {
        let text = std::fs::read_to_string(&log).unwrap_or_default();
        let lines = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let of_path = lines.filter(|line| line["path"] == "/prod/first");
        let results: Vec<_> = of_path.map(|line| line["responseCache"].clone()).collect();
        (results.len() == 2).then_some(results)
    });
    assert_eq!(results, ["miss", "hit"]);
}

const LATE: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nlate";

#[test]
fn a_response_is_kept_until_it_is_flushed_and_hits_are_counted() {
    let shop = Shop::new();
    for _ in 0..3 {
        assert_eq!(shop.get("one"), "200 0");
    }
    assert_eq!(shop.get("two"), "200 0");
    assert_eq!(shop.upstream.take().len(), 2);
    shop.flush();
    wait_for("the flush", || {
        shop.get("one");
        (!shop.upstream.take().is_empty()).then_some(())
    });
    shop.patch(&["op=replace,path=/cacheClusterEnabled,value=false"]);
    wait_for("the end of the cache", || {
        for _ in 0..2 {
            shop.get("one");
        }
        (shop.upstream.take().len() == 2).then_some(())
    });
    let mut control = Connection::open(shop.node.control);
    control.write(request("GET /_edgeway/metrics", &[], b""));
    let metrics = control.read().text().to_owned();
    for name in ["hit", "miss"] {
        let name = format!("aws_apigateway_cache_{name}_count_total{{api_id=\"{}\"", shop.api);
        let line = metrics.lines().find(|line| line.starts_with(&name)).unwrap();
        let count: u64 = line.rsplit(' ').next().unwrap().parse().unwrap();
        assert!(0 < count, "{line}");
    }
}

#[test]
fn many_clients_ask_and_the_upstream_is_asked_once() {
    let shop = Shop::new();
    let clients: Vec<Connection> = (0..50).map(|_| shop.begin("stall", b"")).collect();
    shop.wait_for_calls(1);
    shop.upstream.answer_next_held(LATE, 1);
    for mut client in clients {
        assert_eq!(client.read().brief(), "200 late");
    }
    assert_eq!(shop.upstream.take().len(), 0);
}

#[test]
fn who_waits_for_a_client_that_leaves_asks_next() {
    let shop = Shop::new();
    let first = shop.begin("stall", b"");
    shop.wait_for_calls(1);
    let mut others = [0; 3].map(|_| shop.begin("stall", b""));
    drop(first);
    shop.wait_for_calls(1);
    shop.upstream.answer_next_held(LATE, 2);
    for client in &mut others {
        assert_eq!(client.read().brief(), "200 late");
    }
    assert_eq!(shop.get("stall"), "200 late");
}

#[test]
fn who_waits_for_a_response_that_is_not_kept_gets_its_own() {
    let shop = Shop::new();
    let clients = [0; 5].map(|_| shop.begin("stall", b""));
    shop.wait_for_calls(1);
    shop.upstream.answer_next_held(b"HTTP/1.1 500 Oops\r\nContent-Length: 5\r\n\r\nfirst", 1);
    let reading = clients.map(|mut client| thread::spawn(move || client.read().brief()));
    // Those that waited, and those that come only now, ask for themselves.
    wait_for("the others to be answered", || {
        shop.upstream.answer_held(LATE);
        reading.iter().all(JoinHandle::is_finished).then_some(())
    });
    let mut answers = reading.map(|reader| reader.join().unwrap());
    answers.sort();
    assert_eq!(answers, ["200 late", "200 late", "200 late", "200 late", "500 first"]);
}

#[test]
fn what_is_cut_off_is_never_kept() {
    let shop = Shop::new();
    for path in ["half", "eleven-megabytes", "unavailable", "headers", "endless"] {
        for _ in 0..2 {
            shop.get(path);
            assert_eq!(shop.upstream.take().len(), 1, "{path}");
        }
    }
    // That one resets its connections before it looks at what it is asked.
    for _ in 0..2 {
        let before = shop.upstream.connections();
        assert!(shop.get("reset-in-body").starts_with("50"));
        assert!(before < shop.upstream.connections());
    }
    shop.get("chunked");
    assert_eq!(shop.get("chunked"), "200 first second");
    assert_eq!(shop.upstream.take().len(), 1);
}

#[test]
fn a_body_that_bypasses_the_cache_is_not_the_next_request() {
    let shop = Shop::new();
    assert_eq!(shop.get("one"), "200 0");
    let smuggled = b"GET /prod/smuggled HTTP/1.1\r\nHost: x\r\n\r\n";
    let mut connection = shop.begin("one", smuggled);
    assert_eq!(connection.read().brief(), "200 0");
    let host = format!("{}.execute-api.localhost", shop.api);
    connection.write(request("GET /prod/two", &[("Host", &host)], b""));
    assert_eq!(connection.read().brief(), "200 0");
    let called: Vec<_> = shop.upstream.take().into_iter().map(|request| request.head).collect();
    let lines: Vec<_> = called.iter().filter_map(|head| head.lines().next()).collect();
    assert_eq!(lines, ["GET /one HTTP/1.1", "GET /one HTTP/1.1", "GET /two HTTP/1.1"]);
}

/// What boto3 sets up and real clients ask, as a script says.
#[track_caller]
fn check_scenario(node: &Node, scenario: &str) {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/it/aws/response_cache");
    let (http, pid) = (node.http.to_string(), node.pid().to_string());
    let mut script = node.client("python3");
    script.args(["-B", &format!("{folder}/{scenario}.py"), &http, &pid]);
    let output = script.output().unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{complaint}");
}

#[test]
fn settings_of_methods_canaries_and_users_are_honoured() {
    check_scenario(&Node::start(), "settings");
}

#[test]
fn nothing_of_one_client_is_answered_to_another() {
    check_scenario(&Node::start(), "hostile");
}

#[test]
fn a_full_cache_takes_no_more_memory() {
    let data = TempDir::new().unwrap();
    check_scenario(&Node::start_with(data, &["--response-cache-memory", "10"]), "pressure");
}
