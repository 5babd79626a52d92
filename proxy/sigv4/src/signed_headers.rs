//! `SignedHeaders`: the names of the headers that a signature covers.

use std::borrow::Cow;

use crate::request::Request;
use crate::signature_error::SignatureError;

/// A server reads 100 headers or so of a request; AWS's clients sign about ten.
const SIGNED_HEADERS_MAX: usize = 128;

/// These arrive unsigned: a session token proves nothing without its key; presigning leaves the SDKs'
/// own agent out; CloudFront adds its id on the way to an origin.
const NEED_NOT_BE_SIGNED: [&str; 3] = ["x-amz-cf-id", "x-amz-security-token", "x-amz-user-agent"];

/// Names in lower case, separated by semicolons, in any order.
#[derive(Clone, Debug)]
pub(crate) struct SignedHeaders<'a>(Cow<'a, str>);

impl<'a> SignedHeaders<'a> {
    pub(crate) fn parse(list: Cow<'a, str>) -> Result<Self, SignatureError> {
        if SIGNED_HEADERS_MAX < list.split(';').count() {
            return Err(SignatureError::TooLarge {
                part: "the list of signed headers",
                max: SIGNED_HEADERS_MAX,
            });
        }
        // With other characters, a line break say, different requests could have one canonical form.
        if !list.split(';').all(|name| name.bytes().all(may_be_in_name)) {
            return Err(SignatureError::MalformedSignedHeaders { found: list.into_owned() });
        }
        if list.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Ok(Self(list.to_ascii_lowercase().into()));
        }
        Ok(Self(list))
    }

    /// Each once, in the order in which they are signed.
    pub(crate) fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.0.split(';').filter(|name| !name.is_empty()).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Nothing is missing that changes what a request does.
    pub(crate) fn cover(&self, request: &Request<'_>) -> Result<(), SignatureError> {
        let names = self.names();
        let must_be_signed =
            |name: &&str| name.starts_with("x-amz-") && !NEED_NOT_BE_SIGNED.contains(name);
        let present = request.headers.keys().map(|name| name.as_str()).filter(must_be_signed);
        match std::iter::once("host").chain(present).find(|name| names.binary_search(name).is_err())
        {
            Some(name) => Err(SignatureError::HeaderNotSigned { name: name.to_owned() }),
            None => Ok(()),
        }
    }
}

/// RFC 9110, section 5.6.2: a token.
fn may_be_in_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}
