//! `requestTemplates` and `responseTemplates`: mapping templates by media type.

use model::{MediaType, Passthrough, RequestTemplates, Template};

use crate::node::{Node, all};

/// The key of the template for every media type that has none.
const DEFAULT: &str = "$default";

/// In the order of the document, each media type once.
pub(super) fn read(node: &Node<'_>) -> Option<Vec<(MediaType, Template)>> {
    by_media_type(node.object()?.entries())
}

/// Those of requests.
pub(super) fn read_requests(node: &Node<'_>, passthrough: Passthrough) -> Option<RequestTemplates> {
    let object = node.object()?;
    let default = object.optional(DEFAULT, None, |node| compiled(node).map(Some));
    let templates = by_media_type(object.entries().filter(|(key, _)| *key != DEFAULT));
    Some(RequestTemplates { templates: templates?, default: default?, passthrough })
}

fn by_media_type<'n>(
    entries: impl Iterator<Item = (&'n str, Node<'n>)>,
) -> Option<Vec<(MediaType, Template)>> {
    let mut types: Vec<MediaType> = Vec::new();
    let templates = entries.map(|(key, node)| {
        let Some(media_type) = MediaType::parse(key) else {
            node.report("must stand under a media type such as application/json; rename the key");
            return None;
        };
        if types.contains(&media_type) {
            node.report(format!(
                "is a second template for {}, which is compared without case and parameters; keep \
                 one",
                media_type.as_str()
            ));
        }
        types.push(media_type.clone());
        Some((media_type, compiled(&node)?))
    });
    all(templates)
}

fn compiled(node: &Node<'_>) -> Option<Template> {
    let template = Template::parse(node.text()?);
    template.map_err(|error| node.report(format!("cannot be compiled: {error}"))).ok()
}
