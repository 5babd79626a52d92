//! Every way to be refused, in AWS's words. The request is the one of `signed.http`, changed in one place.

use expect_test::{Expect, expect};

use super::message::Message;
use crate::Protocol::{Query, RestJson};
use crate::SignatureError;

const NOW: &str = "20261124T090000Z";

fn signed() -> Message {
    Message::parse(include_str!("signed.http"))
}

fn presigned() -> Message {
    let text = include_str!("../../suite/botocore/presigned.txt");
    let (request, _) = text.split_once("\n--- canonical request").unwrap();
    Message::parse(request.strip_prefix("--- signed request\n").unwrap())
}

fn with_authorization(change: impl Fn(&str) -> String) -> Message {
    let message = signed();
    let value = change(message.headers["authorization"].to_str().unwrap());
    message.without("authorization").with("authorization", value)
}

fn with_query(from: &str, to: &str) -> Message {
    let mut message = presigned();
    assert!(message.query.contains(from), "{from}");
    message.query = message.query.replacen(from, to, 1);
    message
}

#[track_caller]
fn check_at(message: &Message, now: &str, expected: Expect) {
    let error = message.verify(now, "eu-central-1", "execute-api").unwrap_err();
    expected.assert_eq(&written(&error));
}

#[track_caller]
fn check(message: &Message, expected: Expect) {
    check_at(message, NOW, expected);
}

fn written(error: &SignatureError) -> String {
    let mut written = String::new();
    let mut last = String::new();
    for protocol in [RestJson, Query] {
        let (status, kind) = (error.status(protocol).as_u16(), error.error_type(protocol));
        let message = error.message(protocol);
        written += &format!("{status} {kind}\n");
        if message != last {
            written += &format!("{message}\n");
        }
        last = message;
    }
    written
}

#[test]
fn the_unchanged_requests_are_verified() {
    for message in [signed(), presigned()] {
        assert_eq!(message.verify(NOW, "eu-central-1", "execute-api"), Ok(()));
    }
}

#[test]
fn no_signature() {
    check(
        &signed().without("authorization"),
        expect![[r#"
        403 MissingAuthenticationTokenException
        Missing Authentication Token
        403 MissingAuthenticationToken
        Request is missing Authentication Token
    "#]],
    );
    let mut message = presigned();
    message.query = String::new();
    check(
        &message,
        expect![[r#"
        403 MissingAuthenticationTokenException
        Missing Authentication Token
        403 MissingAuthenticationToken
        Request is missing Authentication Token
    "#]],
    );
}

#[test]
fn two_signatures() {
    let header = "AWS4-HMAC-SHA256 Credential=a, SignedHeaders=b, Signature=c";
    check(
        &presigned().with("authorization", header),
        expect![[r#"
        403 InvalidSignatureException
        Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.
        403 SignatureDoesNotMatch
    "#]],
    );
    check(
        &signed().with("authorization", header),
        expect![[r#"
        403 IncompleteSignatureException
        'Authorization' must not be given more than once.
        400 IncompleteSignature
    "#]],
    );
    check(
        &with_authorization(|value| format!("{value}, Signature=1")),
        expect![[r#"
        403 IncompleteSignatureException
        'Signature' must not be given more than once.
        400 IncompleteSignature
    "#]],
    );
    check(
        &with_query("&X-Amz-Date=", "&X-Amz-Date=20261124T080000Z&X-Amz-Date="),
        expect![[r#"
        403 IncompleteSignatureException
        'X-Amz-Date' must not be given more than once.
        400 IncompleteSignature
    "#]],
    );
    check(
        &with_query("&X-Amz-Date=", "&X%2DAmz%2DDate=20261124T080000Z&X-Amz-Date="),
        expect![[r#"
            403 IncompleteSignatureException
            'X-Amz-Date' must not be given more than once.
            400 IncompleteSignature
        "#]],
    );
}

#[test]
fn no_signature_of_version_4() {
    check(
        &with_authorization(|_| "Bearer x".to_owned()),
        expect![[r#"
        403 IncompleteSignatureException
        Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and encoded with Base64): 'uTem/WB082UJMN2ajD6lH6UChGpTAddMJSx2iu923No='.
        400 IncompleteSignature
    "#]],
    );
    check(
        &with_authorization(|_| "x-api-key=secret".to_owned()),
        expect![[r#"
        403 IncompleteSignatureException
        Authorization header must begin with the algorithm name, which cannot include an equal-sign
        400 IncompleteSignature
    "#]],
    );
    check(
        &with_authorization(|_| "Basic dXNlcjpwYXNzCg==".to_owned()),
        expect![[r#"
        403 IncompleteSignatureException
        Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter. (Hashed with SHA-256 and encoded with Base64) Authorization=d3fW22DIwblr/3yct35DjWfKxpc70BWnkGMtHCUt2C4=
        400 IncompleteSignature
    "#]],
    );
    check(
        &with_authorization(|value| value.replace("SHA256", "SHA512")),
        expect![[r#"
        403 IncompleteSignatureException
        Unsupported AWS 'algorithm': 'AWS4-HMAC-SHA512' (only AWS4-HMAC-SHA256 for now). 
        400 IncompleteSignature
    "#]],
    );
    check(
        &with_query("HMAC-SHA256", "ECDSA-P256-SHA256"),
        expect![[r#"
        403 IncompleteSignatureException
        Unsupported AWS 'algorithm': 'AWS4-ECDSA-P256-SHA256' (only AWS4-HMAC-SHA256 for now). 
        400 IncompleteSignature
    "#]],
    );
}

#[test]
fn an_incomplete_signature() {
    check(
        &with_authorization(|_| "AWS4-HMAC-SHA256".to_owned()),
        expect![[r#"
        403 IncompleteSignatureException
        Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter. (Hashed with SHA-256 and encoded with Base64) Authorization=YI2YWea8FSxnksZL2ETHbs5elHm9HQufxTLK0W0ffV0=
        400 IncompleteSignature
    "#]],
    );
    check(
        &with_authorization(|value| value.replace("SignedHeaders=", "Signed=")),
        expect![[r#"
        403 IncompleteSignatureException
        Authorization header requires 'SignedHeaders' parameter. (Hashed with SHA-256 and encoded with Base64) Authorization=nbjljSqz/p69eytCUvCIYj73Z6KgcjsUjtPx23ud15U=
        400 IncompleteSignature
    "#]],
    );
    check(
        &signed().without("x-amz-date"),
        expect![[r#"
        403 IncompleteSignatureException
        Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. (Hashed with SHA-256 and encoded with Base64) Authorization=nnHefRQo/6wauwxLJNqjnOVfDi+AoGENBzXk5+U29Bs=
        400 IncompleteSignature
    "#]],
    );
    check(
        &with_query("X-Amz-SignedHeaders", "SignedHeaders"),
        expect![[r#"
        403 IncompleteSignatureException
        AWS query-string parameters must include 'X-Amz-SignedHeaders'. Re-examine the query-string parameters.
        400 IncompleteSignature
    "#]],
    );
    let mut message = presigned();
    message.query = "X-Amz-Algorithm=AWS4-HMAC-SHA256".to_owned();
    check(
        &message,
        expect![[r#"
        403 IncompleteSignatureException
        AWS query-string parameters must include 'X-Amz-Credential'. AWS query-string parameters must include 'X-Amz-Signature'. AWS query-string parameters must include 'X-Amz-SignedHeaders'. AWS query-string parameters must include 'X-Amz-Date'. Re-examine the query-string parameters.
        400 IncompleteSignature
    "#]],
    );
}

#[test]
fn a_malformed_date() {
    let http_date = "Tue, 24 Nov 2026 09:00:00 GMT";
    check(
        &signed().without("x-amz-date").with("x-amz-date", http_date),
        expect![[r#"
        403 IncompleteSignatureException
        Date must be in ISO-8601 'basic format'. Got 'Tue, 24 Nov 2026 09:00:00 GMT'. See http://en.wikipedia.org/wiki/ISO_8601
        400 IncompleteSignature
    "#]],
    );
    check(
        &signed().without("x-amz-date").with("x-amz-date", "201"),
        expect![[r#"
        403 IncompleteSignatureException
        Date must be in ISO-8601 'basic format'. Got '201'. See http://en.wikipedia.org/wiki/ISO_8601
        400 IncompleteSignature
    "#]],
    );
    check(
        &signed().without("x-amz-date").with("date", b"\xff"),
        expect![[r#"
        403 IncompleteSignatureException
        Date must be in ISO-8601 'basic format'. Got '�'. See http://en.wikipedia.org/wiki/ISO_8601
        400 IncompleteSignature
    "#]],
    );
    check(
        &with_query("Date=2026", "Date=+2026"),
        expect![[r#"
        403 IncompleteSignatureException
        Date must be in ISO-8601 'basic format'. Got ' 20261124T090000Z'. See http://en.wikipedia.org/wiki/ISO_8601
        400 IncompleteSignature
    "#]],
    );
    check(
        &with_query("Expires=604800", "Expires=604801"),
        expect![[r#"
        403 IncompleteSignatureException
        X-Amz-Expires must be a number of seconds from 1 to 604800. Got '604801'.
        400 IncompleteSignature
    "#]],
    );
    check(
        &with_query("Expires=604800", "Expires=0"),
        expect![[r#"
        403 IncompleteSignatureException
        X-Amz-Expires must be a number of seconds from 1 to 604800. Got '0'.
        400 IncompleteSignature
    "#]],
    );
    check(
        &with_query("Expires=604800", "Expires=%2B1"),
        expect![[r#"
        403 IncompleteSignatureException
        X-Amz-Expires must be a number of seconds from 1 to 604800. Got '+1'.
        400 IncompleteSignature
    "#]],
    );
    check(
        &with_query("Expires=604800", "Expires="),
        expect![[r#"
        403 IncompleteSignatureException
        X-Amz-Expires must be a number of seconds from 1 to 604800. Got ''.
        400 IncompleteSignature
    "#]],
    );
}

#[test]
fn the_clock_skew_is_five_minutes() {
    for now in ["20261124T085500Z", "20261124T090500Z"] {
        assert_eq!(signed().verify(now, "eu-central-1", "execute-api"), Ok(()), "{now}");
    }
    check_at(
        &signed(),
        "20261124T090501Z",
        expect![[r#"
        403 InvalidSignatureException
        Signature expired: 20261124T090000Z is now earlier than 20261124T090001Z (20261124T090501Z - 5 min.)
        403 SignatureDoesNotMatch
    "#]],
    );
    check_at(
        &signed(),
        "20261124T085459Z",
        expect![[r#"
        403 InvalidSignatureException
        Signature not yet current: 20261124T090000Z is still later than 20261124T085959Z (20261124T085459Z + 5 min.)
        403 SignatureDoesNotMatch
    "#]],
    );
}

#[test]
fn a_presigned_url_is_good_until_it_expires() {
    for now in ["20261124T085500Z", "20261201T090000Z"] {
        assert_eq!(presigned().verify(now, "eu-central-1", "execute-api"), Ok(()), "{now}");
    }
    check_at(
        &presigned(),
        "20261201T090001Z",
        expect![[r#"
        403 InvalidSignatureException
        Signature expired: 20261124T090000Z is now earlier than 20261124T090001Z (20261201T090001Z - 10080 min.)
        403 SignatureDoesNotMatch
    "#]],
    );
    check_at(
        &presigned(),
        "20261124T085459Z",
        expect![[r#"
        403 InvalidSignatureException
        Signature not yet current: 20261124T090000Z is still later than 20261124T085959Z (20261124T085459Z + 5 min.)
        403 SignatureDoesNotMatch
    "#]],
    );
    check_at(
        &with_query("Expires=604800", "Expires=90"),
        "20261124T090131Z",
        expect![[r#"
        403 InvalidSignatureException
        Signature expired: 20261124T090000Z is now earlier than 20261124T090001Z (20261124T090131Z - 90 sec.)
        403 SignatureDoesNotMatch
    "#]],
    );
    check_at(
        &with_query("&X-Amz-Expires=604800", ""),
        "20261124T090501Z",
        expect![[r#"
        403 InvalidSignatureException
        Signature expired: 20261124T090000Z is now earlier than 20261124T090001Z (20261124T090501Z - 5 min.)
        403 SignatureDoesNotMatch
    "#]],
    );
}

#[test]
fn another_scope() {
    let with_scope = |scope: &str| {
        let of_signed = "20261124/eu-central-1/execute-api/aws4_request";
        with_authorization(|value| value.replace(of_signed, scope))
    };
    check(
        &with_scope("20261124/us-east-1/execute-api/aws4_request"),
        expect![[r#"
        403 InvalidSignatureException
        Credential should be scoped to a valid region, not 'us-east-1'. 
        403 SignatureDoesNotMatch
    "#]],
    );
    check(
        &with_scope("20261124/eu-central-1/lambda/aws4_request"),
        expect![[r#"
        403 InvalidSignatureException
        Credential should be scoped to correct service: 'execute-api'. 
        403 SignatureDoesNotMatch
    "#]],
    );
    check(
        &with_scope("20261125/eu-central-1/lambda/aws4"),
        expect![[r#"
        403 InvalidSignatureException
        Credential should be scoped to correct service: 'execute-api'. Credential should be scoped with a valid terminator: 'aws4_request', not 'aws4'. Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '20261125' != '20261124', from '20261124T090000Z'.
        403 SignatureDoesNotMatch
    "#]],
    );
    check(
        &with_scope("20261124/eu-central-1/execute-api"),
        expect![[r#"
        403 IncompleteSignatureException
        Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got 'AKIDEXAMPLE/20261124/eu-central-1/execute-api'
        400 IncompleteSignature
    "#]],
    );
    check(
        &with_scope("/20261124/eu-central-1/execute-api/aws4_request"),
        expect![[r#"
        403 IncompleteSignatureException
        Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got 'AKIDEXAMPLE//20261124/eu-central-1/execute-api/aws4_request'
        400 IncompleteSignature
    "#]],
    );
}

#[test]
fn an_unsigned_header() {
    check(
        &with_authorization(|value| value.replace(";host", "")),
        expect![[r#"
        403 InvalidSignatureException
        'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.
        403 SignatureDoesNotMatch
    "#]],
    );
    check(
        &with_authorization(|value| value.replace("content-type;host;x-amz-date", "")),
        expect![[r#"
            403 InvalidSignatureException
            'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.
            403 SignatureDoesNotMatch
        "#]],
    );
    check(
        &signed().with("X-Amz-Invocation-Type", "Event"),
        expect![[r#"
        403 InvalidSignatureException
        'x-amz-invocation-type' must be a 'SignedHeader' in the AWS Authorization.
        403 SignatureDoesNotMatch
    "#]],
    );
    for name in ["X-Amz-Security-Token", "X-Amz-Cf-Id", "X-Amzn-Trace-Id", "User-Agent"] {
        let message = signed().with(name, "x");
        assert_eq!(message.verify(NOW, "eu-central-1", "execute-api"), Ok(()), "{name}");
    }
}

#[test]
fn another_signature() {
    check(
        &with_authorization(|value| value.replace("Signature=c", "Signature=d")),
        expect![[r#"
        403 InvalidSignatureException
        The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.

        The Canonical String for this request should have been
        'POST
        /prod/pets
        A=2&a=0&a=1&b=
        content-type:application/json
        host:abc123.execute-api.localhost:8080
        x-amz-date:20261124T090000Z

        content-type;host;x-amz-date
        e99fdd92b2cc9bc41b4009077c78b6e6227468451b9ff76e602ffb8f0a596bad'

        The String-to-Sign should have been
        'AWS4-HMAC-SHA256
        20261124T090000Z
        20261124/eu-central-1/execute-api/aws4_request
        adb8c758b7aed44109de5f3c7e5e1169632071811f3a76eac71366fc2a747f51'

        403 SignatureDoesNotMatch
        The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.
    "#]],
    );
}

/// The canonical form is the same whatever the list looks like, and tells what it should have been.
#[test]
fn signed_headers_in_another_form() {
    for list in ["Host;X-AMZ-Date;Content-Type", "x-amz-date;host;;content-type;host"] {
        let message =
            with_authorization(|value| value.replace("content-type;host;x-amz-date", list));
        assert_eq!(message.verify(NOW, "eu-central-1", "execute-api"), Ok(()), "{list}");
    }
}

#[test]
fn a_payload_that_is_not_signed_whole() {
    for form in [
        "UNSIGNED-PAYLOAD",
        "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
    ] {
        let message = signed().with("x-amz-content-sha256", form).with("x", "");
        let message = message.clone().without("authorization").with(
            "authorization",
            message.headers["authorization"]
                .to_str()
                .unwrap()
                .replace(";x-amz-date", ";x-amz-content-sha256;x-amz-date"),
        );
        let error = message.verify(NOW, "eu-central-1", "execute-api").unwrap_err();
        assert_eq!(error, SignatureError::UnsupportedPayload { found: form.to_owned() });
    }
    check(
        &with_query("X-Amz-Date", "X-Amz-Content-Sha256=UNSIGNED-PAYLOAD&X-Amz-Date"),
        expect![[r#"
            403 InvalidSignatureException
            The payload form 'UNSIGNED-PAYLOAD' in X-Amz-Content-Sha256 is not supported: send the SHA-256 of the whole body in hexadecimal digits, or leave it out.
            403 SignatureDoesNotMatch
        "#]],
    );
}

#[test]
fn a_declared_digest_of_another_body() {
    let scope = crate::Scope { date: "20261124", region: "eu-central-1", service: "execute-api" };
    let ours = String::from_utf8(signed().digest().to_hex().to_vec()).unwrap();
    for (declared, is_good) in [
        (ours.clone(), true),
        (ours.to_uppercase(), true),
        (ours.replace('9', "8"), false),
        ("required".to_owned(), false),
        (String::new(), false),
    ] {
        let message = signed().without("authorization").with("x-amz-content-sha256", &declared);
        let authorization = message.sign("AKIDEXAMPLE", scope);
        let message = message.with("authorization", authorization);
        let verified = message.verify(NOW, "eu-central-1", "execute-api");
        assert_eq!(verified.is_ok(), is_good, "{declared}");
        assert!(verified.is_ok() || matches!(verified, Err(SignatureError::Mismatch { .. })));
    }
}

#[test]
fn what_only_the_caller_knows() {
    expect![[r#"
        403 UnrecognizedClientException
        The security token included in the request is invalid.
        403 InvalidClientTokenId
    "#]]
    .assert_eq(&written(&SignatureError::UnknownToken));
    expect![[r#"
        403 ExpiredTokenException
        The security token included in the request is expired
        403 ExpiredToken
    "#]]
    .assert_eq(&written(&SignatureError::ExpiredToken));
}
