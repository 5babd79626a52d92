//! `x-amazon-apigateway-authorizer`: the authorizer of a security scheme.
//!
//! Source: API Gateway Developer Guide, "x-amazon-apigateway-authorizer object".

use std::sync::Arc;

use http::HeaderName;
use model::{
    Authorizer, AuthorizerId, AuthorizerKind, AuthorizerTtl, IdentitySource, JwtAuthorizer,
    JwtAuthorizerKind,
};
use regex::Regex;

use crate::document::Scope;
use crate::extension::AUTHORIZER;
use crate::field::Field;
use crate::node::{Node, Object, all, shown};
use crate::{function_uri, jwt_authorizer, user_pool_authorizer};

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
    Field::Known("jwtConfiguration"),
    Field::Known("providerARNs"),
];

const HTTP_API: &str = "belongs to HTTP APIs and is not supported; remove it";

const IDENTITY_SOURCES: &str = "method.request.header.NAME, method.request.querystring.NAME, \
     stageVariables.NAME or context.NAME";

/// `type`
#[derive(Clone, Copy, Eq, PartialEq)]
enum Kind {
    Jwt,
    Request,
    Token,
    UserPools,
}

const KINDS: &[(&str, Kind)] = &[
    ("token", Kind::Token),
    ("request", Kind::Request),
    ("cognito_user_pools", Kind::UserPools),
    ("jwt", Kind::Jwt),
];

/// Settings of one kind alone.
const OF_ONE_KIND: &[(&str, Kind, &str)] = &[
    (
        "providerARNs",
        Kind::UserPools,
        "is for cognito_user_pools authorizers; remove it, or change the type",
    ),
    ("jwtConfiguration", Kind::Jwt, "is for jwt authorizers; remove it, or change the type"),
];

/// What a scheme has.
pub(crate) enum SchemeAuthorizer {
    /// A function decides.
    Function(Authorizer),
    /// An issuer does.
    Jwt(Arc<JwtAuthorizer>),
}

/// Reads whose tokens let in.
type IssuersReader = fn(&Object<'_>, &Scope<'_>) -> Option<JwtAuthorizerKind>;

/// Reads the authorizer of a scheme that has one.
pub(crate) fn read(
    name: &str,
    id: &str,
    scheme: &Object<'_>,
    scope: &Scope<'_>,
) -> Option<SchemeAuthorizer> {
    let object = scheme.get(AUTHORIZER)?.object()?;
    object.check_fields("an authorizer", FIELDS);
    let kind = object.required("type", "write token, request, cognito_user_pools or jwt");
    let kind = kind.and_then(|node| node.choice(KINDS, &[]));
    for (field, only, problem) in OF_ONE_KIND {
        if let Some(node) = object.get(field).filter(|_| kind.is_some_and(|kind| kind != *only)) {
            node.report(*problem);
        }
    }
    let read_issuers = match kind {
        Some(Kind::Jwt) => Some(jwt_authorizer::kind as IssuersReader),
        Some(Kind::UserPools) => Some(user_pool_authorizer::kind as IssuersReader),
        Some(Kind::Request | Kind::Token) | None => None,
    };
    if let Some(read_issuers) = read_issuers {
        let (header, kind) = (header(scheme, &object), read_issuers(&object, scope));
        let (id, name) = (AuthorizerId::parse(id).ok()?, name.to_owned());
        let authorizer = JwtAuthorizer { id, name, header: header?, kind: kind? };
        return Some(SchemeAuthorizer::Jwt(Arc::new(authorizer)));
    }
    let ttl = ttl(&object);
    let function = object
        .required("authorizerUri", "write the address of a function of x-edgeway-functions")
        .and_then(|node| function_uri::function(&node, scope.pseudo_parameters, scope.functions));
    let kind = match kind? {
        Kind::Request => request(&object, ttl.unwrap_or(AuthorizerTtl::DEFAULT)),
        Kind::Jwt | Kind::Token | Kind::UserPools => token(scheme, &object, scope),
    };
    Some(SchemeAuthorizer::Function(Authorizer {
        id: AuthorizerId::parse(id).ok()?,
        name: name.to_owned(),
        kind: kind?,
        function: function?,
        ttl: ttl?,
    }))
}

pub(crate) fn ttl(object: &Object<'_>) -> Option<AuthorizerTtl> {
    object.optional("authorizerResultTtlInSeconds", AuthorizerTtl::DEFAULT, |node| {
        let ttl = node.as_integer().and_then(AuthorizerTtl::from_seconds);
        if ttl.is_none() {
            node.report_mismatch("0-3600", "lower it, or remove it to use the default 300");
        }
        ttl
    })
}

fn token(scheme: &Object<'_>, object: &Object<'_>, scope: &Scope<'_>) -> Option<AuthorizerKind> {
    let validation = object
        .optional("identityValidationExpression", None, |node| validation(node, scope).map(Some));
    Some(AuthorizerKind::Token { header: header(scheme, object)?, validation: validation? })
}

/// Where the token is.
fn header(scheme: &Object<'_>, object: &Object<'_>) -> Option<HeaderName> {
    match object.get("identitySource") {
        Some(node) => token_source(&node),
        None => scheme_header(scheme),
    }
}

pub(crate) fn validation(node: &Node<'_>, scope: &Scope<'_>) -> Option<Regex> {
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
