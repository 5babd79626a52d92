//! `requestTemplates` and `responseTemplates`: mapping templates by media type.

use model::{MediaType, Template};

use crate::node::{Node, all};

/// In the order of the document, each media type once.
pub(super) fn read(node: &Node<'_>) -> Option<Vec<(MediaType, Template)>> {
    let object = node.object()?;
    let mut types: Vec<MediaType> = Vec::new();
    let templates = object.entries().map(|(key, node)| {
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
        let template = Template::parse(node.text()?);
        let template =
            template.map_err(|error| node.report(format!("cannot be compiled: {error}"))).ok()?;
        Some((media_type, template))
    });
    all(templates)
}
