//! What is signed, as our own verifier reads it.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use model::{ServiceCredentials, ServiceKey, ServiceSignature, UpstreamTarget};
use pingora_http::RequestHeader;
use pipeline::{UpstreamHead, UpstreamSignature};
use sigv4::{BodyDigest, Claim, Expected, Request, SigningKey};

use super::sign;
use crate::clock::Clock;

const SECRET: &str = "secret";
const SIGNED: [(&str, &str); 3] = [
    ("content-type", "application/json"),
    ("host", "up.example:4566"),
    ("x-amz-target", "DynamoDB_20120810.GetItem"),
];

/// The headers of a request for `/a%20b?...` after it was signed.
fn signed(service: &str, target: &str, body: &'static [u8]) -> HeaderMap {
    let key = Arc::new(ServiceKey {
        access_key_id: "AKIDEXAMPLE".to_owned(),
        secret_access_key: SECRET.to_owned(),
        session_token: Some("token".to_owned()),
    });
    let of = Arc::new(ServiceSignature {
        service: service.to_owned(),
        region: "eu-west-1".to_owned(),
        key: Arc::clone(&key),
        credentials: ServiceCredentials::Node,
    });
    let signature = UpstreamSignature { of, key };
    let headers = [&SIGNED[..], &[("user-agent", "proxies change it")]].concat();
    let headers = headers
        .into_iter()
        .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
    let head = UpstreamHead {
        target: Arc::new(UpstreamTarget::parse("http://up.example:4566").unwrap()),
        link: None,
        tls: Default::default(),
        signature: None,
        method: Method::POST,
        path_and_query: target.parse().unwrap(),
        headers: headers.collect(),
        timeout: Duration::from_secs(1),
    };
    let mut request = RequestHeader::build("POST", target.as_bytes(), None).unwrap();
    for (name, value) in &head.headers {
        request.append_header(name.clone(), value.clone()).unwrap();
    }
    sign(&mut request, &head, &signature, &Bytes::from_static(body)).unwrap();
    request.headers.clone()
}

/// Whether our verifier believes it.
fn is_believed(service: &str, target: &str, headers: &HeaderMap, body: &[u8]) -> bool {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let request = Request { method: &Method::POST, path, query, headers, authority: None };
    let claim = Claim::parse(request).unwrap();
    assert_eq!(claim.access_key_id(), "AKIDEXAMPLE");
    assert_eq!(claim.session_token(), Some("token"));
    let now = SystemTime::UNIX_EPOCH + Duration::from_millis(Clock::epoch_millis());
    let claim = claim.check(&Expected { region: "eu-west-1", service, now }).unwrap();
    let key = SigningKey::derive(SECRET, claim.claim().scope());
    claim.verify(&key, BodyDigest::of(body)).is_ok()
}

const TARGET: &str = "/bucket/a%20b%2Fc?list-type=2&prefix=a%2Fb&b=1&a=%20";

#[test]
fn the_verifier_believes_what_is_signed_and_nothing_else() {
    for service in ["dynamodb", "s3"] {
        let headers = signed(service, TARGET, b"{}");
        assert!(is_believed(service, TARGET, &headers, b"{}"), "{service}");
        assert!(!is_believed(service, TARGET, &headers, b"{ }"), "{service}: another body");
        let other = TARGET.replace("b=1", "b=2");
        assert!(!is_believed(service, &other, &headers, b"{}"), "{service}: another query");
        let other = TARGET.replace("a%20b", "a%20c");
        assert!(!is_believed(service, &other, &headers, b"{}"), "{service}: another path");
        for (name, _) in SIGNED.iter().filter(|(name, _)| *name != "x-amz-security-token") {
            let mut headers = headers.clone();
            headers.insert(*name, HeaderValue::from_static("other"));
            assert!(!is_believed(service, TARGET, &headers, b"{}"), "{service}: another {name}");
        }
        let mut headers = headers;
        headers.insert("user-agent", HeaderValue::from_static("other"));
        assert!(is_believed(service, TARGET, &headers, b"{}"), "{service}: a proxy's user agent");
    }
}

#[test]
fn s3_alone_gets_the_digest_of_the_body_and_its_path_as_it_is() {
    let digest = |service| signed(service, TARGET, b"").remove("x-amz-content-sha256");
    let of_nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    assert_eq!(digest("s3").unwrap(), of_nothing);
    assert_eq!(digest("dynamodb"), None);
    // Dot segments and empty ones are a part of S3's keys: two paths, two signatures.
    let (path, same) = ("/bucket//a", "/bucket/a");
    assert!(is_believed("dynamodb", same, &signed("dynamodb", path, b""), b""));
    assert!(!is_believed("s3", same, &signed("s3", path, b""), b""));
    assert!(is_believed("s3", path, &signed("s3", path, b""), b""));
}
