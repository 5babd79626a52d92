//! What a request presents as its signature, wherever it stands: not yet understood, but all there.

use std::borrow::Cow;
use std::time::Duration;

use crate::timestamp::Timestamp;

pub(crate) struct Presented<'a> {
    pub algorithm: Cow<'a, str>,
    pub credential: Cow<'a, str>,
    pub signed_headers: Cow<'a, str>,
    pub signature: Cow<'a, str>,
    pub date: Timestamp,
    pub placement: Placement,
    /// As the parameters of a presigned URL have them.
    pub session_token: Option<Cow<'a, str>>,
    pub content_sha256: Option<Cow<'a, str>>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Placement {
    /// The `Authorization` header.
    Header,
    /// The parameters of a presigned URL.
    Query {
        /// Since its date; the default is the clock skew.
        lifetime: Option<Duration>,
    },
}
