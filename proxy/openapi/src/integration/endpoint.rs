//! The upstream of an HTTP integration: its address, method and parameter mappings.

use model::{
    Backend, ContentHandling, HttpEndpoint, HttpVerb, IntegrationTimeout, PathTemplate,
    RequestMapping, RequestTarget, UriTemplate, Verb,
};

use super::mapping;
use crate::document::Scope;
use crate::node::{Node, Object};

const VERBS: &[(&str, HttpVerb)] = &[
    ("ANY", HttpVerb::Client),
    ("DELETE", HttpVerb::Fixed(Verb::Delete)),
    ("GET", HttpVerb::Fixed(Verb::Get)),
    ("HEAD", HttpVerb::Fixed(Verb::Head)),
    ("OPTIONS", HttpVerb::Fixed(Verb::Options)),
    ("PATCH", HttpVerb::Fixed(Verb::Patch)),
    ("POST", HttpVerb::Fixed(Verb::Post)),
    ("PUT", HttpVerb::Fixed(Verb::Put)),
];

pub(super) fn read(
    object: &Object<'_>,
    path: &PathTemplate,
    scope: &Scope<'_>,
    timeout: Option<IntegrationTimeout>,
    content_handling: Option<Option<ContentHandling>>,
) -> Option<HttpEndpoint> {
    let verb = object
        .required("httpMethod", "write the upstream's method, or ANY for the client's")
        .and_then(|node| node.choice(VERBS, &[]));
    let mappings = mapping::request(object, path, Backend::Http);
    let uri = object.required("uri", "write the upstream's address").and_then(|node| {
        let text = scope.pseudo_parameters.substitute(&node)?;
        let uri = UriTemplate::parse(&text).map_err(|error| node.report(error.to_string())).ok()?;
        check_placeholders(&uri, mappings.as_ref()?.entries(), &node)?;
        Some(uri)
    });
    Some(HttpEndpoint {
        uri: uri?,
        verb: verb?,
        mappings: mappings?,
        content_handling: content_handling?,
        timeout: timeout?,
    })
}

/// Every `{name}` of the address needs a mapping that fills it.
fn check_placeholders(
    uri: &UriTemplate,
    mappings: &[RequestMapping],
    node: &Node<'_>,
) -> Option<()> {
    let is_mapped = |name: &str| {
        let fills =
            |target: &RequestTarget| matches!(target, RequestTarget::Path(path) if path == name);
        mappings.iter().any(|mapping| fills(&mapping.target))
    };
    let missing: Vec<&str> = uri.path_parameters().filter(|name| !is_mapped(name)).collect();
    for name in &missing {
        node.report(format!(
            "has the placeholder {{{name}}} that nothing fills; add integration.request.path.{name} \
             to requestParameters, for example from method.request.path.{name}"
        ));
    }
    missing.is_empty().then_some(())
}
