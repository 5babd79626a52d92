//! What holds for every request: a signature is good for what was signed, and for nothing else.

use http::{HeaderValue, Method};
use proptest::prelude::*;

use super::message::Message;
use crate::Scope;

const NOW: &str = "20261124T090000Z";
const SCOPE: Scope<'_> = Scope { date: "20261124", region: "eu-west-1", service: "execute-api" };

fn verifies(message: &Message) -> bool {
    message.verify(NOW, SCOPE.region, SCOPE.service).is_ok()
}

fn sign(message: Message) -> Message {
    let authorization = message.sign("AKIDEXAMPLE", SCOPE);
    message.with("authorization", authorization)
}

/// Anything that HTTP can carry.
fn message() -> impl Strategy<Value = Message> {
    let header = ("[a-wA-W-]{1,12}", "[ \t!-~]{0,30}");
    let headers = prop::collection::vec(header, 0..6);
    let body = prop::collection::vec(any::<u8>(), 0..60);
    ("[A-Z]{1,8}", "/\\PC{0,30}", "\\PC{0,60}", headers, body).prop_map(
        |(method, path, query, headers, body)| {
            let mut message = Message::parse("GET / HTTP/1.1\nHost: h\n\n").with("x-amz-date", NOW);
            message.method = method.parse().unwrap();
            message.path = path;
            message.query = query;
            message.body = body;
            let is_free = |name: &str| !["authorization", "date", "host"].contains(&name);
            let headers = headers.into_iter().filter(|(name, _)| is_free(&name.to_lowercase()));
            headers.fold(message, |message, (name, value)| message.with(&name, value.trim()))
        },
    )
}

/// Written in no other way than the canonical one, so that every bit counts.
fn plain_message() -> impl Strategy<Value = Message> {
    let body = prop::collection::vec(any::<u8>(), 1..40);
    (
        "(/[a-z0-9%~_-]{1,6}){1,4}",
        "[a-z]{1,4}=[a-z0-9]{1,6}(&[a-z]{1,4}=[a-z0-9]{1,6}){0,3}",
        "[a-z]{1,9}( [a-z]{1,5}){0,2}",
        body,
    )
        .prop_map(|(path, query, note, body)| {
            let mut message = Message::parse("DELETE / HTTP/1.1\nHost: h\n\n")
                .with("x-amz-date", NOW)
                .with("x-note", note);
            (message.path, message.query, message.body) = (path, query, body);
            message
        })
}

/// A bit of a text; `None` if it is not such a text any more.
fn flipped(text: &[u8], bit: usize) -> Vec<u8> {
    let mut bytes = text.to_vec();
    let bit = bit % (8 * bytes.len());
    bytes[bit / 8] ^= 1 << (bit % 8);
    bytes
}

/// With one bit of a signed part flipped; `None` if HTTP could not carry it.
fn tampered(mut message: Message, part: usize, bit: usize) -> Option<Message> {
    let header = |message: &mut Message, name: &str, from: usize| {
        let value = message.headers[name].as_bytes();
        let flipped = [&value[..from], &flipped(&value[from..], bit)].concat();
        HeaderValue::from_bytes(&flipped).ok().and_then(|value| {
            message.headers.insert(name.parse::<http::HeaderName>().unwrap(), value)
        })
    };
    match part {
        0 => message.method = Method::from_bytes(&flipped(b"DELETE", bit)).ok()?,
        1 => message.path = String::from_utf8(flipped(message.path.as_bytes(), bit)).ok()?,
        2 => message.query = String::from_utf8(flipped(message.query.as_bytes(), bit)).ok()?,
        3 => message.body = flipped(&message.body, bit),
        4 => header(&mut message, "host", 0).map(drop)?,
        5 => header(&mut message, "x-note", 0).map(drop)?,
        6 => header(&mut message, "x-amz-date", 0).map(drop)?,
        _ => {
            let value = message.headers["authorization"].to_str().unwrap();
            let from = value.find("Signature=").unwrap() + "Signature=".len();
            header(&mut message, "authorization", from).map(drop)?;
        }
    }
    Some(message)
}

fn scope_like_text() -> impl Strategy<Value = String> {
    let words = vec![
        "AWS4-HMAC-SHA256",
        " ",
        ",",
        ";",
        "=",
        "/",
        "&",
        "+",
        "%",
        "%3D",
        "é",
        "Credential=",
        "SignedHeaders=",
        "Signature=",
        "X-Amz-Algorithm=AWS4-HMAC-SHA256",
        "&X-Amz-Credential=",
        "&X-Amz-Date=",
        "&X-Amz-Expires=",
        "&X-Amz-SignedHeaders=",
        "&X-Amz-Signature=",
        "&X-Amz-Security-Token=",
        "AKIDEXAMPLE",
        "20261124",
        "20261124T090000Z",
        "eu-west-1",
        "execute-api",
        "aws4_request",
        "host",
        "x-amz-date",
        "9",
        "604800",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    ];
    prop::collection::vec(prop::sample::select(words), 0..30).prop_map(|words| words.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn what_is_signed_is_verified(message in message()) {
        prop_assert!(verifies(&sign(message)));
    }

    #[test]
    fn one_changed_bit_is_refused(message in plain_message(), part in 0..8_usize, bit in any::<usize>()) {
        let message = sign(message);
        prop_assert!(verifies(&message));
        if let Some(tampered) = tampered(message, part, bit) {
            prop_assert!(!verifies(&tampered), "{tampered:?}");
        }
    }

    #[test]
    fn nothing_panics(header in scope_like_text(), query in scope_like_text(), presigned in any::<bool>()) {
        let mut message = Message::parse("GET / HTTP/1.1\nHost: h\n\n").with("x-amz-date", NOW);
        message.query = query;
        if !presigned {
            message = message.with("authorization", header);
        }
        prop_assert!(!verifies(&message));
    }
}
