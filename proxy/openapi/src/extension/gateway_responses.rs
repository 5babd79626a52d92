//! `x-amazon-apigateway-gateway-responses`: what clients get of what the gateway refuses.

use model::{
    DEFAULT_GATEWAY_TEMPLATE, GatewayResponse, GatewayResponseSource, GatewayResponseType,
    GatewayResponses, GatewayTemplate, MediaType,
};

use crate::field::Field;
use crate::integration::response::status;
use crate::node::{Node, Object, all};

pub(crate) const NAME: &str = "x-amazon-apigateway-gateway-responses";

const FIELDS: &[Field] = &[
    Field::Known("statusCode"),
    Field::Known("responseParameters"),
    Field::Known("responseTemplates"),
];

pub(crate) fn read(root: &Object<'_>) -> Option<GatewayResponses> {
    root.optional(NAME, GatewayResponses::default(), |node| {
        let responses = node.object()?;
        let responses = responses.entries().map(|(name, node)| {
            let kind = GatewayResponseType::parse(name);
            if kind.is_none() {
                let names = GatewayResponseType::ALL.into_iter().map(GatewayResponseType::as_str);
                let mend = node.names().suggestion(name, names);
                node.report(format!("is no type of gateway response; {mend}"));
            }
            let response = response(&node);
            Some((kind?, response?))
        });
        all(responses).map(GatewayResponses::new)
    })
}

fn response(node: &Node<'_>) -> Option<GatewayResponse> {
    let object = node.object()?;
    object.check_fields("a gateway response", FIELDS);
    let status = object.optional("statusCode", None, |node| status(node).map(Some));
    let headers = object.optional("responseParameters", Vec::new(), |node| {
        let entries = node.object()?;
        all(entries.entries().map(|(target, node)| {
            let entry = GatewayResponseSource::parse_entry(target, node.text()?);
            entry.map_err(|error| node.report(error.to_string())).ok()
        }))
    });
    let templates = object.optional("responseTemplates", Vec::new(), |node| {
        let entries = node.object()?;
        let templates = all(entries.entries().map(|(key, node)| template(key, &node)))?;
        Some(templates.into_iter().flatten().collect())
    });
    Some(GatewayResponse { status: status?, headers: headers?, templates: templates? })
}

/// `Some(None)` for the template that stands for the type's own bytes.
fn template(key: &str, node: &Node<'_>) -> Option<Option<(MediaType, GatewayTemplate)>> {
    let media_type = MediaType::parse(key);
    if media_type.is_none() {
        node.report("must stand under a media type such as application/json; rename the key");
    }
    let text = node.text()?;
    let template = GatewayTemplate::parse(text);
    let template = template.map_err(|error| node.report(error.to_string())).ok();
    let own = text == DEFAULT_GATEWAY_TEMPLATE && key == "application/json";
    let found = (media_type?, template?);
    Some((!own).then_some(found))
}
