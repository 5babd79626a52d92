//! From what the store has to something live: all stages of all APIs, whenever one of them changes.
//!
//! A stage whose deployment or component cannot be loaded is not switched to: what it served before
//! goes on, and so does everything while the store cannot be read. A deployment is loaded again when
//! its functions have become something else, or let it call less or more: an alias was moved, a
//! permission added, a function deleted.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use control::{
    DeploymentPointer, FunctionCalls, Functions, Identity, ServedCanary, ServedDomain,
    ServedDomainEndpoint, ServedMapping, ServedRouting, ServedStage, domains,
};
use model::{
    ApiKeyDigester, ApiKeys, Backends, Callers, Denials, Deployment, Digest, Domain,
    DomainEndpoint, DomainTarget, DomainTls, EndpointType, Snapshot, Stage, StageName,
    TrafficPercent,
};
use mutual_tls::TrustStore;
use pipeline::{Limiter, ResponseCache};
use store::Store;

use super::components::Components;
use crate::certificates::DomainCertificates;
use crate::clock::Clock;
use crate::live::{Live, Loaded};
use crate::metrics::Metrics;

/// Publishes what the store has.
pub(crate) struct Publisher {
    pub(crate) components: Components,
    pub(crate) functions: Arc<dyn Functions>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) identity: Identity,
    pub(crate) backends: Arc<Backends>,
    pub(crate) limiter: Arc<Limiter>,
    pub(crate) response_cache: Arc<ResponseCache>,
    pub(crate) api_key_digester: ApiKeyDigester,
}

/// What was published last.
#[derive(Default)]
pub(crate) struct Published {
    /// As the store had them, if all of them could be loaded.
    stages: Option<Vec<ServedStage>>,
    domains: Vec<ServedDomain>,
    callers: Arc<Callers>,
    api_keys: Arc<ApiKeys>,
    /// Of the domains.
    certificates: Arc<DomainCertificates>,
    /// Of the domains.
    trust_stores: TrustStores,
    releases: Releases,
    served: Vec<ServedStage>,
}

/// Deployments that are loaded.
type Releases = HashMap<DeploymentPointer, Arc<Release>>;

/// Trust stores that are read, by the digests of their bundles.
type TrustStores = HashMap<Digest, Arc<TrustStore>>;

/// A deployment with its plugins, in its order.
struct Release {
    deployment: Arc<Deployment>,
    calls: FunctionCalls,
    plugins: Vec<Arc<Loaded>>,
    /// By stage, worked out once.
    denials: Mutex<HashMap<StageName, Arc<Denials>>>,
}

impl Release {
    fn denials(&self, identity: &Identity, stage: &StageName) -> Arc<Denials> {
        let mut known = self.denials.lock().unwrap_or_else(PoisonError::into_inner);
        let denials = known.entry(stage.clone());
        Arc::clone(denials.or_insert_with(|| Arc::new(self.calls.denials(identity, stage))))
    }
}

/// What the store has at one moment.
struct Wanted {
    stages: Vec<ServedStage>,
    domains: Vec<ServedDomain>,
    trust_stores: TrustStores,
    callers: Arc<Callers>,
    api_keys: ApiKeys,
    /// Deployments whose functions are not what they were.
    outdated: HashSet<DeploymentPointer>,
}

impl Published {
    /// Whether everything could be loaded.
    pub(crate) fn is_whole(&self) -> bool {
        self.stages.is_some()
    }
}

impl Publisher {
    /// What is to be live now; none if that is what `last` is.
    ///
    /// # Errors
    /// The store cannot be read.
    pub(crate) async fn publish(&self, last: &mut Published) -> anyhow::Result<Option<Live>> {
        let Wanted { stages, domains, trust_stores, callers, api_keys, outdated } =
            self.read(last).await?;
        let is_same = last.stages.as_ref() == Some(&stages)
            && last.domains == domains
            && last.callers == callers
            && *last.api_keys == api_keys;
        if is_same && outdated.is_empty() {
            return Ok(None);
        }
        let mut releases = Releases::new();
        let mut served = Vec::with_capacity(stages.len());
        let mut is_whole = true;
        for stage in &stages {
            match self.prepare(stage, last, &outdated, &mut releases).await {
                Ok(()) => served.push(stage.clone()),
                Err(error) => {
                    is_whole = false;
                    self.metrics.reloads_refused.inc();
                    let (api, name) = (&stage.api, &stage.name);
                    tracing::error!(%api, stage = %name, "a stage is not switched: {error:#}");
                    served.extend(keep(stage, last, &mut releases));
                }
            }
        }
        let certificates = match last.domains == domains {
            true => Arc::clone(&last.certificates),
            false => Arc::new(certificates(&domains)),
        };
        let api_keys = Arc::new(api_keys);
        let mut live = self.live(&served, &releases, (&callers, &api_keys));
        for served in &domains {
            add_domain(&mut live.snapshot, served, &trust_stores);
        }
        let live = live.with_certificates(Arc::clone(&certificates));
        // Before it is live: what was flushed is not answered from then on.
        self.response_cache.publish(live.snapshot.cache_clusters());
        let counted: HashSet<i64> = api_keys.numbers().collect();
        self.limiter.usage().retain(|number| counted.contains(&number));
        let stages = is_whole.then_some(stages);
        *last = Published {
            stages,
            domains,
            certificates,
            trust_stores,
            callers,
            api_keys,
            releases,
            served,
        };
        Ok(Some(live))
    }

    async fn read(&self, last: &Published) -> anyhow::Result<Wanted> {
        let (store, functions) = (Arc::clone(&self.components.store), Arc::clone(&self.functions));
        let (releases, identity) = (last.releases.clone(), self.identity.clone());
        let (known, digester) = (last.trust_stores.clone(), self.api_key_digester.clone());
        let read = move || {
            let (stages, domains) = (control::stages(&store)?, domains(&store, &identity)?);
            let trust_stores = trust_stores(&store, &domains, &known)?;
            let callers = Arc::new(control::callers(&store, &identity)?);
            let api_keys = control::api_keys(&store, &digester)?;
            let mut outdated = HashSet::new();
            for (pointer, release) in releases {
                if !release.calls.are_current(&*functions)? {
                    outdated.insert(pointer);
                }
            }
            Ok(Wanted { stages, domains, trust_stores, callers, api_keys, outdated })
        };
        tokio::task::spawn_blocking(read).await?
    }

    /// Loads what a stage points to, unless it is loaded as it is now.
    async fn prepare(
        &self,
        stage: &ServedStage,
        last: &Published,
        outdated: &HashSet<DeploymentPointer>,
        new: &mut Releases,
    ) -> anyhow::Result<()> {
        let old = &last.releases;
        for pointer in pointers(stage) {
            if new.contains_key(pointer) {
                continue;
            }
            let release = match old.get(pointer).filter(|_| !outdated.contains(pointer)) {
                Some(release) => Arc::clone(release),
                None => Arc::new(self.load(pointer, [old, new]).await?),
            };
            new.insert(pointer.clone(), release);
        }
        Ok(())
    }

    async fn load(
        &self,
        pointer: &DeploymentPointer,
        known: [&Releases; 2],
    ) -> anyhow::Result<Release> {
        let (store, functions) = (Arc::clone(&self.components.store), Arc::clone(&self.functions));
        let (wanted, backends) = (pointer.clone(), Arc::clone(&self.backends));
        let compile = move || control::load(&store, &wanted, &*functions, &backends);
        let (deployment, calls) = tokio::task::spawn_blocking(compile).await??;
        let mut plugins = Vec::new();
        for plugin in deployment.plugins() {
            let loaded = known.iter().flat_map(|releases| releases.values());
            let mut loaded = loaded.flat_map(|release| &release.plugins);
            plugins.push(match loaded.find(|loaded| loaded.is(plugin)) {
                Some(loaded) => Arc::clone(loaded),
                None => self.components.load(plugin).await?,
            });
        }
        let deployment = Arc::new(deployment);
        Ok(Release { deployment, calls, plugins, denials: Mutex::default() })
    }

    fn live(
        &self,
        served: &[ServedStage],
        releases: &Releases,
        (callers, api_keys): (&Arc<Callers>, &Arc<ApiKeys>),
    ) -> Live {
        let Identity { account, region } = self.identity.clone();
        let mut snapshot = Snapshot::new(account, region).with_api_keys(Arc::clone(api_keys));
        snapshot.set_callers(Arc::clone(callers));
        let mut plugins = Vec::new();
        let mut first_plugins = HashMap::new();
        let mut stage_of = |served: &ServedStage, pointer, variables: &[(String, String)]| {
            let release: &Release = &releases[pointer];
            let first = *first_plugins.entry(pointer).or_insert_with(|| {
                let first = plugins.len();
                plugins.extend(release.plugins.iter().cloned());
                first
            });
            let deployment = Arc::clone(&release.deployment);
            let stage = Stage::new(served.name.clone(), variables.to_vec(), deployment, first);
            let stage = stage.with_client_certificate(served.client_certificate.clone());
            let stage = stage.with_settings(&served.settings);
            let stage = stage.with_authorizer_flushes(served.authorizer_flushes);
            stage.with_denials(release.denials(&self.identity, &served.name))
        };
        for served in served {
            let stage = stage_of(served, &served.deployment, &served.variables);
            let mut stage = stage.with_cache(served.cache);
            if let Some(canary) = &served.canary {
                let second = stage_of(served, &canary.deployment, &canary.variables);
                let second = second.with_cache(canary.cache);
                // What is no percentage takes nothing.
                if let Some(percent) = TrafficPercent::parse(canary.percent_traffic) {
                    stage = stage.with_canary(second, percent);
                }
            }
            snapshot.add(stage);
        }
        Live::new(snapshot, plugins, &self.metrics)
    }
}

/// What a stage served before, if it was there.
fn keep(stage: &ServedStage, last: &Published, releases: &mut Releases) -> Option<ServedStage> {
    let same = |old: &&ServedStage| old.api == stage.api && old.name == stage.name;
    let kept = last.served.iter().find(same)?;
    for pointer in pointers(kept) {
        releases.insert(pointer.clone(), Arc::clone(last.releases.get(pointer)?));
    }
    Some(still_served(kept, stage))
}

/// A stage as it was, but for what was flushed since: that is not believed any more.
fn still_served(old: &ServedStage, wanted: &ServedStage) -> ServedStage {
    let cache_of_canary = wanted.canary.as_ref().and_then(|canary| canary.cache);
    let canary = old.canary.clone();
    ServedStage {
        authorizer_flushes: wanted.authorizer_flushes,
        cache: wanted.cache,
        canary: canary.map(|canary| ServedCanary { cache: cache_of_canary, ..canary }),
        ..old.clone()
    }
}

fn certificates(domains: &[ServedDomain]) -> DomainCertificates {
    DomainCertificates::new(domains.iter().filter_map(|domain| {
        let endpoint_type = match domain.endpoint {
            ServedDomainEndpoint::Edge => EndpointType::Edge,
            ServedDomainEndpoint::Private { .. } => EndpointType::Private,
            ServedDomainEndpoint::Regional => EndpointType::Regional,
        };
        Some((endpoint_type, domain.name.as_str(), domain.certificate.as_deref()?))
    }))
}

/// Those of the domains, each read once. What cannot be read trusts nobody; it was checked when it was taken.
fn trust_stores(
    store: &Store,
    domains: &[ServedDomain],
    known: &TrustStores,
) -> anyhow::Result<TrustStores> {
    let now = i64::try_from(Clock::epoch_millis() / 1_000).unwrap_or(i64::MAX);
    let mut read = TrustStores::new();
    for digest in domains.iter().filter_map(|domain| domain.trust_store) {
        let trust_store = match known.get(&digest).or_else(|| read.get(&digest)) {
            Some(known) => Arc::clone(known),
            None => {
                let parsed = TrustStore::parse(&control::trust_store(store, digest)?, now);
                let parsed = parsed.map(|(trust_store, _)| trust_store);
                Arc::new(parsed.unwrap_or_else(|error| {
                    tracing::error!(%error, "a trust store lets nobody in");
                    TrustStore::nobody()
                }))
            }
        };
        read.insert(digest, trust_store);
    }
    Ok(read)
}

/// A private one is there for the endpoints of VPCs that lead to it, and nobody else.
fn add_domain(snapshot: &mut Snapshot, served: &ServedDomain, trust_stores: &TrustStores) {
    let domain = domain(served, trust_stores);
    let (endpoints, private) = match &served.endpoint {
        ServedDomainEndpoint::Edge => {
            let domain = domain.with_endpoint(DomainEndpoint::Edge);
            return snapshot.add_domain(&served.name, domain);
        }
        ServedDomainEndpoint::Regional => {
            let domain = domain.with_endpoint(DomainEndpoint::Regional);
            return snapshot.add_domain(&served.name, domain);
        }
        ServedDomainEndpoint::Private { endpoints, domain } => (endpoints, domain),
    };
    let domain = domain.with_endpoint(DomainEndpoint::Private(private.clone()));
    for endpoint in endpoints {
        snapshot.add_private_domain(endpoint, &served.name, domain.clone());
    }
}

fn domain(served: &ServedDomain, trust_stores: &TrustStores) -> Domain {
    let mapped = |mappings: &[ServedMapping]| {
        Domain::new(mappings.iter().map(|mapping| {
            let target = DomainTarget { api: mapping.api.clone(), stage: mapping.stage.clone() };
            (mapping.base_path.clone().unwrap_or_default(), target)
        }))
    };
    let domain = match &served.routing {
        ServedRouting::Mappings(mappings) => mapped(mappings),
        ServedRouting::Rules(rules) => Domain::of_routing_rules(rules.clone()),
        ServedRouting::RulesThenMappings(rules, mappings) => {
            mapped(mappings).with_routing_rules(rules.clone())
        }
    };
    let trusted = |digest| trust_stores.get(&digest).cloned();
    let trust_store = served
        .trust_store
        .map(|digest| trusted(digest).unwrap_or_else(|| Arc::new(TrustStore::nobody())));
    let ServedDomain { oldest_version, access_mode, .. } = *served;
    domain.with_tls(DomainTls { trust_store, oldest_version, access_mode })
}

fn pointers(stage: &ServedStage) -> impl Iterator<Item = &DeploymentPointer> {
    let canary = stage.canary.iter().map(|canary| &canary.deployment);
    std::iter::once(&stage.deployment).chain(canary)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use model::{
        ApiId, CacheClusterSettings, CacheClusterSize, CacheOwner, DeploymentId, StageSettings,
    };

    use super::*;

    fn stage(deployment: &str, generation: u64) -> ServedStage {
        let deployment = DeploymentPointer {
            id: DeploymentId::parse(deployment).unwrap(),
            digest: Digest::new([0; 32]),
            function_variables: BTreeMap::new(),
        };
        let size = CacheClusterSize::parse("0.5").unwrap();
        let cache = |owner| Some(CacheClusterSettings { size, generation, owner });
        let canary = ServedCanary {
            percent_traffic: 10.0,
            deployment: deployment.clone(),
            variables: Vec::new(),
            cache: cache(CacheOwner::Canary),
        };
        ServedStage {
            api: ApiId::parse("abc").unwrap(),
            name: StageName::parse("prod").unwrap(),
            deployment,
            variables: Vec::new(),
            client_certificate: None,
            settings: StageSettings::default(),
            authorizer_flushes: generation,
            cache: cache(CacheOwner::Stage),
            canary: Some(canary),
        }
    }

    #[test]
    fn what_is_flushed_while_a_stage_cannot_be_loaded_is_forgotten_all_the_same() {
        let (old, wanted) = (stage("dep001", 1), stage("dep002", 2));
        let still = still_served(&old, &wanted);
        assert_eq!(still.deployment, old.deployment);
        assert_eq!((still.authorizer_flushes, still.cache), (2, wanted.cache));
        let cache = |stage: &ServedStage| stage.canary.as_ref().unwrap().cache;
        assert_eq!(cache(&still), cache(&wanted));
        assert_eq!(cache(&still_served(&old, &ServedStage { canary: None, ..wanted })), None);
    }
}
