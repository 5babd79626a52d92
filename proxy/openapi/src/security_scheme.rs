//! Security schemes: `components.securitySchemes`, in Swagger 2.0 `securityDefinitions`.
//!
//! Those that do something are those with an authorizer, and an API key in `x-api-key`. What another one would need is
//! reported where it is used, for a document may describe more than it uses.

use std::collections::HashMap;
use std::sync::Arc;

use model::{Authorizer, AuthorizerIndex, JwtAuthorizer};

use crate::authorizer::{self, SchemeAuthorizer};
use crate::document::{Scope, Version};
use crate::extension::{self, AUTHORIZER, AUTHTYPE, Spot};
use crate::identifier::Identifiers;
use crate::node::{Node, Object, shown};

const KEYS: &[&str] = &[
    "type",
    "name",
    "in",
    "description",
    "scheme",
    "bearerFormat",
    "flow",
    "flows",
    "authorizationUrl",
    "tokenUrl",
    "scopes",
    "openIdConnectUrl",
];

/// The schemes of a document. One that is wrong is still known by its name.
#[derive(Debug, Default)]
pub(crate) struct SecuritySchemes {
    names: Vec<String>,
    by_name: HashMap<String, Scheme>,
}

/// What a scheme does for an operation that requires it.
#[derive(Clone, Debug)]
pub(crate) enum Scheme {
    ApiKey,
    Authorizer(AuthorizerIndex),
    /// What is wrong with it was reported.
    Broken,
    Jwt(Arc<JwtAuthorizer>),
    /// Nothing, and why.
    Unsupported(&'static str),
}

impl SecuritySchemes {
    /// Every scheme, and the authorizers among them in the order of the document.
    pub(crate) fn read(
        root: &Object<'_>,
        version: Version,
        scope: &Scope<'_>,
    ) -> (Self, Option<Vec<Authorizer>>) {
        let holder = match version {
            Version::OpenApi3 => root
                .get("components")
                .and_then(|node| node.object())
                .and_then(|components| components.get("securitySchemes")),
            Version::Swagger2 => root.get("securityDefinitions"),
        };
        let Some(holder) = holder else {
            return (Self::default(), Some(Vec::new()));
        };
        let Some(object) = holder.object() else {
            return (Self::default(), None);
        };
        let mut schemes = Self::default();
        let mut identifiers = Identifiers::default();
        let mut authorizers = Vec::new();
        for (name, node) in object.entries() {
            let scheme = match node.object() {
                Some(scheme) if scheme.get(AUTHORIZER).is_none() => without_authorizer(&scheme),
                Some(scheme) => {
                    check(&scheme);
                    let id = identifiers.derive(name, authorizer::ID_LENGTH);
                    match authorizer::read(name, &id, &scheme, scope) {
                        Some(SchemeAuthorizer::Function(authorizer)) => {
                            authorizers.push(authorizer);
                            Scheme::Authorizer(AuthorizerIndex(authorizers.len() - 1))
                        }
                        Some(SchemeAuthorizer::Jwt(authorizer)) => Scheme::Jwt(authorizer),
                        None => Scheme::Broken,
                    }
                }
                None => Scheme::Broken,
            };
            schemes.names.push(name.to_owned());
            schemes.by_name.insert(name.to_owned(), scheme);
        }
        let is_broken = schemes.by_name.values().any(|scheme| matches!(scheme, Scheme::Broken));
        (schemes, (!is_broken).then_some(authorizers))
    }

    /// A scheme that does something. Anything else is reported at `node`, which names the scheme.
    pub(crate) fn find(&self, node: &Node<'_>, name: &str) -> Option<&Scheme> {
        match self.by_name.get(name) {
            Some(Scheme::Unsupported(reason)) => {
                node.report(*reason);
                None
            }
            Some(scheme) => Some(scheme),
            None => {
                let known = self.names.iter().map(String::as_str);
                let mend = node.names().suggestion(name, known);
                let name = shown(name);
                node.report(format!(
                    "names the security scheme {name:?}, which is unknown; {mend}"
                ));
                None
            }
        }
    }
}

/// What a scheme without an authorizer does: API Gateway knows one, the API key in `x-api-key`.
fn without_authorizer(scheme: &Object<'_>) -> Scheme {
    extension::check_keys(scheme, Spot::SecurityScheme, KEYS);
    let text = |key: &str| {
        let node = scheme.get(key);
        node.and_then(|node| node.as_text()).unwrap_or_default().to_ascii_lowercase()
    };
    if text(AUTHTYPE) == "awssigv4" {
        Scheme::Unsupported(
            "requires AWS_IAM authorization, which needs access keys that only edgeway serve has; \
             remove it, or name an authorizer",
        )
    } else if text("type") == "apikey" && text("name") == "x-api-key" && text("in") == "header" {
        Scheme::ApiKey
    } else {
        Scheme::Unsupported(
            "requires a security scheme without x-amazon-apigateway-authorizer, which API Gateway does \
             not enforce; add an authorizer to the scheme, or remove the requirement",
        )
    }
}

/// What else is wrong with a scheme that has an authorizer.
fn check(scheme: &Object<'_>) {
    extension::check_keys(scheme, Spot::SecurityScheme, KEYS);
    if let Some(kind) = scheme.required("type", "write apiKey, as API Gateway wants it")
        && kind.as_text() != Some("apiKey")
    {
        kind.report_mismatch("apiKey", "API Gateway ignores an authorizer of another type");
    }
    let Some(node) = scheme.get(AUTHTYPE) else {
        return;
    };
    if node.text().is_some_and(|text| text.eq_ignore_ascii_case("awsSigv4")) {
        let expected = "custom or cognito_user_pools";
        node.report_mismatch(expected, "a scheme with an authorizer does not check signatures");
    }
}
