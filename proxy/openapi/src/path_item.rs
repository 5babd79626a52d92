//! One path of `paths`: its resource and methods.

use model::{Method, MethodKey, PathTemplate, RequestValidation, Resource, ResourceId, Verb};

use crate::document::Scope;
use crate::extension::cors::{self, CorsSetting};
use crate::extension::{self, ANY_METHOD, Spot};
use crate::node::{Node, Object, all};
use crate::operation;

const KEYS: &[&str] = &[
    "delete",
    "get",
    "head",
    "options",
    "patch",
    "post",
    "put",
    "description",
    "parameters",
    "servers",
    "summary",
    "trace",
    "$ref",
];

/// Reads the path that is `key` in `paths`.
pub(crate) fn read(
    path: &PathTemplate,
    id: &str,
    node: &Node<'_>,
    scope: &Scope<'_>,
) -> Option<Resource> {
    let item = node.object()?;
    extension::check_keys(&item, Spot::PathItem, KEYS);
    if let Some(node) = item.get("trace") {
        node.report("is a method that API Gateway does not have; remove it");
    }
    if let Some(node) = item.get("$ref") {
        node.report("refers to a path, which is not supported; write the path's methods here");
    }
    let methods =
        operations(&item).map(|(key, node)| operation::read(key, path, &item, &node, scope));
    let methods = all(methods);
    let cors = cors::read(&item, scope.cors)?;
    let mut methods = methods?;
    if let Some(setting) = &cors
        && !methods.is_empty()
        && !methods.iter().any(|method| method.key == MethodKey::Verb(Verb::Options))
    {
        methods.push(preflight(path, &item, setting, &methods, scope)?);
    }
    let cors = cors.map(|setting| setting.cors);
    Some(Resource { id: ResourceId::parse(id).ok()?, path: path.clone(), methods, cors })
}

/// The method that answers a browser that asks before it sends: a mock, as one writes it on AWS.
fn preflight(
    path: &PathTemplate,
    item: &Object<'_>,
    setting: &CorsSetting,
    methods: &[Method],
    scope: &Scope<'_>,
) -> Option<Method> {
    let keys: Vec<MethodKey> = methods.iter().map(|method| method.key).collect();
    let operation = setting.preflight(&keys);
    let node = item.node().stands_for(&operation);
    let key = MethodKey::Verb(Verb::Options);
    let method = operation::read(key, path, item, &node, scope)?;
    // Neither plugins nor validators are for a browser's own request.
    Some(Method {
        request_transforms: Vec::new(),
        response_transforms: Vec::new(),
        validation: RequestValidation::default(),
        ..method
    })
}

/// The operations of a path in the order of the document.
pub(crate) fn operations<'a>(item: &Object<'a>) -> impl Iterator<Item = (MethodKey, Node<'a>)> {
    item.entries().filter_map(|(key, node)| Some((method_key(key)?, node)))
}

fn method_key(key: &str) -> Option<MethodKey> {
    if key == ANY_METHOD {
        return Some(MethodKey::Any);
    }
    let is_lower = key.bytes().all(|byte| byte.is_ascii_lowercase());
    let verb = Verb::ALL.into_iter().find(|verb| verb.as_str().eq_ignore_ascii_case(key))?;
    is_lower.then_some(MethodKey::Verb(verb))
}
