//! Who is let in.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use axum::body::Body;
use axum::http::{HeaderValue, Request};
use expect_test::{Expect, expect};
use sigv4::{BodyDigest, Scope, Signer, SigningKey};
use store::Store;

use super::harness::{Gateway, Still};
use crate::{Ambient, Credentials, has_root_key, set_root_key};

const BODY: &str = r#"{"name": "a"}"#;

/// What a request is made of; `Default` is one that is let in.
struct Signed {
    key: &'static str,
    secret: &'static str,
    region: &'static str,
    service: &'static str,
    date: &'static str,
    body: &'static str,
    token: Option<&'static str>,
}

const GOOD: Signed = Signed {
    key: "AKIAROOT",
    secret: "secret",
    region: "us-east-1",
    service: "apigateway",
    date: "20231114T221320Z",
    body: BODY,
    token: None,
};

impl Signed {
    fn request(&self) -> Request<Body> {
        let mut builder = Request::builder()
            .method("POST")
            .uri("/restapis")
            .header("host", "127.0.0.1:9080")
            .header("x-amz-date", self.date);
        if let Some(token) = self.token {
            builder = builder.header("x-amz-security-token", token);
        }
        let (mut head, ()) = builder.body(()).unwrap().into_parts();
        let scope = Scope { date: &self.date[..8], region: self.region, service: self.service };
        let key = SigningKey::derive(self.secret, scope);
        let signer = Signer { access_key_id: self.key, scope, key: &key };
        let signature = signer.sign(&(&head).into(), BodyDigest::of(BODY.as_bytes())).unwrap();
        head.headers.insert("authorization", HeaderValue::try_from(signature).unwrap());
        Request::from_parts(head, Body::from(self.body))
    }
}

fn gateway() -> Gateway {
    let gateway = Gateway::signed();
    let credentials = Credentials {
        access_key_id: "AKIAROOT".to_owned(),
        secret_access_key: "secret".to_owned(),
    };
    set_root_key(&gateway.store, &credentials).unwrap();
    gateway
}

#[track_caller]
fn check(requests: &[Request<()>], expected: Expect) {
    let gateway = gateway();
    let mut answers = String::new();
    for request in requests {
        let mut sent = Request::new(Body::from(BODY));
        *sent.method_mut() = request.method().clone();
        *sent.uri_mut() = request.uri().clone();
        *sent.headers_mut() = request.headers().clone();
        let (status, _, body) = gateway.send_request(sent);
        answers += &format!("{} {body}\n", status.as_u16());
    }
    expected.assert_eq(&answers);
}

#[test]
fn who_signs_with_the_root_key_is_let_in() {
    let gateway = gateway();
    let (status, _, body) = gateway.send_request(GOOD.request());
    assert_eq!(status, 201, "{body}");
}

#[test]
fn who_signs_wrongly_changes_nothing() {
    let gateway = gateway();
    let before = gateway.store.change();
    let mut answers = String::new();
    for signed in [
        Signed { key: "AKIANOBODY", ..GOOD },
        Signed { secret: "guess", ..GOOD },
        Signed { body: r#"{"name": "b"}"#, ..GOOD },
        Signed { region: "eu-west-1", ..GOOD },
        Signed { service: "execute-api", ..GOOD },
        Signed { date: "20231114T220000Z", ..GOOD },
        Signed { date: "20231114T230000Z", ..GOOD },
        Signed { token: Some("x"), ..GOOD },
    ] {
        let (status, headers, body) = gateway.send_request(signed.request());
        let error = headers["x-amzn-errortype"].to_str().unwrap();
        let first_line = body.split("\\n").next().unwrap();
        answers += &format!("{} {error} {first_line}\n", status.as_u16());
    }
    expect![[r#"
        403 UnrecognizedClientException {"message":"The security token included in the request is invalid."}
        403 InvalidSignatureException {"message":"The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.
        403 InvalidSignatureException {"message":"The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.
        403 InvalidSignatureException {"message":"Credential should be scoped to a valid region, not 'eu-west-1'. "}
        403 InvalidSignatureException {"message":"Credential should be scoped to correct service: 'apigateway'. "}
        403 InvalidSignatureException {"message":"Signature expired: 20231114T220000Z is now earlier than 20231114T220820Z (20231114T221320Z - 5 min.)"}
        403 InvalidSignatureException {"message":"Signature not yet current: 20231114T230000Z is still later than 20231114T221820Z (20231114T221320Z + 5 min.)"}
        403 UnrecognizedClientException {"message":"The security token included in the request is invalid."}
    "#]].assert_eq(&answers);
    assert_eq!(gateway.store.change(), before);
}

#[test]
fn who_does_not_sign_is_refused() {
    let request = |headers: &[(&str, &str)]| {
        let builder = Request::builder().method("POST").uri("/restapis");
        let builder =
            headers.iter().fold(builder, |builder, (name, value)| builder.header(*name, *value));
        builder.body(()).unwrap()
    };
    check(
        &[
            request(&[]),
            request(&[("authorization", "Bearer x")]),
            request(&[("authorization", "AWS4-HMAC-SHA256 Credential=x")]),
        ],
        expect![[r#"
            403 {"message":"Missing Authentication Token"}
            403 {"message":"Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and encoded with Base64): 'uTem/WB082UJMN2ajD6lH6UChGpTAddMJSx2iu923No='."}
            403 {"message":"Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter. Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. (Hashed with SHA-256 and encoded with Base64) Authorization=FmuqUFES1iy1mzrJQ9KV3mCVlP96bVT4yESFwVp6Ot4="}
        "#]],
    );
}

#[test]
fn a_new_root_key_voids_the_old_one() {
    let gateway = gateway();
    assert!(has_root_key(&gateway.store).unwrap());
    let change = gateway.store.change();
    let same = Credentials {
        access_key_id: "AKIAROOT".to_owned(),
        secret_access_key: "secret".to_owned(),
    };
    set_root_key(&gateway.store, &same).unwrap();
    assert_eq!(gateway.store.change(), change);
    let ambient: &dyn Ambient = &Still(AtomicU64::new(7));
    let new = Credentials::generate(ambient);
    assert_eq!((new.access_key_id.len(), new.secret_access_key.len()), (20, 40));
    set_root_key(&gateway.store, &new).unwrap();
    assert_eq!(gateway.send_request(GOOD.request()).0, 403);
}

#[test]
fn a_new_store_has_no_key_and_lets_nobody_in() {
    let gateway = Gateway::signed();
    let store: &Arc<Store> = &gateway.store;
    assert!(!has_root_key(store).unwrap());
    assert_eq!(gateway.send_request(GOOD.request()).0, 403);
}
