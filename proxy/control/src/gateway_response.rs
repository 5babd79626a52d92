//! Gateway responses: what a client gets for what the gateway refuses, as its owner wants it.

use std::collections::BTreeMap;

use model::DEFAULT_GATEWAY_TEMPLATE;
use serde::{Deserialize, Serialize};
use store::{Document, ReadTransaction, Row, Stored, WriteTransaction};

use crate::answer::Answer;
use crate::call::Call;
use crate::page;
use crate::patch::{
    self, ADD_REPLACE_REMOVE, EntryKind, PatchOperation, REPLACE, Rule, Target, Wording, rule,
};
use crate::refusal::Refusal;
use crate::rest_api::{self, RestApi};
use crate::service::Handler;

/// What a client gets for one kind of refusal.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct GatewayResponse {
    pub(crate) response_type: String,
    pub(crate) status_code: Option<String>,
    #[serde(default)]
    pub(crate) response_parameters: BTreeMap<String, String>,
    #[serde(default = "default_templates")]
    pub(crate) response_templates: BTreeMap<String, String>,
    #[serde(default)]
    default_response: bool,
}

fn default_templates() -> BTreeMap<String, String> {
    BTreeMap::from([("application/json".to_owned(), DEFAULT_GATEWAY_TEMPLATE.to_owned())])
}

impl Document for GatewayResponse {
    type Owner = RestApi;
    const KIND: &'static str = "gateway-response";

    fn id(&self) -> &str {
        &self.response_type
    }
}

pub(crate) const HANDLERS: &[(&str, Handler)] = &[
    ("DeleteGatewayResponse", Handler::Write(delete)),
    ("GetGatewayResponse", Handler::Read(get)),
    ("GetGatewayResponses", Handler::Read(list)),
    ("PutGatewayResponse", Handler::Write(put)),
    ("UpdateGatewayResponse", Handler::Write(update)),
];

const RULES: &[Rule] = &[
    rule("/statusCode", REPLACE, Target::TextOrNone),
    rule(
        "/responseParameters/{name}",
        ADD_REPLACE_REMOVE,
        Target::Entry(EntryKind::Text, "Invalid parameter name specified"),
    ),
    rule(
        "/responseTemplates/{type}",
        ADD_REPLACE_REMOVE,
        Target::Entry(EntryKind::Text, "Content-Type specified was not found"),
    ),
];

/// Every type, with the status that it has by itself.
const TYPES: [(&str, Option<&str>); 21] = [
    ("ACCESS_DENIED", Some("403")),
    ("API_CONFIGURATION_ERROR", Some("500")),
    ("AUTHORIZER_CONFIGURATION_ERROR", Some("500")),
    ("AUTHORIZER_FAILURE", Some("500")),
    ("BAD_REQUEST_BODY", Some("400")),
    ("BAD_REQUEST_PARAMETERS", Some("400")),
    ("DEFAULT_4XX", None),
    ("DEFAULT_5XX", None),
    ("EXPIRED_TOKEN", Some("403")),
    ("INTEGRATION_FAILURE", Some("504")),
    ("INTEGRATION_TIMEOUT", Some("504")),
    ("INVALID_API_KEY", Some("403")),
    ("INVALID_SIGNATURE", Some("403")),
    ("MISSING_AUTHENTICATION_TOKEN", Some("403")),
    ("QUOTA_EXCEEDED", Some("429")),
    ("REQUEST_TOO_LARGE", Some("413")),
    ("RESOURCE_NOT_FOUND", Some("404")),
    ("THROTTLED", Some("429")),
    ("UNAUTHORIZED", Some("401")),
    ("UNSUPPORTED_MEDIA_TYPE", Some("415")),
    ("WAF_FILTERED", Some("403")),
];

impl GatewayResponse {
    fn default_of(response_type: &str) -> Self {
        let status = TYPES.iter().find(|(known, _)| *known == response_type);
        Self {
            response_type: response_type.to_owned(),
            status_code: status.and_then(|(_, status)| status.map(str::to_owned)),
            response_parameters: BTreeMap::new(),
            response_templates: default_templates(),
            default_response: true,
        }
    }

    fn check(&self) -> Result<(), Refusal> {
        let is_status = |text: &String| {
            text.len() == 3 && text.parse::<u16>().is_ok_and(|status| (100..600).contains(&status))
        };
        if self.status_code.as_ref().is_some_and(|status| !is_status(status)) {
            return Err(Refusal::bad_request("Invalid status code specified"));
        }
        for (parameter, source) in &self.response_parameters {
            let name = parameter.strip_prefix("gatewayresponse.header.").unwrap_or_default();
            let is_literal =
                source.len() >= 2 && source.starts_with('\'') && source.ends_with('\'');
            let places = ["method.request.", "context.", "stageVariables."];
            let is_source = is_literal || places.iter().any(|place| source.starts_with(place));
            if name.is_empty() || !is_source {
                let wrong = if name.is_empty() { parameter } else { source };
                return Err(Refusal::bad_request(format!(
                    "Invalid mapping expression specified: Validation Result: warnings : [], errors \
                     : [Invalid mapping expression specified: {}]",
                    crate::input::shown(wrong)
                )));
            }
        }
        Ok(())
    }
}

fn response_type(call: &Call) -> &str {
    call.input.required("responseType")
}

/// The customised response, if there is one.
fn customised(
    call: &Call,
    transaction: &ReadTransaction<'_>,
) -> Result<(Row<RestApi>, Option<Stored<GatewayResponse>>), Refusal> {
    let api = rest_api::find(call, transaction)?;
    Ok((api.row, transaction.get(api.row, response_type(call))?))
}

fn put(call: &Call, transaction: &WriteTransaction<'_>) -> Result<Answer, Refusal> {
    let (api, before) = customised(call, transaction)?;
    let response: GatewayResponse = call.input.parse()?;
    save(transaction, api, before, response)
}

fn get(call: &Call, transaction: &ReadTransaction<'_>) -> Result<Answer, Refusal> {
    match customised(call, transaction)? {
        (_, Some(stored)) => Answer::of(&stored.document),
        (_, None) => Answer::of(&GatewayResponse::default_of(response_type(call))),
    }
}

fn list(call: &Call, transaction: &ReadTransaction<'_>) -> Result<Answer, Refusal> {
    let api = rest_api::find(call, transaction)?;
    let customised = transaction.list::<GatewayResponse>(api.row)?;
    let responses = TYPES.map(|(known, _)| {
        let found = customised.iter().find(|stored| stored.document.response_type == known);
        found.map_or_else(|| GatewayResponse::default_of(known), |stored| stored.document.clone())
    });
    page::of_values(call, &responses)
}

fn update(call: &Call, transaction: &WriteTransaction<'_>) -> Result<Answer, Refusal> {
    let (api, before) = customised(call, transaction)?;
    let document = match &before {
        Some(stored) => stored.document.clone(),
        None => GatewayResponse::default_of(response_type(call)),
    };
    let operations = PatchOperation::read(call)?;
    let response = patch::apply(&document, &operations, RULES, Wording::Listing)?;
    save(transaction, api, before, GatewayResponse { default_response: false, ..response })
}

fn save(
    transaction: &WriteTransaction<'_>,
    api: Row<RestApi>,
    before: Option<Stored<GatewayResponse>>,
    response: GatewayResponse,
) -> Result<Answer, Refusal> {
    response.check()?;
    let answer = Answer::of(&response);
    match before {
        Some(mut stored) => {
            stored.document = response;
            transaction.update(&stored)?;
        }
        None => drop(transaction.insert(api, &response)?),
    }
    answer
}

fn delete(call: &Call, transaction: &WriteTransaction<'_>) -> Result<Answer, Refusal> {
    let (_, stored) = customised(call, transaction)?;
    let stored =
        stored.ok_or_else(|| Refusal::not_found("Gateway response type not defined on api"))?;
    transaction.delete(stored.row)?;
    Ok(Answer::Empty)
}
