//! Custom domain names and base path mappings, made with the AWS CLI and served.

use super::Pets;
use crate::patience::wait_for;

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
