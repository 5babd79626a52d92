//! What all plugins of a process share: engine, code cache, key-value store, room for instances.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use bytes::Bytes;
use model::{Digest, Function};
use sha2::{Digest as _, Sha256};
use tokio::sync::Semaphore;
use wasmtime::Engine;
use wasmtime::component::Component;

use crate::blueprint::Blueprint;
use crate::clock;
use crate::component;
use crate::deadline::Deadline;
use crate::engine;
use crate::function_facts::FunctionFacts;
use crate::function_stats::Functions;
use crate::idle_registry::IdleRegistry;
use crate::key_value::KeyValues;
use crate::kind::Indices;
use crate::linker;
use crate::load_error::LoadError;
use crate::loaded_plugin::LoadedPlugin;
use crate::outbound::{Client, Network, OutboundSettings};
use crate::pool::{Pool, START_TIME_MAX};
use crate::precompiled::CodeCache;
use crate::state::StateTemplate;
use crate::ticker::Ticker;

/// How a host is set up.
#[derive(Clone, Debug)]
pub struct HostSettings {
    /// Where compiled code is kept. Nobody else may write to it.
    pub cache_dir: PathBuf,
    /// Instances of all plugins that live at once. Each takes 4 GiB of address space.
    pub instances_max: u32,
    /// Outgoing requests.
    pub outbound: OutboundSettings,
}

/// Why no host could be made.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    /// The directory for compiled code cannot be made.
    #[error("cannot make the directory {} for compiled code", path.display())]
    CacheDirectory {
        /// The directory.
        path: PathBuf,
        /// The operating system's reason.
        source: std::io::Error,
    },
    /// The engine refuses its settings, or finds no address space.
    #[error("cannot set up the WebAssembly engine: {reason}")]
    Engine {
        /// The engine's.
        reason: String,
    },
    /// The operating system gives no thread.
    #[error("cannot start the thread that limits the run time of plugins")]
    Ticker(#[source] std::io::Error),
}

/// Loads plugins.
pub struct Host {
    engine: Engine,
    cache: Arc<CodeCache>,
    key_values: KeyValues,
    network: Arc<Network>,
    idle: Arc<IdleRegistry>,
    ticker: Arc<Ticker>,
    /// Tells the ticker that a guest runs for long.
    long_run: Arc<AtomicBool>,
    functions: Functions,
    /// One compilation at a time leaves processors for traffic.
    compilations: Arc<Semaphore>,
}

impl Host {
    /// One for each process: its engine reserves the address space of all instances.
    pub fn new(settings: HostSettings) -> Result<Self, HostError> {
        let engine = engine::engine(settings.instances_max)
            .map_err(|error| HostError::Engine { reason: format!("{error:#}") })?;
        let cache = CodeCache::new(settings.cache_dir.clone(), &engine)
            .map_err(|source| HostError::CacheDirectory { path: settings.cache_dir, source })?;
        let idle = Arc::new(IdleRegistry::default());
        let long_run = Arc::new(AtomicBool::new(false));
        let ticker = Ticker::start(engine.clone(), Arc::clone(&idle), Arc::clone(&long_run))
            .map_err(HostError::Ticker)?;
        Ok(Self {
            engine,
            cache: Arc::new(cache),
            key_values: KeyValues::default(),
            network: Arc::new(Network::new(settings.outbound)),
            idle,
            ticker: Arc::new(ticker),
            long_run,
            functions: Functions::default(),
            compilations: Arc::new(Semaphore::new(1)),
        })
    }

    /// What is counted for each function, for as long as it is loaded.
    pub fn functions(&self) -> Functions {
        self.functions.clone()
    }

    /// Compiles, checks and links a component, and starts an instance of it to see that it does,
    /// and as many as are provisioned.
    ///
    /// `arn` is the function's. Takes seconds unless the code is cached; needs a tokio runtime.
    pub async fn load(
        &self,
        function: &Function,
        arn: Arc<str>,
        component: Bytes,
    ) -> Result<LoadedPlugin, LoadError> {
        component::check_bytes(&component)?;
        let facts = FunctionFacts::new(function, arn, &self.functions);
        let began = clock::now();
        let (digest, component) = self.compile(component).await?;
        facts.stats.compiled(clock::now().saturating_duration_since(began));
        let kinds = component::kinds(&self.engine, &component)?;
        let settings = function.settings.clone();
        let linked = linker::link(&self.engine, &component, &settings)?;
        let blueprint = Blueprint {
            indices: Indices::find(&linked, &kinds)?,
            component: linked,
            template: StateTemplate {
                facts: Arc::new(facts),
                key_values: self.key_values.grant(&settings.namespaces),
                client: Arc::new(Client::new(Arc::clone(&self.network), settings.outbound.clone())),
                settings,
                live: Arc::default(),
                long_run: Arc::clone(&self.long_run),
            },
            registry: Arc::clone(&self.idle),
        };
        let deadline = Deadline::after(START_TIME_MAX);
        let (first, interface) = blueprint.instantiate(deadline).await?;
        let pool = Pool::new(blueprint, interface, first);
        pool.provision().await.map_err(LoadError::Start)?;
        Ok(LoadedPlugin::new(digest, pool, Arc::clone(&self.ticker)))
    }

    async fn compile(&self, bytes: Bytes) -> Result<(Digest, Component), LoadError> {
        let turn = Arc::clone(&self.compilations).acquire_owned().await;
        let (cache, engine) = (Arc::clone(&self.cache), self.engine.clone());
        let compile = move || {
            // Until the compiler is done, even if nobody waits for it any more.
            let _turn = turn;
            let digest = Digest::new(Sha256::digest(&bytes).into());
            cache.component(&engine, digest, &bytes).map(|component| (digest, component))
        };
        match tokio::task::spawn_blocking(compile).await {
            Ok(compiled) => {
                compiled.map_err(|error| LoadError::Compile { reason: format!("{error:#}") })
            }
            Err(error) => {
                Err(LoadError::Compile { reason: format!("the compiler broke: {error}") })
            }
        }
    }
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Host").field("cache", &self.cache).finish_non_exhaustive()
    }
}
