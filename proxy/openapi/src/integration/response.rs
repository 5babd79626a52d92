//! `responses` of an integration: what the client gets for what the integration answered.

use http::StatusCode;
use model::{IntegrationResponse, IntegrationResponses};

use super::{CONTENT_HANDLINGS, mapping, template};
use crate::document::Scope;
use crate::field::Field;
use crate::node::{Node, Object};

const FIELDS: &[Field] = &[
    Field::Known("statusCode"),
    Field::Known("responseParameters"),
    Field::Known("responseTemplates"),
    Field::Known("contentHandling"),
];

const MISSING: &str = "write at least default: {statusCode: \"200\"}, without which API Gateway \
     answers 500 to every call";

pub(super) fn read(object: &Object<'_>, scope: &Scope<'_>) -> Option<IntegrationResponses> {
    let node = object.required("responses", MISSING)?;
    let entries = node.object()?;
    if node.is_empty() {
        node.report(format!("must not be empty; {MISSING}"));
        return None;
    }
    let mut responses = IntegrationResponses::default();
    let mut is_complete = true;
    for (key, node) in entries.entries() {
        let response = response(&node);
        if key == "default" {
            is_complete &= response.is_some();
            responses.default = response;
            continue;
        }
        let pattern = scope.patterns.full_match(&node, key);
        match (pattern, response) {
            (Some(pattern), Some(response)) => responses.patterns.push((pattern, response)),
            _ => is_complete = false,
        }
    }
    is_complete.then_some(responses)
}

fn response(node: &Node<'_>) -> Option<IntegrationResponse> {
    let object = node.object()?;
    object.check_fields("an integration response", FIELDS);
    let status = object
        .required("statusCode", "write the client's, such as \"200\"")
        .and_then(|n| status(&n));
    let mappings = object.optional("responseParameters", Vec::new(), mapping::response);
    let templates = object.optional("responseTemplates", Vec::new(), template::read);
    let content_handling = object
        .optional("contentHandling", None, |node| node.choice(CONTENT_HANDLINGS, &[]).map(Some));
    Some(IntegrationResponse {
        status: status?,
        is_declared: true,
        mappings: mappings?,
        content_handling: content_handling?,
        templates: templates?,
    })
}

/// A status that a response can end with: the 1xx announce another one.
pub(crate) fn status(node: &Node<'_>) -> Option<StatusCode> {
    let number = node.as_text().and_then(|text| text.parse::<u64>().ok()).or(node.as_integer());
    let status = number
        .filter(|number| (200..=599).contains(number))
        .and_then(|number| StatusCode::from_u16(u16::try_from(number).ok()?).ok());
    if status.is_none() {
        node.report_mismatch("200-599", "");
    }
    status
}
