//! `x-edgeway-request-transform` and `x-edgeway-response-transform`: functions around every
//! integration, or around one.

use model::FunctionIndex;

use crate::extension::functions::Functions;
use crate::node::{Node, Object, all};

pub(crate) const REQUEST: &str = "x-edgeway-request-transform";
pub(crate) const RESPONSE: &str = "x-edgeway-response-transform";

/// Each takes time on every request; more is a mistake.
const TRANSFORMS_MAX: usize = 16;

/// The functions of one holder: the document, for every method, or an operation.
#[derive(Clone, Debug, Default)]
pub(crate) struct Transforms {
    pub(crate) request: Vec<FunctionIndex>,
    pub(crate) response: Vec<FunctionIndex>,
}

impl Transforms {
    pub(crate) fn read(holder: &Object<'_>, functions: &Functions) -> Option<Self> {
        let read = |name| holder.optional(name, Vec::new(), |node| names(node, functions));
        let request = read(REQUEST);
        let response = read(RESPONSE);
        Some(Self { request: request?, response: response? })
    }

    /// Those of an operation within those of the document: first in on the way to the integration
    /// is last out on the way back.
    pub(crate) fn around(&self, inner: &Self) -> Self {
        Self {
            request: [&self.request[..], &inner.request].concat(),
            response: [&inner.response[..], &self.response].concat(),
        }
    }
}

/// A name, or a list of names in the order in which they run.
fn names(node: &Node<'_>, functions: &Functions) -> Option<Vec<FunctionIndex>> {
    if let Some(name) = node.as_text() {
        return Some(vec![functions.find_by_text(node, name)?]);
    }
    if node.as_boolean().is_some() || node.as_number().is_some() {
        node.report_mismatch("the name of a function, or a list of names", "");
        return None;
    }
    let items = node.list()?;
    if items.len() > TRANSFORMS_MAX {
        let found = items.len();
        node.report(format!(
            "must name at most {TRANSFORMS_MAX} functions, got {found}; join some"
        ));
        return None;
    }
    all(items.into_iter().map(|item| functions.find_by_text(&item, item.text()?)))
}
