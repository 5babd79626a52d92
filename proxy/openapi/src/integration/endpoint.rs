//! The upstream of an HTTP integration: its address, method and parameter mappings.

use model::{
    Backend, CALLER_CREDENTIALS, Connection, ContentHandling, HttpEndpoint, HttpVerb,
    IntegrationTimeout, PathTemplate, RequestMappings, ResponseTransfer, ServerTrust, ServiceCall,
    ServiceCredentials, ServiceSettings, UriTemplate, Verb,
};

use super::mapping;
use crate::document::Scope;
use crate::field::Field;
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

const TLS_FIELDS: &[Field] = &[
    Field::Known("insecureSkipVerification"),
    Field::Refused("serverNameToVerify", "belongs to HTTP APIs and is not supported; remove it"),
];

pub(super) fn read(
    object: &Object<'_>,
    path: &PathTemplate,
    scope: &Scope<'_>,
    timeout: Option<IntegrationTimeout>,
    content_handling: Option<Option<ContentHandling>>,
) -> Option<HttpEndpoint> {
    let verb = verb(object);
    let mappings = mapping::request(object, path, Backend::Http);
    let uri = object.required("uri", "write the upstream's address").and_then(|node| {
        let text = scope.pseudo_parameters.substitute(&node)?;
        let uri = UriTemplate::parse(&text).map_err(|error| node.report(error.to_string())).ok()?;
        check_placeholders(&uri, mappings.as_ref()?, &node)?;
        Some(uri)
    });
    let connection = connection(object, scope);
    let trust = object.optional("tlsConfig", ServerTrust::default(), trust);
    Some(HttpEndpoint {
        uri: uri?,
        verb: verb?,
        mappings: mappings?,
        content_handling: content_handling?,
        timeout: timeout?,
        trust: trust?,
        connection: connection?,
        signature: None,
        transfer: ResponseTransfer::Buffered,
    })
}

fn verb(object: &Object<'_>) -> Option<HttpVerb> {
    let mend = "write the upstream's method, or ANY for the client's";
    object.required("httpMethod", mend).and_then(|node| node.choice(VERBS, &[]))
}

/// The server of a service of AWS. There are no roles in a folder: `credentials` may name any. Nobody signs
/// calls of a folder, so that no caller's identity can be passed on.
pub(super) fn read_service(
    object: &Object<'_>,
    path: &PathTemplate,
    scope: &Scope<'_>,
    timeout: Option<IntegrationTimeout>,
    content_handling: Option<Option<ContentHandling>>,
) -> Option<HttpEndpoint> {
    let verb = verb(object);
    let mappings = mapping::request(object, path, Backend::Aws);
    let node = ServiceCredentials::Node;
    let credentials = object.optional("credentials", node, |node| match node.text()? {
        CALLER_CREDENTIALS => {
            node.report("passes the identity of the caller on, and nobody signs calls of a folder; name a role");
            None
        }
        _ => Some(ServiceCredentials::Node),
    });
    let call = object.required("uri", "write the address of a service").and_then(|node| {
        let text = scope.pseudo_parameters.substitute(&node)?;
        let call = ServiceCall::parse(&text, &scope.backends.services);
        let call = call.map_err(|problem| node.report(problem)).ok()?;
        check_placeholders(&call.uri, mappings.as_ref()?, &node)?;
        Some(call)
    });
    let settings = ServiceSettings {
        verb: verb?,
        mappings: mappings?,
        content_handling: content_handling?,
        timeout: timeout?,
        credentials: credentials?,
    };
    Some(call?.into_endpoint(settings))
}

/// Reads `connectionType` and `connectionId`.
fn connection(object: &Object<'_>, scope: &Scope<'_>) -> Option<Connection> {
    const TYPES: &[(&str, ConnectionType)] =
        &[("INTERNET", ConnectionType::Internet), ("VPC_LINK", ConnectionType::VpcLink)];
    let internet = ConnectionType::Internet;
    let connection_type =
        object.optional("connectionType", internet, |node| node.choice(TYPES, &[]))?;
    match (connection_type, object.get("connectionId")) {
        (ConnectionType::Internet, None) => Some(Connection::Direct),
        (ConnectionType::Internet, Some(node)) => {
            node.report("is for the connectionType VPC_LINK; add that, or remove it");
            None
        }
        (ConnectionType::VpcLink, _) => {
            let node = object.required("connectionId", "write the name of the VPC link")?;
            let link = Connection::link(node.text()?, &scope.backends.vpc_links);
            link.map_err(|problem| node.report(problem)).ok()
        }
    }
}

#[derive(Clone, Copy)]
enum ConnectionType {
    Internet,
    VpcLink,
}

/// Reads `tlsConfig`.
fn trust(node: &Node<'_>) -> Option<ServerTrust> {
    let object = node.object()?;
    object.check_fields("a TLS configuration", TLS_FIELDS);
    object.optional("insecureSkipVerification", ServerTrust::Authorities, |node| {
        match node.as_boolean() {
            Some(true) => Some(ServerTrust::AnyIssuer),
            Some(false) => Some(ServerTrust::Authorities),
            None => {
                node.report_mismatch("true or false", "write one of them");
                None
            }
        }
    })
}

/// Every `{name}` of the address needs a mapping that fills it.
fn check_placeholders(
    uri: &UriTemplate,
    mappings: &RequestMappings,
    node: &Node<'_>,
) -> Option<()> {
    let missing: Vec<&str> = uri.path_parameters().filter(|name| !mappings.fills(name)).collect();
    for name in &missing {
        node.report(format!(
            "has the placeholder {{{name}}} that nothing fills; add integration.request.path.{name} \
             to requestParameters, for example from method.request.path.{name}"
        ));
    }
    missing.is_empty().then_some(())
}
