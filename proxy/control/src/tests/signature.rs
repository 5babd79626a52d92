//! Who is let in.

use std::sync::atomic::AtomicU64;

use axum::body::Body;
use axum::http::Request;
use expect_test::{Expect, expect};

use super::client::{Signed, Still, root_key};
use super::harness::Gateway;
use crate::{Credentials, ensure_root_key};

const BODY: &str = r#"{"name": "a"}"#;

fn good() -> Signed<'static> {
    Signed { line: "POST /restapis", body: BODY, ..Signed::default() }
}

fn key(id: &str, secret: &str) -> Credentials {
    Credentials { access_key_id: id.to_owned(), secret_access_key: secret.to_owned() }
}

#[track_caller]
fn check(requests: Vec<Request<Body>>, expected: Expect) {
    let gateway = Gateway::new();
    let before = gateway.store.change();
    let mut answers = String::new();
    for request in requests {
        let (status, headers, body) = gateway.send_request(request);
        let error = headers.get("x-amzn-errortype").map_or("", |error| error.to_str().unwrap());
        let first_line = body.split("\\n").next().unwrap();
        answers += &format!("{} {error} {first_line}\n", status.as_u16());
    }
    expected.assert_eq(&answers);
    assert_eq!(gateway.store.change(), before);
}

#[test]
fn who_signs_with_the_root_key_is_let_in() {
    let gateway = Gateway::new();
    let (status, _, body) = gateway.send_request(good().request());
    assert_eq!(status, 201, "{body}");
}

#[test]
fn who_signs_wrongly_changes_nothing() {
    let signed = [
        Signed { key: key("AKIANOBODY", "root-secret"), ..good() },
        Signed { key: key("AKIAROOT", "guess"), ..good() },
        Signed { signed_body: Some(r#"{"name": "b"}"#), ..good() },
        Signed { region: "eu-west-1", ..good() },
        Signed { service: "execute-api", ..good() },
        Signed { date: "20231114T220000Z", ..good() },
        Signed { date: "20231114T230000Z", ..good() },
        Signed { token: Some("x"), ..good() },
    ];
    check(
        signed.iter().map(Signed::request).collect(),
        expect![[r#"
            403 UnrecognizedClientException {"message":"The security token included in the request is invalid."}
            403 InvalidSignatureException {"message":"The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.
            403 InvalidSignatureException {"message":"The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.
            403 InvalidSignatureException {"message":"Credential should be scoped to a valid region, not 'eu-west-1'. "}
            403 InvalidSignatureException {"message":"Credential should be scoped to correct service: 'apigateway'. "}
            403 InvalidSignatureException {"message":"Signature expired: 20231114T220000Z is now earlier than 20231114T220820Z (20231114T221320Z - 5 min.)"}
            403 InvalidSignatureException {"message":"Signature not yet current: 20231114T230000Z is still later than 20231114T221820Z (20231114T221320Z + 5 min.)"}
            403 UnrecognizedClientException {"message":"The security token included in the request is invalid."}
        "#]],
    );
}

fn unsigned(line: &str, authorization: &str) -> Request<Body> {
    let (verb, uri) = line.split_once(' ').unwrap();
    let mut builder = Request::builder().method(verb).uri(uri);
    if !authorization.is_empty() {
        builder = builder.header("authorization", authorization);
    }
    builder.body(Body::from(BODY)).unwrap()
}

#[test]
fn who_does_not_sign_is_refused() {
    check(
        vec![
            unsigned("POST /restapis", ""),
            unsigned("POST /restapis", "Bearer x"),
            unsigned("POST /restapis", "AWS4-HMAC-SHA256 Credential=x"),
        ],
        expect![[r#"
            403 MissingAuthenticationTokenException {"message":"Missing Authentication Token"}
            403 IncompleteSignatureException {"message":"Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and encoded with Base64): 'uTem/WB082UJMN2ajD6lH6UChGpTAddMJSx2iu923No='."}
            403 IncompleteSignatureException {"message":"Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter. Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. (Hashed with SHA-256 and encoded with Base64) Authorization=FmuqUFES1iy1mzrJQ9KV3mCVlP96bVT4yESFwVp6Ot4="}
        "#]],
    );
}

/// A signature covers the path without its empty and dot segments.
#[test]
fn a_path_that_is_signed_as_another_one_names_nothing() {
    let line = |line| Signed { line, ..Signed::default() }.request();
    check(
        vec![
            line("GET /./restapis"),
            line("GET /x/../restapis"),
            line("GET /%2e/restapis"),
            line("GET //restapis"),
            line("GET /restapis//x"),
        ],
        expect![[r#"
            403 MissingAuthenticationTokenException {"message":"Missing Authentication Token"}
            403 MissingAuthenticationTokenException {"message":"Missing Authentication Token"}
            403 MissingAuthenticationTokenException {"message":"Missing Authentication Token"}
            403 MissingAuthenticationTokenException {"message":"Missing Authentication Token"}
            403 MissingAuthenticationTokenException {"message":"Missing Authentication Token"}
        "#]],
    );
}

#[test]
fn a_new_root_key_voids_the_old_one() {
    let gateway = Gateway::new();
    let ensure = |given: Credentials| {
        let ambient = Still(AtomicU64::new(7));
        ensure_root_key(&gateway.store, &ambient, Some(given), |_| Ok(())).unwrap();
    };
    ensure(key("AKIANEW", "another secret"));
    assert_eq!(gateway.send_request(good().request()).0, 403);
    ensure(root_key());
    assert_eq!(gateway.send_request(good().request()).0, 201);
}
