//! References within the document: `$ref` of parameters and request bodies.

use crate::node::{Node, Object};

/// References that lead to references.
const REFERENCES_MAX: usize = 16;

/// What a map that may be a reference stands for.
pub(crate) fn followed<'a>(node: &Node<'a>, root: &Object<'a>) -> Option<Object<'a>> {
    let mut object = node.object()?;
    for _ in 0..REFERENCES_MAX {
        let Some(reference) = object.get("$ref") else { return Some(object) };
        let text = reference.text()?;
        let found = text.strip_prefix("#/").and_then(|path| {
            let names = path.split('/').map(|name| name.replace("~1", "/").replace("~0", "~"));
            names
                .into_iter()
                .try_fold(root.node().clone(), |node, name| node.as_object()?.get(&name))
        });
        let Some(found) = found else {
            reference.report_mismatch("a reference into this document that leads somewhere", "");
            return None;
        };
        object = found.object()?;
    }
    node.report("refers to itself and to nothing else; mend its $ref");
    None
}
