//! One schema of a model and of all models that it refers to.
//!
//! A model names another one by its address, `https://apigateway.amazonaws.com/restapis/{api}/models/{name}`.
//! In the one schema that is `#/definitions/{name}`, and the other one stands there: so models may
//! refer to each other, and to themselves.

use serde_json::{Map, Value};
use store::{ReadTransaction, Stored};

use super::PayloadModel;
use crate::refusal::Refusal;
use crate::rest_api::RestApi;

/// Longest text of all models that are put together.
const FLAT_BYTES_MAX: usize = 4 * 1024 * 1024;

/// The schema of a model with all that it refers to; none if it has none that is an object.
pub(super) fn flatten(
    transaction: &ReadTransaction<'_>,
    api: &Stored<RestApi>,
    model: &PayloadModel,
) -> Result<Option<Value>, Refusal> {
    let Some(mut root) = schema_of(model) else {
        return Ok(None);
    };
    let models = transaction.list::<PayloadModel>(api.row)?;
    let mut references = References {
        prefix: format!("https://apigateway.amazonaws.com/restapis/{}/models/", api.document.id),
        root: &model.name,
        models: &models,
        taken: definitions(&root).map_or(Vec::new(), |taken| taken.keys().cloned().collect()),
        found: Vec::new(),
    };
    references.rewrite_all(&mut root, "#");
    let mut added = Map::new();
    let mut bytes = model.schema.as_ref().map_or(0, String::len);
    while let Some((model, key)) = references.found.get(added.len()).cloned() {
        bytes += model.schema.as_ref().map_or(0, String::len);
        if bytes > FLAT_BYTES_MAX {
            return Err(Refusal::bad_request(format!(
                "The model and what it refers to exceed the maximum size of {FLAT_BYTES_MAX} bytes"
            )));
        }
        let mut schema = schema_of(model).unwrap_or_default();
        references.rewrite_all(&mut schema, &format!("#/definitions/{key}"));
        added.insert(key, Value::Object(schema));
    }
    if !added.is_empty() {
        let mut all = definitions(&root).cloned().unwrap_or_default();
        all.extend(added);
        root.insert("definitions".to_owned(), Value::Object(all));
    }
    Ok(Some(Value::Object(root)))
}

fn definitions(schema: &Map<String, Value>) -> Option<&Map<String, Value>> {
    schema.get("definitions")?.as_object()
}

fn schema_of(model: &PayloadModel) -> Option<Map<String, Value>> {
    serde_json::from_str(model.schema.as_ref()?).ok()
}

/// What is referred to, in the order in which it was found.
struct References<'a> {
    /// Of the addresses of the API's models.
    prefix: String,
    /// The name of the model that all is put into.
    root: &'a str,
    models: &'a [Stored<PayloadModel>],
    /// Names that definitions have.
    taken: Vec<String>,
    /// Models, and the names of their definitions.
    found: Vec<(&'a PayloadModel, String)>,
}

impl References<'_> {
    /// Rewrites the references of a schema, which stands at `place` now.
    fn rewrite_all(&mut self, schema: &mut Map<String, Value>, place: &str) {
        for (name, value) in schema {
            match value {
                Value::String(reference) if name == "$ref" => {
                    if let Some(rewritten) = self.rewritten(reference, place) {
                        *reference = rewritten;
                    }
                }
                value => self.rewrite(value, place),
            }
        }
    }

    fn rewrite(&mut self, value: &mut Value, place: &str) {
        match value {
            Value::Object(members) => self.rewrite_all(members, place),
            Value::Array(items) => items.iter_mut().for_each(|item| self.rewrite(item, place)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    /// None for what leads elsewhere.
    fn rewritten(&mut self, reference: &str, place: &str) -> Option<String> {
        if let Some(rest) = reference.strip_prefix('#') {
            return Some(format!("{place}{rest}"));
        }
        let address = reference.strip_prefix(&self.prefix)?;
        let (name, rest) = address.split_once('#').unwrap_or((address, ""));
        if name == self.root {
            return Some(format!("#{rest}"));
        }
        let model = &self.models.iter().find(|stored| stored.document.name == name)?.document;
        let known = self.found.iter().find(|(known, _)| known.name == name);
        let key = match known {
            Some((_, key)) => key.clone(),
            None => {
                let key = self.free_key(name);
                self.found.push((model, key.clone()));
                key
            }
        };
        Some(format!("#/definitions/{key}{rest}"))
    }

    /// The name of the model, or the first one after it that no definition has.
    fn free_key(&mut self, name: &str) -> String {
        let mut key = name.to_owned();
        let mut number = 2;
        while self.taken.contains(&key) {
            key = format!("{name}{number}");
            number += 1;
        }
        self.taken.push(key.clone());
        key
    }
}
