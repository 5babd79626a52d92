//! What methods ask of requests, compiled: required parameters, and the models of bodies.

use std::collections::HashMap;

use json_schema::{Root, Schema, compile};
use model::{BodyModels, MediaType, RequestValidation, RequiredParameter};
use serde_json::Value;

use super::Problem;
use crate::method::Method;
use crate::picture::Picture;
use crate::request_validator::RequestValidator;

/// `requestModels` for the media types that have none.
const DEFAULT: &str = "$default";

/// The models that bodies are validated against, by name. A model without a schema is not among them.
pub(super) type Schemas = HashMap<String, Schema>;

/// The validator of a method, if it checks anything.
fn validator<'p>(picture: &'p Picture, method: &Method) -> Option<&'p RequestValidator> {
    let id = method.request_validator_id.as_deref()?;
    picture.request_validators.iter().find(|validator| validator.id == id)
}

/// Compiles the models that are needed, with what they refer to: each once.
pub(super) fn schemas(picture: &Picture, problems: &mut Vec<Problem>) -> Schemas {
    let methods = picture.resources.iter().flat_map(|resource| &resource.methods);
    let validated = methods.filter(|method| {
        validator(picture, method).is_some_and(|validator| validator.validate_request_body)
    });
    let needed: Vec<&String> = validated
        .flat_map(|method| &method.request_models)
        .flat_map(|models| models.values())
        .collect();
    let mut documents: Vec<(&str, String, Value)> = Vec::new();
    for model in &picture.models {
        let Some(text) = &model.schema else { continue };
        match serde_json::from_str(text) {
            Ok(schema) => documents.push((&model.name, address(picture, &model.name), schema)),
            Err(error) if needed.contains(&&model.name) => {
                problems.push(format!("the model {} is no JSON: {error}", model.name));
            }
            // What nothing is validated against may be anything.
            Err(_) => {}
        }
    }
    let roots: Vec<usize> = (0..documents.len())
        .filter(|index| needed.iter().any(|name| *name == documents[*index].0))
        .collect();
    let names = roots.iter().map(|index| documents[*index].0.to_owned());
    let root = |document: &usize| Root { document: *document, pointer: String::new() };
    let roots_of_schemas: Vec<Root> = roots.iter().map(root).collect();
    let texts: Vec<(String, &Value)> =
        documents.iter().map(|(_, address, schema)| (address.clone(), schema)).collect();
    match compile(&texts, &roots_of_schemas) {
        Ok(schemas) => names.zip(schemas).collect(),
        Err(errors) => {
            let told = errors.iter().map(|error| {
                let name = error.address.rsplit('/').next().unwrap_or_default();
                format!("the model {name} {} (at #{})", error.problem, error.pointer)
            });
            problems.extend(told);
            Schemas::new()
        }
    }
}

fn address(picture: &Picture, name: &str) -> String {
    format!("https://apigateway.amazonaws.com/restapis/{}/models/{name}", picture.api.id)
}

/// What a method asks, by its validator.
pub(super) fn request_validation(
    picture: &Picture,
    method: &Method,
    schemas: &Schemas,
) -> Result<RequestValidation, Problem> {
    let Some(validator) = validator(picture, method) else {
        return Ok(RequestValidation::default());
    };
    let declared = method.request_parameters.iter().flatten();
    let required =
        declared.filter(|(_, is_required)| **is_required && validator.validate_request_parameters);
    let required = required.map(|(name, _)| {
        let parts = name.strip_prefix("method.request.").and_then(|rest| rest.split_once('.'));
        let parameter = parts.and_then(|(place, name)| RequiredParameter::new(place, name));
        parameter.ok_or_else(|| format!("requires the parameter {name}, which is none"))
    });
    let required = required.collect::<Result<Vec<_>, Problem>>()?;
    let mut body = validator.validate_request_body.then(BodyModels::default);
    if let Some(models) = &mut body {
        for (key, name) in method.request_models.iter().flatten() {
            let Some(schema) = schemas.get(name) else { continue };
            if key == DEFAULT {
                models.default = Some(schema.clone());
                continue;
            }
            let media_type = MediaType::parse(key)
                .ok_or_else(|| format!("has a model of {key:?}, which is no media type"))?;
            models.models.push((media_type, schema.clone()));
        }
    }
    Ok(RequestValidation::new(required, body))
}
