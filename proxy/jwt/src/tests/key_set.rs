//! Which documents are key sets, and which keys of them are used.

use serde_json::{Value, json};

use super::sample::{MODULUS, Signer, text};
use crate::KeySet;

#[track_caller]
fn check(document: &str, expected: &str) {
    let problem = KeySet::parse(document.as_bytes()).unwrap_err();
    assert_eq!(problem.to_string(), expected);
}

#[test]
fn what_is_no_key_set_is_refused() {
    check("<html>", "the key set is malformed: expected value at line 1 column 1");
    check("{}", "the key set is malformed: missing field `keys` at line 1 column 2");
    let none = "the key set has no key that checks signatures: of RSA with 2048 bits or more, P-256, P-384, P-521 or Ed25519, with a kid";
    check(r#"{"keys":[]}"#, none);
    check(r#"{"keys":[7,null,{},{"kty":"oct","kid":"a","k":"AAAA"}]}"#, none);
}

#[test]
fn a_key_set_has_a_largest_size() {
    let signer = Signer::new();
    let document = json!({ "keys": signer.jwks() }).to_string();
    let padded = |bytes: usize| document.clone() + &" ".repeat(bytes - document.len());
    assert!(KeySet::parse(padded(150_000).as_bytes()).is_ok());
    check(&padded(150_001), "the key set takes 150001 bytes, more than 150000");
}

#[test]
fn keys_that_check_no_signature_are_left_out() {
    let signer = Signer::new();
    let jwks = signer.jwks();
    let with = |index: usize, changes: Value| {
        let mut jwk = jwks[index].clone();
        for (name, value) in changes.as_object().unwrap() {
            jwk[name] = value.clone();
        }
        KeySet::parse(json!({ "keys": [jwk] }).to_string().as_bytes()).is_ok()
    };
    let (ed25519, p256, rsa, p521) = (0, 1, 3, 4);
    for index in 0..jwks.len() {
        assert!(with(index, json!({})));
        assert!(with(index, json!({ "key_ops": ["verify"], "x5t": "unread" })));
        assert!(!with(index, json!({ "use": "enc" })));
        assert!(!with(index, json!({ "key_ops": ["encrypt"] })));
        assert!(!with(index, json!({ "kid": null })));
        assert!(!with(index, json!({ "alg": "HS256" })));
        assert!(!with(index, json!({ "kty": "oct", "k": "AAAA" })));
    }
    assert!(!with(p256, json!({ "alg": "RS256" })), "an algorithm of another kind");
    assert!(!with(p256, json!({ "crv": "P-384" })), "coordinates of another length");
    assert!(!with(p256, json!({ "crv": "secp256k1" })));
    assert!(!with(p521, json!({ "x": text([1; 66]) })), "no point of the curve");
    assert!(!with(p521, json!({ "x": text([1; 65]) })));
    assert!(!with(ed25519, json!({ "crv": "X25519" })));
    assert!(!with(rsa, json!({ "n": MODULUS[..340].to_owned() })), "2,040 bits");
    assert!(!with(rsa, json!({ "n": text([1; 1_025]) })), "8,200 bits");
    assert!(!with(rsa, json!({ "e": text([1; 6]) })));
    assert!(!with(rsa, json!({ "e": "" })));
    assert!(with(rsa, json!({ "n": text([&[0][..], &[255; 256]].concat()) })), "a zero in front");
}
