//! What the data plane serves, as the store has it.

use std::collections::BTreeMap;
use std::sync::Arc;

use model::{
    ApiId, Backends, CacheClusterSettings, ClientCertificate, Deployment as Compiled, DeploymentId,
    Digest, EndpointAccessMode, EndpointType, InvalidName, PrivateDomain, ResourcePolicy,
    RoutingRule, ServerCertificate, StageName, StageSettings, TlsVersion,
};
use store::{Account, ReadTransaction, Store, Stored};

use crate::base_path_mapping::{self, BasePathMapping};
use crate::call::Identity;
use crate::client_certificate;
use crate::deployment::Deployment;
use crate::domain_name::DomainName;
use crate::domain_name_access_association;
use crate::domain_policy;
use crate::function_calls::FunctionCalls;
use crate::picture::Picture;
use crate::port::Functions;
use crate::refusal::Refusal;
use crate::rest_api::RestApi;
use crate::routing_mode::RoutingMode;
use crate::routing_rule;
use crate::stage::{self, Stage};
use crate::trust_store::KeptTrustStore;

/// A stage: a pointer and its variables.
#[derive(Clone, Debug, PartialEq)]
pub struct ServedStage {
    /// Its API.
    pub api: ApiId,
    /// Its name.
    pub name: StageName,
    /// What it points to.
    pub deployment: DeploymentPointer,
    /// `stageVariables`, sorted by name.
    pub variables: Vec<(String, String)>,
    /// What upstreams are shown: that of `clientCertificateId`.
    pub client_certificate: Option<Arc<ClientCertificate>>,
    /// `methodSettings`
    pub settings: StageSettings,
    /// Another number each time that what authorizers decided is forgotten.
    pub authorizer_flushes: u64,
    /// Where responses are kept, if they are.
    pub cache: Option<CacheClusterSettings>,
    /// What a part of the requests gets instead.
    pub canary: Option<ServedCanary>,
}

/// The canary of a stage.
#[derive(Clone, Debug, PartialEq)]
pub struct ServedCanary {
    /// 0.0 to 100.0: drawn for each request.
    pub percent_traffic: f64,
    /// What it points to.
    pub deployment: DeploymentPointer,
    /// The stage's variables with the canary's over them, sorted by name.
    pub variables: Vec<(String, String)>,
    /// Where its responses are kept: with those of the stage, or not.
    pub cache: Option<CacheClusterSettings>,
}

/// A domain name, and what its paths lead to.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ServedDomain {
    /// In lower case; `*.` at its begin stands for one label.
    pub name: String,
    /// What clients of it are shown; none: what the listener has.
    pub certificate: Option<Arc<ServerCertificate>>,
    /// The oldest version of TLS that it is served over.
    pub oldest_version: TlsVersion,
    /// Whether the name of the handshake must be that of the request.
    pub access_mode: EndpointAccessMode,
    /// The bundle of mutual TLS, by its digest.
    pub trust_store: Option<Digest>,
    /// What leads its requests to stages.
    pub routing: ServedRouting,
    /// Where it is reached.
    pub endpoint: ServedDomainEndpoint,
}

/// Where a domain name is reached.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum ServedDomainEndpoint {
    /// `EDGE`
    Edge,
    /// `PRIVATE`
    Private {
        /// The ids of the endpoints of VPCs that lead to it.
        endpoints: Vec<String>,
        /// Whom of those that come through them it lets in.
        domain: PrivateDomain,
    },
    /// `REGIONAL`
    Regional,
}

/// `routingMode`, with what it says of: rules in the order in which they are asked, at most one mapping for each
/// base path.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum ServedRouting {
    /// `BASE_PATH_MAPPING_ONLY`
    Mappings(Vec<ServedMapping>),
    /// `ROUTING_RULE_ONLY`
    Rules(Vec<RoutingRule>),
    /// `ROUTING_RULE_THEN_BASE_PATH_MAPPING`
    RulesThenMappings(Vec<RoutingRule>, Vec<ServedMapping>),
}

/// Where a base path leads to.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ServedMapping {
    /// What the path begins with, in whole segments; none for whatever no other mapping is for.
    pub base_path: Option<String>,
    /// The API.
    pub api: ApiId,
    /// Its stage; none if the next segment names it.
    pub stage: Option<StageName>,
}

/// Which deployment: equal ones are compiled once.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct DeploymentPointer {
    /// `$context.deploymentId`
    pub id: DeploymentId,
    /// Of its picture.
    pub digest: Digest,
    /// The stage's variables that its functions are named by.
    pub function_variables: BTreeMap<String, String>,
}

/// Every stage of every API, as they are at one moment.
///
/// # Errors
/// That the store cannot be read.
pub fn stages(store: &Store) -> Result<Vec<ServedStage>, Refusal> {
    store.read(|transaction| {
        let mut served = Vec::new();
        for api in transaction.list::<RestApi>(Account::row())? {
            for stage in transaction.list::<Stage>(api.row)? {
                served.push(served_stage(transaction, &api, &stage.document)?);
            }
        }
        Ok(served)
    })
}

fn served_stage(
    transaction: &ReadTransaction<'_>,
    api: &Stored<RestApi>,
    stage: &Stage,
) -> Result<ServedStage, Refusal> {
    let pairs = |variables: BTreeMap<String, String>| variables.into_iter().collect();
    let variables = stage.variables.clone().unwrap_or_default();
    let [cache, canary_cache] = stage::caches(stage);
    let canary = match &stage.canary_settings {
        Some(canary) => {
            let mut variables = variables.clone();
            variables.extend(canary.stage_variable_overrides.clone());
            Some(ServedCanary {
                percent_traffic: canary.percent_traffic,
                deployment: pointer(transaction, api, &canary.deployment_id, &variables)?,
                variables: pairs(variables),
                cache: canary_cache,
            })
        }
        None => None,
    };
    let client_certificate = match &stage.client_certificate_id {
        Some(id) => Some(client_certificate::by_id(transaction, id)?.document.to_model()),
        None => None,
    };
    Ok(ServedStage {
        api: ApiId::parse(&api.document.id).map_err(unreadable)?,
        name: StageName::parse(&stage.stage_name).map_err(unreadable)?,
        deployment: pointer(transaction, api, &stage.deployment_id, &variables)?,
        variables: pairs(variables),
        client_certificate,
        settings: stage::settings(stage),
        authorizer_flushes: stage.authorizer_flushes,
        cache,
        canary,
    })
}

fn pointer(
    transaction: &ReadTransaction<'_>,
    api: &Stored<RestApi>,
    id: &str,
    variables: &BTreeMap<String, String>,
) -> Result<DeploymentPointer, Refusal> {
    let deployment = transaction.get::<Deployment>(api.row, id)?;
    let deployment =
        deployment.ok_or_else(|| Refusal::internal("a stage points to no deployment"))?;
    let mut function_variables = variables.clone();
    function_variables.retain(|name, _| deployment.document.function_variables.contains(name));
    Ok(DeploymentPointer {
        id: DeploymentId::parse(id).map_err(unreadable)?,
        digest: deployment.document.digest()?,
        function_variables,
    })
}

fn unreadable(error: InvalidName) -> Refusal {
    Refusal::internal(&error.to_string())
}

/// Every domain name, as they are at one moment.
///
/// # Errors
/// That the store cannot be read.
pub fn domains(store: &Store, identity: &Identity) -> Result<Vec<ServedDomain>, Refusal> {
    store.read(|transaction| {
        let mut served = Vec::new();
        for domain in transaction.list::<DomainName>(Account::row())? {
            let endpoint = served_endpoint(transaction, identity, &domain.document)?;
            let routing = served_routing(transaction, &domain)?;
            let certificate = domain.document.server_certificate.as_ref();
            let trust_store = domain.document.trust_store.as_ref();
            served.push(ServedDomain {
                oldest_version: domain.document.oldest_version(),
                access_mode: domain.document.access_mode(),
                trust_store: trust_store.map(KeptTrustStore::digest).transpose()?,
                certificate: certificate.map(|certificate| certificate.to_model()),
                name: domain.document.domain_name,
                routing,
                endpoint,
            });
        }
        Ok(served)
    })
}

fn served_endpoint(
    transaction: &ReadTransaction<'_>,
    identity: &Identity,
    domain: &DomainName,
) -> Result<ServedDomainEndpoint, Refusal> {
    match domain.endpoint_type() {
        EndpointType::Edge => return Ok(ServedDomainEndpoint::Edge),
        EndpointType::Regional => return Ok(ServedDomainEndpoint::Regional),
        EndpointType::Private => {}
    }
    let arn = domain.execute_api_arn(identity);
    // One that was kept before more was asked of it lets nobody in.
    let expanded = domain.policy.as_deref().and_then(|text| domain_policy::expand(text, &arn).ok());
    let policy = expanded.and_then(|text| ResourcePolicy::parse(&text).ok());
    let association_arn = domain.domain_name_arn.as_deref().unwrap_or_default();
    let endpoints = domain_name_access_association::endpoints_of(transaction, association_arn)?;
    Ok(ServedDomainEndpoint::Private { endpoints, domain: PrivateDomain { arn, policy } })
}

fn served_routing(
    transaction: &ReadTransaction<'_>,
    domain: &Stored<DomainName>,
) -> Result<ServedRouting, Refusal> {
    let mappings = || {
        let mappings = transaction.list::<BasePathMapping>(domain.row)?;
        let mappings = mappings.into_iter().map(|stored| served_mapping(stored.document));
        mappings.collect::<Result<_, Refusal>>()
    };
    let rules = || {
        let mut rules = transaction.list::<routing_rule::RoutingRule>(domain.row)?;
        rules.sort_by_key(|rule| rule.document.priority);
        rules.iter().map(|rule| rule.document.compile()).collect::<Result<_, Refusal>>()
    };
    Ok(match domain.document.routing_mode {
        RoutingMode::MappingsOnly => ServedRouting::Mappings(mappings()?),
        RoutingMode::RulesOnly => ServedRouting::Rules(rules()?),
        RoutingMode::RulesThenMappings => ServedRouting::RulesThenMappings(rules()?, mappings()?),
    })
}

/// The bundle of a trust store.
///
/// # Errors
/// That it is not there.
pub fn trust_store(store: &Store, digest: Digest) -> Result<Vec<u8>, Refusal> {
    let bytes = store.read(|transaction| Ok::<_, Refusal>(transaction.blob(digest)?))?;
    bytes.ok_or_else(|| Refusal::internal("a trust store has no bundle"))
}

fn served_mapping(mapping: BasePathMapping) -> Result<ServedMapping, Refusal> {
    let stage = mapping.stage.map(|stage| StageName::parse(&stage).map_err(unreadable));
    Ok(ServedMapping {
        base_path: (mapping.base_path != base_path_mapping::NONE).then_some(mapping.base_path),
        api: ApiId::parse(&mapping.rest_api_id).map_err(unreadable)?,
        stage: stage.transpose()?,
    })
}

/// Loads and compiles a deployment, with what its functions are now.
///
/// # Errors
/// That it is not there any more. A function that cannot be called as it is called fails its calls.
pub fn load(
    store: &Store,
    pointer: &DeploymentPointer,
    functions: &dyn Functions,
    backends: &Backends,
) -> Result<(Compiled, FunctionCalls), Refusal> {
    let bytes = store.read(|transaction: &ReadTransaction<'_>| {
        Ok::<_, Refusal>(transaction.blob(pointer.digest)?)
    })?;
    let bytes = bytes.ok_or_else(|| Refusal::internal("a deployment has no picture"))?;
    let mut picture = Picture::from_bytes(&bytes)?;
    picture.name_functions(&pointer.function_variables);
    let calls = picture.function_calls(functions)?;
    Ok((picture.compile(pointer.id.as_str(), &calls.callable(), backends)?, calls))
}
