//! The picture of an API that a deployment is: all that the store has of it, in one document.
//!
//! It is kept as it was written, and compiled when it is loaded: so a picture outlives the version
//! of the program that took it. Functions are pinned by the digest of their component.

use std::collections::{BTreeMap, BTreeSet};

use model::{AuthorizerIndex, Backends, CALLER_CREDENTIALS, Digest, Verb};
use openapi::FunctionAddress;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use store::{Account, ReadTransaction, Stored};

use crate::authorizer::Authorizer;
use crate::called_function::{CalledFunction, PinnedFunction};
use crate::callee::Callee;
use crate::compile;
use crate::function_calls::{
    CallCredentials, FunctionCall, FunctionCaller, FunctionCalls, ServiceCall,
};
use crate::gateway_response::GatewayResponse;
use crate::integration::Integration;
use crate::method::Method;
use crate::payload_model::PayloadModel;
use crate::port::Functions;
use crate::refusal::Refusal;
use crate::request_validator::RequestValidator;
use crate::resource::Resource;
use crate::rest_api::RestApi;
use crate::vpc_link::VpcLink;

/// Everything that a deployment is made of.
#[derive(Deserialize, Serialize)]
pub(crate) struct Picture {
    pub(crate) api: RestApi,
    pub(crate) resources: Vec<PicturedResource>,
    pub(crate) authorizers: Vec<Authorizer>,
    pub(crate) gateway_responses: Vec<GatewayResponse>,
    pub(crate) request_validators: Vec<RequestValidator>,
    /// Pictures that are older have none, and no validator that needed them.
    #[serde(default)]
    pub(crate) models: Vec<PayloadModel>,
    pub(crate) functions: Vec<PinnedFunction>,
    /// Functions that stage variables name, by the addresses that do: not of the picture, but of the
    /// stage that it is looked at for.
    #[serde(skip)]
    named: Vec<(String, Option<FunctionAddress>)>,
    /// The names of VPC links by their ids, where an integration goes over one.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) vpc_links: BTreeMap<String, String>,
}

/// A resource with its methods.
#[derive(Deserialize, Serialize)]
pub(crate) struct PicturedResource {
    pub(crate) resource: Resource,
    pub(crate) methods: Vec<Method>,
}

impl Picture {
    /// Takes the picture of an API as it is now.
    pub(crate) fn take(
        transaction: &ReadTransaction<'_>,
        api: &Stored<RestApi>,
        functions: &dyn Functions,
    ) -> Result<Self, Refusal> {
        let mut resources = Vec::new();
        for resource in transaction.list::<Resource>(api.row)? {
            let methods = transaction.list::<Method>(resource.row)?;
            let methods = methods.into_iter().map(|stored| stored.document).collect();
            resources.push(PicturedResource { resource: resource.document, methods });
        }
        Self::of(transaction, api, resources, functions)
    }

    /// Takes the picture of an API with some resources.
    pub(crate) fn of(
        transaction: &ReadTransaction<'_>,
        api: &Stored<RestApi>,
        resources: Vec<PicturedResource>,
        functions: &dyn Functions,
    ) -> Result<Self, Refusal> {
        let mut picture = Self {
            api: api.document.clone(),
            resources,
            authorizers: documents(transaction.list(api.row)?),
            gateway_responses: documents(transaction.list(api.row)?),
            request_validators: documents(transaction.list(api.row)?),
            models: documents(transaction.list(api.row)?),
            functions: Vec::new(),
            named: Vec::new(),
            vpc_links: BTreeMap::new(),
        };
        picture.note_vpc_links(transaction)?;
        picture.pin(functions)?;
        Ok(picture)
    }

    fn note_vpc_links(&mut self, transaction: &ReadTransaction<'_>) -> Result<(), Refusal> {
        let methods = self.resources.iter().flat_map(|resource| &resource.methods);
        let mut integrations = methods.filter_map(|method| method.method_integration.as_ref());
        if integrations.any(Integration::is_over_vpc_link) {
            let links = documents::<VpcLink>(transaction.list(Account::row())?);
            self.vpc_links = links.into_iter().map(|link| (link.id, link.name)).collect();
        }
        Ok(())
    }

    /// Notes the components of all functions that are named.
    fn pin(&mut self, functions: &dyn Functions) -> Result<(), Refusal> {
        let mut pinned: Vec<PinnedFunction> = Vec::new();
        for (uri, ..) in self.function_callers() {
            // What is no address of a function is refused where it is compiled.
            let Ok(address) = FunctionAddress::parse(uri) else { continue };
            if pinned.iter().any(|pinned| pinned.is(&address)) {
                continue;
            }
            let plugin = functions.find(&address.name, address.qualifier.as_deref());
            let plugin = plugin.ok_or_else(|| {
                Refusal::bad_request(format!("Function not found: {}", crate::input::shown(uri)))
            })?;
            pinned.push(PinnedFunction::new(address, plugin.digest));
        }
        self.functions = pinned;
        Ok(())
    }

    /// What calls a function, by the address of the function, and as whom it calls.
    fn function_callers(&self) -> Vec<(&str, FunctionCaller, CallCredentials)> {
        let mut callers = Vec::new();
        for (position, PicturedResource { resource, methods }) in self.resources.iter().enumerate()
        {
            for method in methods {
                let Some(integration) = &method.method_integration else { continue };
                let Some(uri) = integration.function_uri() else { continue };
                let (path, verbs) = (resource.path.clone(), verbs(method, methods));
                let caller = FunctionCaller::Integration { resource: position, path, verbs };
                callers.push((
                    uri,
                    caller,
                    CallCredentials::of(integration.credentials.as_deref()),
                ));
            }
        }
        let needed = self.authorizers.iter().filter(|authorizer| self.needs(authorizer));
        for (position, authorizer) in needed.enumerate() {
            let uri = authorizer.authorizer_uri.as_deref();
            let Some(uri) = uri else { continue };
            let (index, id) = (AuthorizerIndex(position), authorizer.id.clone());
            let caller = FunctionCaller::Authorizer { index, id };
            let credentials = authorizer.authorizer_credentials.as_deref();
            callers.push((uri, caller, CallCredentials::of(credentials)));
        }
        callers
    }

    /// What it calls, and what that is now.
    pub(crate) fn function_calls(&self, port: &dyn Functions) -> Result<FunctionCalls, Refusal> {
        let mut calls = Vec::new();
        for (uri, caller, credentials) in self.function_callers() {
            // What is no address of a function is refused where it is compiled.
            let Some(function) = self.function(uri) else { continue };
            calls.push(FunctionCall { function, caller, credentials });
        }
        let functions = self.called_functions();
        FunctionCalls::find(&self.api.id, functions, calls, self.service_calls(), port)
    }

    /// The stage variables that functions are named by.
    pub(crate) fn function_variables(&self) -> BTreeSet<String> {
        let callers = self.function_callers();
        callers
            .iter()
            .flat_map(|(uri, ..)| FunctionAddress::variables(uri))
            .map(str::to_owned)
            .collect()
    }

    /// Looks at it for a stage: its variables name functions.
    pub(crate) fn name_functions(&mut self, variables: &BTreeMap<String, String>) {
        let value = |name: &str| variables.get(name).map(String::as_str);
        let named = self.function_callers().into_iter().filter_map(|(uri, ..)| {
            // Values that make no name: a function that is not there.
            Some((uri.to_owned(), FunctionAddress::parse_at_stage(uri, value)?.ok()))
        });
        let named: BTreeMap<String, Option<FunctionAddress>> = named.collect();
        self.named = named.into_iter().collect();
    }

    /// What it calls: those that are pinned, and those that a stage names.
    pub(crate) fn called_functions(&self) -> Vec<CalledFunction> {
        let pinned = self.functions.iter().cloned().map(CalledFunction::Pinned);
        let named = self.named.iter().map(|(_, address)| CalledFunction::Named(address.clone()));
        pinned.chain(named).collect()
    }

    /// Which of them an address names.
    pub(crate) fn function(&self, uri: &str) -> Option<usize> {
        match FunctionAddress::parse(uri) {
            Ok(address) => self.functions.iter().position(|pinned| pinned.is(&address)),
            Err(_) => {
                let named = self.named.iter().position(|(known, _)| known == uri);
                named.map(|position| self.functions.len() + position)
            }
        }
    }

    /// What calls a service as a role.
    fn service_calls(&self) -> Vec<ServiceCall> {
        let mut calls = Vec::new();
        for (position, PicturedResource { methods, .. }) in self.resources.iter().enumerate() {
            for method in methods {
                let integration = method.method_integration.as_ref();
                let integration = integration.filter(|integration| integration.calls_service());
                let role = integration.and_then(|integration| integration.credentials.clone());
                let role = role.filter(|role| role != CALLER_CREDENTIALS);
                let Some(role) = role else { continue };
                calls.push(ServiceCall { resource: position, verbs: verbs(method, methods), role });
            }
        }
        calls
    }

    /// Whether a method has this authorizer, which is a function: what no method has is not looked at.
    pub(crate) fn needs(&self, authorizer: &Authorizer) -> bool {
        let mut methods = self.resources.iter().flat_map(|resource| &resource.methods);
        methods.any(|method| {
            authorizer.is_lambda()
                && method.authorization_type == "CUSTOM"
                && method.authorizer_id.as_deref() == Some(authorizer.id.as_str())
        })
    }

    pub(crate) fn to_bytes(&self) -> Result<Vec<u8>, Refusal> {
        serde_json::to_vec(self).map_err(|error| Refusal::internal(&error.to_string()))
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, Refusal> {
        serde_json::from_slice(bytes).map_err(|error| Refusal::internal(&error.to_string()))
    }

    /// The components that it needs for as long as it is there.
    pub(crate) fn components(&self) -> impl Iterator<Item = Digest> {
        self.functions.iter().filter_map(PinnedFunction::digest)
    }

    /// What the data plane serves.
    pub(crate) fn compile(
        &self,
        id: &str,
        callees: &[Callee],
        backends: &Backends,
    ) -> Result<model::Deployment, Refusal> {
        compile::deployment(self, id, callees, backends)
    }

    /// `apiSummary`: the methods by path.
    pub(crate) fn summary(&self) -> Value {
        let mut paths = Map::new();
        for PicturedResource { resource, methods } in &self.resources {
            let methods = methods.iter().map(|method| {
                let summary = json!({
                    "authorizationType": method.authorization_type,
                    "apiKeyRequired": method.api_key_required,
                });
                (method.http_method.clone(), summary)
            });
            let methods: Map<String, Value> = methods.collect();
            if !methods.is_empty() {
                paths.insert(resource.path.clone(), Value::Object(methods));
            }
        }
        Value::Object(paths)
    }
}

/// The HTTP methods that a method answers: `ANY` those that no other of its resource does.
fn verbs(method: &Method, all: &[Method]) -> Vec<Verb> {
    let is = |name: &str, verb: Verb| name == verb.as_str();
    let is_other = |verb: Verb| all.iter().any(|other| is(&other.http_method, verb));
    let answers = |verb: &Verb| match method.http_method.as_str() {
        "ANY" => !is_other(*verb),
        name => is(name, *verb),
    };
    Verb::ALL.into_iter().filter(answers).collect()
}

fn documents<D>(stored: Vec<Stored<D>>) -> Vec<D> {
    stored.into_iter().map(|stored| stored.document).collect()
}
