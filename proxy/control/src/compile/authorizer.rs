//! Authorizers, compiled.

use http::HeaderName;
use model::{AuthorizerId, AuthorizerKind, AuthorizerTtl, IdentitySource};
use regex::Regex;

use super::{Problem, Scope, check_role};
use crate::authorizer::Authorizer;

impl Scope<'_> {
    pub(super) fn authorizer(
        &mut self,
        authorizer: &Authorizer,
    ) -> Result<model::Authorizer, Problem> {
        check_role(authorizer.authorizer_credentials.as_deref())?;
        let ttl = ttl(authorizer)?;
        let source = authorizer.identity_source.as_deref().unwrap_or_default();
        let kind = match authorizer.kind.as_str() {
            "TOKEN" => {
                let header = header_source(source)?;
                AuthorizerKind::Token { header, validation: self.validation(authorizer)? }
            }
            "REQUEST" => {
                let items = source.split(',').map(str::trim).filter(|item| !item.is_empty());
                let sources = items.map(|item| {
                    IdentitySource::parse(item)
                        .ok_or_else(|| format!("has the unknown identity source {item}"))
                });
                AuthorizerKind::Request { identity_sources: sources.collect::<Result<_, _>>()? }
            }
            other => {
                return Err(format!(
                    "has the type {other}, which is not supported by this gateway yet"
                ));
            }
        };
        Ok(model::Authorizer {
            id: AuthorizerId::parse(&authorizer.id).map_err(|error| error.to_string())?,
            name: authorizer.name.clone(),
            kind,
            function: self.function(authorizer.authorizer_uri.as_deref().unwrap_or_default())?,
            ttl,
        })
    }

    /// `identityValidationExpression`
    pub(super) fn validation(&mut self, authorizer: &Authorizer) -> Result<Option<Regex>, Problem> {
        match authorizer.identity_validation_expression.as_deref() {
            None | Some("") => Ok(None),
            Some(expression) => self.pattern(expression).map(Some),
        }
    }
}

pub(super) fn ttl(authorizer: &Authorizer) -> Result<AuthorizerTtl, Problem> {
    match authorizer.authorizer_result_ttl_in_seconds {
        None => Ok(AuthorizerTtl::DEFAULT),
        Some(seconds) => {
            let ttl = u64::try_from(seconds).ok().and_then(AuthorizerTtl::from_seconds);
            ttl.ok_or_else(|| "has a TTL out of range".to_owned())
        }
    }
}

/// The header of an identity source that is one.
pub(super) fn header_source(source: &str) -> Result<HeaderName, Problem> {
    let name = source.trim().strip_prefix("method.request.header.");
    let header = name.and_then(|name| HeaderName::try_from(name).ok());
    header.ok_or_else(|| format!("has the unknown identity source {source}"))
}
