//! AWS's test suite, and requests that its clients signed: every file of `suite/`.

use std::fs;
use std::path::Path;

use super::message::Message;
use crate::{Claim, SignatureError, SigningKey};

/// Cases of the suite that must fail, and why.
const REFUSED: [(&str, &str); 13] = [
    ("crt-header/get-relative-relative-unnormalized", UNNORMALIZED),
    ("crt-header/get-relative-unnormalized", UNNORMALIZED),
    ("crt-header/get-slash-dot-slash-unnormalized", UNNORMALIZED),
    ("crt-header/get-slash-pointless-dot-unnormalized", UNNORMALIZED),
    ("crt-header/get-slashes-unnormalized", UNNORMALIZED),
    ("crt-header/get-slash-unnormalized", UNNORMALIZED),
    ("crt-presigned/get-relative-relative-unnormalized", UNNORMALIZED),
    ("crt-presigned/get-relative-unnormalized", UNNORMALIZED),
    ("crt-presigned/get-slash-dot-slash-unnormalized", UNNORMALIZED),
    ("crt-presigned/get-slash-pointless-dot-unnormalized", UNNORMALIZED),
    ("crt-presigned/get-slash-unnormalized", UNNORMALIZED),
    ("crt-presigned/get-slashes-unnormalized", UNNORMALIZED),
    ("crt-presigned/post-sts-header-after", "our services sign the token of a presigned URL"),
];

const UNNORMALIZED: &str = "a client may be told to leave dot segments in; only S3 would accept it";

/// Signed with fewer headers than they have, which a signer of ours does not do.
const PARTLY_SIGNED: [&str; 2] =
    ["published/post-sts-header-after", "crt-header/post-sts-header-after"];

struct Case {
    name: String,
    message: Message,
    canonical_request: String,
    string_to_sign: String,
}

impl Case {
    fn read(folder: &str, file: &Path) -> Self {
        let text = fs::read_to_string(file).unwrap();
        let text = text.strip_prefix("--- signed request\n").unwrap();
        let (signed_request, text) = text.split_once("\n--- canonical request\n").unwrap();
        let (canonical_request, text) = text.split_once("\n--- string to sign\n").unwrap();
        Self {
            name: format!("{folder}/{}", file.file_stem().unwrap().to_str().unwrap()),
            message: Message::parse(signed_request),
            canonical_request: canonical_request.to_owned(),
            string_to_sign: text.strip_suffix('\n').unwrap().to_owned(),
        }
    }
}

fn cases() -> Vec<Case> {
    let suite = Path::new(env!("CARGO_MANIFEST_DIR")).join("suite");
    let mut cases = Vec::new();
    for (folder, count) in
        [("botocore", 20), ("crt-header", 39), ("crt-presigned", 38), ("published", 34)]
    {
        let files = fs::read_dir(suite.join(folder)).unwrap();
        let files: Vec<_> = files.map(|file| file.unwrap().path()).collect();
        assert_eq!(files.len(), count, "{folder}");
        cases.extend(files.iter().map(|file| Case::read(folder, file)));
    }
    cases
}

#[test]
fn what_aws_signed_is_verified() {
    let mut wrong = Vec::new();
    for case in cases() {
        let refused = REFUSED.iter().find(|(name, _)| *name == case.name);
        match (case.message.verify_itself(), refused) {
            (Ok(()), None) | (Err(SignatureError::Mismatch { .. }), Some(_)) => {}
            (Ok(()), Some((name, reason))) => wrong.push(format!("{name} passes: {reason}?")),
            (Err(error), _) => wrong.push(format!("{}: {error}", case.name)),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// With another key, so that the error shows what was to be signed.
#[test]
fn what_was_to_be_signed_is_as_aws_has_it() {
    for case in cases() {
        if REFUSED.iter().any(|(name, _)| *name == case.name) {
            continue;
        }
        let claim = Claim::parse(case.message.request()).unwrap();
        let (now, scope) = (claim.date().to_string(), claim.scope());
        let expected = crate::Expected {
            region: scope.region,
            service: scope.service,
            now: super::message::moment(&now),
        };
        let claim = claim.clone().check(&expected).unwrap();
        let key = SigningKey::derive("another secret", scope);
        assert_eq!(
            claim.verify(&key, case.message.digest()),
            Err(SignatureError::Mismatch {
                canonical_request: case.canonical_request,
                string_to_sign: case.string_to_sign,
            }),
            "{}",
            case.name
        );
    }
}

#[test]
fn the_same_headers_are_signed_alike() {
    for case in cases() {
        let Some(header) = case.message.headers.get("authorization") else {
            continue;
        };
        let is_excused = REFUSED.iter().any(|(name, _)| *name == case.name)
            || PARTLY_SIGNED.contains(&case.name.as_str())
            // The AWS CLI does not sign Content-Length, as HTTP clients add it.
            || case.name.starts_with("botocore/");
        if is_excused {
            continue;
        }
        let claim = Claim::parse(case.message.request()).unwrap();
        let signed = case.message.sign(claim.access_key_id(), claim.scope());
        assert_eq!(header.to_str().unwrap(), signed, "{}", case.name);
    }
}
