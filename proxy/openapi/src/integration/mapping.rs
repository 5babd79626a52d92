//! `requestParameters` and `responseParameters`: parameter mappings.

use model::{
    Backend, PathTemplate, RequestMapping, RequestMappings, RequestSource, ResponseMapping,
};

use crate::node::{Node, Object, all};

/// The mappings of an integration whose method is on `path`.
pub(super) fn request(
    object: &Object<'_>,
    path: &PathTemplate,
    backend: Backend,
) -> Option<RequestMappings> {
    let entries = object.optional("requestParameters", Vec::new(), |node| {
        let mappings = node.object()?;
        all(mappings.entries().map(|(target, node)| {
            let mapping = RequestMapping::parse(target, node.text()?);
            let mapping = mapping.map_err(|error| node.report(error.to_string())).ok()?;
            check_path_source(&mapping, path, &node)?;
            check_forbidden(&mapping, backend, &node)?;
            Some(mapping)
        }))
    })?;
    Some(RequestMappings::new(entries, backend))
}

/// Those that are good; the others are reported where the integration is read.
pub(super) fn parsed(object: &Object<'_>) -> RequestMappings {
    let node = object.get("requestParameters").and_then(|node| node.as_object());
    let entries = node
        .iter()
        .flat_map(Object::entries)
        .filter_map(|(target, node)| RequestMapping::parse(target, node.as_text()?).ok());
    RequestMappings::new(entries.collect(), Backend::Http)
}

/// API Gateway takes such a mapping, and then answers 500 to every call.
fn check_forbidden(mapping: &RequestMapping, backend: Backend, node: &Node<'_>) -> Option<()> {
    let mappings = RequestMappings::new(vec![mapping.clone()], backend);
    let Some(name) = mappings.forbidden() else { return Some(()) };
    node.report(format!(
        "cannot set the header {name}, which belongs to the gateway; remove the mapping"
    ));
    None
}

fn check_path_source(mapping: &RequestMapping, path: &PathTemplate, node: &Node<'_>) -> Option<()> {
    let RequestSource::Path(name) = &mapping.source else {
        return Some(());
    };
    if path.variables().any(|variable| variable == name) {
        return Some(());
    }
    let mend = if path.variables().next().is_none() {
        "it has none".to_owned()
    } else {
        node.names().suggestion(name, path.variables().collect::<Vec<_>>().into_iter())
    };
    node.report(format!(
        "names the variable {name:?}, which the path {path} does not have; {mend}"
    ));
    None
}

/// The mappings of an integration response.
pub(super) fn response(node: &Node<'_>) -> Option<Vec<ResponseMapping>> {
    let mappings = node.object()?;
    all(mappings.entries().map(|(target, node)| {
        let mapping = ResponseMapping::parse(target, node.text()?);
        mapping.map_err(|error| node.report(error.to_string())).ok()
    }))
}
