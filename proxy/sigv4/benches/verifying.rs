//! How long it takes to verify a request of 1 KB, and what deriving its key adds.

#![forbid(unsafe_code)]

use std::time::{Duration, SystemTime};

use divan::{Bencher, black_box};
use http::request::Parts;
use sigv4::{BodyDigest, Claim, Expected, Request, Scope, Signer, SigningKey};

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const SCOPE: Scope<'_> = Scope { date: "20261124", region: "us-east-1", service: "apigateway" };
/// 2026-11-24T09:00:00Z.
const NOW: Duration = Duration::from_secs(1_795_510_800);

fn main() {
    divan::main();
}

/// Head and body are 1 KB together, like a call of the AWS CLI.
fn signed(key: &SigningKey) -> (Parts, Vec<u8>) {
    let body = vec![b'x'; 512];
    let (mut parts, ()) = http::Request::put(
        "/restapis/abc123/resources/def456/methods/GET?position=a%2Bb&limit=500",
    )
    .header("accept", "application/json")
    .header("content-type", "application/json")
    .header("host", "localhost:9080")
    .header("x-amz-date", "20261124T090000Z")
    .body(())
    .expect("it is a request")
    .into_parts();
    let signer = Signer { access_key_id: "AKIDEXAMPLE", scope: SCOPE, key };
    let authorization =
        signer.sign(&Request::from(&parts), BodyDigest::of(&body)).expect("it has a date");
    parts.headers.insert("authorization", authorization.parse().expect("it is a header"));
    parts.headers.insert(
        "user-agent",
        "aws-cli/2.31.0 md/awscrt#0.28.0 ua/2.1 os/linux".parse().expect("it is a header"),
    );
    (parts, body)
}

fn verify(parts: &Parts, body: &[u8], key: impl Fn(Scope<'_>) -> SigningKey) {
    let expected = Expected {
        region: SCOPE.region,
        service: SCOPE.service,
        now: SystemTime::UNIX_EPOCH + NOW,
    };
    let verified = Claim::parse(Request::from(parts))
        .and_then(|claim| claim.check(&expected))
        .and_then(|claim| claim.verify(&key(claim.claim().scope()), BodyDigest::of(body)));
    assert_eq!(verified, Ok(()));
}

#[divan::bench]
fn signature_with_kept_key(bencher: Bencher<'_, '_>) {
    let key = SigningKey::derive(SECRET, SCOPE);
    let (parts, body) = signed(&key);
    bencher.bench_local(|| verify(black_box(&parts), black_box(&body), |_| key.clone()));
}

#[divan::bench]
fn signature_with_secret(bencher: Bencher<'_, '_>) {
    let (parts, body) = signed(&SigningKey::derive(SECRET, SCOPE));
    bencher.bench_local(|| {
        verify(black_box(&parts), black_box(&body), |scope| SigningKey::derive(SECRET, scope));
    });
}
