//! API keys and usage plans: which clients may call which stages, how often and how much.
//!
//! Source: API Gateway Developer Guide, "Usage plans and API keys for REST APIs". The value of a key is
//! nowhere here: a key is found by what a secret of the process makes of it.

use std::fmt;
use std::sync::Arc;

use foldhash::HashMap;
use sha2::{Digest as _, Sha256};
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

/// Makes of the values of API keys what they are found by: SHA-256, of a block that is secret and the value. Nobody can try
/// which value is that of what was printed or leaked, and no time that a look-up takes tells of one, without the key.
///
/// A request takes one hash, where an HMAC would be two: what is appended to a value makes a digest that is looked up nowhere.
#[derive(Clone)]
pub struct ApiKeyDigester(Sha256);

impl ApiKeyDigester {
    /// With a key that nobody may guess, for all API keys of a process.
    pub fn new(key: &[u8; 32]) -> Self {
        // The size of the blocks of SHA-256, so that it is digested once.
        let mut block = [0; 64];
        block[..key.len()].copy_from_slice(key);
        Self(Sha256::new().chain_update(block))
    }

    fn digest(&self, value: &str) -> Digest {
        Digest::new(self.0.clone().chain_update(value).finalize().into())
    }
}

/// Every key of a node with its plans. Equal ones were made by one digester, or have none.
#[derive(Clone)]
pub struct ApiKeys {
    digester: ApiKeyDigester,
    keys: HashMap<Digest, ApiKey>,
}

/// Without keys.
impl Default for ApiKeys {
    fn default() -> Self {
        Self { digester: ApiKeyDigester::new(&[0; 32]), keys: HashMap::default() }
    }
}

impl PartialEq for ApiKeys {
    fn eq(&self, other: &Self) -> bool {
        self.keys == other.keys
    }
}

impl fmt::Debug for ApiKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.keys.values()).finish()
    }
}

impl ApiKeys {
    /// By their values.
    pub fn new<V: AsRef<str>>(
        digester: ApiKeyDigester,
        keys: impl IntoIterator<Item = (V, ApiKey)>,
    ) -> Self {
        let keys = keys.into_iter().map(|(value, key)| (digester.digest(value.as_ref()), key));
        Self { keys: keys.collect(), digester }
    }

    /// What all that is used is counted by.
    pub fn numbers(&self) -> impl Iterator<Item = i64> {
        let memberships = self.keys.values().flat_map(|key| &key.memberships);
        memberships.map(|membership| membership.number)
    }

    /// The key of this value.
    pub fn get(&self, value: &str) -> Option<&ApiKey> {
        self.keys.get(&self.digester.digest(value))
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
        let mut methods: HashMap<String, Vec<_>> = HashMap::default();
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
