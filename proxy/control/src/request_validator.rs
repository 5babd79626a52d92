//! Request validators: what of a request is checked before the integration.

use serde::{Deserialize, Serialize};
use store::{Document, ReadTransaction, Stored, WriteTransaction};

use crate::answer::{Answer, to_wire};
use crate::call::{Call, ID_LENGTH};
use crate::patch::{self, PatchOperation, REPLACE, Rule, Target, Wording, rule};
use crate::refusal::{Refusal, RefusalKind};
use crate::rest_api::{self, RestApi};
use crate::service::Handler;
use crate::{method, page};

/// What of a request is checked.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RequestValidator {
    #[serde(default)]
    pub(crate) id: String,
    name: Option<String>,
    #[serde(default)]
    pub(crate) validate_request_body: bool,
    #[serde(default)]
    pub(crate) validate_request_parameters: bool,
}

impl Document for RequestValidator {
    type Owner = RestApi;
    const KIND: &'static str = "request-validator";

    fn id(&self) -> &str {
        &self.id
    }
}

pub(crate) const HANDLERS: &[(&str, Handler)] = &[
    ("CreateRequestValidator", Handler::Write(create)),
    ("DeleteRequestValidator", Handler::Write(delete)),
    ("GetRequestValidator", Handler::Read(get)),
    ("GetRequestValidators", Handler::Read(list)),
    ("UpdateRequestValidator", Handler::Write(update)),
];

const RULES: &[Rule] = &[
    rule("/name", REPLACE, Target::Text),
    rule("/validateRequestParameters", REPLACE, Target::Boolean),
    rule("/validateRequestBody", REPLACE, Target::Boolean),
];

fn find(
    call: &Call,
    transaction: &ReadTransaction<'_>,
) -> Result<Stored<RequestValidator>, Refusal> {
    let api = rest_api::find(call, transaction)?;
    let found = transaction.get(api.row, call.input.required("requestValidatorId"))?;
    found.ok_or_else(|| Refusal::not_found("Invalid Request Validator identifier specified"))
}

fn create(call: &Call, transaction: &WriteTransaction<'_>) -> Result<Answer, Refusal> {
    // As recorded, it is another error here than elsewhere.
    let api = rest_api::find(call, transaction).map_err(|refusal| {
        if refusal.is(RefusalKind::NotFound) {
            Refusal::bad_request("Invalid REST API identifier specified")
        } else {
            refusal
        }
    })?;
    let mut validator: RequestValidator = call.input.parse()?;
    validator.id = call.new_id(ID_LENGTH);
    transaction.insert(api.row, &validator)?;
    Answer::of(&validator)
}

fn get(call: &Call, transaction: &ReadTransaction<'_>) -> Result<Answer, Refusal> {
    Answer::of(&find(call, transaction)?.document)
}

fn list(call: &Call, transaction: &ReadTransaction<'_>) -> Result<Answer, Refusal> {
    let api = rest_api::find(call, transaction)?;
    let show = |stored: Stored<RequestValidator>| to_wire(&stored.document);
    page::list::<RequestValidator>(call, transaction, api.row, |_| true, show)
}

fn update(call: &Call, transaction: &WriteTransaction<'_>) -> Result<Answer, Refusal> {
    let mut stored = find(call, transaction)?;
    let operations = PatchOperation::read(call)?;
    stored.document = patch::apply(&stored.document, &operations, RULES, Wording::Listing)?;
    transaction.update(&stored)?;
    Answer::of(&stored.document)
}

fn delete(call: &Call, transaction: &WriteTransaction<'_>) -> Result<Answer, Refusal> {
    let api = rest_api::find(call, transaction)?;
    let stored = find(call, transaction)?;
    let id = stored.document.id();
    for (resource, method) in method::all(transaction, &api)? {
        if method.request_validator_id.as_deref() == Some(id) {
            return Err(Refusal::conflict(format!(
                "Cannot delete request validator '{id}', is referenced in method request: {}",
                resource.method_path(&method.http_method)
            )));
        }
    }
    transaction.delete(stored.row)?;
    Ok(Answer::Empty)
}
