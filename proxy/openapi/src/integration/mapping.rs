//! `requestParameters` and `responseParameters`: parameter mappings.

use model::{PathTemplate, RequestMapping, RequestSource, ResponseMapping};

use crate::node::{Node, Object, all};

/// The mappings of an integration whose method is on `path`.
pub(super) fn request(object: &Object<'_>, path: &PathTemplate) -> Option<Vec<RequestMapping>> {
    object.optional("requestParameters", Vec::new(), |node| {
        let mappings = node.object()?;
        all(mappings.entries().map(|(target, node)| {
            let mapping = RequestMapping::parse(target, node.text()?);
            let mapping = mapping.map_err(|error| node.report(error.to_string())).ok()?;
            check_path_source(&mapping, path, &node)?;
            Some(mapping)
        }))
    })
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
