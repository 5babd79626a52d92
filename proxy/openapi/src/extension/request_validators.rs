//! `x-amazon-apigateway-request-validators` and `x-amazon-apigateway-request-validator`: what of a
//! request is checked.

use crate::field::Field;
use crate::node::{Node, Object, all};

pub(crate) const NAME: &str = "x-amazon-apigateway-request-validators";
pub(crate) const CHOICE: &str = "x-amazon-apigateway-request-validator";

const FIELDS: &[Field] =
    &[Field::Known("validateRequestBody"), Field::Known("validateRequestParameters")];

/// What one validator checks; nothing by default.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct RequestValidator {
    pub(crate) validates_body: bool,
    pub(crate) validates_parameters: bool,
}

/// The validators of the document.
#[derive(Clone, Debug, Default)]
pub(crate) struct RequestValidators {
    by_name: Vec<(String, RequestValidator)>,
    /// Of operations that choose none.
    default: RequestValidator,
}

impl RequestValidators {
    pub(crate) fn read(root: &Object<'_>) -> Option<Self> {
        let by_name = root.optional(NAME, Vec::new(), |node| {
            let validators = node.object()?;
            all(validators.entries().map(|(name, node)| Some((name.to_owned(), validator(&node)?))))
        })?;
        let mut validators = Self { by_name, default: RequestValidator::default() };
        validators.default = validators.of(root)?;
        Some(validators)
    }

    /// What an operation chooses or, if it does not, what the document does.
    pub(crate) fn of(&self, holder: &Object<'_>) -> Option<RequestValidator> {
        holder.optional(CHOICE, self.default, |node| {
            let wanted = node.text()?;
            let found = self.by_name.iter().find(|(name, _)| name == wanted);
            if found.is_none() {
                let names = self.by_name.iter().map(|(name, _)| name.as_str());
                let mend = node.names().suggestion(wanted, names);
                node.report(format!("names no validator of {NAME}; {mend}"));
            }
            found.map(|(_, validator)| *validator)
        })
    }
}

fn validator(node: &Node<'_>) -> Option<RequestValidator> {
    let object = node.object()?;
    object.check_fields("a request validator", FIELDS);
    let flag = |name| {
        object.optional(name, false, |node| {
            if node.as_boolean().is_none() {
                node.report_mismatch("true or false", "");
            }
            node.as_boolean()
        })
    };
    let (body, parameters) = (flag("validateRequestBody"), flag("validateRequestParameters"));
    Some(RequestValidator { validates_body: body?, validates_parameters: parameters? })
}
