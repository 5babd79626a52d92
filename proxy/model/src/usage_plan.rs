//! API keys and usage plans: which clients may call which stages, how often and how much.
//!
//! Source: API Gateway Developer Guide, "Usage plans and API keys for REST APIs". The value of a key is
//! nowhere here: a key is found by its digest.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use throttle::{BucketKey, Limit, Terms};

use crate::{ApiId, Digest, StageName, Verb};

/// Where the key of a request is.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum ApiKeySource {
    /// `AUTHORIZER`: the authorizer says it.
    Authorizer,
    /// `HEADER`: the client sends it in `X-API-Key`.
    #[default]
    Header,
}

/// What a client is known by. It is never printed.
#[derive(Clone, Eq, PartialEq)]
pub struct ApiKeyValue(String);

impl ApiKeyValue {
    /// As it is sent.
    pub fn new(value: String) -> Self {
        Self(value)
    }

    /// As it is sent.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ApiKeyValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKeyValue(..)")
    }
}

/// Every key of a node with its plans, by the SHA-256 of its value.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ApiKeys {
    keys: HashMap<Digest, ApiKey>,
}

impl ApiKeys {
    /// Of these digests.
    pub fn new(keys: impl IntoIterator<Item = (Digest, ApiKey)>) -> Self {
        Self { keys: keys.into_iter().collect() }
    }

    /// What all that is used is counted by.
    pub fn numbers(&self) -> impl Iterator<Item = i64> {
        let memberships = self.keys.values().flat_map(|key| &key.memberships);
        memberships.map(|membership| membership.number)
    }

    /// The key whose value has this digest.
    pub fn get(&self, digest: &Digest) -> Option<&ApiKey> {
        self.keys.get(digest)
    }
}

/// A key that clients send.
#[derive(Clone, Debug, PartialEq)]
pub struct ApiKey {
    /// `$context.identity.apiKeyId`
    pub id: Arc<str>,
    /// Another one is as good as none.
    pub is_enabled: bool,
    /// The plans that it is in.
    pub memberships: Vec<Membership>,
}

impl ApiKey {
    /// By which plan it may call a stage, and how. A key is in one plan at most that is for a stage.
    pub fn plan_for(&self, api: &ApiId, stage: &StageName) -> Option<(&Membership, &PlanStage)> {
        self.memberships.iter().find_map(|membership| {
            let is_it = |planned: &&PlanStage| planned.api == *api && planned.stage == *stage;
            Some((membership, membership.plan.stages.iter().find(is_it)?))
        })
    }
}

/// A key in a plan.
#[derive(Clone, Debug, PartialEq)]
pub struct Membership {
    /// The plan.
    pub plan: Arc<UsagePlan>,
    /// What its requests are counted by: never that of another one, or of an earlier one.
    pub number: i64,
    /// Its bucket of the plan's throttle; with a method's key, that of the method.
    pub bucket: BucketKey,
    /// The plan's quota, for this key.
    pub terms: Option<Terms>,
}

/// What its keys may do.
#[derive(Clone, Debug, PartialEq)]
pub struct UsagePlan {
    /// Its id.
    pub id: String,
    /// Of each key, for all stages together.
    pub throttle: Option<Limit>,
    /// The stages that it is for.
    pub stages: Vec<PlanStage>,
}

/// A stage that a plan is for.
#[derive(Clone, Debug, PartialEq)]
pub struct PlanStage {
    api: ApiId,
    stage: StageName,
    /// By the path of the resource; the last of several for one method wins.
    methods: HashMap<String, Vec<(Verb, MethodThrottle)>>,
}

/// How often each key may call one method.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MethodThrottle {
    /// How often.
    pub limit: Limit,
    /// Of the method: to be joined with that of a key.
    pub bucket: BucketKey,
}

impl PlanStage {
    /// With the limits of some methods, such as of `/pets/{id}` and GET.
    pub fn new(
        api: ApiId,
        stage: StageName,
        limits: impl IntoIterator<Item = (String, Verb, Limit)>,
    ) -> Self {
        let mut methods: HashMap<String, Vec<_>> = HashMap::new();
        for (path, verb, limit) in limits {
            let names = ["plan method", api.as_str(), stage.as_str(), &path, verb.as_str()];
            let throttle = MethodThrottle { limit, bucket: BucketKey::of(&names) };
            methods.entry(path).or_default().push((verb, throttle));
        }
        Self { api, stage, methods }
    }

    /// Of one method.
    pub fn method(&self, path: &str, verb: Verb) -> Option<&MethodThrottle> {
        if self.methods.is_empty() {
            return None;
        }
        let of_path = self.methods.get(path)?;
        of_path.iter().rev().find(|(known, _)| *known == verb).map(|(_, throttle)| throttle)
    }
}
