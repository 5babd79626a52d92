//! What a request claims about its signer, and the proof of it.

use std::borrow::Cow;
use std::time::{Duration, SystemTime};

use http::HeaderMap;
use http::header::AUTHORIZATION;

use crate::body_digest::BodyDigest;
use crate::canonical::{ALGORITHM, Signable};
use crate::credential::{Credential, Scope, TERMINATOR};
use crate::hex;
use crate::presented::{Placement, Presented};
use crate::request::Request;
use crate::signature_error::SignatureError;
use crate::signed_headers::SignedHeaders;
use crate::signing_key::SigningKey;
use crate::timestamp::Timestamp;
use crate::{authorization, presigned};

/// "Signature expired: … is now earlier than … (… - 5 min.)", as API Gateway and Lambda answer. (STS grants 15.)
const CLOCK_SKEW: Duration = Duration::from_secs(5 * 60);

/// Path and query; servers read less, and the canonical form is up to three times as long.
const TARGET_BYTES_MAX: usize = 64 * 1024;

/// What the caller serves, and when.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    pub region: &'a str,
    pub service: &'a str,
    pub now: SystemTime,
}

/// Well-formed; nothing in it is proven.
#[derive(Clone, Debug)]
pub struct Claim<'a> {
    request: Request<'a>,
    credential: Credential<'a>,
    signed_headers: SignedHeaders<'a>,
    signature: Cow<'a, str>,
    date: Timestamp,
    placement: Placement,
    session_token: Option<Cow<'a, str>>,
    content_sha256: Option<Cow<'a, str>>,
}

/// A claim of the right time and scope. Its signature is not yet compared.
#[derive(Clone, Debug)]
pub struct CheckedClaim<'a>(Claim<'a>);

impl<'a> Claim<'a> {
    pub fn parse(request: Request<'a>) -> Result<Self, SignatureError> {
        if TARGET_BYTES_MAX < request.path.len() + request.query.len() {
            return Err(SignatureError::TooLarge {
                part: "path and query in bytes",
                max: TARGET_BYTES_MAX,
            });
        }
        let presented = present(request)?;
        let signed_headers = SignedHeaders::parse(presented.signed_headers)?;
        signed_headers.cover(&request)?;
        if presented.algorithm != ALGORITHM {
            let found = presented.algorithm.into_owned();
            return Err(SignatureError::UnsupportedAlgorithm { found });
        }
        let header = |name| text(request.headers, name);
        let content_sha256 = presented.content_sha256.or_else(|| header("x-amz-content-sha256"));
        if let Some(form) = content_sha256.as_deref()
            && (form == "UNSIGNED-PAYLOAD" || form.starts_with("STREAMING-"))
        {
            return Err(SignatureError::UnsupportedPayload { found: form.to_owned() });
        }
        Ok(Self {
            request,
            credential: Credential::parse(presented.credential)?,
            signed_headers,
            signature: presented.signature,
            date: presented.date,
            placement: presented.placement,
            session_token: presented.session_token.or_else(|| header("x-amz-security-token")),
            content_sha256,
        })
    }

    pub fn access_key_id(&self) -> &str {
        self.credential.access_key_id()
    }

    pub fn scope(&self) -> Scope<'_> {
        self.credential.scope()
    }

    #[cfg(test)]
    pub(crate) fn date(&self) -> Timestamp {
        self.date
    }

    /// Whether the signature covers a header, whose name is in lower case.
    pub fn signs(&self, header: &str) -> bool {
        self.signed_headers.names().contains(&header)
    }

    /// To be compared with what the access key was issued with.
    pub fn session_token(&self) -> Option<&str> {
        self.session_token.as_deref()
    }

    pub fn check(self, expected: &Expected<'_>) -> Result<CheckedClaim<'a>, SignatureError> {
        self.check_time(Timestamp::of(expected.now))?;
        self.check_scope(expected)?;
        Ok(CheckedClaim(self))
    }

    fn check_time(&self, now: Timestamp) -> Result<(), SignatureError> {
        let lifetime = match self.placement {
            Placement::Header | Placement::Query { lifetime: None } => CLOCK_SKEW,
            Placement::Query { lifetime: Some(lifetime) } => lifetime,
        };
        if self.date < now.minus(lifetime) {
            return Err(SignatureError::Expired {
                date: self.date.to_string(),
                earliest: now.minus(lifetime).to_string(),
                now: now.to_string(),
                lifetime: in_words(lifetime),
            });
        }
        if now.plus(CLOCK_SKEW) < self.date {
            return Err(SignatureError::NotYetCurrent {
                date: self.date.to_string(),
                latest: now.plus(CLOCK_SKEW).to_string(),
                now: now.to_string(),
                skew: in_words(CLOCK_SKEW),
            });
        }
        Ok(())
    }

    /// Every mistake at once, as AWS tells them.
    fn check_scope(&self, expected: &Expected<'_>) -> Result<(), SignatureError> {
        let Scope { date, region, service } = self.scope();
        let terminator = self.credential.terminator();
        let day = self.date.day();
        let mut mistakes = String::new();
        if region != expected.region {
            mistakes += &format!("Credential should be scoped to a valid region, not '{region}'. ");
        }
        if service != expected.service {
            let service = expected.service;
            mistakes += &format!("Credential should be scoped to correct service: '{service}'. ");
        }
        if terminator != TERMINATOR {
            mistakes += &format!(
                "Credential should be scoped with a valid terminator: '{TERMINATOR}', not '{terminator}'. "
            );
        }
        if date != day {
            mistakes += &format!(
                "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '{date}' != '{day}', from '{}'.",
                self.date
            );
        }
        if mistakes.is_empty() { Ok(()) } else { Err(SignatureError::OutOfScope { mistakes }) }
    }
}

impl CheckedClaim<'_> {
    pub fn claim(&self) -> &Claim<'_> {
        &self.0
    }

    /// Whether `key` made the signature, of this request with this body.
    pub fn verify(&self, key: &SigningKey, body: BodyDigest) -> Result<(), SignatureError> {
        let claim = &self.0;
        let signable = Signable {
            request: &claim.request,
            signed_headers: &claim.signed_headers.names(),
            signature_parameter: match claim.placement {
                Placement::Header => None,
                Placement::Query { .. } => Some(presigned::SIGNATURE),
            },
            date: claim.date,
            scope: claim.scope(),
        };
        let canonical_request = signable.canonical_request(body);
        let string_to_sign = signable.string_to_sign(&canonical_request);
        let is_body = |digest: &str| digest.as_bytes().eq_ignore_ascii_case(&body.to_hex());
        let is_signed = hex::decode(&claim.signature)
            .is_some_and(|signature| key.signed(&string_to_sign, &signature));
        if is_signed && claim.content_sha256.as_deref().is_none_or(is_body) {
            return Ok(());
        }
        Err(SignatureError::Mismatch {
            canonical_request: String::from_utf8_lossy(&canonical_request).into_owned(),
            string_to_sign,
        })
    }
}

fn present(request: Request<'_>) -> Result<Presented<'_>, SignatureError> {
    let mut headers = request.headers.get_all(AUTHORIZATION).iter();
    match (headers.next(), headers.next(), presigned::parse(request.query)?) {
        (Some(_), _, Some(_)) => Err(SignatureError::Ambiguous),
        (Some(_), Some(_), None) => Err(SignatureError::Duplicate { name: "Authorization" }),
        (Some(header), None, None) => authorization::parse(header, request.headers),
        (None, _, Some(presented)) => Ok(presented),
        (None, _, None) => Err(SignatureError::MissingToken),
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<Cow<'a, str>> {
    headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()))
}

fn in_words(duration: Duration) -> String {
    match duration.as_secs() {
        seconds if seconds % 60 == 0 => format!("{} min.", seconds / 60),
        seconds => format!("{seconds} sec."),
    }
}
