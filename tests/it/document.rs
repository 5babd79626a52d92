//! The API documents that tests serve: JSON, which is YAML too.

use serde_json::{Map, Value, json};

use crate::components::Component;
use crate::event_text::EventText;

/// An `openapi.yaml` with the components that it names.
#[derive(Clone)]
pub(crate) struct Document {
    root: Value,
    components: Vec<Component>,
    /// Those in text, by their name.
    texts: Vec<(String, Vec<u8>)>,
}

impl Document {
    /// An API `test` with a stage `dev`, still without a path.
    pub(crate) fn new() -> Self {
        let root = json!({
            "openapi": "3.0.1",
            "info": { "title": "Test", "version": "1" },
            "x-edgeway-functions": {},
            "paths": {},
        });
        Self { root, components: Vec::new(), texts: Vec::new() }
    }

    /// A function with the settings that it has by default.
    pub(crate) fn function(self, name: &str, component: Component) -> Self {
        self.function_with(name, component, json!({}))
    }

    /// A function with settings.
    pub(crate) fn function_with(
        mut self,
        name: &str,
        component: Component,
        settings: Value,
    ) -> Self {
        let path = json!({ "component": format!("components/{}.wasm", component.0) });
        self.root["x-edgeway-functions"][name] = merged(path, settings);
        if !self.components.contains(&component) {
            self.components.push(component);
        }
        self
    }

    /// A function in the text format, with settings.
    pub(crate) fn function_of(mut self, name: &str, text: &EventText<'_>, settings: Value) -> Self {
        let path = json!({ "component": format!("components/{name}.wasm") });
        self.root["x-edgeway-functions"][name] = merged(path, settings);
        self.texts.push((name.to_owned(), text.component()));
        self
    }

    /// A function whose component the test writes itself.
    pub(crate) fn function_at(mut self, name: &str, path: &str) -> Self {
        self.root["x-edgeway-functions"][name] = json!({ "component": path });
        self
    }

    /// A method of a path: `GET /pets`.
    pub(crate) fn route(mut self, line: &str, operation: Value) -> Self {
        let (method, path) = line.split_once(' ').unwrap();
        let key = match method {
            "ANY" => "x-amazon-apigateway-any-method".to_owned(),
            _ => method.to_lowercase(),
        };
        self.root["paths"][path][key] = operation;
        self
    }

    /// An authorizer: its name, what is in `x-amazon-apigateway-authorizer`.
    pub(crate) fn authorizer(mut self, name: &str, function: &str, settings: Value) -> Self {
        let authorizer = merged(json!({ "authorizerUri": function_uri(function) }), settings);
        self.root["components"]["securitySchemes"][name] = json!({
            "type": "apiKey",
            "name": "Authorization",
            "in": "header",
            "x-amazon-apigateway-authtype": "custom",
            "x-amazon-apigateway-authorizer": authorizer,
        });
        self
    }

    /// Anything else at the top level.
    pub(crate) fn with(mut self, name: &str, value: Value) -> Self {
        self.root[name] = value;
        self
    }

    pub(crate) fn text(&self) -> String {
        serde_json::to_string_pretty(&self.root).unwrap()
    }

    /// Name and bytes of each component.
    pub(crate) fn components(&self) -> impl Iterator<Item = (&str, Vec<u8>)> {
        let built = self.components.iter().map(|component| (component.0, component.bytes()));
        built.chain(self.texts.iter().map(|(name, bytes)| (name.as_str(), bytes.clone())))
    }
}

/// An operation that calls a function.
pub(crate) fn function(name: &str) -> Value {
    integration(json!({ "type": "aws_proxy", "httpMethod": "POST", "uri": function_uri(name) }))
}

/// An operation that is forwarded.
pub(crate) fn http_proxy(uri: &str) -> Value {
    integration(json!({ "type": "http_proxy", "httpMethod": "ANY", "uri": uri }))
}

/// An operation that answers 200 by itself.
pub(crate) fn mock(body: &str) -> Value {
    integration(json!({
        "type": "mock",
        "passthroughBehavior": "when_no_templates",
        "requestTemplates": { "application/json": "{\"statusCode\": 200}" },
        "responses": {
            "default": { "statusCode": "200", "responseTemplates": { "application/json": body } },
        },
    }))
}

pub(crate) fn integration(integration: Value) -> Value {
    json!({ "x-amazon-apigateway-integration": integration })
}

/// An operation with more in its integration.
pub(crate) fn integrated(mut operation: Value, more: Value) -> Value {
    let integration = operation["x-amazon-apigateway-integration"].take();
    operation["x-amazon-apigateway-integration"] = merged(integration, more);
    operation
}

/// An operation with more around its integration.
pub(crate) fn merged(base: Value, more: Value) -> Value {
    let (Value::Object(mut base), Value::Object(more)) = (base, more) else {
        panic!("two objects are merged");
    };
    base.extend(more);
    Value::Object(base)
}

/// An operation behind an authorizer.
pub(crate) fn secured(operation: Value, authorizer: &str) -> Value {
    let requirement = Map::from_iter([(authorizer.to_owned(), json!([]))]);
    merged(operation, json!({ "security": [requirement] }))
}

fn function_uri(name: &str) -> String {
    format!(
        "arn:aws:apigateway:${{AWS::Region}}:lambda:path/2015-03-31/functions/\
         arn:aws:lambda:${{AWS::Region}}:${{AWS::AccountId}}:function:{name}/invocations"
    )
}
