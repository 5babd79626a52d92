//! From a folder to something live: document, components, deployment, snapshot.

use std::collections::BTreeSet;
use std::fmt;
use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::{self, Read as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use model::{
    AccountId, ApiId, ApiKey, ApiKeyDigester, ApiKeys, Backends, ConfigError, Deployment,
    DeploymentId, Digest, Domain, DomainTarget, Function, FunctionVersions, Membership, PlanStage,
    Plugin, Region, Snapshot, Stage, StageName, UsagePlan,
};
use openapi::Document;
use sha2::{Digest as _, Sha256};
use throttle::BucketKey;
use wasm_host::{COMPONENT_BYTES_MAX as BYTES_MAX, Host};

use crate::arguments::Node;
use crate::backends;
use crate::clock;
use crate::dev::folder::Folder;
use crate::live::{Live, Loaded};
use crate::metrics::Metrics;

/// Account and region of everything that is served from a folder.
const ACCOUNT: &str = "000000000000";
const REGION: &str = "us-east-1";

/// Loads a folder, again and again.
pub(crate) struct Loader {
    folder: Folder,
    host: Host,
    metrics: Arc<Metrics>,
    http: SocketAddr,
    backends: Backends,
    account: AccountId,
    region: Region,
    /// Their values.
    api_keys: Vec<String>,
    api_key_digester: ApiKeyDigester,
    /// Where the components are that the document named last.
    components: Mutex<BTreeSet<PathBuf>>,
}

/// Why a folder was not loaded.
#[derive(Debug)]
pub(crate) enum Refused {
    /// What is wrong in the document or with its components, all of it.
    Errors {
        /// The document's file name.
        document: String,
        errors: Vec<ConfigError>,
    },
    /// Nothing that matters changed.
    Unchanged,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Errors { document, errors } => {
                for error in errors {
                    writeln!(f, "{document}: {error}")?;
                }
                write!(f, "{} in {document}", plural(errors.len(), "error"))
            }
            Self::Unchanged => f.write_str("nothing changed"),
        }
    }
}

fn plural(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

impl Loader {
    pub(crate) fn new(
        folder: Folder,
        host: Host,
        metrics: Arc<Metrics>,
        api_keys: Vec<String>,
        node: &Node,
    ) -> anyhow::Result<Self> {
        Ok(Self {
            api_keys,
            api_key_digester: ApiKeyDigester::new(&clock::random_key()),
            folder,
            host,
            metrics,
            http: node.http,
            backends: backends::of(node)?,
            account: AccountId::parse(ACCOUNT).expect("it is 12 digits"),
            region: Region::parse(REGION).expect("it is a region"),
            components: Mutex::default(),
        })
    }

    /// The files whose change matters.
    pub(crate) fn watched(&self) -> BTreeSet<PathBuf> {
        let mut paths = self.components.lock().unwrap_or_else(PoisonError::into_inner).clone();
        paths.insert(self.folder.document().to_owned());
        paths
    }

    /// Reads, compiles and checks everything. Components that `old` has loaded with the same bytes
    /// and settings are taken over, their instances warm. Reads files on the thread that it runs on,
    /// which has nothing else to do: each thread that reads a component keeps the room for it.
    pub(crate) async fn load(&self, old: Option<&Live>) -> Result<Live, Refused> {
        let text = self.read_document()?;
        let document = openapi::read(&text, &self.account, &self.region, &self.backends)
            .map_err(|errors| self.refused(errors))?;
        self.remember_components(&document.api.functions);
        let loaded = self.load_functions(&document.api.functions, old).await?;
        let digests: Vec<Digest> = loaded.iter().map(|loaded| loaded.plugin.digest()).collect();
        let id = deployment_id(&text, &digests);
        let is_old = |stage: &Arc<Stage>| *stage.deployment.id() == id;
        if old.is_some_and(|old| old.snapshot.stages().any(is_old)) {
            return Err(Refused::Unchanged);
        }
        let snapshot = self.snapshot(id, document, &loaded)?;
        Ok(Live::new(snapshot, loaded, &self.metrics))
    }

    fn read_document(&self) -> Result<String, Refused> {
        let read = fs::read(self.folder.document());
        let bytes = read.map_err(|error| {
            let problem = format!("cannot be read: {error}; make the file readable");
            self.refused(vec![ConfigError::new("(file)", problem)])
        })?;
        String::from_utf8(bytes).map_err(|error| {
            let at = error.utf8_error().valid_up_to();
            let problem = format!("must be UTF-8, got another byte at {at}; save it as UTF-8");
            self.refused(vec![ConfigError::new("(file)", problem)])
        })
    }

    fn remember_components(&self, functions: &[Function]) {
        let paths = functions.iter().map(|function| self.folder.component(&function.component));
        *self.components.lock().unwrap_or_else(PoisonError::into_inner) = paths.collect();
    }

    /// Every function, or every reason why one cannot be loaded.
    async fn load_functions(
        &self,
        functions: &[Function],
        old: Option<&Live>,
    ) -> Result<Vec<Arc<Loaded>>, Refused> {
        let mut loaded = Vec::with_capacity(functions.len());
        let mut errors = Vec::new();
        for function in functions {
            match self.load_function(function, old).await {
                Ok(plugin) => loaded.push(plugin),
                Err(problem) => {
                    let place = format!("x-edgeway-functions.{}.component", function.name);
                    errors.push(ConfigError::new(place, problem));
                }
            }
        }
        if errors.is_empty() { Ok(loaded) } else { Err(self.refused(errors)) }
    }

    async fn load_function(
        &self,
        function: &Function,
        old: Option<&Live>,
    ) -> Result<Arc<Loaded>, String> {
        let path = self.folder.component(&function.component);
        let bytes = read_component(&path)?;
        let digest = Digest::new(Sha256::digest(&bytes).into());
        let same = old.into_iter().flat_map(Live::plugins).find(|known| {
            known.plugin.digest() == digest
                && known.function.settings == function.settings
                && known.function.name == function.name
        });
        if let Some(loaded) = same {
            return Ok(Arc::clone(loaded));
        }
        let arn = self.arn(function);
        let loaded = self.host.load(function, Arc::clone(&arn), bytes.into()).await;
        let plugin =
            loaded.map_err(|error| format!("{} cannot be used: {error}", path.display()))?;
        Ok(Arc::new(Loaded { function: function.clone(), arn, plugin }))
    }

    fn arn(&self, function: &Function) -> Arc<str> {
        format!("arn:aws:lambda:{}:{}:function:{}", self.region, self.account, function.name).into()
    }

    fn snapshot(
        &self,
        id: DeploymentId,
        document: Document,
        loaded: &[Arc<Loaded>],
    ) -> Result<Snapshot, Refused> {
        let plugins = loaded.iter().map(|loaded| Plugin {
            function: loaded.function.clone(),
            arn: Arc::clone(&loaded.arn),
            digest: loaded.plugin.digest(),
            interface: loaded.plugin.interface().clone(),
        });
        let functions = plugins.map(FunctionVersions::from).collect();
        let deployment = Deployment::compile(id, document.api, functions)
            .map_err(|errors| self.refused(errors))?;
        let stage = document.stage;
        let api_keys = self.api_keys(&deployment.api().id, &stage.name);
        let snapshot = Snapshot::new(self.account.clone(), self.region.clone());
        let mut snapshot = snapshot.with_api_keys(Arc::new(api_keys));
        let target =
            DomainTarget { api: deployment.api().id.clone(), stage: Some(stage.name.clone()) };
        snapshot.add(Stage::new(stage.name, stage.variables, Arc::new(deployment), 0));
        let domain = Domain::new([(String::new(), target)]);
        for host in ["localhost", "127.0.0.1", "[::1]", &self.http.ip().to_string()] {
            snapshot.add_domain(host, domain.clone());
        }
        Ok(snapshot)
    }

    /// Each opens the stage, without limits.
    fn api_keys(&self, api: &ApiId, stage: &StageName) -> ApiKeys {
        let stages = vec![PlanStage::new(api.clone(), stage.clone(), [])];
        let plan = Arc::new(UsagePlan { id: "dev".to_owned(), throttle: None, stages });
        let keys = self.api_keys.iter().zip(1..).map(|(value, number)| {
            let id = format!("dev{number}");
            let membership = Membership {
                plan: Arc::clone(&plan),
                number,
                bucket: BucketKey::of(&[&id]),
                terms: None,
            };
            let memberships = vec![membership];
            (value, ApiKey { id: id.into(), is_enabled: true, memberships })
        });
        ApiKeys::new(self.api_key_digester.clone(), keys)
    }

    fn refused(&self, errors: Vec<ConfigError>) -> Refused {
        Refused::Errors { document: self.folder.document_name(), errors }
    }
}

/// What is too large is not read.
fn read_component(path: &Path) -> Result<Vec<u8>, String> {
    let read = || -> io::Result<_> {
        let file = File::open(path)?;
        let bytes = file.metadata()?.len();
        let mut component = Vec::new();
        if bytes <= BYTES_MAX as u64 {
            // It may grow meanwhile: one byte too many tells.
            file.take(BYTES_MAX as u64 + 1).read_to_end(&mut component)?;
        }
        Ok((bytes.max(component.len() as u64), component))
    };
    let read = read();
    let path = path.display();
    match read {
        Ok((bytes, _)) if bytes > BYTES_MAX as u64 => {
            Err(format!("{path} has {bytes} bytes, and at most {BYTES_MAX} are allowed"))
        }
        Ok((_, component)) => Ok(component),
        Err(error) => Err(format!("{path} cannot be read: {error}; build it, or correct the path")),
    }
}

/// What is the same is called the same, so that a change that changes nothing is none.
fn deployment_id(document: &str, digests: &[Digest]) -> DeploymentId {
    let mut hasher = DefaultHasher::new();
    document.hash(&mut hasher);
    digests.hash(&mut hasher);
    DeploymentId::parse(&format!("{:016x}", hasher.finish())).expect("hexadecimal digits")
}
