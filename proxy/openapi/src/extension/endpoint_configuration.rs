//! `x-amazon-apigateway-endpoint-configuration`: where AWS puts the endpoint.
//!
//! Only one of its settings would change what is served here, and that one is refused.

use model::EndpointType;

use crate::field::Field;
use crate::node::{Node, Object};

pub(crate) const NAME: &str = "x-amazon-apigateway-endpoint-configuration";

const FIELDS: &[Field] = &[
    Field::Known("disableExecuteApiEndpoint"),
    Field::Known("ipAddressType"),
    Field::Known("types"),
    Field::Known("vpcEndpointIds"),
];

/// Reports what is wrong with it, wherever it stands.
pub(crate) fn check(holder: &Object<'_>) {
    let Some(object) = holder.get(NAME).and_then(|node| node.object()) else {
        return;
    };
    object.check_fields("an endpoint configuration", FIELDS);
    let disabled = object.get("disableExecuteApiEndpoint");
    if let Some(node) = disabled
        && node.as_boolean() != Some(false)
    {
        node.report(
            "must be false: switching the default host name off is not supported yet; remove it",
        );
    }
}

/// Where AWS would have the API. One that does not say is taken for a regional one: nothing here is at
/// AWS's edge. So is a private one, as whoever reaches the node of a document reaches its API.
pub(crate) fn endpoint_type(root: &Object<'_>) -> EndpointType {
    let types = root.get(NAME).and_then(|node| node.as_object()?.get("types"));
    let types = types.filter(Node::is_list).and_then(|node| node.list()).unwrap_or_default();
    let is_edge = types.iter().any(|node| node.as_text() == Some("EDGE"));
    if is_edge { EndpointType::Edge } else { EndpointType::Regional }
}
