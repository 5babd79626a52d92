//! `x-edgeway-rate-limit-headers`: answers tell clients of their limits.

use crate::node::Object;

pub(crate) const NAME: &str = "x-edgeway-rate-limit-headers";

/// They do not if the document does not say; none if something was reported.
pub(crate) fn read(root: &Object<'_>) -> Option<bool> {
    root.optional(NAME, false, |node| {
        let is_wanted = node.as_boolean();
        if is_wanted.is_none() {
            node.report_mismatch("true or false", "write true, or remove it");
        }
        is_wanted
    })
}
