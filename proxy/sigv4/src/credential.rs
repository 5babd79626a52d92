//! `Credential`: the access key, and the scope for which its signature is good.

use std::borrow::Cow;

use crate::signature_error::SignatureError;

/// The last element of every scope.
pub(crate) const TERMINATOR: &str = "aws4_request";

/// Day, region and service that a signing key is derived for.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Scope<'a> {
    /// `YYYYMMDD`.
    pub date: &'a str,
    pub region: &'a str,
    pub service: &'a str,
}

/// `key-id/date/region/service/terminator`.
#[derive(Clone, Debug)]
pub(crate) struct Credential<'a>(Cow<'a, str>);

impl<'a> Credential<'a> {
    pub(crate) fn parse(text: Cow<'a, str>) -> Result<Self, SignatureError> {
        if text.split('/').count() == 5 {
            Ok(Self(text))
        } else {
            Err(SignatureError::MalformedCredential { found: text.into_owned() })
        }
    }

    pub(crate) fn access_key_id(&self) -> &str {
        self.element(0)
    }

    pub(crate) fn scope(&self) -> Scope<'_> {
        Scope { date: self.element(1), region: self.element(2), service: self.element(3) }
    }

    pub(crate) fn terminator(&self) -> &str {
        self.element(4)
    }

    fn element(&self, index: usize) -> &str {
        self.0.split('/').nth(index).unwrap_or_default()
    }
}
