//! Integrations, compiled.

use std::collections::BTreeMap;

use http::StatusCode;
use model::{
    Connection, FunctionIntegration, HttpEndpoint, HttpIntegration, HttpVerb, IntegrationResponses,
    IntegrationTimeout, MediaType, MethodKey, MockIntegration, Passthrough, PathTemplate,
    RequestMapping, RequestSource, RequestTarget, RequestTemplates, ResponseMapping, ServerTrust,
    ServiceCall, ServiceSettings, StaticTemplate, UriTemplate,
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
            "AWS_PROXY" => {
                let uri = integration.uri.as_deref().unwrap_or_default();
                check_role(integration.credentials.as_ref())?;
                let function = self.function(uri)?;
                model::Integration::Function(FunctionIntegration { function, timeout })
            }
            "AWS" => model::Integration::Http(HttpIntegration {
                endpoint: self.service(integration, path, timeout)?,
                templates: request_templates(integration)?,
                responses: self.responses(integration)?,
            }),
            "HTTP" => model::Integration::Http(HttpIntegration {
                endpoint: self.endpoint(integration, path, timeout)?,
                templates: request_templates(integration)?,
                responses: self.responses(integration)?,
            }),
            "HTTP_PROXY" => {
                model::Integration::HttpProxy(self.endpoint(integration, path, timeout)?)
            }
            "MOCK" => model::Integration::Mock(MockIntegration {
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

    fn endpoint(
        &self,
        integration: &Integration,
        path: &str,
        timeout: IntegrationTimeout,
    ) -> Result<HttpEndpoint, Problem> {
        let uri = integration.uri.as_deref().unwrap_or_default();
        let uri = UriTemplate::parse(uri).map_err(|error| format!("has a URI that {error}"))?;
        let verb = http_verb(integration)?;
        let mappings = request_mappings(integration, path)?;
        check_placeholders(&uri, &mappings)?;
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
        Ok(HttpEndpoint { uri, connection, verb, mappings, timeout, trust, signature: None })
    }

    /// The server of a service of AWS.
    fn service(
        &self,
        integration: &Integration,
        path: &str,
        timeout: IntegrationTimeout,
    ) -> Result<HttpEndpoint, Problem> {
        let uri = integration.uri.as_deref().unwrap_or_default();
        let call = ServiceCall::parse(uri, &self.backends.services);
        let call = call.map_err(|problem| format!("has a URI that {problem}"))?;
        let credentials = integration.credentials.as_ref();
        if credentials.is_some_and(|arn| arn.starts_with("arn:aws:iam::*:user/")) {
            return Err(
                "passes the identity of its caller on, which needs the authorization AWS_IAM \
                        and is not supported by this gateway yet; name a role in credentials"
                    .to_owned(),
            );
        }
        check_role(credentials)?;
        let verb = http_verb(integration)?;
        let mappings = request_mappings(integration, path)?;
        check_placeholders(&call.uri, &mappings)?;
        let role = credentials.cloned();
        Ok(call.into_endpoint(ServiceSettings { verb, mappings, timeout, role }))
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
    let what = if integration.credentials.is_some() && !integration.kind.starts_with("AWS") {
        "credentials"
    } else if integration.content_handling.is_some() {
        "contentHandling"
    } else if integration.integration_target.is_some() {
        "integrationTarget"
    } else if integration.response_transfer_mode.as_deref() == Some("STREAM") {
        "the response transfer mode STREAM"
    } else {
        return Ok(());
    };
    Err(format!("has an integration with {what}, which is not supported by this gateway yet"))
}

fn http_verb(integration: &Integration) -> Result<HttpVerb, Problem> {
    Ok(match method_key(integration.http_method.as_deref().unwrap_or_default())? {
        MethodKey::Any => HttpVerb::Client,
        MethodKey::Verb(verb) => HttpVerb::Fixed(verb),
    })
}

/// Every `{name}` of an address needs a mapping that fills it.
fn check_placeholders(uri: &UriTemplate, mappings: &[RequestMapping]) -> Result<(), Problem> {
    for name in uri.path_parameters() {
        let fills = |mapping: &RequestMapping| matches!(&mapping.target, RequestTarget::Path(path) if path == name);
        if !mappings.iter().any(fills) {
            return Err(format!(
                "has a URI with {{{name}}}, which needs a mapping of integration.request.path.{name}"
            ));
        }
    }
    Ok(())
}

fn request_mappings(integration: &Integration, path: &str) -> Result<Vec<RequestMapping>, Problem> {
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
    mappings.collect()
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
    if response.content_handling.is_some() {
        return Err("has an integration response with contentHandling, which is not supported by \
                    this gateway yet"
            .to_owned());
    }
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
        templates: templates(response.response_templates.as_ref())?,
    })
}

fn templates(
    templates: Option<&BTreeMap<String, String>>,
) -> Result<Vec<(MediaType, StaticTemplate)>, Problem> {
    let mut compiled: Vec<(MediaType, StaticTemplate)> = Vec::new();
    for (key, text) in templates.into_iter().flatten() {
        let media_type = MediaType::parse(key)
            .ok_or_else(|| format!("has a template of {key:?}, which is no media type"))?;
        if compiled.iter().any(|(known, _)| *known == media_type) {
            return Err(format!("has two templates of {}", media_type.as_str()));
        }
        let template = StaticTemplate::parse(text)
            .map_err(|error| format!("has a template of {key} that {error}"))?;
        compiled.push((media_type, template));
    }
    Ok(compiled)
}
