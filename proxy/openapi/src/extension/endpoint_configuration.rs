//! `x-amazon-apigateway-endpoint-configuration`: where AWS puts the endpoint.
//!
//! Only one of its settings would change what is served here, and that one is refused.

use crate::field::Field;
use crate::node::Object;

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
