//! What an operation asks of requests: its parameters and body, as far as its validator checks them.
//!
//! Schemas are noted while operations are read, and compiled together at the end: those that operations
//! share are compiled once.

use std::cell::RefCell;
use std::collections::HashSet;

use json_schema::Root;
use model::{
    BodyModels, ConfigError, MediaType, MethodKey, PathTemplate, RequestValidation,
    RequiredParameter, Resource,
};

use crate::document::Scope;
use crate::node::{Node, Object, all};
use crate::reference;

/// The schemas of bodies that are validated.
#[derive(Debug, Default)]
pub(crate) struct Schemas(RefCell<Vec<NotedSchema>>);

#[derive(Debug)]
struct NotedSchema {
    path: PathTemplate,
    key: MethodKey,
    media_type: MediaType,
    /// In the document.
    pointer: String,
}

/// Reads what the validator of an operation checks.
pub(crate) fn read(
    key: MethodKey,
    path: &PathTemplate,
    item: &Object<'_>,
    operation: &Object<'_>,
    scope: &Scope<'_>,
) -> Option<RequestValidation> {
    let validator = scope.validators.of(operation)?;
    if !validator.validates_body && !validator.validates_parameters {
        return Some(RequestValidation::default());
    }
    let parameters = parameters(item, operation, scope)?;
    let required = if validator.validates_parameters {
        all(parameters.iter().filter_map(required_parameter))?
    } else {
        Vec::new()
    };
    let body = if validator.validates_body {
        for (media_type, schema) in bodies(operation, &parameters, scope)? {
            let pointer = schema.pointer().to_owned();
            let noted = NotedSchema { path: path.clone(), key, media_type, pointer };
            scope.schemas.0.borrow_mut().push(noted);
        }
        Some(BodyModels::default())
    } else {
        None
    };
    Some(RequestValidation::new(required, body))
}

/// The parameters of an operation, and those of its path that it does not have itself.
pub(crate) fn parameters<'a>(
    item: &Object<'a>,
    operation: &Object<'a>,
    scope: &Scope<'a>,
) -> Option<Vec<Object<'a>>> {
    let mut known = HashSet::new();
    let mut parameters = Vec::new();
    for holder in [operation, item] {
        let Some(node) = holder.get("parameters") else { continue };
        let own = all(node.list()?.iter().map(|node| reference::followed(node, scope.root)))?;
        for parameter in own {
            let text = |key| parameter.get(key).and_then(|node| node.as_text().map(str::to_owned));
            if known.insert((text("in"), text("name"))) {
                parameters.push(parameter);
            }
        }
    }
    Some(parameters)
}

/// None for one that need not be there; a cookie is not looked at, as on AWS.
fn required_parameter(parameter: &Object<'_>) -> Option<Option<RequiredParameter>> {
    let place = parameter.get("in").and_then(|node| node.as_text());
    let place = match place {
        Some("query") => "querystring",
        Some(place @ ("header" | "path")) => place,
        Some(_) | None => return None,
    };
    parameter.get("required").filter(|node| node.as_boolean() == Some(true))?;
    let Some(node) = parameter.required("name", "write the name of the parameter") else {
        return Some(None);
    };
    let required = node.text().map(|name| RequiredParameter::new(place, name));
    if required == Some(None) {
        node.report_mismatch("the name of a header", "");
    }
    Some(required.flatten())
}

/// The schemas of bodies by media type: of `requestBody`, or of Swagger's parameter `in: body`.
fn bodies<'a>(
    operation: &Object<'a>,
    parameters: &[Object<'a>],
    scope: &Scope<'a>,
) -> Option<Vec<(MediaType, Node<'a>)>> {
    let mut found = Vec::new();
    if let Some(node) = operation.get("requestBody") {
        let body = reference::followed(&node, scope.root)?;
        for (key, content) in
            body.get("content").and_then(|node| node.as_object()).iter().flat_map(Object::entries)
        {
            if let Some(schema) = content.object()?.get("schema") {
                found.push((media_type(&content, key)?, schema));
            }
        }
    }
    let is_body = |parameter: &&Object<'_>| {
        parameter.get("in").is_some_and(|node| node.as_text() == Some("body"))
    };
    if let Some(schema) = parameters.iter().find(is_body).and_then(|body| body.get("schema")) {
        let types = operation.get("consumes").or_else(|| scope.root.get("consumes"));
        match types {
            None => found.push((MediaType::parse("application/json")?, schema)),
            Some(types) => {
                for node in types.list()? {
                    found.push((media_type(&node, node.text()?)?, schema.clone()));
                }
            }
        }
    }
    Some(found)
}

fn media_type(node: &Node<'_>, text: &str) -> Option<MediaType> {
    let media_type = MediaType::parse(text);
    if media_type.is_none() {
        node.report("must be of a media type such as application/json");
    }
    media_type
}

impl Schemas {
    /// Compiles all, and gives each method its own.
    pub(crate) fn compile(&self, root: &Object<'_>, resources: &mut [Resource]) {
        let noted = self.0.borrow();
        let roots: Vec<Root> = noted
            .iter()
            .map(|noted| Root { document: 0, pointer: noted.pointer.clone() })
            .collect();
        let schemas = match json_schema::compile(&[(String::new(), root.node().value())], &roots) {
            Ok(schemas) => schemas,
            Err(errors) => {
                for error in errors {
                    root.node().report_elsewhere(error_of(&error));
                }
                return;
            }
        };
        for (noted, schema) in noted.iter().zip(schemas) {
            let methods = resources.iter_mut().filter(|resource| resource.path == noted.path);
            let mut methods = methods.flat_map(|resource| &mut resource.methods);
            if let Some(method) = methods.find(|method| method.key == noted.key) {
                let models = method.validation.body.get_or_insert_default();
                models.models.push((noted.media_type.clone(), schema));
            }
        }
    }
}

/// At its place, written as other places are.
fn error_of(error: &json_schema::InvalidSchema) -> ConfigError {
    let names = error.pointer.split('/').skip(1);
    let names: Vec<String> = names.map(|name| name.replace("~1", "/").replace("~0", "~")).collect();
    ConfigError::new(names.join("."), format!("is a schema that {}", error.problem))
}
