//! Methods of resources, with their responses and their integration.

use std::collections::{BTreeMap, HashSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::{Document, ReadTransaction, Stored, WriteTransaction};

use crate::answer::{Answer, to_wire};
use crate::authorizer::Authorizer;
use crate::call::Call;
use crate::input::shown;
use crate::integration::Integration;
use crate::patch::{
    self, ADD_REMOVE, ADD_REPLACE_REMOVE, EntryKind, PatchOperation, REPLACE, Rule, Target,
    Wording, rule,
};
use crate::payload_model::PayloadModel;
use crate::refusal::Refusal;
use crate::request_validator::RequestValidator;
use crate::resource::Resource;
use crate::rest_api::{self, RestApi};
use crate::service::Handler;
use crate::{mapping_expression, resource};

/// One method of a resource, and all that it has.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Method {
    pub(crate) http_method: String,
    pub(crate) authorization_type: String,
    pub(crate) authorizer_id: Option<String>,
    #[serde(default)]
    pub(crate) api_key_required: bool,
    pub(crate) request_validator_id: Option<String>,
    operation_name: Option<String>,
    pub(crate) request_parameters: Option<BTreeMap<String, bool>>,
    pub(crate) request_models: Option<BTreeMap<String, String>>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) method_responses: BTreeMap<String, MethodResponse>,
    pub(crate) method_integration: Option<Integration>,
    pub(crate) authorization_scopes: Option<Vec<String>>,
}

/// What a client can get of a method.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MethodResponse {
    pub(crate) status_code: String,
    pub(crate) response_parameters: Option<BTreeMap<String, bool>>,
    response_models: Option<BTreeMap<String, String>>,
}

impl Document for Method {
    type Owner = Resource;
    const KIND: &'static str = "method";

    fn id(&self) -> &str {
        &self.http_method
    }
}

pub(crate) const HANDLERS: &[(&str, Handler)] = &[
    ("DeleteMethod", Handler::Write(delete)),
    ("DeleteMethodResponse", Handler::Write(delete_response)),
    ("GetMethod", Handler::Read(get)),
    ("GetMethodResponse", Handler::Read(get_response)),
    ("PutMethod", Handler::Write(put)),
    ("PutMethodResponse", Handler::Write(put_response)),
    ("UpdateMethod", Handler::Write(update)),
    ("UpdateMethodResponse", Handler::Write(update_response)),
];

const MISSING_PARAMETER: &str = "Invalid parameter name specified";
const MISSING_TYPE: &str = "Content-Type specified was not found";
const MISSING_RESPONSE: &str = "Invalid Response status code specified";

const RULES: &[Rule] = &[
    rule("/authorizationScopes", ADD_REMOVE, Target::Item),
    rule("/authorizationType", REPLACE, Target::Text),
    rule("/authorizerId", REPLACE, Target::TextOrNone),
    rule("/apiKeyRequired", REPLACE, Target::Boolean),
    rule("/operationName", REPLACE, Target::TextOrNone),
    rule("/requestValidatorId", REPLACE, Target::TextOrNone),
    rule(
        "/requestParameters/{name}",
        ADD_REPLACE_REMOVE,
        Target::Entry(EntryKind::Boolean, MISSING_PARAMETER),
    ),
    rule("/requestModels/{type}", ADD_REPLACE_REMOVE, Target::Entry(EntryKind::Text, MISSING_TYPE)),
];

const RESPONSE_RULES: &[Rule] = &[
    rule(
        "/responseModels/{type}",
        ADD_REPLACE_REMOVE,
        Target::Entry(EntryKind::Text, MISSING_TYPE),
    ),
    rule(
        "/responseParameters/{name}",
        ADD_REPLACE_REMOVE,
        Target::Entry(EntryKind::Boolean, MISSING_PARAMETER),
    ),
];

/// The method that a call is about, and its API.
pub(crate) fn find(
    call: &Call,
    transaction: &ReadTransaction<'_>,
) -> Result<Stored<Method>, Refusal> {
    let resource = resource::find(call, transaction)?;
    let found = transaction.get(resource.row, call.input.required("httpMethod"))?;
    found.ok_or_else(|| Refusal::not_found("Invalid Method identifier specified"))
}

/// The method of a resource that answers an HTTP method: its own, or `ANY`.
pub(crate) fn answering(
    call: &Call,
    transaction: &ReadTransaction<'_>,
    verb: &str,
) -> Result<Stored<Method>, Refusal> {
    let resource = resource::find(call, transaction)?;
    let found = match transaction.get(resource.row, verb)? {
        Some(own) => Some(own),
        None => transaction.get(resource.row, "ANY")?,
    };
    found.ok_or_else(|| Refusal::not_found("Invalid Method identifier specified"))
}

/// Every method of an API with its resource.
pub(crate) fn all(
    transaction: &ReadTransaction<'_>,
    api: &Stored<RestApi>,
) -> Result<Vec<(Resource, Method)>, Refusal> {
    let mut found = Vec::new();
    for resource in transaction.list::<Resource>(api.row)? {
        for method in transaction.list::<Method>(resource.row)? {
            found.push((resource.document.clone(), method.document));
        }
    }
    Ok(found)
}

fn put(call: &Call, transaction: &WriteTransaction<'_>) -> Result<Answer, Refusal> {
    const VERBS: [&str; 8] = ["GET", "PUT", "POST", "DELETE", "PATCH", "OPTIONS", "HEAD", "ANY"];
    let api = rest_api::find(call, transaction)?;
    let resource = resource::find(call, transaction)?;
    let method: Method = call.input.parse()?;
    if !VERBS.contains(&method.http_method.as_str()) {
        return Err(Refusal::bad_request(format!(
            "Invalid HttpMethod specified. Valid options are {}",
            VERBS.join(",")
        )));
    }
    if transaction.get::<Method>(resource.row, &method.http_method)?.is_some() {
        return Err(Refusal::conflict("Method already exists for this resource"));
    }
    method.check(transaction, &api)?;
    transaction.insert(resource.row, &method)?;
    Ok(Answer::Json(method.show()?))
}

fn get(call: &Call, transaction: &ReadTransaction<'_>) -> Result<Answer, Refusal> {
    Ok(Answer::Json(find(call, transaction)?.document.show()?))
}

fn update(call: &Call, transaction: &WriteTransaction<'_>) -> Result<Answer, Refusal> {
    let api = rest_api::find(call, transaction)?;
    let mut stored = find(call, transaction)?;
    let operations = PatchOperation::read(call)?;
    stored.document = patch::apply(&stored.document, &operations, RULES, Wording::Terse)?;
    stored.document.check(transaction, &api)?;
    transaction.update(&stored)?;
    Ok(Answer::Json(stored.document.show()?))
}

fn delete(call: &Call, transaction: &WriteTransaction<'_>) -> Result<Answer, Refusal> {
    let stored = find(call, transaction)?;
    transaction.delete(stored.row)?;
    Ok(Answer::Empty)
}

fn put_response(call: &Call, transaction: &WriteTransaction<'_>) -> Result<Answer, Refusal> {
    let api = rest_api::find(call, transaction)?;
    let mut stored = find(call, transaction)?;
    let response: MethodResponse = call.input.parse()?;
    let responses = &mut stored.document.method_responses;
    if responses.contains_key(&response.status_code) {
        return Err(Refusal::conflict("Response already exists for this resource"));
    }
    response.check(transaction, &api)?;
    responses.insert(response.status_code.clone(), response.clone());
    transaction.update(&stored)?;
    Answer::of(&response)
}

fn get_response(call: &Call, transaction: &ReadTransaction<'_>) -> Result<Answer, Refusal> {
    let stored = find(call, transaction)?;
    let found = stored.document.method_responses.get(call.input.required("statusCode"));
    Answer::of(found.ok_or_else(|| Refusal::not_found(MISSING_RESPONSE))?)
}

fn update_response(call: &Call, transaction: &WriteTransaction<'_>) -> Result<Answer, Refusal> {
    let api = rest_api::find(call, transaction)?;
    let mut stored = find(call, transaction)?;
    let found = stored.document.method_responses.get_mut(call.input.required("statusCode"));
    let found = found.ok_or_else(|| Refusal::not_found(MISSING_RESPONSE))?;
    let operations = PatchOperation::read(call)?;
    let response: MethodResponse =
        patch::apply(found, &operations, RESPONSE_RULES, Wording::Terse)?;
    response.check(transaction, &api)?;
    *found = response.clone();
    transaction.update(&stored)?;
    Answer::of(&response)
}

fn delete_response(call: &Call, transaction: &WriteTransaction<'_>) -> Result<Answer, Refusal> {
    let mut stored = find(call, transaction)?;
    let removed = stored.document.method_responses.remove(call.input.required("statusCode"));
    removed.ok_or_else(|| Refusal::not_found(MISSING_RESPONSE))?;
    transaction.update(&stored)?;
    Ok(Answer::Empty)
}

impl Method {
    pub(crate) fn show(&self) -> Result<Value, Refusal> {
        to_wire(self)
    }

    /// Whether a payload of it is described by this model.
    pub(crate) fn names_model(&self, name: &str) -> bool {
        let responses = self.method_responses.values().map(|response| &response.response_models);
        responses
            .chain([&self.request_models])
            .flatten()
            .flat_map(BTreeMap::values)
            .any(|model| model == name)
    }

    fn check(
        &self,
        transaction: &ReadTransaction<'_>,
        api: &Stored<RestApi>,
    ) -> Result<(), Refusal> {
        self.check_authorization(transaction, api)?;
        if let Some(id) = &self.request_validator_id
            && transaction.get::<RequestValidator>(api.row, id)?.is_none()
        {
            return Err(Refusal::bad_request("Invalid Request Validator identifier specified"));
        }
        check_models(transaction, api, self.request_models.as_ref())?;
        let mut names = HashSet::new();
        for parameter in self.request_parameters.iter().flat_map(BTreeMap::keys) {
            let name = mapping_expression::request_parameter(parameter)?;
            if !names.insert(name) {
                return Err(Refusal::bad_request(
                    "Parameter names must be unique across querystring, header and path",
                ));
            }
        }
        Ok(())
    }

    fn check_authorization(
        &self,
        transaction: &ReadTransaction<'_>,
        api: &Stored<RestApi>,
    ) -> Result<(), Refusal> {
        let kinds: &[&str] = match self.authorization_type.as_str() {
            "NONE" | "AWS_IAM" => return Ok(()),
            "CUSTOM" => &["TOKEN", "REQUEST", "JWT"],
            "COGNITO_USER_POOLS" => &["COGNITO_USER_POOLS"],
            "JWT" => &["JWT"],
            other => {
                return Err(Refusal::bad_request(format!(
                    "Invalid authorization type specified: {}. Valid options are NONE, AWS_IAM, \
                     CUSTOM, COGNITO_USER_POOLS, JWT",
                    shown(other)
                )));
            }
        };
        let id = self.authorizer_id.as_deref().unwrap_or_default();
        let authorizer = transaction.get::<Authorizer>(api.row, id)?;
        if authorizer.is_some_and(|found| kinds.contains(&found.document.kind.as_str())) {
            return Ok(());
        }
        Err(Refusal::bad_request(
            "Invalid authorizer ID specified. Setting the authorization type to CUSTOM or \
             COGNITO_USER_POOLS requires a valid authorizer.",
        ))
    }
}

impl MethodResponse {
    fn check(
        &self,
        transaction: &ReadTransaction<'_>,
        api: &Stored<RestApi>,
    ) -> Result<(), Refusal> {
        for parameter in self.response_parameters.iter().flat_map(BTreeMap::keys) {
            mapping_expression::check_response_parameter(parameter)?;
        }
        check_models(transaction, api, self.response_models.as_ref())
    }
}

fn check_models(
    transaction: &ReadTransaction<'_>,
    api: &Stored<RestApi>,
    models: Option<&BTreeMap<String, String>>,
) -> Result<(), Refusal> {
    for name in models.into_iter().flat_map(BTreeMap::values) {
        if transaction.get::<PayloadModel>(api.row, name)?.is_none() {
            return Err(Refusal::bad_request(format!(
                "Invalid model identifier specified: {}",
                shown(name)
            )));
        }
    }
    Ok(())
}
