//! Mutual TLS of domain names, and what else they ask of connections.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use expect_test::expect;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd,
};

use super::harness::{Gateway, patch};
use crate::{Control, TrustStoreLocation, TrustStores};

/// What is where, by `bucket/key?version`, or by a path.
#[derive(Default)]
struct Bundles(Mutex<HashMap<String, String>>);

impl Bundles {
    fn put(&self, place: &str, bundle: &str) {
        self.0.lock().unwrap().insert(place.to_owned(), bundle.to_owned());
    }
}

impl TrustStores for Bundles {
    fn fetch(&self, location: &TrustStoreLocation) -> Result<Vec<u8>, String> {
        let place = match location {
            TrustStoreLocation::File(path) => path.clone(),
            TrustStoreLocation::S3 { bucket, key, version: None } => format!("{bucket}/{key}"),
            TrustStoreLocation::S3 { bucket, key, version: Some(version) } => {
                format!("{bucket}/{key}?{version}")
            }
        };
        let found = self.0.lock().unwrap().get(&place).cloned();
        found.map(String::into_bytes).ok_or_else(|| "S3 answers 404 Not Found".to_owned())
    }
}

fn gateway() -> (Gateway, Arc<Bundles>) {
    let bundles = Arc::new(Bundles::default());
    let trust_stores = Arc::clone(&bundles) as Arc<dyn TrustStores>;
    (Gateway::with(|control| Control { trust_stores, ..control }), bundles)
}

type Authority = CertifiedIssuer<'static, KeyPair>;

fn params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params
}

fn authority(name: &str) -> Authority {
    CertifiedIssuer::self_signed(params(name), KeyPair::generate().unwrap()).unwrap()
}

fn create(name: &str, mutual: &str, more: &str) -> String {
    format!(
        r#"{{"domainName": "{name}", "endpointConfiguration": {{"types": ["REGIONAL"]}},
            "mutualTlsAuthentication": {mutual}{more}}}"#
    )
}

const CREATE: &str = "POST /domainnames";
const UPDATE: &str = "PATCH /domainnames/a.example.com";

/// The answer, but for what is drawn at random.
fn mutual(answer: &str) -> String {
    let value: serde_json::Value =
        answer.get(4..).and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default();
    match value.get("domainName") {
        Some(_) => format!("{} {}", &answer[..3], value["mutualTlsAuthentication"]),
        None => answer.to_owned(),
    }
}

#[test]
fn a_trust_store_is_fetched_when_a_call_names_it() {
    let (gateway, bundles) = gateway();
    let ours = authority("ours");
    let mut old = params("old");
    old.not_after = date_time_ymd(2020, 1, 1);
    let old = old.self_signed(&KeyPair::generate().unwrap()).unwrap();
    bundles.put("certs/ca.pem", &ours.pem());
    bundles.put("certs/ca.pem?2", &format!("{}{}", ours.pem(), old.pem()));
    bundles.put("folder/ca.pem", &ours.pem());
    let digest =
        || crate::domains(&gateway.store, &gateway.control.identity).unwrap()[0].trust_store;
    let mut seen = vec![];
    let mut lines = String::new();
    for (line, body) in [
        (CREATE, create("a.example.com", r#"{"truststoreUri": "s3://certs/ca.pem"}"#, "")),
        ("GET /domainnames/a.example.com", String::new()),
        (UPDATE, patch("replace", "/mutualTlsAuthentication/truststoreVersion", "3")),
        (UPDATE, patch("replace", "/mutualTlsAuthentication/truststoreVersion", "2")),
        (UPDATE, patch("replace", "/certificateName", "x")),
        (UPDATE, patch("remove", "/mutualTlsAuthentication/truststoreVersion", "")),
        (UPDATE, patch("replace", "/mutualTlsAuthentication/truststoreUri", "s3://certs/none")),
        (
            UPDATE,
            patch("replace", "/mutualTlsAuthentication/truststoreUri", "file://folder/ca.pem"),
        ),
        (UPDATE, patch("replace", "/mutualTlsAuthentication/truststoreUri", "")),
    ] {
        lines += &mutual(&gateway.answer(line, &body));
        lines += "\n";
        seen.push(digest());
    }
    expect![[r#"
        201 {"truststoreUri":"s3://certs/ca.pem"}
        200 {"truststoreUri":"s3://certs/ca.pem"}
        400 BadRequestException: The truststore could not be fetched: S3 answers 404 Not Found
        200 {"truststoreUri":"s3://certs/ca.pem","truststoreVersion":"2","truststoreWarnings":["The certificate 2 with the subject 'CN=old' is not valid: it has expired."]}
        200 {"truststoreUri":"s3://certs/ca.pem","truststoreVersion":"2","truststoreWarnings":["The certificate 2 with the subject 'CN=old' is not valid: it has expired."]}
        200 {"truststoreUri":"s3://certs/ca.pem"}
        400 BadRequestException: The truststore could not be fetched: S3 answers 404 Not Found
        200 {"truststoreUri":"file://folder/ca.pem"}
        200 null
    "#]].assert_eq(&lines);
    let [first, second] = [0, 3].map(|index| seen[index].unwrap());
    let expected = [first, first, first, second, second, first, first, first];
    assert_eq!(seen, expected.map(Some).into_iter().chain([None]).collect::<Vec<_>>());
    assert_eq!(crate::trust_store(&gateway.store, first).ok(), None, "what nobody uses is gone");
}

#[test]
fn what_is_no_trust_store_is_refused() {
    let (gateway, bundles) = gateway();
    let (one, two) = (authority("one"), authority("two"));
    let same = |issuer| {
        let key = KeyPair::generate().unwrap();
        params("same").signed_by(&key, issuer).unwrap().pem()
    };
    bundles.put("certs/conflict", &format!("{}{}", same(&one), same(&two)));
    bundles.put("certs/empty", "");
    bundles.put("certs/large", &"x".repeat(1_048_577));
    bundles.put("certs/good", &one.pem());
    let mut lines = String::new();
    for uri in [
        "s3://certs/conflict",
        "s3://certs/empty",
        "s3://certs/large",
        "https://certs/good",
        "s3://certs",
        "s3://certs/",
        "s3://c!/good",
        "file://../good",
        "file:///etc/passwd",
        "file://a//b",
    ] {
        let body = create("a.example.com", &format!(r#"{{"truststoreUri": "{uri}"}}"#), "");
        lines += &format!("{}\n", gateway.answer(CREATE, &body));
    }
    let good = r#"{"truststoreUri": "s3://certs/good"}"#;
    for (mutual, more) in [
        (r#"{"truststoreVersion": "1"}"#, ""),
        (r#"{"truststoreUri": "file://a", "truststoreVersion": "1"}"#, ""),
        (good, r#", "securityPolicy": "TLS_1_0""#),
        ("{}", r#", "securityPolicy": "SecurityPolicy_TLS13_1_3_FIPS_2025_09""#),
        ("{}", r#", "securityPolicy": "SecurityPolicy_TLS13_2025_EDGE""#),
        ("{}", r#", "securityPolicy": "TLS_1_3""#),
        ("{}", r#", "endpointAccessMode": "STRICT""#),
    ] {
        let body = create("a.example.com", mutual, more);
        lines += &format!("{}\n", gateway.answer(CREATE, &body));
    }
    let edge = format!(r#"{{"domainName": "a.b", "mutualTlsAuthentication": {good}}}"#);
    lines += &gateway.answer(CREATE, &edge);
    expect![[r#"
        400 BadRequestException: The certificate subject CN=same conflicts with an existing certificate from a different issuer.
        400 BadRequestException: The truststore cannot be used: it has no certificate that can be trusted: it is empty
        400 BadRequestException: The truststore cannot be used: it is larger than 1048576 bytes
        400 BadRequestException: Invalid truststore URI https://certs/good: it must be s3://BUCKET/KEY, or file://PATH
        400 BadRequestException: Invalid truststore URI s3://certs: it must be s3://BUCKET/KEY, or file://PATH
        400 BadRequestException: Invalid truststore URI s3://certs/: it names no key
        400 BadRequestException: Invalid truststore URI s3://c!/good: it names no bucket
        400 BadRequestException: Invalid truststore URI file://../good: a file is named beneath the folder of --truststore-dir
        400 BadRequestException: Invalid truststore URI file:///etc/passwd: a file is named beneath the folder of --truststore-dir
        400 BadRequestException: Invalid truststore URI file://a//b: a file is named beneath the folder of --truststore-dir
        400 BadRequestException: truststoreVersion is of a truststoreUri, and there is none
        400 BadRequestException: Invalid truststore URI file://a: files have no truststoreVersion
        400 BadRequestException: Mutual TLS needs the security policy TLS_1_2 or later
        501 NotImplementedException: The security policy SecurityPolicy_TLS13_1_3_FIPS_2025_09 is not implemented by this gateway, whose cryptography is not validated to FIPS 140: choose one without FIPS
        400 BadRequestException: The security policy SecurityPolicy_TLS13_2025_EDGE is not for this endpoint type
        400 ValidationException: 1 validation error detected: Value 'TLS_1_3' at 'securityPolicy' failed to satisfy constraint: Member must satisfy enum value set: [TLS_1_0, TLS_1_2, SecurityPolicy_TLS13_1_3_2025_09, SecurityPolicy_TLS13_1_3_FIPS_2025_09, SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09, SecurityPolicy_TLS13_1_2_FIPS_PQ_2025_09, SecurityPolicy_TLS13_1_2_FIPS_PFS_PQ_2025_09, SecurityPolicy_TLS13_1_2_Ext2_PQ_2025_09, SecurityPolicy_TLS13_1_2_Ext2_FIPS_PQ_2025_09, SecurityPolicy_TLS13_1_2_PQ_2025_09, SecurityPolicy_TLS13_1_2_2021_06, SecurityPolicy_TLS13_2025_EDGE, SecurityPolicy_TLS12_PFS_2025_EDGE, SecurityPolicy_TLS12_2018_EDGE]
        400 BadRequestException: The endpoint access mode STRICT is for security policies that begin with SecurityPolicy_, not for TLS_1_2
        400 BadRequestException: Mutual TLS is for regional custom domain names only"#]].assert_eq(&lines);
    assert_eq!(gateway.answer("GET /domainnames", ""), "200 {\"item\":[]}");
}

#[test]
fn policies_of_connections_are_served() {
    let (gateway, _) = gateway();
    let newest =
        r#", "securityPolicy": "SecurityPolicy_TLS13_1_3_2025_09", "endpointAccessMode": "STRICT""#;
    gateway.ok(CREATE, &create("a.example.com", "{}", newest));
    let served = &crate::domains(&gateway.store, &gateway.control.identity).unwrap()[0];
    assert_eq!(served.oldest_version, model::TlsVersion::V1_3);
    assert_eq!(served.access_mode, model::EndpointAccessMode::Strict);
    gateway.ok(UPDATE, &patch("replace", "/endpointAccessMode", "BASIC"));
    gateway.ok(UPDATE, &patch("replace", "/securityPolicy", "TLS_1_2"));
    let served = &crate::domains(&gateway.store, &gateway.control.identity).unwrap()[0];
    assert_eq!(served.oldest_version, model::TlsVersion::V1_2);
    assert_eq!(served.access_mode, model::EndpointAccessMode::Basic);
}
