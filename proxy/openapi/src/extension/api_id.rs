//! `x-edgeway-api-id`: the identity of the API, the first label of its default host name.

use model::ApiId;

use crate::node::Object;

pub(crate) const NAME: &str = "x-edgeway-api-id";

/// What [`ApiId`] takes.
const LENGTH_MAX: usize = 32;

/// As the document says, else made from the title.
pub(crate) fn read(root: &Object<'_>, title: Option<&str>) -> Option<ApiId> {
    let Some(node) = root.get(NAME) else {
        return from_title(root, title?);
    };
    match ApiId::parse(node.text()?) {
        Ok(id) => Some(id),
        Err(error) => {
            node.report(error.to_string());
            None
        }
    }
}

fn from_title(root: &Object<'_>, title: &str) -> Option<ApiId> {
    let kept = title.chars().map(|character| character.to_ascii_lowercase());
    let kept = kept.filter(char::is_ascii_alphanumeric).take(LENGTH_MAX);
    let id = ApiId::parse(&kept.collect::<String>()).ok();
    if id.is_none() {
        root.node().report(format!(
            "must have {NAME}, since info.title has no letter or digit to make one from; write \
             1-{LENGTH_MAX} of [a-z0-9]"
        ));
    }
    id
}
