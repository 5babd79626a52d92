//! Plugins in every language, from `edgeway new` and `edgeway build` to an answer: with the toolchains
//! that users have, so npm, PyPI and the programs that `.ci/setup` installs are needed. Not for what these
//! commands refuse: see `authoring`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::json;
use tempfile::TempDir;

use crate::components::ECHO;
use crate::document::{Document, function};
use crate::gateway::{Folder, Gateway};
use crate::upstream::Upstream;

/// A function that is called with the mode at the end of its path.
fn document(name: &str, settings: serde_json::Value) -> String {
    let document = Document::new().route("ANY /{mode}", function(name));
    document.with("x-edgeway-functions", json!({ name: settings })).text()
}

/// Runs `edgeway new` or `edgeway build` to its end.
fn edgeway(arguments: &[&str], dir: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_edgeway"))
        .args(arguments)
        .current_dir(dir)
        .env("NO_COLOR", "1")
        .env("EDGEWAY_TOOLS", tools())
        .env("CARGO_TARGET_DIR", tools().join("rust"))
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

/// What builds install, they install once for all tests.
pub(crate) fn tools() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("tools")
}

#[track_caller]
pub(crate) fn succeed(arguments: &[&str], dir: &Path) -> String {
    let output = edgeway(arguments, dir);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "edgeway {}:\n{said}", arguments.join(" "));
    String::from_utf8(output.stdout).unwrap()
}

#[track_caller]
pub(crate) fn fail(arguments: &[&str], dir: &Path) -> String {
    let output = edgeway(arguments, dir);
    assert_eq!(output.status.code(), Some(1), "edgeway {}", arguments.join(" "));
    String::from_utf8(output.stderr).unwrap()
}

/// Serves a component that was built, at `/{mode}`.
fn serve(name: &str, component: &[u8], settings: serde_json::Value) -> Gateway {
    let path = json!({ "component": format!("components/{name}.wasm"), "timeout": 10 });
    let folder = Folder::of_text(&document(name, crate::document::merged(path, settings)));
    folder.write_component(name, component);
    Gateway::start_with(folder, &[])
}

/// Puts the files of a test's project over those of `edgeway new`.
fn copy(from: &str, to: &Path) {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/it/languages").join(from);
    for entry in fs::read_dir(&from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            fs::create_dir_all(&target).unwrap();
            let below = entry.path();
            for entry in fs::read_dir(below).unwrap() {
                let entry = entry.unwrap();
                fs::copy(entry.path(), target.join(entry.file_name())).unwrap();
            }
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[track_caller]
fn check(gateway: &Gateway, mode: &str, expected: &str) {
    assert_eq!(gateway.get(&format!("/{mode}")).brief(), expected, "{mode}");
}

const BROKEN: &str = r#"502 {"message": "Internal server error"}"#;
const TRANSFORM_BROKEN: &str = r#"500 {"message": "Internal server error"}"#;

#[test]
fn a_javascript_handler_runs_as_on_lambda() {
    let dir = TempDir::new().unwrap();
    succeed(&["new", "--language", "javascript", "shop"], dir.path());
    copy("javascript", &dir.path().join("shop"));
    let said = succeed(&["build", "shop"], dir.path());
    assert!(said.contains("event-function"), "{said}");
    assert!(said.contains("keyValueNamespaces"), "{said}");
    let component = fs::read(dir.path().join("shop/shop.wasm")).unwrap();
    let settings = json!({ "environment": { "TABLE": "pets" }, "keyValueNamespaces": ["counts"] });
    let gateway = serve("shop", &component, settings);
    check(&gateway, "answer", BROKEN);
    gateway.stderr.wait_for("Uncaught Exception {\\\"errorType\\\":\\\"OutOfStock\\\"");
    // Another instance starts anew.
    check(
        &gateway,
        "answer",
        r#"200 {"table":"pets","name":"shop","region":"us-east-1","function":"shop","memory":"128","inTime":true,"text":"socks"}"#,
    );
    check(&gateway, "sleep", r#"200 {"slept":true}"#);
    check(&gateway, "count", r#"200 {"count":2}"#);
    check(&gateway, "log", "200 {}");
    gateway.stderr.wait_for("text=\"stock of socks is 3 { left: [ 1, 2 ] }\"");
    gateway.stderr.wait_for("WARN function function=\"shop\"");
    check(&gateway, "throw", BROKEN);
    gateway.stderr.wait_for("OutOfStock: no socks");
    check(&gateway, "throw-text", BROKEN);
    check(&gateway, "fetch", BROKEN);
    gateway.stderr.wait_for("fetch is not built in");
    check(&gateway, "nothing", BROKEN);
    check(&gateway, "count", r#"200 {"count":4}"#);
}

#[test]
fn a_python_handler_runs_as_on_lambda() {
    let dir = TempDir::new().unwrap();
    succeed(&["new", "--language", "python", "shop"], dir.path());
    copy("python", &dir.path().join("shop"));
    let said = succeed(&["build", "shop"], dir.path());
    assert!(said.contains("event-function"), "{said}");
    let component = fs::read(dir.path().join("shop/shop.wasm")).unwrap();
    let origin = Upstream::start();
    let settings = json!({
        "environment": { "TABLE": "pets", "ORIGIN": origin.uri("") },
        "keyValueNamespaces": ["counts"],
        "outbound": [origin.uri("")],
    });
    let gateway = serve("shop", &component, settings);
    check(
        &gateway,
        "answer",
        r#"200 {"table": "pets", "name": "shop", "region": "us-east-1", "function": "shop", "memory": "128", "inTime": true, "price": "1.10"}"#,
    );
    check(&gateway, "sleep", r#"200 {"slept": true}"#);
    check(&gateway, "count", r#"200 {"count": 2}"#);
    check(&gateway, "late_import", r#"200 "dedented""#);
    check(&gateway, "log", "200 {}");
    gateway.stderr.wait_for("text=\"stock of socks is 3\"");
    gateway.stderr.wait_for("text=\"low on socks\"");
    gateway.stderr.wait_for("WARN function function=\"shop\"");
    check(&gateway, "throw", BROKEN);
    gateway.stderr.wait_for("[ERROR] OutOfStock: no socks");
    gateway.stderr.wait_for("lambda_function.py\\\", line");
    check(&gateway, "marshal", BROKEN);
    gateway.stderr.wait_for("Runtime.MarshalError");
    check_outbound_of_python(&gateway, &origin);
    check(&gateway, "count", r#"200 {"count": 4}"#);
}

fn check_outbound_of_python(gateway: &Gateway, origin: &Upstream) {
    check(
        gateway,
        "fetch",
        r#"200 {"status": 200, "own": "kept", "cookies": ["a=1", "b=2"], "body": "ok"}"#,
    );
    check(gateway, "post", "200 10000");
    let head = &origin.take()[1].head;
    assert!(head.starts_with("PUT /echo-body HTTP/1.1\r\n"), "{head}");
    assert!(head.to_lowercase().contains("content-type: application/json"), "{head}");
    check(gateway, "unavailable", r#"200 [503, "7", "busy"]"#);
    check(gateway, "half", BROKEN);
    gateway.stderr.wait_for("[ERROR] IncompleteRead");
    let denied = "HttpRequestDenied (the function's `outbound` does not grant this destination)";
    check(gateway, "elsewhere", &format!("200 \"{denied}\""));
    check(gateway, "stall", "200 true");
}

/// A module with both transforms, around a function that echoes.
fn check_transforms(language: &str, module: &str, error: &str) -> Gateway {
    let dir = TempDir::new().unwrap();
    succeed(&["new", "--language", language, "--kind", "request-transform", "change"], dir.path());
    copy(module, &dir.path().join("change"));
    let said = succeed(&["build", "change"], dir.path());
    assert!(said.contains("request-transform, response-transform"), "{said}");
    let document = Document::new()
        .function("echo", ECHO)
        .function_at("change", "components/change.wasm")
        .with("x-edgeway-request-transform", json!("change"))
        .with("x-edgeway-response-transform", json!("change"))
        .route("ANY /{mode}", function("echo"));
    let folder = Folder::new(&document);
    let component = fs::read(dir.path().join("change/change.wasm")).unwrap();
    folder.write_component("change", &component);
    let gateway = Gateway::start_with(folder, &[]);
    let headers = [("X-Many", "1"), ("X-Many", "2"), ("X-Secret", "1")];
    let response = gateway.send("POST /change?q=1&gone=1&kept=1", &headers, "socks");
    assert_eq!(response.status, 201, "{response:?}");
    assert_eq!(response.header("x-type"), Some("application/json"));
    let text = response.text().strip_suffix('!').unwrap();
    let event: serde_json::Value = serde_json::from_str(text).unwrap();
    assert_eq!(event["body"], "SOCKS");
    let query = &event["multiValueQueryStringParameters"];
    assert_eq!(*query, json!({ "kept": ["1"], "q": ["1!"] }));
    let sent = &event["multiValueHeaders"];
    assert_eq!(sent["x-set"], json!(["of 1, 2"]), "{sent}");
    assert_eq!(sent["x-list"], json!(["a", "b"]), "{sent}");
    assert_eq!(sent["X-Many"], json!(["1", "2", "3"]), "{sent}");
    assert_eq!(sent["X-Secret"], json!(null), "{sent}");
    let vary = response.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("vary"));
    assert_eq!(vary.map(|(_, value)| value.as_str()).collect::<Vec<_>>(), ["origin", "accept"]);
    let response = gateway.get("/answer");
    assert_eq!(response.brief(), r#"418 ["dev",{},{"mode":"answer"}]"#);
    let cookies =
        response.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie"));
    assert_eq!(cookies.count(), 2, "{response:?}");
    assert_eq!(gateway.get("/nothing").status, 201);
    check(&gateway, "throw", TRANSFORM_BROKEN);
    gateway.stderr.wait_for(error);
    check(&gateway, "typo", TRANSFORM_BROKEN);
    gateway.stderr.wait_for("has header; there are headers, query, body");
    gateway
}

#[test]
fn transforms_in_javascript_are_functions_of_requests_and_responses() {
    check_transforms("javascript", "javascript-transform", "RangeError: no socks");
}

#[test]
fn transforms_in_python_are_functions_of_requests_and_responses() {
    let gateway = check_transforms("python", "python-transform", "RuntimeError: no socks");
    check(&gateway, "fetch", TRANSFORM_BROKEN);
    gateway.stderr.wait_for("outgoing HTTP is not built in: write");
}

#[test]
fn a_c_function_handles_events() {
    let dir = TempDir::new().unwrap();
    succeed(&["new", "--language", "c", "shop"], dir.path());
    copy("c", &dir.path().join("shop/src"));
    let said = succeed(&["build", "shop"], dir.path());
    assert!(said.contains("event-function"), "{said}");
    assert!(!said.contains("keyValueNamespaces"), "it does not use it:\n{said}");
    let component = fs::read(dir.path().join("shop/shop.wasm")).unwrap();
    assert!(component.len() < 200_000, "{} bytes", component.len());
    let gateway = serve("shop", &component, json!({ "environment": { "TABLE": "pets" } }));
    check(&gateway, "answer", r#"200 pets of "shop""#);
    check(&gateway, "log", "200 logged");
    gateway.stderr.wait_for("text=\"low on socks: 3\"");
    check(&gateway, "throw", BROKEN);
    check(&gateway, "answer", r#"200 pets of "shop""#);
}

/// What `edgeway new` makes is served after `edgeway build` as it is, whatever its name.
fn check_template(language: &str, kind: &str, name: &str, expected: &str) {
    let dir = TempDir::new().unwrap();
    succeed(&["new", "--language", language, "--kind", kind, name], dir.path());
    succeed(&["build", name], dir.path());
    let text = fs::read_to_string(dir.path().join(name).join("openapi.yaml")).unwrap();
    let folder = Folder::of_text(&text);
    let file = format!("{name}.wasm");
    fs::copy(dir.path().join(name).join(&file), folder.dir().join(&file)).unwrap();
    let gateway = Gateway::start_with(folder, &[]);
    let headers = [("Authorization", "open sesame")];
    let response = gateway.send("GET /hello/Ada", &headers, "");
    assert_eq!(response.brief(), expected, "{language}, {kind}");
}

const HELLO: &str = r#"200 {"message":"Hello, Ada!"}"#;

#[test]
fn the_template_of_c_is_served_as_it_is() {
    check_template("c", "event-function", "1e3", r#"200 {"message":"Hello from 1e3!"}"#);
}

#[test]
fn a_fetch_handler_of_javascript_is_served_as_it_is() {
    check_template("javascript", "http", "hello", HELLO);
}

#[test]
fn an_authorizer_of_python_is_served_as_it_is() {
    check_template("python", "authorizer", "hello", r#"200 {"message": "Hello!"}"#);
}

#[test]
fn the_templates_of_rust_are_served_as_they_are() {
    check_template("rust", "event-function", "2fa", HELLO);
    check_template("rust", "http", "hello", HELLO);
}
