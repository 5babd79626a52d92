//! An API joined with its plugins, compiled and immutable.

use http::HeaderValue;

use crate::{
    Api, ConfigError, DeploymentId, FunctionIndex, FunctionVersions, Integration, Method,
    MethodAuthorization, Plugin, PluginKind, RESOURCES_MAX, Resource, RouteTable, Routed, Verb,
};

/// A compiled picture of an API: what a stage points to.
#[derive(Clone, Debug)]
pub struct Deployment {
    id: DeploymentId,
    api: Api,
    /// One for each function of the API, in its order.
    functions: Vec<DeployedFunction>,
    routes: RouteTable,
    api_id_header: HeaderValue,
    user_agent: HeaderValue,
}

#[derive(Clone, Debug)]
struct DeployedFunction {
    versions: FunctionVersions,
    /// Position of the first version among the plugins of the deployment.
    first: usize,
}

impl Deployment {
    /// Joins an API with its loaded functions: `functions` has one for each of `api.functions`, in
    /// that order.
    ///
    /// # Errors
    /// Every place where a plugin is used as a kind that it is not, and every pair of paths that
    /// cannot be in one API.
    pub fn compile(
        id: DeploymentId,
        api: Api,
        functions: Vec<FunctionVersions>,
    ) -> Result<Self, Vec<ConfigError>> {
        assert_eq!(api.functions.len(), functions.len(), "one for each function");
        let mut errors = path_errors(&api.resources);
        errors.extend(kind_errors(&api, &functions));
        if !errors.is_empty() {
            return Err(errors);
        }
        let routes = RouteTable::new(&api.resources);
        let header = |text: String| {
            HeaderValue::try_from(text).expect("an API's id is of [a-z0-9], see ApiId::parse")
        };
        let api_id_header = header(api.id.to_string());
        let user_agent = header(format!("AmazonAPIGateway_{}", api.id));
        let mut plugins = 0;
        let functions = functions.into_iter().map(|versions| {
            let first = plugins;
            plugins += versions.len();
            DeployedFunction { versions, first }
        });
        let functions = functions.collect();
        Ok(Self { id, api, functions, routes, api_id_header, user_agent })
    }

    /// `$context.deploymentId`
    pub fn id(&self) -> &DeploymentId {
        &self.id
    }

    /// `X-Amzn-Apigateway-Api-Id` of every request to an upstream.
    pub fn api_id_header(&self) -> &HeaderValue {
        &self.api_id_header
    }

    /// `User-Agent` of a request to an upstream whose client sent none.
    pub fn user_agent(&self) -> &HeaderValue {
        &self.user_agent
    }

    /// What was deployed.
    pub fn api(&self) -> &Api {
        &self.api
    }

    /// Every version of each function of the API, in its order.
    pub fn plugins(&self) -> impl Iterator<Item = &Plugin> {
        self.functions.iter().flat_map(|function| function.versions.plugins())
    }

    /// The plugin of a call of a function, and its position among [`Self::plugins`]; `chance` is
    /// drawn evenly from 0 to below 1. None if the function is gone.
    pub fn plugin(&self, function: FunctionIndex, chance: f64) -> Option<(usize, &Plugin)> {
        let DeployedFunction { versions, first } = &self.functions[function.0];
        versions.pick(chance).map(|(position, plugin)| (first + position, plugin))
    }

    /// Whether chance decides which version of a function is called.
    pub fn shifts_traffic(&self) -> bool {
        self.functions.iter().any(|function| 1 < function.versions.len())
    }

    /// Finds the resource and method for a path (without the stage, as sent) and an HTTP method.
    pub fn route(&self, path: &str, verb: Verb) -> Option<(&Resource, &Method, Routed)> {
        let routed = self.routes.route(path, verb)?;
        let resource = self.api.resources.get(routed.resource)?;
        let method = resource.methods.get(routed.method)?;
        Some((resource, method, routed))
    }
}

fn path_errors(resources: &[Resource]) -> Vec<ConfigError> {
    if resources.len() > RESOURCES_MAX {
        let problem = format!(
            "must have at most {RESOURCES_MAX} paths, got {}; split the API",
            resources.len()
        );
        return vec![ConfigError::new("paths", problem)];
    }
    let mut errors = Vec::new();
    for (index, resource) in resources.iter().enumerate() {
        let conflict = resources[..index]
            .iter()
            .find_map(|earlier| RouteTable::conflict(&resource.path, &earlier.path));
        if let Some(problem) = conflict {
            errors.push(ConfigError::new(format!("paths.{}", resource.path), problem));
        }
    }
    errors
}

fn kind_errors(api: &Api, functions: &[FunctionVersions]) -> Vec<ConfigError> {
    let mut errors = Vec::new();
    let mut require = |place: String, function: FunctionIndex, kinds: &[PluginKind]| {
        for plugin in functions[function.0].plugins() {
            errors.extend(policy_error(plugin, kinds).filter(|error| !errors.contains(error)));
            if !kinds.iter().any(|kind| plugin.interface.is(*kind)) {
                errors.push(ConfigError::new(place.clone(), kind_problem(plugin, kinds)));
            }
        }
    };
    for resource in &api.resources {
        for method in &resource.methods {
            let place = |what: &str| {
                format!("paths.{}.{}.{what}", resource.path, method.key.as_str().to_lowercase())
            };
            let place_of_uri = || place("x-amazon-apigateway-integration.uri");
            match &method.integration {
                Integration::CustomFunction(integration) => {
                    let kinds = &[PluginKind::EventFunction];
                    require(place_of_uri(), integration.function, kinds);
                }
                Integration::Function(integration) => {
                    require(place_of_uri(), integration.function, &PluginKind::INTEGRATION);
                }
                Integration::Http(_) | Integration::HttpProxy(_) | Integration::Mock(_) => {}
            }
            for function in &method.request_transforms {
                let place = place("x-edgeway-request-transform");
                require(place, *function, &[PluginKind::RequestTransform]);
            }
            for function in &method.response_transforms {
                let place = place("x-edgeway-response-transform");
                require(place, *function, &[PluginKind::ResponseTransform]);
            }
            if let MethodAuthorization::Custom(authorizer) = &method.authorization {
                let authorizer = &api.authorizers[authorizer.0];
                let place = format!(
                    "components.securitySchemes.{}.x-amazon-apigateway-authorizer.authorizerUri",
                    authorizer.name
                );
                require(place, authorizer.function, &PluginKind::AUTHORIZER);
            }
        }
    }
    errors.dedup();
    errors
}

fn kind_problem(plugin: &Plugin, kinds: &[PluginKind]) -> String {
    let names = |kinds: &mut dyn Iterator<Item = PluginKind>| {
        kinds.map(PluginKind::as_str).collect::<Vec<_>>().join(" or ")
    };
    format!(
        "must be a component that exports {}, but function {} exports {}; name another function",
        names(&mut kinds.iter().copied()),
        plugin.function.name,
        names(&mut plugin.interface.kinds()),
    )
}

/// Only what a transform does can be left out; without an authorizer nobody may be let through.
fn policy_error(plugin: &Plugin, kinds: &[PluginKind]) -> Option<ConfigError> {
    if !plugin.is_skipped_in_quarantine() || kinds.iter().all(|kind| kind.is_transform()) {
        return None;
    }
    let place = format!("x-edgeway-functions.{}.errorBudget.policy", plugin.function.name);
    let problem = "must be fail for a function that is more than a transform, got skip; remove it";
    Some(ConfigError::new(place, problem))
}
