//! Custom domain names and base path mappings, made with the AWS CLI and served.

mod endpoint_types;
mod private;
mod routing;

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use super::Pets;
use super::node::Node;
use crate::patience::wait_for;
use crate::ports;

impl Pets {
    fn map(&self, domain: &str, more: &[&str]) {
        let mapping = ["--domain-name", domain, "--rest-api-id", &self.api];
        let more = [&mapping[..], more].concat();
        self.node.aws("apigateway create-base-path-mapping", &more);
    }

    /// Status and body.
    fn at(&self, host: &str, path: &str) -> (u16, String) {
        let response = self.node.get_at(host, path);
        (response.status, response.text().to_owned())
    }

    #[track_caller]
    fn wait_at(&self, host: &str, path: &str, status: u16, body: &str) {
        wait_for("the domain name to be served", || {
            (self.at(host, path) == (status, body.to_owned())).then_some(())
        });
    }
}

const FORBIDDEN: &str = r#"{"message":"Forbidden"}"#;

#[test]
fn domain_names_lead_to_stages_by_base_path() {
    let mut pets = Pets::new();
    pets.deploy("hello", &[]);
    let regional = ["--endpoint-configuration", "types=REGIONAL"];
    for name in ["api.example.com", "*.example.com"] {
        let more = [&["--domain-name", name], &regional[..]].concat();
        pets.node.aws("apigateway create-domain-name", &more);
    }
    pets.map("api.example.com", &["--base-path", "v1", "--stage", "prod"]);
    pets.map("api.example.com", &["--base-path", "any"]);
    pets.map("*.example.com", &["--stage", "prod"]);
    pets.wait_at("other.example.com", "/pets", 200, "hello");
    for _ in 0..2 {
        assert_eq!(pets.at("API.example.com:8080", "/v1/pets"), (200, "hello".to_owned()));
        assert_eq!(pets.at("api.example.com", "/any/prod/pets"), (200, "hello".to_owned()));
        for path in ["/", "/pets", "/V1/pets", "/v1x/pets", "/any/pets"] {
            assert_eq!(pets.at("api.example.com", path), (403, FORBIDDEN.to_owned()), "{path}");
        }
        let nothing = r#"{"message":"Missing Authentication Token"}"#;
        assert_eq!(pets.at("api.example.com", "/v1/cats"), (403, nothing.to_owned()));
        pets.node = pets.node.killed_and_started();
    }
    let mapping = ["--domain-name", "api.example.com", "--base-path", "v1"];
    let renamed = ["--patch-operations", "op=replace,path=/basePath,value=v2"];
    pets.node.aws("apigateway update-base-path-mapping", &[&mapping[..], &renamed].concat());
    pets.wait_at("api.example.com", "/v2/pets", 200, "hello");
    assert_eq!(pets.at("api.example.com", "/v1/pets").0, 403);
    pets.node.aws("apigateway delete-domain-name --domain-name api.example.com", &[]);
    // What is left is the wildcard.
    pets.wait_at("api.example.com", "/pets", 200, "hello");
}

#[test]
fn a_disabled_default_endpoint_is_closed_by_the_next_deployment() {
    let pets = Pets::new();
    pets.deploy("hello", &[]);
    pets.node.aws("apigateway create-domain-name --domain-name api.example.com", &[]);
    pets.map("api.example.com", &["--stage", "prod"]);
    let disable = "op=replace,path=/disableExecuteApiEndpoint,value=true";
    let more = ["--rest-api-id", &pets.api, "--patch-operations", disable];
    pets.node.aws("apigateway update-rest-api", &more);
    pets.wait_at("api.example.com", "/pets", 200, "hello");
    assert_eq!(pets.served(), "hello", "it takes a deployment");
    pets.deploy("hello", &[]);
    pets.wait_for(FORBIDDEN);
    assert_eq!(pets.at("localhost", &format!("/_aws/execute-api/{}/prod/pets", pets.api)).0, 403);
    assert_eq!(pets.at("api.example.com", "/pets"), (200, "hello".to_owned()));
}

/// A certificate for a name and its key, in PEM.
pub(super) fn certificate(name: &str) -> [String; 2] {
    let made = rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
    [made.cert.pem(), made.signing_key.serialize_pem()]
}

#[test]
fn clients_are_shown_the_certificate_of_the_name_that_they_ask_for() {
    let data = TempDir::new().unwrap();
    let files = ["own.pem", "own.key", "trusted.pem"].map(|name| data.path().join(name));
    let [own_file, key_file, trusted] = &files;
    let write = |[chain, key]: &[String; 2]| {
        fs::write(key_file, key).unwrap();
        fs::write(own_file, chain).unwrap();
    };
    let own = certificate("own.example.org");
    write(&own);
    let https = ports::free();
    let address = format!("127.0.0.1:{https}");
    let [own_path, key_path] = [own_file, key_file].map(|path| path.to_str().unwrap().to_owned());
    let arguments = ["--https", &address, "--tls-certificate", &own_path, "--tls-key", &key_path];
    let pets = Pets::on(Node::start_with(data, &arguments));
    pets.deploy("hello", &[]);
    let regional = ["--endpoint-configuration", "types=REGIONAL"];
    let wildcard = certificate("*.example.com");
    for (name, [body, key]) in
        [("api.example.com", certificate("api.example.com")), ("*.example.com", wildcard.clone())]
    {
        let given = ["--certificate-body", &body, "--certificate-private-key", &key];
        let more = [&["--domain-name", name], &regional[..], &given].concat();
        let made = pets.node.aws("apigateway create-domain-name", &more);
        assert!(!made.to_string().contains("PRIVATE KEY"), "{made}");
        pets.map(name, &["--stage", "prod"]);
        fs::write(trusted, body).unwrap();
        let host = name.replace('*', "other");
        wait_for("the certificate to be shown", || over_tls(&host, https, trusted).ok());
        assert_eq!(over_tls(&host, https, trusted).unwrap(), "hello");
    }
    // Whoever asks for another name is shown the listener's own, and what that becomes.
    fs::write(trusted, &own[0]).unwrap();
    assert!(over_tls("own.example.org", https, trusted).unwrap().contains("Forbidden"));
    let renewed = certificate("own.example.org");
    write(&renewed);
    fs::write(trusted, &renewed[0]).unwrap();
    wait_for("the renewed certificate", || over_tls("own.example.org", https, trusted).ok());
    pets.node.aws("apigateway delete-domain-name --domain-name api.example.com", &[]);
    fs::write(trusted, &wildcard[0]).unwrap();
    wait_for("what is left", || over_tls("api.example.com", https, trusted).ok());
}

/// What `GET /pets` answers, if the certificate is the trusted one.
fn over_tls(host: &str, port: u16, trusted: &Path) -> Result<String, String> {
    let resolve = format!("{host}:{port}:127.0.0.1");
    let output = Command::new("curl")
        .args(["--silent", "--show-error", "--max-time", "30", "--resolve", &resolve, "--cacert"])
        .arg(trusted)
        .arg(format!("https://{host}:{port}/pets"))
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
}

#[test]
fn the_files_of_a_domain_name_are_followed_as_they_are_renewed() {
    let data = TempDir::new().unwrap();
    let file = |name: &str| data.path().join(name);
    let [own_file, own_key, chain, key, trusted] =
        ["own.pem", "own.key", "live.pem", "live.key", "trusted.pem"].map(file);
    let own = certificate("own.example.org");
    fs::write(&own_file, &own[0]).unwrap();
    fs::write(&own_key, &own[1]).unwrap();
    let first = certificate("api.example.com");
    fs::write(&chain, &first[0]).unwrap();
    fs::write(&key, &first[1]).unwrap();
    let https = ports::free();
    let config = file("edgeway.yaml");
    let path = |file: &Path| file.to_str().unwrap().to_owned();
    let text = format!(
        "https: 127.0.0.1:{https}\ntls-certificate: {}\ntls-key: {}\n\
         domain-certificates:\n  api.example.com: {{certificate: {}, key: {}}}\n",
        path(&own_file),
        path(&own_key),
        path(&chain),
        path(&key)
    );
    fs::write(&config, text).unwrap();
    let pets = Pets::on(Node::start_with(data, &["--config", &path(&config)]));
    pets.deploy("hello", &[]);
    pets.node.aws("apigateway create-domain-name --domain-name api.example.com", &[]);
    pets.map("api.example.com", &["--stage", "prod"]);
    let shows = |certificate: &[String; 2]| {
        fs::write(&trusted, &certificate[0]).unwrap();
        over_tls("api.example.com", https, &trusted).is_ok_and(|body| body == "hello")
    };
    wait_for("the certificate in the files", || shows(&first).then_some(()));
    let metric = format!("edgeway_certificate_refused{{certificate=\"{}\"}}", path(&chain));
    assert_eq!(pets.node.metric(&metric), 0.0);
    // A pair of which one half is written does not belong together.
    let second = certificate("api.example.com");
    fs::write(&chain, &second[0]).unwrap();
    wait_for("the pair to be refused", || (pets.node.metric(&metric) == 1.0).then_some(()));
    pets.node.stderr.wait_for("a changed certificate is not used, what was there is");
    assert!(shows(&first));
    fs::write(&key, &second[1]).unwrap();
    wait_for("the renewed certificate", || shows(&second).then_some(()));
    wait_for("the metric", || (pets.node.metric(&metric) == 0.0).then_some(()));
    // A file that is half written, and none at all.
    fs::write(&chain, &second[0][..100]).unwrap();
    wait_for("the half to be refused", || (pets.node.metric(&metric) == 1.0).then_some(()));
    fs::write(&chain, &second[0]).unwrap();
    wait_for("the whole to be used", || (pets.node.metric(&metric) == 0.0).then_some(()));
    fs::remove_file(&key).unwrap();
    wait_for("the file to be missed", || (pets.node.metric(&metric) == 1.0).then_some(()));
    assert!(shows(&second));
}
