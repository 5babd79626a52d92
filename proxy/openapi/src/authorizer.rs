//! `x-amazon-apigateway-authorizer`: a Lambda authorizer on a security scheme.
//!
//! Source: API Gateway Developer Guide, "x-amazon-apigateway-authorizer object".

use http::HeaderName;
use model::{Authorizer, AuthorizerId, AuthorizerKind, AuthorizerTtl, IdentitySource};
use regex::Regex;

use crate::document::Scope;
use crate::extension::AUTHORIZER;
use crate::field::Field;
use crate::function_uri;
use crate::node::{Node, Object, all, shown};

/// AWS gives 6.
pub(crate) const ID_LENGTH: u32 = 6;

const CREDENTIALS: &str =
    "is for AWS roles, which are not supported; remove it, functions need no permission here";

const FIELDS: &[Field] = &[
    Field::Known("type"),
    Field::Known("authorizerUri"),
    Field::Refused("authorizerCredentials", CREDENTIALS),
    Field::Known("authorizerResultTtlInSeconds"),
    Field::Known("identitySource"),
    Field::Known("identityValidationExpression"),
    Field::Refused("authorizerPayloadFormatVersion", HTTP_API),
    Field::Refused("enableSimpleResponses", HTTP_API),
    Field::Refused("jwtConfiguration", JWT),
    Field::Refused("providerARNs", COGNITO),
];

const COGNITO: &str = "Cognito user pools are not supported yet; use a token or request authorizer";
const HTTP_API: &str = "belongs to HTTP APIs and is not supported; remove it";
const JWT: &str = "JWT authorizers are not supported yet; use a token or request authorizer";

const IDENTITY_SOURCES: &str = "method.request.header.NAME, method.request.querystring.NAME, \
     stageVariables.NAME or context.NAME";

/// `type`
#[derive(Clone, Copy)]
enum Kind {
    Request,
    Token,
}

const KINDS: &[(&str, Kind)] = &[("token", Kind::Token), ("request", Kind::Request)];

const REFUSED_KINDS: &[(&str, &str)] = &[("cognito_user_pools", COGNITO), ("jwt", JWT)];

/// Reads the authorizer of a scheme that has one.
pub(crate) fn read(
    name: &str,
    id: &str,
    scheme: &Object<'_>,
    scope: &Scope<'_>,
) -> Option<Authorizer> {
    let object = scheme.get(AUTHORIZER)?.object()?;
    object.check_fields("an authorizer", FIELDS);
    let ttl = object.optional("authorizerResultTtlInSeconds", AuthorizerTtl::DEFAULT, |node| {
        let ttl = node.as_integer().and_then(AuthorizerTtl::from_seconds);
        if ttl.is_none() {
            node.report_mismatch("0-3600", "lower it, or remove it to use the default 300");
        }
        ttl
    });
    let function = object
        .required("authorizerUri", "write the address of a function of x-edgeway-functions")
        .and_then(|node| function_uri::function(&node, scope.pseudo_parameters, scope.functions));
    let kind = object.required("type", "write token or request").and_then(|node| {
        match node.choice(KINDS, REFUSED_KINDS)? {
            Kind::Request => request(&object, ttl.unwrap_or(AuthorizerTtl::DEFAULT)),
            Kind::Token => token(scheme, &object, scope),
        }
    });
    Some(Authorizer {
        id: AuthorizerId::parse(id).ok()?,
        name: name.to_owned(),
        kind: kind?,
        function: function?,
        ttl: ttl?,
    })
}

fn token(scheme: &Object<'_>, object: &Object<'_>, scope: &Scope<'_>) -> Option<AuthorizerKind> {
    let validation = object
        .optional("identityValidationExpression", None, |node| validation(node, scope).map(Some));
    let header = match object.get("identitySource") {
        Some(node) => token_source(&node),
        None => scheme_header(scheme),
    };
    Some(AuthorizerKind::Token { header: header?, validation: validation? })
}

fn validation(node: &Node<'_>, scope: &Scope<'_>) -> Option<Regex> {
    scope.patterns.full_match(node, node.text()?)
}

fn token_source(node: &Node<'_>) -> Option<HeaderName> {
    let text = node.text()?;
    let name = text.trim().strip_prefix("method.request.header.");
    let header = name.and_then(|name| HeaderName::try_from(name).ok());
    if header.is_none() {
        let mend = "a token authorizer has one header; use type request for other sources";
        node.report_mismatch("method.request.header.NAME", mend);
    }
    header
}

/// The header that the scheme itself names, as AWS takes it when there is no `identitySource`.
fn scheme_header(scheme: &Object<'_>) -> Option<HeaderName> {
    let place = scheme.required("in", "write header, or give the authorizer an identitySource")?;
    if place.as_text() != Some("header") {
        place.report_mismatch("header", "a token authorizer reads its token from a header");
        return None;
    }
    let node = scheme.required("name", "write the header that holds the token")?;
    let header = HeaderName::try_from(node.text()?).ok();
    if header.is_none() {
        node.report_mismatch("the name of a header", "");
    }
    header
}

fn request(object: &Object<'_>, ttl: AuthorizerTtl) -> Option<AuthorizerKind> {
    if let Some(node) = object.get("identityValidationExpression") {
        node.report(
            "is for token authorizers and ignored by API Gateway on a request authorizer; remove \
             it, and check in the function",
        );
    }
    let identity_sources = object.optional("identitySource", Vec::new(), |node| {
        let items = node.text()?.split(',').map(str::trim);
        let items = items.filter(|item| !item.is_empty());
        all(items.map(|item| identity_source(node, item)))
    })?;
    if identity_sources.is_empty() && ttl.duration().is_some() {
        object.node().report(
            "must have an identitySource, since decisions are kept by it; write one, or \
             authorizerResultTtlInSeconds: 0 to keep none",
        );
        return None;
    }
    Some(AuthorizerKind::Request { identity_sources })
}

fn identity_source(node: &Node<'_>, text: &str) -> Option<IdentitySource> {
    let source = IdentitySource::parse(text);
    if source.is_none() {
        let reason = if text.starts_with("method.request.path.") {
            "; API Gateway takes no path parameter as an identity source"
        } else {
            ""
        };
        let found = shown(text);
        node.report(format!("must be a comma list of {IDENTITY_SOURCES}, got {found:?}{reason}"));
    }
    source
}
