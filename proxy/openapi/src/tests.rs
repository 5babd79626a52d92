//! What documents mean, and what is said of those that are wrong.

mod document;
mod extension;
mod hostile;
mod integration;
mod sample;
mod security;
mod validation;

use std::sync::Arc;

use expect_test::{Expect, expect_file};
use model::{AccountId, Backends, Issuer, Region, ServiceEndpoint, UpstreamTarget};
use serde_json::{Value, json};

use crate::Document;

const PETSTORE: &str = include_str!("tests/petstore.yaml");

fn read(document: &str) -> Result<Document, String> {
    let account = AccountId::parse("123456789012").unwrap();
    let region = Region::parse("eu-west-1").unwrap();
    crate::read(document, &account, &region, &backends()).map_err(|errors| {
        let shown = errors.iter().map(|error| format!("{error}\n"));
        shown.collect()
    })
}

/// With the VPC link `known`, SQS, and the user pool `us-east-1_A`.
fn backends() -> Backends {
    let known = UpstreamTarget::parse("http://10.0.0.1:8080").unwrap();
    let (vpc_link, sqs) = (Arc::new(known.clone()), Arc::new(known));
    let sqs = ServiceEndpoint { target: sqs, key: Arc::default() };
    let pool = Issuer::new("https://issuer.example", None).unwrap();
    Backends {
        vpc_links: Arc::new([("known".to_owned(), vpc_link)].into()),
        services: Arc::new([("sqs".to_owned(), sqs)].into()),
        user_pools: Arc::new([("us-east-1_A".to_owned(), Arc::new(pool))].into()),
        insecure_issuers: Arc::default(),
    }
}

/// The errors of a document.
#[track_caller]
fn check(document: &str, expected: Expect) {
    expected.assert_eq(&read(document).err().unwrap_or_default());
}

/// The same document in Swagger 2.0 and JSON.
fn swagger(document: &str) -> String {
    let mut root = crate::syntax::parse(document).unwrap();
    let schemes = root["components"]["securitySchemes"].clone();
    let map = root.as_object_mut().unwrap();
    for key in ["openapi", "servers", "components"] {
        map.remove(key);
    }
    map.insert("swagger".to_owned(), json!("2.0"));
    map.insert("basePath".to_owned(), json!("/v1"));
    map.insert("securityDefinitions".to_owned(), schemes);
    map.insert("definitions".to_owned(), Value::Object(serde_json::Map::new()));
    serde_json::to_string_pretty(&root).unwrap()
}

#[test]
fn a_document_means_what_it_says() {
    let document = read(PETSTORE).unwrap_or_else(|errors| panic!("{errors}"));
    expect_file!["tests/petstore.txt"].assert_eq(&format!("{document:#?}\n"));
}

#[test]
fn yaml_and_json_and_both_versions_mean_the_same() {
    let yaml = read(PETSTORE).unwrap_or_else(|errors| panic!("{errors}"));
    let json = read(&swagger(PETSTORE)).unwrap_or_else(|errors| panic!("{errors}"));
    assert_eq!(format!("{yaml:?}"), format!("{json:?}"));
}
