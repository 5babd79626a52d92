//! The examples: each is served as it is, but for its ports, and answers what its README promises.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};

use crate::components::{
    BEARER_TOKEN_AUTHORIZER, HEADER_TRANSFORM, PETSTORE_PETS, REDACT_TRANSFORM, cargo, root,
};
use crate::gateway::{Folder, Gateway, end};
use crate::spawned::spawn;

/// As the README has them.
const GATEWAY_PORT: &str = "127.0.0.1:8080";
const AGENCY_PORT: &str = "127.0.0.1:8090";

/// The petstore's upstream.
struct Agency {
    child: Child,
    address: String,
}

impl Agency {
    fn start() -> Self {
        let (child, stderr) = spawn(Command::new(agency_binary()).arg("127.0.0.1:0"));
        stderr.wait_for("listening on ");
        let log = stderr.text();
        let address = log.trim().rsplit(' ').next().unwrap().to_owned();
        Self { child, address }
    }
}

impl Drop for Agency {
    fn drop(&mut self) {
        end(&mut self.child);
    }
}

/// Built beside the binary under test, with the same profile.
fn agency_binary() -> PathBuf {
    let folder = Path::new(env!("CARGO_BIN_EXE_edgeway")).parent().unwrap();
    let profile = match folder.file_name().unwrap().to_str().unwrap() {
        "debug" => "dev",
        other => other,
    };
    cargo(&["build", "--profile", profile, "-p", "petstore-upstream"]);
    folder.join("petstore-upstream")
}

/// The petstore on ports of its own.
fn petstore() -> (Gateway, Agency) {
    let agency = Agency::start();
    let text = fs::read_to_string(root().join("examples/petstore/openapi.yaml")).unwrap();
    assert!(text.contains(AGENCY_PORT));
    let folder = Folder::of_text(&text.replace(AGENCY_PORT, &agency.address));
    let components = [BEARER_TOKEN_AUTHORIZER, HEADER_TRANSFORM, PETSTORE_PETS, REDACT_TRANSFORM];
    for component in components {
        folder.write_component(component.0, &component.bytes());
    }
    (Gateway::start_with(folder, &[]), agency)
}

#[test]
fn the_petstores_curl_lines_print_what_its_readme_says() {
    let (gateway, _agency) = petstore();
    let list = fs::read_to_string(root().join("examples/petstore/curl.txt")).unwrap();
    let readme = fs::read_to_string(root().join("examples/petstore/README.md")).unwrap();
    assert!(readme.contains(list.trim_end()), "README.md does not have the lines of curl.txt");
    let lines: Vec<_> = list.lines().collect();
    assert_eq!(lines.len(), 10, "five lines, each with what it prints");
    for pair in lines.chunks(2) {
        let [line, expected] = pair else { panic!("{pair:?}") };
        let command = line.replace(GATEWAY_PORT, &format!("127.0.0.1:{}", gateway.http));
        assert_ne!(command, *line, "a curl line is for {GATEWAY_PORT}");
        let output = Command::new("sh").args(["-c", &command]).output().unwrap();
        let printed = String::from_utf8(output.stdout).unwrap();
        assert_eq!(Some(printed.trim_end()), expected.strip_prefix("# => "), "{line}");
    }
}

#[track_caller]
fn check(gateway: &Gateway, line: &str, body: &str, expected: &str) {
    let headers = [("Authorization", "Bearer open-sesame"), ("Content-Type", "application/json")];
    let response = gateway.send(line, &headers, body);
    assert_eq!(response.brief(), expected, "{line}");
    assert_eq!(response.header("x-content-type-options"), Some("nosniff"), "{line}");
}

#[test]
fn every_route_of_the_petstore_answers() {
    let (gateway, _agency) = petstore();
    let check = |line, body, expected| check(&gateway, line, body, expected);
    check("GET /health", "", r#"200 {"status":"ok"}"#);
    check("OPTIONS /pets", "", "200 ");
    check("GET /pets", "", r#"200 {"pets":[]}"#);
    check(
        "POST /pets",
        r#"{"name":"Rex"}"#,
        r#"201 {"id":1,"name":"Rex","status":"available","registeredBy":"ann","version":1}"#,
    );
    check(
        "PUT /pets/1",
        r#"{"name":"Max","tag":"dog"}"#,
        r#"200 {"id":1,"name":"Max","tag":"dog","status":"available","registeredBy":"ann","version":2}"#,
    );
    check(
        "PATCH /pets/1",
        r#"{"tag":null}"#,
        r#"200 {"id":1,"name":"Max","status":"available","registeredBy":"ann","version":3}"#,
    );
    check(
        "POST /pets/1/adoption",
        r#"{"id":"ada","email":"ada@example.com"}"#,
        r#"200 {"id":1,"name":"Max","status":"adopted","owner":{"id":"ada","email":"ada@example.com"},"registeredBy":"ann","version":4}"#,
    );
    check(
        "GET /pets/1",
        "",
        r#"200 {"id":1,"name":"Max","status":"adopted","owner":{"id":"ada","email":"***"},"registeredBy":"ann","version":4}"#,
    );
    check(
        "GET /owners/ada/pets",
        "",
        r#"200 {"pets":[{"id":1,"name":"Max","status":"adopted","owner":{"id":"ada","email":"ada@example.com"},"registeredBy":"ann","version":4}]}"#,
    );
    check("GET /stats", "", r#"200 {"adopted":1,"available":0,"pending":0}"#);
    check("DELETE /pets/1", "", "204 ");
    check("GET /adoptions/hours", "", r#"200 {"opens":"09:00","closes":"17:00"}"#);
    check(
        "POST /adoptions/requests",
        r#"{"petId":1,"message":"please"}"#,
        r#"201 {"id":1,"petId":1,"message":"please"}"#,
    );
    assert_eq!(gateway.get("/pets/1").status, 404);
    let unauthorized = gateway.send("POST /pets", &[], r#"{"name":"Rex"}"#);
    assert_eq!(unauthorized.brief(), r#"401 {"message":"Unauthorized"}"#);
}
