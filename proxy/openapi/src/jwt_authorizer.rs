//! `x-amazon-apigateway-authorizer` of type `jwt`.
//!
//! Source: API Gateway REST API Reference, "JwtConfiguration".

use std::sync::Arc;

use model::{ExpectedClaim, JwtAuthorizer, JwtAuthorizerKind, TrustedIssuer};

use crate::document::Scope;
use crate::field::Field;
use crate::node::{Node, Object, all};

const CONFIGURATION_FIELDS: &[Field] = &[
    Field::Known("issuers"),
    Field::Known("defaultAlgorithms"),
    Field::Refused("issuer", HTTP_API),
    Field::Refused("audience", HTTP_API),
];

const HTTP_API: &str = "is of HTTP APIs; a REST API has issuers: [{issuer: https://ISSUER, audiences: [...]}], \
     and defaultAlgorithms";

const ISSUER_FIELDS: &[Field] =
    &[Field::Known("issuer"), Field::Known("audiences"), Field::Known("additionalClaims")];

const CLAIM_FIELDS: &[Field] = &[
    Field::Known("claimName"),
    Field::Known("format"),
    Field::Known("required"),
    Field::Known("expectedValues"),
];

/// What there is of type `token` and `cognito_user_pools` alone.
const OF_OTHERS: [&str; 3] =
    ["authorizerUri", "authorizerResultTtlInSeconds", "identityValidationExpression"];

/// Reads whose tokens let in.
pub(crate) fn kind(object: &Object<'_>, scope: &Scope<'_>) -> Option<JwtAuthorizerKind> {
    for node in OF_OTHERS.iter().filter_map(|name| object.get(name)) {
        node.report("is not of jwt authorizers; remove it");
    }
    let mend = "write issuers, each with its audiences, and defaultAlgorithms";
    let configuration = object.required("jwtConfiguration", mend)?.object()?;
    configuration.check_fields("a jwtConfiguration", CONFIGURATION_FIELDS);
    let issuers = configuration.required("issuers", "write whose tokens let in");
    let issuers = issuers.and_then(|node| entries(&node, |node| issuer(node, scope)));
    let algorithms =
        configuration.required("defaultAlgorithms", "write how tokens may be signed: RS256 say");
    let algorithms = algorithms
        .and_then(|node| entries(&node, |node| node.choice(&JwtAuthorizer::ALGORITHMS, &[])));
    Some(JwtAuthorizerKind::Issuers { issuers: issuers?, algorithms: algorithms? })
}

fn issuer(node: &Node<'_>, scope: &Scope<'_>) -> Option<TrustedIssuer> {
    let object = node.object()?;
    object.check_fields("an issuer", ISSUER_FIELDS);
    let issuer = object.required("issuer", "write the iss of its tokens").and_then(|node| {
        let issuer = scope.backends.issuer(node.text()?, None);
        issuer.map_err(|problem| node.report(problem)).ok()
    });
    let audiences = object.required("audiences", "write the clients whose tokens let in");
    let audiences = audiences.and_then(|node| entries(&node, owned));
    let claims =
        object.optional("additionalClaims", Vec::new(), |node| all(node.list()?.iter().map(claim)));
    Some(TrustedIssuer { issuer: Arc::new(issuer?), audiences: audiences?, claims: claims? })
}

fn claim(node: &Node<'_>) -> Option<ExpectedClaim> {
    let object = node.object()?;
    object.check_fields("a claim", CLAIM_FIELDS);
    let format = object.required("format", "write SINGLE_STRING");
    let format = format.and_then(|node| node.choice(&[("SINGLE_STRING", ())], &[]));
    let is_required = object.optional("required", false, |node| {
        let required = node.as_boolean();
        if required.is_none() {
            node.report_mismatch("true or false", "");
        }
        required
    });
    let values =
        object.optional("expectedValues", Vec::new(), |node| all(node.list()?.iter().map(owned)));
    let name = object.required("claimName", "write the name of a claim").and_then(|node| {
        let name = node.text()?;
        if name.is_empty() || ExpectedClaim::RESERVED.contains(&name) {
            let reserved = ExpectedClaim::RESERVED.join(", ");
            node.report_mismatch(&format!("a claim that is none of {reserved}"), "");
            return None;
        }
        Some(name.to_owned())
    });
    format?;
    Some(ExpectedClaim { name: name?, is_required: is_required?, values: values? })
}

fn owned(node: &Node<'_>) -> Option<String> {
    node.text().map(str::to_owned)
}

/// A list that is neither empty nor too long.
fn entries<T>(node: &Node<'_>, read: impl Fn(&Node<'_>) -> Option<T>) -> Option<Vec<T>> {
    let list = node.list()?;
    if !(1..=JwtAuthorizer::ENTRIES_MAX).contains(&list.len()) {
        let max = JwtAuthorizer::ENTRIES_MAX;
        node.report(format!("must have 1 to {max} entries, got {}", list.len()));
        return None;
    }
    all(list.iter().map(read))
}
