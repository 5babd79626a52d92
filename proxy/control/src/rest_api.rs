//! REST APIs.

mod clone;

use model::BODY_BYTES_MAX;
use model::EndpointType;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::{Account, Document, ReadTransaction, Stored, WriteTransaction};

use crate::answer::{Answer, to_wire, to_wire_tagged};
use crate::call::{Call, ID_LENGTH, Identity, LONG_ID_LENGTH};
use crate::endpoint_configuration::EndpointConfiguration;
use crate::patch::{
    self, ADD_REMOVE, ADD_REPLACE_REMOVE, PatchOperation, REPLACE, Rule, Target, Wording, rule,
};
use crate::payload_model::PayloadModel;
use crate::refusal::Refusal;
use crate::resource::Resource;
use crate::service::Handler;
use crate::tag::{self, Tags};
use crate::{base_path_mapping, page, resource_policy, usage_plan};

/// A REST API, as it is being made: what is served is its deployments.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RestApi {
    #[serde(default)]
    pub(crate) id: String,
    pub(crate) name: String,
    description: Option<String>,
    #[serde(default)]
    pub(crate) created_date: i64,
    version: Option<String>,
    pub(crate) binary_media_types: Option<Vec<String>>,
    pub(crate) minimum_compression_size: Option<i64>,
    #[serde(default = "api_key_source")]
    pub(crate) api_key_source: String,
    #[serde(default)]
    pub(crate) endpoint_configuration: EndpointConfiguration,
    pub(crate) policy: Option<String>,
    #[serde(default)]
    pub(crate) tags: Tags,
    #[serde(default)]
    pub(crate) disable_execute_api_endpoint: bool,
    #[serde(default)]
    root_resource_id: String,
    security_policy: Option<String>,
    endpoint_access_mode: Option<String>,
}

fn api_key_source() -> String {
    "HEADER".to_owned()
}

impl Document for RestApi {
    type Owner = Account;
    const KIND: &'static str = "rest-api";

    fn id(&self) -> &str {
        &self.id
    }
}

pub(crate) const HANDLERS: &[(&str, Handler)] = &[
    ("CreateRestApi", Handler::Write(create)),
    ("DeleteRestApi", Handler::Write(delete)),
    ("GetRestApi", Handler::Read(get)),
    ("GetRestApis", Handler::Read(list)),
    ("UpdateRestApi", Handler::Write(update)),
];

const RULES: &[Rule] = &[
    rule("/apiKeySource", REPLACE, Target::Text),
    rule("/binaryMediaTypes/{type}", ADD_REPLACE_REMOVE, Target::Item),
    rule("/description", ADD_REPLACE_REMOVE, Target::Text),
    rule("/disableExecuteApiEndpoint", REPLACE, Target::Boolean),
    rule("/endpointAccessMode", REPLACE, Target::Choice("EndpointAccessMode")),
    rule("/endpointConfiguration/ipAddressType", REPLACE, Target::Text),
    rule("/endpointConfiguration/types/{type}", REPLACE, Target::Position),
    rule("/endpointConfiguration/vpcEndpointIds", ADD_REMOVE, Target::Item),
    rule("/minimumCompressionSize", REPLACE, Target::Integer),
    rule("/name", REPLACE, Target::Text),
    rule("/policy", REPLACE, Target::TextOrNone),
    rule("/securityPolicy", REPLACE, Target::Choice("SecurityPolicy")),
];

/// The API that a call is about.
pub(crate) fn find(
    call: &Call,
    transaction: &ReadTransaction<'_>,
) -> Result<Stored<RestApi>, Refusal> {
    by_id(call, transaction, call.input.required("restApiId"))
}

pub(crate) fn by_id(
    call: &Call,
    transaction: &ReadTransaction<'_>,
    id: &str,
) -> Result<Stored<RestApi>, Refusal> {
    transaction.get(Account::row(), id)?.ok_or_else(|| {
        Refusal::not_found(format!(
            "Invalid API identifier specified {}:{}",
            call.identity.account,
            crate::input::shown(id)
        ))
    })
}

fn create(call: &Call, transaction: &WriteTransaction<'_>) -> Result<Answer, Refusal> {
    let source = match call.input.text("cloneFrom") {
        Some(id) => Some(by_id(call, transaction, id)?),
        None => None,
    };
    let mut api: RestApi = call.input.parse()?;
    if let Some(source) = &source {
        api.take_over(&source.document, call);
    }
    api.endpoint_configuration.fill_defaults();
    api.check()?;
    api.endpoint_configuration.check()?;
    api.id = call.new_id(LONG_ID_LENGTH);
    api.expand_policy(&call.identity)?;
    api.root_resource_id = call.new_id(LONG_ID_LENGTH);
    api.created_date = call.now;
    let row = transaction.insert(Account::row(), &api)?;
    transaction.insert(row, &Resource::root(&api.root_resource_id))?;
    match source {
        Some(source) => {
            clone::copy(call, transaction, source.row, row, &api.root_resource_id)?;
            clone::refer_to_own_models(transaction, &source.document.id, row, &api.id)?;
        }
        None => {
            for model in PayloadModel::of_new_api(|| call.new_id(ID_LENGTH)) {
                transaction.insert(row, &model)?;
            }
        }
    }
    Ok(Answer::Json(with_escaped_policy(to_wire_tagged(&api)?, &api)))
}

fn get(call: &Call, transaction: &ReadTransaction<'_>) -> Result<Answer, Refusal> {
    Ok(Answer::Json(show(&find(call, transaction)?.document)?))
}

fn list(call: &Call, transaction: &ReadTransaction<'_>) -> Result<Answer, Refusal> {
    page::list::<RestApi>(call, transaction, Account::row(), |_| true, |api| show(&api.document))
}

fn update(call: &Call, transaction: &WriteTransaction<'_>) -> Result<Answer, Refusal> {
    let mut stored = find(call, transaction)?;
    let operations = PatchOperation::read(call)?;
    let before = stored.document.endpoint_configuration.clone();
    stored.document = patch::apply(&stored.document, &operations, RULES, Wording::Listing)?;
    stored.document.check()?;
    stored.document.expand_policy(&call.identity)?;
    stored.document.endpoint_configuration.check_change(&before)?;
    transaction.update(&stored)?;
    Ok(Answer::Json(show(&stored.document)?))
}

fn delete(call: &Call, transaction: &WriteTransaction<'_>) -> Result<Answer, Refusal> {
    let stored = find(call, transaction)?;
    base_path_mapping::check_unused(transaction, &stored.document.id)?;
    usage_plan::check_unused(transaction, &stored.document.id, None)?;
    transaction.delete(stored.row)?;
    Ok(Answer::Empty)
}

impl RestApi {
    /// Where it is reached.
    pub(crate) fn endpoint_type(&self) -> EndpointType {
        self.endpoint_configuration.endpoint_type()
    }

    /// The settings of the API that it is a clone of, where nothing else was said.
    fn take_over(&mut self, source: &Self, call: &Call) {
        self.description = self.description.take().or_else(|| source.description.clone());
        self.binary_media_types =
            self.binary_media_types.take().or_else(|| source.binary_media_types.clone());
        self.minimum_compression_size =
            self.minimum_compression_size.or(source.minimum_compression_size);
        self.policy = self.policy.take().or_else(|| source.policy.clone());
        if !call.input.has("apiKeySource") {
            self.api_key_source.clone_from(&source.api_key_source);
        }
        if !call.input.has("endpointConfiguration") {
            self.endpoint_configuration = source.endpoint_configuration.clone();
        }
        if !call.input.has("disableExecuteApiEndpoint") {
            self.disable_execute_api_endpoint = source.disable_execute_api_endpoint;
        }
    }

    fn check(&self) -> Result<(), Refusal> {
        if self.name.trim().is_empty() {
            return Err(Refusal::bad_request("Name cannot be empty"));
        }
        if self.description.as_deref() == Some("") {
            return Err(Refusal::bad_request("Description cannot be an empty string"));
        }
        if !["HEADER", "AUTHORIZER"].contains(&self.api_key_source.as_str()) {
            return Err(Refusal::bad_request(
                "Invalid API key source specified. Valid options are HEADER,AUTHORIZER",
            ));
        }
        let size_max = i64::try_from(BODY_BYTES_MAX).unwrap_or(i64::MAX);
        if self.minimum_compression_size.is_some_and(|size| !(0..=size_max).contains(&size)) {
            return Err(Refusal::bad_request(format!(
                "Invalid minimum compression size, must be between 0 and {size_max}"
            )));
        }
        tag::check(&self.tags)
    }

    /// Refuses what is no policy, and writes its shorthands out, as AWS does.
    pub(crate) fn expand_policy(&mut self, identity: &Identity) -> Result<(), Refusal> {
        if let Some(policy) = &mut self.policy {
            *policy = resource_policy::expand(policy, &self.id, identity)?;
        }
        Ok(())
    }
}

fn show(api: &RestApi) -> Result<Value, Refusal> {
    Ok(with_escaped_policy(to_wire(api)?, api))
}

fn with_escaped_policy(mut value: Value, api: &RestApi) -> Value {
    if let Some(policy) = &api.policy {
        value["policy"] = resource_policy::escaped(policy).into();
    }
    value
}
