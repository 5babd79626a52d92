//! The parameters of a presigned URL: `X-Amz-Algorithm` and those that go with it.

use std::borrow::Cow;
use std::time::Duration;

use crate::presented::{Placement, Presented};
use crate::query::{decode, parameters};
use crate::signature_error::SignatureError;
use crate::timestamp::Timestamp;

/// The only one that is not signed.
pub(crate) const SIGNATURE: &str = "X-Amz-Signature";

/// A week (IAM User Guide, "Request using query parameters").
const EXPIRES_SECONDS_MAX: u64 = 604_800;

/// Each parameter that is there, decoded.
#[derive(Default)]
struct Parameters<'a> {
    algorithm: Option<Cow<'a, str>>,
    content_sha256: Option<Cow<'a, str>>,
    credential: Option<Cow<'a, str>>,
    date: Option<Cow<'a, str>>,
    expires: Option<Cow<'a, str>>,
    session_token: Option<Cow<'a, str>>,
    signature: Option<Cow<'a, str>>,
    signed_headers: Option<Cow<'a, str>>,
}

/// `None` if the URL is not presigned.
pub(crate) fn parse(query: &str) -> Result<Option<Presented<'_>>, SignatureError> {
    let found = find(query)?;
    let Some(algorithm) = found.algorithm else {
        return Ok(None);
    };
    let lifetime = found.expires.map(|text| lifetime(&text)).transpose()?;
    match (found.credential, found.signature, found.signed_headers, found.date) {
        (Some(credential), Some(signature), Some(signed_headers), Some(date)) => {
            let Some(date) = Timestamp::parse_basic(&date) else {
                return Err(SignatureError::MalformedDate { found: date.into_owned() });
            };
            Ok(Some(Presented {
                algorithm,
                credential,
                signed_headers,
                signature,
                date,
                placement: Placement::Query { lifetime },
                session_token: found.session_token,
                content_sha256: found.content_sha256,
            }))
        }
        (credential, signature, signed_headers, date) => {
            let wanted = [
                (credential.is_none(), "X-Amz-Credential"),
                (signature.is_none(), SIGNATURE),
                (signed_headers.is_none(), "X-Amz-SignedHeaders"),
                (date.is_none(), "X-Amz-Date"),
            ];
            let missing = wanted.into_iter().filter_map(|(lacks, name)| lacks.then_some(name));
            Err(SignatureError::IncompleteQuery { missing: missing.collect() })
        }
    }
}

fn find(query: &str) -> Result<Parameters<'_>, SignatureError> {
    let mut found = Parameters::default();
    let mut duplicate = None;
    for (name, value) in parameters(query) {
        let (name, slot) = match &*decode(name) {
            "X-Amz-Algorithm" => ("X-Amz-Algorithm", &mut found.algorithm),
            "X-Amz-Content-Sha256" => ("X-Amz-Content-Sha256", &mut found.content_sha256),
            "X-Amz-Credential" => ("X-Amz-Credential", &mut found.credential),
            "X-Amz-Date" => ("X-Amz-Date", &mut found.date),
            "X-Amz-Expires" => ("X-Amz-Expires", &mut found.expires),
            "X-Amz-Security-Token" => ("X-Amz-Security-Token", &mut found.session_token),
            SIGNATURE => (SIGNATURE, &mut found.signature),
            "X-Amz-SignedHeaders" => ("X-Amz-SignedHeaders", &mut found.signed_headers),
            _ => continue,
        };
        if slot.replace(decode(value)).is_some() {
            duplicate = Some(name);
        }
    }
    // Without an algorithm they are parameters like any other.
    match (duplicate, &found.algorithm) {
        (Some(name), Some(_)) => Err(SignatureError::Duplicate { name }),
        (_, None) | (None, Some(_)) => Ok(found),
    }
}

fn lifetime(text: &str) -> Result<Duration, SignatureError> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match text.parse() {
        Ok(seconds) if is_number && (1..=EXPIRES_SECONDS_MAX).contains(&seconds) => {
            Ok(Duration::from_secs(seconds))
        }
        Ok(_) | Err(_) => Err(SignatureError::MalformedExpires { found: text.to_owned() }),
    }
}
