//! Tokens that are made to be believed, and are not.

use proptest::prelude::{any, prop_assert};
use serde_json::{Value, json};

use super::sample::{Signer, key_set, text};
use crate::{InvalidToken, TOKEN_BYTES_MAX, Token};

fn claims() -> Value {
    json!({ "iss": "https://issuer.example", "sub": "ada", "exp": 2_000_000_000 })
}

#[track_caller]
fn check(token: &str, signer: &Signer, expected: &str) {
    let outcome = Token::parse(token).and_then(|token| token.verify(&signer.keys()));
    let outcome = match outcome {
        Ok(claims) => format!("{} of {}", claims.text("sub").unwrap(), claims.issuer().unwrap()),
        Err(error) => error.to_string(),
    };
    assert_eq!(outcome, expected);
}

#[test]
fn every_algorithm_is_one_of_its_key_alone() {
    const ALGORITHMS: [(&str, &str); 10] = [
        ("EdDSA", "Ed25519"),
        ("ES256", "P-256"),
        ("ES384", "P-384"),
        ("ES512", "P-521"),
        ("PS256", "RSA"),
        ("PS384", "RSA"),
        ("PS512", "RSA"),
        ("RS256", "RSA"),
        ("RS384", "RSA"),
        ("RS512", "RSA"),
    ];
    let signer = Signer::new();
    for (algorithm, own) in ALGORITHMS {
        for key in ["Ed25519", "P-256", "P-384", "P-521", "RSA"] {
            let token = signer.token(&json!({ "alg": algorithm, "kid": key }), &claims());
            let verified = Token::parse(&token).unwrap().verify(&signer.keys());
            match key == own {
                true => assert!(verified.is_ok(), "{algorithm} {key}"),
                false => assert_eq!(verified, Err(InvalidToken::UnknownAlgorithm)),
            }
        }
    }
}

#[test]
fn a_key_with_an_algorithm_has_no_other() {
    let signer = Signer::new();
    let mut jwks = signer.jwks();
    jwks[3]["alg"] = "PS256".into();
    let keys = key_set(&jwks);
    let verify = |algorithm: &str| {
        let token = signer.token(&json!({ "alg": algorithm, "kid": "RSA" }), &claims());
        Token::parse(&token).unwrap().verify(&keys).map(drop)
    };
    assert_eq!(verify("PS256"), Ok(()));
    assert_eq!(verify("RS256"), Err(InvalidToken::UnknownAlgorithm));
    assert_eq!(verify("PS384"), Err(InvalidToken::UnknownAlgorithm));
}

#[test]
fn nothing_but_the_signature_of_the_named_key_counts() {
    let signer = Signer::new();
    let valid = signer.token(&json!({ "alg": "RS256", "kid": "RSA" }), &claims());
    check(&valid, &signer, "ada of https://issuer.example");
    let (signed, _) = valid.rsplit_once('.').unwrap();
    let with = |header: Value| {
        let (_, signed) = signed.split_once('.').unwrap();
        format!("{}.{signed}.", text(header.to_string()))
    };
    let signature = "the token's signature is not of the key that it names";
    let unknown = "the token's algorithm is not one that its key is used with";
    check(&format!("{signed}."), &signer, signature);
    check(&format!("{signed}.{}", text([0; 256])), &signer, signature);
    for name in ["none", "None", "NONE", "", "HS256", "HS512", "rs256", "ES512", "RSA1_5"] {
        check(&with(json!({ "alg": name, "kid": "RSA" })), &signer, unknown);
    }
    // Zero signatures, which once were believed of ECDSA.
    let zeros = |key: &str, algorithm: &str, bytes: usize| {
        with(json!({ "alg": algorithm, "kid": key })) + &text(vec![0; bytes])
    };
    check(&zeros("P-256", "ES256", 64), &signer, signature);
    check(&zeros("P-384", "ES384", 96), &signer, signature);
    check(&zeros("Ed25519", "EdDSA", 64), &signer, signature);
    // DER is another form of the same signature, and no form of a token's.
    check(&zeros("P-256", "ES256", 70), &signer, signature);
}

#[test]
fn keys_that_a_token_brings_or_points_to_are_not_looked_at() {
    let (signer, other) = (Signer::new(), Signer::new());
    let own = &other.jwks()[0];
    for (kid, expected) in [
        ("Ed25519", "the token's signature is not of the key that it names"),
        ("mine", "the token names a key that its issuer does not have"),
        ("../../dev/null' OR 1=1 --", "the token names a key that its issuer does not have"),
        ("", "the token names a key that its issuer does not have"),
    ] {
        let header = json!({
            "alg": "EdDSA",
            "kid": kid,
            "jwk": own,
            "jku": "http://127.0.0.1:1/keys",
            "x5u": "http://127.0.0.1:1/certificate",
            "x5c": ["AA=="],
        });
        check(&other.token(&header, &claims()), &signer, expected);
    }
}

#[test]
fn a_header_is_understood_whole_or_refused() {
    let signer = Signer::new();
    let with = |header: Value| signer.token(&header, &claims());
    let critical = "the token has critical extensions, which are not supported";
    for crit in [json!(["exp"]), json!([]), json!(null), json!("b64")] {
        let header = json!({ "alg": "EdDSA", "kid": "Ed25519", "crit": crit });
        check(&with(header), &signer, critical);
    }
    let nameless = with(json!({ "alg": "EdDSA" }));
    check(&nameless, &signer, "the token is malformed: it names no key");
    let header = "the token is malformed: its header is none";
    check(&with(json!({ "alg": "EdDSA", "kid": 7 })), &signer, header);
    let twice = text(r#"{"alg":"EdDSA","kid":"Ed25519","alg":"none"}"#);
    check(&format!("{twice}.e30.AA"), &signer, header);
}

#[test]
fn what_is_no_token_is_refused_unread() {
    let signer = Signer::new();
    let parts = "the token is malformed: it has not three parts";
    check("", &signer, "the token is malformed: it has no signature");
    check("a.b", &signer, parts);
    check("a.b.c.d.e", &signer, parts);
    check("..", &signer, "the token is malformed: its header is none");
    check("a b.c.d", &signer, "the token is malformed: a part of it is not base64url");
    let header = text(r#"{"alg":"EdDSA","kid":"Ed25519"}"#);
    let claims = "the token is malformed: its claims are no JSON object";
    for payload in ["[]", "1", "null", "", "{", "\"a.b.c\"", r#"{"exp":1e999}"#] {
        check(&format!("{header}.{}.AA", text(payload)), &signer, claims);
    }
    // Bits that nothing decodes to cannot make a second text of the same token.
    let token = signer.token(&json!({ "alg": "EdDSA", "kid": "Ed25519" }), &json!({}));
    assert!(Token::parse(&token).is_ok());
    assert_eq!(text([0; 64]).len() % 4, 2, "its last character has four bits of nothing");
    let last = token.chars().next_back().unwrap();
    let other = if last == 'A' { 'B' } else { char::from(last as u8 ^ 1) };
    let changed = format!("{}{other}", &token[..token.len() - 1]);
    assert!(Token::parse(&changed).and_then(|token| token.verify(&signer.keys())).is_err());
    assert!(Token::parse(&format!("{token}=")).is_err());
}

#[test]
fn a_token_has_a_largest_size() {
    let signer = Signer::new();
    let sized = |bytes: usize| {
        let header = json!({ "alg": "EdDSA", "kid": "Ed25519" });
        let fill = |count: usize| signer.token(&header, &json!({ "fill": "x".repeat(count) }));
        let count = (bytes - fill(0).len()) / 4 * 3;
        let mut near = (count.saturating_sub(4)..count + 4).map(fill);
        near.find(|token| token.len() == bytes).unwrap()
    };
    let largest = sized(TOKEN_BYTES_MAX);
    assert_eq!(largest.len(), TOKEN_BYTES_MAX);
    assert!(Token::parse(&largest).unwrap().verify(&signer.keys()).is_ok());
    let larger = Token::parse(&format!("{largest}A")).map(drop);
    assert_eq!(larger, Err(InvalidToken::Malformed("it is too large")));
}

proptest::proptest! {
    #[test]
    fn no_text_is_believed_nor_breaks_anything(text in any::<String>(), parts in any::<[Vec<u8>; 3]>()) {
        let keys = Signer::new().keys();
        let encoded = parts.map(super::sample::text).join(".");
        for text in [text, encoded] {
            let verified = Token::parse(&text).and_then(|token| token.verify(&keys));
            prop_assert!(verified.is_err());
        }
    }
}
