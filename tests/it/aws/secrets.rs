//! The secrets of a data directory: in clear text nowhere, not in logs, metrics or backups either; sealed with
//! a key that may be lost, wrong or replaced.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

use super::cli;
use super::domains::certificate;
use super::functions::Pets;
use super::node::{Node, SECRET, edgeway};
use super::text;
use crate::client::Connection;
use crate::components::ECHO;
use crate::gateway::{end, request};
use crate::spawned::spawn;

const API_KEY: &str = "an-api-key-that-a-client-sends";
const VARIABLE: &str = "a-variable-of-a-function";
const DOMAIN: &str = "api.example.com";

/// Times that another key is cut off.
const ROUNDS: u64 = 6;

/// A node that has secrets of every kind, and what they are.
struct Keeper {
    node: Node,
    api: String,
    secrets: Vec<String>,
    user_key: [String; 2],
}

impl Keeper {
    fn new() -> Self {
        let data = TempDir::new().unwrap();
        let log = data.path().join("access.log");
        let log =
            ["--access-log", log.to_str().unwrap(), "--log", "info,edgeway=trace,control=trace"];
        let node = Node::start_with(data, &log);
        let variables = format!("Variables={{TOKEN={VARIABLE}}}");
        let pets = Pets::on(node, ECHO, &["--environment", &variables]);
        let api = pets.add_api();
        pets.deploy(&api);
        let node = pets.0;
        node.aws("apigateway create-api-key --enabled --name ada --value", &[API_KEY]);
        node.aws("iam create-user --user-name ada", &[]);
        let made = &node.aws("iam create-access-key --user-name ada", &[])["AccessKey"];
        let user_key = ["AccessKeyId", "SecretAccessKey"].map(|member| text(&made[member]));
        let session = &node.aws("sts get-session-token", &[])["Credentials"];
        let session = ["SecretAccessKey", "SessionToken"].map(|member| text(&session[member]));
        node.aws("apigateway generate-client-certificate", &[]);
        let [body, key] = certificate(DOMAIN);
        let given = ["--certificate-body", &body, "--certificate-private-key", &key];
        let domain =
            [&["--domain-name", DOMAIN, "--endpoint-configuration", "types=REGIONAL"], &given[..]];
        node.aws("apigateway create-domain-name", &domain.concat());
        let line_of_key = key.lines().nth(1).unwrap().to_owned();
        let mut secrets: Vec<String> =
            [SECRET, API_KEY, VARIABLE, "PRIVATE KEY"].map(str::to_owned).into();
        secrets.extend([user_key[1].clone(), line_of_key]);
        secrets.extend(session);
        Self { node, api, secrets, user_key }
    }

    /// Asks for something, with a secret.
    fn is_served(&self) {
        let host = format!("{}.execute-api.localhost", self.api);
        let headers = [("Host", &*host), ("X-API-Key", API_KEY)];
        assert_eq!(self.node.send_with("GET /prod/", &headers).status, 200);
    }

    /// Whether all secrets are what they were.
    fn assert_known(&self) {
        let keys = self.node.aws("apigateway get-api-keys --include-values", &[]);
        assert_eq!(keys["items"][0]["value"], API_KEY);
        let function = self.node.aws("lambda get-function-configuration --function-name pets", &[]);
        assert_eq!(function["Environment"]["Variables"]["TOKEN"], VARIABLE);
        let [id, secret] = &self.user_key;
        let mut aws = self.node.client("aws");
        aws.env("AWS_ACCESS_KEY_ID", id).env("AWS_SECRET_ACCESS_KEY", secret);
        let output = cli::run(aws.args(["sts", "get-caller-identity"]));
        assert!(output.is_success(), "{}", output.stderr);
    }

    #[track_caller]
    fn assert_nowhere(&self, folder: &Path) {
        for file in files(folder) {
            let bytes = fs::read(&file).unwrap();
            for secret in &self.secrets {
                let is_in = bytes.windows(secret.len()).any(|part| part == secret.as_bytes());
                assert!(!is_in, "{secret} is in {}", file.display());
            }
        }
    }
}

fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// A command of the binary on a data directory.
fn run(arguments: &[&str], data: &Path) -> Output {
    edgeway().args(arguments).arg("--data-dir").arg(data).output().unwrap()
}

#[track_caller]
fn done(arguments: &[&str], data: &Path) -> String {
    let output = run(arguments, data);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{arguments:?}: {said}");
    said
}

#[track_caller]
fn refused(arguments: &[&str], data: &Path) -> String {
    refused_by(edgeway(), arguments, data)
}

#[track_caller]
fn refused_by(mut edgeway: Command, arguments: &[&str], data: &Path) -> String {
    // Where it is not refused, it would serve for ever: no other ports are free for it.
    let ports = ["--http", "127.0.0.1:0", "--control", "127.0.0.1:0"];
    let ports = if arguments[0] == "serve" { &ports[..] } else { &[] };
    let command = edgeway.args(arguments).args(ports).arg("--data-dir").arg(data);
    let (mut child, stderr) = spawn(command);
    let ended = crate::patience::try_for(crate::patience::PATIENCE, || child.try_wait().unwrap());
    end(&mut child);
    let said = stderr.whole();
    assert!(ended.is_some_and(|status| !status.success()), "{arguments:?}: {said}");
    said
}

#[test]
fn secrets_are_in_no_file_log_metric_or_backup() {
    let keeper = Keeper::new();
    keeper.is_served();
    keeper.assert_known();
    let data = keeper.node.data.path().to_owned();
    keeper.assert_nowhere(&data);
    let folder = TempDir::new().unwrap();
    let backup = folder.path().join("backup");
    done(&["backup", backup.to_str().unwrap()], &data);
    keeper.assert_nowhere(folder.path());
    let mut connection = Connection::open(keeper.node.control);
    connection.write(request("GET /_edgeway/metrics", &[("Host", "localhost")], b""));
    let said = [connection.read().text().to_owned(), keeper.node.stderr.text()];
    assert!(said[1].contains("secrets are sealed with the key in "), "{}", said[1]);
    let access_log = fs::read_to_string(data.join("access.log")).unwrap();
    assert!(access_log.contains(&keeper.api), "{access_log}");
    for secret in &keeper.secrets {
        assert!(said.iter().all(|text| !text.contains(secret)), "{secret} is told");
    }
    let Keeper { node, api, secrets, user_key } = keeper;
    let node = node.killed_and_started();
    let keeper = Keeper { node, api, secrets, user_key };
    keeper.is_served();
    keeper.assert_known();
    keeper.assert_nowhere(&data);
    // What is no secret is listed without the key.
    fs::rename(data.join("secrets-key"), folder.path().join("elsewhere")).unwrap();
    done(&["apis"], &data);
    done(&["functions"], &data);
}

#[test]
fn a_key_that_is_lost_or_wrong_is_asked_for_and_a_restore_needs_it() {
    let node = Node::start();
    node.aws("apigateway create-api-key --enabled --value", &[API_KEY]);
    let data = node.killed();
    let folder = TempDir::new().unwrap();
    let backup = folder.path().join("backup");
    let backup = backup.to_str().unwrap();
    done(&["backup", backup], data.path());
    let kept = folder.path().join("kept");
    let key = data.path().join("secrets-key");
    fs::rename(&key, &kept).unwrap();
    let said = refused(&["serve"], data.path());
    assert!(said.contains("and there is no "), "{said}");
    assert!(said.contains("give the key with --secrets-key-file or EDGEWAY_SECRETS_KEY"), "{said}");
    assert!(!key.exists(), "none is made where there was one");
    let mut other = edgeway();
    other.env("EDGEWAY_SECRETS_KEY", "ab".repeat(32));
    let said = refused_by(other, &["serve"], data.path());
    assert!(said.contains("and that of the environment is "), "{said}");
    let mut invalid = edgeway();
    invalid.env("EDGEWAY_SECRETS_KEY", "no-key-at-all");
    let said = refused_by(invalid, &["serve"], data.path());
    assert!(said.contains("64 hexadecimal digits") && !said.contains("no-key-at-all"), "{said}");
    // A key elsewhere will do, for a restore as well.
    let kept = kept.to_str().unwrap();
    let restored = TempDir::new().unwrap();
    let said = refused(&["restore", backup], restored.path());
    assert!(said.contains("and there is no "), "{said}");
    assert!(!restored.path().join("edgeway.db").exists());
    done(&["restore", backup, "--secrets-key-file", kept], restored.path());
    for data in [data, restored] {
        let node = Node::start_with(data, &["--secrets-key-file", kept]);
        let keys = node.aws("apigateway get-api-keys --include-values", &[]);
        assert_eq!(keys["items"][0]["value"], API_KEY);
    }
}

#[test]
fn another_key_seals_what_there_is_and_what_was_cut_off_is_done_again() {
    let node = Node::start();
    node.aws("apigateway create-api-key --enabled --value", &[API_KEY]);
    let mut data = node.killed();
    for round in 0..ROUNDS {
        let mut rotate = edgeway();
        rotate.args(["rotate-secrets-key", "--data-dir"]).arg(data.path());
        let (mut child, _) = spawn(&mut rotate);
        // Another moment in each round.
        thread::park_timeout(Duration::from_millis(7 * round));
        end(&mut child);
        if round % 2 == 0 {
            done(&["rotate-secrets-key"], data.path());
        }
        let node = Node::start_on(data);
        let keys = node.aws("apigateway get-api-keys --include-values", &[]);
        assert_eq!(keys["items"][0]["value"], API_KEY, "round {round}");
        data = node.killed();
    }
    let folder = TempDir::new().unwrap();
    let [old, new] = ["secrets-key", "new"].map(|name| {
        let folder = if name == "new" { folder.path() } else { data.path() };
        folder.join(name).to_str().unwrap().to_owned()
    });
    let own = fs::read_to_string(&old).unwrap();
    let said = refused(&["rotate-secrets-key", "--secrets-key-file", &old], data.path());
    assert!(
        said.contains("the next key is not given: name it with --new-secrets-key-file"),
        "{said}"
    );
    fs::write(&new, "cd".repeat(32)).unwrap();
    let said = refused(&["rotate-secrets-key", "--new-secrets-key-file", &new], data.path());
    assert!(said.contains("everybody may use ") && said.contains("chmod o="), "{said}");
    close(&new);
    let said = done(&["rotate-secrets-key", "--new-secrets-key-file", &new], data.path());
    assert!(said.contains("backups that were made before need the key in "), "{said}");
    assert!(!Path::new(&old).exists());
    let retired = files(data.path()).into_iter().filter(|file| {
        let name = file.file_name().unwrap().to_str().unwrap();
        name.starts_with("secrets-key-")
    });
    let mut retired = retired.map(|file| fs::read_to_string(file).unwrap());
    assert!(retired.any(|key| key == own));
    assert!(refused(&["serve"], data.path()).contains("and there is no "));
    let node = Node::start_with(data, &["--secrets-key-file", &new]);
    let keys = node.aws("apigateway get-api-keys --include-values", &[]);
    assert_eq!(keys["items"][0]["value"], API_KEY);
    let said = refused(&["rotate-secrets-key"], node.data.path());
    assert!(said.contains("is in use by another process"), "{said}");
}

/// What was made for a rotation that was cut off, and then put aside, is known to whoever has a backup.
#[test]
fn a_retired_next_key_is_not_taken_for_a_new_one() {
    let data = Node::start().killed();
    let [own, next] = ["secrets-key", "secrets-key.next"].map(|name| data.path().join(name));
    let write = |file: &Path, key: &str| {
        fs::write(file, key).unwrap();
        close(file.to_str().unwrap());
    };
    let retired = "ef".repeat(32);
    write(&next, &retired);
    let folder = TempDir::new().unwrap();
    let given = folder.path().join("given");
    write(&given, &"cd".repeat(32));
    let given = given.to_str().unwrap();
    done(&["rotate-secrets-key", "--new-secrets-key-file", given], data.path());
    assert!(!own.exists() && !next.exists(), "both are put aside");
    fs::rename(given, &own).unwrap();
    done(&["rotate-secrets-key"], data.path());
    let current = fs::read_to_string(&own).unwrap();
    assert!(!current.contains(&retired) && !current.contains(&"cd".repeat(32)));
    let kept = files(data.path()).iter().any(|file| {
        let name = file.file_name().unwrap().to_str().unwrap().to_owned();
        name.starts_with("secrets-key-") && fs::read_to_string(file).unwrap() == retired
    });
    assert!(kept, "backups may need it");
    Node::start_on(data);
}

fn close(file: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(file, fs::Permissions::from_mode(0o640)).unwrap();
}
