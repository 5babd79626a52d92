//! Identity sources: what an authorizer decides by, and what its decisions are cached by.

use std::borrow::Cow;

use http::HeaderName;
use model::{AuthorizerKind, IdentitySource};
use regex::Regex;

use crate::exchange::Exchange;
use crate::failure::Rejection;
use crate::query::{self, Pair};

/// What identifies the caller.
pub(super) enum Identity<'a> {
    /// The value of each source, in the order of the authorizer.
    Request {
        values: Vec<Cow<'a, str>>,
        /// A source is there more than once. The authorizer sees all of its values, so the last one
        /// does not stand for them: nothing is cached.
        has_repeated: bool,
    },
    /// The token.
    Token(&'a str),
}

impl Identity<'_> {
    /// Of a TOKEN authorizer.
    pub(super) fn token(&self) -> Option<&str> {
        match self {
            Self::Request { .. } => None,
            Self::Token(token) => Some(token),
        }
    }
}

/// Collects the sources: each must be there and not empty, and a token must match its expression in
/// full; otherwise the request is refused and the authorizer is not called.
pub(super) fn identity<'a>(
    exchange: &'a Exchange<'_>,
    kind: &'a AuthorizerKind,
    pairs: &'a [Pair<'a>],
) -> Result<Identity<'a>, Rejection> {
    match kind {
        AuthorizerKind::Request { identity_sources } => {
            let values = identity_sources.iter().map(|source| {
                let value = source_value(exchange, source, pairs);
                value.filter(|value| !value.is_empty()).ok_or(Rejection::Unauthorized)
            });
            Ok(Identity::Request {
                values: values.collect::<Result<_, _>>()?,
                has_repeated: identity_sources
                    .iter()
                    .any(|source| is_repeated(exchange, source, pairs)),
            })
        }
        AuthorizerKind::Token { header, validation } => {
            token(exchange, header, validation.as_ref())
        }
    }
}

fn token<'a>(
    exchange: &'a Exchange<'_>,
    header: &HeaderName,
    validation: Option<&Regex>,
) -> Result<Identity<'a>, Rejection> {
    let token = token_in(exchange, header)?;
    if validation.is_some_and(|pattern| !pattern.is_match(token)) {
        return Err(Rejection::Unauthorized);
    }
    Ok(Identity::Token(token))
}

/// The one value of a header.
pub(super) fn token_in<'a>(
    exchange: &'a Exchange<'_>,
    header: &HeaderName,
) -> Result<&'a str, Rejection> {
    // An authorizer sees one of several tokens, and the integration all of them.
    if exchange.request.headers.get_all(header).iter().count() > 1 {
        return Err(Rejection::Unauthorized);
    }
    let token = exchange.request.header(header).filter(|token| !token.is_empty());
    token.ok_or(Rejection::Unauthorized)
}

fn is_repeated(exchange: &Exchange<'_>, source: &IdentitySource, pairs: &[Pair<'_>]) -> bool {
    match source {
        IdentitySource::Context(_) | IdentitySource::StageVariable(_) => false,
        IdentitySource::Header(name) => exchange.request.headers.get_all(name).iter().count() > 1,
        IdentitySource::Query(name) => pairs.iter().filter(|(known, _)| known == name).count() > 1,
    }
}

fn source_value<'a>(
    exchange: &'a Exchange<'_>,
    source: &'a IdentitySource,
    pairs: &'a [Pair<'a>],
) -> Option<Cow<'a, str>> {
    match source {
        IdentitySource::Context(variable) => exchange.variable(variable, None),
        IdentitySource::Header(name) => exchange.request.header(name).map(Cow::from),
        IdentitySource::Query(name) => query::last(pairs, name).map(Cow::from),
        IdentitySource::StageVariable(name) => exchange.stage.variable(name).map(Cow::from),
    }
}
