//! `x-amazon-apigateway-auth`: an operation that says it is open.

use crate::node::Object;

pub(crate) const NAME: &str = "x-amazon-apigateway-auth";

/// Whether an operation has the extension.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Auth {
    /// `{type: NONE}`
    None,
    /// It is not there.
    Unsaid,
}

pub(crate) fn read(operation: &Object<'_>) -> Option<Auth> {
    operation.optional(NAME, Auth::Unsaid, |node| {
        let object = node.object()?;
        for (key, value) in object.entries().filter(|(key, _)| *key != "type") {
            value.report(format!("is not a setting of {NAME}, which has only type; remove {key}"));
        }
        let kind = object.required("type", "write NONE")?;
        let text = kind.text()?;
        if text.eq_ignore_ascii_case("NONE") {
            return Some(Auth::None);
        }
        if text.eq_ignore_ascii_case("AWS_IAM") {
            kind.report(
                "AWS_IAM authorization needs access keys, which only edgeway serve has; remove it, \
                 or name an authorizer in security",
            );
        } else {
            kind.report_mismatch("NONE", "name an authorizer in security instead");
        }
        None
    })
}
