//! `x-amazon-apigateway-integration`: what answers a method.
//!
//! Source: API Gateway Developer Guide, "x-amazon-apigateway-integration object"; REST API
//! Reference, "Integration".

pub(crate) mod cache_key;
mod endpoint;
mod mapping;
pub(crate) mod response;
mod template;

use model::{
    Backend, ContentHandling, CustomFunctionIntegration, FunctionCredentials, FunctionIndex,
    FunctionIntegration, HttpEndpoint, HttpIntegration, Integration, IntegrationTimeout,
    MockIntegration, Passthrough, PathTemplate, RequestTemplates, ResponseTransfer, ServiceCall,
};

use crate::document::Scope;
use crate::field::Field;
use crate::function_uri::{self, FunctionAddress};
use crate::node::{Node, Object};

const FIELDS: &[Field] = &[
    Field::Known("type"),
    Field::Known("httpMethod"),
    Field::Known("uri"),
    Field::Known("timeoutInMillis"),
    Field::Known("requestParameters"),
    Field::Known("requestTemplates"),
    Field::Known("passthroughBehavior"),
    Field::Known("responses"),
    Field::Known("connectionType"),
    Field::Known("connectionId"),
    Field::Known("contentHandling"),
    Field::Known("responseTransferMode"),
    Field::Known("tlsConfig"),
    Field::Known("credentials"),
    Field::Known("cacheNamespace"),
    Field::Known("cacheKeyParameters"),
    Field::Refused("integrationSubtype", "belongs to HTTP APIs and is not supported; remove it"),
    Field::Refused(
        "integrationTarget",
        "names a load balancer of AWS; remove it, the VPC link says where the upstream is",
    ),
    Field::Refused(
        "payloadFormatVersion",
        "belongs to HTTP APIs and is not supported; remove it, functions get format 1.0",
    ),
    Field::Refused(
        "$ref",
        "shared integrations belong to HTTP APIs and are not supported; write the integration here",
    ),
];

#[derive(Clone, Copy)]
enum Kind {
    Aws,
    Function,
    Http,
    HttpProxy,
    Mock,
}

const CONTENT_HANDLINGS: &[(&str, ContentHandling)] = &[
    ("CONVERT_TO_BINARY", ContentHandling::ConvertToBinary),
    ("CONVERT_TO_TEXT", ContentHandling::ConvertToText),
];

const KINDS: &[(&str, Kind)] = &[
    ("aws", Kind::Aws),
    ("aws_proxy", Kind::Function),
    ("http", Kind::Http),
    ("http_proxy", Kind::HttpProxy),
    ("mock", Kind::Mock),
];

/// Reads the integration of a method on `path`.
pub(crate) fn read(node: &Node<'_>, path: &PathTemplate, scope: &Scope<'_>) -> Option<Integration> {
    let object = node.object()?;
    object.check_fields("an integration", FIELDS);
    if object.get("$ref").is_some() {
        return None;
    }
    let passthrough = passthrough(&object);
    let kind = object.required("type", "write aws, aws_proxy, http, http_proxy or mock")?;
    let kind = kind.choice(KINDS, &[])?;
    check_backend(&object, kind);
    let transfer = transfer(&object, kind, scope);
    let timeout = timeout(&object, transfer, scope);
    let content_handling = object
        .optional("contentHandling", None, |node| node.choice(CONTENT_HANDLINGS, &[]).map(Some));
    let integration = match kind {
        Kind::Aws if is_service(&object) => {
            let endpoint = endpoint::read_service(&object, path, scope, timeout, content_handling);
            http(&object, scope, endpoint, passthrough).map(Integration::Http)
        }
        Kind::Aws => {
            let mappings = mapping::request(&object, path, Backend::Aws);
            let templates = request_templates(&object, passthrough);
            let responses = response::read(&object, scope);
            let function = function_of(&object, scope);
            let custom = || {
                Some(CustomFunctionIntegration {
                    function: function?,
                    credentials: FunctionCredentials::Gateway,
                    timeout: timeout?,
                    mappings: mappings?,
                    content_handling: content_handling?,
                    templates: templates?,
                    responses: responses?,
                })
            };
            custom().map(Integration::CustomFunction)
        }
        Kind::Function => {
            function(&object, path, scope, timeout, transfer).map(Integration::Function)
        }
        Kind::Http => {
            let endpoint = endpoint::read(&object, path, scope, timeout, content_handling);
            http(&object, scope, endpoint, passthrough).map(Integration::Http)
        }
        Kind::HttpProxy => endpoint::read(&object, path, scope, timeout, content_handling)
            .and_then(|endpoint| Some(HttpEndpoint { transfer: transfer?, ..endpoint }))
            .map(Integration::HttpProxy),
        Kind::Mock => {
            let mappings = mapping::request(&object, path, Backend::Http);
            let templates = request_templates(&object, passthrough);
            let responses = response::read(&object, scope);
            let mock = || {
                Some(MockIntegration {
                    mappings: mappings?,
                    templates: templates?,
                    responses: responses?,
                })
            };
            mock().map(Integration::Mock)
        }
    };
    // Read for every type, whether the type uses them or not.
    timeout?;
    passthrough?;
    content_handling?;
    integration
}

fn is_service(object: &Object<'_>) -> bool {
    let uri = object.get("uri");
    uri.as_ref().and_then(Node::as_text).is_some_and(ServiceCall::is_address)
}

fn http(
    object: &Object<'_>,
    scope: &Scope<'_>,
    endpoint: Option<HttpEndpoint>,
    passthrough: Option<Passthrough>,
) -> Option<HttpIntegration> {
    let templates = request_templates(object, passthrough);
    let responses = response::read(object, scope);
    Some(HttpIntegration { endpoint: endpoint?, templates: templates?, responses: responses? })
}

/// Reports settings that belong to another type.
fn check_backend(object: &Object<'_>, kind: Kind) {
    let is_http = matches!(kind, Kind::Http | Kind::HttpProxy);
    for node in ["connectionId", "tlsConfig"].iter().filter_map(|key| object.get(key)) {
        if !is_http {
            node.report("is for http and http_proxy; remove it");
        }
    }
    if let Some(node) = object.get("credentials")
        && !is_service(object)
    {
        node.report("is for services of AWS; remove it, functions need no permission here");
    }
}

fn transfer(object: &Object<'_>, kind: Kind, scope: &Scope<'_>) -> Option<ResponseTransfer> {
    let stream = ResponseTransfer::stream(scope.endpoint_type);
    let modes = [("BUFFERED", ResponseTransfer::Buffered), ("STREAM", stream)];
    let read = |node: &Node<'_>| node.choice(&modes, &[]);
    let transfer = object.optional("responseTransferMode", ResponseTransfer::Buffered, read)?;
    if transfer == stream && !matches!(kind, Kind::Function | Kind::HttpProxy) {
        let node = object.get("responseTransferMode")?;
        node.report("may be STREAM for aws_proxy and http_proxy alone; remove it");
        return None;
    }
    Some(transfer)
}

fn timeout(
    object: &Object<'_>,
    transfer: Option<ResponseTransfer>,
    scope: &Scope<'_>,
) -> Option<IntegrationTimeout> {
    let max = transfer.unwrap_or_default().timeout_max(scope.endpoint_type);
    let expected = format!("50-{}", max.as_millis());
    object.optional("timeoutInMillis", IntegrationTimeout::DEFAULT, |node| {
        let Some(millis) = node.as_integer() else {
            node.report_mismatch(&expected, "write whole milliseconds");
            return None;
        };
        let timeout = IntegrationTimeout::from_millis(millis, max);
        if timeout.is_none() {
            let mend = if millis < 50 { "raise" } else { "lower" };
            let mend = format!("{mend} it, or remove it to use the default 29000");
            node.report_mismatch(&expected, &mend);
        }
        timeout
    })
}

fn function(
    object: &Object<'_>,
    path: &PathTemplate,
    scope: &Scope<'_>,
    timeout: Option<IntegrationTimeout>,
    transfer: Option<ResponseTransfer>,
) -> Option<FunctionIntegration> {
    // AWS checks these and then ignores them.
    mapping::request(object, path, Backend::Aws)?;
    let function = function_of(object, scope);
    let transfer = transfer?;
    let uri = object.get("uri")?;
    FunctionAddress::check_transfer(uri.text()?, transfer)
        .map_err(|problem| uri.report(problem))
        .ok()?;
    Some(FunctionIntegration {
        function: function?,
        credentials: FunctionCredentials::Gateway,
        timeout: timeout?,
        transfer,
        forbidden_header: None,
    })
}

fn function_of(object: &Object<'_>, scope: &Scope<'_>) -> Option<FunctionIndex> {
    let method = object.required("httpMethod", "write POST, which is how functions are called");
    if let Some(node) = method
        && !node.as_text().is_some_and(|text| text.eq_ignore_ascii_case("POST"))
    {
        let mend = "API Gateway answers 500 to every call of a function by another method";
        node.report_mismatch("POST", mend);
    }
    let node = object.required("uri", "write the address of a function of x-edgeway-functions")?;
    function_uri::function(&node, scope.pseudo_parameters, scope.functions)
}

fn passthrough(object: &Object<'_>) -> Option<Passthrough> {
    const BEHAVIORS: &[(&str, Passthrough)] = &[
        ("when_no_match", Passthrough::WhenNoMatch),
        ("when_no_templates", Passthrough::WhenNoTemplates),
        ("never", Passthrough::Never),
    ];
    let read = |node: &Node<'_>| node.choice(BEHAVIORS, &[]);
    object.optional("passthroughBehavior", Passthrough::WhenNoMatch, read)
}

fn request_templates(
    object: &Object<'_>,
    passthrough: Option<Passthrough>,
) -> Option<RequestTemplates> {
    let passthrough = passthrough?;
    let none = RequestTemplates { templates: Vec::new(), default: None, passthrough };
    object.optional("requestTemplates", none, |node| template::read_requests(node, passthrough))
}
