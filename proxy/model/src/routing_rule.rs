//! Routing rules of custom domain names: conditions on headers and the base path, and the stage that is called.
//!
//! Source: API Gateway Developer Guide, "Routing rules to connect API stages to a custom domain name for REST
//! APIs". A rule is matched without an allocation.

use std::sync::Arc;

use http::{HeaderMap, HeaderName};

use crate::domain::{DomainRoute, RoutedBy};
use crate::{ApiId, StageName};

/// One rule, compiled.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RoutingRule {
    /// `$context.customDomain.routingRuleIdMatched`
    pub id: Arc<str>,
    /// All of them must match.
    pub headers: Vec<HeaderCondition>,
    /// What the path must begin with; none: anything.
    pub base_path: Option<BasePathCondition>,
    /// The API that is called.
    pub api: ApiId,
    /// Its stage.
    pub stage: StageName,
}

/// A base path that a rule is for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct BasePathCondition {
    path: String,
    stripping: BasePathStripping,
}

/// Whether the API sees the base path.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum BasePathStripping {
    /// As it came.
    Keep,
    /// `stripBasePath`: as where an API mapping leads to it.
    Strip,
}

/// A header that a rule is for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct HeaderCondition {
    name: HeaderName,
    value: ValueGlob,
}

/// What a value must be, with its case.
#[derive(Clone, Debug, Eq, PartialEq)]
enum ValueGlob {
    /// `*x*`
    Contains(String),
    /// `*x`, and `*` for any.
    EndsWith(String),
    /// Without a wildcard.
    Is(String),
    /// `x*`
    StartsWith(String),
}

/// What cannot be a condition of a rule.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum InvalidCondition {
    /// Of a base path.
    #[error(
        "a base path has 1 to 127 of the characters a-z A-Z 0-9 $-_.+!*'()/, no slash at its ends and no empty segment"
    )]
    BasePath,
    /// Of the name of a header.
    #[error("the name of a header has 1 to 39 of the characters a-z A-Z 0-9 *-!#$%&'.^_`|~")]
    HeaderName,
    /// Of a name that API Gateway does not route by.
    #[error("this header cannot be a condition")]
    RestrictedHeader,
    /// Of a value.
    #[error(
        "a header value has 1 to 127 of the characters a-z A-Z 0-9 *?-!#$%&'.^_`|~; 40 at most between two wildcards, which are counted"
    )]
    ValueGlob,
    /// Of where wildcards are.
    #[error("a wildcard stands at the begin, at the end or at both of a header value: *x, x*, *x*")]
    Wildcard,
}

/// Characters of a base path, of a name of a header, of its value; bytes of a value with a wildcard at both ends (AWS).
const BASE_PATH_LENGTH_MAX: usize = 127;
const HEADER_NAME_LENGTH_MAX: usize = 39;
const VALUE_GLOB_LENGTH_MAX: usize = 127;
const CONTAINS_GLOB_LENGTH_MAX: usize = 40;

/// Headers that cannot be a condition (AWS), and what the names of others begin with.
const RESTRICTED: &[&str] = &[
    "authorization",
    "connection",
    "content-encoding",
    "content-length",
    "content-location",
    "forwarded",
    "keep-alive",
    "origin",
    "proxy-authenticate",
    "proxy-authorization",
    "te",
    "trailers",
    "transfer-encoding",
    "upgrade",
    "via",
    "x-apigw-api-id",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-restapi",
];
const RESTRICTED_PREFIXES: &[&str] = &["access-control-", "apigw-", "x-amz-", "x-amzn-"];

impl RoutingRule {
    /// Where it leads a request to, if it is for it.
    pub(crate) fn route<'p>(
        &self,
        path: &'p str,
        headers: &HeaderMap,
    ) -> Option<DomainRoute<'_, 'p>> {
        let rest = match &self.base_path {
            Some(condition) => condition.rest(path)?,
            None => path,
        };
        self.headers.iter().all(|condition| condition.matches(headers)).then_some(DomainRoute {
            api: &self.api,
            stage: Some(&self.stage),
            rest,
            by: RoutedBy::RoutingRule(&self.id),
        })
    }
}

impl BasePathCondition {
    /// Reads `a/b`.
    ///
    /// # Errors
    /// That it is no base path.
    pub fn parse(path: &str, stripping: BasePathStripping) -> Result<Self, InvalidCondition> {
        let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"$-_.+!*'()".contains(&byte);
        let is_segment = |part: &str| !part.is_empty() && part.bytes().all(is_allowed);
        if BASE_PATH_LENGTH_MAX < path.len() || !path.split('/').all(is_segment) {
            return Err(InvalidCondition::BasePath);
        }
        Ok(Self { path: path.to_owned(), stripping })
    }

    /// What the API sees of a path that begins with it, in whole segments.
    fn rest<'p>(&self, path: &'p str) -> Option<&'p str> {
        let rest = path.trim_start_matches('/').strip_prefix(self.path.as_str())?;
        let is_whole = rest.is_empty() || rest.starts_with('/');
        is_whole.then_some(match self.stripping {
            BasePathStripping::Keep => path,
            BasePathStripping::Strip => rest,
        })
    }
}

impl HeaderCondition {
    /// Reads a name, of any case, and a value with wildcards.
    ///
    /// # Errors
    /// Which of them cannot be.
    pub fn parse(name: &str, value_glob: &str) -> Result<Self, InvalidCondition> {
        let is_allowed =
            |byte: u8| byte.is_ascii_alphanumeric() || b"*-!#$%&'.^_`|~".contains(&byte);
        if HEADER_NAME_LENGTH_MAX < name.len() || !name.bytes().all(is_allowed) {
            return Err(InvalidCondition::HeaderName);
        }
        let name = HeaderName::from_bytes(name.as_bytes());
        let name = name.map_err(|_| InvalidCondition::HeaderName)?;
        let is_restricted = RESTRICTED.contains(&name.as_str())
            || RESTRICTED_PREFIXES.iter().any(|prefix| name.as_str().starts_with(prefix));
        if is_restricted {
            return Err(InvalidCondition::RestrictedHeader);
        }
        Ok(Self { name, value: ValueGlob::parse(value_glob)? })
    }

    /// The header, in lower case.
    pub(crate) fn name(&self) -> &HeaderName {
        &self.name
    }

    /// Whether one of the lines of the header is as it must be: each is looked at as it came, commas and all.
    fn matches(&self, headers: &HeaderMap) -> bool {
        headers.get_all(&self.name).iter().any(|value| self.value.matches(value.as_bytes()))
    }
}

impl ValueGlob {
    fn parse(text: &str) -> Result<Self, InvalidCondition> {
        let is_allowed =
            |byte: u8| byte.is_ascii_alphanumeric() || b"*?-!#$%&'.^_`|~".contains(&byte);
        if !(1..=VALUE_GLOB_LENGTH_MAX).contains(&text.len()) || !text.bytes().all(is_allowed) {
            return Err(InvalidCondition::ValueGlob);
        }
        let (begin, end) = (text.strip_prefix('*'), text.strip_suffix('*'));
        let contained = begin.and_then(|rest| rest.strip_suffix('*'));
        let (rest, make): (&str, fn(String) -> Self) = match (contained, begin, end) {
            (Some(_), _, _) if CONTAINS_GLOB_LENGTH_MAX < text.len() => {
                return Err(InvalidCondition::ValueGlob);
            }
            (Some(""), _, _) => return Err(InvalidCondition::Wildcard),
            (Some(rest), _, _) => (rest, Self::Contains),
            (None, Some(rest), _) => (rest, Self::EndsWith),
            (None, None, Some(rest)) => (rest, Self::StartsWith),
            (None, None, None) => (text, Self::Is),
        };
        if rest.contains('*') { Err(InvalidCondition::Wildcard) } else { Ok(make(rest.to_owned())) }
    }

    fn matches(&self, value: &[u8]) -> bool {
        match self {
            // Of 40 bytes at most, in headers whose size is bounded.
            Self::Contains(part) => value.windows(part.len()).any(|it| it == part.as_bytes()),
            Self::EndsWith(end) => value.ends_with(end.as_bytes()),
            Self::Is(whole) => value == whole.as_bytes(),
            Self::StartsWith(begin) => value.starts_with(begin.as_bytes()),
        }
    }
}

#[cfg(test)]
mod tests;
