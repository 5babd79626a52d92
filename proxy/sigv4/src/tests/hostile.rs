//! Requests made to break the verifier: too long, too many, empty, and not text.

use super::message::Message;
use crate::SignatureError;

const NOW: &str = "20261124T090000Z";

fn signed() -> Message {
    Message::parse(include_str!("signed.http"))
}

fn verify(message: &Message) -> Result<(), SignatureError> {
    message.verify(NOW, "eu-central-1", "execute-api")
}

fn with_authorization(value: impl AsRef<[u8]>) -> Message {
    signed().without("authorization").with("authorization", value)
}

/// Signed with headers of its own, so many that there are `count`.
fn with_signed_headers(count: usize) -> Message {
    let scope = crate::Scope { date: "20261124", region: "eu-central-1", service: "execute-api" };
    let message = signed().without("authorization");
    let present = message.headers.len();
    let message =
        (present..count).fold(message, |message, number| message.with(&format!("h{number}"), "x"));
    let authorization = message.sign("AKIDEXAMPLE", scope);
    message.with("authorization", authorization)
}

fn with_query(query: String) -> Message {
    let mut message = signed().without("authorization");
    message.query = query;
    message
}

#[test]
fn the_authorization_header_has_a_limit() {
    let value = signed().headers["authorization"].to_str().unwrap().to_owned();
    for (length, fits) in [(8 * 1024, true), (8 * 1024 + 1, false), (1_000_000, false)] {
        let padded = value.replacen(' ', &" ".repeat(1 + length - value.len()), 1);
        assert_eq!(padded.len(), length);
        let verified = verify(&with_authorization(padded));
        assert_eq!(verified.is_ok(), fits, "{length}");
        assert!(fits || matches!(verified, Err(SignatureError::TooLarge { max: 8_192, .. })));
    }
}

#[test]
fn signed_headers_have_a_limit() {
    assert_eq!(verify(&with_signed_headers(128)), Ok(()));
    let too_many = Err(SignatureError::TooLarge { part: "the list of signed headers", max: 128 });
    assert_eq!(verify(&with_signed_headers(129)), too_many);
    let ten_thousand = format!(
        "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=a%2Fb%2Fc%2Fd%2Fe&X-Amz-Date={NOW}&X-Amz-SignedHeaders={}host&X-Amz-Signature=f",
        "a;".repeat(10_000)
    );
    assert_eq!(verify(&with_query(ten_thousand)), too_many);
}

#[test]
fn path_and_query_have_a_limit() {
    let scope = crate::Scope { date: "20261124", region: "eu-central-1", service: "execute-api" };
    for (length, fits) in [(64 * 1024, true), (64 * 1024 + 1, false)] {
        let mut message = signed().without("authorization");
        message.query = "&a=1".repeat(length / 4);
        message.path = "/".repeat(length - message.query.len());
        let authorization = message.sign("AKIDEXAMPLE", scope);
        let verified = verify(&message.with("authorization", authorization));
        assert_eq!(verified.is_ok(), fits, "{length}");
        assert!(fits || matches!(verified, Err(SignatureError::TooLarge { max: 65_536, .. })));
    }
}

#[test]
fn bytes_that_are_not_text_are_signed_or_refused() {
    let scope = crate::Scope { date: "20261124", region: "eu-central-1", service: "execute-api" };
    let message = signed().without("authorization").with("x-note", b"\xff \xfe\x80");
    let authorization = message.sign("AKIDEXAMPLE", scope);
    let message = message.with("authorization", &authorization);
    assert_eq!(verify(&message), Ok(()));
    let message = message.without("x-note").with("x-note", b"\xfd \xfe\x80");
    let error = verify(&message).unwrap_err();
    assert!(error.to_string().contains("x-note:\u{fffd} \u{fffd}\u{fffd}\n"), "{error}");

    let error = verify(&with_authorization(b"AWS4-HMAC-SHA256 Credential=\xff")).unwrap_err();
    assert!(matches!(error, SignatureError::NoEqualSign { .. }));
    for name in ["x-amz-date", "x-amz-security-token", "x-amz-content-sha256"] {
        assert!(
            verify(&signed().without(name).with(name, b"\xff")).is_err()
                || name == "x-amz-security-token"
        );
    }
    let presigned = |part: &str| {
        with_query(format!(
            "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={part}&X-Amz-Date={part}&X-Amz-SignedHeaders={part}&X-Amz-Signature={part}"
        ))
    };
    for part in ["%ff", "%", "%4", "%zz", "%00", "+", "é"] {
        assert!(matches!(verify(&presigned(part)), Err(SignatureError::MalformedDate { .. })));
    }
}

/// A name with a line break in it would make one canonical request of two different ones.
#[test]
fn signed_headers_are_names() {
    for list in ["host%0Ax", "host%3Ax", "host%20x", "host%2Cx", "host;%C3%A9", "host;%00"] {
        let query = format!(
            "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=a%2Fb%2Fc%2Fd%2Fe&X-Amz-Date={NOW}&X-Amz-SignedHeaders={list}&X-Amz-Signature=f"
        );
        let error = verify(&with_query(query)).unwrap_err();
        assert!(matches!(error, SignatureError::MalformedSignedHeaders { .. }), "{list}: {error}");
    }
    let list = "host;content-type;x-amz-date/";
    let value = format!("AWS4-HMAC-SHA256 Credential=a/b/c/d/e, SignedHeaders={list}, Signature=f");
    let error = verify(&with_authorization(value)).unwrap_err();
    assert_eq!(error, SignatureError::MalformedSignedHeaders { found: list.to_owned() });
}

#[test]
fn empty_fields_are_refused() {
    let value = signed().headers["authorization"].to_str().unwrap().to_owned();
    let fields = [
        "AKIDEXAMPLE/20261124/eu-central-1/execute-api/aws4_request",
        "content-type;host;x-amz-date",
        "c3a061a6e51507907da51af933512dd151205082d4f563edece88ad8afafa1df",
    ];
    for field in fields {
        assert!(value.contains(field), "{field}");
        assert!(verify(&with_authorization(value.replace(field, ""))).is_err(), "{field}");
    }
    for value in [
        "",
        " ",
        ",",
        "=",
        "AWS4-HMAC-SHA256 =",
        "AWS4-HMAC-SHA256 ,,,",
        "AWS4-HMAC-SHA256 Credential=,Signature=,SignedHeaders=",
    ] {
        assert!(verify(&with_authorization(value)).is_err(), "{value}");
    }
    for query in [
        "X-Amz-Algorithm",
        "X-Amz-Algorithm=&X-Amz-Credential=&X-Amz-Date=&X-Amz-SignedHeaders=&X-Amz-Signature=",
        "&&=&==",
    ] {
        assert!(verify(&with_query(query.to_owned())).is_err(), "{query}");
    }
}
