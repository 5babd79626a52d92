//! Everything a node serves, compiled; swapped whole.

use std::sync::Arc;

use foldhash::HashMap;
use sha2::{Digest as _, Sha256};

use crate::canary::Release;
use crate::stage_settings::RoutedSettings;
use crate::{
    AccountId, ApiId, ApiKeys, CacheCluster, CacheClusterSettings, Caching, Callers,
    ClientCertificate, Denials, Deployment, Digest, Domain, FunctionIndex, MethodSettings,
    MethodThrottle, Plugin, PublicEndpoint, Region, StageName, StageSettings, TrafficPercent, Verb,
    VpcEndpoint,
};

/// The stages of an API, by name.
pub type Stages = HashMap<StageName, Arc<Stage>>;

/// All stages of all APIs. A request takes one snapshot and keeps it to its end.
#[derive(Clone, Debug)]
pub struct Snapshot {
    account: AccountId,
    region: Region,
    apis: HashMap<ApiId, Stages>,
    domains: DomainNames,
    /// By the id of the endpoint of a VPC that leads to them.
    private_domains: HashMap<String, DomainNames>,
    callers: Arc<Callers>,
    api_keys: Arc<ApiKeys>,
}

/// The domain names of one place.
#[derive(Clone, Debug, Default)]
struct DomainNames {
    exact: HashMap<String, Domain>,
    /// By what follows their first label, which may be any.
    wildcards: HashMap<String, Domain>,
}

impl DomainNames {
    fn add(&mut self, name: &str, domain: Domain) {
        match name.strip_prefix("*.") {
            Some(parent) => self.wildcards.insert(parent.to_owned(), domain),
            None => self.exact.insert(name.to_owned(), domain),
        };
    }

    fn find(&self, host: &str) -> Option<&Domain> {
        let wildcard = || self.wildcards.get(host.split_once('.')?.1);
        self.exact.get(host).or_else(wildcard)
    }
}

/// A named deployment of an API, with its settings.
#[derive(Clone, Debug)]
pub struct Stage {
    /// `$context.stage`
    pub name: StageName,
    /// `stageVariables`, sorted by name.
    pub variables: Vec<(String, String)>,
    /// What it serves.
    pub deployment: Arc<Deployment>,
    /// Where this stage's plugins begin in the node's table of loaded plugins.
    first_plugin: usize,
    denials: Arc<Denials>,
    client_certificate: Option<Arc<ClientCertificate>>,
    settings: RoutedSettings,
    authorizer_flushes: u64,
    cache: Option<StageCache>,
    position: usize,
    arn_prefix: String,
    release: Release,
}

/// Where a stage keeps responses, and what all of its keys begin with.
#[derive(Clone, Debug)]
struct StageCache {
    cluster: Arc<CacheCluster>,
    scope: Digest,
}

/// Position in a node's table of loaded plugins, which goes with one snapshot.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct PluginSlot(pub usize);

impl Stage {
    /// A stage whose plugins are loaded at `first_plugin` and after; variables in any order.
    pub fn new(
        name: StageName,
        mut variables: Vec<(String, String)>,
        deployment: Arc<Deployment>,
        first_plugin: usize,
    ) -> Self {
        variables.sort();
        Self {
            name,
            variables,
            deployment,
            first_plugin,
            denials: Arc::default(),
            client_certificate: None,
            settings: RoutedSettings::default(),
            authorizer_flushes: 0,
            cache: None,
            position: 0,
            arn_prefix: String::new(),
            release: Release::Sole,
        }
    }

    /// The same where functions do not let it call them for everything.
    pub fn with_denials(self, denials: Arc<Denials>) -> Self {
        Self { denials, ..self }
    }

    /// What its functions do not let it call them for.
    pub fn denials(&self) -> &Denials {
        &self.denials
    }

    /// The same where upstreams are shown a certificate.
    pub fn with_client_certificate(self, certificate: Option<Arc<ClientCertificate>>) -> Self {
        Self { client_certificate: certificate, ..self }
    }

    /// What upstreams are shown that ask who calls.
    pub fn client_certificate(&self) -> Option<&Arc<ClientCertificate>> {
        self.client_certificate.as_ref()
    }

    /// The same where what authorizers decided under another number is forgotten.
    pub fn with_authorizer_flushes(self, authorizer_flushes: u64) -> Self {
        Self { authorizer_flushes, ..self }
    }

    /// Another number each time that what authorizers decided is forgotten.
    pub fn authorizer_flushes(&self) -> u64 {
        self.authorizer_flushes
    }

    /// The same with a cache for the responses of its methods.
    pub fn with_cache(self, settings: Option<CacheClusterSettings>) -> Self {
        let cache = settings.map(|settings| {
            let (api, stage) = (self.deployment.api().id.clone(), self.name.clone());
            let cluster = Arc::new(CacheCluster { api, stage, settings });
            StageCache { cluster, scope: self.cache_scope() }
        });
        Self { cache, ..self }
    }

    /// What responses are only right for: variables say where integrations are.
    fn cache_scope(&self) -> Digest {
        let mut digest = Sha256::new();
        let mut push = |part: &str| {
            digest.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_le_bytes());
            digest.update(part);
        };
        push(self.deployment.api().id.as_str());
        push(self.name.as_str());
        push(self.deployment.id().as_str());
        for (name, value) in &self.variables {
            push(name);
            push(value);
        }
        Digest::new(digest.finalize().into())
    }

    /// Where responses are kept, if they are.
    pub fn cache_cluster(&self) -> Option<&Arc<CacheCluster>> {
        self.cache.as_ref().map(|cache| &cache.cluster)
    }

    /// How the responses of a method are cached, as [`Self::method_settings`] finds it: by which scope,
    /// where, and how. None if they are not.
    pub fn caching(
        &self,
        resource: usize,
        verb: Verb,
    ) -> Option<(&Digest, &Arc<CacheCluster>, &Caching)> {
        let cache = self.cache.as_ref()?;
        let caching = self.settings.caching(resource, verb)?;
        Some((&cache.scope, &cache.cluster, caching))
    }

    /// The same with settings of its methods.
    pub fn with_settings(self, settings: &StageSettings) -> Self {
        Self { settings: RoutedSettings::new(settings, &self.name, &self.deployment), ..self }
    }

    /// What a method is set to: that of the resource at a position for the client's HTTP method, also
    /// where the method is `ANY`.
    pub fn method_settings(&self, resource: usize, verb: Verb) -> &MethodSettings {
        self.settings.of(resource, verb)
    }

    /// The throttle of a method, as [`Self::method_settings`] finds it. A canary takes from the buckets of its
    /// stage.
    pub fn throttle(&self, resource: usize, verb: Verb) -> Option<MethodThrottle> {
        self.settings.throttle(resource, verb)
    }

    /// The same with a canary that takes a part of its traffic: a stage of the same API and name,
    /// with a deployment and variables of its own.
    pub fn with_canary(self, canary: Self, percent: TrafficPercent) -> Self {
        let canary = Arc::new(Self { release: Release::Canary, ..canary });
        Self { release: Release::Production { canary, percent }, ..self }
    }

    /// The one that serves a request: the canary, if there is one and it is its turn. `draw` draws
    /// evenly from 0 to below 100.
    pub fn drawn(self: &Arc<Self>, draw: impl FnOnce() -> f64) -> &Arc<Self> {
        match &self.release {
            Release::Production { canary, percent } if percent.takes(draw()) => canary,
            Release::Canary | Release::Production { .. } | Release::Sole => self,
        }
    }

    /// `$context.isCanaryRequest`; none if the stage has no canary.
    pub fn is_canary(&self) -> Option<bool> {
        match self.release {
            Release::Canary => Some(true),
            Release::Production { .. } => Some(false),
            Release::Sole => None,
        }
    }

    /// Where it is in its snapshot, and its canary with it.
    fn placed(self, position: usize, arn_prefix: &str) -> Self {
        let release = match self.release {
            Release::Production { canary, percent } => {
                let canary = Arc::unwrap_or_clone(canary).placed(position, arn_prefix);
                Release::Production { canary: Arc::new(canary), percent }
            }
            other => other,
        };
        Self { position, arn_prefix: arn_prefix.to_owned(), release, ..self }
    }

    /// Position among the stages of its snapshot: 0, 1, 2, ...; of a canary that of its stage.
    pub fn position(&self) -> usize {
        self.position
    }

    /// `arn:aws:execute-api:{region}:{account}:{apiId}/{stage}/`: what the ARN of every method begins
    /// with.
    pub fn arn_prefix(&self) -> &str {
        &self.arn_prefix
    }

    /// The plugin of a call of a function, and where it is loaded; `chance` is drawn evenly from 0 to
    /// below 1. None if the function is gone.
    pub fn plugin(&self, function: FunctionIndex, chance: f64) -> Option<(&Plugin, PluginSlot)> {
        let (position, plugin) = self.deployment.plugin(function, chance)?;
        Some((plugin, PluginSlot(self.first_plugin + position)))
    }

    /// The value of a stage variable.
    pub fn variable(&self, name: &str) -> Option<&str> {
        let found = self.variables.iter().find(|(known, _)| known == name)?;
        Some(&found.1)
    }
}

impl Snapshot {
    /// A node that serves nothing yet.
    pub fn new(account: AccountId, region: Region) -> Self {
        let (apis, domains, private_domains) = Default::default();
        let (callers, api_keys) = Default::default();
        Self { account, region, apis, domains, private_domains, callers, api_keys }
    }

    /// Adds a stage, reached at its API's default host name.
    pub fn add(&mut self, stage: Stage) {
        let arn_prefix = format!(
            "arn:aws:execute-api:{}:{}:{}/{}/",
            self.region,
            self.account,
            stage.deployment.api().id,
            stage.name
        );
        let stage = Arc::new(stage.placed(self.stages().count(), &arn_prefix));
        let api = stage.deployment.api().id.clone();
        self.apis.entry(api).or_default().insert(stage.name.clone(), stage);
    }

    /// Adds a domain name: in lower case, without a port; `*.` at its begin stands for one label.
    pub fn add_domain(&mut self, name: &str, domain: Domain) {
        self.domains.add(name, domain);
    }

    /// Adds a private domain name, which is there for those alone who come through an endpoint of a VPC.
    pub fn add_private_domain(&mut self, endpoint: &str, name: &str, domain: Domain) {
        self.private_domains.entry(endpoint.to_owned()).or_default().add(name, domain);
    }

    /// Says who may sign calls; nobody, if it is not said.
    pub fn set_callers(&mut self, callers: Arc<Callers>) {
        self.callers = callers;
    }

    /// Who may sign calls.
    pub fn callers(&self) -> &Callers {
        &self.callers
    }

    /// The same with keys that its methods can be called with.
    #[must_use]
    pub fn with_api_keys(self, api_keys: Arc<ApiKeys>) -> Self {
        Self { api_keys, ..self }
    }

    /// The keys that its methods can be called with.
    pub fn api_keys(&self) -> &ApiKeys {
        &self.api_keys
    }

    /// `$context.accountId`
    pub fn account(&self) -> &AccountId {
        &self.account
    }

    /// The region of every ARN.
    pub fn region(&self) -> &Region {
        &self.region
    }

    /// The stages of an API, by its id.
    pub fn stages_of(&self, api: &str) -> Option<&Stages> {
        self.apis.get(api)
    }

    /// A stage by its API's id and its name.
    pub fn stage(&self, api: &str, name: &str) -> Option<&Arc<Stage>> {
        self.stages_of(api)?.get(name)
    }

    /// The domain name that a host, in lower case and without a port, is; a wildcard last. None if it is of another type
    /// than the endpoint: no other name takes its place.
    pub fn domain(&self, endpoint: PublicEndpoint, host: &str) -> Option<&Domain> {
        self.domains.find(host).filter(|domain| endpoint.serves(domain.endpoint_type()))
    }

    /// The same for those who come through an endpoint of a VPC: private ones that the endpoint leads to, and no
    /// others.
    pub fn private_domain(&self, endpoint: &VpcEndpoint, host: &str) -> Option<&Domain> {
        self.private_domains.get(&endpoint.id)?.find(host)
    }

    /// Where responses are kept, of stages and of canaries that have one of their own; in no order.
    pub fn cache_clusters(&self) -> impl Iterator<Item = &Arc<CacheCluster>> {
        let canaries = self.stages().filter_map(|stage| match &stage.release {
            Release::Production { canary, .. } => Some(canary),
            Release::Canary | Release::Sole => None,
        });
        self.stages().chain(canaries).filter_map(|stage| stage.cache_cluster())
    }

    /// Every stage, in no order; canaries are within theirs.
    pub fn stages(&self) -> impl Iterator<Item = &Arc<Stage>> {
        self.apis.values().flat_map(HashMap::values)
    }
}
