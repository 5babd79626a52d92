//! Lambda authorizers of a REST API.
//!
//! Source: API Gateway Developer Guide, "Use API Gateway Lambda authorizers".

use std::time::Duration;

use http::HeaderName;
use regex::Regex;

use crate::{AuthorizerId, ContextVariable, FunctionIndex};

/// Position in [`crate::Api::authorizers`].
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct AuthorizerIndex(pub usize);

/// A Lambda authorizer: a function that decides who may call.
#[derive(Clone, Debug)]
pub struct Authorizer {
    /// Identity.
    pub id: AuthorizerId,
    /// As its owner calls it.
    pub name: String,
    /// What it looks at.
    pub kind: AuthorizerKind,
    /// What decides: an `authorizer` plugin or an `event-function`.
    pub function: FunctionIndex,
    /// How long a decision is kept.
    pub ttl: AuthorizerTtl,
}

/// What an authorizer looks at.
#[derive(Clone, Debug)]
pub enum AuthorizerKind {
    /// `REQUEST`: the whole request but its body.
    Request {
        /// Each must be present and not empty, else 401; together they are the cache key. Empty
        /// only when nothing is cached.
        identity_sources: Vec<IdentitySource>,
    },
    /// `TOKEN`: one header.
    Token {
        /// The header that holds the token: the identity source.
        header: HeaderName,
        /// A token that this does not match in full answers 401 without a call.
        validation: Option<Regex>,
    },
}

/// One `identitySource` of a REQUEST authorizer.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum IdentitySource {
    /// `context.X`
    Context(ContextVariable),
    /// `method.request.header.X`
    Header(HeaderName),
    /// `method.request.querystring.X`; names compare with case.
    Query(String),
    /// `stageVariables.X`
    StageVariable(String),
}

impl IdentitySource {
    /// Reads one. A path parameter is none (AWS).
    pub fn parse(text: &str) -> Option<Self> {
        let parameter = |name: &str| {
            let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._$-".contains(&byte);
            (!name.is_empty() && name.bytes().all(is_allowed)).then(|| name.to_owned())
        };
        if let Some(name) = text.strip_prefix("method.request.header.") {
            HeaderName::try_from(name).ok().map(Self::Header)
        } else if let Some(name) = text.strip_prefix("method.request.querystring.") {
            parameter(name).map(Self::Query)
        } else if let Some(name) = text.strip_prefix("stageVariables.") {
            parameter(name).map(Self::StageVariable)
        } else {
            let name = text.strip_prefix("context.")?;
            ContextVariable::parse(name).map(Self::Context)
        }
    }
}

/// `authorizerResultTtlInSeconds`: 0 (off) to 3600.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct AuthorizerTtl(Duration);

impl AuthorizerTtl {
    /// What AWS keeps a decision for when nothing is said.
    pub const DEFAULT: Self = Self(Duration::from_secs(300));

    /// Largest number of seconds.
    pub const SECONDS_MAX: u64 = 3_600;

    /// None above [`Self::SECONDS_MAX`].
    pub fn from_seconds(seconds: u64) -> Option<Self> {
        (seconds <= Self::SECONDS_MAX).then(|| Self(Duration::from_secs(seconds)))
    }

    /// None when nothing is cached.
    pub fn duration(self) -> Option<Duration> {
        (!self.0.is_zero()).then_some(self.0)
    }
}
