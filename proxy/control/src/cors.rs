//! What lets pages of another origin call an API, as AWS's console does it: the calls of AWS's client,
//! for a person to read and a shell to run. Nothing is written here.

use std::fmt::Write as _;

use serde_json::{Value, json};
use store::{Account, ReadTransaction, StoreError};

use crate::gateway_response::GatewayResponse;
use crate::integration::Integration;
use crate::method::Method;
use crate::resource::Resource;
use crate::rest_api::RestApi;

/// Whose pages may call, and what they may send.
#[derive(Clone, Debug)]
pub struct CrossOrigin {
    /// `*`, or one origin.
    pub origin: String,
    /// A comma list.
    pub headers: String,
    /// Whether pages may send cookies and the like.
    pub allows_credentials: bool,
    /// Seconds for which a browser need not ask again.
    pub max_age: Option<u32>,
}

/// The header that every answer has.
const ALLOW_ORIGIN: &str = "Access-Control-Allow-Origin";

/// The calls that set an API up; none if there is no such API.
///
/// # Errors
/// That the store cannot be read.
pub fn cross_origin_calls(
    transaction: &ReadTransaction<'_>,
    api: &str,
    wanted: &CrossOrigin,
) -> Result<Option<String>, StoreError> {
    let Some(api) = transaction.get::<RestApi>(Account::row(), api)? else {
        return Ok(None);
    };
    let mut script = Script { api: &api.document.id, wanted, text: "set -e\n".to_owned() };
    for resource in transaction.list::<Resource>(api.row)? {
        let methods = transaction.list::<Method>(resource.row)?;
        let methods: Vec<Method> = methods.into_iter().map(|stored| stored.document).collect();
        script.resource(&resource.document, &methods);
    }
    let customised = transaction.list::<GatewayResponse>(api.row)?;
    let mut kinds = vec!["DEFAULT_4XX".to_owned(), "DEFAULT_5XX".to_owned()];
    // What has a response of its own takes nothing from the general ones.
    kinds.extend(customised.into_iter().map(|stored| stored.document.response_type));
    kinds.sort();
    kinds.dedup();
    for kind in kinds {
        script.gateway_response(&kind);
    }
    script.note(
        "Then deploy it: aws apigateway create-deployment --rest-api-id ID --stage-name NAME",
    );
    Ok(Some(script.text))
}

struct Script<'a> {
    api: &'a str,
    wanted: &'a CrossOrigin,
    text: String,
}

impl Script<'_> {
    fn note(&mut self, text: &str) {
        let _ = writeln!(self.text, "# {text}");
    }

    fn call(&mut self, command: &str, more: &[&str]) {
        let _ = write!(self.text, "aws apigateway {command} --rest-api-id {}", self.api);
        for argument in more {
            let _ = write!(self.text, " {}", quoted(argument));
        }
        self.text.push('\n');
    }

    fn resource(&mut self, resource: &Resource, methods: &[Method]) {
        if methods.is_empty() {
            return;
        }
        let is_options = |method: &&Method| method.http_method == "OPTIONS";
        if methods.iter().any(|method| is_options(&method)) {
            self.note(&format!("{} has a method OPTIONS, which is left as it is", resource.path));
        } else {
            self.preflight(resource, methods);
        }
        for method in methods.iter().filter(|method| !is_options(method)) {
            match &method.method_integration {
                Some(integration) if integration.kind.ends_with("_PROXY") => self.note(&format!(
                    "{} {} must answer {ALLOW_ORIGIN} itself: what it answers is passed on",
                    method.http_method, resource.path
                )),
                Some(integration) => self.responses(resource, method, integration),
                None => {}
            }
        }
    }

    /// A method that answers before a page sends.
    fn preflight(&mut self, resource: &Resource, methods: &[Method]) {
        let names = if methods.iter().any(|method| method.http_method == "ANY") {
            "DELETE,GET,HEAD,OPTIONS,PATCH,POST,PUT".to_owned()
        } else {
            let mut names: Vec<&str> =
                methods.iter().map(|method| method.http_method.as_str()).collect();
            names.push("OPTIONS");
            names.sort_unstable();
            names.join(",")
        };
        let mut headers = vec![
            ("Access-Control-Allow-Headers", self.wanted.headers.clone()),
            ("Access-Control-Allow-Methods", names),
        ];
        headers.extend(self.of_every_answer());
        if let Some(seconds) = self.wanted.max_age {
            headers.push(("Access-Control-Max-Age", seconds.to_string()));
        }
        let parameters = |value: &dyn Fn(&str) -> Value| {
            let entry = |(name, text): &(&str, String)| (format!("{METHOD}{name}"), value(text));
            Value::Object(headers.iter().map(entry).collect()).to_string()
        };
        let (declared, set) = (parameters(&|_| json!(false)), parameters(&|text| literal(text)));
        let at = ["--resource-id", &resource.id, "--http-method", "OPTIONS"];
        let status = ["--status-code", "204", "--response-parameters"];
        let template = r#"{"application/json":"{\"statusCode\":204}"}"#;
        self.call("put-method", &[&at[..], &["--authorization-type", "NONE"]].concat());
        self.call("put-method-response", &[&at[..], &status, &[&declared]].concat());
        let mock = ["--type", "MOCK", "--request-templates", template];
        self.call("put-integration", &[&at[..], &mock].concat());
        self.call("put-integration-response", &[&at[..], &status, &[&set]].concat());
    }

    /// The headers of the answers of an integration that is no proxy.
    fn responses(&mut self, resource: &Resource, method: &Method, integration: &Integration) {
        for (status, response) in &integration.integration_responses {
            let name = format!("{METHOD}{ALLOW_ORIGIN}");
            let is_there = |name: &String| {
                response.response_parameters.as_ref().is_some_and(|all| all.contains_key(name))
            };
            if is_there(&name) {
                continue;
            }
            let at = ["--resource-id", &resource.id, "--http-method", &method.http_method];
            let at = [&at[..], &["--status-code", status, "--patch-operations"]].concat();
            let headers = self.of_every_answer();
            let add = |value: &dyn Fn(&str) -> Value| {
                let operation = |(name, text): &(&str, String)| {
                    let path = format!("/responseParameters/{METHOD}{name}");
                    json!({"op": "add", "path": path, "value": value(text)})
                };
                Value::Array(headers.iter().map(operation).collect()).to_string()
            };
            let (declared, set) = (add(&|_| json!("false")), add(&|text| literal(text)));
            self.call("update-method-response", &[&at[..], &[&declared]].concat());
            self.call("update-integration-response", &[&at[..], &[&set]].concat());
        }
    }

    fn gateway_response(&mut self, kind: &str) {
        let operation = |(name, text): (&str, String)| {
            let path = format!("/responseParameters/gatewayresponse.header.{name}");
            json!({"op": "add", "path": path, "value": literal(&text)})
        };
        let operations = self.of_every_answer().into_iter().map(operation).collect();
        let operations = Value::Array(operations).to_string();
        let arguments = ["--response-type", kind, "--patch-operations", &operations];
        self.call("update-gateway-response", &arguments);
    }

    fn of_every_answer(&self) -> Vec<(&'static str, String)> {
        let mut headers = vec![(ALLOW_ORIGIN, self.wanted.origin.clone())];
        if self.wanted.allows_credentials {
            headers.push(("Access-Control-Allow-Credentials", "true".to_owned()));
        }
        headers
    }
}

const METHOD: &str = "method.response.header.";

/// A text in a mapping expression.
fn literal(text: &str) -> Value {
    json!(format!("'{text}'"))
}

/// As one word of a shell.
fn quoted(argument: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:".contains(&byte);
    if !argument.is_empty() && argument.bytes().all(is_plain) {
        return argument.to_owned();
    }
    format!("'{}'", argument.replace('\'', r"'\''"))
}
