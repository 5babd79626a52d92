//! Integrations of methods, and their responses.

use std::collections::BTreeMap;

use model::{EndpointType, ResponseTransfer};
use openapi::FunctionAddress;
use serde::{Deserialize, Serialize};
use store::{ReadTransaction, Stored, WriteTransaction};

use crate::answer::Answer;
use crate::call::Call;
use crate::input::shown;
use crate::mapping_expression;
use crate::method::{self, Method};
use crate::patch::{
    self, ADD_REPLACE_REMOVE, EntryKind, PatchOperation, REPLACE, Rule, Target, Wording, rule,
};
use crate::refusal::Refusal;
use crate::rest_api;
use crate::service::Handler;

/// What answers a method.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Integration {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    /// Its own, not the method's.
    pub(crate) http_method: Option<String>,
    pub(crate) uri: Option<String>,
    pub(crate) connection_type: Option<String>,
    pub(crate) connection_id: Option<String>,
    pub(crate) credentials: Option<String>,
    pub(crate) request_parameters: Option<BTreeMap<String, String>>,
    pub(crate) request_templates: Option<BTreeMap<String, String>>,
    #[serde(default = "when_no_match")]
    pub(crate) passthrough_behavior: String,
    pub(crate) content_handling: Option<String>,
    #[serde(default = "timeout_default")]
    pub(crate) timeout_in_millis: i64,
    #[serde(default)]
    pub(crate) cache_namespace: String,
    #[serde(default)]
    pub(crate) cache_key_parameters: Vec<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) integration_responses: BTreeMap<String, IntegrationResponse>,
    pub(crate) tls_config: Option<TlsConfig>,
    pub(crate) response_transfer_mode: Option<String>,
    pub(crate) integration_target: Option<String>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TlsConfig {
    #[serde(default)]
    pub(crate) insecure_skip_verification: bool,
}

/// What the client gets for what the integration answered.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct IntegrationResponse {
    pub(crate) status_code: String,
    pub(crate) selection_pattern: Option<String>,
    pub(crate) response_parameters: Option<BTreeMap<String, String>>,
    pub(crate) response_templates: Option<BTreeMap<String, String>>,
    pub(crate) content_handling: Option<String>,
}

fn when_no_match() -> String {
    "WHEN_NO_MATCH".to_owned()
}

fn timeout_default() -> i64 {
    29_000
}

pub(crate) const HANDLERS: &[(&str, Handler)] = &[
    ("DeleteIntegration", Handler::Write(delete)),
    ("DeleteIntegrationResponse", Handler::Write(delete_response)),
    ("GetIntegration", Handler::Read(get)),
    ("GetIntegrationResponse", Handler::Read(get_response)),
    ("PutIntegration", Handler::Write(put)),
    ("PutIntegrationResponse", Handler::Write(put_response)),
    ("UpdateIntegration", Handler::Write(update)),
    ("UpdateIntegrationResponse", Handler::Write(update_response)),
];

const MISSING_PARAMETER: &str = "Invalid parameter name specified";
const MISSING_TYPE: &str = "Content-Type specified was not found";
const MISSING_RESPONSE: &str = "Invalid Response status code specified";

const RULES: &[Rule] = &[
    rule("/cacheKeyParameters/{name}", ADD_REPLACE_REMOVE, Target::Item),
    rule(
        "/requestParameters/{name}",
        ADD_REPLACE_REMOVE,
        Target::Entry(EntryKind::Text, MISSING_PARAMETER),
    ),
    rule(
        "/requestTemplates/{type}",
        ADD_REPLACE_REMOVE,
        Target::Entry(EntryKind::Text, MISSING_TYPE),
    ),
    rule("/cacheNamespace", REPLACE, Target::Text),
    rule("/connectionId", REPLACE, Target::TextOrNone),
    rule("/connectionType", REPLACE, Target::TextOrNone),
    rule("/contentHandling", REPLACE, Target::TextOrNone),
    rule("/credentials", REPLACE, Target::TextOrNone),
    rule("/httpMethod", REPLACE, Target::Text),
    rule("/integrationTarget", REPLACE, Target::TextOrNone),
    rule("/passthroughBehavior", REPLACE, Target::Text),
    rule("/responseTransferMode", REPLACE, Target::TextOrNone),
    rule("/timeoutInMillis", REPLACE, Target::Integer),
    rule("/tlsConfig/insecureSkipVerification", REPLACE, Target::Boolean),
    rule("/uri", REPLACE, Target::Text),
];

const RESPONSE_RULES: &[Rule] = &[
    rule("/contentHandling", REPLACE, Target::TextOrNone),
    rule("/selectionPattern", REPLACE, Target::TextOrNone),
    rule(
        "/responseParameters/{name}",
        ADD_REPLACE_REMOVE,
        Target::Entry(EntryKind::Text, MISSING_PARAMETER),
    ),
    rule(
        "/responseTemplates/{type}",
        ADD_REPLACE_REMOVE,
        Target::Entry(EntryKind::Filled, MISSING_TYPE),
    ),
];

fn of(method: &mut Method) -> Result<&mut Integration, Refusal> {
    let found = method.method_integration.as_mut();
    found.ok_or_else(|| Refusal::not_found("Invalid Integration identifier specified"))
}

fn put(call: &Call, transaction: &WriteTransaction<'_>) -> Result<Answer, Refusal> {
    let mut stored = method::find(call, transaction)?;
    let mut integration: Integration = call.input.parse()?;
    // The method's is in the path.
    integration.http_method = call.input.text("integrationHttpMethod").map(str::to_owned);
    if integration.cache_namespace.is_empty() {
        call.input.required("resourceId").clone_into(&mut integration.cache_namespace);
    }
    if integration.kind.starts_with("HTTP") {
        integration.connection_type.get_or_insert_with(|| "INTERNET".to_owned());
    }
    integration.check(&stored.document, endpoint_type(call, transaction)?)?;
    stored.document.method_integration = Some(integration.clone());
    transaction.update(&stored)?;
    Answer::of(&integration)
}

fn endpoint_type(call: &Call, transaction: &ReadTransaction<'_>) -> Result<EndpointType, Refusal> {
    Ok(rest_api::find(call, transaction)?.document.endpoint_type())
}

fn get(call: &Call, transaction: &ReadTransaction<'_>) -> Result<Answer, Refusal> {
    let mut stored = method::find(call, transaction)?;
    Answer::of(of(&mut stored.document)?)
}

fn update(call: &Call, transaction: &WriteTransaction<'_>) -> Result<Answer, Refusal> {
    let mut stored = method::find(call, transaction)?;
    let before = of(&mut stored.document)?;
    let operations = PatchOperation::read(call)?;
    let integration: Integration = patch::apply(before, &operations, RULES, Wording::Terse)?;
    integration.check(&stored.document, endpoint_type(call, transaction)?)?;
    stored.document.method_integration = Some(integration.clone());
    transaction.update(&stored)?;
    Answer::of(&integration)
}

fn delete(call: &Call, transaction: &WriteTransaction<'_>) -> Result<Answer, Refusal> {
    let mut stored = method::find(call, transaction)?;
    of(&mut stored.document)?;
    stored.document.method_integration = None;
    transaction.update(&stored)?;
    Ok(Answer::Empty)
}

fn put_response(call: &Call, transaction: &WriteTransaction<'_>) -> Result<Answer, Refusal> {
    let mut stored = method::find(call, transaction)?;
    let response: IntegrationResponse = call.input.parse()?;
    of(&mut stored.document)?;
    response.check(&stored)?;
    let responses = &mut of(&mut stored.document)?.integration_responses;
    responses.insert(response.status_code.clone(), response.clone());
    transaction.update(&stored)?;
    Answer::of(&response)
}

fn get_response(call: &Call, transaction: &ReadTransaction<'_>) -> Result<Answer, Refusal> {
    let mut stored = method::find(call, transaction)?;
    let integration = of(&mut stored.document)?;
    let found = integration.integration_responses.get(call.input.required("statusCode"));
    Answer::of(found.ok_or_else(|| Refusal::not_found(MISSING_RESPONSE))?)
}

fn update_response(call: &Call, transaction: &WriteTransaction<'_>) -> Result<Answer, Refusal> {
    let mut stored = method::find(call, transaction)?;
    let status = call.input.required("statusCode");
    let before = of(&mut stored.document)?.integration_responses.get(status);
    let before = before.ok_or_else(|| Refusal::not_found(MISSING_RESPONSE))?;
    let operations = PatchOperation::read(call)?;
    let response: IntegrationResponse =
        patch::apply(before, &operations, RESPONSE_RULES, Wording::Terse)?;
    response.check(&stored)?;
    let responses = &mut of(&mut stored.document)?.integration_responses;
    responses.insert(status.to_owned(), response.clone());
    transaction.update(&stored)?;
    Answer::of(&response)
}

fn delete_response(call: &Call, transaction: &WriteTransaction<'_>) -> Result<Answer, Refusal> {
    let mut stored = method::find(call, transaction)?;
    let responses = &mut of(&mut stored.document)?.integration_responses;
    let removed = responses.remove(call.input.required("statusCode"));
    removed.ok_or_else(|| Refusal::not_found(MISSING_RESPONSE))?;
    transaction.update(&stored)?;
    Ok(Answer::Empty)
}

impl Integration {
    /// `responseTransferMode: STREAM`
    pub(crate) fn streams(&self) -> bool {
        self.response_transfer_mode.as_deref() == Some("STREAM")
    }

    pub(crate) fn transfer(&self, endpoint_type: EndpointType) -> ResponseTransfer {
        match self.streams() {
            true => ResponseTransfer::stream(endpoint_type),
            false => ResponseTransfer::Buffered,
        }
    }

    /// Whether it calls a service of AWS.
    pub(crate) fn calls_service(&self) -> bool {
        let uri = self.uri.as_deref().unwrap_or_default();
        self.kind == "AWS" && model::ServiceCall::is_address(uri)
    }

    pub(crate) fn is_over_vpc_link(&self) -> bool {
        self.connection_type.as_deref() == Some("VPC_LINK")
    }

    /// Where a function is that it calls; none if it calls something else.
    pub(crate) fn function_uri(&self) -> Option<&str> {
        let uri = self.uri.as_deref()?;
        let is_function = match self.kind.as_str() {
            "AWS" => {
                FunctionAddress::parse(uri).is_ok()
                    || FunctionAddress::parse_at_stage(uri, |_| None).is_some()
            }
            kind => kind == "AWS_PROXY",
        };
        is_function.then_some(uri)
    }

    /// Whether a method can have it, as far as AWS asks when it is written.
    fn check(&self, method: &Method, endpoint_type: EndpointType) -> Result<(), Refusal> {
        let refuse = |message: String| Err(Refusal::bad_request(message));
        if self.kind != "MOCK" {
            self.check_target()?;
        }
        let timeout_max = self.transfer(endpoint_type).timeout_max(endpoint_type).as_millis();
        if !(50..=timeout_max).contains(&u128::try_from(self.timeout_in_millis).unwrap_or_default())
        {
            return refuse(format!("Timeout should be between 50 ms and {timeout_max} ms"));
        }
        let behaviors = ["WHEN_NO_MATCH", "WHEN_NO_TEMPLATES", "NEVER"];
        if !behaviors.contains(&self.passthrough_behavior.as_str()) {
            return refuse(format!(
                "Invalid passthrough behavior specified: {}. Valid options are {}",
                shown(&self.passthrough_behavior),
                behaviors.join(", ")
            ));
        }
        check_choice("contentHandling", self.content_handling.as_deref(), CONTENT_HANDLINGS)?;
        let connections = &["INTERNET", "VPC_LINK"];
        check_choice("connectionType", self.connection_type.as_deref(), connections)?;
        let modes = &["BUFFERED", "STREAM"];
        check_choice("responseTransferMode", self.response_transfer_mode.as_deref(), modes)?;
        if self.is_over_vpc_link() && self.connection_id.is_none() {
            return refuse(
                "Connection ID must be specified when connection type is VPC_LINK".to_owned(),
            );
        }
        let declared = method.request_parameters.as_ref();
        self.check_cache_key(declared)?;
        let mut mappings = self.request_parameters.iter();
        mappings
            .try_for_each(|mappings| mapping_expression::check_request_mappings(mappings, declared))
    }

    /// Keys are parameters that the method declares, or that the integration is sent.
    fn check_cache_key(&self, declared: Option<&BTreeMap<String, bool>>) -> Result<(), Refusal> {
        let is_key = |parameter: &String| match parameter.starts_with("integration.request.") {
            true => {
                let mappings = self.request_parameters.as_ref();
                mappings.is_some_and(|mappings| mappings.contains_key(parameter))
            }
            false => {
                let single = parameter.replace(".multivalue", ".");
                declared.is_some_and(|declared| declared.contains_key(&single))
            }
        };
        match self.cache_key_parameters.iter().all(is_key) {
            true => Ok(()),
            false => Err(Refusal::bad_request("Invalid cache key parameter specified")),
        }
    }

    /// Where it calls, and how.
    fn check_target(&self) -> Result<(), Refusal> {
        const VERBS: [&str; 8] =
            ["GET", "PUT", "POST", "DELETE", "PATCH", "OPTIONS", "HEAD", "ANY"];
        let verb = self.http_method.as_deref().unwrap_or_default();
        if verb.is_empty() {
            return Err(Refusal::bad_request("Enumeration value for HttpMethod must be non-empty"));
        }
        if !VERBS.contains(&verb) {
            return Err(Refusal::bad_request(format!("Unknown HttpMethod: {}", shown(verb))));
        }
        let uri = self.uri.as_deref().unwrap_or_default();
        if self.kind.starts_with("HTTP") {
            let rest = uri.strip_prefix("http://").or_else(|| uri.strip_prefix("https://"));
            if rest.is_none_or(str::is_empty) {
                return Err(Refusal::bad_request("Invalid HTTP endpoint specified for URI"));
            }
            return Ok(());
        }
        if !uri.starts_with("arn:") {
            return Err(Refusal::bad_request("Invalid ARN specified in the request"));
        }
        let parts: Vec<&str> = uri.splitn(6, ':').collect();
        let resource = parts.get(5).copied().unwrap_or_default();
        if !(resource.starts_with("path/") || resource.starts_with("action/")) {
            return Err(Refusal::bad_request(
                "AWS ARN for integration must contain path or action",
            ));
        }
        Ok(())
    }
}

const CONTENT_HANDLINGS: &[&str] = &["CONVERT_TO_BINARY", "CONVERT_TO_TEXT"];

fn check_choice(member: &str, value: Option<&str>, choices: &[&str]) -> Result<(), Refusal> {
    match value {
        Some(value) if !choices.contains(&value) => Err(Refusal::bad_request(format!(
            "Invalid {member} specified: {}. Valid options are {}",
            shown(value),
            choices.join(", ")
        ))),
        _ => Ok(()),
    }
}

impl IntegrationResponse {
    fn check(&self, method: &Stored<Method>) -> Result<(), Refusal> {
        let response = method.document.method_responses.get(&self.status_code);
        let response = response.ok_or_else(|| Refusal::not_found(MISSING_RESPONSE))?;
        check_choice("contentHandling", self.content_handling.as_deref(), CONTENT_HANDLINGS)?;
        let declared = response.response_parameters.as_ref();
        let mut mappings = self.response_parameters.iter();
        mappings.try_for_each(|mappings| {
            mapping_expression::check_response_mappings(mappings, declared)
        })
    }
}
