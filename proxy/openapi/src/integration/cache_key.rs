//! `cacheKeyParameters` and `cacheNamespace`: what tells cached responses apart, in a stage that caches.

use model::{CacheKey, PathTemplate, RequestSource};

use super::mapping;
use crate::node::{Node, Object, all};

/// Of the integration of a method on `path` that declares these parameters.
pub(crate) fn read<'a>(
    integration: &Object<'_>,
    path: &PathTemplate,
    declared: impl FnOnce() -> Option<Vec<Object<'a>>>,
) -> Option<CacheKey> {
    let namespace = integration
        .optional("cacheNamespace", None, |node| node.text().map(|text| Some(text.to_owned())))?;
    let Some(list) = integration.get("cacheKeyParameters") else {
        return Some(CacheKey::new(namespace, Vec::new()));
    };
    let texts = list.list()?;
    if texts.is_empty() {
        return Some(CacheKey::new(namespace, Vec::new()));
    }
    let (mappings, declared) = (mapping::parsed(integration), declared()?);
    let parameters = all(texts.iter().map(|node| {
        let parameter = CacheKey::parameter(node.text()?, &mappings);
        let parameter = parameter.map_err(|error| node.report(error.to_string())).ok()?;
        let is_of_method = node.text()?.starts_with("method.");
        (!is_of_method || is_declared(&parameter, path, &declared, node)).then_some(parameter)
    }));
    Some(CacheKey::new(namespace, parameters?))
}

/// Variables of the path are declared by it.
fn is_declared(
    parameter: &RequestSource,
    path: &PathTemplate,
    declared: &[Object<'_>],
    node: &Node<'_>,
) -> bool {
    let has = |place: &str, name: &str| {
        declared.iter().any(|parameter| {
            let text = |key| parameter.get(key).and_then(|node| node.as_text());
            text("in") == Some(place)
                && text("name").is_some_and(|known| match place {
                    "header" => known.eq_ignore_ascii_case(name),
                    _ => known == name,
                })
        })
    };
    let (is_declared, what, place) = match parameter {
        RequestSource::Header(name) | RequestSource::MultiValueHeader(name) => {
            (has("header", name.as_str()), name.as_str(), "header")
        }
        RequestSource::MultiValueQuery(name) | RequestSource::Query(name) => {
            (has("query", name), name.as_str(), "query")
        }
        RequestSource::Path(name) => {
            (path.variables().any(|variable| variable == name), name.as_str(), "path")
        }
        // Where a mapping takes it from, it is looked at there.
        _ => return true,
    };
    if !is_declared {
        node.report(format!(
            "names the parameter {what:?}, which the operation does not declare; add it to \
             parameters with in: {place}"
        ));
    }
    is_declared
}
