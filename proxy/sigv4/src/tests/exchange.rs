//! From a request to its caller, as a server does it.

use http::request::Parts;
use sha2::{Digest as _, Sha256};

use super::message::{Message, SECRET, moment};
use crate::{BodyDigest, Claim, Expected, Request, SignatureError, Signer, SigningKey};

fn signed() -> Message {
    Message::parse(include_str!("signed.http"))
}

#[test]
fn a_claim_names_the_key_before_anything_is_proven() {
    let message = signed().with("X-Amz-Security-Token", "a token");
    let claim = Claim::parse(message.request()).unwrap();
    assert_eq!(claim.access_key_id(), "AKIDEXAMPLE");
    assert_eq!(claim.session_token(), Some("a token"));
    let scope = claim.scope();
    assert_eq!((scope.date, scope.region), ("20261124", "eu-central-1"));
    assert_eq!(scope.service, "execute-api");
}

#[test]
fn one_key_verifies_many_requests_and_a_body_that_came_in_pieces() {
    let message = signed();
    let expected = Expected {
        region: "eu-central-1",
        service: "execute-api",
        now: moment("20261124T090000Z"),
    };
    let claim = Claim::parse(message.request()).unwrap().check(&expected).unwrap();
    let key = SigningKey::derive(SECRET, claim.claim().scope());
    let pieces =
        message.body.chunks(3).fold(Sha256::new(), |hasher, piece| hasher.chain_update(piece));
    for _ in 0..2 {
        assert_eq!(claim.verify(&key, pieces.clone().into()), Ok(()));
    }
}

#[test]
fn the_authority_of_http_2_stands_for_the_host() {
    let (parts, ()) = http::Request::get("http://api.localhost:8080/prod/pets?a=b")
        .header("x-amz-date", "20261124T090000Z")
        .body(())
        .unwrap()
        .into_parts();
    let message = Message::parse(
        "GET /prod/pets?a=b HTTP/1.1\nhost: api.localhost:8080\nx-amz-date: 20261124T090000Z\n\n",
    );
    let scope = crate::Scope { date: "20261124", region: "us-east-1", service: "execute-api" };
    let key = SigningKey::derive(SECRET, scope);
    let signer = Signer { access_key_id: "AKIDEXAMPLE", scope, key: &key };
    let digest = BodyDigest::of(b"");
    let authorization = signer.sign(&Request::from(&parts), digest).unwrap();
    assert_eq!(authorization, signer.sign(&message.request(), digest).unwrap());

    let with_authorization = |mut parts: Parts| {
        parts.headers.insert("authorization", authorization.parse().unwrap());
        parts
    };
    let parts = with_authorization(parts);
    let expected =
        Expected { region: "us-east-1", service: "execute-api", now: moment("20261124T090000Z") };
    let claim = Claim::parse(Request::from(&parts)).unwrap().check(&expected).unwrap();
    assert_eq!(claim.verify(&key, digest), Ok(()));
}

#[test]
fn what_is_encoded_in_another_way_is_signed_alike() {
    let scope = crate::Scope { date: "20261124", region: "us-east-1", service: "execute-api" };
    let sign = |query: &str| {
        let head = "host: h\nx-amz-date: 20261124T090000Z";
        Message::parse(&format!("GET /?{query} HTTP/1.1\n{head}\n\n")).sign("AKIDEXAMPLE", scope)
    };
    let canonical = sign("a=b%20c%2F~&d=&e=%25");
    for query in ["a=b+c/%7E&d&e=%", "e=%25&d=&&a=b%20c%2f~", "%61=b%20c%2F~&e=%&d="] {
        assert_eq!(sign(query), canonical, "{query}");
    }
    assert_ne!(sign("a=b%2Bc%2F~&d=&e=%25"), canonical);
}

/// S3 signs a path as it is sent; the same signature is no good for any other service.
#[test]
fn only_s3_signs_a_path_as_it_is_sent() {
    let request = "GET //a/../b%20c HTTP/1.1\nhost: h\nx-amz-date: 20261124T090000Z\n\n";
    for (service, line) in [("s3", "//a/../b%20c"), ("lambda", "/b%2520c")] {
        let scope = crate::Scope { date: "20261124", region: "us-east-1", service };
        let message = Message::parse(request);
        let authorization = message.sign("AKIDEXAMPLE", scope);
        let message = message.with("Authorization", &authorization);
        assert_eq!(message.verify_itself(), Ok(()));
        let wrong = authorization.replace("Signature=", "Signature=0");
        let message = message.without("authorization").with("authorization", wrong);
        let Err(SignatureError::Mismatch { canonical_request, .. }) = message.verify_itself()
        else {
            panic!("it has the wrong signature");
        };
        assert_eq!(canonical_request.lines().nth(1), Some(line));
    }
}

#[test]
fn a_key_does_not_show_itself() {
    let scope = crate::Scope { date: "20261124", region: "us-east-1", service: "lambda" };
    assert_eq!(format!("{:?}", SigningKey::derive(SECRET, scope)), "SigningKey(..)");
}
