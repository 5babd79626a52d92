//! Who may call an operation: its `security` and `x-amazon-apigateway-auth`.

use std::sync::Arc;

use model::{JwtAuthorization, MethodAuthorization};

use crate::extension::auth::{self, Auth};
use crate::node::{Node, Object, all};
use crate::path_item;
use crate::security_scheme::{Scheme, SecuritySchemes};

/// Reads an operation's authorization.
pub(crate) fn authorization(
    operation: &Object<'_>,
    schemes: &SecuritySchemes,
) -> Option<MethodAuthorization> {
    let auth = auth::read(operation);
    let security = operation.get("security");
    let required = match &security {
        Some(node) => requirement(node, schemes),
        None => Some(None),
    };
    match (auth?, required?, security) {
        (Auth::None, Some(_), Some(node)) => {
            node.report(format!(
                "requires an authorizer where {} says that the operation is open; remove one of them",
                auth::NAME
            ));
            None
        }
        (Auth::None | Auth::Unsaid, Some(required), _) => Some(required),
        (Auth::None | Auth::Unsaid, None, _) => Some(MethodAuthorization::None),
    }
}

/// What a `security` list asks for; `Some(None)` if the list requires nothing.
fn requirement(node: &Node<'_>, schemes: &SecuritySchemes) -> Option<Option<MethodAuthorization>> {
    let requirements = node.list()?;
    let [requirement] = &requirements[..] else {
        if requirements.is_empty() {
            return Some(None);
        }
        report_count(node, requirements.len());
        return None;
    };
    let object = requirement.object()?;
    let mut entries = object.entries();
    let Some((name, scopes)) = entries.next() else {
        return Some(None);
    };
    let others = entries.count();
    if others > 0 {
        report_count(requirement, others + 1);
        return None;
    }
    let scheme = schemes.find(&scopes, name);
    let listed = scopes.list()?;
    match scheme? {
        Scheme::Jwt(authorizer) => {
            let texts = listed.iter().map(|scope| scope.text().map(str::to_owned));
            let authorizer = Arc::clone(authorizer);
            let authorization = JwtAuthorization { authorizer, scopes: all(texts)? };
            Some(Some(MethodAuthorization::Jwt(authorization)))
        }
        Scheme::Authorizer(_) if !listed.is_empty() => {
            scopes.report(
                "must be an empty list: scopes are for Cognito user pools; check scopes in the \
                 authorizer",
            );
            None
        }
        Scheme::Authorizer(index) => Some(Some(MethodAuthorization::Custom(*index))),
        Scheme::Broken | Scheme::Unsupported(_) => None,
    }
}

fn report_count(node: &Node<'_>, found: usize) {
    node.report(format!(
        "must name one security scheme, got {found}: API Gateway calls one authorizer for a method; \
         keep one, and let it check everything"
    ));
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
