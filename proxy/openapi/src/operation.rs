//! One operation of a path: a method of the resource.

use model::{Method, MethodKey, PathTemplate};

use crate::document::Scope;
use crate::extension::transform::Transforms;
use crate::extension::{self, INTEGRATION, Spot};
use crate::integration::{self, cache_key};
use crate::node::{Node, Object};
use crate::request_validation;
use crate::security;

const KEYS: &[&str] = &[
    "callbacks",
    "consumes",
    "deprecated",
    "description",
    "externalDocs",
    "operationId",
    "parameters",
    "produces",
    "requestBody",
    "responses",
    "schemes",
    "security",
    "servers",
    "summary",
    "tags",
];

/// Reads the operation of a method.
pub(crate) fn read(
    key: MethodKey,
    path: &PathTemplate,
    item: &Object<'_>,
    node: &Node<'_>,
    scope: &Scope<'_>,
) -> Option<Method> {
    let operation = node.object()?;
    extension::check_keys(&operation, Spot::Operation, KEYS);
    let security = security::security(&operation, scope.schemes);
    let transforms = Transforms::read(&operation, scope.functions);
    let integration = match operation.get(INTEGRATION) {
        Some(node) => integration::read(&node, path, scope),
        None => {
            node.report(format!(
                "must have {INTEGRATION} (API Gateway: No integration defined for method); add one"
            ));
            None
        }
    };
    let cache_key = operation.get(INTEGRATION).and_then(|node| node.as_object());
    let cache_key = cache_key.map(|integration| {
        let declared = || request_validation::parameters(item, &operation, scope);
        cache_key::read(&integration, path, declared)
    });
    let validation = request_validation::read(key, path, item, &operation, scope);
    let transforms = scope.transforms.around(&transforms?);
    let security = security?;
    Some(Method {
        key,
        authorization: security.authorization,
        is_api_key_required: security.is_api_key_required,
        validation: validation?,
        request_transforms: transforms.request,
        integration: integration?,
        cache_key: cache_key??,
        response_transforms: transforms.response,
    })
}
