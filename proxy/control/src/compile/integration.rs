//! Integrations, compiled.

use std::collections::BTreeMap;

use http::StatusCode;
use model::{
    Backend, ContentHandling, CustomFunctionIntegration, FunctionIndex, FunctionIntegration,
    HttpEndpoint, HttpIntegration, HttpVerb, IntegrationResponses, IntegrationTimeout, MediaType,
    MethodKey, MockIntegration, Passthrough, PathTemplate, RequestMapping, RequestMappings,
    RequestSource, RequestTarget, RequestTemplates, ResponseMapping, Template, UriTemplate,
};

use super::{Problem, Scope, check_role, method_key};
use crate::integration::{Integration, IntegrationResponse};

impl Scope<'_> {
    pub(super) fn integration(
        &mut self,
        integration: &Integration,
        path: &str,
    ) -> Result<model::Integration, Problem> {
        check_supported(integration)?;
        let timeout = u64::try_from(integration.timeout_in_millis).ok();
        let timeout = timeout.and_then(IntegrationTimeout::from_millis);
        let timeout = timeout.ok_or("has a timeout that is not 50 to 29000 ms")?;
        Ok(match integration.kind.as_str() {
            "AWS" if integration.function_uri().is_none() => {
                return Err(
                    "has an integration with an AWS service, which is not supported by this \
                            gateway yet"
                        .to_owned(),
                );
            }
            "AWS" => model::Integration::CustomFunction(CustomFunctionIntegration {
                function: self.integration_function(integration)?,
                timeout,
                mappings: request_mappings(integration, path, Backend::Aws)?,
                content_handling: content_handling(integration.content_handling.as_deref()),
                templates: request_templates(integration)?,
                responses: self.responses(integration)?,
            }),
            "AWS_PROXY" => model::Integration::Function(FunctionIntegration {
                function: self.integration_function(integration)?,
                timeout,
                forbidden_header: request_mappings(integration, path, Backend::Aws)?
                    .forbidden()
                    .cloned(),
            }),
            "HTTP" => model::Integration::Http(HttpIntegration {
                endpoint: endpoint(integration, path, timeout)?,
                templates: request_templates(integration)?,
                responses: self.responses(integration)?,
            }),
            "HTTP_PROXY" => model::Integration::HttpProxy(endpoint(integration, path, timeout)?),
            "MOCK" => model::Integration::Mock(MockIntegration {
                mappings: request_mappings(integration, path, Backend::Http)?,
                templates: request_templates(integration)?,
                responses: self.responses(integration)?,
            }),
            other => {
                return Err(format!(
                    "has an integration of type {other}, which is not supported by this gateway yet"
                ));
            }
        })
    }

    fn integration_function(&self, integration: &Integration) -> Result<FunctionIndex, Problem> {
        check_role(integration.credentials.as_ref())?;
        self.function(integration.uri.as_deref().unwrap_or_default())
    }

    fn responses(&mut self, integration: &Integration) -> Result<IntegrationResponses, Problem> {
        let mut responses = IntegrationResponses::default();
        for response in integration.integration_responses.values() {
            let compiled = integration_response(response)?;
            match response.selection_pattern.as_deref() {
                None | Some("") => drop(responses.default.get_or_insert(compiled)),
                Some(pattern) => responses.patterns.push((self.pattern(pattern)?, compiled)),
            }
        }
        Ok(responses)
    }
}

fn check_supported(integration: &Integration) -> Result<(), Problem> {
    let is_verified =
        integration.tls_config.as_ref().is_none_or(|tls| !tls.insecure_skip_verification);
    let what = if integration.connection_type.as_deref() == Some("VPC_LINK") {
        "a VPC link"
    } else if integration.credentials.is_some() && !integration.kind.starts_with("AWS") {
        "credentials"
    } else if integration.integration_target.is_some() {
        "integrationTarget"
    } else if !is_verified {
        "insecureSkipVerification"
    } else if integration.response_transfer_mode.as_deref() == Some("STREAM") {
        "the response transfer mode STREAM"
    } else {
        return Ok(());
    };
    Err(format!("has an integration with {what}, which is not supported by this gateway yet"))
}

fn endpoint(
    integration: &Integration,
    path: &str,
    timeout: IntegrationTimeout,
) -> Result<HttpEndpoint, Problem> {
    let uri = integration.uri.as_deref().unwrap_or_default();
    let uri = UriTemplate::parse(uri).map_err(|error| format!("has a URI that {error}"))?;
    let verb = match method_key(integration.http_method.as_deref().unwrap_or_default())? {
        MethodKey::Any => HttpVerb::Client,
        MethodKey::Verb(verb) => HttpVerb::Fixed(verb),
    };
    let mappings = request_mappings(integration, path, Backend::Http)?;
    for name in uri.path_parameters() {
        let fills = |mapping: &RequestMapping| matches!(&mapping.target, RequestTarget::Path(path) if path == name);
        if !mappings.entries().iter().any(fills) {
            return Err(format!(
                "has a URI with {{{name}}}, which needs a mapping of integration.request.path.{name}"
            ));
        }
    }
    let content_handling = content_handling(integration.content_handling.as_deref());
    Ok(HttpEndpoint { uri, verb, mappings, content_handling, timeout })
}

/// The store has no other values than AWS's.
fn content_handling(text: Option<&str>) -> Option<ContentHandling> {
    match text? {
        "CONVERT_TO_BINARY" => Some(ContentHandling::ConvertToBinary),
        "CONVERT_TO_TEXT" => Some(ContentHandling::ConvertToText),
        _ => None,
    }
}

fn request_mappings(
    integration: &Integration,
    path: &str,
    backend: Backend,
) -> Result<RequestMappings, Problem> {
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

fn request_templates(integration: &Integration) -> Result<RequestTemplates, Problem> {
    let passthrough = match integration.passthrough_behavior.as_str() {
        "NEVER" => Passthrough::Never,
        "WHEN_NO_TEMPLATES" => Passthrough::WhenNoTemplates,
        _ => Passthrough::WhenNoMatch,
    };
    let templates = templates(integration.request_templates.as_ref())?;
    Ok(RequestTemplates { templates, passthrough })
}

fn integration_response(
    response: &IntegrationResponse,
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
        mappings: mappings.collect::<Result<_, _>>()?,
        content_handling: content_handling(response.content_handling.as_deref()),
        templates: templates(response.response_templates.as_ref())?,
    })
}

fn templates(
    templates: Option<&BTreeMap<String, String>>,
) -> Result<Vec<(MediaType, Template)>, Problem> {
    let mut compiled: Vec<(MediaType, Template)> = Vec::new();
    for (key, text) in templates.into_iter().flatten() {
        let media_type = MediaType::parse(key)
            .ok_or_else(|| format!("has a template of {key:?}, which is no media type"))?;
        if compiled.iter().any(|(known, _)| *known == media_type) {
            return Err(format!("has two templates of {}", media_type.as_str()));
        }
        let template = Template::parse(text)
            .map_err(|error| format!("has a template of {key} that {error}"))?;
        compiled.push((media_type, template));
    }
    Ok(compiled)
}
