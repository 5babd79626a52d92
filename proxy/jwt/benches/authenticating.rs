//! How long it takes to verify a token of 1 KB.

#![forbid(unsafe_code)]

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use divan::{Bencher, black_box};
use jwt::{KeySet, Token};
use p521::ecdsa::signature::Signer as _;
use ring::rand::SystemRandom;
use ring::rsa::{KeyPairComponents, PublicKeyComponents};
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256,
    RsaKeyPair,
};

fn main() {
    divan::main();
}

fn text(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// A token of 1 KB, and the set with its key.
fn signed(algorithm: &str, jwk: &str, sign: impl Fn(&[u8]) -> Vec<u8>) -> (String, KeySet) {
    let header = format!(r#"{{"alg":"{algorithm}","kid":"k"}}"#);
    let fill = "x".repeat(420);
    let claims = format!(
        r#"{{"iss":"https://issuer.example","exp":2000000000,"aud":"web","fill":"{fill}"}}"#
    );
    let mut token = format!("{}.{}", text(header), text(claims));
    let signature = sign(token.as_bytes());
    write!(token, ".{}", text(signature)).expect("text takes what is written to it");
    let keys = format!(r#"{{"keys":[{{"kid":"k",{jwk}}}]}}"#);
    (token, KeySet::parse(keys.as_bytes()).expect("it is a key set"))
}

fn verify(bencher: Bencher<'_, '_>, (token, keys): &(String, KeySet)) {
    bencher.bench_local(|| {
        let token = Token::parse(black_box(token)).expect("it is a token");
        token.verify(black_box(keys)).expect("it is signed")
    });
}

/// RFC 7515 appendix A.2.1.
const RSA: [&str; 7] = [
    "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ",
    "Eq5xpGnNCivDflJsRQBXHx1hdR1k6Ulwe2JZD50LpXyWPEAeP88vLNO97IjlA7_GQ5sLKMgvfTeXZx9SE-7YwVol2NXOoAJe46sui395IW_GO-pWJ1O0BkTGoVEn2bKVRUCgu-GjBVaYLU6f3l9kJfFNS3E0QbVdxzubSu3Mkqzjkn439X0M_V51gfpRLI9JYanrC4D4qAdGcopV_0ZHHzQlBjudU2QvXt4ehNYTCBr6XCLQUShb1juUO1ZdiYoFaFQT5Tw8bGUl_x_jTj3ccPDVZFD9pIuhLhBOneufuBiB4cS98l2SR_RQyGWSeWjnczT0QU91p1DhOVRuOopznQ",
    "4BzEEOtIpmVdVEZNCqS7baC4crd0pqnRH_5IB3jw3bcxGn6QLvnEtfdUdiYrqBdss1l58BQ3KhooKeQTa9AB0Hw_Py5PJdTJNPY8cQn7ouZ2KKDcmnPGBY5t7yLc1QlQ5xHdwW1VhvKn-nXqhJTBgIPgtldC-KDV5z-y2XDwGUc",
    "uQPEfgmVtjL0Uyyx88GZFF1fOunH3-7cepKmtH4pxhtCoHqpWmT8YAmZxaewHgHAjLYsp1ZSe7zFYHj7C6ul7TjeLQeZD_YwD66t62wDmpe_HlB-TnBA-njbglfIsRLtXlnDzQkv5dTltRJ11BKBBypeeF6689rjcJIDEz9RWdc",
    "BwKfV3Akq5_MFZDFZCnW-wzl-CCo83WoZvnLQwCTeDv8uzluRSnm71I3QCLdhrqE2e9YkxvuxdBfpT_PI7Yz-FOKnu1R6HsJeDCjn12Sk3vmAktV2zb34MCdy7cpdTh_YVr7tss2u6vneTwrA86rZtu5Mbr1C1XsmvkxHQAdYo0",
    "h_96-mK1R_7glhsum81dZxjTnYynPbZpHziZjeeHcXYsXaaMwkOlODsWa7I9xXDoRwbKgB719rrmI2oKr6N3Do9U0ajaHF-NKJnwgjMd2w9cjz3_-kyNlxAr2v4IKhGNpmM5iIgOS1VZnOZ68m6_pbLBSp3nssTdlqvd0tIiTHU",
    "IYd7DHOhrWvxkwPQsRM2tOgrjbcrfvtQJipd-DlcxyVuuM9sQLdgjVk2oy26F0EmpScGLq2MowX7fhd_QJQ3ydy5cY7YIBi87w93IKLEdfnbJtoOPLUW0ITrJReOgo1cq9SbsxYawBgfp_gh6A5603k2-ZQwVK0JKSHuLFkuQ3U",
];

#[divan::bench]
fn rs256(bencher: Bencher<'_, '_>) {
    let decoded = RSA.map(|part| URL_SAFE_NO_PAD.decode(part).expect("it is base64url"));
    let [n, d, p, q, dp, dq, qi] = decoded;
    let public_key = PublicKeyComponents { n, e: vec![1, 0, 1] };
    let components = KeyPairComponents { public_key, d, p, q, dP: dp, dQ: dq, qInv: qi };
    let key = RsaKeyPair::from_components(&components).expect("it is a key");
    let jwk = format!(r#""kty":"RSA","n":"{}","e":"AQAB""#, RSA[0]);
    let signed = signed("RS256", &jwk, |message| {
        let mut made = vec![0; key.public().modulus_len()];
        let random = SystemRandom::new();
        key.sign(&RSA_PKCS1_SHA256, &random, message, &mut made).expect("it signs");
        made
    });
    verify(bencher, &signed);
}

#[divan::bench]
fn es256(bencher: Bencher<'_, '_>) {
    let (random, algorithm) = (SystemRandom::new(), &ECDSA_P256_SHA256_FIXED_SIGNING);
    let made = EcdsaKeyPair::generate_pkcs8(algorithm, &random).expect("there is randomness");
    let key = EcdsaKeyPair::from_pkcs8(algorithm, made.as_ref(), &random).expect("it is a key");
    let (x, y) = key.public_key().as_ref()[1..].split_at(32);
    let jwk = format!(r#""kty":"EC","crv":"P-256","x":"{}","y":"{}""#, text(x), text(y));
    let sign = |message: &[u8]| key.sign(&random, message).expect("it signs").as_ref().to_vec();
    verify(bencher, &signed("ES256", &jwk, sign));
}

#[divan::bench]
fn es512(bencher: Bencher<'_, '_>) {
    let key = p521::ecdsa::SigningKey::from_slice(&[1; 66]).expect("it is a key");
    let point = key.verifying_key().to_sec1_point(false);
    let point = point.as_bytes();
    let (x, y) = point[1..].split_at(66);
    let jwk = format!(r#""kty":"EC","crv":"P-521","x":"{}","y":"{}""#, text(x), text(y));
    let sign = |message: &[u8]| {
        let made: p521::ecdsa::Signature = key.sign(message);
        made.to_bytes().to_vec()
    };
    verify(bencher, &signed("ES512", &jwk, sign));
}

#[divan::bench]
fn eddsa(bencher: Bencher<'_, '_>) {
    let made = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).expect("there is randomness");
    let key = Ed25519KeyPair::from_pkcs8(made.as_ref()).expect("it is a key");
    let x = text(key.public_key().as_ref());
    let jwk = format!(r#""kty":"OKP","crv":"Ed25519","x":"{x}""#);
    verify(bencher, &signed("EdDSA", &jwk, |message| key.sign(message).as_ref().to_vec()));
}
