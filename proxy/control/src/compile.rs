//! From what the store has of an API to what the data plane serves.
//!
//! What AWS takes and this data plane does not have yet is refused here, by name: a stage never
//! serves something else than what was deployed, and nothing that protects an API is left out.

mod authorizer;
mod gateway_response;
mod integration;
mod jwt_authorizer;
mod request_validation;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use model::{
    Api, ApiId, ApiKeySource, AuthorizerIndex, Backends, BinaryMediaTypes, CompressionSize,
    Deployment, DeploymentId, Function, FunctionIndex, FunctionName, FunctionSettings,
    FunctionVersion, JwtAuthorizer, MediaType, MethodAuthorization, MethodKey, PathTemplate,
    ResourceId, ResourcePolicy, Verb, VpcLinks,
};
use openapi::FunctionAddress;
use regex::Regex;

use crate::called_function::CalledFunction;
use crate::callee::Callee;
use crate::iam::role::RoleArn;
use crate::input::shown;
use crate::method::Method;
use crate::picture::Picture;
use crate::refusal::Refusal;
use authorizer::{header_source, ttl};
use request_validation::{Schemas, request_validation};

/// Problems that one answer names; the rest would not be read.
const PROBLEMS_MAX: usize = 10;

/// Different expressions of one API: with the size of each, this bounds the memory.
const EXPRESSIONS_MAX: usize = 200;

/// The tag of an API that says what AWS has no member for; documents have an extension of this name.
const RATE_LIMIT_HEADERS: &str = "x-edgeway-rate-limit-headers";

/// A sentence about what cannot be deployed.
type Problem = String;

/// Compiles a picture.
pub(crate) fn deployment(
    picture: &Picture,
    id: &str,
    callees: &[Callee],
    backends: &Backends,
) -> Result<Deployment, Refusal> {
    let methods = || picture.resources.iter().flat_map(|resource| &resource.methods);
    if methods().next().is_none() {
        return Err(Refusal::bad_request("The REST API doesn't contain any methods"));
    }
    if methods().any(|method| method.method_integration.is_none()) {
        return Err(Refusal::bad_request("No integration defined for method"));
    }
    let called = picture.called_functions();
    let functions = called.iter().zip(callees).map(|(called, callee)| function(called, callee));
    let functions = functions.collect::<Result<Vec<Function>, Refusal>>()?;
    let mut problems = Vec::new();
    let schemas = request_validation::schemas(picture, &mut problems);
    let mut scope = Scope {
        picture,
        backends,
        vpc_links: vpc_links(picture, backends),
        schemas,
        patterns: HashMap::new(),
        jwt_authorizers: HashMap::new(),
    };
    let api = scope.api(functions, &mut problems);
    match api.filter(|_| problems.is_empty()) {
        Some(api) => {
            let id =
                DeploymentId::parse(id).map_err(|error| Refusal::internal(&error.to_string()))?;
            let versions = callees.iter().map(|callee| callee.versions.clone()).collect();
            Deployment::compile(id, api, versions).map_err(|errors| {
                refusal(errors.iter().map(|error| format!("{} {}", error.place, error.problem)))
            })
        }
        None => Err(refusal(problems.into_iter())),
    }
}

/// Of several versions, the first; of none, what is left of it.
fn function(called: &CalledFunction, callee: &Callee) -> Result<Function, Refusal> {
    match callee.versions.plugins().next() {
        Some(plugin) => Ok(plugin.function.clone()),
        None => Ok(Function {
            name: match called.name()? {
                Some(name) => name,
                None => FunctionName::parse("undefined")
                    .map_err(|error| Refusal::internal(&error.to_string()))?,
            },
            version: FunctionVersion::Latest,
            component: PathBuf::new(),
            settings: FunctionSettings::default(),
        }),
    }
}

/// The links of the node by their names, and by the ids of links of these names.
fn vpc_links(picture: &Picture, backends: &Backends) -> Arc<VpcLinks> {
    let mut links = Arc::clone(&backends.vpc_links);
    for (id, name) in &picture.vpc_links {
        if let Some(link) = backends.vpc_links.get(name) {
            Arc::make_mut(&mut links).entry(id.clone()).or_insert_with(|| Arc::clone(link));
        }
    }
    links
}

/// The role that a function is called as.
fn check_role(credentials: Option<&str>) -> Result<(), Problem> {
    match credentials {
        Some(arn) if RoleArn::parse(arn).is_none() => Err(format!(
            "has the credentials {}, which are no role of IAM and not supported by this gateway",
            shown(arn)
        )),
        Some(_) | None => Ok(()),
    }
}

fn refusal(problems: impl Iterator<Item = Problem>) -> Refusal {
    let problems: Vec<Problem> = problems.take(PROBLEMS_MAX).collect();
    Refusal::bad_request(format!("Cannot be deployed: {}", problems.join("; ")))
}

fn resource_policy(text: Option<&str>, problems: &mut Vec<Problem>) -> Option<ResourcePolicy> {
    let parsed = ResourcePolicy::parse(text?);
    parsed.map_err(|error| problems.push(format!("the resource policy of the API: {error}"))).ok()
}

/// What the parts are looked up in while an API is compiled.
struct Scope<'a> {
    picture: &'a Picture,
    backends: &'a Backends,
    vpc_links: Arc<VpcLinks>,
    /// Of the models that bodies are validated against.
    schemas: Schemas,
    /// By the text: equal ones are compiled once.
    patterns: HashMap<String, Regex>,
    /// By their id, where a method has them.
    jwt_authorizers: HashMap<String, Arc<JwtAuthorizer>>,
}

impl Scope<'_> {
    fn api(&mut self, functions: Vec<Function>, problems: &mut Vec<Problem>) -> Option<Api> {
        let picture = self.picture;
        let mut authorizers = Vec::new();
        for authorizer in picture.authorizers.iter().filter(|authorizer| picture.needs(authorizer))
        {
            match self.authorizer(authorizer) {
                Ok(compiled) => authorizers.push(compiled),
                Err(problem) => problems.push(format!("authorizer {} {problem}", authorizer.name)),
            }
        }
        let mut resources = Vec::new();
        for pictured in &picture.resources {
            let path = &pictured.resource.path;
            let mut methods = Vec::new();
            for method in &pictured.methods {
                match self.method(method, path, &authorizers) {
                    Ok(compiled) => methods.push(compiled),
                    Err(problem) => {
                        problems.push(format!("{} {path} {problem}", method.http_method));
                    }
                }
            }
            resources.push(model::Resource {
                id: ResourceId::parse(&pictured.resource.id).ok()?,
                path: PathTemplate::parse(path).ok()?,
                methods,
                cors: None,
            });
        }
        let types = picture.api.binary_media_types.iter().flatten();
        Some(Api {
            id: ApiId::parse(&picture.api.id).ok()?,
            name: picture.api.name.clone(),
            resources,
            authorizers,
            functions,
            // What is no media type matches nothing.
            binary_media_types: BinaryMediaTypes::new(
                types.filter_map(|text| MediaType::parse(text)).collect(),
            ),
            minimum_compression_size: picture
                .api
                .minimum_compression_size
                .and_then(|bytes| CompressionSize::from_bytes(u64::try_from(bytes).ok()?)),
            endpoint_type: picture.api.endpoint_type(),
            policy: resource_policy(picture.api.policy.as_deref(), problems),
            api_key_source: match picture.api.api_key_source.as_str() {
                "AUTHORIZER" => ApiKeySource::Authorizer,
                _ => ApiKeySource::Header,
            },
            has_rate_limit_headers: picture
                .api
                .tags
                .get(RATE_LIMIT_HEADERS)
                .is_some_and(|value| value == "true"),
            is_default_endpoint_disabled: picture.api.disable_execute_api_endpoint,
            gateway_responses: gateway_response::gateway_responses(
                &picture.gateway_responses,
                problems,
            ),
            cors: None,
        })
    }

    fn method(
        &mut self,
        method: &Method,
        path: &str,
        authorizers: &[model::Authorizer],
    ) -> Result<model::Method, Problem> {
        let authorization = match method.authorization_type.as_str() {
            "AWS_IAM" => MethodAuthorization::AwsIam,
            "NONE" => MethodAuthorization::None,
            "COGNITO_USER_POOLS" | "CUSTOM" | "JWT"
                if let Some(jwt) = self.jwt_authorization(method) =>
            {
                jwt?
            }
            "CUSTOM" => {
                let index = authorizers.iter().position(|authorizer| {
                    method.authorizer_id.as_deref() == Some(authorizer.id.as_str())
                });
                let index = index.ok_or("has an authorizer that cannot be deployed")?;
                MethodAuthorization::Custom(AuthorizerIndex(index))
            }
            other => {
                return Err(format!(
                    "has the authorization type {other}, which is not supported by this gateway yet"
                ));
            }
        };
        let stored = method.method_integration.as_ref().ok_or("has no integration")?;
        let mappings = integration::request_mappings(stored, path)?;
        let cache_key = integration::cache_key(stored, &mappings)?;
        let integration = self.integration(method, stored, mappings, &authorization)?;
        Ok(model::Method {
            key: method_key(&method.http_method)?,
            authorization,
            is_api_key_required: method.api_key_required,
            validation: request_validation(self.picture, method, &self.schemas)?,
            request_transforms: Vec::new(),
            integration,
            cache_key,
            response_transforms: Vec::new(),
        })
    }

    fn function(&self, uri: &str) -> Result<FunctionIndex, Problem> {
        if let Some(index) = self.picture.function(uri) {
            return Ok(FunctionIndex(index));
        }
        Err(match FunctionAddress::parse(uri) {
            Ok(_) => format!("names an unknown function: {uri}"),
            Err(problem) => format!("has a URI that {problem}"),
        })
    }

    fn pattern(&mut self, expression: &str) -> Result<Regex, Problem> {
        if let Some(compiled) = self.patterns.get(expression) {
            return Ok(compiled.clone());
        }
        if self.patterns.len() == EXPRESSIONS_MAX {
            return Err(format!("has one expression too many: {EXPRESSIONS_MAX} at most"));
        }
        let compiled = openapi::full_match(expression)
            .map_err(|problem| format!("has an expression that {problem}: {expression}"))?;
        self.patterns.insert(expression.to_owned(), compiled.clone());
        Ok(compiled)
    }
}

fn method_key(text: &str) -> Result<MethodKey, Problem> {
    if text == "ANY" {
        return Ok(MethodKey::Any);
    }
    let verb = Verb::ALL.into_iter().find(|verb| verb.as_str() == text);
    verb.map(MethodKey::Verb).ok_or_else(|| format!("has no method {text}"))
}
