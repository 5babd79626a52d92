//! Integrations, compiled.

use http::StatusCode;
use model::{
    Backend, CALLER_CREDENTIALS, CacheKey, Connection, ContentHandling, CustomFunctionIntegration,
    FunctionCredentials, FunctionIndex, FunctionIntegration, HttpEndpoint, HttpIntegration,
    HttpVerb, IntegrationResponses, IntegrationTimeout, MediaType, MethodAuthorization, MethodKey,
    MockIntegration, Passthrough, PathTemplate, RequestMapping, RequestMappings, RequestSource,
    RequestTemplates, ResponseMapping, ResponseTransfer, ServerTrust, ServiceCall,
    ServiceCredentials, ServiceSettings, Template, UriTemplate,
};

use openapi::FunctionAddress;

use super::{Problem, Scope, check_role, method_key};
use crate::integration::{Integration, IntegrationResponse};
use crate::method::Method;

impl Scope<'_> {
    pub(super) fn integration(
        &mut self,
        method: &Method,
        integration: &Integration,
        mappings: RequestMappings,
        authorization: &MethodAuthorization,
    ) -> Result<model::Integration, Problem> {
        check_supported(integration)?;
        let endpoint_type = self.picture.api.endpoint_type();
        let transfer = integration.transfer(endpoint_type);
        let max = transfer.timeout_max(endpoint_type);
        let timeout = u64::try_from(integration.timeout_in_millis).ok();
        let timeout = timeout.and_then(|millis| IntegrationTimeout::from_millis(millis, max));
        let timeout = timeout
            .ok_or_else(|| format!("has a timeout that is not 50 to {} ms", max.as_millis()))?;
        Ok(match integration.kind.as_str() {
            "AWS" if integration.calls_service() => model::Integration::Http(HttpIntegration {
                endpoint: self.service(integration, mappings, authorization, timeout)?,
                templates: request_templates(integration)?,
                responses: self.responses(method, integration)?,
            }),
            "AWS" => model::Integration::CustomFunction(CustomFunctionIntegration {
                function: self.integration_function(integration)?,
                credentials: function_credentials(integration, authorization)?,
                timeout,
                mappings,
                content_handling: content_handling(integration.content_handling.as_deref()),
                templates: request_templates(integration)?,
                responses: self.responses(method, integration)?,
            }),
            "AWS_PROXY" => model::Integration::Function(FunctionIntegration {
                function: self.integration_function(integration)?,
                credentials: function_credentials(integration, authorization)?,
                timeout,
                transfer,
                forbidden_header: mappings.forbidden().cloned(),
            }),
            "HTTP" => model::Integration::Http(HttpIntegration {
                endpoint: self.endpoint(integration, mappings, timeout)?,
                templates: request_templates(integration)?,
                responses: self.responses(method, integration)?,
            }),
            "HTTP_PROXY" => {
                let endpoint = self.endpoint(integration, mappings, timeout)?;
                model::Integration::HttpProxy(HttpEndpoint { transfer, ..endpoint })
            }
            "MOCK" => model::Integration::Mock(MockIntegration {
                mappings,
                templates: request_templates(integration)?,
                responses: self.responses(method, integration)?,
            }),
            other => {
                return Err(format!(
                    "has an integration of type {other}, which is not supported by this gateway yet"
                ));
            }
        })
    }

    fn endpoint(
        &self,
        integration: &Integration,
        mappings: RequestMappings,
        timeout: IntegrationTimeout,
    ) -> Result<HttpEndpoint, Problem> {
        let uri = integration.uri.as_deref().unwrap_or_default();
        let uri = UriTemplate::parse(uri).map_err(|error| format!("has a URI that {error}"))?;
        let verb = http_verb(integration)?;
        check_placeholders(&uri, &mappings)?;
        let content_handling = content_handling(integration.content_handling.as_deref());
        let tls = integration.tls_config.as_ref();
        let trust = match tls.is_some_and(|tls| tls.insecure_skip_verification) {
            true => ServerTrust::AnyIssuer,
            false => ServerTrust::Authorities,
        };
        let connection = match integration.is_over_vpc_link() {
            true => Connection::link(
                integration.connection_id.as_deref().unwrap_or_default(),
                &self.vpc_links,
            )
            .map_err(|problem| format!("has a connectionId that {problem}"))?,
            false => Connection::Direct,
        };
        Ok(HttpEndpoint {
            uri,
            connection,
            verb,
            mappings,
            content_handling,
            timeout,
            trust,
            signature: None,
            transfer: ResponseTransfer::Buffered,
        })
    }

    /// The server of a service of AWS.
    fn service(
        &self,
        integration: &Integration,
        mappings: RequestMappings,
        authorization: &MethodAuthorization,
        timeout: IntegrationTimeout,
    ) -> Result<HttpEndpoint, Problem> {
        let uri = integration.uri.as_deref().unwrap_or_default();
        let call = ServiceCall::parse(uri, &self.backends.services);
        let call = call.map_err(|problem| format!("has a URI that {problem}"))?;
        let credentials = match integration.credentials.as_deref() {
            None => ServiceCredentials::Node,
            Some(CALLER_CREDENTIALS) => {
                check_signed(authorization)?;
                ServiceCredentials::Caller
            }
            Some(role) => {
                check_role(Some(role))?;
                ServiceCredentials::Role(role.to_owned())
            }
        };
        let verb = http_verb(integration)?;
        check_placeholders(&call.uri, &mappings)?;
        let content_handling = content_handling(integration.content_handling.as_deref());
        Ok(call.into_endpoint(ServiceSettings {
            verb,
            mappings,
            content_handling,
            timeout,
            credentials,
        }))
    }

    fn integration_function(&self, integration: &Integration) -> Result<FunctionIndex, Problem> {
        let uri = integration.uri.as_deref().unwrap_or_default();
        let transfer = integration.transfer(self.picture.api.endpoint_type());
        FunctionAddress::check_transfer(uri, transfer)
            .map_err(|problem| format!("has a URI that {problem}"))?;
        self.function(uri)
    }

    fn responses(
        &mut self,
        method: &Method,
        integration: &Integration,
    ) -> Result<IntegrationResponses, Problem> {
        let mut responses = IntegrationResponses::default();
        for response in integration.integration_responses.values() {
            let is_declared = method.method_responses.contains_key(&response.status_code);
            let compiled = integration_response(response, is_declared)?;
            match response.selection_pattern.as_deref() {
                None | Some("") => drop(responses.default.get_or_insert(compiled)),
                Some(pattern) => responses.patterns.push((self.pattern(pattern)?, compiled)),
            }
        }
        Ok(responses)
    }
}

/// What tells its cached responses apart.
pub(super) fn cache_key(
    integration: &Integration,
    mappings: &RequestMappings,
) -> Result<CacheKey, Problem> {
    let parameters = integration.cache_key_parameters.iter().map(|text| {
        CacheKey::parameter(text, mappings)
            .map_err(|error| format!("has a cache key parameter {text} that {error}"))
    });
    let namespace = Some(integration.cache_namespace.clone());
    Ok(CacheKey::new(namespace, parameters.collect::<Result<_, _>>()?))
}

fn check_supported(integration: &Integration) -> Result<(), Problem> {
    let what = if integration.credentials.is_some() && !integration.kind.starts_with("AWS") {
        "credentials"
    } else if integration.integration_target.is_some() {
        "integrationTarget"
    } else if integration.streams() && !integration.kind.ends_with("_PROXY") {
        "the response transfer mode STREAM, which is for proxy integrations"
    } else {
        return Ok(());
    };
    Err(format!("has an integration with {what}, which is not supported by this gateway yet"))
}

/// Who is said to call a function.
fn function_credentials(
    integration: &Integration,
    authorization: &MethodAuthorization,
) -> Result<FunctionCredentials, Problem> {
    match integration.credentials.as_deref() {
        Some(CALLER_CREDENTIALS) => {
            check_signed(authorization)?;
            Ok(FunctionCredentials::Caller)
        }
        role => check_role(role).map(|()| FunctionCredentials::Gateway),
    }
}

/// The identity of a caller is there where calls are signed.
fn check_signed(authorization: &MethodAuthorization) -> Result<(), Problem> {
    match authorization {
        MethodAuthorization::AwsIam => Ok(()),
        MethodAuthorization::Custom(_)
        | MethodAuthorization::Jwt(_)
        | MethodAuthorization::None => {
            Err("passes the identity of its caller on, which needs the authorization AWS_IAM"
                .to_owned())
        }
    }
}

fn http_verb(integration: &Integration) -> Result<HttpVerb, Problem> {
    Ok(match method_key(integration.http_method.as_deref().unwrap_or_default())? {
        MethodKey::Any => HttpVerb::Client,
        MethodKey::Verb(verb) => HttpVerb::Fixed(verb),
    })
}

/// Every `{name}` of an address needs a mapping that fills it.
fn check_placeholders(uri: &UriTemplate, mappings: &RequestMappings) -> Result<(), Problem> {
    for name in uri.path_parameters() {
        if !mappings.fills(name) {
            return Err(format!(
                "has a URI with {{{name}}}, which needs a mapping of integration.request.path.{name}"
            ));
        }
    }
    Ok(())
}

/// The store has no other values than AWS's.
fn content_handling(text: Option<&str>) -> Option<ContentHandling> {
    match text? {
        "CONVERT_TO_BINARY" => Some(ContentHandling::ConvertToBinary),
        "CONVERT_TO_TEXT" => Some(ContentHandling::ConvertToText),
        _ => None,
    }
}

/// `requestParameters`, of a method of a resource with this path.
pub(super) fn request_mappings(
    integration: &Integration,
    path: &str,
) -> Result<RequestMappings, Problem> {
    let is_aws = integration.kind.starts_with("AWS");
    let backend = if is_aws { Backend::Aws } else { Backend::Http };
    let path = PathTemplate::parse(path).map_err(|error| error.to_string())?;
    let entries = integration.request_parameters.iter().flatten();
    let mappings = entries.map(|(target, source)| {
        let mapping = RequestMapping::parse(target, source)
            .map_err(|error| format!("has a request parameter {target} that {error}"))?;
        match &mapping.source {
            RequestSource::Path(name) if !path.variables().any(|variable| variable == name) => Err(
                format!("has a mapping of the path parameter {name}, which {path} does not have"),
            ),
            _ => Ok(mapping),
        }
    });
    Ok(RequestMappings::new(mappings.collect::<Result<_, Problem>>()?, backend))
}

/// What stands in the place of a media type for all that have no template.
const DEFAULT_TEMPLATE: &str = "$default";

fn request_templates(integration: &Integration) -> Result<RequestTemplates, Problem> {
    let passthrough = match integration.passthrough_behavior.as_str() {
        "NEVER" => Passthrough::Never,
        "WHEN_NO_TEMPLATES" => Passthrough::WhenNoTemplates,
        _ => Passthrough::WhenNoMatch,
    };
    let texts = || integration.request_templates.iter().flatten();
    let default = texts().find(|(key, _)| *key == DEFAULT_TEMPLATE);
    let default = default.map(|(key, text)| template(key, text)).transpose()?;
    let templates = templates(texts().filter(|(key, _)| *key != DEFAULT_TEMPLATE))?;
    Ok(RequestTemplates { templates, default, passthrough })
}

fn integration_response(
    response: &IntegrationResponse,
    is_declared: bool,
) -> Result<model::IntegrationResponse, Problem> {
    // A response cannot end with one of the 1xx, which announce another one.
    let status = response.status_code.parse().ok().filter(|status| (200..600).contains(status));
    let status = status.and_then(|status| StatusCode::from_u16(status).ok());
    let status =
        status.ok_or_else(|| format!("has a response of status {}", response.status_code))?;
    let entries = response.response_parameters.iter().flatten();
    let mappings = entries.map(|(target, source)| {
        ResponseMapping::parse(target, source)
            .map_err(|error| format!("has a response parameter {target} that {error}"))
    });
    Ok(model::IntegrationResponse {
        status,
        is_declared,
        mappings: mappings.collect::<Result<_, _>>()?,
        content_handling: content_handling(response.content_handling.as_deref()),
        templates: templates(response.response_templates.iter().flatten())?,
    })
}

fn templates<'a>(
    templates: impl Iterator<Item = (&'a String, &'a String)>,
) -> Result<Vec<(MediaType, Template)>, Problem> {
    let mut compiled: Vec<(MediaType, Template)> = Vec::new();
    for (key, text) in templates {
        let media_type = MediaType::parse(key)
            .ok_or_else(|| format!("has a template of {key:?}, which is no media type"))?;
        if compiled.iter().any(|(known, _)| *known == media_type) {
            return Err(format!("has two templates of {}", media_type.as_str()));
        }
        compiled.push((media_type, template(key, text)?));
    }
    Ok(compiled)
}

fn template(key: &str, text: &str) -> Result<Template, Problem> {
    Template::parse(text)
        .map_err(|error| format!("has a template of {key} that cannot be compiled: {error}"))
}
