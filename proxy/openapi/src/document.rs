//! The document as a whole: an API and the stage it is served at.

use std::collections::HashMap;

use model::{
    Api, Backends, EndpointType, PathTemplate, RESOURCES_MAX, Resource, RouteTable, StageName,
};

use crate::extension::cors::{self, CorsSetting};
use crate::extension::functions::{self, Functions};
use crate::extension::request_validators::RequestValidators;
use crate::extension::transform::Transforms;
use crate::extension::{
    self, Spot, api_id, api_key_source, binary_media_types, endpoint_configuration,
    gateway_responses, minimum_compression_size, policy, rate_limit_headers, stage,
};
use crate::identifier::Identifiers;
use crate::node::{Node, Object, all};
use crate::path_item;
use crate::pattern::Patterns;
use crate::pseudo_parameter::PseudoParameters;
use crate::request_validation::Schemas;
use crate::security;
use crate::security_scheme::SecuritySchemes;

/// What a document says.
#[derive(Clone, Debug)]
pub struct Document {
    /// The API, not deployed yet.
    pub api: Api,
    /// The stage that the document is served at.
    pub stage: StageDescription,
}

/// `x-edgeway-stage`
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StageDescription {
    /// `dev` if the document does not say.
    pub name: StageName,
    /// `stageVariables`, sorted by name, names unique.
    pub variables: Vec<(String, String)>,
}

/// What readers of parts look names up in.
pub(crate) struct Scope<'a> {
    pub(crate) pseudo_parameters: &'a PseudoParameters<'a>,
    pub(crate) functions: &'a Functions,
    pub(crate) patterns: &'a Patterns,
    pub(crate) schemes: &'a SecuritySchemes,
    /// Those of the document, for every method.
    pub(crate) transforms: &'a Transforms,
    pub(crate) endpoint_type: EndpointType,
    /// What the machine has that the document names.
    pub(crate) backends: &'a Backends,
    /// The whole document, for references into it.
    pub(crate) root: &'a Object<'a>,
    pub(crate) validators: &'a RequestValidators,
    /// Of bodies that are validated.
    pub(crate) schemas: &'a Schemas,
    /// That of the document, for every path.
    pub(crate) cors: Option<&'a CorsSetting>,
}

/// The format of the document; they differ little in what matters here.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Version {
    OpenApi3,
    Swagger2,
}

const OPENAPI_3_KEYS: &[&str] =
    &["openapi", "info", "servers", "paths", "components", "security", "tags", "externalDocs"];

const SWAGGER_2_KEYS: &[&str] = &[
    "swagger",
    "info",
    "host",
    "basePath",
    "schemes",
    "consumes",
    "produces",
    "paths",
    "definitions",
    "parameters",
    "responses",
    "securityDefinitions",
    "security",
    "tags",
    "externalDocs",
];

const COMPONENTS_KEYS: &[&str] = &[
    "schemas",
    "responses",
    "parameters",
    "examples",
    "requestBodies",
    "headers",
    "securitySchemes",
    "links",
    "callbacks",
];

/// AWS gives resources 6 to 10.
const RESOURCE_ID_LENGTH: u32 = 10;

impl Document {
    /// Reads a whole document; None if something was reported.
    pub(crate) fn convert(
        root: &Node<'_>,
        pseudo_parameters: &PseudoParameters<'_>,
        backends: &Backends,
    ) -> Option<Self> {
        let root = root.object()?;
        let version = version(&root)?;
        check_root(&root, version);
        let name = title(&root);
        let id = api_id::read(&root, name);
        let stage = stage::read(&root);
        let api_key_source = api_key_source::read(&root);
        let has_rate_limit_headers = rate_limit_headers::read(&root);
        let binary_media_types = binary_media_types::read(&root);
        let minimum_compression_size = minimum_compression_size::read(&root);

        let (functions, described_functions) = functions::read(&root);
        let transforms = Transforms::read(&root, &functions);
        let validators = RequestValidators::read(&root);
        let gateway_responses = gateway_responses::read(&root);
        let policy = policy::read(&root, id.as_ref(), pseudo_parameters);
        let cors = cors::read(&root, None);
        let endpoint_type = endpoint_configuration::endpoint_type(&root);
        let mut scope = Scope {
            pseudo_parameters,
            functions: &functions,
            patterns: &Patterns::default(),
            schemes: &SecuritySchemes::default(),
            transforms: &transforms.clone().unwrap_or_default(),
            endpoint_type,
            backends,
            root: &root,
            validators: &validators.clone().unwrap_or_default(),
            schemas: &Schemas::default(),
            cors: cors.as_ref().and_then(Option::as_ref),
        };
        let (schemes, authorizers) = SecuritySchemes::read(&root, version, &scope);
        scope.schemes = &schemes;
        let paths = root.required("paths", "write paths: {} for an API without methods");
        let paths = paths.and_then(|node| node.object());
        if let Some(paths) = &paths {
            security::check_root(&root, paths);
        }
        let mut resources = paths.and_then(|paths| resources(&paths, &scope));
        scope.schemas.compile(&root, resources.as_deref_mut().unwrap_or_default());

        transforms?;
        validators?;
        let cors = cors?.map(|setting| setting.cors);
        let api = Api {
            id: id?,
            name: name?.to_owned(),
            resources: resources?,
            authorizers: authorizers?,
            functions: described_functions?,
            binary_media_types: binary_media_types?,
            minimum_compression_size: minimum_compression_size?,
            api_key_source: api_key_source?,
            has_rate_limit_headers: has_rate_limit_headers?,
            is_default_endpoint_disabled: false,
            gateway_responses: gateway_responses?,
            policy: policy?,
            endpoint_type,
            cors,
        };
        Some(Self { api, stage: stage? })
    }
}

fn version(root: &Object<'_>) -> Option<Version> {
    let (node, version, expected) = match (root.get("openapi"), root.get("swagger")) {
        (Some(node), None) => (node, Version::OpenApi3, "3.0"),
        (None, Some(node)) => (node, Version::Swagger2, "2.0"),
        (None, None) => {
            root.node().report("must begin with openapi: 3.0.1 or swagger: \"2.0\"; add one");
            return None;
        }
        (Some(_), Some(node)) => {
            node.report("must not stand beside openapi; keep the one that the document follows");
            return None;
        }
    };
    // Without quotes, YAML reads 3.0 as a number.
    let number = node.as_number().map(|number| format!("{number:.1}"));
    let found = number.as_deref().or(node.as_text()).unwrap_or_default();
    let is_expected = match version {
        Version::OpenApi3 => found == "3.0" || found.starts_with("3.0."),
        Version::Swagger2 => found == "2.0",
    };
    if !is_expected {
        let mend = "API Gateway reads OpenAPI 3.0 and Swagger 2.0 only";
        node.report_mismatch(if expected == "3.0" { "3.0.x" } else { expected }, mend);
        return None;
    }
    Some(version)
}

/// Reports what is unknown or out of place around the parts that are read.
fn check_root(root: &Object<'_>, version: Version) {
    let keys = match version {
        Version::OpenApi3 => OPENAPI_3_KEYS,
        Version::Swagger2 => SWAGGER_2_KEYS,
    };
    extension::check_keys(root, Spot::Root, keys);
    endpoint_configuration::check(root);
    if version == Version::OpenApi3
        && let Some(components) = root.get("components").and_then(|node| node.as_object())
    {
        extension::check_keys(&components, Spot::Components, COMPONENTS_KEYS);
    }
    for server in items(root, "servers") {
        extension::check_extensions(&server, Spot::Server);
        endpoint_configuration::check(&server);
    }
    for tag in items(root, "tags") {
        extension::check_extensions(&tag, Spot::Tag);
    }
}

/// The maps in a list, where other parts of the list mean nothing here.
fn items<'a>(root: &Object<'a>, key: &str) -> Vec<Object<'a>> {
    let list = root.get(key).filter(Node::is_list).and_then(|node| node.list());
    list.unwrap_or_default().iter().filter_map(Node::as_object).collect()
}

fn title<'a>(root: &Object<'a>) -> Option<&'a str> {
    let info = root.required("info", "write info: {title: ..., version: ...}")?.object()?;
    extension::check_extensions(&info, Spot::Info);
    let node = info.required("title", "write the name of the API")?;
    let title = node.text()?;
    if title.is_empty() {
        node.report("must not be empty; write the name of the API");
        return None;
    }
    Some(title)
}

fn resources(paths: &Object<'_>, scope: &Scope<'_>) -> Option<Vec<Resource>> {
    extension::check_extensions(paths, Spot::Paths);
    let found = paths.entries().count();
    if found > RESOURCES_MAX {
        paths
            .node()
            .report(format!("must have at most {RESOURCES_MAX} paths, got {found}; split the API"));
        return None;
    }
    let mut identifiers = Identifiers::default();
    let mut siblings = Siblings::default();
    let resources = paths.entries().filter(|(key, _)| !key.starts_with("x-")).map(|(key, node)| {
        let path = PathTemplate::parse(key);
        let path = path.map_err(|error| node.report(format!("is a path that {error}"))).ok()?;
        siblings.check(&path, &node);
        let id = identifiers.derive(path.as_str(), RESOURCE_ID_LENGTH);
        path_item::read(&path, &id, &node, scope)
    });
    all(resources)
}

/// The paths seen so far, to find those that exclude each other: equal ones, and variables of
/// different names in one place. [`RouteTable::conflict`] judges; this finds whom to compare.
#[derive(Default)]
struct Siblings {
    /// By what must be unique: a whole path, or what stands before one of its variables.
    paths: HashMap<String, PathTemplate>,
}

impl Siblings {
    fn check(&mut self, path: &PathTemplate, node: &Node<'_>) {
        let text = path.as_str();
        let variable_begins = text.match_indices('{').map(|(begin, _)| begin + 1);
        let marks = variable_begins.map(|end| &text[..end]).chain([text]);
        for mark in marks {
            let Some(earlier) = self.paths.get(mark) else {
                self.paths.insert(mark.to_owned(), path.clone());
                continue;
            };
            if let Some(problem) = RouteTable::conflict(path, earlier) {
                node.report(problem);
                return;
            }
        }
    }
}
