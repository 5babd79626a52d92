//! Who may call an operation: its `security` and `x-amazon-apigateway-auth`.

use std::sync::Arc;

use model::{JwtAuthorization, MethodAuthorization};

use crate::extension::auth::{self, Auth};
use crate::node::{Node, Object, all};
use crate::path_item;
use crate::security_scheme::{Scheme, SecuritySchemes};

/// What an operation asks of its callers.
pub(crate) struct Security {
    pub(crate) authorization: MethodAuthorization,
    pub(crate) is_api_key_required: bool,
}

/// The schemes of a `security` list.
#[derive(Default)]
struct Required {
    authorization: Option<MethodAuthorization>,
    api_key: bool,
}

/// Reads an operation's security.
pub(crate) fn security(operation: &Object<'_>, schemes: &SecuritySchemes) -> Option<Security> {
    let auth = auth::read(operation);
    let security = operation.get("security");
    let required = match &security {
        Some(node) => requirement(node, schemes),
        None => Some(Required::default()),
    };
    let (auth, Required { authorization, api_key }) = (auth?, required?);
    let authorization = match (auth, authorization, security) {
        (Auth::None, Some(_), Some(node)) => {
            node.report(format!(
                "requires an authorizer where {} says that the operation is open; remove one of them",
                auth::NAME
            ));
            None
        }
        (Auth::None | Auth::Unsaid, Some(required), _) => Some(required),
        (Auth::None | Auth::Unsaid, None, _) => Some(MethodAuthorization::None),
    };
    Some(Security { authorization: authorization?, is_api_key_required: api_key })
}

/// What a `security` list requires. An API key stands beside an authorizer, or as an entry of its own, as
/// AWS exports it: both are required.
fn requirement(node: &Node<'_>, schemes: &SecuritySchemes) -> Option<Required> {
    let mut required = Required::default();
    let requirements = node.list()?;
    if 1 < requirements.len() && requirements.iter().any(Node::is_empty) {
        node.report(
            "must not have an empty requirement beside another one: API Gateway requires all of them; \
             remove it, or the others",
        );
        return None;
    }
    for requirement in requirements {
        for (name, scopes) in requirement.object()?.entries() {
            let scheme = schemes.find(&scopes, name);
            let listed = scopes.list()?;
            let authorization = match scheme? {
                Scheme::Jwt(authorizer) => {
                    let texts = listed.iter().map(|scope| scope.text().map(str::to_owned));
                    let authorizer = Arc::clone(authorizer);
                    let authorization = JwtAuthorization { authorizer, scopes: all(texts)? };
                    MethodAuthorization::Jwt(authorization)
                }
                Scheme::ApiKey | Scheme::Authorizer(_) if !listed.is_empty() => {
                    scopes.report(
                        "must be an empty list: scopes are for Cognito user pools; check scopes in \
                         the authorizer",
                    );
                    return None;
                }
                Scheme::ApiKey => {
                    required.api_key = true;
                    continue;
                }
                Scheme::Authorizer(index) => MethodAuthorization::Custom(*index),
                Scheme::Broken | Scheme::Unsupported(_) => return None,
            };
            if required.authorization.replace(authorization).is_some() {
                node.report(
                    "must name one security scheme with an authorizer, got several: API Gateway \
                     calls one authorizer for a method; keep one, and let it check everything",
                );
                return None;
            }
        }
    }
    Some(required)
}

/// Reports a `security` of the whole document that operations would be expected to follow.
pub(crate) fn check_root(root: &Object<'_>, paths: &Object<'_>) {
    let Some(node) = root.get("security") else {
        return;
    };
    let Some(requirements) = node.list() else {
        return;
    };
    if requirements.iter().all(Node::is_empty) {
        return;
    }
    let is_silent = |operation: &Node<'_>| {
        let says = |key| operation.has_key(key);
        !says("security") && !says(auth::NAME)
    };
    let items = paths.entries().filter_map(|(_, node)| node.as_object());
    let mut silent = items
        .flat_map(|item| path_item::operations(&item).collect::<Vec<_>>())
        .map(|(_, operation)| operation)
        .filter(is_silent);
    let Some(first) = silent.next() else {
        return;
    };
    let (place, others) = (first.place().to_owned(), silent.count());
    let others = if others > 0 { format!(" and {others} more") } else { String::new() };
    node.report(format!(
        "is ignored by API Gateway at the top level, so {place}{others} would be open; put security \
         on each operation (security: [] on those that are meant to be open), and remove it here"
    ));
}
