//! Models: schemas of payloads.

mod flatten;
mod template;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::{Document, ReadTransaction, Stored, WriteTransaction};

use crate::answer::Answer;
use crate::call::{Call, ID_LENGTH};
use crate::input::shown;
use crate::page;
use crate::patch::{self, PatchOperation, REPLACE, Rule, Target, Wording, rule};
use crate::refusal::Refusal;
use crate::rest_api::{self, RestApi};
use crate::service::Handler;

/// A schema of a payload, `Model` of the API.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PayloadModel {
    #[serde(rename = "id", default)]
    number: String,
    pub(crate) name: String,
    description: Option<String>,
    pub(crate) schema: Option<String>,
    content_type: String,
}

impl Document for PayloadModel {
    type Owner = RestApi;
    const KIND: &'static str = "model";

    fn id(&self) -> &str {
        &self.name
    }
}

pub(crate) const HANDLERS: &[(&str, Handler)] = &[
    ("CreateModel", Handler::Write(create)),
    ("DeleteModel", Handler::Write(delete)),
    ("GetModel", Handler::Read(get)),
    ("GetModelTemplate", Handler::Read(get_template)),
    ("GetModels", Handler::Read(list)),
    ("UpdateModel", Handler::Write(update)),
];

const RULES: &[Rule] =
    &[rule("/description", REPLACE, Target::Text), rule("/schema", REPLACE, Target::Text)];

/// Longest schema (AWS: 400 KB).
const SCHEMA_BYTES_MAX: usize = 400 * 1024;

const EMPTY_SCHEMA: &str = r#"{
  "$schema": "http://json-schema.org/draft-04/schema#",
  "title" : "Empty Schema",
  "type" : "object"
}"#;

const ERROR_SCHEMA: &str = r#"{
  "$schema" : "http://json-schema.org/draft-04/schema#",
  "title" : "Error Schema",
  "type" : "object",
  "properties" : {
    "message" : { "type" : "string" }
  }
}"#;

impl PayloadModel {
    /// What every new API has.
    pub(crate) fn of_new_api(new_id: impl Fn() -> String) -> [Self; 2] {
        let model = |name: &str, description: &str, schema: &str| Self {
            number: new_id(),
            name: name.to_owned(),
            description: Some(description.to_owned()),
            schema: Some(schema.to_owned()),
            content_type: "application/json".to_owned(),
        };
        [
            model("Empty", "This is a default empty schema model", EMPTY_SCHEMA),
            model("Error", "This is a default error schema model", ERROR_SCHEMA),
        ]
    }

    pub(crate) fn set_id(&mut self, id: String) {
        self.number = id;
    }

    fn check(&self) -> Result<(), Refusal> {
        let Some(schema) = &self.schema else {
            return Ok(());
        };
        if schema.len() > SCHEMA_BYTES_MAX {
            return Err(Refusal::bad_request(format!(
                "Model schema exceeds the maximum size of {SCHEMA_BYTES_MAX} bytes"
            )));
        }
        let is_json = self.content_type != "application/json"
            || serde_json::from_str::<Value>(schema).is_ok_and(|schema| schema.is_object());
        if is_json {
            return Ok(());
        }
        Err(invalid_schema())
    }
}

fn invalid_schema() -> Refusal {
    Refusal::bad_request(
        "Invalid model specified: Validation Result: warnings : [], errors : [Invalid model \
         schema specified]",
    )
}

/// The model of a name, or that it is not there.
pub(crate) fn by_name(
    transaction: &ReadTransaction<'_>,
    api: &Stored<RestApi>,
    name: &str,
) -> Result<Stored<PayloadModel>, Refusal> {
    transaction
        .get(api.row, name)?
        .ok_or_else(|| Refusal::not_found(format!("Invalid model name specified: {}", shown(name))))
}

fn find(call: &Call, transaction: &ReadTransaction<'_>) -> Result<Stored<PayloadModel>, Refusal> {
    let api = rest_api::find(call, transaction)?;
    by_name(transaction, &api, call.input.required("modelName"))
}

fn create(call: &Call, transaction: &WriteTransaction<'_>) -> Result<Answer, Refusal> {
    let api = rest_api::find(call, transaction)?;
    let mut model: PayloadModel = call.input.parse()?;
    model.number = call.new_id(ID_LENGTH);
    if model.name.is_empty() || !model.name.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err(Refusal::bad_request("Model name must be alphanumeric"));
    }
    if transaction.get::<PayloadModel>(api.row, &model.name)?.is_some() {
        return Err(Refusal::conflict("Model name already exists for this REST API"));
    }
    model.check()?;
    transaction.insert(api.row, &model)?;
    Answer::of(&model)
}

fn get(call: &Call, transaction: &ReadTransaction<'_>) -> Result<Answer, Refusal> {
    let mut model = find(call, transaction)?.document;
    if call.input.is_true("flatten") {
        let api = rest_api::find(call, transaction)?;
        if let Some(schema) = flatten::flatten(transaction, &api, &model)? {
            model.schema = Some(format!("{schema:#}"));
        }
    }
    Answer::of(&model)
}

fn get_template(call: &Call, transaction: &ReadTransaction<'_>) -> Result<Answer, Refusal> {
    let api = rest_api::find(call, transaction)?;
    let model = find(call, transaction)?.document;
    let schema = flatten::flatten(transaction, &api, &model)?;
    let schema = schema.ok_or_else(invalid_schema)?;
    Ok(Answer::Json(json!({ "value": template::template(&schema)? })))
}

fn list(call: &Call, transaction: &ReadTransaction<'_>) -> Result<Answer, Refusal> {
    let api = rest_api::find(call, transaction)?;
    let show = |model: Stored<PayloadModel>| crate::answer::to_wire(&model.document);
    page::list::<PayloadModel>(call, transaction, api.row, |_| true, show)
}

fn update(call: &Call, transaction: &WriteTransaction<'_>) -> Result<Answer, Refusal> {
    let mut stored = find(call, transaction)?;
    let operations = PatchOperation::read(call)?;
    stored.document = patch::apply(&stored.document, &operations, RULES, Wording::Listing)?;
    stored.document.check()?;
    transaction.update(&stored)?;
    Answer::of(&stored.document)
}

fn delete(call: &Call, transaction: &WriteTransaction<'_>) -> Result<Answer, Refusal> {
    let api = rest_api::find(call, transaction)?;
    let stored = by_name(transaction, &api, call.input.required("modelName"))?;
    let name = &stored.document.name;
    for (resource, method) in crate::method::all(transaction, &api)? {
        if method.names_model(name) {
            return Err(Refusal::conflict(format!(
                "Cannot delete model '{name}', is referenced in method request: {}",
                resource.method_path(&method.http_method)
            )));
        }
    }
    transaction.delete(stored.row)?;
    Ok(Answer::Empty)
}
