//! Settings of a stage's methods, which take effect without another deployment.
//!
//! Source: REST API Reference, `MethodSetting`.

use foldhash::HashMap;
use throttle::{BucketKey, Limit};

use crate::{Api, Caching, Deployment, MethodThrottle, StageName, Verb};

/// What the methods of a stage are set to, by resource path and HTTP method.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StageSettings {
    /// `*/*`: of every method that has no settings of its own.
    pub every_method: MethodSettings,
    /// Settings of one method, such as of `/pets/{id}` and GET; the last of several wins.
    pub methods: Vec<(String, Verb, MethodSettings)>,
}

/// What one method of a stage is set to.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct MethodSettings {
    /// `dataTraceEnabled`: what happens to a request is kept, with its payloads.
    pub data_trace: bool,
    /// `throttlingRateLimit` and `throttlingBurstLimit`, of all clients together.
    pub throttle: Option<Limit>,
    /// `metricsEnabled`: the method is counted by itself, too.
    pub detailed_metrics: bool,
    /// `cachingEnabled`: in a stage that has a cache. `*/*` means GET alone.
    pub caching: Option<Caching>,
}

/// Settings by what a request was routed to. Those of methods that the deployment does not have are
/// left out.
#[derive(Clone, Debug, Default)]
pub(crate) struct RoutedSettings {
    every_method: MethodSettings,
    /// By the position of the resource.
    methods: HashMap<(usize, Verb), MethodSettings>,
    /// By the position of the resource and [`Verb::ALL`]; none if nothing is throttled.
    buckets: Vec<[BucketKey; Verb::ALL.len()]>,
}

impl RoutedSettings {
    pub(crate) fn new(
        settings: &StageSettings,
        stage: &StageName,
        deployment: &Deployment,
    ) -> Self {
        let Api { id, resources, .. } = deployment.api();
        let methods = settings.methods.iter().filter_map(|(path, verb, settings)| {
            let resource = resources.iter().position(|resource| resource.path.as_str() == path)?;
            Some(((resource, *verb), *settings))
        });
        let methods: HashMap<_, _> = methods.collect();
        let every_method = settings.every_method;
        // Paths, and no positions: a deployment does not make buckets full.
        let bucket = |path: &str, verb: Verb| {
            BucketKey::of(&["method", id.as_str(), stage.as_str(), path, verb.as_str()])
        };
        let is_throttled = |settings: &MethodSettings| settings.throttle.is_some();
        let buckets = match methods.values().chain([&every_method]).any(is_throttled) {
            true => resources
                .iter()
                .map(|resource| Verb::ALL.map(|verb| bucket(resource.path.as_str(), verb)))
                .collect(),
            false => Vec::new(),
        };
        Self { every_method, methods, buckets }
    }

    pub(crate) fn of(&self, resource: usize, verb: Verb) -> &MethodSettings {
        if self.methods.is_empty() {
            return &self.every_method;
        }
        self.methods.get(&(resource, verb)).unwrap_or(&self.every_method)
    }

    /// A method other than GET is cached only where its own settings say so.
    pub(crate) fn caching(&self, resource: usize, verb: Verb) -> Option<&Caching> {
        match self.methods.get(&(resource, verb)) {
            Some(settings) => settings.caching.as_ref(),
            None => self.every_method.caching.as_ref().filter(|_| verb == Verb::Get),
        }
    }

    pub(crate) fn throttle(&self, resource: usize, verb: Verb) -> Option<MethodThrottle> {
        let limit = self.of(resource, verb).throttle?;
        let bucket = self.buckets.get(resource)?[verb as usize];
        Some(MethodThrottle { limit, bucket })
    }
}
