//! The `Authorization` header: `AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…`.

use std::borrow::Cow;

use http::{HeaderMap, HeaderValue};

use crate::date;
use crate::presented::{Placement, Presented};
use crate::signature_error::{SignatureError, hash};

/// With the most headers that may be signed it stays below this; AWS takes 10,240 bytes of all headers together.
const AUTHORIZATION_BYTES_MAX: usize = 8 * 1024;

/// A date that is not there, in the words of an error.
pub(crate) const DATE: &str = "existence of either a 'X-Amz-Date' or a 'Date' header";

pub(crate) fn parse<'a>(
    value: &'a HeaderValue,
    headers: &HeaderMap,
) -> Result<Presented<'a>, SignatureError> {
    if AUTHORIZATION_BYTES_MAX < value.len() {
        return Err(SignatureError::TooLarge {
            part: "the Authorization header in bytes",
            max: AUTHORIZATION_BYTES_MAX,
        });
    }
    let no_equal_sign = || SignatureError::no_equal_sign(value.as_bytes());
    let text = value.to_str().map_err(|_| no_equal_sign())?.trim_start();
    let (algorithm, list) = text.split_once(' ').unwrap_or((text, ""));
    if algorithm.contains('=') {
        return Err(SignatureError::NoAlgorithm);
    }
    let (mut credential, mut signed_headers, mut signature) = (None, None, None);
    for pair in list.split([',', ' ']).filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').ok_or_else(no_equal_sign)?;
        let (name, found) = match key {
            "Credential" => ("Credential", &mut credential),
            "Signature" => ("Signature", &mut signature),
            "SignedHeaders" => ("SignedHeaders", &mut signed_headers),
            // As AWS does: `Basic dXNlcjpwYXNz=` is then told what it lacks.
            _ => continue,
        };
        if found.replace(Cow::Borrowed(value)).is_some() {
            return Err(SignatureError::Duplicate { name });
        }
    }
    match (credential, signature, signed_headers, date::of_headers(headers)?) {
        (Some(credential), Some(signature), Some(signed_headers), Some(date)) => Ok(Presented {
            algorithm: algorithm.into(),
            credential,
            signed_headers,
            signature,
            date,
            placement: Placement::Header,
            session_token: None,
            content_sha256: None,
        }),
        (credential, signature, signed_headers, date) => {
            let wanted = [
                (credential.is_none(), "'Credential' parameter"),
                (signature.is_none(), "'Signature' parameter"),
                (signed_headers.is_none(), "'SignedHeaders' parameter"),
                (date.is_none(), DATE),
            ];
            Err(SignatureError::IncompleteHeader {
                missing: wanted
                    .into_iter()
                    .filter_map(|(lacks, name)| lacks.then_some(name))
                    .collect(),
                header_hash: hash(value.as_bytes()),
            })
        }
    }
}
