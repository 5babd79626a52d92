//! What happens to a data directory while a node works with it, or before: it says so by name, and
//! what is served goes on being served. And what a clock that jumps does.

use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use super::node::{Node, edgeway};
use super::{Pets, cli};
use crate::log::Log;
use crate::patience::try_for;

/// Makes APIs until one is refused: how that was, which ones were made, and which are there.
const FILL: &str = r#"
import boto3, botocore, json
client = boto3.client("apigateway")
made, refused = [], None
for number in range(3000):
    try:
        made.append(client.create_rest_api(name="filling", description="x" * 1000)["id"])
    except botocore.exceptions.ClientError as error:
        answer = error.response
        refused = [answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"], answer["Error"]["Message"]]
        break
    if number % 100 == 99:
        for api in made[-90:]:
            client.delete_rest_api(restApiId=api)
        del made[-90:]
pages = client.get_paginator("get_rest_apis").paginate()
there = [api["id"] for page in pages for api in page["items"] if api["name"] == "filling"]
print(json.dumps(dict(made=sorted(made), refused=refused, there=sorted(there))))
"#;

/// Runs a script with AWS's library for Python: what it printed.
#[track_caller]
fn python(node: &Node, script: &str) -> Value {
    let output = node.client("python3").args(["-c", script]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The shell, which runs the binary at last.
fn shell(script: &str, data: &Path) -> Command {
    let mut shell = Command::new("sh");
    shell.args(["-c", script, env!("CARGO_BIN_EXE_edgeway")]).env("DATA", data);
    shell
}

/// The shell where it may mount; none where nobody may.
fn mounting_shell(script: &str, data: &Path) -> Option<Command> {
    let mount = "mount -t tmpfs none /tmp";
    let can_mount = Command::new("unshare").args(["-rm", "sh", "-c", mount]).output();
    if !can_mount.is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: file systems cannot be mounted here");
        return None;
    }
    let mut unshare = Command::new("unshare");
    unshare.args(["-rm", "sh", "-c", script, env!("CARGO_BIN_EXE_edgeway")]).env("DATA", data);
    Some(unshare)
}

/// An API that is served, of a node that some program starts.
fn served_by(program: Command, data: TempDir) -> Pets {
    let pets = Pets::on(Node::start_by(program, data, &[]));
    pets.deploy("one", &[]);
    pets.wait_for("one");
    pets
}

/// What `edgeway serve` says of a data directory that it does not take.
#[track_caller]
fn refusal(mut program: Command, data: &Path) -> String {
    let mut child = program
        .args(["serve", "--http", "127.0.0.1:0", "--control", "127.0.0.1:0", "--data-dir"])
        .arg(data)
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let stderr = Log::read(child.stderr.take().unwrap());
    let status = try_for(crate::patience::PATIENCE, || child.try_wait().unwrap());
    crate::gateway::end(&mut child);
    assert_eq!(status.and_then(|status| status.code()), Some(1), "{}", stderr.whole());
    stderr.whole()
}

#[track_caller]
fn assert_full(filled: &Value) {
    let refused = &filled["refused"];
    assert_eq!((&refused[0], &refused[1]), (&503.into(), &"ServiceUnavailableException".into()));
    assert!(refused[2].as_str().unwrap().starts_with("Unable to save: the disk "), "{refused}");
    assert_eq!(filled["made"], filled["there"], "what was refused is not there, the rest is");
}

#[test]
fn a_file_that_may_not_grow_refuses_changes_and_serves_on() {
    let script = r#"trap "" XFSZ; ulimit -f 4000; exec "$0" "$@""#;
    let data = TempDir::new().unwrap();
    let mut pets = served_by(shell(script, data.path()), data);
    let filled = python(&pets.node, FILL);
    assert_full(&filled);
    assert_eq!(pets.served(), "one");
    pets.node.assert_runs();
    // With room again, everything that was acknowledged is there, and more can be made.
    pets.node = pets.node.killed_and_started();
    assert_eq!(pets.served(), "one");
    let there = python(&pets.node, &FILL.replace("range(3000)", "range(1)"));
    let (before, after) = (filled["there"].as_array().unwrap(), there["there"].as_array().unwrap());
    assert!(before.iter().all(|api| after.contains(api)));
    assert_eq!(after.len(), before.len() + 1);
}

#[test]
fn a_full_disk_refuses_changes_and_serves_on() {
    let script = r#"mount -t tmpfs -o size=3m none "$DATA" && exec "$0" "$@""#;
    let data = TempDir::new().unwrap();
    let Some(program) = mounting_shell(script, data.path()) else { return };
    let mut pets = served_by(program, data);
    assert_full(&python(&pets.node, FILL));
    assert_eq!(pets.served(), "one");
    let refused = pets.node.aws_refused("iam create-user --user-name somebody", &[]);
    assert!(refused.contains("(ServiceUnavailable"), "{refused}");
    pets.node.assert_runs();
    let said = pets.node.stderr.text();
    assert!(said.contains("the state cannot be written"), "{said}");
}

#[test]
fn a_data_directory_that_cannot_be_written_is_refused_by_name() {
    let script =
        r#"mount --bind "$DATA" "$DATA" && mount -o remount,bind,ro "$DATA" && exec "$0" "$@""#;
    let data = TempDir::new().unwrap();
    let Some(program) = mounting_shell(script, data.path()) else { return };
    let said = refusal(program, data.path());
    let name = data.path().join("lock").display().to_string();
    assert!(said.contains(&format!("{name} cannot be used: Read-only file system")), "{said}");
}

#[test]
fn a_second_process_is_refused_by_name_and_the_first_serves_on() {
    let mut pets = Pets::new();
    let said = refusal(edgeway(), pets.node.data.path());
    assert!(said.contains("is in use by another process; stop it, or name another"), "{said}");
    assert!(said.contains(&pets.node.data.path().display().to_string()), "{said}");
    pets.deploy("one", &[]);
    pets.wait_for("one");
    pets.node.assert_runs();
}

/// Overwrites all but the first page of the database.
fn damage(node: &Node) {
    let file = node.data.path().join("edgeway.db");
    let script = r#"
import sqlite3, sys
sqlite3.connect(sys.argv[1]).execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
with open(sys.argv[1], "r+b") as file:
    size = file.seek(0, 2)
    file.seek(4096)
    file.write(b"Z" * (size - 4096))
"#;
    let output = node.client("python3").args(["-c", script]).arg(&file).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_damaged_database_stops_no_api_and_is_refused_by_name_at_the_next_start() {
    let mut pets = Pets::new();
    pets.deploy("one", &[]);
    pets.wait_for("one");
    damage(&pets.node);
    // What is in memory may still be answered; what is not is a failure of ours.
    for command in ["get-rest-apis", "get-usage-plans", "get-api-keys", "get-domain-names"] {
        let mut aws = pets.node.client("aws");
        let output = cli::run(aws.args(["apigateway", command]));
        let complaint = &output.stderr;
        assert!(output.is_success() || complaint.contains("(InternalFailure)"), "{complaint}");
    }
    assert_eq!(pets.served(), "one");
    pets.node.assert_runs();
    let data = pets.node.killed();
    let said = refusal(edgeway(), data.path());
    let name = data.path().join("edgeway.db").display().to_string();
    assert!(said.contains(&format!("{name} is damaged: ")), "{said}");
    assert!(said.contains("restore a backup"), "{said}");
}

#[test]
fn a_database_that_another_process_locks_refuses_changes_until_it_lets_go() {
    let pets = Pets::new();
    pets.deploy("one", &[]);
    pets.wait_for("one");
    let script = format!(
        r#"
import boto3, botocore, json, sqlite3
client = boto3.client("apigateway")
database = sqlite3.connect("{}", isolation_level=None)
database.execute("BEGIN IMMEDIATE")
try:
    client.create_rest_api(name="locked")
    refused = None
except botocore.exceptions.ClientError as error:
    refused = [error.response["Error"]["Code"], error.response["Error"]["Message"]]
read = [api["name"] for api in client.get_rest_apis()["items"]]
database.execute("ROLLBACK")
client.create_rest_api(name="free")
there = [api["name"] for api in client.get_rest_apis()["items"]]
print(json.dumps(dict(refused=refused, read=read, there=there)))
"#,
        pets.node.data.path().join("edgeway.db").display()
    );
    let done = python(&pets.node, &script);
    let message = "Unable to save: the database is locked by another process";
    assert_eq!(done["refused"], serde_json::json!(["ServiceUnavailableException", message]));
    assert_eq!(done["read"], serde_json::json!(["pets"]));
    assert_eq!(done["there"], serde_json::json!(["pets", "free"]));
    assert_eq!(pets.served(), "one");
}

/// The library that lets one process have another time, where it is installed (package faketime).
fn faketime() -> Option<std::path::PathBuf> {
    let found = std::fs::read_dir("/usr/lib").ok()?.flatten().find_map(|folder| {
        let library = folder.path().join("faketime/libfaketimeMT.so.1");
        library.exists().then_some(library)
    });
    if found.is_none() {
        eprintln!("skipped: there is no libfaketime here");
    }
    found
}

#[test]
fn a_clock_that_jumps_refuses_calls_until_it_is_right_and_serves_on() {
    let Some(library) = faketime() else { return };
    let folder = TempDir::new().unwrap();
    let time = folder.path().join("time");
    let jump = |by: &str| std::fs::write(&time, by).unwrap();
    jump("+0");
    let mut program = edgeway();
    program
        .env("LD_PRELOAD", library)
        .env("FAKETIME_TIMESTAMP_FILE", &time)
        .env("FAKETIME_NO_CACHE", "1")
        .env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
    let mut pets = served_by(program, TempDir::new().unwrap());
    for (by, complaint) in [("+1h", "Signature expired: "), ("-1h", "Signature not yet current: ")]
    {
        jump(by);
        let refused = pets.node.aws_refused("apigateway get-rest-apis", &[]);
        assert!(refused.contains(complaint), "{by}: {refused}");
        assert_eq!(pets.served(), "one", "{by}");
        pets.node.assert_runs();
        jump("+0");
        let body = format!("after {by}");
        pets.deploy(&body, &[]);
        pets.wait_for(&body);
        pets.deploy("one", &[]);
        pets.wait_for("one");
    }
}
