//! The extensions that a document may have: API Gateway's and Edgeway's, in one table.
//!
//! An extension is accepted only where it belongs: the same words elsewhere would be passed over
//! in silence. Extensions of others (`x-internal`) are none of our business.

pub(crate) mod api_id;
pub(crate) mod api_key_source;
pub(crate) mod auth;
pub(crate) mod binary_media_types;
pub(crate) mod cors;
pub(crate) mod endpoint_configuration;
pub(crate) mod functions;
pub(crate) mod gateway_responses;
pub(crate) mod minimum_compression_size;
pub(crate) mod policy;
pub(crate) mod rate_limit_headers;
pub(crate) mod request_validators;
pub(crate) mod stage;
pub(crate) mod transform;

use crate::node::{Node, Object};

/// Where in a document an extension can stand.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Spot {
    Components,
    Info,
    Operation,
    PathItem,
    Paths,
    Root,
    SecurityScheme,
    Server,
    Tag,
}

impl Spot {
    fn name(self) -> &'static str {
        match self {
            Self::Components => "components",
            Self::Info => "info",
            Self::Operation => "an operation",
            Self::PathItem => "a path",
            Self::Paths => "paths",
            Self::Root => "the document",
            Self::SecurityScheme => "a security scheme",
            Self::Server => "a server",
            Self::Tag => "a tag",
        }
    }
}

/// What becomes of an extension.
enum Support {
    /// It is accepted: read elsewhere in this crate, or without effect on what is served.
    Accepted,
    /// What it is about, and what to do instead.
    Refused(&'static str),
}

struct Extension {
    name: &'static str,
    spots: &'static [Spot],
    support: Support,
}

const fn accepted(name: &'static str, spots: &'static [Spot]) -> Extension {
    Extension { name, spots, support: Support::Accepted }
}

const fn refused(name: &'static str, spots: &'static [Spot], problem: &'static str) -> Extension {
    Extension { name, spots, support: Support::Refused(problem) }
}

pub(crate) const ANY_METHOD: &str = "x-amazon-apigateway-any-method";
pub(crate) const AUTHORIZER: &str = "x-amazon-apigateway-authorizer";
pub(crate) const AUTHTYPE: &str = "x-amazon-apigateway-authtype";
pub(crate) const INTEGRATION: &str = "x-amazon-apigateway-integration";

const EXTENSIONS: &[Extension] = &[
    accepted(ANY_METHOD, &[Spot::PathItem]),
    accepted(api_key_source::NAME, &[Spot::Root]),
    accepted(auth::NAME, &[Spot::Operation]),
    accepted(AUTHORIZER, &[Spot::SecurityScheme]),
    accepted(AUTHTYPE, &[Spot::SecurityScheme]),
    accepted(binary_media_types::NAME, &[Spot::Root]),
    refused(
        "x-amazon-apigateway-cors",
        &[Spot::Root],
        "belongs to HTTP APIs and is not supported; write x-edgeway-cors, which does the same",
    ),
    accepted("x-amazon-apigateway-documentation", &[Spot::Root]),
    refused(
        "x-amazon-apigateway-endpoint-access-mode",
        &[Spot::Root],
        "endpoint access modes are not supported; remove it",
    ),
    accepted(endpoint_configuration::NAME, &[Spot::Root, Spot::Server]),
    accepted(gateway_responses::NAME, &[Spot::Root]),
    accepted("x-amazon-apigateway-importexport-version", &[Spot::Root]),
    accepted(INTEGRATION, &[Spot::Operation]),
    refused(
        "x-amazon-apigateway-integrations",
        &[Spot::Components],
        "shared integrations belong to HTTP APIs and are not supported; write \
         x-amazon-apigateway-integration in each operation",
    ),
    accepted(minimum_compression_size::NAME, &[Spot::Root]),
    accepted(policy::NAME, &[Spot::Root]),
    accepted(request_validators::CHOICE, &[Spot::Root, Spot::Operation]),
    accepted(request_validators::NAME, &[Spot::Root]),
    refused(
        "x-amazon-apigateway-security-policy",
        &[Spot::Root],
        "security policies are not supported; remove it, TLS is configured for the whole server",
    ),
    accepted("x-amazon-apigateway-tag-value", &[Spot::Tag]),
    accepted(api_id::NAME, &[Spot::Root]),
    accepted(cors::NAME, &[Spot::Root, Spot::PathItem]),
    accepted(functions::NAME, &[Spot::Root]),
    accepted(rate_limit_headers::NAME, &[Spot::Root]),
    accepted(stage::NAME, &[Spot::Root]),
    accepted(transform::REQUEST, &[Spot::Root, Spot::Operation]),
    accepted(transform::RESPONSE, &[Spot::Root, Spot::Operation]),
];

/// Reports the keys of an OpenAPI object that are neither OpenAPI's own nor accepted here.
pub(crate) fn check_keys(object: &Object<'_>, spot: Spot, own: &[&str]) {
    for (key, value) in object.entries() {
        if key.starts_with("x-") {
            check(&value, key, spot);
        } else if !own.contains(&key) {
            let mend = value.names().suggestion(key, own.iter().copied());
            value.report(format!("is unknown in {}; {mend}", spot.name()));
        }
    }
}

/// Reports the extensions of an object that are not accepted here; other keys may be any.
pub(crate) fn check_extensions(object: &Object<'_>, spot: Spot) {
    for (key, value) in object.entries().filter(|(key, _)| key.starts_with("x-")) {
        check(&value, key, spot);
    }
}

fn check(value: &Node<'_>, key: &str, spot: Spot) {
    let names = EXTENSIONS.iter().map(|extension| extension.name);
    let Some(extension) = EXTENSIONS.iter().find(|extension| extension.name == key) else {
        let is_ours = key.starts_with("x-amazon-apigateway") || key.starts_with("x-edgeway");
        match value.names().find(key, names) {
            Some(nearest) => value.report(format!("is unknown; did you mean {nearest}?")),
            None if is_ours => {
                value.report("is unknown, and would change nothing; remove it");
            }
            None => {}
        }
        return;
    };
    if !extension.spots.contains(&spot) {
        let spots: Vec<&str> = extension.spots.iter().map(|spot| spot.name()).collect();
        let spots = spots.join(" or ");
        value.report(format!("has no effect in {}; it belongs directly in {spots}", spot.name()));
    } else if let Support::Refused(problem) = extension.support {
        value.report(problem);
    }
}
