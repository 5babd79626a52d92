//! The canonical request and the string to sign (IAM User Guide, "Elements of an AWS API request signature").

use crate::body_digest::BodyDigest;
use crate::credential::{Scope, TERMINATOR};
use crate::hex;
use crate::query::{push_canonical, push_encoded};
use crate::request::Request;
use crate::timestamp::Timestamp;
use sha2::{Digest as _, Sha256};

pub(crate) const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// The only service that signs paths as they are sent.
const S3: &str = "s3";

/// A first guess at the length of a canonical request, so that most are built without growing.
const CANONICAL_BYTES: usize = 1024;

/// Everything that is signed except the body, and when and for what.
pub(crate) struct Signable<'a> {
    pub request: &'a Request<'a>,
    /// In their order.
    pub signed_headers: &'a [&'a str],
    /// The query parameter that holds the signature.
    pub signature_parameter: Option<&'a str>,
    pub date: Timestamp,
    pub scope: Scope<'a>,
}

impl Signable<'_> {
    pub(crate) fn canonical_request(&self, body: BodyDigest) -> Vec<u8> {
        let mut canonical = Vec::with_capacity(CANONICAL_BYTES);
        canonical.extend_from_slice(self.request.method.as_str().as_bytes());
        canonical.push(b'\n');
        if self.scope.service == S3 {
            canonical.extend_from_slice(self.request.path.as_bytes());
        } else {
            push_path(self.request.path, &mut canonical);
        }
        canonical.push(b'\n');
        push_canonical(self.request.query, self.signature_parameter, &mut canonical);
        canonical.push(b'\n');
        for name in self.signed_headers {
            canonical.extend_from_slice(name.as_bytes());
            canonical.push(b':');
            push_header(self.request, name, &mut canonical);
            canonical.push(b'\n');
        }
        canonical.push(b'\n');
        canonical.extend_from_slice(self.signed_headers.join(";").as_bytes());
        canonical.push(b'\n');
        canonical.extend_from_slice(&body.to_hex());
        canonical
    }

    pub(crate) fn string_to_sign(&self, canonical_request: &[u8]) -> String {
        let Scope { date, region, service } = self.scope;
        let digest = hex::encode(&Sha256::digest(canonical_request).into());
        format!(
            "{ALGORITHM}\n{}\n{date}/{region}/{service}/{TERMINATOR}\n{}",
            self.date,
            String::from_utf8_lossy(&digest)
        )
    }
}

/// Without dot segments and empty ones, and encoded once more than it was sent.
fn push_path(path: &str, canonical: &mut Vec<u8>) {
    let mut segments: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                segments.pop();
            }
            segment => segments.push(segment),
        }
    }
    for segment in &segments {
        canonical.push(b'/');
        push_encoded(segment.as_bytes(), canonical);
    }
    if segments.is_empty() || path.ends_with('/') {
        canonical.push(b'/');
    }
}

/// The values of a header, joined by commas; of each, the words, joined by one space.
fn push_header(request: &Request<'_>, name: &str, canonical: &mut Vec<u8>) {
    let mut values = request.headers.get_all(name).iter().peekable();
    if let (None, "host", Some(authority)) = (values.peek(), name, request.authority) {
        canonical.extend_from_slice(authority.as_bytes());
    }
    for (index, value) in values.enumerate() {
        if index != 0 {
            canonical.push(b',');
        }
        let words = value.as_bytes().split(u8::is_ascii_whitespace);
        for (index, word) in words.filter(|word| !word.is_empty()).enumerate() {
            if index != 0 {
                canonical.push(b' ');
            }
            canonical.extend_from_slice(word);
        }
    }
}
