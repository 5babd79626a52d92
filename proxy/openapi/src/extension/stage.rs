//! `x-edgeway-stage`: the stage that the document is served at.

use model::StageName;

use crate::document::StageDescription;
use crate::field::Field;
use crate::node::{Node, Object, all};

pub(crate) const NAME: &str = "x-edgeway-stage";

const DEFAULT_NAME: &str = "dev";

const FIELDS: &[Field] = &[Field::Known("name"), Field::Known("variables")];

pub(crate) fn read(root: &Object<'_>) -> Option<StageDescription> {
    let object = root.optional(NAME, None, |node| node.object().map(Some))?;
    let Some(object) = object else {
        let name = StageName::parse(DEFAULT_NAME).ok()?;
        return Some(StageDescription { name, variables: Vec::new() });
    };
    object.check_fields("a stage", FIELDS);
    let name = match object.get("name") {
        Some(node) => node.text().and_then(|text| {
            StageName::parse(text).map_err(|error| node.report(error.to_string())).ok()
        }),
        None => StageName::parse(DEFAULT_NAME).ok(),
    };
    let variables = object.optional("variables", Vec::new(), variables);
    Some(StageDescription { name: name?, variables: variables? })
}

/// Sorted by name.
fn variables(node: &Node<'_>) -> Option<Vec<(String, String)>> {
    let variables = node.object()?;
    let variables = variables.entries().map(|(name, value)| {
        let text = value.scalar_text()?;
        check_name(&value, name)?;
        check_value(&value, &text)?;
        Some((name.to_owned(), text))
    });
    let mut variables = all(variables)?;
    variables.sort();
    Some(variables)
}

/// API Gateway Developer Guide, "Use stage variables": letters, digits and underscores.
fn check_name(node: &Node<'_>, name: &str) -> Option<()> {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    if !name.is_empty() && name.bytes().all(is_allowed) {
        return Some(());
    }
    node.report("must have a name of [A-Za-z0-9_]; rename the stage variable");
    None
}

/// REST API Reference, `Stage.variables`: `[A-Za-z0-9-._~:/?#&=,]+`.
fn check_value(node: &Node<'_>, value: &str) -> Option<()> {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/?#&=,".contains(&byte);
    if !value.is_empty() && value.bytes().all(is_allowed) {
        return Some(());
    }
    node.report_mismatch("1 or more of [A-Za-z0-9-._~:/?#&=,]", "");
    None
}
